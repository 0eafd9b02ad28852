import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from index.home import Home
from index.store import StoredDocument
from ui import web
from ui.places.documents import choose
from ui.places.evaluation_work import runs_in
from ui.places.timeline import Scale, bar, scale

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def client(web_home: Home) -> Iterator[TestClient]:
    with TestClient(web.create_app(web_home)) as opened:
        yield opened


def document(**listing: Any) -> StoredDocument:
    facts = {
        "title": "测试办法", "doc_numbers": ["杭测〔2020〕1号"], "issuers": ["市测试局"], "level": "municipal", "kind": "policy",
        "issued": None, "effective": None, "expires": None, "superseded_by": None, **listing,
    }  # fmt: skip
    return StoredDocument(facts["doc_numbers"][0], facts)


@pytest.mark.parametrize("path", ["/documents", "/en/documents"])
def test_every_document_is_listed_with_its_term(client: TestClient, path: str) -> None:
    page = client.get(path).text
    held = client.app.state.ground.answering.assistant.searcher.documents  # type: ignore[attr-defined]
    assert page.count('class="hc-term"') == len(held)
    assert "hc-bar-expired" in page


def test_filters_choose_and_stay_in_the_form(client: TestClient) -> None:
    page = client.get("/documents", params={"q": "孵化器", "state": "expired", "on": "2026-11-21"}).text
    assert 1 <= page.count('class="hc-term"') < 10
    assert 'value="孵化器"' in page
    assert '<option value="expired" selected>' in page
    assert "没有符合这些条件的文件" in client.get("/documents", params={"q": "绝对没有的文件"}).text


@pytest.mark.parametrize("payload", ['"><script>alert(1)</script>', "{{7*7}}", "x" * 200])
def test_what_is_searched_for_shows_as_text(client: TestClient, payload: str) -> None:
    page = client.get("/documents", params={"q": payload})
    assert page.status_code == 200
    assert (
        "<script>alert" not in page.text
        and "49" not in page.text.partition("</form>")[0].partition("<form")[2]
    )


def test_a_document_shows_its_clauses_beside_their_gists_and_marks_one(client: TestClient) -> None:
    page = client.get("/documents/杭科高〔2020〕71号", params={"at": "三、"}).text
    assert 'id="at"' in page
    assert page.count('class="hc-pair') > 10
    assert "/programmes/young-eagle-2020" in page
    assert "市科技" in page or "杭州市科学技术局" in page


def test_a_document_that_there_is_not_is_no_page(client: TestClient) -> None:
    assert client.get("/documents/nothing").status_code == 404
    assert client.get("/documents/..%2F..%2Fetc%2Fpasswd").status_code == 404


def test_doubts_of_the_reading_are_for_staff(client: TestClient) -> None:
    assert "读取时的疑点" not in client.get("/documents/杭科高〔2020〕71号").text


def test_the_latest_come_first_and_those_without_a_date_last() -> None:
    some = [document(effective="2019-01-01"), document(), document(issued="2021-05-01")]
    assert [d.listing["effective"] or d.listing["issued"] for d in choose(some, DAY, "", "", "", "")] == [
        "2021-05-01", "2019-01-01", None,
    ]  # fmt: skip
    assert choose(some, DAY, "测试局 2020", "municipal", "policy", "open_ended") == [some[0]]
    assert choose(some, DAY, "", "national", "", "") == []


def test_a_term_lies_where_its_days_are() -> None:
    on = Scale(2020, 2030)
    shown = bar({"effective": "2021-01-01", "expires": "2025-12-31"}, on)
    assert shown and (shown.left, round(shown.left + shown.width)) == (10.0, 60)
    assert not shown.open
    endless = bar({"effective": "2029-01-01", "expires": None}, on)
    assert endless and endless.open and endless.left + endless.width == pytest.approx(100)
    replaced = bar({"effective": "2020-01-01", "expires": "2029-12-31", "superseded_on": "2022-01-01"}, on)
    assert replaced and replaced.width == pytest.approx(20)
    assert bar({"effective": None, "issued": None}, on) is None
    month = bar({"effective": "2020-01", "expires": "2020-12"}, on)
    assert month and month.width == pytest.approx(10, abs=0.1)


@given(
    terms=st.lists(
        st.fixed_dictionaries(
            {
                name: st.none() | st.dates().map(str) | st.text(max_size=12)
                for name in ("effective", "expires", "issued")
            }
        ),
        max_size=6,
    )
)
def test_bars_stay_on_the_scale_whatever_the_dates(terms: list[dict[str, Any]]) -> None:
    on = scale(terms, DAY)
    assert 0 <= on.place(DAY) <= 100
    for shown in filter(None, (bar(term, on) for term in terms)):
        assert 0 <= shown.left <= 100
        assert shown.left + shown.width <= 101
    assert len(on.labels) <= 9


def test_runs_are_listed_latest_first_and_what_is_none_is_left_out(tmp_path: Path) -> None:
    for name, headline in (("one", "甲"), ("two", "乙")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.html").write_text("<p>", encoding="utf-8")
        (tmp_path / name / "report.json").write_text(
            json.dumps({"headline": headline, "configuration": {}}), encoding="utf-8"
        )
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "report.html").write_text("", encoding="utf-8")
    (tmp_path / "broken" / "report.json").write_text("{", encoding="utf-8")
    (tmp_path / ".hidden").mkdir()
    assert {r.headline for r in runs_in(tmp_path)} == {"甲", "乙"}
    assert runs_in(tmp_path / "nowhere") == []
