import re
import sys
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.testclient import TestClient

from index.home import Home
from ui.accounts import Accounts, User
from ui.sessions import SESSION, VISITOR, current_owner, gradio_user, role

sys.path.insert(0, str(Path(__file__).parent))
from ground import bare_app, own_home

PASSWORD = "a long enough password"
HTML = {"accept": "text/html"}


@pytest.fixture(scope="module")
def app(web_home: Home, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    home = own_home(web_home, tmp_path_factory.mktemp("signin"))
    accounts = Accounts(home.path)
    accounts.add("li", "staff", PASSWORD)
    accounts.add("wu", "evaluator", PASSWORD)
    made = bare_app(home, lockout_failures=3)

    @made.get("/test/desk")
    def desk(user: Annotated[User, Depends(role("staff"))]) -> dict[str, str]:
        return {"name": user.name}

    return made


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return TestClient(app, headers=HTML, follow_redirects=False)


def token_of(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return found[1]


def sign_in(client: TestClient, name: str = "li", password: str = PASSWORD, **more: str) -> int:
    token = token_of(client.get("/signin").text)
    said = client.post("/signin", data={"name": name, "password": password, "token": token, **more})
    return int(said.status_code)


def test_staff_sign_in_see_their_page_and_sign_out(client: TestClient) -> None:
    refused = client.get("/test/desk")
    assert (refused.status_code, refused.headers["location"]) == (303, "/signin?next=/test/desk")
    page = client.get(refused.headers["location"])
    form = {"name": "li", "password": PASSWORD, "token": token_of(page.text), "next": "/test/desk"}
    said = client.post("/signin", data=form)
    assert (said.status_code, said.headers["location"]) == (303, "/test/desk")
    assert client.get("/test/desk").json() == {"name": "li"}
    kept = client.cookies[SESSION]
    assert client.post("/signout", data={"token": token_of(client.get("/signout").text)}).status_code == 303
    assert client.get("/test/desk").status_code == 303
    client.cookies.set(SESSION, kept)
    assert client.get("/test/desk").status_code == 303


def test_another_role_is_not_let_in_and_programs_get_no_redirect(client: TestClient) -> None:
    assert client.get("/test/desk", headers={"accept": "application/json"}).status_code == 401
    assert sign_in(client, "wu") == 303
    refused = client.get("/test/desk")
    assert refused.status_code == 403 and "<h1>没有权限" in refused.text
    assert client.get("/test/desk", headers={"accept": "*/*"}).json()["error"]["code"] == "not_allowed"


def test_cookies_are_for_this_site_alone_and_no_script(client: TestClient) -> None:
    cookies = [client.get("/signin").headers["set-cookie"]]
    token = token_of(client.get("/signin").text)
    form = {"name": "li", "password": PASSWORD, "token": token}
    cookies.append(client.post("/signin", data=form).headers["set-cookie"])
    for cookie in cookies:
        assert "httponly" in cookie.lower() and "samesite=lax" in cookie.lower()
        assert "secure" not in cookie.lower()


def test_over_https_cookies_never_go_without(app: FastAPI) -> None:
    client = TestClient(app, base_url="https://testserver", headers=HTML)
    assert "secure" in client.get("/signin").headers["set-cookie"].lower()


def test_a_form_without_its_token_or_with_anothers_does_nothing(app: FastAPI, client: TestClient) -> None:
    form = {"name": "li", "password": PASSWORD}
    assert client.post("/signin", data=form).status_code == 403
    other = TestClient(app, headers=HTML)
    stolen = token_of(other.get("/signin").text)
    assert client.get("/signin").status_code == 200
    assert client.post("/signin", data={**form, "token": stolen}).status_code == 403
    assert SESSION not in client.cookies


def test_a_form_of_another_site_does_nothing(client: TestClient) -> None:
    token = token_of(client.get("/signin").text)
    form = {"name": "li", "password": PASSWORD, "token": token}
    said = client.post("/signin", data=form, headers={"origin": "https://evil.example"})
    assert said.status_code == 403 and SESSION not in client.cookies


def test_too_many_failures_lock_out_with_words(app: FastAPI) -> None:
    client = TestClient(app, headers=HTML, client=("192.0.2.9", 5000), follow_redirects=False)
    assert [sign_in(client, password="wrong") for _ in range(3)] == [401, 401, 401]
    token = token_of(client.get("/signin").text)
    said = client.post("/signin", data={"name": "li", "password": PASSWORD, "token": token})
    assert said.status_code == 429 and "分钟后再试" in said.text


@pytest.mark.parametrize(
    "payload", ['"><script>alert(1)</script>', "{{7*7}}", "' onmouseover='x", "\u0000\u202e"]
)
def test_what_is_typed_is_text(client: TestClient, payload: str) -> None:
    token = token_of(client.get("/signin").text)
    said = client.post(
        "/signin", data={"name": payload, "password": payload, "token": token, "next": payload}
    )
    assert said.status_code == 401
    assert payload not in said.text or payload == "' onmouseover='x"
    page = said.text.replace(token_of(said.text), "")  # any figures may stand in a token
    assert "<script" not in page and "49" not in page


def test_the_page_needs_nothing_from_elsewhere_and_no_script(client: TestClient) -> None:
    page = client.get("/signin")
    assert not re.search(r"<script|https?://|src=|@import", page.text)
    assert page.headers["cache-control"] == "no-store"


def test_two_browsers_at_once_never_see_each_others_records(app: FastAPI) -> None:
    ground = app.state.ground
    answer = ground.answering.answer("创新券一年最多能领多少？", None, [], "page")
    browsers = [TestClient(app, headers=HTML) for _ in range(4)]
    owners: list[str] = []

    @app.get("/test/owner")
    def owner(request: Request) -> dict[str, str]:
        return {"owner": current_owner(request)}

    kept: dict[str, str | None] = {}
    for round_ in range(3):
        for i, browser in enumerate(browsers):
            browser.get("/signin")
            mine = browser.get("/test/owner").json()["owner"]
            if round_ == 0:
                owners.append(mine)
            assert mine == owners[i]
            kept[mine] = ground.records.add_round(mine, kept.get(mine), f"浏览器{i}的第{round_}问", answer)
    assert len(set(owners)) == 4
    for i, mine in enumerate(owners):
        (found,) = ground.records.conversations(mine)
        asked = [m.text for m in ground.records.messages(mine, found.id) if m.role == "user"]
        assert asked == [f"浏览器{i}的第{r}问" for r in range(3)]
        for other in owners:
            if other != mine:
                assert ground.records.messages(other, found.id) == []
        ground.records.forget(mine)
    for browser in browsers:
        assert browser.cookies[VISITOR] not in owners


def test_gradio_pages_take_the_same_users(app: FastAPI) -> None:
    let_in = gradio_user("staff")
    accounts = app.state.ground.accounts

    def asked(name: str) -> Request:
        return Request({"type": "http", "headers": [], "state": {"user": accounts.user(name)}})

    assert [let_in(asked(name)) for name in ("li", "wu", "nobody")] == ["li", None, None]
