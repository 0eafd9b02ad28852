"""The evaluation as an evaluator meets it, in a real browser, at a desk's and a telephone's width and in English."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Semaphore
from typing import Any

import pytest
from ground import CHROMIUM, serious_faults, served

from evals.own import OwnSets, own_baseline
from evals.questions import Question, load_set
from evals.runner import Recorder
from index.build import build
from index.home import Home
from ui.accounts import Accounts
from ui.web import create_app

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the PATH")

DESK, PHONE = (1280, 860), (390, 844)
BOTH = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "telephone"])
PASSWORD = "a long enough password"
PAYLOAD = "<img src=x onerror=\"document.title='owned'\">"
KITES = (
    "关于支持纸鸢的若干意见\n\n一、补助标准\n\n（一）做纸鸢的企业最高补助20万元。\n\n"
    "（二）放纸鸢的个人最高补助3万元。\n\n二、附则\n\n本意见自2020年4月1日起施行，有效期至2022年12月31日。\n"
)
Visit = Callable[..., Any]


def questions(facts: str = "20万元") -> list[Question]:
    gold = {"doc": "关于支持纸鸢的若干意见", "clause": "一、（一）", "file": "kites.txt", "lines": [5, 5]}
    words = ("做纸鸢的企业最高补助多少", "纸鸢厂一年可以拿几万", "造风筝的公司能领多少钱", "做纸鸢补助上限")
    return [
        Question.model_validate(
            {
                "id": f"k{n}", "question": asked, "kind": "amount", "split": "dev", "status": "answered",
                "as_of": "2021-01-01", "gold": {"any_of": [gold]}, "facts": [[facts]],
            }
        )
        for n, asked in enumerate(words)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("kites")
    (folder / "kites.txt").write_text(KITES, encoding="utf-8")
    made = Home(tmp_path_factory.mktemp("home"))
    build(made, [folder])
    Accounts(made.path).add("wu", "evaluator", PASSWORD)
    return made


@pytest.fixture
def sets(home: Home) -> OwnSets:
    """The evaluators' own sets: one of four questions."""
    held = OwnSets(home.path)
    held.save("mine", questions())
    return held


@pytest.fixture(scope="module")
def application(home: Home) -> Any:
    return create_app(home)


@pytest.fixture(scope="module")
def address(application: Any) -> Iterator[str]:
    with served(application) as found:
        yield found


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Visit]:
    """Opens a page, signed in; at the end there must be no fault of a script, and no request to anywhere else."""
    contexts, faults, foreign = [], [], []

    def open_page(path: str, size: tuple[int, int] = DESK, **more: Any) -> Any:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="zh-CN", accept_downloads=True, **more
        )
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda r: r.url.startswith((address, "data:", "blob:")) or foreign.append(r.url))
        # A form that is answered with 422 is an answer like any other.
        page.on("console", lambda m: m.type != "error" or "status of 4" in m.text or faults.append(m.text))
        page.on("pageerror", lambda e: faults.append(str(e)))
        page.goto(f"{address}/signin?next={path}")
        page.fill("#name", "wu")
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url(f"**{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert (foreign, faults) == ([], [])


def fits(page: Any) -> bool:
    return page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def choose_mine(page: Any, name: str) -> None:
    """Fill in the form of a run over the one own set."""
    page.fill("#new-run input[name=name]", name)
    for box in page.locator("#new-run input[name=sets]").all():
        box.set_checked(box.get_attribute("value") == "mine")


def run_mine(page: Any, address: str, name: str) -> None:
    page.goto(f"{address}/evaluation")
    choose_mine(page, name)
    page.click("#new-run .hc-primary")
    page.locator("#progress", has_text=f"{name} 跑完了").wait_for(timeout=60_000)


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Semaphore]:
    """Each question of a run waits until the test allows one more: what is to be seen meanwhile does not pass."""
    record, more = Recorder.record, Semaphore(0)

    def when_allowed(self: Recorder, asked: Question) -> Any:
        more.acquire(timeout=120)
        return record(self, asked)

    monkeypatch.setattr(Recorder, "record", when_allowed)
    yield more
    more.release(100)


@BOTH
def test_a_run_is_watched_to_its_end_and_read(
    visit: Visit, sets: OwnSets, allowed: Semaphore, size: tuple[int, int]
) -> None:
    page = visit("/evaluation", size)
    assert fits(page)
    name = f"watched-{size[0]}"
    choose_mine(page, name)
    page.click("#new-run .hc-primary")
    page.locator("#progress h2", has_text=f"正在跑 {name}").wait_for()
    assert page.locator("#new-run .hc-primary").is_disabled()
    allowed.release(2)
    page.locator("#progress p", has_text="作答 2 / 4").wait_for()  # without a reload
    allowed.release(2)
    page.locator("#progress", has_text=f"{name} 跑完了").wait_for(timeout=60_000)
    assert fits(page)
    page.locator("#progress a", has_text="报告").click()
    page.wait_for_url(f"**/runs/{name}")
    assert "4 题" in page.locator("main").inner_text()


def test_a_run_is_stopped_and_taken_up_again_without_script(
    visit: Visit, sets: OwnSets, allowed: Semaphore
) -> None:
    page = visit("/evaluation", java_script_enabled=False)
    choose_mine(page, "stopped")
    page.click("#new-run .hc-primary")
    page.locator("#progress h2", has_text="正在跑 stopped").wait_for()
    page.click("#progress button")
    page.wait_for_load_state()
    allowed.release(1)
    for _ in range(240):
        page.wait_for_timeout(250)
        page.goto(page.url)
        if page.locator("text=没有跑完，共 4 题").count():
            break
    allowed.release(4)
    page.click("#runs button")
    for _ in range(240):
        page.wait_for_timeout(250)
        page.goto(page.url)
        if page.locator("text=stopped 跑完了").count():
            break
    assert page.locator("#runs a", has_text="stopped").count() > 0


@BOTH
def test_two_runs_are_compared_and_one_is_blessed(
    visit: Visit, address: str, sets: OwnSets, home: Home, size: tuple[int, int]
) -> None:
    page = visit("/evaluation", size)
    first, second = f"a-{size[0]}", f"b-{size[0]}"
    run_mine(page, address, first)
    sets.save("mine", questions("21万元"))  # what was right is now said to be wrong
    run_mine(page, address, second)
    page.select_option("#compare select[name=before]", first)
    page.select_option("#compare select[name=after]", second)
    page.click("#compare button")
    page.locator(".hc-verdict").wait_for()
    assert fits(page)
    assert "题目改过" in page.locator("main").inner_text()  # other facts are another question
    page.goto(f"{address}/evaluation/runs/{first}/bless")
    page.fill("textarea[name=reason]", "测试里第一次定基线，逐题看过")
    page.click("main .hc-primary")
    page.locator(".hc-done", has_text=f"基线已换成 {first}").wait_for()
    assert own_baseline(home.path).is_file() and fits(page)


@BOTH
def test_a_table_is_edited_with_its_faults_shown_and_nothing_lost(
    visit: Visit, sets: OwnSets, home: Home, size: tuple[int, int]
) -> None:
    page = visit("/evaluation/sets/mine", size)
    assert fits(page)
    page.fill("[id='0.question']", f"做纸鸢的企业能补多少{PAYLOAD}")
    page.fill("[id='1.as_of']", "明天")
    page.click("#add-line")
    row = page.locator("#lines tr").last
    assert row.locator("input[name$='.id']").evaluate("e => e === document.activeElement")
    row.locator("input[name$='.id']").fill("new1")
    row.locator("textarea[name$='.question']").fill("放纸鸢的个人一年最多几万")
    row.locator("select[name$='.kind']").select_option("amount")
    row.locator("select[name$='.status']").select_option("answered")
    row.locator("textarea[name$='.facts']").fill("3万元")
    row.locator("textarea[name$='.gold']").fill("关于支持纸鸢的若干意见 # 一、（二） @ kites.txt:7-7")
    row.locator("input[name$='.as_of']").fill("2021-01-01")
    page.click(".hc-save .hc-primary")
    told = page.locator("[role=alert]")
    told.wait_for()
    assert "第 2 行 · 提问日" in told.inner_text() and fits(page)
    assert page.input_value("[id='0.question']").endswith(PAYLOAD)
    told.locator("a").first.click()
    assert page.evaluate("() => location.hash") == "#1.as_of"
    page.fill("[id='1.as_of']", "2021-02-03")
    page.click(".hc-save .hc-primary")
    page.locator(".hc-done", has_text="改动 3 题").wait_for()
    kept = load_set(sets.path("mine")).questions
    assert [q.id for q in kept] == ["k0", "k1", "k2", "k3", "new1"]
    assert page.title() != "owned" and page.locator("main img").count() == 0
    page.check("[name='4.drop']")
    page.click(".hc-save .hc-primary")
    page.locator(".hc-done", has_text="改动 1 题").wait_for()
    assert len(load_set(sets.path("mine")).questions) == 4


def test_changes_are_not_lost_by_leaving(visit: Visit, sets: OwnSets) -> None:
    page = visit("/evaluation/sets/mine")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator("[id='0.question']").press_sequentially("呀")
    page.click("main > p a")
    page.wait_for_url("**/evaluation#sets")
    assert asked == ["beforeunload"]


@BOTH
def test_a_set_goes_to_excel_and_comes_back_with_a_preview(
    visit: Visit, sets: OwnSets, tmp_path: Path, size: tuple[int, int]
) -> None:
    page = visit("/evaluation/sets/mine", size)
    with page.expect_download() as caught:
        page.click("text=导出 Excel")
    table = tmp_path / "mine.xlsx"
    caught.value.save_as(table)
    sets.save("mine", questions()[:2])
    page.click("main > p a")
    page.set_input_files("#sets input[type=file]", table)
    page.fill("#sets input[name=name]", "mine")
    page.click("#sets form button")
    page.locator("text=新增 2，改动 0，不变 2").wait_for()
    assert fits(page) and len(load_set(sets.path("mine")).questions) == 2
    page.click("main .hc-primary")
    page.wait_for_url("**/sets/mine")
    assert len(load_set(sets.path("mine")).questions) == 4


def test_a_question_is_curated_by_keyboard_alone_and_in_english(
    visit: Visit, application: Any, sets: OwnSets, address: str
) -> None:
    records = application.state.ground.records
    number = records.add_inbox("li", f"放纸鸢的个人最多补助多少{PAYLOAD}", "asked twice")
    page = visit("/en/evaluation", PHONE)
    assert fits(page)
    page.locator(f"a[href$='inbox={number}']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/questions/new?inbox=*")
    assert fits(page) and page.input_value("#question").endswith(PAYLOAD)
    assert page.evaluate("() => document.documentElement.lang") == "en"
    page.focus("#question")
    page.keyboard.press("Control+A")
    page.keyboard.type("放纸鸢的个人一年最多补助多少")
    page.select_option("#status", "refused")
    assert page.locator("#of-cause").is_visible()
    page.select_option("#status", "answered")
    assert page.locator("#of-cause").is_hidden()
    page.select_option("#kind", "amount")
    page.focus("#facts")
    page.keyboard.type("3万元")
    for box in page.locator("input[name=clause]").all():
        box.set_checked("一、（二） @ kites.txt" in (box.get_attribute("value") or ""))
    page.fill("#into", "")
    page.focus("#into")
    page.keyboard.type("mine")
    page.keyboard.press("Enter")
    page.locator(".hc-done", has_text="Saved").wait_for()
    assert load_set(sets.path("mine")).questions[-1].question == "放纸鸢的个人一年最多补助多少"
    assert number not in [one.id for one in records.inbox()]


@pytest.mark.parametrize("path", ["/evaluation", "/evaluation/sets/mine", "/evaluation/questions/new"])
@BOTH
def test_axe_finds_no_serious_fault(visit: Visit, sets: OwnSets, path: str, size: tuple[int, int]) -> None:
    page = visit(path, size)
    assert serious_faults(page) == []
