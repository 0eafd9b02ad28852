"""The page as a person meets it, in a real browser."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH")

ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BOX = "#hc-question textarea"
EXPIRED = "雏鹰企业要什么条件？"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Any, web_address: str) -> Iterator[Any]:
    """Opens the page at a size; at the end there must be no error and no request to anywhere else."""
    contexts, faults, foreign = [], [], []

    def open_page(width: int = 1280, height: int = 860) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda r: r.url.startswith((web_address, "data:")) or foreign.append(r.url))
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: faults.append(str(e)))
        page.goto(web_address)
        page.wait_for_selector(BOX)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert foreign == []
    assert faults == []


def ask(page: Any, question: str) -> Any:
    """Type, Enter, and the answer once it is there."""
    before = page.locator(".hc-said, .hc-declined").count()
    page.fill(BOX, question)
    page.press(BOX, "Enter")
    page.locator(".hc-said, .hc-declined").nth(before).wait_for()
    return page.locator(".hc-said, .hc-declined").nth(before)


def no_sideways_scrolling(page: Any) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_ask_then_read_the_clause(visit: Any) -> None:
    page = visit()
    answer = ask(page, EXPIRED)
    assert "失效" in answer.locator(".hc-notices").inner_text()
    assert "杭科高〔2020〕71号" in answer.locator(".hc-ref").first.inner_text()
    answer.locator(".hc-cite").first.click()
    panel = page.locator("#hc-panel article")
    panel.wait_for()
    assert panel.locator(".hc-badge").inner_text() == "已失效"
    assert "2022-12-31" in panel.inner_text()
    assert panel.locator(".hc-text mark").inner_text().strip()
    heading = panel.locator("h2").inner_text()
    near = panel.locator(".hc-near").last
    name = near.locator("strong").inner_text()
    near.click()
    page.wait_for_function("old => document.querySelector('#hc-panel h2').innerText !== old", arg=heading)
    assert page.locator("#hc-panel h2").inner_text().startswith(name)


def test_a_reference_can_be_copied(visit: Any) -> None:
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, EXPIRED).locator(".hc-ref").first.click()
    page.click("#hc-panel .hc-copy")
    page.wait_for_function("document.querySelector('.hc-copied').innerText === '已复制'")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("《杭州市“雏鹰计划”企业培育工程实施意见》（杭科高〔2020〕71号）")


def test_a_sample_is_answered_and_clearing_starts_over(visit: Any) -> None:
    page = visit()
    page.locator("#hc-chat .example").first.click()
    page.locator(".hc-said .hc-cite").first.click()
    page.locator("#hc-panel article").wait_for()
    page.click("#hc-clear")
    page.locator("#hc-chat .example").first.wait_for()
    assert page.locator(".hc-answer").count() == 0
    assert page.locator(".hc-panel-empty").count() == 1


def test_declining_is_plain_and_markup_stays_text(visit: Any) -> None:
    page = visit()
    payload = (
        "<img src=x onerror=\"document.title='owned'\"> [x](javascript:alert(1)) $$x^2$$ `深圳` 的创新券"
    )
    answer = ask(page, payload)
    assert answer.locator(".hc-refs").count() == 0
    assert page.locator(".hc-question").inner_text() == payload
    assert page.locator("#hc-chat img, #hc-chat .katex, #hc-chat code").count() == 0
    assert page.title() != "owned"


def test_a_bad_date_is_explained_and_a_good_one_decides_validity(visit: Any) -> None:
    page = visit()
    page.fill("#hc-as-of input", "${1+1}{{value}}")
    page.press("#hc-as-of input", "Tab")
    assert "${1+1}{{value}}" in page.locator(".hc-problem").inner_text()
    page.fill("#hc-as-of input", "2021年6月1日")
    page.press("#hc-as-of input", "Tab")
    page.wait_for_function("document.querySelector('#hc-as-of input').value === '2021-06-01'")
    assert ask(page, EXPIRED).locator(".hc-badge").first.inner_text() == "有效"


def test_on_a_telephone(visit: Any) -> None:
    page = visit(390, 844)
    assert no_sideways_scrolling(page)
    answer = ask(page, EXPIRED)
    assert no_sideways_scrolling(page)
    answer.locator(".hc-cite").first.click()
    page.wait_for_function(
        "(() => { const p = document.querySelector('#hc-panel article');"
        " return p && p.getBoundingClientRect().top >= -1 && p.getBoundingClientRect().top < 200 })()"
    )
    assert no_sideways_scrolling(page)
    page.click(".hc-back")
    page.wait_for_function("window.scrollY === 0")


def test_by_keyboard_alone(visit: Any) -> None:
    page = visit()
    page.wait_for_function("document.activeElement.matches('#hc-question textarea')")
    page.keyboard.type(EXPIRED)
    page.keyboard.press("Enter")
    page.locator(".hc-said").wait_for()
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('.hc-cite, .hc-ref')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('#hc-panel h2')")
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('.hc-cite, .hc-ref')")
