import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from index.home import Home
from ui.observing import JsonLines

sys.path.insert(0, str(Path(__file__).parent))
from ground import bare_app

SECRET = "我的秘密问题13800138000"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the server logs while a test runs."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root, ours = logging.getLogger(), logging.getLogger("hangce")
    levels = root.level, ours.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    ours.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


@pytest.fixture(scope="module")
def client(web_home: Home) -> Iterator[TestClient]:
    with TestClient(bare_app(web_home)) as opened:
        yield opened


def test_no_question_reaches_log_or_metrics_whatever_way_it_is_asked(
    client: TestClient, log: io.StringIO
) -> None:
    body = {"model": "hangce", "messages": [{"role": "user", "content": SECRET}]}
    client.post("/api/ask", json={"question": SECRET})
    client.post("/v1/chat/completions", json=body)
    client.get("/api/search", params={"q": SECRET})
    client.get(f"/api/clauses/{SECRET}")
    client.get(f"/{SECRET}")
    client.get(f"/api/{SECRET}")
    told = log.getvalue() + client.get("/metrics").text
    assert '"route": "/api/ask"' in told
    for part in (SECRET, "13800138000", "%E6%88%91", "testclient", "\\u6211"):
        assert part not in told


def test_a_defect_is_logged_without_its_words(
    client: TestClient, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(question: str, *_: object) -> None:
        raise ValueError(question)

    monkeypatch.setattr(client.app.state.ground.answering.assistant, "ask", broken)  # type: ignore[attr-defined]
    client.post("/api/ask", json={"question": SECRET})
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    (error,) = [line for line in lines if "error" in line]
    assert error["error"] == "ValueError" and error["characters"] == len(SECRET)
    assert any("broken" in place for place in error["at"])
    assert SECRET not in log.getvalue()


def test_every_line_is_json_and_carries_the_id_of_its_request(client: TestClient, log: io.StringIO) -> None:
    said = client.get("/healthz", headers={"x-request-id": "my-own-id-1"})
    assert said.headers["x-request-id"] == "my-own-id-1"
    line = json.loads(log.getvalue().splitlines()[-1])
    assert (line["request"], line["route"], line["status"]) == ("my-own-id-1", "/healthz", 200)


@pytest.mark.parametrize("given", ["", "short", "a b c d e f g", "x" * 65, "<script>alert(1)"])
def test_an_id_of_another_form_is_not_taken_over(client: TestClient, given: str) -> None:
    said = client.get("/healthz", headers={"x-request-id": given})
    assert re.fullmatch("[0-9a-f]{16}", said.headers["x-request-id"])


def test_a_scanner_cannot_make_the_metrics_grow(client: TestClient) -> None:
    def labels() -> set[str]:
        return set(re.findall(r'route="([^"]*)"', client.get("/metrics").text))

    client.get("/nothing/here")
    client.get("/api/nothing/here")
    before = labels()
    for i in range(20):
        client.get(f"/scan{i}")
        client.get(f"/api/scan{i}")
        client.request(f"METHOD{i}", "/scan")
    assert labels() == before


def test_answers_are_counted_by_status_and_way(client: TestClient) -> None:
    client.post("/api/ask", json={"question": "宁波的孵化器奖励多少"})
    text = client.get("/metrics").text
    assert re.search(
        r'hangce_answers_total\{mode="embedded",status="not_covered",through="api"\} [1-9]', text
    )
    assert re.search(r"hangce_documents [1-9]", text)


@pytest.mark.parametrize(
    ("setting", "address", "status"),
    [
        ("off", "127.0.0.1", 404),
        ("local", "127.0.0.1", 200),
        ("local", "192.0.2.1", 404),
        ("all", "192.0.2.1", 200),
    ],
)
def test_metrics_are_told_to_whom_the_setting_says(
    web_home: Home, setting: str, address: str, status: int
) -> None:
    app = bare_app(web_home, metrics=setting)
    assert TestClient(app, client=(address, 5000)).get("/metrics").status_code == status


def test_ready_means_index_and_database(web_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    client = TestClient(bare_app(web_home))
    assert client.get("/readyz").json() == {"status": "ok", "index": "ok", "database": "ok"}
    ground = client.app.state.ground  # type: ignore[attr-defined]
    ground.records.database.engine.dispose()
    monkeypatch.setattr(type(ground.records.database), "check", _fails)
    said = client.get("/readyz")
    assert (said.status_code, said.json()["database"]) == (503, "failed")
    assert client.get("/healthz").status_code == 200


def _fails(_: object) -> None:
    from ingest.errors import HangceError

    raise HangceError("gone")
