from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from fastapi.testclient import TestClient

from assistant.eligibility.catalogue import Catalogue
from assistant.service import Assistant
from index.build import build
from index.home import Home
from index.search import Filters
from ui import web
from ui.accounts import Accounts
from ui.places.desk_view import find, script_of
from ui.places.versions import against_before, changes, versions
from ui.sessions import SESSION

PASSWORD = "a long enough password"
EAGLES = "杭科高〔2020〕71号#三、"
DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = Home(tmp_path_factory.mktemp("desk") / "home")
    build(made)
    accounts = Accounts(made.path)
    accounts.add("li", "staff", PASSWORD)
    accounts.add("wu", "evaluator", PASSWORD)
    return made


@pytest.fixture(scope="module")
def assistant(home: Home) -> Assistant:
    return Assistant.open(home)


@pytest.fixture(scope="module")
def app_client(home: Home) -> Iterator[TestClient]:
    with TestClient(web.create_app(home)) as opened:
        yield opened


def signed_in(client: TestClient, name: str) -> TestClient:
    sessions = client.app.state.ground.sessions  # type: ignore[attr-defined]
    user = sessions.sign_in(name, PASSWORD, "testclient")
    client.cookies.set(SESSION, sessions.session_cookie(user))
    return client


@pytest.fixture
def desk(app_client: TestClient) -> Iterator[TestClient]:
    yield signed_in(app_client, "li")
    app_client.cookies.clear()


PATHS = ["/desk", "/desk/search?q=x", "/desk/clause?id=x", "/desk/programme?id=x", "/en/desk"]


@pytest.mark.parametrize("path", PATHS)
def test_who_is_not_signed_in_sees_nothing(app_client: TestClient, path: str) -> None:
    app_client.cookies.clear()
    assert app_client.get(path).status_code == 401
    sent = app_client.get(path, headers={"Accept": "text/html"}, follow_redirects=False)
    assert sent.status_code == 303
    assert sent.headers["location"].startswith("/signin?next=")


@pytest.mark.parametrize("path", ["/desk/note", "/desk/hand-on"])
def test_who_is_not_signed_in_writes_nothing(app_client: TestClient, path: str) -> None:
    app_client.cookies.clear()
    assert app_client.post(path, json={"question": "问", "note": "记"}).status_code == 401


def test_an_evaluator_has_no_desk_and_staff_no_evaluation(app_client: TestClient) -> None:
    assert signed_in(app_client, "wu").get("/desk").status_code == 403
    assert app_client.get("/evaluation").status_code == 200
    assert signed_in(app_client, "li").get("/evaluation").status_code == 403
    page = app_client.get("/desk").text
    assert 'href="/desk"' in page and 'href="/evaluation"' not in page
    app_client.cookies.clear()


def test_clauses_and_programmes_are_found_with_their_validity(desk: TestClient) -> None:
    html = desk.get("/desk/search", params={"q": "雏鹰企业补助"}).text
    assert 'data-programme="young-eagle' in html
    assert f'data-clause="{EAGLES}' in html or "杭科高〔2020〕71号#" in html
    assert "已失效" in html


def test_filters_are_met_by_every_result(desk: TestClient) -> None:
    html = desk.get("/desk/search", params={"q": "企业补助", "in_force": "2021-06-01"}).text
    assert "hc-hit" in html and "已失效" not in html
    one = desk.get("/desk/search", params={"q": "企业", "document": "杭科高〔2020〕71号"}).text
    assert one.count("data-clause=") == one.count('data-clause="杭科高〔2020〕71号#') > 0
    assert desk.get("/desk/search", params={"q": "企业", "in_force": "gestern"}).status_code == 422


def test_nothing_typed_finds_nothing(desk: TestClient) -> None:
    assert "hc-hit" not in desk.get("/desk/search", params={"q": " "}).text


def test_a_clause_comes_with_words_to_read_out_and_its_questions(desk: TestClient) -> None:
    html = desk.get("/desk/clause", params={"id": EAGLES}).text
    assert "根据《杭州市“雏鹰计划”企业培育工程实施意见》（杭科高〔2020〕71号）三、" in html.replace(
        "&#34;", '"'
    )
    assert "现在已经失效" in html
    assert "data-search=" in html
    earlier = desk.get("/desk/clause", params={"id": EAGLES, "on": "2021-06-01"}).text
    assert "目前有效" in earlier


def test_a_programme_comes_with_words_to_read_out(desk: TestClient) -> None:
    html = desk.get("/desk/programme", params={"id": "young-eagle-2020"}).text
    assert 'id="script"' in html and "hc-conditions" in html


@pytest.mark.parametrize("path", ["/desk/clause?id=nothing", "/desk/programme?id=nothing"])
def test_what_there_is_not_is_not_found(desk: TestClient, path: str) -> None:
    assert desk.get(path).status_code == 404


def test_a_note_is_kept_masked_with_its_clause_and_can_be_deleted(desk: TestClient) -> None:
    said = {"question": "雏鹰怎么报<script>", "note": "电话13812345678", "clause_ids": [EAGLES]}
    html = desk.post("/desk/note", json=said).text
    assert "雏鹰怎么报&lt;script&gt;" in html
    assert "138" not in html
    number = html.split('data-forget="')[1].split('"')[0]
    assert "雏鹰怎么报" not in desk.delete(f"/desk/note/{number}").text
    assert desk.post("/desk/note", json={"question": " "}).status_code == 422


def test_what_the_documents_do_not_say_goes_to_the_evaluators(desk: TestClient) -> None:
    assert desk.post("/desk/hand-on", json={"question": ""}).status_code == 422
    assert desk.post("/desk/hand-on", json={"question": "地铁几点停？", "note": "常问"}).status_code == 200
    page = signed_in(desk, "wu").get("/evaluation").text
    assert "地铁几点停？" in page and "来自 li" in page
    number = page.split("/evaluation/inbox/")[1].split('"')[0]
    after = desk.post(f"/evaluation/inbox/{number}", data={"state": "taken"})
    assert after.status_code == 200 and "地铁几点停？" not in after.text
    assert desk.post(f"/evaluation/inbox/{number}", data={"state": "new"}).status_code == 422


def test_a_page_of_another_site_writes_nothing(desk: TestClient) -> None:
    foreign = {"Origin": "https://evil.example"}
    assert desk.post("/desk/hand-on", json={"question": "问"}, headers=foreign).status_code == 403


def test_programmes_are_those_named_or_resting_on_the_first_clauses(home: Home, assistant: Assistant) -> None:
    catalogue = Catalogue.read(home.current())
    found = find("雏鹰企业", Filters(), assistant.searcher, catalogue)
    assert "young-eagle-2020" in [e.programme.id for e in found.programmes]
    inforce = find("雏鹰企业", Filters(in_force_on=DAY), assistant.searcher, catalogue)
    assert all(e.document_id != "杭科高〔2020〕71号" for e in inforce.programmes)


@pytest.mark.parametrize(
    ("day", "words"), [("2020-08-01", "还没有生效"), ("2021-01-01", "目前有效"), ("2024-01-01", "已经失效")]
)
def test_the_script_says_whether_it_holds(assistant: Assistant, day: str, words: str) -> None:
    on = date.fromisoformat(day)
    view = assistant.view(EAGLES, on)
    assert view
    assert words in script_of(view, on)


# --- versions ---


def test_versions_are_linked_both_ways_oldest_first(assistant: Assistant) -> None:
    documents = assistant.searcher.documents
    newer = next(
        (d for d in documents.values() if any(i in documents for i in d.listing["supersedes"])), None
    )
    assert newer is not None
    chain = versions(newer, documents)
    older = next(documents[i] for i in newer.listing["supersedes"] if i in documents)
    assert chain.index(older) < chain.index(newer)
    assert versions(older, documents) == chain


def test_a_clause_is_held_against_the_likest_of_the_version_before(assistant: Assistant) -> None:
    documents, store = assistant.searcher.documents, assistant.searcher.store
    pairs = [
        (document, clause, against_before(clause, document, documents, store))
        for document in documents.values()
        if any(i in documents for i in document.listing["supersedes"])
        for clause in store.clauses_of(document.document_id)
    ]
    found = [(d, c, x) for d, c, x in pairs if x]
    assert found
    for document, clause, compared in found:
        assert compared.document.document_id in document.listing["supersedes"]
        new = "".join(text for kind, text in compared.changes if kind != "gone")
        assert new == (clause.text or clause.gist)[:4000]


def test_changed_figures_are_shown_whole() -> None:
    assert changes("最高200万元", "最高1200万元，") == [
        ("same", "最高"), ("gone", "200"), ("new", "1200"), ("same", "万元"), ("new", "，"),
    ]  # fmt: skip


def test_the_script_ends_with_a_whole_sentence(assistant: Assistant) -> None:
    view = assistant.view(EAGLES, DAY)
    assert view is not None
    long = replace(view.clause, gist="一句话说得很长很长。" * 40 + "这一句放不下" * 30)
    said = script_of(replace(view, clause=long), DAY)
    assert "…" not in said and said.count("一句话") == 26


def test_the_desk_goes_over_to_a_new_index(
    desk: TestClient, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = desk.app.state.ground.answering  # type: ignore[attr-defined]
    held = answering.assistant
    without = held.without([EAGLES])
    monkeypatch.setattr(answering, "assistant", without)
    assert desk.get("/desk/clause", params={"id": EAGLES}).status_code == 404
    monkeypatch.setattr(answering, "assistant", held)
    assert desk.get("/desk/clause", params={"id": EAGLES}).status_code == 200
