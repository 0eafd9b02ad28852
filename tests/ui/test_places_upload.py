"""Documents handed in: looked at, taken in, taken out, gone back from, while questions are answered."""

import dataclasses
import io
import json
import re
import shutil
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docx
import httpx
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from ground import bare_app
from hypothesis import given
from hypothesis import strategies as st
from made_up import BARE, COVER

import index.build
import ingest.knowledge
import ui.answering
from index.build import build
from index.home import Home
from index.uploads import free_name, live, safe_name, settle, store, uploads
from ingest.corpus import is_left_out
from ingest.errors import HangceError, InputError
from ui.accounts import Accounts
from ui.building import Build, Built, build_apart, build_here
from ui.cli import main
from ui.intake import Intake
from ui.places.documents import documents_router
from ui.places.frame import assets_router
from ui.places.problem_words import told
from ui.places.self_check import Programmes
from ui.places.upload import upload_router
from ui.reading import read_apart
from ui.rebuilding import Rebuilding
from ui.sessions import SESSION
from ui.wording import LANGS

PASSWORD = "a long enough password"
NUMBER = "杭测〔2020〕7号"
QUESTION = "做纸鸢的企业最高补助多少"
PAYLOAD = "<img src=x onerror=alert(1)>"
KITES = ("纸鸢.txt", COVER.encode())


def as_docx(text: str) -> bytes:
    document, out = docx.Document(), io.BytesIO()
    for line in text.split("\n"):
        document.add_paragraph(line)
    document.save(out)
    return out.getvalue()


@pytest.fixture(scope="module", autouse=True)
def little_knowledge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two knowledge files instead of all: every build here reads them."""
    folder, whole = tmp_path_factory.mktemp("knowledge"), ingest.knowledge.knowledge_folder()
    for name in ("terms.yaml", "facts.yaml"):
        shutil.copy(whole / name, folder / name)
    (folder / "boats.yaml").write_text(
        "title: 杭州市龙舟补助办法\ndoc_numbers: [杭测〔2019〕3号]\nissuers: [杭州市测试局]\nlevel: municipal\n"
        "issued: 2019-03-01\neffective: 2019-04-01\n"
        "clauses:\n  - {at: 第三条, gist: 每条龙舟最多补助5万元。, asks: [龙舟最多补多少]}\n",
        encoding="utf-8",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ingest.knowledge, "knowledge_folder", lambda: folder)
        patch.setattr(index.build, "knowledge_folder", lambda: folder)
        yield


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, little_knowledge: None) -> Home:
    folder = tmp_path_factory.mktemp("upload")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "boats.txt").write_text(BARE, encoding="utf-8")
    home = Home(folder / "home")
    build(home, [folder / "corpus"])
    accounts = Accounts(home.path)
    accounts.add("li", "staff", PASSWORD)
    accounts.add("wu", "evaluator", PASSWORD)
    return home


class Place:
    """The place with somebody before it."""

    def __init__(self, home: Home, name: str = "li", make: Build = build_here, **settings: object) -> None:
        self.home = home
        app = bare_app(home, **settings)
        self.ground = app.state.ground
        self.intake = Intake(home, self.ground.answering)
        self.rebuilding = Rebuilding(home, self.ground.answering, make)
        app.include_router(assets_router())
        for lang in LANGS:
            app.include_router(upload_router(self.ground, lang, self.intake, self.rebuilding))
            app.include_router(documents_router(self.ground, lang, Programmes(self.ground), home))
        self.client = TestClient(app, headers={"Accept": "text/html"}, raise_server_exceptions=True)
        self.client.get("/documents")  # gives the cookie that forms are bound to
        if name:
            user = self.ground.sessions.sign_in(name, PASSWORD, "testclient")
            self.client.cookies.set(SESSION, self.ground.sessions.session_cookie(user))

    def page(self, path: str = "/documents/upload") -> str:
        return self.client.get(path).text

    def token(self) -> str:
        return self.page().partition('name="token" value="')[2].partition('"')[0]

    def send(self, *files: tuple[str, bytes], token: str | None = None) -> httpx.Response:
        return self.client.post(
            "/documents/upload",
            data={"token": self.token() if token is None else token},
            files=[("files", file) for file in files],
            follow_redirects=False,
        )

    def hand_in(self, *files: tuple[str, bytes]) -> list[str]:
        """The ids, read to the end."""
        before = {u.id for u in uploads(self.home)}
        assert self.send(*files).status_code == 303
        until(lambda: not self.intake.busy())
        return [u.id for u in reversed(uploads(self.home)) if u.id not in before]

    def post(self, path: str, **data: Any) -> httpx.Response:
        return self.client.post(path, data={"token": self.token(), **data}, follow_redirects=False)

    def take_in(self, *ids: str) -> None:
        assert self.post("/documents/upload/decide", chosen=list(ids)).status_code == 303
        self.wait()

    def wait(self) -> None:
        until(lambda: not (self.rebuilding.job and self.rebuilding.job.running))

    def documents(self) -> set[str]:
        return set(self.ground.answering.assistant.searcher.documents)

    def answer(self) -> dict[str, Any]:
        return self.client.post("/api/ask", json={"question": QUESTION, "as_of": "2021-01-01"}).json()  # type: ignore[no-any-return]


def until(so: Callable[[], bool]) -> None:
    for _ in range(1200):
        if so():
            return
        time.sleep(0.05)
    raise AssertionError("never so")


@pytest.fixture
def home(base: Home, tmp_path: Path) -> Home:
    shutil.copytree(base.path, tmp_path / "home")
    return Home(tmp_path / "home")


@pytest.fixture
def place(home: Home) -> Place:
    return Place(home)


# --- who may ---


@pytest.mark.parametrize("path", ["", "/state", "/out/x", "/back/x"])
def test_only_staff_may_look(home: Home, path: str) -> None:
    address = f"/documents/upload{path}"
    visitor, evaluator = Place(home, ""), Place(home, "wu")
    assert visitor.client.get(address, follow_redirects=False).headers["Location"].startswith("/signin")
    assert evaluator.client.get(address).status_code == 403
    assert "上传与版本" not in visitor.page("/documents")


@pytest.mark.parametrize("path", ["", "/decide", "/out/x", "/back/x"])
def test_only_staff_may_change_anything(home: Home, path: str) -> None:
    for name, status in (("", 401), ("wu", 403)):
        files = [("files", KITES)] if not path else None
        answer = Place(home, name).client.post(f"/documents/upload{path}", data={"token": "x"}, files=files)
        assert answer.status_code == status
    assert uploads(home) == []


def test_a_form_that_we_did_not_send_changes_nothing(place: Place) -> None:
    assert place.send(KITES, token="nonsense").status_code == 403
    other = Place(place.home).token()  # another browser's
    for path in ("", "/decide", "/out/x", "/back/x"):
        files = [("files", KITES)] if not path else None
        answer = place.client.post(f"/documents/upload{path}", data={"token": other}, files=files)
        assert answer.status_code == 403
    foreign = {"Origin": "https://elsewhere.example"}
    assert (
        place.client.post("/documents/upload", files=[("files", KITES)], headers=foreign).status_code == 403
    )
    assert uploads(place.home) == []


# --- the way of a document ---


@pytest.mark.parametrize("file", [KITES, ("纸鸢.docx", as_docx(COVER))], ids=["txt", "docx"])
def test_a_document_is_shown_taken_in_cited_and_gone_back_from(place: Place, file: tuple[str, bytes]) -> None:
    before, old = place.documents(), place.home.current().name
    (upload,) = place.hand_in(file)
    page = place.page()
    for words in (
        "杭州市纸鸢补助办法",
        NUMBER,
        "杭州市测试局",
        "2020-04-01",
        "2023-04-01",
        "已失效",
        "第一条",
    ):
        assert words in page
    assert place.documents() == before and NUMBER not in place.page("/documents")

    place.take_in(upload)
    assert place.rebuilding.job and place.rebuilding.job.problem is None
    assert place.documents() == before | {NUMBER}
    assert "已收录：" in place.page() and NUMBER in place.page("/documents")
    cited = place.answer()["citations"][0]
    assert cited["doc_number"] == NUMBER and "20万元" in cited["quote"] and cited["verbatim"]
    assert cited["source"]["file"] == file[0]

    assert "会少掉" in place.page(f"/documents/upload/back/{old}")
    assert place.documents() == before | {NUMBER}  # asking for it is not doing it
    new = place.home.current().name
    assert place.post(f"/documents/upload/back/{old}").status_code == 303
    place.wait()
    assert place.documents() == before and place.home.current().name == old
    assert all(c["doc_number"] != NUMBER for c in place.answer()["citations"])
    assert "已撤下" in place.page()

    assert "会回来" in place.page(f"/documents/upload/back/{new}")
    place.post(f"/documents/upload/back/{new}")
    place.wait()
    assert place.documents() == before | {NUMBER} and live(place.home) == [upload]


def test_only_what_is_new_is_indexed(home: Home) -> None:
    seen: list[Built] = []

    def make(*arguments: Any) -> Built:
        seen.append(build_here(*arguments))
        return seen[-1]

    place = Place(home, make=make)
    place.take_in(*place.hand_in(KITES))
    assert (seen[0].indexed, seen[0].read) == (1, 0)  # read when it was handed in


def test_a_build_in_a_process_of_its_own_tells_the_same(home: Home) -> None:
    (upload,) = [u.id for u in (store(home, KITES[0], io.BytesIO(KITES[1]), "li"),)]
    stages: list[str] = []
    built = build_apart(home, [upload], [], lambda stage, done, total: stages.append(stage))
    assert built.problems == [] and built.generation == home.current().name
    assert stages[0] == "读取文件" and stages[-1] == "完成" and "建立索引" in stages
    assert NUMBER in Place(home).documents() and live(home) == [upload]
    corpus = Path(home.note(home.current())["corpus"][0])
    away = corpus.rename(corpus.with_name("away"))
    try:
        with pytest.raises(InputError, match="no such folder"):
            build_apart(home, [], [upload], lambda *_: None)
    finally:
        away.rename(corpus)
    with home.alone(), pytest.raises(HangceError, match="another build"):
        build_apart(home, [], [upload], lambda *_: None)
    home.pointer.unlink()
    with pytest.raises(HangceError, match="no index"):
        build_apart(home, [], [upload], lambda *_: None)


def test_a_build_that_is_killed_changes_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    place, before = Place(home, make=build_apart), home.current()
    (upload,) = place.hand_in(KITES)
    monkeypatch.setattr("ui.building.sys.executable", "/bin/false")
    place.take_in(upload)
    assert "没有做成" in place.page() and "ended without a word" in place.page()
    assert home.current() == before and place.answer()["status"]


def test_several_at_once_and_only_what_is_ticked(place: Place) -> None:
    ids = place.hand_in(KITES, ("风车.txt", COVER.replace("纸鸢", "风车").replace("7号", "8号").encode()))
    assert len(ids) == 2
    chosen = next(u.id for u in uploads(place.home) if u.name == "风车.txt")
    place.take_in(chosen)
    assert "杭测〔2020〕8号" in place.documents() and NUMBER not in place.documents()
    assert "纸鸢.txt" in place.page()


def test_nothing_ticked_or_nothing_sent_is_said(place: Place) -> None:
    assert "先勾选" in place.post("/documents/upload/decide").text
    assert "先勾选" in place.post("/documents/upload/decide", chosen=["../../etc"]).text
    empty = place.client.post("/documents/upload", data={"token": place.token()}, files=[("other", b"")])
    assert empty.status_code == 400 and "先选文件" in empty.text


def test_what_waits_can_be_removed_and_nothing_else(place: Place) -> None:
    (upload,) = place.hand_in(KITES)
    for name in ("../home", ".", upload[:-1] + "g", "x" * 40):
        place.post("/documents/upload/decide", drop=name)
    assert [u.id for u in uploads(place.home)] == [upload]
    place.post("/documents/upload/decide", drop=upload)
    assert uploads(place.home) == [] and list(place.home.uploads.iterdir()) == []
    (upload,) = place.hand_in(KITES)
    place.take_in(upload)
    place.post("/documents/upload/decide", drop=upload)
    assert live(place.home) == [upload]


def test_english(place: Place) -> None:
    place.hand_in(KITES, ("empty.txt", b""))
    page = place.page("/en/documents/upload")
    assert (
        "Upload and versions" in page
        and "“empty.txt” is empty" in page
        and 'action="/en/documents/upload' in page
    )


# --- names and contents that are meant to do harm, or are of no use ---


NAMES = (
    "../../../etc/passwd.txt", "..\\..\\windows\\system.txt", "/etc/passwd", f"{PAYLOAD}.txt", '"onfocus="alert(3).txt',
    "a\u202etxt.txt", ".hidden.txt", "README.md", "kites.txt.meta.yaml", "啊" * 300 + ".txt", "~$kites.txt",
    "{{7*7}}${7*7}.txt", "a\nb.txt", "%2e%2e%2fx.txt", "con.txt", "x#y?.txt",
)  # fmt: skip


def test_a_name_is_text_and_leads_nowhere(place: Place) -> None:
    outside = {p for p in place.home.path.rglob("*") if not p.is_relative_to(place.home.uploads)}
    parent = set(place.home.path.parent.iterdir())
    # Each is another document.
    files = [(name, COVER.replace("7号", f"{n + 20}号").encode()) for n, name in enumerate(NAMES)]
    ids = [*place.hand_in(*files[:10]), *place.hand_in(*files[10:])]
    now = {p for p in place.home.path.rglob("*") if not p.is_relative_to(place.home.uploads)}
    assert {p for p in now - outside if p.parent.name != "cache" and p.name != "cache"} == set()
    assert set(place.home.path.parent.iterdir()) == parent
    kept = uploads(place.home)
    assert len(kept) == len(NAMES) == len({u.name for u in kept})
    assert all(u.path(place.home).parent.parent == place.home.uploads for u in kept)
    page = place.page()
    usable = {u.id for u in kept if u.name.endswith((".txt", ".md"))}
    assert len(usable) == len(NAMES) - 2  # one has no ending, one is YAML
    place.take_in(*[i for i in ids if i in usable])
    assert len([d for d in place.documents() if d.startswith("杭测〔2020〕")]) == len(usable)
    for shown in (page, place.page(), place.page("/documents"), place.page("/documents/杭测〔2020〕23号")):
        assert [m for m in ("<img", '"onfocus', ">49<", "\u202e") if m in shown] == []


@given(
    name=st.text(max_size=300) | st.sampled_from(["README.md", "a.meta.yaml", "x.draft.yaml", "LICENSE", ""])
)
def test_every_name_can_be_kept_and_is_built(name: str) -> None:
    kept = safe_name(name)
    assert kept not in ("", ".", "..") and not set(kept) & set('/\\\0<>:"|?*\n\r\t')
    assert not is_left_out(kept) and not kept.startswith((".", "~$"))
    assert len(free_name(kept, {kept}).encode()) <= 220
    assert free_name(kept, {kept}) != kept
    assert safe_name(kept) == kept


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


OF_NO_USE = (
    ("空.txt", b"", "是空的"),
    ("空白.txt", b" \n\n ", "是空的"),
    ("断.docx", as_docx(COVER)[:900], "已损坏"),
    ("假.docx", b"PK\x03\x04 nothing", "已损坏"),
    ("办法.pdf", b"%PDF-1.7 nothing at all", "已损坏"),
    ("程序.exe", b"MZ\x90\x00" + bytes(range(256)) * 10, "读不了"),
    ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "读不了"),
    ("包.zip", zipped(a=b"text"), "压缩包"),
    ("文.txt", bytes(range(256)) * 20, "内容和扩展名不符"),
    ("炸弹.docx", zipped(**{"word/document.xml": b"0" * 30_000_000}), "展开后太大"),
    ("表.xlsx", zipped(x=b"text"), "已损坏"),
    ("无字.docx", as_docx(""), "没有读到"),
)


def test_a_file_of_no_use_is_named_with_what_to_do_and_changes_nothing(place: Place) -> None:
    before = place.home.current()
    files = [(name, content) for name, content, _ in OF_NO_USE]
    ids = [*place.hand_in(*files[:10]), *place.hand_in(*files[10:])]
    page = place.page()
    told_of = re.findall('<p class="hc-problem">(.*?)</p>', page)
    for name, _, words in OF_NO_USE:
        (said,) = [one for one in told_of if f"“{name}”" in one]
        assert words in said and "请" in said
    assert 'name="chosen"' not in page  # none can be ticked
    assert place.post("/documents/upload/decide", chosen=ids).status_code == 400
    assert place.home.current() == before
    left = [p for i in ids for p in (place.home.uploads / i).iterdir() if not p.name.startswith(".")]
    assert left == []  # what is of no use is not kept
    for one in ids:
        place.post("/documents/upload/decide", drop=one)
    assert uploads(place.home) == []


def test_a_bad_file_beside_a_good_one_costs_it_nothing(place: Place) -> None:
    place.hand_in(("坏.pdf", b"%PDF-1.4"), KITES)
    good = next(u.id for u in uploads(place.home) if u.name == KITES[0])
    place.take_in(good)
    assert NUMBER in place.documents() and "坏.pdf" in place.page()


def test_what_is_too_large_or_too_many_is_refused(home: Home) -> None:
    place = Place(home, upload_mib=1)
    answer = place.send(("大.txt", b"x" * 1_100_000))
    assert answer.status_code == 413 and "最多 1 MiB" in answer.text
    many = place.send(*[(f"{n}.txt", b"x") for n in range(11)])
    assert many.status_code == 400 and "最多 10 个" in many.text
    assert uploads(home) == []


def test_no_more_than_so_many_wait(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.intake.MOST_WAITING", 1)
    place.hand_in(KITES)
    answer = place.send(("风车.txt", b"x"))
    assert answer.status_code == 409 and "等待处理的文件太多" in answer.text


def test_a_file_that_takes_too_long_is_given_up(home: Home) -> None:
    upload = store(home, *(KITES[0], io.BytesIO(KITES[1]), "li"))
    found = read_apart(upload.path(home), home.path / "cache", seconds=0.01)
    assert "读了两分钟" in told(InputError(**found["problem"]), "zh")


def test_who_reads_a_file_knows_no_secrets(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setenv("HANGCE_API_KEY", "secret")

    def run(command: list[str], **named: Any) -> Any:
        seen.update(named)
        raise OSError

    monkeypatch.setattr("ui.reading.subprocess.run", run)
    assert "problem" in read_apart(home.path / "x.txt", home.path / "cache")
    assert "HANGCE_API_KEY" not in seen["env"] and "shell" not in seen


def test_what_was_not_read_to_the_end_is_read_again(place: Place) -> None:
    (upload,) = place.hand_in(KITES)
    (place.home.uploads / upload / ".read.json").unlink()  # as if the server had stopped
    assert "正在读取" in place.page()
    until(lambda: not place.intake.busy())
    assert "杭州市纸鸢补助办法" in place.page()


# --- what it would mean ---


def test_it_is_said_what_taking_in_would_mean(place: Place) -> None:
    place.take_in(*place.hand_in(KITES))
    newer = (
        COVER.replace("7号", "1号")
        .replace("2020", "2023")
        .replace("（杭测〔2016〕9号）", "（杭测〔2020〕7号）")
    )
    dragon = COVER.replace("纸鸢", "龙舟").replace("〔2020〕7号", "〔2019〕3号")
    place.hand_in(("副本.txt", COVER.encode()), ("新.txt", newer.encode()), ("龙舟.txt", dragon.encode()))
    page = place.page()
    assert "内容和“纸鸢.txt”完全相同" in page
    assert f"已经收录了《杭州市纸鸢补助办法》（{NUMBER}）" in page
    assert f"它会取代《杭州市纸鸢补助办法》（{NUMBER}），自 2023-04-01 起" in page
    assert "《杭州市龙舟补助办法》（杭测〔2019〕3号）现在只有编写的要点" in page
    place.take_in(*[u.id for u in uploads(place.home) if u.name in ("新.txt", "龙舟.txt")])
    listings = place.ground.answering.assistant.searcher.documents
    assert listings[NUMBER].listing["superseded_by"] == "杭测〔2023〕1号"
    shown = place.page(f"/documents/{NUMBER}")
    assert "杭测〔2023〕1号" in shown and shown.count('class="hc-bar ') == 2
    boats = place.page("/documents/杭测〔2019〕3号")
    assert (
        "每条龙舟最多补助5万元" in boats and "每家企业最高补助20万元" in boats
    )  # the note beside the source


def test_doubts_are_shown_before_and_after(place: Place) -> None:
    doubtful = COVER.replace(f"{NUMBER}\n", "\n").replace("20万元。", "20万元，按300%计")
    (upload,) = place.hand_in(("可疑.txt", doubtful.encode()))
    assert "没有读到文号" in place.page() and "300%" in place.page()
    place.take_in(upload)
    page = place.page("/documents/杭州市纸鸢补助办法")
    assert "读取质量" in page and "没有读到文号" in page and "撤下…" in page
    assert "疑点" in place.page("/documents")
    visitor = Place(place.home, "")
    assert "读取质量" not in visitor.page("/documents/杭州市纸鸢补助办法")
    assert "疑点" not in visitor.page("/documents")


def test_a_draft_stands_beside_its_source_and_says_what_it_is(place: Place) -> None:
    (upload,) = place.hand_in(KITES)
    place.take_in(upload)
    draft = place.home.uploads / upload / "纸鸢.txt.draft.yaml"
    draft.write_text(
        f"draft: true\ntitle: 杭州市纸鸢补助办法\ndoc_numbers: [{NUMBER}]\n"
        f"clauses:\n  - {{at: 第三条, gist: '一家最多20万元。{PAYLOAD}', asks: [一家最多拿多少]}}\n",
        encoding="utf-8",
    )
    page = place.page(f"/documents/{NUMBER}")
    assert "草稿" in page and "一家最多20万元" in page and "<img" not in page
    assert "草稿" not in Place(place.home, "").page(f"/documents/{NUMBER}")
    draft.write_text("draft: true\ntitle: [", encoding="utf-8")
    assert place.client.get(f"/documents/{NUMBER}").status_code == 200
    draft.write_text(f"title: 别的\ndoc_numbers: [{NUMBER}]\nclauses: []\n", encoding="utf-8")
    assert "草稿" not in place.page(f"/documents/{NUMBER}")
    assert build(place.home).problems == []  # a draft is no document


# --- one at a time, and what goes wrong ---


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Builds wait in their middle until it is set."""
    gate, real = threading.Event(), index.build.publish

    def waiting(*arguments: Any, **named: Any) -> None:
        assert gate.wait(60)
        real(*arguments, **named)

    monkeypatch.setattr(index.build, "publish", waiting)
    yield gate
    gate.set()


def test_answers_go_on_during_a_build_and_a_second_one_is_refused(
    place: Place, held: threading.Event
) -> None:
    ids = place.hand_in(KITES, ("风车.txt", COVER.replace("纸鸢", "风车").replace("7号", "8号").encode()))
    assert place.post("/documents/upload/decide", chosen=ids[:1]).status_code == 303
    until(lambda: bool(place.rebuilding.job and place.rebuilding.job.percent > 0))
    state = place.page("/documents/upload/state")
    assert 'data-busy="yes"' in state and "<progress" in state and "正在收录" in state
    again = place.post("/documents/upload/decide", chosen=ids[1:])
    assert again.status_code == 409 and "正在更新索引" in again.text
    assert place.post(f"/documents/upload/back/{place.home.current().name}").status_code == 409
    with pytest.raises(HangceError, match="another build"):
        build(place.home)  # nor by the command line
    assert place.answer()["status"] and NUMBER not in place.documents()
    assert place.client.get("/documents").status_code == 200
    held.set()
    place.wait()
    assert NUMBER in place.documents()
    assert 'data-busy=""' in place.page("/documents/upload/state")


def test_a_question_ends_on_the_index_that_it_began_with(place: Place) -> None:
    before = place.ground.answering.assistant
    place.take_in(*place.hand_in(KITES))
    assert place.ground.answering.assistant is not before
    assert before.ask("木船补助多少").citations


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (HangceError("cannot write to x (No space left on device)"), "写不进索引文件夹"),
        (OSError(28, "No space left on device"), "写不进索引文件夹"),
        (InputError("/data/corpus", "no such folder"), "/data/corpus 不见了"),
        (RuntimeError("a defect"), "internal error (RuntimeError)"),
    ],
)
def test_a_build_that_fails_leaves_everything_and_says_why(
    place: Place, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    (upload,) = place.hand_in(KITES)
    before, documents = place.home.current(), place.documents()

    def fail(*arguments: Any, **named: Any) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(index.build, "publish", fail)
        place.take_in(upload)
    page = place.page()
    assert "没有做成" in page and words in page
    assert place.home.current() == before and place.documents() == documents and live(place.home) == []
    assert place.answer()["status"]
    place.take_in(upload)  # it still waits, and can be tried again
    assert NUMBER in place.documents()


def test_an_index_that_cannot_be_opened_is_gone_back_from(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    (upload,) = place.hand_in(KITES)
    before = place.home.current()

    def broken(*arguments: Any) -> None:
        raise HangceError("damaged")

    with monkeypatch.context() as patch:
        patch.setattr(ui.answering, "Assistant", broken)
        place.take_in(upload)
    assert "新的索引打不开" in place.page()
    assert place.home.current() == before and place.answer()["status"] and live(place.home) == []


def test_a_corpus_that_has_gone_is_said(home: Home, tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "boats.txt").write_text(BARE, encoding="utf-8")
    build(home, [tmp_path / "papers"])
    place = Place(home)
    (upload,) = place.hand_in(KITES)
    shutil.rmtree(tmp_path / "papers")
    place.take_in(upload)
    assert f"{tmp_path / 'papers'} 不见了" in place.page()
    assert any(
        "造船" in t for t in (d.title for d in place.ground.answering.assistant.searcher.documents.values())
    )


def test_an_index_of_an_earlier_version_says_what_to_do(home: Home) -> None:
    manifest = home.current() / "manifest.json"
    data = json.loads(manifest.read_text(encoding="utf-8"))
    del data["corpus"], data["uploads"]
    manifest.write_text(json.dumps(data), encoding="utf-8")
    place = Place(home)
    assert "没有记下是从哪些文件夹建的" in place.page()
    (upload,) = place.hand_in(KITES)
    place.take_in(upload)
    assert "hangce build --corpus" in place.page() and NUMBER not in place.documents()


# --- taking out, going back, the command line ---


def test_taking_out_asks_first_and_keeps_the_file_while_it_may_be_wanted(place: Place) -> None:
    (upload,) = place.hand_in(KITES)
    place.take_in(upload)
    asked = place.page(f"/documents/upload/out/{upload}")
    assert "撤下“纸鸢.txt”以后" in asked and "杭州市纸鸢补助办法" in asked and NUMBER in place.documents()
    assert place.post(f"/documents/upload/out/{upload}").status_code == 303
    place.wait()
    assert NUMBER not in place.documents() and "已撤下" in place.page()
    assert (place.home.uploads / upload / KITES[0]).is_file()
    for number in (1, 2):  # after two more changes no generation holds it
        place.take_in(*place.hand_in((f"{number}.txt", COVER.replace("7号", f"{number}号").encode())))
    assert not (place.home.uploads / upload).exists()
    assert place.client.get(f"/documents/upload/out/{upload}").status_code == 404
    assert place.post("/documents/upload/out/nothing").status_code == 404


def test_a_withdrawn_file_can_be_taken_in_again(place: Place) -> None:
    (upload,) = place.hand_in(KITES)
    place.take_in(upload)
    place.post(f"/documents/upload/out/{upload}")
    place.wait()
    place.take_in(upload)
    assert NUMBER in place.documents() and live(place.home) == [upload]


@pytest.mark.parametrize("name", ["nothing", "%2e%2e%2f%2e%2e%2fetc", "current"])
def test_going_back_to_what_there_is_not(place: Place, name: str) -> None:
    before = place.home.current()
    assert place.client.get(f"/documents/upload/back/{name}").status_code in (404, 307)
    place.post(f"/documents/upload/back/{name}")
    assert place.home.current() == before


def test_a_damaged_generation_is_not_gone_back_to(place: Place) -> None:
    old = place.home.current()
    place.take_in(*place.hand_in(KITES))
    (old / "catalogue.json").write_text("", encoding="utf-8")
    place.post(f"/documents/upload/back/{old.name}")
    place.wait()
    assert "不完整，不能用" in place.page() and NUMBER in place.documents()


def test_the_command_line_keeps_what_was_uploaded(place: Place, base: Home) -> None:
    place.take_in(*place.hand_in(KITES))
    place.hand_in(("等.txt", COVER.replace("7号", "9号").encode()))
    corpus = str(base.path.parent / "corpus")
    home = str(place.home.path)
    (base.path.parent / "corpus" / "more.txt").write_text(BARE.replace("造船", "造桥"), encoding="utf-8")
    try:
        assert CliRunner().invoke(main, ["build", "--home", home, "--corpus", corpus]).exit_code == 0
    finally:
        (base.path.parent / "corpus" / "more.txt").unlink()
    until(lambda: place.ground.answering.follow(place.home) or True)
    assert NUMBER in place.documents() and "杭测〔2020〕9号" not in place.documents()
    shutil.rmtree(place.home.generations)  # the index can always be built again
    shutil.rmtree(place.home.segments)
    assert CliRunner().invoke(main, ["build", "--home", home, "--corpus", corpus]).exit_code == 0
    assert NUMBER in set(Place(place.home).documents())


def test_rollback_by_the_command_line(place: Place) -> None:
    old = place.home.current().name
    home = ["--home", str(place.home.path)]
    alone = CliRunner().invoke(main, ["rollback", *home])
    assert alone.exit_code == 1 and "no other generation" in alone.stderr
    place.take_in(*place.hand_in(KITES))
    listed = CliRunner().invoke(main, ["rollback", "--list", *home]).stdout.splitlines()
    assert len(listed) == 2 and listed[0].startswith("* ") and old in listed[1]
    assert CliRunner().invoke(main, ["rollback", "--to", "nothing", *home]).exit_code == 1
    done = CliRunner().invoke(main, ["rollback", *home])
    assert done.exit_code == 0 and old in done.stdout
    assert place.home.current().name == old and live(place.home) == []
    assert place.ground.answering.follow(place.home) and NUMBER not in place.documents()


def test_what_nobody_decides_on_goes(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = store(home, "a.txt", io.BytesIO(b"x"), "li")
    (home.uploads / ".20200101-000000-aaaaaaaa").mkdir()  # somebody's connection broke
    settle(home)
    assert len(list(home.uploads.iterdir())) == 2
    monkeypatch.setattr("index.uploads._age", lambda folder: 8)
    settle(home)
    assert list(home.uploads.iterdir()) == [] and upload.id not in live(home)


def test_a_folder_that_is_no_upload_is_passed_over(home: Home) -> None:
    upload = store(home, "a.txt", io.BytesIO(b"x"), "li")
    for name, content in (("x", "{"), ("20200101-000000-aaaaaaaa", json.dumps(dataclasses.asdict(upload)))):
        (home.uploads / name).mkdir()
        (home.uploads / name / ".upload.json").write_text(content, encoding="utf-8")
    assert uploads(home) == [upload]


# --- closed ---


def test_a_switch_closes_the_upload_with_its_message(home: Home) -> None:
    place = Place(home)
    (upload,) = place.hand_in(KITES)
    closed = Place(home, upload_closed="今天不收文件")
    page = closed.page()
    assert "今天不收文件" in page and 'type="file"' not in page
    assert closed.send(("x.txt", b"x")).status_code == 503
    answer = closed.post("/documents/upload/decide", chosen=[upload])
    assert answer.status_code == 503 and "今天不收文件" in answer.text
    assert NUMBER not in closed.documents()
    assert closed.post("/documents/upload/decide", drop=upload).status_code == 303
    assert uploads(home) == []
