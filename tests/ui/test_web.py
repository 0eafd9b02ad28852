import socket
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from index.home import Home
from ingest.errors import HangceError
from ui import web
from ui.wording import say


@pytest.fixture(scope="module")
def client(web_home: Home) -> Iterator[TestClient]:
    with TestClient(web.create_app(web_home)) as opened:
        yield opened


def test_healthz(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_the_page_loads_and_asks_browsers_to_stay_here(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert say("zh", "title") in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/docs", "/openapi.json", "/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/upload",
        "/gradio_api/file=/etc/passwd", "/gradio_api/proxy=http://127.0.0.1/", "/gradio_api/run/ask", "/gradio_api/runs",
    ],
)  # fmt: skip
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_what_the_page_does_not_use_is_closed(client: TestClient, prefix: str, path: str) -> None:
    path = prefix + path
    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 404


def test_only_events_that_need_no_queue_can_be_called_directly(client: TestClient) -> None:
    dependencies = client.get("/config").json()["dependencies"]
    queued = [d["id"] for d in dependencies if d["queue"] is not False and d["backend_fn"]]
    for number in queued:
        body = {"data": [], "fn_index": number, "session_hash": "x"}
        assert client.post("/gradio_api/run/predict", json=body).status_code == 404
    assert client.post("/gradio_api/run/predict/", json={}).status_code == 404


def test_no_event_is_offered_to_other_programs(client: TestClient) -> None:
    dependencies = client.get("/config").json()["dependencies"]
    assert dependencies
    assert all(d["api_visibility"] == "private" for d in dependencies)


def test_a_port_in_use_is_named_with_the_way_out(web_home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(HangceError, match=r"in use.*--port"):
        web.serve(web_home, "127.0.0.1", taken.getsockname()[1])


def test_answers_are_sent_without_waiting_for_the_browser() -> None:
    with web._listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_unknown_host_is_named(web_home: Home) -> None:
    with pytest.raises(HangceError, match="cannot listen"):
        web.serve(web_home, "no-such-host.invalid", 7860)
