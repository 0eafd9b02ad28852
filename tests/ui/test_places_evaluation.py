"""The evaluation over HTTP: runs, comparisons, the baseline, questions out of the inbox, sets as tables and as Excel."""

import io
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote, unquote

import pytest
from bs4 import BeautifulSoup
from fastapi.testclient import TestClient
from openpyxl import Workbook, load_workbook

from assistant.schema import Status
from evals import baseline, running
from evals.compare import TIERS
from evals.lint import PROBLEMS
from evals.own import own_baseline, sets_folder
from evals.questions import Question, bundled_sets, load_set
from evals.report import MISTAKES
from evals.runner import Recorder, rescore
from evals.sheets import CHOICES, COLUMNS, FAULTS, TABLE_FAULTS
from index.build import build
from index.home import Home
from ui import web
from ui.accounts import Accounts
from ui.places import evaluation, evaluation_sets
from ui.places.evaluation_work import Work
from ui.sessions import SESSION
from ui.wording import keys

PASSWORD = "a long enough password"
PAYLOAD = "<img src=x onerror=alert(1)>\"'{{7*7}}</textarea><script>alert(2)</script>"
KITES = (
    "关于支持纸鸢的若干意见\n\n一、补助标准\n\n（一）做纸鸢的企业最高补助20万元。\n\n"
    "（二）放纸鸢的个人最高补助3万元。\n\n二、附则\n\n本意见自2020年4月1日起施行，有效期至2022年12月31日。\n"
)
GOLD = "关于支持纸鸢的若干意见 # 一、（一） @ kites.txt:5-5"
PAGE = {"Accept": "text/html"}
Client = TestClient


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("kites")
    (folder / "kites.txt").write_text(KITES, encoding="utf-8")
    made = Home(tmp_path_factory.mktemp("home"))
    build(made, [folder])
    accounts = Accounts(made.path)
    accounts.add("wu", "evaluator", PASSWORD)
    accounts.add("li", "staff", PASSWORD)
    return made


@pytest.fixture(scope="module")
def keepers() -> list[running.RunKeeper]:
    return []


@pytest.fixture(scope="module")
def app_client(home: Home, keepers: list[running.RunKeeper]) -> Iterator[Client]:
    with pytest.MonkeyPatch.context() as patch:
        begin = Work.__init__

        def noting(self: Work, *arguments: Any) -> None:
            begin(self, *arguments)
            keepers.append(self.keeper)

        patch.setattr(Work, "__init__", noting)
        app = web.create_app(home)
    with TestClient(app, headers=PAGE) as opened:
        yield opened


def signed_in(client: Client, name: str) -> Client:
    sessions = client.app.state.ground.sessions  # type: ignore[attr-defined]
    client.cookies.set(SESSION, sessions.session_cookie(sessions.sign_in(name, PASSWORD, "testclient")))
    return client


@pytest.fixture
def client(app_client: Client, home: Home, keepers: list[running.RunKeeper]) -> Iterator[Client]:
    """An evaluator, with no sets and no own baseline."""
    yield signed_in(app_client, "wu")
    for keeper in keepers:
        keeper.stop()
        assert keeper.wait(30)
    app_client.cookies.clear()
    own_baseline(home.path).unlink(missing_ok=True)
    for path in sets_folder(home.path).glob("*.yaml"):
        path.unlink()


def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def token(client: Client) -> str:
    return str(soup(client.get("/evaluation").text).select_one("input[name=token]")["value"])  # type: ignore[index]


def fields(html: str, action: str = "") -> dict[str, Any]:
    """What a browser would send of the (last) form with an action."""
    form = [f for f in soup(html).select("main form[method=post]") if str(f["action"]).endswith(action)][-1]
    for template in form.select("template"):
        template.decompose()
    values: dict[str, Any] = {}
    for one in form.select("input[name], select[name], textarea[name]"):
        name = str(one["name"])
        if one.name == "textarea":
            value = one.text.removeprefix("\n")
        elif one.name == "select":
            chosen = one.select_one("option[selected]")
            value = str(chosen["value"]) if chosen else str(one.select("option")[0]["value"])
        elif one.get("type") == "checkbox":
            if one.has_attr("checked"):
                values.setdefault(name, []).append(str(one["value"]))
            continue
        else:
            value = str(one.get("value", ""))
        values[name] = value
    return values


def as_form(values: dict[str, Any]) -> dict[str, Any]:
    """The same as a multipart body."""
    pairs = [
        (k, v) for k, values_ in values.items() for v in (values_ if isinstance(values_, list) else [values_])
    ]
    return {"files": [(name, (None, value)) for name, value in pairs]}


def question(number: int, **changes: Any) -> dict[str, Any]:
    row = {
        "id": f"k{number}", "question": f"做纸鸢的企业最高补助多少{'呀' * number}", "kind": "amount", "style": "everyday",
        "persona": "entrepreneur", "split": "dev", "status": "answered", "as_of": "2021-01-01", "gold": GOLD,
        "facts": "20万元",
    }  # fmt: skip
    return row | changes


def workbook_of(*rows: dict[str, Any], columns: list[str] = COLUMNS) -> bytes:
    book = Workbook()
    book.active.append(columns)
    for row in rows:
        book.active.append([row.get(column) for column in columns])
        for cell in book.active[book.active.max_row]:
            cell.data_type = "s" if cell.value is not None else cell.data_type
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def upload(
    client: Client, content: bytes, name: str = "mine", filename: str = "t.xlsx", lang: str = ""
) -> Any:
    data = {"name": name, "token": token(client)}
    return client.post(f"{lang}/evaluation/import", data=data, files={"file": (filename, content)})


@pytest.fixture
def make_set(client: Client) -> Callable[..., Path]:
    """Puts a set of some questions where an import would."""

    def make(*rows: dict[str, Any], name: str = "mine") -> Path:
        shown = upload(client, workbook_of(*rows), name)
        assert shown.status_code == 200, shown.text
        done = client.post(confirm_address(shown.text), data=fields(shown.text))
        assert done.status_code == 200
        return sets_folder(client.app.state.home.path) / f"{name}.yaml"  # type: ignore[attr-defined]

    return make


def confirm_address(html: str) -> str:
    return str(soup(html).select_one("form[action*='/evaluation/import/']")["action"])  # type: ignore[index]


@pytest.fixture(autouse=True)
def _home_at_hand(app_client: Client, home: Home) -> None:
    app_client.app.state.home = home  # type: ignore[attr-defined]


def finished(client: Client, seconds: float = 60) -> dict[str, Any]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        state = client.get("/evaluation/progress").json()
        if not state["going"]:
            return dict(state)
        time.sleep(0.05)
    raise AssertionError("the run does not end")


def start(client: Client, name: str, sets: list[str], **more: Any) -> Any:
    return client.post("/evaluation/run", data={"name": name, "sets": sets, "token": token(client), **more})


def problem(html: str) -> str:
    return " ".join(one.get_text(" ", strip=True) for one in soup(html).select("[role=alert]"))


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    record = Recorder.record

    def slowly(self: Recorder, asked: Question) -> Any:
        time.sleep(0.6)
        return record(self, asked)

    monkeypatch.setattr(Recorder, "record", slowly)


# --- who may, and whose forms -------------------------------------------------------------------------------

GETS = [
    "/evaluation", "/en/evaluation", "/evaluation/progress", "/evaluation/runs/x", "/evaluation/runs/x/bless",
    "/evaluation/runs/x/case?id=k", "/evaluation/compare?before=a&after=b", "/evaluation/sets/declined",
    "/evaluation/sets/declined/export.xlsx", "/evaluation/questions/new",
]  # fmt: skip
POSTS = [
    "/evaluation/run", "/evaluation/stop", "/evaluation/runs/x/resume", "/evaluation/runs/x/bless",
    "/evaluation/sets/mine", "/evaluation/sets/declined/copy", "/evaluation/sets/mine/delete", "/evaluation/import",
    f"/evaluation/import/{'0' * 32}", "/evaluation/questions",
]  # fmt: skip


@pytest.mark.parametrize("path", GETS)
def test_only_evaluators_see_it(app_client: Client, path: str) -> None:
    app_client.cookies.clear()
    assert app_client.get(path, follow_redirects=False).status_code == 303
    assert signed_in(app_client, "li").get(path).status_code == 403
    app_client.cookies.clear()


@pytest.mark.parametrize("path", POSTS)
def test_only_evaluators_change_anything_and_only_by_our_forms(app_client: Client, path: str) -> None:
    app_client.cookies.clear()
    assert app_client.post(path, data={"x": "y"}).status_code == 401
    assert signed_in(app_client, "li").post(path, data={"x": "y"}).status_code == 403
    signed_in(app_client, "wu")
    app_client.get("/evaluation")
    assert app_client.post(path, data={"token": "forged", "name": "a"}).status_code in (403, 404)
    foreign = {"Origin": "https://elsewhere.example"}
    assert app_client.post(path, data={"x": "y"}, headers=foreign).status_code == 403
    app_client.cookies.clear()


# --- runs ---------------------------------------------------------------------------------------------------


def test_a_run_of_chosen_questions_with_its_report(client: Client, make_set: Callable[..., Path]) -> None:
    make_set(question(0), question(1, kind="list"), question(2, split="regression"))
    assert start(client, "first", ["mine"], split="dev", kinds=["amount"]).status_code == 200
    state = finished(client)
    assert (state["state"], state["done"], state["total"]) == ("done", 1, 1)
    page = client.get("/evaluation").text
    assert "first 跑完了" in page and "1 题：答对" in page
    report = client.get("/evaluation/runs/first")
    assert report.status_code == 200 and "sandbox" in report.headers["content-security-policy"]
    assert "first is done" in client.get("/en/evaluation").text
    case = client.get("/evaluation/runs/first/case", params={"id": "k0"}).text
    assert "做纸鸢的企业最高补助多少" in case
    assert client.get("/evaluation/runs/first/case", params={"id": "k1"}).status_code == 404


def test_what_cannot_be_run_is_told(client: Client, make_set: Callable[..., Path]) -> None:
    make_set(question(0))
    make_set(question(0), name="twin")
    told = {
        "name": start(client, "../up", ["mine"]),
        "sets": start(client, "none", ["nowhere", "/etc/passwd"]),
        "kind": start(client, "none", ["mine"], kinds=["list"]),
        "ids": start(client, "none", ["mine", "twin"]),
    }
    assert {k: r.status_code for k, r in told.items()} == {"name": 409, "sets": 422, "kind": 409, "ids": 409}
    assert "记录名称只能用" in problem(told["name"].text)
    assert "一题也没有" in problem(told["sets"].text) and "一题也没有" in problem(told["kind"].text)
    assert "编号 k0 在两个题集里都有" in problem(told["ids"].text)
    box = soup(told["ids"].text).select_one("input[value=twin]")
    assert box and box.has_attr("checked")  # what was chosen is still chosen
    start(client, "taken", ["mine"])
    finished(client)
    again = client.post(
        "/en/evaluation/run", data={"name": "taken", "sets": ["mine"], "token": token(client)}
    )
    assert again.status_code == 409 and "There is a run taken already" in problem(again.text)
    assert client.get("/evaluation/runs/..%2F..%2Fsecret").status_code == 404


def test_one_run_at_a_time_stopped_and_taken_up_again(
    client: Client, make_set: Callable[..., Path], slow: None
) -> None:
    make_set(*(question(n) for n in range(8)))
    start(client, "long", ["mine"])
    page = client.get("/evaluation").text
    assert "正在跑 long" in page and soup(page).select_one("progress[max='8']")
    other = start(client, "other", ["mine"])
    assert other.status_code == 409 and "long 还在跑" in problem(other.text)
    assert client.get("/api/search", params={"q": "纸鸢"}).status_code == 200  # answers go on
    while client.get("/evaluation/progress").json()["done"] == 0:
        time.sleep(0.05)
    client.post("/evaluation/stop", data={"token": token(client)})
    state = finished(client)
    assert state["state"] == "stopped" and 0 < state["done"] < 8
    page = client.get("/evaluation").text
    assert "没有跑完，共 8 题" in page
    assert client.get("/evaluation/runs/long").status_code == 404
    client.post("/evaluation/runs/long/resume", data={"token": token(client)})
    assert finished(client)["state"] == "done"
    assert client.get("/evaluation/runs/long").status_code == 200
    assert client.post("/evaluation/runs/long/resume", data={"token": token(client)}).status_code == 404


def test_a_run_that_ends_while_the_page_is_made_is_not_called_complete_without_its_report(
    client: Client,
    keepers: list[running.RunKeeper],
    make_set: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_set(question(0))
    listed, record, has_listed = evaluation.runs_in, Recorder.record, threading.Event()

    def once_listed(self: Recorder, asked: Question) -> Any:
        assert has_listed.wait(60)
        return record(self, asked)

    def listed_before_the_end(folder: Path) -> Any:
        found = listed(folder)
        has_listed.set()
        for keeper in keepers:
            keeper.wait(60)
        return found

    monkeypatch.setattr(Recorder, "record", once_listed)
    monkeypatch.setattr(evaluation, "runs_in", listed_before_the_end)
    page = start(client, "ends", ["mine"]).text
    assert "ends 跑完了" not in page and not soup(page).select("#runs a[href$='/runs/ends']")
    page = client.get("/evaluation").text
    assert "ends 跑完了" in page and soup(page).select("#runs a[href$='/runs/ends']")


# --- comparing and the baseline -----------------------------------------------------------------------------


@pytest.fixture
def two_runs(client: Client, make_set: Callable[..., Path], home: Home) -> Iterator[tuple[str, str]]:
    """A run, and another of which every answer was spoilt."""
    make_set(*(question(n, question=f"做纸鸢的企业最高补助多少{'呀' * n}{PAYLOAD}") for n in range(8)))
    names = f"good-{time.monotonic_ns()}", f"bad-{time.monotonic_ns()}"
    for name in names:
        start(client, name, ["mine"])
        assert finished(client)["state"] == "done"
    answers = home.path / "runs" / names[1] / "answers.jsonl"
    answers.write_text(answers.read_text(encoding="utf-8").replace("20万元", "90万元"), encoding="utf-8")
    rescore(home.path / "runs" / names[1])
    yield names


def test_two_runs_flip_by_flip(client: Client, two_runs: tuple[str, str]) -> None:
    good, bad = two_runs
    shown = client.get("/evaluation/compare", params={"before": good, "after": bad})
    page = soup(shown.text)
    right = len(page.select("#flips_lost .hc-flip"))
    assert right >= 6 and "变差" in page.select_one(".hc-verdict").text  # type: ignore[union-attr]
    flip = page.select_one("#flips_lost .hc-flip")
    assert flip and "20万元" in flip.text and "90万元" in flip.text and "缺要点 20万元" in flip.text
    assert PAYLOAD in flip.text and not page.select("main img, main script")
    for link in flip.select("a[href*='/case?']"):
        case = client.get(str(link["href"]))
        assert case.status_code == 200 and PAYLOAD in soup(case.text).text
        assert not soup(case.text).select("main img, main script")
    english = client.get("/en/evaluation/compare", params={"before": good, "after": bad}).text
    assert "worse" in english.lower() and "leaves out 20万元" in english
    same = client.get("/evaluation/compare", params={"before": bad, "after": good}).text
    assert len(soup(same).select("#flips_won .hc-flip")) == right
    plots = client.get("/evaluation/compare/report", params={"before": good, "after": bad})
    assert plots.status_code == 200 and "sandbox" in plots.headers["content-security-policy"]
    for before, after in ((good, good), (good, "nowhere"), (good, "@baseline"), ("../x", good)):
        lost = client.get("/evaluation/compare", params={"before": before, "after": after})
        assert lost.status_code == 404
        assert (
            client.get(
                "/evaluation/compare/report", params={"before": before, "after": "nowhere"}
            ).status_code
            == 404
        )


def test_a_baseline_is_blessed_with_a_reason_in_the_home(
    client: Client, two_runs: tuple[str, str], home: Home
) -> None:
    good, bad = two_runs
    bundled = baseline.DEFAULT.read_bytes()
    address = f"/evaluation/runs/{good}/bless"
    ask = client.get(address).text
    assert "题不在这次记录里" in ask  # the bundled one knows nothing of these
    short = client.post(address, data=fields(ask) | {"reason": "好"})
    assert short.status_code == 422 and "理由太短" in problem(short.text)
    assert fields(short.text)["reason"] == "好"
    done = client.post(address, data=fields(ask) | {"reason": f"新的索引，逐题看过了{PAYLOAD}"})
    assert done.status_code == 200 and f"基线已换成 {good}" in done.text
    assert "新的索引，逐题看过了" in done.text and not soup(done.text).select("main img, main script")
    assert own_baseline(home.path).is_file() and baseline.DEFAULT.read_bytes() == bundled
    late = client.post(
        f"/evaluation/runs/{bad}/bless", data=fields(ask) | {"reason": "这一页是换基线以前打开的"}
    )
    assert late.status_code == 409 and "刚被别人换过" in problem(late.text)
    assert fields(late.text)["seen"] != fields(ask)["seen"]
    against = client.get("/evaluation/compare", params={"before": "@baseline", "after": bad}).text
    assert "基线不存答案原文" in against and soup(against).select("#flips_lost .hc-flip")
    start(client, f"{good}-again", ["mine"])
    finished(client)
    assert "与基线相比" in client.get(f"/evaluation/runs/{good}-again").text
    assert client.get("/evaluation/runs/nowhere/bless").status_code == 404
    assert client.post("/evaluation/runs/nowhere/bless", data=fields(ask)).status_code == 404


# --- questions out of the inbox and out of feedback -----------------------------------------------------------


def test_a_question_that_was_handed_on_becomes_a_curated_one(client: Client, home: Home) -> None:
    records = client.app.state.ground.records  # type: ignore[attr-defined]
    number = records.add_inbox("li", f"做纸鸢的企业能补多少{PAYLOAD}", f"常问{PAYLOAD}")
    assert f"/evaluation/questions/new?inbox={number}" in client.get("/evaluation").text
    form = client.get("/evaluation/questions/new", params={"inbox": number}).text
    assert not soup(form).select("main img, main script")
    filled = fields(form, "/questions")
    assert filled["question"].startswith("做纸鸢的企业能补多少<img") and filled["into"] == "自建"
    wrong = client.post(
        "/evaluation/questions", **as_form(filled | {"as_of": "soon", "kind": "", "id": "a b"})
    )
    assert wrong.status_code == 422
    assert all(word in problem(wrong.text) for word in ("编号", "题型", "提问日", "不能有空格"))
    kept = fields(wrong.text, "/questions")
    assert (kept["as_of"], kept["id"], kept["question"]) == ("soon", "a b", filled["question"])
    found = client.post("/evaluation/questions", **as_form(filled | {"find": "放纸鸢的个人", "do": "find"}))
    offered = [str(box["value"]) for box in soup(found.text).select("input[name=clause]")]
    assert any("一、（二）" in line for line in offered)
    good = filled | {
        "question": "做纸鸢的企业一年能补多少，我的电话13812345678", "kind": "amount", "status": "answered", "cause": "", "facts": "20万元 | 二十万元",
        "clause": [next(line for line in offered if "一、（一）" in line)], "split": "dev", "validity": "",
    }  # fmt: skip
    doubtful = client.post("/evaluation/questions", **as_form(good | {"facts": "77万元"}))
    assert doubtful.status_code == 422 and "要点“77万元”不在依据的原文里" in problem(doubtful.text)
    assert records.inbox()[0].id == number
    saved = client.post("/evaluation/questions", **as_form(good))
    assert saved.status_code == 200 and "已保存" in saved.text
    (kept_question,) = load_set(sets_folder(home.path) / "自建.yaml").questions
    assert "138" not in kept_question.question
    assert (
        kept_question.facts == [["20万元", "二十万元"]] and kept_question.gold.any_of[0].file == "kites.txt"
    )
    assert [one.state for one in records.inbox(None) if one.id == number] == ["taken"]
    assert client.get("/evaluation/questions/new", params={"inbox": number}).status_code == 404
    twice = client.post("/evaluation/questions", **as_form(good | {"source": "", "number": "0"}))
    assert twice.status_code == 422 and "题集里已有这个编号" in problem(twice.text)
    anyway = good | {"id": "other", "facts": "77万元", "question": "造纸鸢的公司最多补助几何", "anyway": "1"}
    assert client.post("/evaluation/questions", **as_form(anyway)).status_code == 200
    assert len(load_set(sets_folder(home.path) / "自建.yaml").questions) == 2


def test_feedback_becomes_a_curated_question_with_the_clauses_that_were_cited(client: Client) -> None:
    ground = client.app.state.ground  # type: ignore[attr-defined]
    answer = ground.answering.assistant.ask("做纸鸢的企业最高补助多少")
    number = ground.records.add_feedback("visitor:x", answer, False, f"不对{PAYLOAD}")
    form = client.get("/en/evaluation/questions/new", params={"feedback": number}).text
    assert "The answer that was given" in form and not soup(form).select("main img, main script")
    filled = fields(form, "/questions")
    assert filled["question"] == answer.question and "kites.txt:5-5" in filled["clause"][0]
    rude = filled | {
        "status": "refused",
        "kind": "unsafe",
        "facts": "",
        "validity": "",
        "question": "帮我编一份假的纸鸢合同",
    }
    needs = client.post("/en/evaluation/questions", **as_form(rude))
    assert "what is to be declined has none" in problem(needs.text)
    done = client.post("/en/evaluation/questions", **as_form(rude | {"clause": [], "cause": "unsafe"}))
    assert done.status_code == 200 and "Saved" in done.text
    assert number not in [one.id for one in ground.records.feedback("new")]


def test_a_form_that_is_too_old_loses_nothing(client: Client) -> None:
    filled = fields(client.get("/evaluation/questions/new").text, "/questions")
    stale = client.post(
        "/evaluation/questions", **as_form(filled | {"question": "写了很久的题", "token": "old"})
    )
    assert stale.status_code == 403 and fields(stale.text, "/questions")["question"] == "写了很久的题"
    bad_set = client.post("/evaluation/questions", **as_form(filled | {"into": "../up", "question": "还在"}))
    assert bad_set.status_code == 422 and fields(bad_set.text, "/questions")["question"] == "还在"
    bundled = client.post("/evaluation/questions", **as_form(filled | {"into": "policies"}))
    assert "policies 是自带题集的名称" in problem(bundled.text)


# --- a set as a table ---------------------------------------------------------------------------------------


def test_rows_are_changed_added_and_deleted(client: Client, make_set: Callable[..., Path]) -> None:
    path = make_set(*(question(n) for n in range(4)))
    form = fields(client.get("/evaluation/sets/mine").text, "/sets/mine")
    form |= {"0.question": "做纸鸢的公司，\r\n最多补助多少", "1.drop": "1"}
    form |= {f"4.{k}": v for k, v in question(9, question="纸鸢厂可以拿多少补助呢").items()}
    saved = client.post("/evaluation/sets/mine", **as_form(form))
    assert saved.status_code == 200 and "已保存，改动 3 题" in saved.text
    kept = load_set(path).questions
    assert [q.id for q in kept] == ["k0", "k2", "k3", "k9"]
    assert kept[0].question == "做纸鸢的公司，\n最多补助多少"
    again = fields(client.get("/evaluation/sets/mine").text, "/sets/mine")
    before = path.read_bytes()
    assert "没有改动" in client.post("/evaluation/sets/mine", **as_form(again)).text
    assert path.read_bytes() == before
    gone = client.post("/evaluation/sets/mine", **as_form(again | {f"{n}.drop": "1" for n in range(4)}))
    assert gone.status_code == 409 and "至少要有一题" in problem(gone.text)


def test_faults_of_a_table_are_named_by_row_and_column_and_nothing_is_lost(
    client: Client, make_set: Callable[..., Path]
) -> None:
    path = make_set(*(question(n) for n in range(3)))
    before = path.read_bytes()
    form = fields(client.get("/evaluation/sets/mine").text, "/sets/mine")
    form |= {"0.as_of": "明天", "0.gold": f"第三条{PAYLOAD}", "1.id": "k2", "2.question": f"改过的{PAYLOAD}"}
    wrong = client.post("/evaluation/sets/mine", **as_form(form))
    assert wrong.status_code == 422 and path.read_bytes() == before
    page = soup(wrong.text)
    told = problem(wrong.text)
    assert "第 1 行 · 提问日" in told and "第 1 行 · 依据（任一）" in told and "第 2 行 · 编号" in told
    for link in page.select("[role=alert] a"):
        assert page.find(id=str(link["href"]).removeprefix("#")) is not None
    assert page.find(id="0.as_of")["aria-invalid"] == "true"  # type: ignore[index]
    assert not page.select("main img, main script")
    back = fields(wrong.text, "/sets/mine")
    assert {k: v for k, v in back.items() if k != "token"} == {
        k: v for k, v in form.items() if k != "token" and not k.startswith("3.")
    } | {k: v for k, v in back.items() if k.startswith("3.")}
    stale = client.post("/evaluation/sets/mine", **as_form(form | {"token": "old"}))
    assert stale.status_code == 403 and fields(stale.text, "/sets/mine")["2.question"] == form["2.question"]
    doubtful = fields(client.get("/evaluation/sets/mine").text, "/sets/mine") | {"0.facts": "77万元"}
    shown = client.post("/evaluation/sets/mine", **as_form(doubtful))
    assert shown.status_code == 422 and "不在依据的原文里" in problem(shown.text)
    assert client.post("/evaluation/sets/mine", **as_form(doubtful | {"anyway": "1"})).status_code == 200
    assert load_set(path).questions[0].facts == [["77万元"]]


def test_nobody_overwrites_what_another_has_changed(client: Client, make_set: Callable[..., Path]) -> None:
    path = make_set(*(question(n) for n in range(4)))
    mine = fields(client.get("/evaluation/sets/mine").text, "/sets/mine")
    theirs = dict(mine)
    theirs |= {"0.facts": "20万元 | 二十万", "1.facts": "二十万元", "2.drop": "1", "anyway": "1"}
    assert client.post("/evaluation/sets/mine", **as_form(theirs)).status_code == 200
    # Another row alone: no conflict, and theirs stay.
    quiet = client.post("/evaluation/sets/mine", **as_form(mine | {"3.style": "keywords"}))
    assert quiet.status_code == 200
    kept = {q.id: q for q in load_set(path).questions}
    assert kept["k0"].facts == [["20万元", "二十万"]] and kept["k3"].style == "keywords" and "k2" not in kept
    # The same rows: told, shown, and written over only by saving again.
    form = mine | {"0.facts": "20万元 | 贰拾万元", "2.style": "voice"}
    clash = client.post("/evaluation/sets/mine", **as_form(form))
    assert clash.status_code == 422
    assert "刚被别人改过" in clash.text and "刚被别人删掉" in clash.text and "20万元 | 二十万" in clash.text
    assert {q.id: q for q in load_set(path).questions}["k0"].facts == [["20万元", "二十万"]]
    again = fields(clash.text, "/sets/mine")
    assert again["0.facts"] == "20万元 | 贰拾万元"
    assert client.post("/evaluation/sets/mine", **as_form(again | {"anyway": "1"})).status_code == 200
    kept = {q.id: q for q in load_set(path).questions}
    assert kept["k0"].facts == [["20万元", "贰拾万元"]] and kept["k2"].style == "voice"


def test_bundled_sets_are_read_only_but_can_be_copied(client: Client, home: Home) -> None:
    page = client.get("/evaluation/sets/eligibility").text
    assert "只读" in page and not soup(page).select("main textarea")
    assert all(
        "回归" not in row.text for row in soup(page).select("tbody tr")
    )  # not before one asks for them
    assert client.post("/evaluation/sets/eligibility", data={"token": token(client)}).status_code == 404
    assert (
        client.post("/evaluation/sets/eligibility/delete", data={"token": token(client)}).status_code == 404
    )
    form = {"token": token(client), "to": "我的"}
    copied = client.post("/evaluation/sets/eligibility/copy", data=form)
    assert copied.status_code == 200 and unquote(str(copied.url)).endswith("/sets/我的")
    again = client.post("/evaluation/sets/eligibility/copy", data=form)
    assert again.status_code == 409 and "已经有叫 我的 的题集" in problem(again.text)
    for name in ("../up", "", "a b", ".x", "declined"):
        bad = client.post("/evaluation/sets/eligibility/copy", data=form | {"to": name})
        assert bad.status_code == 422, name
    pages = client.get("/evaluation/sets/我的?page=2&split=all").text
    assert len(soup(pages).select("#lines tr")) == evaluation_sets.PER_PAGE + 1
    searched = client.get("/evaluation/sets/我的", params={"q": "nothing like it"}).text
    assert len(soup(searched).select("#lines tr")) == 1  # the blank one
    assert client.post("/evaluation/sets/我的/delete", data={"token": token(client)}).status_code == 200
    assert not (sets_folder(home.path) / "我的.yaml").exists()
    assert client.get("/evaluation/sets/nowhere").status_code == 404


def test_a_set_that_cannot_be_read_is_told_and_does_no_harm(client: Client, home: Home) -> None:
    sets_folder(home.path).mkdir(parents=True, exist_ok=True)
    (sets_folder(home.path) / "broken.yaml").write_text("questions: [", encoding="utf-8")
    page = client.get("/evaluation")
    assert page.status_code == 200 and "读不出来" in page.text
    assert client.get("/evaluation/sets/broken").status_code == 409
    assert client.get("/evaluation/sets/broken/export.csv").status_code == 409
    assert start(client, "broken", ["broken"]).status_code == 409


# --- Excel --------------------------------------------------------------------------------------------------


def test_a_set_goes_out_as_excel_and_no_cell_is_a_formula(
    client: Client, make_set: Callable[..., Path]
) -> None:
    words = ["=1+1", "+1", "-1", "@x", "＝1+1"]
    path = make_set(*(question(n, question=w, id=f"f{n}") for n, w in enumerate(words)))
    before = load_set(path).questions
    sent = client.get("/evaluation/sets/mine/export.xlsx")
    assert "filename*=UTF-8''mine.xlsx" in sent.headers["content-disposition"]
    sheet = load_workbook(io.BytesIO(sent.content)).worksheets[0]
    assert [sheet[f"B{n}"].value for n in range(2, 7)] == words
    assert {sheet[f"B{n}"].data_type for n in range(2, 7)} == {"s"}
    assert all(sheet[f"B{n}"].quotePrefix for n in range(2, 7))
    plain = client.get("/evaluation/sets/mine/export.csv").content.decode("utf-8-sig")
    assert [line.split(",")[1] for line in plain.splitlines()[1:]] == [f"'{w}" for w in words]
    for ending, content in (("xlsx", sent.content), ("csv", plain.encode())):
        shown = upload(client, content, "mine", f"t.{ending}")
        assert "新增 0，改动 0，不变 5" in shown.text
    assert load_set(path).questions == before
    assert client.get("/evaluation/sets/mine/export.exe").status_code in (404, 422)


def test_an_import_is_shown_before_it_replaces_anything(
    client: Client, make_set: Callable[..., Path]
) -> None:
    path = make_set(question(0), question(1))
    before = path.read_bytes()
    content = workbook_of(question(0, facts="20万元 | 二十万元"), question(5, question=f"新的题{PAYLOAD}"))
    shown = upload(client, content)
    assert "新增 1，改动 1，不变 0；题集里有而文件里没有、将删除 1" in shown.text
    assert not soup(shown.text).select("main img, main script") and path.read_bytes() == before
    form, address = fields(shown.text), confirm_address(shown.text)
    assert client.post(address, data=form | {"token": "forged"}).status_code == 403
    edit = fields(client.get("/evaluation/sets/mine").text, "/sets/mine") | {"1.style": "voice"}
    client.post("/evaluation/sets/mine", **as_form(edit))
    moved = client.post(address, data=form)
    assert "刚被别人改过" in problem(moved.text) and [q.id for q in load_set(path).questions] == ["k0", "k1"]
    done = client.post(address, data=fields(moved.text))
    assert done.status_code == 200 and [q.id for q in load_set(path).questions] == ["k0", "k5"]
    assert client.post(address, data=form).status_code == 410
    assert client.post("/evaluation/import/..%2Fx", data=form).status_code in (404, 410)


def test_what_is_wrong_with_a_file_is_told_by_cell(
    client: Client, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [question(0, kind="size"), question(1, as_of="soon", gold=f"第三条{PAYLOAD}"), question(0)]
    wrong = upload(client, workbook_of(*rows))
    told = soup(wrong.text).get_text(" ", strip=True)
    assert wrong.status_code == 422 and "文件里有 4 处要改" in told
    for where in (
        "第 2 行 · 题型 kind",
        "第 3 行 · 提问日 as_of",
        "第 3 行 · 依据（任一） gold",
        "第 4 行 · 编号 id",
    ):
        assert where in told
    assert not soup(wrong.text).select("main img, main script")
    assert "Row 2, Kind kind" in soup(upload(client, workbook_of(*rows), lang="/en").text).text
    for content, filename, words in (
        (b"no workbook", "t.xlsx", "文件读不了"),
        ("编号".encode("gbk"), "t.csv", "不是 UTF-8"),
        (b"", "t.exe", "只认 .xlsx 和 .csv"),
        (workbook_of(columns=["id", "question", "colour"]), "t.xlsx", "不认识的列：colour"),
        (workbook_of(columns=["id"]), "t.xlsx", "缺列：question"),
        (workbook_of(), "t.xlsx", "一题也没有"),
    ):
        refused = upload(client, content, filename=filename)
        assert refused.status_code == 422 and words in problem(refused.text), filename
    assert upload(client, workbook_of(question(0)), "policies").status_code == 422
    assert upload(client, workbook_of(question(0)), "../up").status_code == 422
    none = client.post("/evaluation/import", data={"name": "x", "token": token(client)})
    assert none.status_code == 422 and "请选一个文件" in problem(none.text)
    monkeypatch.setattr(evaluation_sets, "MOST_UPLOADED", 100)
    assert upload(client, workbook_of(question(0))).status_code == 413
    assert not sets_folder(home.path).exists() or not list(sets_folder(home.path).iterdir())


# --- words --------------------------------------------------------------------------------------------------


def test_everything_that_can_be_wrong_has_words() -> None:
    known: dict[str, set[str]] = {}
    for key in keys():
        prefix, _, rest = key.partition("_")
        known.setdefault(prefix, set()).add(rest)
    assert {value for values in CHOICES.values() for value in values} <= known["value"]
    assert set(FAULTS) <= known["fault"]
    assert set(PROBLEMS) - {"no_kind", "no_cause", "stiff", "thin"} <= known["lint"]  # of whole collections
    assert set(MISTAKES) <= known["mistake"]
    assert {f"fault_{key}" for key in TABLE_FAULTS} <= known["table"]
    assert {tier.replace(" ", "_") for tier in TIERS} <= known["tier"]
    assert set(COLUMNS) <= known["column"]
    assert {path.stem for path in bundled_sets()} <= known["about"]
    assert set(get_args(Status)) <= known["gave"]


# --- both languages -----------------------------------------------------------------------------------------


def test_the_pages_are_english_below_en(client: Client, make_set: Callable[..., Path]) -> None:
    make_set(question(0))
    chinese = re.compile("[\u4e00-\u9fff]")
    for path in ("", "/sets/mine", "/questions/new"):
        page = soup(client.get(f"/en/evaluation{path}").text)
        for part in page.select(
            "main input, main select, main textarea, main option, .hc-known, .hc-headline"
        ):
            part.decompose()
        for other in page.select("a[hreflang], .hc-scroll tbody, #compare"):
            other.decompose()
        assert not chinese.search(page.select_one("main").text), path  # type: ignore[union-attr]


def test_a_bundled_name_in_another_spelling_is_a_name_of_its_own(client: Client) -> None:
    assert client.get(f"/evaluation/sets/{quote('policies ')}").status_code == 404
