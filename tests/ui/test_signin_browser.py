"""Signing in as a person does, in a real browser."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request

from index.home import Home
from ui.accounts import Accounts

sys.path.insert(0, str(Path(__file__).parent))
from ground import bare_app, own_home, served

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH")

NAME = "hangce.test"
# Under a name of its own over http a browser trusts the server less than under localhost, as on an office network.
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", f"--host-resolver-rules=MAP {NAME} 127.0.0.1"]
PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def port(web_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = own_home(web_home, tmp_path_factory.mktemp("signin_browser"))
    Accounts(home.path).add("li", "staff", PASSWORD)
    app = bare_app(home)

    @app.middleware("http")
    async def as_the_pages_do(request: Request, answer: Any) -> Any:
        response = await answer(request)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    with served(app) as address:
        yield address.rpartition(":")[2]


@pytest.fixture
def page() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        opened = browser.new_page(viewport={"width": 390, "height": 844})
        opened.set_default_timeout(15_000)
        yield opened
        browser.close()


@pytest.mark.parametrize("name", [NAME, "127.0.0.1"])
def test_sign_in_and_out_by_keyboard(page: Any, port: str, name: str) -> None:
    page.goto(f"http://{name}:{port}/signin?next=/signin")
    page.wait_for_function("document.activeElement.id === 'name'")
    for password, sign in (("wrong", "不对"), (PASSWORD, "已登录")):
        page.keyboard.type("li")
        page.keyboard.press("Tab")
        page.keyboard.type(password)
        page.keyboard.press("Enter")
        page.get_by_text(sign).first.wait_for()
    assert page.evaluate("document.cookie") == ""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.get_by_role("button").press("Enter")
    page.wait_for_url(f"http://{name}:{port}/")
    page.goto(f"http://{name}:{port}/signin")
    page.get_by_label("用户名").wait_for()
