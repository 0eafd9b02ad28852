from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from made_up import BARE

from assistant.service import Assistant
from index.build import build
from index.home import Home
from index.ranking import FUSED_FROM
from index.search import Filters, Searcher
from index.validity import status_on
from ingest.knowledge import load_policies


@pytest.fixture(scope="module")
def knowledge(assistant_knowledge: Assistant) -> Searcher:
    return assistant_knowledge.searcher


@pytest.fixture(scope="module")
def corpus(assistant_corpus: Assistant) -> Searcher:
    return assistant_corpus.searcher


def _ids(searcher: Searcher, question: str, k: int = 20, filters: Filters | None = None) -> list[str]:
    return [hit.clause.clause_id for hit in searcher.search(question, k, filters)]


def _share_found_first(searcher: Searcher) -> float:
    asks = [(a, f"{p.document_id}#{n.at}") for p in load_policies() for n in p.clauses for a in n.asks][::5]
    return sum(_ids(searcher, ask, 1) == [clause_id] for ask, clause_id in asks) / len(asks)


def test_a_written_ask_finds_its_clause(knowledge: Searcher) -> None:
    assert _share_found_first(knowledge) >= 0.95


def test_a_written_ask_finds_its_clause_among_all_documents(corpus: Searcher) -> None:
    assert _share_found_first(corpus) >= 0.95


def test_a_match_says_which_ask_it_was(knowledge: Searcher) -> None:
    note = load_policies()[0].clauses[0]
    hit = knowledge.search(note.asks[0], 1)[0]
    assert (hit.ask, hit.rank) == (note.asks[0], 1)
    assert hit.parts["ask"] > 0.6


@pytest.mark.parametrize(
    ("question", "clause_id"),
    [
        ("杭科资〔2020〕72号第八条", "杭科资〔2020〕72号#第八条"),
        ("杭科资[2020]72号第8条第（一）项", "杭科资〔2020〕72号#第八条（一）"),
        ("《杭州市科技创新券实施管理办法》第六条", "杭科合〔2018〕8号#第六条"),
        ("杭科合〔2018〕8号第十七条", "杭科合〔2018〕8号#第十七条"),
    ],
)
def test_a_clause_asked_for_by_its_number_comes_first(
    knowledge: Searcher, corpus: Searcher, question: str, clause_id: str
) -> None:
    assert _ids(knowledge, question, 1) == [clause_id]
    assert _ids(corpus, question, 1) == [clause_id]


def test_every_article_of_a_document_can_be_asked_for_by_number(corpus: Searcher) -> None:
    for clause in corpus.store.clauses_of("杭科合〔2020〕61号"):
        if clause.parent is None and clause.path.startswith("第"):
            assert _ids(corpus, f"杭科合〔2020〕61号{clause.path}", 1) == [clause.clause_id]


def test_results_are_ranked_without_repeats(corpus: Searcher) -> None:
    hits = corpus.search("孵化器奖励", 50)
    assert [h.rank for h in hits] == list(range(1, 51))
    assert len({h.clause.clause_id for h in hits}) == 50
    first = [h.score for h in hits[:FUSED_FROM]]
    assert first == sorted((h.score for h in hits), reverse=True)[:FUSED_FROM]
    assert all(h.passage for h in hits)


def test_the_order_does_not_depend_on_earlier_questions_or_on_k(corpus: Searcher) -> None:
    first = _ids(corpus, "众创空间补助多少", 10)
    for question in ("创新券", "2018年专利", "余杭区"):
        corpus.search(question)
    assert _ids(corpus, "众创空间补助多少", 10) == first
    assert _ids(corpus, "众创空间补助多少", 30)[:10] == first


def test_two_searchers_agree(corpus: Searcher, corpus_home) -> None:
    other = Searcher(corpus_home)
    for question in ("高企认定奖励", "2018年专利授权", "雏鹰"):
        assert [(h.clause.clause_id, h.score) for h in other.search(question)] == [
            (h.clause.clause_id, h.score) for h in corpus.search(question)
        ]


FILTERS = [
    Filters(level="district"),
    Filters(level="provincial"),
    Filters(district="拱墅区"),
    Filters(kind="plan"),
    Filters(document="杭科合〔2018〕8号"),
    Filters(document="天使投资引导基金"),
    Filters(in_force_on=date(2023, 6, 1)),
    Filters(level="municipal", kind="policy", in_force_on=date(2021, 1, 1)),
]


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_filters_leave_only_what_meets_them_and_starve_nothing(corpus: Searcher, filters: Filters) -> None:
    allowed = {
        clause.clause_id
        for document in corpus.documents.values()
        if filters.meets(document) and not document.listing["duplicate_of"]
        for clause in corpus.store.clauses_of(document.document_id)
    }
    for question in ("企业一年能拿多少补助", "第三条", "2018年专利授权", "新版和老版有什么区别"):
        for k in (1, 5, 60):
            filtered = corpus.search(question, k, filters)
            assert len(filtered) == min(k, len(allowed))
            assert {h.clause.clause_id for h in filtered} <= allowed
            for hit in filtered:
                _assert_meets(hit.document.listing, filters)


@pytest.mark.parametrize("filters", FILTERS, ids=str)
@pytest.mark.parametrize("question", ["雏鹰企业要什么条件", "孵化器认定条件", "科技创新券怎么申请"])
def test_filters_keep_the_best_of_what_meets_them_in_front(
    corpus: Searcher, filters: Filters, question: str
) -> None:
    # Ranks beyond the first few depend on what the candidates are compared with.
    best = [h.clause.clause_id for h in corpus.search(question, 3) if filters.meets(h.document)]
    assert set(best[:1]) <= set(_ids(corpus, question, 5, filters))


def _assert_meets(listing: dict[str, Any], filters: Filters) -> None:
    assert filters.level in (None, listing["level"])
    assert filters.district in (None, listing["district"])
    assert filters.kind in (None, listing["kind"])
    if filters.document:
        names = [listing["document_id"], listing["title"], *listing["doc_numbers"]]
        assert any(filters.document in name for name in names)
    if filters.in_force_on:
        assert status_on(listing, filters.in_force_on) not in ("expired", "superseded", "not_yet")


def test_a_filter_that_nothing_meets_gives_nothing(corpus: Searcher) -> None:
    assert corpus.search("补助", 5, Filters(level="national", district="拱墅区")) == []


def test_copies_are_not_found_beside_their_twin(corpus: Searcher) -> None:
    copies = {i for i, d in corpus.documents.items() if d.listing["duplicate_of"]}
    assert len(copies) == 3
    assert (
        not {h.document.document_id for h in corpus.search("科技创新券 融资周转资金 产业平台", 1000)} & copies
    )


@pytest.mark.parametrize("question", ["", " ", "\u200b", "，。！"])
def test_nothing_asked(knowledge: Searcher, question: str) -> None:
    hits = knowledge.search(question, 3)
    assert hits == [] or question == "，。！"


CITING = """杭州市测试局关于支持纸船的通知

根据《杭州市测试局关于支持造船的实施意见》（杭测〔2021〕3号），就纸船通知如下。

一、折纸船。折纸船的企业可以参加纸船大会，纸船大会每年举办一次。

二、展纸船。纸船大会上展出的纸船归折纸船的企业所有。

三、评纸船。纸船大会评出支持折纸船的企业。

四、看纸船。折纸船的企业参加纸船大会看纸船。

五、卖纸船。纸船大会支持企业卖折好的纸船。
"""


def test_a_document_that_the_first_one_cites_comes_along(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "paper.txt").write_text(CITING, encoding="utf-8")
    (folder / "boats.txt").write_text(
        BARE.replace("\n\n为了", "\n\n杭测〔2021〕3号\n\n为了", 1), encoding="utf-8"
    )
    home = Home(tmp_path / "home")
    build(home, [folder])
    searcher = Searcher(home)
    cited = "杭测〔2021〕3号#二、（二）"
    question = "支持纸船、折纸船企业参加纸船大会的那份通知，所依据的意见里说{}多少"
    hits = searcher.search(question.format("下水补助"), 10)
    assert cited in [hit.clause.clause_id for hit in hits[:4]]
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert len({hit.clause.clause_id for hit in hits}) == len(hits)
    kept = searcher.search(question.format("下水补助"), 10, Filters(document=hits[0].document.document_id))
    assert {hit.document.document_id for hit in kept} == {hits[0].document.document_id}
