from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from ui.limits import KEYS_KEPT, Buckets, Limits, network
from ui.settings import Settings


class Clock:
    """A clock that a test puts forward."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def served(**settings: object) -> TestClient:
    app = FastAPI()

    @app.post("/echo")
    async def echo(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    @app.get("/page")
    def page() -> dict[str, str]:
        return {"page": "here"}

    @app.post("/gradio_api/upload")
    @app.post("/en/gradio_api/upload")
    async def upload(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    values = Settings.model_validate(settings)
    app.add_middleware(Limits, settings=values, session=lambda headers: headers.get("x-session", ""))
    return TestClient(app)


@given(st.integers(1, 500), st.lists(st.floats(0, 5), max_size=400))
def test_a_bucket_never_gives_more_than_it_holds_and_refills(per_minute: int, pauses: list[float]) -> None:
    clock = Clock()
    buckets = Buckets(per_minute, clock)
    given_out = 0
    for pause in pauses:
        clock.now += pause
        given_out += buckets.take("a") == 0.0
    assert given_out <= per_minute + clock.now * per_minute / 60 + 1e-6


def test_after_the_time_it_names_a_bucket_gives_again() -> None:
    clock = Clock()
    buckets = Buckets(2, clock)
    assert [buckets.take("a") == 0.0 for _ in range(3)] == [True, True, False]
    clock.now += buckets.take("a") + 0.001
    assert buckets.take("a") == 0.0
    assert buckets.take("b") == 0.0


def test_buckets_are_bounded() -> None:
    buckets = Buckets(2)
    for i in range(KEYS_KEPT + 100):
        buckets.take(str(i))
    assert len(buckets) == KEYS_KEPT


def test_too_many_requests_of_an_address_are_told_when_to_come_back() -> None:
    client = served(address_per_minute=3)
    assert [client.get("/page").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get("/page")
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert refused.json()["error"]["code"] == "too_many_requests"


def test_a_browser_is_told_on_a_page_and_a_program_as_data() -> None:
    client = served(address_per_minute=1)
    client.get("/page")
    page = client.get("/page", headers={"accept": "text/html,*/*"})
    assert page.status_code == 429 and "<h1>请求太多" in page.text and "retry-after" in page.headers
    assert (
        client.get("/api/x", headers={"accept": "text/html"}).json()["error"]["code"] == "too_many_requests"
    )


def test_one_session_does_not_use_up_what_others_have() -> None:
    client = served(session_per_minute=2)
    one = [client.get("/page", headers={"x-session": "one"}).status_code for _ in range(3)]
    assert one == [200, 200, 429]
    assert client.get("/page", headers={"x-session": "two"}).status_code == 200


def test_errors_below_v1_have_openais_form() -> None:
    client = served(address_per_minute=1)
    client.get("/page")
    error = client.get("/v1/models").json()["error"]
    assert error["type"] == "rate_limit_error" and error["message"]


@pytest.mark.parametrize(
    "path", ["/healthz", "/assets/a.js", "/en/assets/a.js", "/en/gradio_api/heartbeat/x"]
)
def test_health_and_a_pages_own_files_are_always_given(path: str) -> None:
    client = served(address_per_minute=1)
    assert 429 not in [client.get(path).status_code for _ in range(5)]


@pytest.mark.parametrize("size", [1023, 1024, 1025, 5000])
def test_a_request_may_be_as_large_as_said_and_not_larger(size: int) -> None:
    client = served(body_kib=1)
    said = client.post("/echo", content=b"x" * size)
    assert (said.status_code, said.json().get("size")) == ((200, size) if size <= 1024 else (413, None))


def test_a_request_that_does_not_say_its_size_is_counted() -> None:
    def stream(size: int) -> Iterator[bytes]:
        for _ in range(size):
            yield b"x" * 100

    client = served(body_kib=1)
    assert client.post("/echo", content=stream(10)).json() == {"size": 1000}
    assert client.post("/echo", content=stream(11)).status_code == 413


def test_an_upload_has_a_limit_of_its_own_and_a_switch() -> None:
    client = served(body_kib=1, upload_mib=1)
    for path in ("/gradio_api/upload", "/en/gradio_api/upload"):
        assert client.post(path, content=b"x" * 50_000).json() == {"size": 50_000}
    assert client.post("/gradio_api/upload", content=b"x" * 1_048_577).status_code == 413
    assert client.post("/gradio_api/upload", content=iter([b"x"])).status_code == 411
    closed = served(upload_closed="今天不收文件").post("/gradio_api/upload", content=b"x")
    assert closed.status_code == 503 and closed.json()["error"]["message"] == "今天不收文件"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://testserver"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://testserver.evil.example"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 200),
    ],
)
def test_what_another_sites_page_sends_is_refused(headers: dict[str, str], status: int) -> None:
    assert served().post("/echo", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("host", "status"),
    [("a.example", 200), ("A.example:7860", 200), ("b.example", 421), ("evil@a.example.b", 421), ("", 421)],
)
def test_only_the_names_that_were_set_are_answered_to(host: str, status: int) -> None:
    client = served(hosts="a.example")
    assert client.get("/page", headers={"host": host}).status_code == status


def test_probes_need_no_name() -> None:
    assert (
        served(hosts="a.example").get("/healthz").status_code == 404
    )  # not 421; this application has no such page


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_subscribers_addresses_count_as_one(address: str, counted: str) -> None:
    assert network(address) == counted
