"""Handing a document in as a person does it, in a real browser: desk and telephone, by keyboard, in English, without script."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ground import CHROMIUM, serious_faults, served
from made_up import BARE, COVER

import index.build
import ingest.knowledge
from index.build import build
from index.home import Home
from index.uploads import live, uploads
from ui.accounts import Accounts
from ui.building import build_here

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from test_browser import BOTH, DESK, PASSWORD, no_sideways_scrolling

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH")

PLACE = "/documents/upload"
NUMBER = "杭测〔2020〕7号"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A small home, and small knowledge for every build of this module."""
    folder, whole = tmp_path_factory.mktemp("handing-in"), ingest.knowledge.knowledge_folder()
    for part in ("knowledge", "corpus"):
        (folder / part).mkdir()
    for name in ("terms.yaml", "facts.yaml"):
        shutil.copy(whole / name, folder / "knowledge" / name)
    (folder / "corpus" / "boats.txt").write_text(BARE, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for module in (ingest.knowledge, index.build):
            patch.setattr(module, "knowledge_folder", lambda: folder / "knowledge")
        home = Home(folder / "home")
        build(home, [folder / "corpus"])
        Accounts(home.path).add("li", "staff", PASSWORD)
        yield home


@pytest.fixture
def home(base: Home, tmp_path: Path) -> Home:
    shutil.copytree(base.path, tmp_path / "home")
    return Home(tmp_path / "home")


@pytest.fixture
def kites(tmp_path: Path) -> Path:
    path = tmp_path / "纸鸢.txt"
    path.write_text(COVER, encoding="utf-8")
    return path


Visit = Callable[..., Any]


@pytest.fixture
def visit(browser: Any, home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    """Opens the place, signed in; at the end there must be no error and no request to anywhere else."""
    from ui import web

    # Made here, with little knowledge; builds in a process of their own are tested without a browser.
    monkeypatch.setattr(web, "Rebuilding", partial(web.Rebuilding, build=build_here))
    contexts, faults, foreign = [], [], []
    with served(web.create_app(home)) as address:

        def open_page(path: str = PLACE, size: tuple[int, int] = DESK, script: bool = True) -> Any:
            viewport = {"width": size[0], "height": size[1]}
            context = browser.new_context(viewport=viewport, locale="zh-CN", java_script_enabled=script)
            context.set_default_timeout(60_000)
            contexts.append(context)
            page = context.new_page()
            page.on(
                "request", lambda r: r.url.startswith((address, "data:", "blob:")) or foreign.append(r.url)
            )
            page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
            page.on("pageerror", lambda e: faults.append(str(e)))
            page.goto(f"{address}/signin?next={path}")
            page.fill("#name", "li")
            page.fill("#password", PASSWORD)
            page.press("#password", "Enter")
            page.wait_for_url(f"**{path}")
            return page

        yield open_page
        for context in contexts:
            context.close()
    assert foreign == []
    assert faults == []


def hand_in(page: Any, *paths: Path) -> None:
    page.set_input_files("#files", [str(path) for path in paths])
    page.click("#upload button")
    page.locator(".hc-found-document").first.wait_for()


def take_in(page: Any) -> None:
    page.click("form[action$=decide] .hc-upload-foot button")
    page.locator("#state a[href*='documents/']").wait_for()


@BOTH
def test_hand_in_look_take_in_and_go_back(
    visit: Visit, home: Home, kites: Path, size: tuple[int, int]
) -> None:
    page = visit(size=size)
    hand_in(page, kites)
    assert NUMBER in page.locator(".hc-waiting").inner_text()
    assert no_sideways_scrolling(page)
    assert serious_faults(page) == []
    take_in(page)
    page.locator(".hc-known a[href*='/out/']").wait_for()  # the lists have been drawn again
    assert page.locator(".hc-waiting").count() == 0
    assert len(live(home)) == 1
    assert no_sideways_scrolling(page)
    assert serious_faults(page) == []
    page.locator("#state a").click()
    page.wait_for_url("**/documents/*7*")
    assert "每家企业最高补助20万元" in page.locator("main").inner_text()
    assert no_sideways_scrolling(page)
    page.go_back()
    page.locator("a[href*='/back/']").click()
    assert "杭州市纸鸢补助办法" in page.locator("form.hc-card").inner_text()
    assert serious_faults(page) == [] and no_sideways_scrolling(page)
    page.locator("form.hc-card button").click()
    page.wait_for_url(f"**{PLACE}")
    page.get_by_text("已换回版本").wait_for()
    page.get_by_text("已撤下", exact=True).wait_for()
    assert live(home) == []


def test_by_keyboard_alone(visit: Visit, home: Home, kites: Path) -> None:
    page = visit()
    page.set_input_files("#files", str(kites))  # the file dialogue is the browser's own
    page.focus("#files")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator(".hc-found-document").wait_for()
    page.focus(".hc-tick input")
    page.keyboard.press("Space")
    assert not page.locator(".hc-tick input").is_checked()
    page.keyboard.press("Space")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.closest('.hc-upload-foot') !== null"):
            break
    page.keyboard.press("Enter")
    page.locator("#state a[href*='documents/']").wait_for()
    assert len(live(home)) == 1


def test_english(visit: Visit, kites: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    page = visit(f"/en{PLACE}")
    hand_in(page, kites, tmp_path / "empty.txt")
    text = page.locator("main").inner_text()
    assert "“empty.txt” is empty" in text and "Waiting to be taken in" in text and "Number" in text
    take_in(page)
    assert "Taken in: 纸鸢.txt" in page.locator("#state").inner_text()
    assert page.locator("html").get_attribute("lang") == "en"


def test_without_script(visit: Visit, home: Home, kites: Path) -> None:
    page = visit(script=False)
    page.set_input_files("#files", str(kites))
    page.click("#upload button")
    page.locator(".hc-found-document").wait_for()  # the page loads itself again
    page.click("form[action$=decide] .hc-upload-foot button")
    page.locator(".hc-known a[href*='/out/']").wait_for()
    assert len(live(home)) == 1


def test_what_is_too_large_is_said_before_it_is_sent(visit: Visit, home: Home, tmp_path: Path) -> None:
    with (tmp_path / "大.txt").open("wb") as handle:
        handle.truncate(51 * 2**20)
    page = visit()
    page.set_input_files("#files", str(tmp_path / "大.txt"))
    page.click("#upload button")
    assert "最大的是“大.txt”" in page.locator("#told [role=alert]").inner_text()
    assert uploads(home) == []


def test_a_name_that_is_markup_shows_as_text(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    name = "<img src=x onerror=\"document.title='owned'\">.txt"
    page.set_input_files("#files", {"name": name, "mimeType": "text/plain", "buffer": COVER.encode()})
    page.click("#upload button")
    page.locator(".hc-found-document").wait_for()
    assert "img src=x" in page.locator(".hc-waiting strong").first.inner_text()
    assert page.title() != "owned" and page.locator("main img").count() == 0
