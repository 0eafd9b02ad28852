"""What ranking makes of candidates: the features of a question, copies, and the weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index.embedded import EmbeddedBackend
from index.home import Home
from index.pools import told_apart
from index.ranker import RankingModel
from index.ranking import (
    _FUSED_SIGNALS,
    FUSED_FROM,
    FUSED_FROM_ARRANGED,
    FUSED_OF,
    fused_behind_the_first,
)
from index.search import Filters, Hit, Searcher
from ingest.errors import HangceError

OPENING_WORDS = "杭州市测试局关于支持造船的实施意见"


def _of(hits: list[Hit], clause_id: str) -> Hit:
    return next(h for h in hits if h.clause.clause_id == clause_id)


# --- copies -------------------------------------------------------------------------------------------------


def test_a_clause_that_stands_twice_is_one_result_that_names_both(
    searcher_over: Callable[..., Searcher], policy_text: str, bare_policy_text: str
) -> None:
    searcher = searcher_over(policy_text, bare_policy_text, "（汇编）\n\n" + policy_text)
    (copy,) = [d for d in searcher.documents.values() if d.listing["duplicate_of"]]
    assert copy.listing["duplicate_of"] == "杭测〔2020〕7号"
    hits = searcher.search("做纸鸢的企业最高补助多少", 100)
    assert hits[0].clause.clause_id == "杭测〔2020〕7号#第三条"
    assert [c.clause_id for c in hits[0].copies] == [f"{copy.document_id}#第三条"]
    assert hits[0].copies[0].span.file != hits[0].clause.span.file
    assert copy.document_id not in {h.document.document_id for h in hits}
    assert all(h.copies == [] for h in hits if h.document.title == OPENING_WORDS)
    assert any(h.document.title == OPENING_WORDS for h in hits)


def test_a_view_without_a_copy_does_not_name_it(
    searcher_over: Callable[..., Searcher], policy_text: str
) -> None:
    searcher = searcher_over(policy_text, "（汇编）\n\n" + policy_text)
    (hit,) = searcher.search("做纸鸢的企业最高补助多少", 1)
    (copy,) = hit.copies
    (other,) = searcher.without([copy.clause_id]).search("做纸鸢的企业最高补助多少", 1)
    assert (other.clause, other.copies) == (hit.clause, [])


def test_the_copies_in_the_corpus_are_named(corpus_home: Home) -> None:
    searcher = Searcher(corpus_home)
    copies = {
        i: d.listing["duplicate_of"] for i, d in searcher.documents.items() if d.listing["duplicate_of"]
    }
    assert copies
    for copy, original in copies.items():
        hits = searcher.search(f"《{searcher.documents[original].title}》", 50, Filters(document=original))
        named = [c.document_id for h in hits for c in h.copies]
        assert copy in named
        assert all(c.path == h.clause.path for h in hits for c in h.copies)


# --- candidates ---------------------------------------------------------------------------------------------


def test_passages_of_one_clause_are_one_result(searcher_over: Callable[..., Searcher]) -> None:
    long = "。".join(f"造船厂第{n}号船坞每年下水木船{n}条" for n in range(200))
    searcher = searcher_over(f"杭州市船坞办法\n\n第一条 {long}。\n\n第二条 船坞另有规定。\n")
    rows = searcher.generation.rows
    assert (
        len(rows) > len(set(rows["clause"].tolist())) == 2
    )  # the first article is cut into several passages
    hits = searcher.search("船坞", 50)
    assert sorted(h.clause.path for h in hits) == ["第一条", "第二条"]
    found = _of(searcher.search("第173号船坞", 50), "杭州市船坞办法#第一条")
    assert "173" in found.passage  # its best passage is the one that is shown


@pytest.mark.parametrize(
    "question", ["孵化器奖励", "高企认定最高补多少", "2018年专利授权", "雏鹰计划还有效吗", "创新卷"]
)
def test_the_fast_way_ranks_as_the_exact_one(corpus_home: Home, question: str) -> None:
    fast = Searcher(corpus_home)
    exact = Searcher(corpus_home, backend=EmbeddedBackend(fast.generation, exact=True))
    assert [h.clause.clause_id for h in fast.search(question, 10)] == [
        h.clause.clause_id for h in exact.search(question, 10)
    ]


def test_a_clause_named_by_number_is_a_candidate_whatever_it_says(
    searcher_over: Callable[..., Searcher],
) -> None:
    many = "\n\n".join(f"第{n}条 做船的事{i}。" for i, n in enumerate("一二三四五六七八九", start=1))
    searcher = searcher_over(f"杭州市造船办法\n\n杭测〔2020〕9号\n\n{many}\n")
    hits = searcher.search("杭测〔2020〕9号第七条", 1)
    assert hits[0].clause.clause_id == "杭测〔2020〕9号#第七条"
    assert hits[0].parts["clause"] == 1


def test_hidden_clauses_leave_room_for_the_next(corpus_home: Home) -> None:
    searcher = Searcher(corpus_home)
    first = [h.clause.clause_id for h in searcher.search("创新券最高多少", 10)]
    view = searcher.without(first[:5])
    found = [h.clause.clause_id for h in view.search("创新券最高多少", 10)]
    assert len(set(found)) == 10 and not set(found) & set(first[:5])
    assert [h.clause.clause_id for h in searcher.search("创新券最高多少", 10)] == first


# --- comparisons --------------------------------------------------------------------------------------------


def _version(year: int, number: int, amount: int, articles: str, end: str = "") -> str:
    items = "\n\n".join(
        f"第{n}条 做纸鸢的企业第{i}类补助最高{amount + i}万元。" for i, n in enumerate(articles, start=2)
    )
    return (
        f"杭州市纸鸢补助办法\n\n杭测〔{year}〕{number}号\n\n第一条 为了鼓励做纸鸢，补助企业，制定本办法。\n\n{items}\n\n"
        f"第九条 本办法自{year}年4月1日起施行。{end}\n"
    )


def _both_versions(searcher_over: Callable[..., Searcher], bare_policy_text: str) -> Searcher:
    searcher = searcher_over(
        _version(2016, 9, 5, "二三四五"),
        _version(2020, 7, 20, "二三四五六七八", "原《杭州市纸鸢补助办法》（杭测〔2016〕9号）同时废止。"),
        bare_policy_text,
    )
    assert searcher.documents["杭测〔2016〕9号"].listing["superseded_by"] == "杭测〔2020〕7号"
    return searcher


@pytest.mark.parametrize(
    "question",
    ["纸鸢补助新版和老版有什么区别", "新旧纸鸢补助办法补助最高多少有什么变化", "纸鸢补助办法改了什么"],
)
def test_both_versions_are_among_the_first_of_a_comparison(
    searcher_over: Callable[..., Searcher], bare_policy_text: str, question: str
) -> None:
    searcher = _both_versions(searcher_over, bare_policy_text)
    hits = searcher.search(question, 100)
    assert {"杭测〔2016〕9号", "杭测〔2020〕7号"} <= {h.document.document_id for h in hits[:5]}
    ids = [h.clause.clause_id for h in hits]
    assert len(ids) == len(set(ids)) and [h.rank for h in hits] == list(range(1, len(hits) + 1))
    assert [h.clause.clause_id for h in searcher.search(question, 5)] == ids[:5]


def test_a_question_that_compares_nothing_keeps_the_order_of_the_score(
    searcher_over: Callable[..., Searcher], bare_policy_text: str
) -> None:
    hits = _both_versions(searcher_over, bare_policy_text).search("做纸鸢的企业补助最高多少", 100)
    best = sorted((h.score for h in hits), reverse=True)
    assert [h.score for h in hits[:FUSED_FROM]] == best[:FUSED_FROM]
    assert hits[0].document.document_id == "杭测〔2020〕7号"  # the old one only when it is asked for


# --- features -----------------------------------------------------------------------------------------------


def test_documents_are_named_by_number_title_or_everyday_name(
    searcher_over: Callable[..., Searcher], policy_text: str, bare_policy_text: str
) -> None:
    searcher = searcher_over(
        policy_text,
        bare_policy_text,
        knowledge="title: 杭州市纸鸢补助办法\nnames: [风筝钱]\ndoc_numbers: [杭测〔2020〕7号]\n"
        "clauses: [{at: 第三条, gist: 一家最多二十万元。, asks: [一家拿多少]}]\n",
    )
    kites, boats = "杭测〔2020〕7号#第三条", f"{OPENING_WORDS}#二、（一）"

    def strengths(question: str) -> tuple[float, float]:
        hits = searcher.search(f"{question} 补助", 100)
        return _of(hits, kites).parts["document"], _of(hits, boats).parts["document"]

    assert strengths("杭测〔2020〕7号") == (1, 0)
    assert strengths("杭测[2020] 7 号") == (1, 0)
    assert strengths("7号文") == (pytest.approx(0.8), 0)
    assert strengths(f"《{OPENING_WORDS}》") == (0, pytest.approx(0.8))
    assert strengths("风筝钱") == (0.25, 0)
    assert strengths("") == (0, 0)


def test_a_replaced_document_counts_as_old_unless_it_is_asked_for(corpus_home: Home) -> None:
    searcher = Searcher(corpus_home)
    replaced = next(
        i for i, d in searcher.documents.items() if d.listing["superseded_by"] and d.listing["doc_numbers"]
    )
    only = Filters(document=replaced)
    assert {h.parts["version"] for h in searcher.search("补助", 5, only)} == {0}
    assert {h.parts["old"] for h in searcher.search("补助", 5, only)} == {1}
    assert {h.parts["old"] for h in searcher.search(f"{replaced} 补助", 5, only)} == {0}


def test_the_year_of_a_question_favours_documents_of_that_year(
    searcher_over: Callable[..., Searcher], policy_text: str, bare_policy_text: str
) -> None:
    searcher = searcher_over(policy_text, bare_policy_text)
    hits = searcher.search("2020年的补助", 100)
    years = {h.document.document_id: h.parts["year"] for h in hits}
    assert years == {"杭测〔2020〕7号": 1, OPENING_WORDS: 0}


def test_every_feature_is_finite_and_of_the_model(corpus_home: Home) -> None:
    searcher = Searcher(corpus_home)
    names = set(RankingModel.load().names)
    for question in (
        "孵化器奖励",
        "余杭区2018年专利多少",
        "《若干意见》第三条",
        "雏鹰和瞪羚有什么区别",
        "hi tech 200",
    ):
        found, features = searcher.candidates(searcher.analyser.hints(question))
        assert names <= set(features)
        for name, values in features.items():
            assert values.shape == found.rows.shape, name
            assert np.isfinite(values).all() and np.abs(values).max() <= 6, name


def test_filters_of_a_day_leave_only_what_is_in_force(
    searcher_over: Callable[..., Searcher], policy_text: str, bare_policy_text: str
) -> None:
    searcher = searcher_over(policy_text, bare_policy_text)
    found = {
        h.document.document_id for h in searcher.search("补助", 100, Filters(in_force_on=date(2023, 6, 1)))
    }
    assert found == {OPENING_WORDS}
    assert searcher.search("补助", 100, Filters(in_force_on=date(2019, 6, 1))) == []


def test_what_every_clause_of_a_document_says_tells_none_of_them_apart() -> None:
    documents = np.array([0, 0, 0, 0, 1, 1])
    holds = np.array([[1, 1, 1, 1, 1, 0], [0, 0, 1, 0, 0, 0]], dtype=bool)
    values = told_apart(holds, np.array([0.5, 0.5], np.float32), documents)
    assert values.shape == (6,) and values.max() == values[2] > 2 * values[0] > 0
    assert values[0] == values[1] == values[3] and values[4] > values[5] == 0


@pytest.mark.parametrize("documents", [[], [0, 0, 0], [0, 1, 1]])
def test_a_question_without_known_words_tells_nothing_apart(documents: list[int]) -> None:
    holds = np.zeros((0, len(documents)), dtype=bool)
    values = told_apart(holds, np.zeros(0, np.float32), np.array(documents, dtype=np.int64))
    assert values.tolist() == [0] * len(documents)


# --- the weights --------------------------------------------------------------------------------------------

MODEL = {
    "features": ["body", "ask"],
    "linear": [0.5, 2.0],
    "hidden": [[1.0, -1.0], [0.0, 3.0], [0.5, 0.5]],
    "bias": [0.0, -1.0, 0.25],
    "output": [1.0, -0.5, 2.0],
}


def test_a_score_is_that_of_the_formula() -> None:
    body, ask = np.array([0.2, 1.0, 0.0], np.float32), np.array([0.0, 0.5, 1.0], np.float32)
    features = {"ask": ask, "other": ask * 9, "body": body}  # in any order, with others beside
    expected = [
        0.5 * b + 2 * a + np.tanh(b - a) - 0.5 * np.tanh(3 * a - 1) + 2 * np.tanh((a + b) / 2 + 0.25)
        for b, a in zip(body.tolist(), ask.tolist(), strict=True)
    ]
    assert RankingModel(MODEL).score(features) == pytest.approx(expected, rel=1e-5)


def test_weights_survive_writing() -> None:
    assert RankingModel(MODEL).to_dict() == MODEL


@pytest.mark.parametrize(
    "content",
    [None, "", "{", "[]", "{}", json.dumps(MODEL | {"linear": [1.0]}), json.dumps(MODEL | {"hidden": [[1.0]]}),
     json.dumps(MODEL | {"bias": [1.0]}), json.dumps(MODEL | {"linear": ["x", "y"]})],
)  # fmt: skip
def test_damaged_weights_are_named(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "r.json").write_text(content, encoding="utf-8")
    with pytest.raises(HangceError, match=r"r\.json"):
        RankingModel.load(tmp_path / "r.json")


# --- behind the first places --------------------------------------------------------------------------------


def _features(size: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: rng.random(size, dtype=np.float32) for name in _FUSED_SIGNALS}


@pytest.mark.parametrize("size", [0, 1, FUSED_FROM, FUSED_FROM + 1, FUSED_OF, FUSED_OF + 40])
def test_fusion_keeps_the_first_places_and_loses_nobody(size: int) -> None:
    best = np.random.default_rng(1).permutation(size)
    score = np.zeros(size)
    score[best] = -np.arange(size)
    fused = fused_behind_the_first(best, score, _features(size, 2))
    assert fused[:FUSED_FROM].tolist() == best[:FUSED_FROM].tolist()
    assert fused[FUSED_OF:].tolist() == best[FUSED_OF:].tolist()
    assert sorted(fused.tolist()) == list(range(size))


def test_what_all_single_signals_find_first_comes_among_the_first_ten() -> None:
    best = np.arange(FUSED_OF)
    features = {name: np.zeros(FUSED_OF, dtype=np.float32) for name in _FUSED_SIGNALS}
    last = FUSED_OF - 1
    for values in features.values():
        values[last] = 1.0
    fused = fused_behind_the_first(best, -best.astype(float), features)
    assert fused[:FUSED_FROM].tolist() == [0, 1, 2] and last in fused[:10]
    arranged = fused_behind_the_first(best, -best.astype(float), features, FUSED_FROM_ARRANGED)
    assert arranged[FUSED_FROM_ARRANGED] == last and arranged[:8].tolist() == list(range(8))


def test_the_first_results_are_in_the_order_of_their_scores(
    searcher_over: Callable[..., Searcher], policy_text: str
) -> None:
    hits = searcher_over(policy_text).search("做纸鸢的企业最高补助多少", 20)
    first = [hit.score for hit in hits[:FUSED_FROM]]
    assert first == sorted(first, reverse=True) and [hit.rank for hit in hits] == list(
        range(1, len(hits) + 1)
    )
