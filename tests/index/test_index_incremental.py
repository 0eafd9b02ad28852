"""A generation that takes over from the one before what has not changed."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import index.build
from index.build import MOST_SMALL, BuildSummary, build
from index.generation import Generation
from index.home import Home
from index.ranking import FUSED_FROM
from index.search import Hit, Searcher
from ingest.errors import HangceError

THINGS = [
    "纸鸢",
    "木船",
    "铜锣",
    "竹笛",
    "陶罐",
    "丝扇",
    "石桥",
    "油伞",
    "皮鼓",
    "草鞋",
    "漆盒",
    "银铃",
    "麻绳",
    "瓷砖",
    "木屐",
    "藤椅",
    "砚台",
]
QUESTIONS = [
    "做纸鸢的企业补助多少",
    "石桥补助的条件",
    "第二条",
    "本办法从什么时候起施行",
    "杭测〔2021〕3号第三条",
    "铜锣和竹笛",
]


def _policy(number: int, amount: int = 0) -> str:
    """A made-up policy; every number has its own words, figures and length."""
    thing = THINGS[number % len(THINGS)]
    extra = "".join(
        f"\n\n第{n}条 {thing}之{n}另有安排，共{number + i}项。" for i, n in enumerate("五六七"[: number % 4])
    )
    return (
        f"杭州市{thing}手艺补助办法\n\n杭测〔2021〕{number}号\n\n第一条 为了鼓励做{thing}，制定本办法。\n\n"
        f"第二条 做{thing}的企业应当在本市登记注册，上一年做的{thing}不少于{number + 10}件。\n\n"
        f"第三条 做{thing}的企业每家最高补助{amount or number + 3}万元。\n\n"
        f"第四条 本办法自2021年{number % 12 + 1}月1日起施行，有效期三年。{extra}\n\n"
        f"杭州市测试局\n\n2021年1月{number % 27 + 1}日\n"
    )


class Shop:
    """A home with its corpus and knowledge folders."""

    def __init__(self, folder: Path, numbers: Sequence[int] = ()) -> None:
        self.home, self.corpus, self.knowledge = (
            Home(folder / "home"),
            folder / "corpus",
            folder / "knowledge",
        )
        self.corpus.mkdir(parents=True)
        self.knowledge.mkdir()
        for number in numbers:
            self.put(number)

    def put(self, number: int, amount: int = 0) -> None:
        self._path(number).write_text(_policy(number, amount), encoding="utf-8")

    def drop(self, number: int) -> None:
        self._path(number).unlink()

    def _path(self, number: int) -> Path:
        return self.corpus / f"p{number:02}.txt"

    def note(self, number: int, gist: str, ask: str) -> None:
        (self.knowledge / f"k{number:02}.yaml").write_text(
            f"title: 杭州市{THINGS[number]}手艺补助办法\ndoc_numbers: [杭测〔2021〕{number}号]\nclauses:\n"
            f"  - {{at: 第三条, gist: {gist}, asks: [{ask}]}}\n",
            encoding="utf-8",
        )

    def build(self) -> BuildSummary:
        return build(self.home, [self.corpus], knowledge=self.knowledge)

    def segments(self) -> list[str]:
        return [s.name for s in Generation(self.home).segments]

    def built_at_once(self, folder: Path) -> Searcher:
        """A searcher over the same files, indexed from nothing."""
        build(Home(folder), [self.corpus], knowledge=self.knowledge)
        return Searcher(Home(folder))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path, range(1, 7))


def _document(number: int) -> str:
    return f"杭测〔2021〕{number}号"


def _found(hits: list[Hit]) -> dict[str, float]:
    return {hit.clause.clause_id: hit.score for hit in hits}


def _same_results(one: Searcher, other: Searcher) -> None:
    """The same clauses with the same scores, in the same order but for ties."""
    for question in QUESTIONS:
        hits = one.search(question, 1000)
        assert hits
        assert _found(hits) == pytest.approx(_found(other.search(question, 1000)), abs=2e-4)
        best = sorted((h.score for h in hits), reverse=True)
        assert [h.score for h in hits[:FUSED_FROM]] == best[:FUSED_FROM]


# --- one document more, other or less -----------------------------------------------------------------------


def test_one_document_more_is_a_further_segment_and_ranks_as_if_built_at_once(
    shop: Shop, tmp_path: Path
) -> None:
    assert shop.build().indexed == 6
    (first,) = shop.segments()
    shop.put(7)
    summary = shop.build()
    assert (summary.indexed, summary.documents, summary.segments) == (1, 7, 2)
    assert shop.segments()[0] == first
    grown = Searcher(shop.home)
    assert grown.search("做油伞的企业最高补助多少", 1)[0].clause.clause_id == f"{_document(7)}#第三条"
    whole = shop.built_at_once(tmp_path / "whole")
    assert len(whole.generation.segments) == 1
    _same_results(grown, whole)
    assert {h.document.document_id for h in grown.search("补助", 1000)} == {_document(n) for n in range(1, 8)}


def test_a_changed_document_is_found_by_its_new_words_only(shop: Shop) -> None:
    shop.build()
    (first,) = shop.segments()
    path = shop.corpus / "p02.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("铜锣", "风车"), encoding="utf-8")
    summary = shop.build()
    assert (summary.indexed, summary.segments) == (1, 2)
    searcher = Searcher(shop.home)
    texts = {h.clause.text for h in searcher.search("铜锣风车", 1000)}
    assert not any("铜锣" in text for text in texts) and any("风车" in text for text in texts)
    (hit,) = searcher.search("做风车的企业最高补助多少", 1)
    assert hit.clause.clause_id == f"{_document(2)}#第三条" and "风车" in hit.passage
    kept = [h.clause.clause_id for h in searcher.search("补助", 1000)]
    assert len(kept) == len(set(kept)) and {k.split("#")[0] for k in kept} == {
        _document(n) for n in range(1, 7)
    }
    assert first in shop.segments()


def test_a_changed_figure_is_cited_with_its_new_words(shop: Shop) -> None:
    shop.build()
    shop.put(3, amount=77)
    shop.build()
    clause = Searcher(shop.home).store.clause(f"{_document(3)}#第三条")
    assert clause is not None and "77万元" in clause.text


def test_a_removed_document_is_gone_though_its_segment_stays(shop: Shop) -> None:
    shop.build()
    before = shop.segments()
    shop.drop(4)
    summary = shop.build()
    assert (summary.indexed, summary.documents) == (0, 5)
    assert (
        summary.passages == sum(Generation(shop.home).rows["document"] >= 0) < len(Generation(shop.home).rows)
    )
    assert shop.segments() == before
    searcher = Searcher(shop.home)
    assert _document(4) not in searcher.documents
    assert searcher.store.clause(f"{_document(4)}#第三条") is None
    assert searcher.store.first_rows([f"{_document(4)}#第三条"]) == []
    for question in ("做陶罐的企业最高补助多少", "陶罐", "杭测〔2021〕4号第三条", "丝扇"):
        found = {h.document.document_id for h in searcher.search(question, 1000)}
        assert found == {_document(n) for n in (1, 2, 3, 5, 6)}


def test_a_document_that_comes_back_is_found_again(shop: Shop, tmp_path: Path) -> None:
    shop.build()
    shop.drop(4)
    shop.build()
    shop.put(4)
    summary = shop.build()
    assert summary.documents == 6 and summary.indexed <= 1
    _ids = {h.document.document_id for h in Searcher(shop.home).search("补助", 1000)}
    assert _ids == {_document(n) for n in range(1, 7)}


def test_a_segment_that_lost_much_is_given_up(shop: Shop, tmp_path: Path) -> None:
    shop.build()
    before = set(shop.segments())
    for number in (1, 2, 3):
        shop.drop(number)
    summary = shop.build()
    assert summary.indexed == 3 and not before & set(shop.segments())
    _same_results(Searcher(shop.home), shop.built_at_once(tmp_path / "whole"))


def test_a_document_moved_to_another_file_stays_indexed_but_says_where_it_stands(shop: Shop) -> None:
    shop.build()
    (shop.corpus / "p05.txt").rename(shop.corpus / "other.txt")
    shop.build()
    clause = Searcher(shop.home).store.clause(f"{_document(5)}#第三条")
    assert clause is not None and clause.span.file == "other.txt"


def test_segments_stay_few_however_many_additions_there_are(tmp_path: Path) -> None:
    shop = Shop(tmp_path, [0])
    counts = [shop.build().segments]
    for number in range(1, MOST_SMALL + 4):
        shop.put(number)
        summary = shop.build()
        assert summary.documents == number + 1
        counts.append(summary.segments)
        assert counts[-1] == len(shop.segments()) <= MOST_SMALL
    assert max(counts) > 2  # they did grow one by one
    assert any(b < a for a, b in pairwise(counts))  # and were joined
    _same_results(Searcher(shop.home), shop.built_at_once(tmp_path / "whole"))


def test_full_segments_stay_and_an_addition_indexes_itself_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.build, "SEGMENT_DOCUMENTS", 3)
    shop = Shop(tmp_path, range(6))
    assert shop.build().segments == 2
    full = shop.segments()
    for number in range(6, 6 + MOST_SMALL):
        shop.put(number)
        summary = shop.build()
        assert (summary.indexed, summary.segments) == (1, number - 3)
        assert shop.segments()[:2] == full
    alone = shop.segments()[2:]
    shop.put(6 + MOST_SMALL)
    summary = shop.build()  # now some small ones are joined, and still no full one is touched
    assert 1 < summary.indexed <= MOST_SMALL + 1
    assert shop.segments()[:2] == full and len(shop.segments()) < 2 + MOST_SMALL
    assert not set(alone) <= set(shop.segments())
    _same_results(Searcher(shop.home), shop.built_at_once(tmp_path / "whole"))


def test_large_additions_are_cut_into_segments(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.build, "SEGMENT_DOCUMENTS", 2)
    assert shop.build().segments == 3
    monkeypatch.undo()
    _same_results(Searcher(shop.home), shop.built_at_once(tmp_path / "whole"))


def test_another_encoder_takes_nothing_over(shop: Shop, tmp_path: Path) -> None:
    shop.build()
    shutil.copytree(index.build.BUNDLED_FOLDER, tmp_path / "encoder")
    summary = build(shop.home, [shop.corpus], knowledge=shop.knowledge, encoder=str(tmp_path / "encoder"))
    assert (summary.indexed, summary.segments) == (6, 1)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["put", "change", "drop"]), st.integers(0, 8)), min_size=1, max_size=6)
)
def test_whatever_was_done_the_index_holds_what_the_folder_holds(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    shop = Shop(tmp_path_factory.mktemp("shop"), [0, 1, 2, 3])
    shop.build()
    for turn, (step, number) in enumerate(steps):
        if step == "drop":
            if (shop.corpus / f"p{number:02}.txt").exists():
                shop.drop(number)
        else:
            shop.put(number, amount=0 if step == "put" else 100 + turn)
        shop.build()
    grown, whole = Searcher(shop.home), shop.built_at_once(shop.home.path.parent / "whole")
    assert [d.document_id for d in grown.store.documents()] == [
        d.document_id for d in whole.store.documents()
    ]
    for question in QUESTIONS:
        one, other = (
            {h.clause.clause_id: h.clause.text for h in s.search(question, 1000)} for s in (grown, whole)
        )
        assert one == other


# --- knowledge files ----------------------------------------------------------------------------------------


def test_a_changed_note_indexes_only_its_document_anew(shop: Shop) -> None:
    shop.note(1, "一家最多拿四万元。", "做木船的一家最多拿多少")
    shop.note(2, "一家最多拿五万元。", "做铜锣的一家最多拿多少")
    shop.build()
    shop.note(2, "每户顶格五万元。", "敲锣人家顶格领几万")
    summary = shop.build()
    assert (summary.indexed, summary.read, summary.asks) == (1, 0, 2)
    searcher = Searcher(shop.home)
    clause = searcher.store.clause(f"{_document(2)}#第三条")
    assert clause is not None
    assert (clause.gist, clause.asks) == ("每户顶格五万元。", ["敲锣人家顶格领几万"])
    hit = searcher.search("敲锣人家顶格领几万", 1)[0]
    assert (hit.clause.clause_id, hit.ask) == (clause.clause_id, "敲锣人家顶格领几万")
    assert "做铜锣的一家最多拿多少" not in {h.ask for h in searcher.search("做铜锣的一家最多拿多少", 1000)}
    assert searcher.search("做木船的一家最多拿多少", 1)[0].ask == "做木船的一家最多拿多少"


def test_a_note_taken_away_is_gone(shop: Shop) -> None:
    shop.note(1, "一家最多拿四万元。", "做木船的一家最多拿多少")
    shop.build()
    assert Searcher(shop.home).search("做木船的一家最多拿多少", 1)[0].ask
    (shop.knowledge / "k01.yaml").unlink()
    assert shop.build().indexed == 1
    searcher = Searcher(shop.home)
    clause = searcher.store.clause(f"{_document(1)}#第三条")
    assert clause is not None and (clause.gist, clause.asks) == ("", [])
    assert not any(hit.ask for hit in searcher.search("做木船的一家最多拿多少", 100))


def test_a_new_name_for_a_document_indexes_it_anew(shop: Shop) -> None:
    shop.note(1, "一家最多拿四万元。", "做木船的一家最多拿多少")
    shop.build()
    path = shop.knowledge / "k01.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "names: [摇橹补贴]\n", encoding="utf-8")
    assert shop.build().indexed == 1
    assert Searcher(shop.home).search("摇橹补贴", 1)[0].document.document_id == _document(1)


# --- readers, builds that die, other homes ------------------------------------------------------------------


def test_an_open_searcher_answers_from_its_generation_after_two_more(shop: Shop) -> None:
    shop.build()
    reader = Searcher(shop.home)
    folders = [reader.generation.segments[0].folder, shop.home.current()]
    before = [[(h.clause, h.score, h.passage) for h in reader.search(q, 50)] for q in QUESTIONS]
    for turn in range(2):
        for number in range(1, 7):
            shop.put(number, amount=50 + turn)
        assert shop.build().indexed == 6
    assert not any(folder.exists() for folder in folders)  # nothing is held for it
    assert [[(h.clause, h.score, h.passage) for h in reader.search(q, 50)] for q in QUESTIONS] == before
    clause = reader.store.clause(f"{_document(1)}#第三条")
    assert clause is not None and "4万元" in reader.store.full_text(clause)
    assert "51万元" in Searcher(shop.home).search("做木船的企业最高补助多少", 1)[0].clause.text


def test_segments_that_no_generation_names_go(shop: Shop) -> None:
    shop.build()
    for turn in range(4):
        for number in range(1, 7):
            shop.put(number, amount=50 + turn)
        shop.build()
    named = set(shop.segments())
    on_disk = {p.name for p in shop.home.segments.iterdir()}
    assert named <= on_disk and len(on_disk) == 2  # those of this generation and of the one before
    assert len([p for p in shop.home.generations.iterdir() if p.is_dir()]) == 2


@pytest.mark.parametrize(
    ("owner", "place"),
    [(index.build, "write_segment"), (index.build.EmbeddedTarget, "write"), (index.build, "write_catalogue")],
)
def test_a_build_that_is_killed_leaves_the_old_index_and_is_swept_up_later(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, owner: object, place: str
) -> None:
    shop.build()
    old, segments = shop.home.current(), shop.segments()
    real: Callable[..., object] = getattr(owner, place)
    shop.put(7)

    def killed(*arguments: object, **named: object) -> None:
        real(*arguments, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(owner, place, killed)
        with pytest.raises(KeyboardInterrupt):
            shop.build()
    assert shop.home.current() == old and shop.segments() == segments
    assert _document(7) not in Searcher(shop.home).documents
    left = [p for p in shop.home.segments.iterdir() if p.name not in segments]
    left += [p for p in shop.home.generations.iterdir() if p.is_dir() and p != old]
    assert len(left) == 2  # a segment and a generation
    assert shop.build().indexed == 1
    assert _document(7) in Searcher(shop.home).documents
    assert all(p.exists() for p in left)  # it could be another build at work
    long_ago = time.time() - 3 * 24 * 3600
    for path in left:
        os.utime(path, (long_ago, long_ago))
    shop.put(8)
    shop.build()
    assert not any(p.exists() for p in left)
    assert len(Searcher(shop.home).documents) == 8


def test_an_old_segment_that_is_in_use_is_not_swept_up(shop: Shop) -> None:
    shop.build()
    (first,) = shop.segments()
    long_ago = time.time() - 30 * 24 * 3600
    os.utime(shop.home.segments / first, (long_ago, long_ago))
    for number in (7, 8, 9):
        shop.put(number)
        assert shop.build().indexed == 1
    assert first in shop.segments()
    assert Searcher(shop.home).search("做木船的企业最高补助多少", 1)[0].document.document_id == _document(1)


def test_two_homes_share_nothing(shop: Shop, tmp_path: Path) -> None:
    shop.build()
    other = Home(tmp_path / "other")
    assert build(other, [shop.corpus], knowledge=shop.knowledge).indexed == 6
    assert not {s.name for s in Generation(other).segments} & set(shop.segments())
    expected = _found(Searcher(other).search("补助", 100))
    shutil.rmtree(shop.home.path)
    assert _found(Searcher(other).search("补助", 100)) == expected
    with pytest.raises(HangceError, match="hangce build"):
        Searcher(shop.home)


def test_a_home_can_be_moved(shop: Shop, tmp_path: Path) -> None:
    shop.build()
    expected = _found(Searcher(shop.home).search("补助", 100))
    shop.home.path.rename(tmp_path / "moved")
    shop.home = Home(tmp_path / "moved")
    assert _found(Searcher(shop.home).search("补助", 100)) == expected
    shop.put(7)
    assert shop.build().indexed == 1


def test_a_damaged_segment_is_built_anew_with_everything_in_it(shop: Shop) -> None:
    shop.build()
    shop.put(7)
    shop.build()
    (shop.home.segments / shop.segments()[0] / "rows.npy").write_bytes(b"")
    with pytest.raises(HangceError, match=r"rows\.npy.*hangce build"):
        Searcher(shop.home)
    assert not (summary := shop.build()).unchanged
    assert summary.indexed == 7
    assert len(Searcher(shop.home).documents) == 7
