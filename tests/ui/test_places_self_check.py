import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from assistant.eligibility.catalogue import Catalogue
from index.home import Home
from ui import web
from ui.places.frame import Here
from ui.places.self_check import Step, take

DAY = date(2026, 11, 21)
AT = Here("zh", "/self-check", None)
STORY = "余杭区的科技型中小企业，2023年成立，员工35人，去年销售额2500万元"
EAGLE = "young-eagle-2020"
PAYLOADS = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    '" onclick="alert(1)',
    "{{7*7}}",
]


@pytest.fixture(scope="module")
def client(web_home: Home) -> Iterator[TestClient]:
    with TestClient(web.create_app(web_home)) as opened:
        yield opened


@pytest.fixture(scope="module")
def catalogue(web_home: Home) -> Catalogue:
    return Catalogue.read(web_home.current())


def step(catalogue: Catalogue, act: str, before: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    after = take(AT, Step(act=act, state=before["state"] if before else None, **more), catalogue, DAY)  # type: ignore[arg-type]
    return json.loads(json.dumps(after))  # as it travels


@pytest.mark.parametrize(
    "path", ["/self-check", "/en/self-check", f"/programmes/{EAGLE}", f"/en/programmes/{EAGLE}"]
)
def test_the_pages_open(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert ("不是官方认定" in page.text) is not path.startswith("/en")
    assert ("no official determination" in page.text) is path.startswith("/en")


def test_an_unknown_programme_is_no_page(client: TestClient) -> None:
    page = client.get("/programmes/nothing")
    assert page.status_code == 404
    assert "没有这个政策项目" in page.text
    answer = client.post("/self-check/step", json={"act": "show", "programme": "nothing"})
    assert answer.status_code == 404


def test_a_description_is_read_with_the_words_it_came_from(catalogue: Catalogue) -> None:
    after = step(catalogue, "read", words=STORY)
    assert after["district"] == "余杭区"
    assert after["state"]["facts"]["employees"]["value"] == 35
    assert "“员工35人”" in after["left"]
    assert "还要再了解" in after["result"]


def test_a_fact_can_be_corrected_and_taken_back(catalogue: Catalogue) -> None:
    after = step(catalogue, "read", words=STORY)
    after = step(catalogue, "correct", after, fact="employees", words="8人")
    assert after["state"]["facts"]["employees"]["value"] == 8
    after = step(catalogue, "forget", after, fact="employees")
    assert "employees" not in after["state"]["facts"]
    after = step(catalogue, "over", after)
    assert after["state"]["facts"] == {}


def test_a_correction_that_cannot_be_read_changes_nothing_and_says_so(catalogue: Catalogue) -> None:
    before = step(catalogue, "read", words=STORY)
    after = step(catalogue, "correct", before, fact="employees", words="很多很多")
    assert after["state"] == before["state"]
    assert 'role="alert"' in after["left"]


def test_a_description_without_facts_says_what_could_be_told(catalogue: Catalogue) -> None:
    assert "没有读出情况" in step(catalogue, "read", words="你好呀")["left"]


def test_questions_go_on_until_stopped_and_what_is_not_known_is_not_asked_again(catalogue: Catalogue) -> None:
    after = step(catalogue, "show", kind="enterprise")
    seen: list[str] = []
    for _ in range(12):
        key = after["left"].split('data-key="')[1].split('"')[0]
        assert key not in seen
        seen.append(key)
        after = step(
            catalogue, "answer", after, key=key, words="不知道", kind="enterprise", number=after["number"]
        )
    assert after["number"] == 13
    assert set(after["state"]["not_known"]) == set(seen)
    stopped = step(catalogue, "stop", after)
    assert stopped["stopped"]
    assert "data-key" not in stopped["left"].split('id="known"')[0]
    assert 'data-key="' in step(catalogue, "go_on", stopped, stopped=True)["left"].split('id="known"')[0]


def test_a_programme_asks_until_its_verdict_is_there(catalogue: Catalogue) -> None:
    after = step(catalogue, "show", programme=EAGLE)
    answers = {"employees": "5人"}
    for _ in range(40):
        asked = after["left"].split('id="known"')[0].split('data-key="')
        if len(asked) == 1:
            break
        key = asked[1].split('"')[0].replace("&#34;", '"').replace("&amp;", "&")
        fact = catalogue.facts.get(key)
        words = answers.get(key) or ("是" if fact is None or fact.type == "boolean" else "不知道")
        after = step(catalogue, "answer", after, programme=EAGLE, key=key, words=words)
    assert "不符合条件" in after["result"]
    assert "职工" in after["result"]
    assert "已失效" in after["result"]


def test_what_was_confirmed_can_be_unsaid(catalogue: Catalogue) -> None:
    after = step(catalogue, "show", programme=EAGLE)
    state = {**after["state"], "confirmed": ["某条|没有事故"]}
    assert "没有事故" in step(catalogue, "show", {"state": state}, programme=EAGLE)["left"]
    after = step(catalogue, "unsay", {"state": state}, programme=EAGLE, key="某条|没有事故")
    assert after["state"]["confirmed"] == []


def test_the_district_of_the_form_is_a_fact(catalogue: Catalogue) -> None:
    after = step(catalogue, "show", district="西湖区")
    assert after["state"]["facts"]["district"]["value"] == "西湖区"
    assert "district" not in step(catalogue, "show", after, district="")["state"]["facts"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_show_as_text(catalogue: Catalogue, payload: str) -> None:
    state = {
        "programme": None, "facts": {"employees": {"value": 35, "from": payload, "how": payload}},
        "confirmed": [f"x|{payload}"], "denied": [payload], "not_known": [payload], "all_else": False, "sanctions": False,
        "assumed": [],
    }  # fmt: skip
    after = step(catalogue, "show", {"state": state})
    assert "employees" in after["state"]["facts"]
    assert (
        "<img" not in after["left"] and "<script" not in after["left"] and ' onclick="' not in after["left"]
    )


@given(
    state=st.dictionaries(
        st.sampled_from(["facts", "confirmed", "denied", "not_known", "all_else", "sanctions", "programme"]),
        st.none() | st.text(max_size=5) | st.lists(st.text(max_size=5), max_size=2) | st.dictionaries(
            st.sampled_from(["employees", "district", "x"]), st.none() | st.dictionaries(st.just("value"), st.text(max_size=6)), max_size=2
        ),
    )
)  # fmt: skip
def test_a_state_that_is_none_begins_again(catalogue: Catalogue, state: dict[str, Any]) -> None:
    assert "state" in step(catalogue, "show", {"state": state})
