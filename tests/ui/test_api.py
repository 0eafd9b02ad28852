import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from index.home import Home
from ui.checking import Checker
from ui.problems import Refused

sys.path.insert(0, str(Path(__file__).parent))
from ground import bare_app

EAGLET = "雏鹰企业要什么条件？"


def opened(home: Home, **values: object) -> TestClient:
    return TestClient(bare_app(home, **values))


@pytest.fixture(scope="module")
def client(web_home: Home) -> Iterator[TestClient]:
    with opened(web_home) as client:
        yield client


def test_a_question_is_answered_with_the_fields_of_the_contract(client: TestClient) -> None:
    said = client.post("/api/ask", json={"question": EAGLET, "as_of": "2021-06-01"}).json()
    assert (said["status"], said["as_of"]) == ("answered", "2021-06-01")
    assert said["citations"][0]["validity"]["status"] == "in_force"


def test_earlier_turns_count(client: TestClient) -> None:
    history = [
        {"role": "user", "content": "企业领创新券的额度是多少"},
        {"role": "assistant", "content": "每家企业最高20万元。"},
    ]
    alone = client.post("/api/ask", json={"question": "那创客呢"}).json()
    after = client.post("/api/ask", json={"question": "那创客呢", "history": history}).json()
    assert "10万元" in after["answer"]
    assert after["answer"] != alone["answer"]


def test_clauses_are_found_with_filters(client: TestClient) -> None:
    found = client.get("/api/search", params={"q": "创新券", "k": 3}).json()["results"]
    assert [f["rank"] for f in found] == [1, 2, 3]
    in_force = client.get("/api/search", params={"q": EAGLET, "in_force": "2026-11-20"}).json()["results"]
    assert in_force and {f["validity"]["status"] for f in in_force} <= {"in_force", "open_ended", "unknown"}


def test_a_cited_clause_can_be_read_by_its_id(client: TestClient) -> None:
    cited = client.post("/api/ask", json={"question": EAGLET}).json()["citations"][1]
    clause = client.get(f"/api/clauses/{quote(cited['clause_id'], safe='')}").json()
    assert clause["clause_id"] == cited["clause_id"]
    assert clause["validity"]["status"] == "expired"
    assert clause["neighbours"] and cited["clause_id"] not in [n["clause_id"] for n in clause["neighbours"]]


def test_documents_come_in_pages(client: TestClient) -> None:
    everything = client.get("/api/documents").json()
    page = client.get("/api/documents", params={"limit": 2, "offset": 1}).json()
    assert page["total"] == everything["total"] == len(everything["documents"])
    assert page["documents"] == everything["documents"][1:3]
    assert {"document_id", "title", "doc_numbers", "effective", "expires"} <= set(page["documents"][0])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "question"),
        ({"question": ""}, "question"),
        ({"question": "券" * 2001}, "question"),
        ({"question": " \n"}, ""),
        ({"question": "创新券", "asof": "2020-01-01"}, "asof"),
        ({"question": "创新券", "as_of": "2020-02-30"}, "as_of"),
        ({"question": "创新券", "as_of": 5}, "as_of"),
        ({"question": "创新券", "history": [{"role": "system", "content": "x"}]}, "history"),
    ],
)
def test_what_is_of_no_use_is_named(client: TestClient, body: dict[str, Any], words: str) -> None:
    said = client.post("/api/ask", json=body)
    assert said.status_code == 422
    assert set(said.json()["error"]) == {"code", "message"}
    assert words in said.json()["error"]["message"]


@pytest.mark.parametrize("path", ["/api/clauses/nothing%23nowhere", "/api/nothing", "/v1/nothing"])
def test_what_is_not_there_is_said_to_be_not_there(client: TestClient, path: str) -> None:
    said = client.get(path)
    assert said.status_code == 404
    assert "message" in said.json()["error"]


def test_another_method_is_not_allowed(client: TestClient) -> None:
    said = client.delete("/api/ask")
    assert (said.status_code, said.headers["allow"]) == (405, "POST")


def test_a_closed_chat_says_why_everywhere(web_home: Home) -> None:
    client = opened(web_home, chat_closed="正在更新，中午再来")
    said = client.post("/api/ask", json={"question": EAGLET})
    assert (said.status_code, said.json()["error"]["message"]) == (503, "正在更新，中午再来")
    chat = {"model": "hangce", "messages": [{"role": "user", "content": EAGLET}]}
    assert client.post("/v1/chat/completions", json=chat).status_code == 503
    assert client.get("/api/search", params={"q": "创新券"}).status_code == 200


def test_a_defect_tells_nothing_of_itself(web_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    client = opened(web_home)
    ground = client.app.state.ground  # type: ignore[attr-defined]

    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(ground.answering.assistant, "ask", broken)
    said = client.post("/api/ask", json={"question": EAGLET})
    assert said.status_code == 500
    assert "secret" not in said.text
    assert b"hangce_answer_failures_total 1.0" in ground.metrics.text()


def test_half_a_character_does_no_harm(client: TestClient) -> None:
    raw = '{"question": "创新券\\ud83d", "history": [{"role": "user", "content": "\\ude00"}]}'
    said = client.post("/api/ask", content=raw, headers={"content-type": "application/json"})
    assert said.status_code == 200


def test_facts_are_judged_against_a_programme(client: TestClient) -> None:
    def verdict(increase: object) -> Any:
        body = {
            "programme": "rnd-subsidy-2020-large",
            "facts": {"rnd_increase": increase},
            "as_of": "2021-06-01",
        }
        return client.post("/api/check", json=body).json()["eligibility"]

    assert verdict("190万")["verdict"] == "not_eligible"
    assert verdict(3_000_000)["verdict"] == verdict(None)["verdict"] == "undetermined"
    assert verdict(3_000_000)["missing"] and "text" in verdict(3_000_000)


def test_without_a_programme_all_are_looked_at(client: TestClient) -> None:
    said = client.post("/api/check", json={"facts": {"employees": 35}}).json()["portfolio"]
    assert set(said) == {"eligible", "nearly", "open"} and any(said.values())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"programme": "nothing"}, "no programme"),
        ({"facts": {"employee": 35}}, "employees"),
        ({"facts": {"employees": "<b>"}}, "cannot read"),
        ({"facts": {"employees": "9" * 500}}, "200 characters"),
        ({"facts": {"employees": [1]}}, "facts"),
    ],
)
def test_a_fact_or_programme_of_no_use_is_named(client: TestClient, body: dict[str, Any], words: str) -> None:
    said = client.post("/api/check", json=body)
    assert said.status_code == 422
    assert words in said.json()["error"]["message"]


def test_an_index_without_programmes_says_to_build_it_again(client: TestClient, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="hangce build") as refused:
        Checker(lambda: tmp_path).one("rnd-subsidy-2020-large", {}, [], date(2021, 6, 1))
    assert refused.value.status_code == 503


PAYLOADS = (
    "<script>alert(1)</script>创新券",
    "<img src=x onerror=alert(1)>创新券",
    "创新券 [x](javascript:alert(1))",
    "创新券 $$\\sum$$ `code`",
    "=HYPERLINK(\"http://evil\")创新券",
    "{{7*7}}${7*7}创新券",
    "创新券'; DROP TABLE clauses; --",
    "创新券\u202e\u200b\x07",
)  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_script_and_formulas_are_text(client: TestClient, payload: str) -> None:
    said = client.post("/api/ask", json={"question": payload})
    assert said.status_code == 200
    assert said.headers["content-type"].startswith("application/json")
    assert said.json()["question"] == payload
    for marked in ("<script", "<img", "](javascript", "49", "$$"):
        assert marked not in said.json()["answer"]
    assert client.get("/api/search", params={"q": payload}).status_code == 200


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_interface_keeps_to_its_description(web_home: Home, mode: GenerationMode) -> None:
    app = bare_app(web_home, address_per_minute=1_000_000)
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    seen = set()
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def keeps(case: Any) -> None:
            # Text may be no question, and a fact no value, though the description cannot say so: 422 is right then.
            case.call_and_validate(excluded_checks=[positive_data_acceptance])

        if mode is GenerationMode.NEGATIVE and operation.label.startswith("GET /v1/models"):
            continue  # nothing that is sent there can be wrong
        keeps()
        seen.add(operation.label)
    assert {"POST /api/ask", "GET /api/search", "POST /api/check", "POST /v1/chat/completions"} <= seen
