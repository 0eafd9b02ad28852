import sqlite3
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from assistant.schema import Answer, Citation, Source, Statement, Validity
from ingest.errors import HangceError
from ui.storage import database as database_module
from ui.storage.database import FILE, HEAD, Database, alembic_config
from ui.storage.models import Base
from ui.storage.records import LONGEST, ROUNDS_KEPT, Records

sys.path.insert(0, str(Path(__file__).parent))
import postgres

PHONE = "13800138000"


class Clock:
    """A clock that a test puts forward."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """A PostgreSQL server that lives as long as the tests."""
    if postgres.programs() is None:
        pytest.skip("no PostgreSQL server programs on this machine (Debian: apt-get install postgresql)")
    with postgres.server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind."""
    address = "" if request.param == "sqlite" else request.getfixturevalue("postgres_address")
    held = Database(tmp_path, address)
    yield held
    with held.engine.execution_options(writes=True).begin() as connection:
        Base.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    held.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def records(database: Database, clock: Clock) -> Records:
    return Records(database, clock)


def answer(question: str = "创新券最高多少", said: str = "最高20万元。") -> Answer:
    citation = Citation(
        n=1, clause_id="杭测〔2020〕7号#第三条", title="办法", doc_number="杭测〔2020〕7号", clause="第三条", breadcrumb="办法",
        quote="咨询电话0571-87702250", verbatim=True, source=Source(file="a.txt", line_start=1, line_end=1),
        validity=Validity(status="in_force"),
    )  # fmt: skip
    return Answer(
        id="a1", question=question, status="answered", answer=said, as_of="2026-11-20", citations=[citation],
        statements=[Statement(text=said, citations=[1])],
    )  # fmt: skip


def everything(database: Database) -> str:
    """All that is stored, as text."""
    with database.engine.connect() as connection:
        return "\n".join(
            repr(tuple(row))  # a row by itself shows long values cut off
            for table in Base.metadata.sorted_tables
            for row in connection.execute(text(f"SELECT * FROM {table.name}"))
        )


def test_the_migrations_make_the_tables_of_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        assert ScriptDirectory.from_config(alembic_config(connection)).get_current_head() == HEAD


def test_a_conversation_is_kept_and_read_back_in_order(records: Records, clock: Clock) -> None:
    first = records.add_round("user:li", None, "创新券最高多少", answer())
    clock.now += timedelta(minutes=1)
    assert records.add_round("user:li", first, "怎么申请", answer(said="网上申请。")) == first
    assert [(m.role, m.text) for m in records.messages("user:li", first)] == [
        ("user", "创新券最高多少"), ("assistant", "最高20万元。"), ("user", "怎么申请"), ("assistant", "网上申请。"),
    ]  # fmt: skip
    kept = records.messages("user:li", first)[1].answer
    assert kept and Answer.model_validate(kept).citations == answer().citations
    (found,) = records.conversations("user:li")
    assert (found.title, found.updated) == ("创新券最高多少", clock.now)


def test_nobody_sees_continues_or_deletes_anothers_conversation(records: Records) -> None:
    mine = records.add_round("visitor:a", None, "问题一", answer())
    theirs = records.add_round("visitor:b", mine, "问题二", answer())
    assert theirs != mine
    assert records.messages("visitor:b", mine) == []
    assert not records.delete_conversation("visitor:b", mine)
    assert [m.text for m in records.messages("visitor:a", mine)] == ["问题一", "最高20万元。"]
    assert [c.id for c in records.conversations("visitor:b")] == [theirs]


def test_a_deleted_conversation_leaves_nothing(records: Records, database: Database) -> None:
    mine = records.add_round("visitor:a", None, "一个很特别的问题", answer())
    assert records.delete_conversation("visitor:a", mine)
    assert "很特别" not in everything(database)
    assert records.counts()["messages"] == 0


def test_personal_numbers_never_reach_the_database(records: Records, database: Database) -> None:
    said = f"我叫李四，电话{PHONE}，身份证330106199001011234，li@example.com"
    records.add_round("visitor:a", None, said, answer(said, f"您的电话{PHONE}"))
    records.add_feedback("visitor:a", answer(said, f"您的电话{PHONE}"), False, f"请回电{PHONE}")
    records.add_note("li", said, f"回电 {PHONE}", ["a#b"])
    records.add_inbox("li", said, PHONE)
    stored = everything(database)
    for number in (PHONE, "330106199001011234", "li@example.com"):
        assert number not in stored
    assert "李四" in stored and "0571-87702250" in stored  # the words of a document stay as they are


def test_a_long_conversation_keeps_its_last_rounds(records: Records) -> None:
    mine = records.add_round("visitor:a", None, "第0问", answer())
    for i in range(1, ROUNDS_KEPT + 3):
        records.add_round("visitor:a", mine, f"第{i}问", answer())
    kept = records.messages("visitor:a", mine)
    assert len(kept) == 2 * ROUNDS_KEPT and kept[0].text == "第3问"


def test_a_second_thumb_takes_the_place_of_the_first(records: Records) -> None:
    records.add_feedback("visitor:a", answer(), False, "不对")
    records.add_feedback("visitor:b", answer(), False)
    last = records.add_feedback("visitor:a", answer(), True, "x" * 10_000)
    assert len(records.feedback()) == 2
    (mine,) = records.feedback(helpful=True)
    assert mine.id == last and len(mine.comment) == LONGEST
    assert records.set_feedback_state(last, "taken")
    assert [f.id for f in records.feedback("taken")] == [last]
    assert not records.set_feedback_state(99_999, "taken")


def test_notes_are_found_by_author_and_words_taken_literally(records: Records) -> None:
    records.add_note("li", "补助100%吗", "已答复")
    records.add_note("wu", "创新券", "要回电")
    assert [n.author for n in records.notes()] == ["wu", "li"]
    assert [n.author for n in records.notes(words="100%")] == ["li"]
    assert records.notes(words="%回%") == []
    (note,) = records.notes(author="wu")
    assert not records.delete_note("li", note.id)
    assert records.delete_note("wu", note.id)


def test_a_question_goes_through_the_inbox(records: Records) -> None:
    number = records.add_inbox("li", "宁波的奖励", "来电")
    assert [q.id for q in records.inbox()] == [number]
    assert records.set_inbox_state(number, "dismissed", "wu")
    assert records.inbox() == []
    assert [q.handled_by for q in records.inbox(None)] == ["wu"]


def test_what_is_too_old_is_deleted_and_the_rest_stays(records: Records, clock: Clock) -> None:
    old = records.add_round("user:li", None, "旧的", answer())
    still_used = records.add_round("user:li", None, "还在用", answer())
    records.add_note("li", "旧的", "")
    clock.now += timedelta(days=60)
    records.add_round("user:li", still_used, "再问", answer())
    records.add_feedback("user:li", answer(), True)
    clock.now += timedelta(days=31)
    purged = records.purge(90)
    assert (purged.conversations, purged.notes, purged.feedback) == (1, 1, 0)
    assert records.messages("user:li", old) == []
    assert len(records.messages("user:li", still_used)) == 4


def test_forgetting_an_owner_deletes_all_that_is_theirs(records: Records) -> None:
    for owner in ("visitor:a", "visitor:b"):
        records.add_round(owner, None, "问", answer())
        records.add_feedback(owner, answer(), True)
    records.forget("visitor:a")
    assert records.conversations("visitor:a") == []
    assert [f.owner for f in records.feedback()] == ["visitor:b"]


@pytest.mark.parametrize(
    "payload",
    [
        "'; DROP TABLE messages; --",
        "<script>alert(1)</script>",
        "=1+1",
        "{{7*7}}",
        "😀\u200b",
        "%s %(x)s :name",
        "\\x00",
    ],
)
def test_whatever_is_written_comes_back_as_it_was(records: Records, payload: str) -> None:
    mine = records.add_round("user:li", None, payload, answer(payload, payload))
    assert [m.text for m in records.messages("user:li", mine)] == [payload, payload]


def test_a_null_character_does_not_break_a_round(records: Records) -> None:
    mine = records.add_round("user:li", None, "问\x00题", answer("问\x00题"))
    assert records.messages("user:li", mine)[0].text == "问题"


def test_many_write_at_once_and_nothing_is_lost(records: Records) -> None:
    failures: list[Exception] = []

    def ask(owner: str) -> None:
        try:
            mine = None
            for i in range(10):
                mine = records.add_round(owner, mine, f"{owner}问{i}", answer())
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=ask, args=(f"visitor:{i}",)) for i in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for i in range(10):
        (mine,) = records.conversations(f"visitor:{i}")
        asked = [m.text for m in records.messages(f"visitor:{i}", mine.id) if m.role == "user"]
        assert asked == [f"visitor:{i}问{n}" for n in range(10)]


def test_opening_again_finds_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Records(Database(tmp_path)).add_inbox("li", "问题")
    monkeypatch.setattr(database_module, "upgrade", None)  # nothing is left to do
    assert [q.question for q in Records(Database(tmp_path)).inbox()] == ["问题"]


def test_several_servers_may_start_at_once(postgres_address: str, tmp_path: Path) -> None:
    failures: list[Exception] = []

    def start() -> None:
        try:
            Database(tmp_path, postgres_address).close()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    held = Database(tmp_path, postgres_address)
    assert "messages" in inspect(held.engine).get_table_names()
    with held.engine.begin() as connection:
        Base.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    held.close()


def test_the_file_is_nobody_elses(tmp_path: Path) -> None:
    Database(tmp_path).close()
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    Database(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(HangceError, match="newer version"):
        Database(tmp_path)


@pytest.mark.parametrize("address", ["nonsense", "postgresql://li:geheim@127.0.0.1:1/none?connect_timeout=2"])
def test_a_database_that_is_not_there_is_named_without_the_password(tmp_path: Path, address: str) -> None:
    with pytest.raises(HangceError, match="HANGCE_DATABASE") as raised:
        Database(tmp_path, address)
    assert "geheim" not in str(raised.value)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("no database at all " * 100, encoding="utf-8")
    with pytest.raises(HangceError, match=FILE):
        Database(tmp_path)
