"""The places as a person meets them, in a real browser, at a desk's and a telephone's width."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from ground import CHROMIUM, serious_faults

from index.home import Home
from ui.accounts import Accounts

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH")
DESK, PHONE = (1280, 860), (390, 844)
BOTH = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "telephone"])
BOX = "#hc-question textarea"
EXPIRED = "雏鹰企业要什么条件？"
STORY = "余杭区的科技型中小企业，2023年成立，员工35人，去年销售额2500万元"
LEFT = re.compile(
    "AbortError|was aborted|Connection errored out"
)  # who leaves the chat cuts off what Gradio listens to
PASSWORD = "a long enough password"
PAYLOAD = "<img src=x onerror=\"document.title='owned'\"> [x](javascript:alert(1)) $$x^2$$ `深圳` 的创新券"


@pytest.fixture(scope="module", autouse=True)
def people(web_home: Home) -> None:
    accounts = Accounts(web_home.path)
    for name, role in (("li", "staff"), ("wu", "evaluator"), ("an", "admin")):
        if accounts.user(name) is None:
            accounts.add(name, role, PASSWORD)  # type: ignore[arg-type]


Visit = Callable[..., Any]


@pytest.fixture
def visit(browser: Any, web_address: str) -> Iterator[Visit]:
    """Opens a page at a size; at the end there must be no error and no request to anywhere else."""
    contexts, faults, foreign = [], [], []

    def open_page(path: str = "/", size: tuple[int, int] = DESK, name: str = "", again: Any = None) -> Any:
        if again is None:
            again = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
            again.set_default_timeout(60_000)
            contexts.append(again)
        page = again.new_page()
        own = (web_address, "data:", "blob:")
        page.on("request", lambda r: r.url.startswith(own) or foreign.append(r.url))
        page.on("console", lambda m: m.type != "error" or LEFT.search(m.text) or faults.append(m.text))
        page.on("pageerror", lambda e: LEFT.search(str(e)) or faults.append(str(e)))
        if name:
            page.goto(f"{web_address}/signin?next={path}")
            page.fill("#name", name)
            page.fill("#password", PASSWORD)
            page.press("#password", "Enter")
            page.wait_for_url(f"**{path}")
        else:
            page.goto(web_address + path)
        if path in ("/", "/en/"):
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
    return page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def until(page: Any, what: str) -> None:
    """Wait for something to be so; pages without 'unsafe-eval' take no words to wait for."""
    for _ in range(600):
        if page.evaluate(f"() => {what}"):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never so: {what}")


# --- the chat ---


def test_ask_then_read_the_clause(visit: Visit) -> None:
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


def test_a_reference_can_be_copied(visit: Visit) -> None:
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, EXPIRED).locator(".hc-ref").first.click()
    page.click("#hc-panel .hc-copy")
    page.wait_for_function("document.querySelector('.hc-copied').innerText === '已复制'")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("《杭州市“雏鹰计划”企业培育工程实施意见》（杭科高〔2020〕71号）")


def test_a_sample_is_answered_and_clearing_starts_over(visit: Visit) -> None:
    page = visit()
    page.locator(".hc-sample").first.click()
    page.locator(".hc-said .hc-cite").first.wait_for()
    page.wait_for_timeout(300)  # the list of messages is drawn once more when the answer is complete
    page.locator(".hc-said .hc-cite").first.click()
    page.locator("#hc-panel article").wait_for()
    page.click("#hc-clear")
    page.locator(".hc-sample").first.wait_for()
    assert page.locator(".hc-answer").count() == 0
    assert page.locator(".hc-panel-empty").count() == 1
    page.reload()
    page.locator(".hc-sample").first.wait_for()


def test_a_suggestion_is_asked_and_the_conversation_outlasts_a_reload(visit: Visit) -> None:
    page = visit()
    ask(page, EXPIRED)
    page.locator(".hc-next").first.click()
    page.locator(".hc-question").nth(1).wait_for()
    until(page, "document.querySelectorAll('.hc-said, .hc-declined').length === 2")
    page.wait_for_timeout(300)
    page.reload()
    page.locator(".hc-question").nth(1).wait_for()
    assert page.locator(".hc-said, .hc-declined").count() == 2
    other = visit()
    other.locator(".hc-sample").first.wait_for()
    assert other.locator(".hc-question").count() == 0


def test_a_thumb_with_a_comment_is_taken_once(visit: Visit) -> None:
    page = visit()
    ask(page, EXPIRED)
    page.locator(".hc-thumb").last.click()
    page.keyboard.press("Escape")
    assert page.locator(".hc-thumb").count() == 2
    page.locator(".hc-thumb").last.click()
    page.fill("dialog textarea", PAYLOAD)
    page.click("dialog .hc-primary")
    page.locator(".hc-rating", has_text="已记下").wait_for()
    assert page.locator(".hc-thumb").count() == 0


def test_the_conversation_can_be_taken_along(visit: Visit) -> None:
    page = visit()
    ask(page, EXPIRED)
    with page.expect_download() as caught:
        page.click("#hc-export-markdown")
    assert "杭科高〔2020〕71号" in Path(caught.value.path()).read_text(encoding="utf-8")
    with page.expect_download() as caught:
        page.click("#hc-export-word")
    assert caught.value.suggested_filename.endswith(".docx")
    assert Path(caught.value.path()).read_bytes()[:2] == b"PK"


def test_declining_is_plain_and_markup_stays_text(visit: Visit) -> None:
    page = visit()
    answer = ask(page, PAYLOAD)
    assert answer.locator(".hc-refs").count() == 0
    assert page.locator(".hc-question").inner_text() == PAYLOAD
    assert page.locator("#hc-chat img, #hc-chat .katex, #hc-chat code").count() == 0
    assert page.title() != "owned"


def test_a_bad_date_is_explained_and_a_good_one_decides_validity(visit: Visit) -> None:
    page = visit()
    page.fill("#hc-as-of input", "${1+1}{{value}}")
    page.press("#hc-as-of input", "Tab")
    assert "${1+1}{{value}}" in page.locator(".hc-problem").inner_text()
    page.fill("#hc-as-of input", "2021年6月1日")
    page.press("#hc-as-of input", "Tab")
    page.wait_for_function("document.querySelector('#hc-as-of input').value === '2021-06-01'")
    assert ask(page, EXPIRED).locator(".hc-badge").first.inner_text() == "有效"


def test_asking_on_a_telephone(visit: Visit) -> None:
    page = visit("/", PHONE)
    assert no_sideways_scrolling(page)
    answer = ask(page, "创新券和科技型企业研发补助有什么区别")
    assert answer.locator("table").count() == 1
    assert no_sideways_scrolling(page)
    answer.locator(".hc-cite").first.click()
    panel = page.locator("#hc-panel article")
    panel.wait_for()
    assert panel.is_visible()
    assert no_sideways_scrolling(page)
    page.click(".hc-back")
    until(page, "!document.querySelector('#hc-panel').checkVisibility()")


def test_asking_by_keyboard_alone(visit: Visit) -> None:
    page = visit()
    page.wait_for_function("document.activeElement.matches('#hc-question textarea')")
    page.keyboard.type(EXPIRED)
    page.keyboard.press("Enter")
    page.locator(".hc-said").wait_for()
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('.hc-cite, .hc-ref')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('#hc-panel h2')")
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('.hc-cite, .hc-ref')")


def test_the_chat_in_english(visit: Visit) -> None:
    page = visit()
    page.click(".hc-side a[lang=en]")
    page.wait_for_url("**/en/")
    page.locator(".hc-sample").first.click()
    page.locator(".hc-said").wait_for()
    assert "Based on" in page.locator(".hc-refs").inner_text()
    assert page.evaluate("() => document.documentElement.lang") == "en"
    page.locator(".hc-cite").first.click()
    page.locator("#hc-panel .hc-copy", has_text="Copy").wait_for()


def test_who_is_signed_in_finds_the_conversation_again_elsewhere(visit: Visit) -> None:
    page = visit("/", name="li")
    ask(page, EXPIRED)
    page.locator("#hc-earlier").wait_for()
    page.wait_for_timeout(500)
    again = visit("/", again=page.context)
    again.locator(".hc-question").first.wait_for()
    assert again.locator(".hc-head", has_text="li").count() == 1


def test_two_visitors_side_by_side_see_their_own_conversation_alone(visit: Visit) -> None:
    one, other = visit(), visit()
    for page, word in ((one, "甲方"), (other, "乙方"), (one, "甲方"), (other, "乙方")):
        ask(page, f"{word}的雏鹰企业要什么条件？")
    for page, own, foreign in ((one, "甲方", "乙方"), (other, "乙方", "甲方")):
        shown = page.locator("#hc-chat").inner_text()
        assert own in shown and foreign not in shown
        assert page.locator(".hc-question").count() == 2


# --- the self-check ---


@BOTH
def test_a_description_gives_a_list_and_a_programme_its_page(visit: Visit, size: tuple[int, int]) -> None:
    page = visit("/self-check", size)
    page.select_option("#kind", "enterprise")
    page.fill("#words", STORY + PAYLOAD)
    page.click("form[data-act=read] button")
    page.locator(".hc-group-open li").first.wait_for()
    assert no_sideways_scrolling(page)
    assert page.evaluate("() => document.querySelector('#district').value") == "余杭区"
    page.locator(".hc-group li a").first.click()
    page.locator(".hc-said-verdict").wait_for()
    assert no_sideways_scrolling(page)
    assert "不是官方认定" in page.locator(".hc-disclaimer").inner_text()
    assert page.locator("main img").count() == 0
    with page.expect_download() as caught:
        page.click("#save")
    assert "条件" in Path(caught.value.path()).read_text(encoding="utf-8")


@BOTH
def test_questions_are_answered_one_at_a_time_corrected_and_stopped(
    visit: Visit, size: tuple[int, int]
) -> None:
    page = visit("/self-check", size)
    page.fill("#words", STORY)
    page.click("form[data-act=read] button")
    page.locator(".hc-group-open li").first.wait_for()
    page.goto(page.url.replace("/self-check", "/programmes/young-eagle-2020"))
    page.locator(".hc-said-verdict").wait_for()
    page.locator("#asking", has_text="第 1 问").wait_for()
    page.locator("button[data-words=不知道]").click()
    page.locator("#asking", has_text="第 2 问").wait_for()
    page.click("[data-act=stop]")
    page.locator("[data-act=go_on]").wait_for()
    page.reload()
    page.locator("[data-act=go_on]").wait_for()
    page.click("[data-act=go_on]")
    page.locator("#asking").wait_for()
    if size == PHONE:
        page.click("#known > summary")
    staff = page.locator(".hc-known li", has_text="员工35人")
    staff.locator("[data-edit]").click()
    staff.locator(".hc-edit input").fill("5人")
    staff.locator(".hc-edit button").click()
    page.locator(".hc-s-not-met", has_text="5人").wait_for()
    assert no_sideways_scrolling(page)


def test_the_self_check_by_keyboard_alone(visit: Visit) -> None:
    page = visit("/en/self-check")
    page.locator("#asking").wait_for()
    page.focus("#words")
    page.keyboard.type(STORY)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    until(page, "document.activeElement.id === 'asking'")
    until(page, "document.querySelectorAll('.hc-known li').length > 3")
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.matches('[data-act=answer], input, select')"):
            break
    else:
        raise AssertionError("no answer within reach of the question")


# --- documents ---


@BOTH
def test_documents_are_found_and_read(visit: Visit, size: tuple[int, int]) -> None:
    page = visit("/documents", size)
    assert page.locator(".hc-bar").count() > 30
    assert no_sideways_scrolling(page)
    page.fill("input[name=q]", "雏鹰")
    page.press("input[name=q]", "Enter")
    page.wait_for_url("**q=*")
    page.locator(".hc-term a").first.click()
    page.locator(".hc-pair").first.wait_for()
    assert no_sideways_scrolling(page)


# --- the desk ---


def test_the_desk_is_behind_the_sign_in(visit: Visit) -> None:
    page = visit("/desk")
    assert "/signin" in page.url
    page = visit("/")
    assert page.locator(".hc-nav a[href='/desk']").count() == 0


@BOTH
def test_the_desk_finds_reads_out_and_keeps_a_note(visit: Visit, size: tuple[int, int]) -> None:
    page = visit("/desk", size, name="li")
    page.locator("#q").press_sequentially("雏鹰企业补助")
    page.locator(".hc-hit").first.wait_for()
    assert no_sideways_scrolling(page)
    page.locator(".hc-hit[data-clause]").first.click()
    page.locator("#script", has_text="根据《").wait_for()
    page.locator(".hc-related").first.wait_for()
    page.fill("#note-question", PAYLOAD)
    page.fill("#note-text", "已答复，13812345678")
    page.click("#note-form .hc-primary")
    page.locator("#note-said", has_text="已保存").wait_for()
    page.locator("#notes summary").click()
    assert PAYLOAD in page.locator("#notes li").first.inner_text()
    assert "138" not in page.locator("#notes li").first.inner_text()
    assert page.locator("main img").count() == 0
    assert no_sideways_scrolling(page)


def test_the_desk_by_keyboard_alone(visit: Visit) -> None:
    page = visit("/desk", name="li")
    until(page, "document.activeElement.id === 'q'")
    page.keyboard.type("孵化器奖励")
    page.locator(".hc-hit[aria-selected=true]").wait_for()
    first = page.locator(".hc-hit[aria-selected=true]").inner_text()
    page.keyboard.press("ArrowDown")
    assert page.locator(".hc-hit[aria-selected=true]").inner_text() != first
    page.keyboard.press("Enter")
    until(page, "document.activeElement.id === 'detail'")
    page.keyboard.press("n")
    until(page, "document.activeElement.id === 'note-text'")
    page.keyboard.type("记下")
    page.keyboard.press("Escape")
    until(page, "document.activeElement.id === 'q'")


def test_what_is_not_in_the_documents_reaches_the_evaluators(visit: Visit) -> None:
    page = visit("/desk", name="li")
    page.fill("#note-question", f"地铁几点停？{PAYLOAD}")
    page.click("#hand-on")
    page.locator("#note-said", has_text="已交给").wait_for()
    for size in (PHONE, DESK):
        there = visit("/evaluation", size, name="wu")
        assert "地铁几点停" in there.locator("#inbox").inner_text()
        assert there.locator("main img").count() == 0
        assert no_sideways_scrolling(there)
    before = there.locator(".hc-decide").count()
    there.locator("#inbox .hc-decide button").first.click()
    until(there, f"document.querySelectorAll('.hc-decide').length === {before - 1}")


# --- for everyone ---


def kind_of_page(address: str) -> str:
    """An address without what names one thing among many: documents/…, evaluation/runs/…"""
    segments = [s for s in urlsplit(address).path.split("/") if s and s != "en"]
    names_one = len(segments) > 1 and segments[-1] != "upload"
    return "/".join([*segments[:-1], "…"] if names_one else segments)


def open_with_something_to_see(page: Any, path: str) -> None:
    """A page in the state in which it shows most."""
    place = path.removeprefix("/en")
    if place == "/":
        page.locator("#hc-earlier").wait_for()  # the conversation of who is signed in has been read back
        ask(page, EXPIRED).locator(".hc-cite").first.click()
        page.locator("#hc-panel article").wait_for()
    if place == "/self-check":
        page.fill("#words", STORY)
        page.click("form[data-act=read] button")
        page.locator(".hc-group-open li").first.wait_for()
    if place == "/desk":
        page.fill("#q", "孵化器")
        page.locator(".hc-hit").first.click()
        page.locator("#script").wait_for()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("size", "scheme"),
    [(DESK, "light"), (PHONE, "light"), (DESK, "dark")],
    ids=["desk", "telephone", "dark"],
)
def test_axe_finds_no_serious_fault_on_any_page(
    visit: Visit, web_address: str, size: tuple[int, int], scheme: str, language: str
) -> None:
    """One page of every kind that can be reached by links, as an admin, who may open all of them."""
    page = visit("/documents", size, name="an")
    page.emulate_media(color_scheme=scheme)
    start = "/en/" if language == "en" else "/"
    found, waiting, seen = [], [start], set()
    while waiting:
        path = waiting.pop(0)
        if kind_of_page(path) in seen:
            continue
        seen.add(kind_of_page(path))
        if not page.request.get(web_address + path).headers["content-type"].startswith("text/html"):
            continue
        page.goto(web_address + path)
        open_with_something_to_see(page, path)
        page.wait_for_timeout(300)
        found += serious_faults(page)
        assert no_sideways_scrolling(page), path
        links = page.locator("a[href^='/']:not([download])").evaluate_all(
            "all => all.map(a => a.getAttribute('href'))"
        )
        waiting += [
            link.partition("#")[0]
            for link in links
            if link.startswith("/en/") == (language == "en")
            and not re.match("/(en/)?(signout|api|v1|mcp)", link)
        ]
    assert len(seen) >= 7
    assert found == []
