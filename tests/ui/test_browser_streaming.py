"""The chat with a model in a real browser: statements as they are verified, and what happens when somebody leaves."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain.chat_models import init_chat_model

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "assistant"))
from ground import CHROMIUM, own_home, served
from scripted_server import Reply, Said, Script, lines, serving
from test_browser import BOX, DESK, PHONE, ask, no_sideways_scrolling

from index.home import Home
from ui.web import create_app

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH")
QUESTION = "创新券企业一年最多领多少"
TRUE: Said = ("每家企业每年最高一般不超过20万元。", ["K1"])
CHANGED: Said = ("每家企业每年最高一般不超过70万元。", ["K1"])


@pytest.fixture(scope="module")
def server() -> Iterator[Script]:
    with serving() as script:
        yield script


@pytest.fixture
def script(server: Script) -> Script:
    server.reset()
    return server


@pytest.fixture(scope="module")
def address(web_home: Home, server: Script, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages of a server with a chat model."""
    home = own_home(web_home, tmp_path_factory.mktemp("streaming"))
    model = init_chat_model("openai:test", base_url=server.url, api_key="x", timeout=20, max_retries=0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("assistant.service.configured_model", lambda: model)
        app = create_app(home)
    with served(app) as there:
        yield there


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "telephone"])
def page(browser: Any, address: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    context.set_default_timeout(60_000)
    opened = context.new_page()
    opened.goto(address)
    opened.wait_for_selector(BOX)
    yield opened
    context.close()


def test_statements_appear_when_verified_and_nothing_else_ever_does(page: Any, script: Script) -> None:
    script.answer(Reply(lines(TRUE) + "\n" + " " * 120 + lines(CHANGED) + "\n" + " " * 120, drip=0.05))
    page.evaluate("""() => { window.seen = ""; new MutationObserver(() => {
        window.seen += document.querySelector("#hc-chat").innerText; })
        .observe(document.body, {childList: true, subtree: true, characterData: true}); }""")
    page.fill(BOX, QUESTION)
    page.press(BOX, "Enter")
    page.locator(".hc-waiting").wait_for()
    assert page.locator(".hc-question").inner_text() == QUESTION
    page.locator(".hc-writing", has_text=TRUE[0]).wait_for()
    assert "正在写" in page.locator(".hc-writing").inner_text()
    assert no_sideways_scrolling(page)
    page.locator(".hc-writing .hc-cite").first.click()
    page.locator("#hc-panel article .hc-text mark").wait_for()
    page.locator(".hc-said .hc-thumb").first.wait_for(state="attached")
    assert "70万" not in page.evaluate("() => window.seen")
    assert page.locator(".hc-said", has_text=TRUE[0]).count() == 1


def test_what_is_typed_meanwhile_stays_and_is_not_sent(page: Any, script: Script) -> None:
    script.say(TRUE, delay=2)
    page.fill(BOX, QUESTION)
    page.press(BOX, "Enter")
    page.locator(".hc-waiting").wait_for()
    page.fill(BOX, "下一个问题")
    page.press(BOX, "Enter")
    page.locator(".hc-said").wait_for()
    assert page.locator(BOX).input_value().strip() == "下一个问题"
    assert page.locator(".hc-question").count() == 1
    assert len(script.requests) == 1


def test_who_leaves_is_not_worked_for(page: Any, script: Script) -> None:
    script.answer(Reply(lines(TRUE) + "\n" + "天" * 9000, drip=0.05))
    page.fill(BOX, QUESTION)
    page.press(BOX, "Enter")
    page.locator(".hc-writing").wait_for()
    page.goto("about:blank")
    assert script.left.wait(60)


def test_clearing_ends_it_and_another_question_can_be_asked(page: Any, script: Script) -> None:
    script.answer(Reply(lines(TRUE) + "\n" + "天" * 9000, drip=0.05))
    page.fill(BOX, QUESTION)
    page.press(BOX, "Enter")
    page.locator(".hc-writing").wait_for()
    page.click("#hc-clear")
    page.locator(".hc-sample").first.wait_for()
    assert script.left.wait(60)
    script.reset()
    script.say(TRUE)
    ask(page, QUESTION)
    assert page.locator(".hc-question").count() == 1


@pytest.mark.parametrize("refused", [False, True], ids=["connection lost", "refused"])
def test_a_question_that_gets_no_answer_is_handed_back(page: Any, script: Script, refused: bool) -> None:
    def fails(route: Any) -> None:
        route.fulfill(status=429, json={"error": "too many"}) if refused else route.abort()

    page.route("**/gradio_api/queue/join*", fails, times=1)
    page.fill(BOX, QUESTION)
    page.press(BOX, "Enter")
    page.locator(".hc-lost", has_text="没有收到回答").wait_for()
    assert page.locator(BOX).input_value() == QUESTION
    script.say(TRUE)
    page.press(BOX, "Enter")
    page.locator(".hc-said").wait_for()
    assert page.locator(".hc-lost").count() == 0
