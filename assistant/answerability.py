"""How likely it is that the clauses found answer the question: what tells of it, and the weights learned for that."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from langchain_core.documents import Document

from assistant.cross_scorer import CrossScorer, Passage, cross_scorer
from assistant.objections import (
    FIELD,
    PUTS_BEHIND,
    figure_wanted,
    objections,
    other_place_asked,
    unknown_programme,
)
from assistant.understanding import Understanding
from index.answers import answered_kinds
from index.query import PARTS, Expansion, content_phrases, content_terms, focus
from index.ranker import RankingModel
from index.search import Searcher
from index.store import StoredDocument
from index.tokens import phrases, terms
from ingest.text import canonical, fold

BUNDLED = Path(__file__).with_name("answerability.json")
FIRST = 5  # results that are looked at
# Of a result's parts, those that say how well it was found whatever else was.
_PARTS = (
    "body", "heading", "title", "notes", "dense", "cover", "cover_plain", "ask_words", "ask_dense", "ask", "as_written",
    "phrases", "document", "clause", "year", "place", "told_apart", "document_best", "kind", "second_kind", "row",
    "table", "opening", "container", "yearbook", "before", "ceiling",
)  # fmt: skip
_BEST_OF = ("body", "notes", "dense", "cover", "ask_words", "ask_dense", "phrases")
_KINDS = (
    "amount", "validity", "compare", "list", "eligibility", "statistic", "department", "deadline", "definition",
    "procedure", "materials",
)  # fmt: skip
_NAMED = re.compile(
    r"([\u3400-\u9fff]{2,6}?)(计划|基金|工程|行动|项目|企业库|企业|大奖|奖金|奖|积分|贷|卡|券|办法|意见|细则|通知|方案|平台|联盟|码头|中心|社区|小镇|补贴)"
)
_OF_COURSE = re.compile(r"市里|一般(?=最|能|给|补)")
_WHAT_IS_DONE = frozenset("领用兑发抵拿报办")  # with it: 领券, 办卡 are no names
# What stands right after a question word ("什么学历"), and right before one ("满分多少").
_AFTER = re.compile(r"(?:什么样?的?|啥|哪[些种类个家]?|几|多少)([\u3400-\u9fff]{2,4})")
_BEFORE = re.compile(
    r"([\u3400-\u9fff]{2,4})(?:是|有|要|为|占|给)?(?:什么|啥|哪|几|多少|多久|多大|多长|多高|怎么|如何)"
)
_EITHER_OR = re.compile(
    r"(?P<one>[^，,。；;？?、！!：:]{2,20}?)(?<![我你他她它们也都就今仍在后了])[，,]?(?<!但)还是(?P<other>[^，,。；;？?！!]{1,20})"
)
_WAY = 10  # characters of a way by which it is told
_SMALL = frozenset("的了是按从要给算就能可以在来去到拿看用照由走做还再先都也么吗呢啊呀吧一个")
_LEVEL = re.compile(r"[市区县省]")
_WORD = re.compile(r"[\u3400-\u9fff]|[A-Za-z]+|\d+")
_PIECE = re.compile(r"[，。；：\n]")
_ASKS = re.compile(
    r"多少|多[大久长高]|几|吗|呢|么$|怎么|咋|如何|什么|啥|哪|谁|能不能|可不可以|能否|是否|有没有|算不算|要不要|行不行|[上下]限|比例"
)


def _said(understanding: Understanding) -> str:
    """What is asked, without words for the city and the usual case, which no clause repeats."""
    return _OF_COURSE.sub("", understanding.hints.corrected)


def clause_context(document: Document, about: StoredDocument) -> tuple[str, str]:
    """What stands around a clause's own words: its document's names, headings and gist; and its matching question.

    The latter by itself, as it is another for each question and what is read of the rest is kept.
    """
    metadata = document.metadata
    names = [about.title, *about.names, *about.listing["doc_numbers"]]
    return " ".join([*names, metadata["breadcrumb"], metadata["gist"]]), metadata["ask"]


def shares_covered(
    understanding: Understanding, present: Sequence[set[str]], searcher: Searcher
) -> list[float]:
    """Share of the question's content, weighted by rarity, that texts with some terms speak of.

    Words that stand in none of the documents are left out: in everyday speech they are mostly background.
    """
    asked = content_terms(f"{_said(understanding)} {_before(understanding)}")
    weighed = [(t, searcher.rarity(t), searcher.knows(t)) for t in asked]
    shares = []
    for terms_of in present:
        total = sum(w for t, w, known in weighed if known or t in terms_of)
        held = sum(w for t, w, _ in weighed if t in terms_of)
        shares.append(held / total if total else 0.0)
    return shares


def _before(understanding: Understanding) -> str:
    """What was asked before and is meant along."""
    hints = understanding.hints
    return hints.context if hints.leaning == 1 else ""


def present_terms(understanding: Understanding, *texts: str) -> set[str]:
    """The terms of some texts, with the question's everyday words for the official ones in them."""
    present = set().union(*map(_term_set, texts))
    meant = _meant(tuple(understanding.hints.expansions))
    if meant:
        folded = [_folded(text) for text in texts]
        for target, words in meant:
            if any(target in text for text in folded):
                present |= words
    return present


@lru_cache(maxsize=1024)  # the same few clauses are held against a question and its parts
def _term_set(text: str) -> frozenset[str]:
    return frozenset(terms(text))


_folded = lru_cache(maxsize=1024)(fold)


@lru_cache(maxsize=512)
def _phrase_set(text: str) -> frozenset[str]:
    return frozenset(phrases(text))


@lru_cache(maxsize=64)
def _meant(expansions: tuple[Expansion, ...]) -> tuple[tuple[str, frozenset[str]], ...]:
    """Official words, folded, with the terms of the everyday words that stand for them."""
    return tuple((fold(e.target), frozenset(terms(e.word))) for e in expansions)


def signals(
    understanding: Understanding,
    found: list[Document],
    searcher: Searcher,
    objected: Sequence[Mapping[str, str]] = (),
    scorer: CrossScorer | None = None,
) -> dict[str, float]:
    """What tells whether a question is answered by what was found, about -1…1 each.

    Args:
        understanding: the question.
        found: the results, best first, at least one.
        searcher: where they were found.
        objected: the objections to the first results, for who has worked them out.
        scorer: what reads question and clause side by side, the bundled one if None.
    """
    hints = understanding.hints
    first = found[:FIRST]
    parts = [document.metadata["parts"] for document in first]
    out = {name: float(parts[0][name]) for name in _PARTS}
    out |= {f"best_{name}": max(float(p[name]) for p in parts) for name in _BEST_OF}
    scores = [float(document.metadata["score"]) for document in first]
    out["score"] = min(scores[0], 40.0) / 20
    out["lead"] = min(scores[0] - scores[min(1, len(scores) - 1)], 10.0) / 5
    out["one_document"] = np.mean(
        [d.metadata["document_id"] == first[0].metadata["document_id"] for d in first]
    )
    around = [clause_context(d, searcher.documents[d.metadata["document_id"]]) for d in first]
    present = [
        present_terms(understanding, *about, d.page_content) for about, d in zip(around, first, strict=True)
    ]
    best = (*around[0], first[0].page_content)
    shares = shares_covered(understanding, present, searcher)
    out["coverage"], out["best_coverage"] = shares[0], max(shares)
    out |= _missed(understanding, best, present, searcher)
    out |= _asked_for(understanding, present, searcher)
    out |= _beside(understanding, first, searcher)
    out |= _side_by_side(understanding, first, scorer or cross_scorer())
    out["neither_way"] = _of_neither_way(understanding, first[0])
    out |= _wording(understanding, searcher)
    out |= {f"wants_{kind}": float(kind in hints.kinds[:1]) for kind in _KINDS}
    can = set(answered_kinds(first[0].page_content + first[0].metadata["gist"]))
    out["can_answer"] = float(bool(can & set(hints.kinds[:1])))
    topics = hints.topics
    out["topics"] = min(len(topics), 3) / 3
    spoken = "".join(map(_folded, best))
    named = sum(any(s in spoken for s in spellings) for spellings in topics)
    out["topics_named"] = named / len(topics) if topics else 0.5
    objected = objected or [objections(understanding, d, searcher) for d in first]
    for cause in ("place", "district", "year", "name", "receiver", "figure", "contact"):
        out[f"objection_{cause}"] = float(cause in objected[0])
        out[f"objections_{cause}"] = sum(cause in o for o in objected) / len(objected)
    free = next((i for i, o in enumerate(objected) if not PUTS_BEHIND & o.keys()), None)
    out["free_behind"] = 1.0 if free is None else min(scores[0] - scores[free], 10.0) / 10
    out["unknown_programme"] = float(bool(unknown_programme(hints.corrected, searcher)))
    return out


def _missed(
    understanding: Understanding, best: Sequence[str], present: list[set[str]], searcher: Searcher
) -> dict[str, float]:
    """How rare the rarest words are that the question is about and the first result lacks, and all results lack."""
    said = _said(understanding)
    asked = focus(said) or said
    anywhere = set().union(*present)
    wanted = [t for t in content_terms(asked) if searcher.knows(t)]
    rare = {t: min(searcher.rarity(t), 9.0) / 9 for t in wanted}
    lacks = sorted((rare[t] for t in wanted if t not in present[0]), reverse=True)
    lack_all = sorted((rare[t] for t in wanted if t not in anywhere), reverse=True)
    total = sum(rare.values()) or 1.0
    pieces = content_phrases(asked)
    held = frozenset().union(*map(_phrase_set, best))
    return {
        "rarest_missed": lacks[0] if lacks else 0.0,
        "second_missed": lacks[1] if len(lacks) > 1 else 0.0,
        "rarest_missed_by_all": lack_all[0] if lack_all else 0.0,
        "missed": sum(lacks) / total,
        "missed_by_all": sum(lack_all) / total,
        "phrases_held": sum(p in held for p in pieces) / len(pieces) if pieces else 0.0,
    }


def _asked_for(understanding: Understanding, present: list[set[str]], searcher: Searcher) -> dict[str, float]:
    """How far the results speak of the very thing asked for: the words beside 什么, 多少, 几 …"""
    after = {t for words in _AFTER.findall(understanding.hints.corrected) for t in terms(words)}
    before = {t for words in _BEFORE.findall(understanding.hints.corrected) for t in terms(words)}
    out: dict[str, float] = {}
    for name, some in (("after", after), ("before", before)):
        rare = {t: min(searcher.rarity(t), 12.0) / 12 for t in some if len(t) > 1}
        total = sum(rare.values())
        held = [sum(w for t, w in rare.items() if t in one) / total if total else 1.0 for one in present]
        out[f"asked_{name}"] = held[0]
        out[f"asked_{name}_best"] = max(held)
        out[f"asked_{name}_missed"] = max((w for t, w in rare.items() if t not in present[0]), default=0.0)
    return out


def _beside(understanding: Understanding, first: Sequence[Document], searcher: Searcher) -> dict[str, float]:
    """How far what is asked stands together in one place of a result, beside a figure of the kind that is asked for.

    What is asked are the words of an asking part that neither the title nor the headings have: a clause may be about
    the right thing and have a figure, which is one of something else.
    """
    question = _said(understanding)
    parts = [p for p in PARTS.split(question) if _ASKS.search(p)]
    parts = [p for p in parts if content_terms(p)] or [question]
    asked = [
        (figure_wanted(part), {t: min(searcher.rarity(t), 12.0) for t in content_terms(part)})
        for part in parts
    ]
    meant = _meant(tuple(understanding.hints.expansions))
    of_results: list[list[tuple[float, float, float]]] = []
    for document in first:
        about = searcher.documents[document.metadata["document_id"]]
        metadata = document.metadata
        named = _term_set(" ".join([about.title, *about.names, metadata["breadcrumb"]]))
        windows, held = _windows(f"{document.page_content}\n{metadata['gist']}")
        of_parts = []
        for wanted, words in asked:
            rare = {t: w for t, w in words.items() if t not in named}
            total = sum(rare.values())
            spoken = [(target, sum(rare.get(t, 0.0) for t in some), some) for target, some in meant]
            shares = []
            for window in held:
                have = sum(w for t, w in rare.items() if t in window)
                for target, worth, some in spoken:
                    if worth and target in window:  # the official word for an everyday one
                        have += sum(rare.get(t, 0.0) for t in some if t not in window)
                shares.append(min(have / total, 1.0) if total else 1.0)
            fitting = [
                share
                for share, window in zip(shares, windows, strict=True)
                if wanted is None or wanted.held.search(window)
            ]
            heaviest = max(rare, key=lambda t: rare[t], default="")
            lacks = 0.0 if not heaviest or any(heaviest in some for some in held) else rare[heaviest] / 12
            of_parts.append((max(fitting, default=-0.5), max(shares, default=0.0), lacks))
        of_results.append(of_parts)
    best = [[max(result[i][k] for result in of_results) for i in range(len(parts))] for k in (0, 1)]
    return {
        "beside": min(part[0] for part in of_results[0]),
        "beside_some": max(part[0] for part in of_results[0]),
        "beside_best": min(best[0]),
        "together": min(part[1] for part in of_results[0]),
        "together_best": min(best[1]),
        "asked_rarest_missed": max(part[2] for part in of_results[0]),
        "no_such_figure": float(any(part[0] < 0 for part in of_results[0])),
    }


@lru_cache(maxsize=512)
def _windows(text: str) -> tuple[list[str], list[str]]:
    """Each two pieces of a text that stand side by side, as they are and folded."""
    said = [piece for piece in _PIECE.split(text) if piece]
    windows = ["，".join(said[i : i + 2]) for i in range(max(len(said) - 1, 1))]
    folded = [fold(piece) for piece in said]
    return windows, [" ".join(folded[i : i + 2]) for i in range(len(windows))]


def _side_by_side(
    understanding: Understanding, first: Sequence[Document], scorer: CrossScorer
) -> dict[str, float]:
    """What reading the question and each result side by side tells."""
    asked = f"{_before(understanding)} {understanding.hints.corrected}"
    scores = scorer.scores(asked, [_passage(document) for document in first])
    best, *others = sorted(scores, reverse=True)
    return {
        "cross": scores[0] / 5,
        "cross_best": best / 5,
        "cross_lead": (best - others[0]) / 5 if others else 0.0,
        "cross_first": float(scores[0] == best),
    }


def _of_neither_way(understanding: Understanding, first: Document) -> float:
    """1 where a question asks which of two ways it is (工作日还是自然日) and the first result speaks of neither, else 0."""
    asked = understanding.hints.corrected
    offered = list(_EITHER_OR.finditer(asked))
    if not offered or _ASKS.search(asked, offered[-1].end()):  # something else is asked last
        return 0.0
    said = offered[-1]["other"][:_WAY]
    one = _ways_terms(offered[-1]["one"][-max(len(said) + 1, _WAY // 2) :])
    apart = one ^ _ways_terms(said)
    if not apart or any(
        _LEVEL.search(term) for term in apart
    ):  # 市里还是区里: each clause says so in its own words
        return 0.0
    return float(not apart & _ways_terms(f"{first.page_content} {first.metadata['gist']}"))


@lru_cache(maxsize=512)
def _ways_terms(text: str) -> frozenset[str]:
    """The pairs of characters and the numbers of a text that tell something, numerals in digits."""
    return frozenset(
        t for t in terms(fold(canonical(text))) if t.isdigit() or (len(t) > 1 and not _SMALL & set(t))
    )


def _passage(document: Document) -> Passage:
    metadata = document.metadata
    headings = f"{metadata['title']} {metadata['breadcrumb']}"
    return Passage(headings, metadata["gist"], document.page_content)


def _wording(understanding: Understanding, searcher: Searcher) -> dict[str, float]:
    """What the question is like by itself: of the field, in words that the documents know, long or short."""
    hints = understanding.hints
    said = _said(understanding)
    asked = content_terms(focus(said) or said)
    unknown = [t for t in asked if not searcher.knows(t)]
    pieces = content_phrases(focus(said) or said)
    new = [p for p in pieces if not searcher.generation.phrases.knows(p)]
    years = [int(y) for y in hints.years]
    return {
        "phrases_unknown": len(new) / len(pieces) if pieces else 0.0,
        "name_unknown": float(bool(unfamiliar_name(understanding, searcher))),
        "title_unknown": float(bool(unknown_title(understanding, searcher))),
        "number_unknown": float(bool(unknown_number(understanding, searcher))),
        "of_the_field": float(bool(FIELD.search(understanding.search_text))),
        "expanded": float(any(e.weight >= 0.7 for e in hints.expansions)),
        "unknown": len(unknown) / len(asked) if asked else 1.0,
        "unknown_some": min(len(unknown), 5) / 5,
        "length": math.log1p(len(_WORD.findall(hints.text))) / 5,
        "long": float(bool(focus(hints.text))),
        "follows": float(bool(hints.context)) * hints.leaning,
        "year_named": float(bool(years)),
        "year_to_come": float(any(y > understanding.as_of.year for y in years)),
        "place_named": float(bool(hints.places)),
        "other_place_named": float(bool(hints.other_places)),
        "other_place_asked": float(bool(other_place_asked(understanding))),
        "english": float(hints.text.isascii()),
        "corrected": float(hints.corrected != hints.text),
    }


def unknown_title(understanding: Understanding, searcher: Searcher) -> str:
    """A title in the question that no document has nor cites, "" if there is none."""
    for title in understanding.hints.titles:
        wanted = fold(title)
        known = any(fold(d.title) in wanted or wanted in fold(d.title) for d in searcher.documents.values())
        if not known and not all(searcher.generation.phrases.knows(p) for p in phrases(title)):
            return f"《{title}》"
    return ""


def unknown_number(understanding: Understanding, searcher: Searcher) -> str:
    """A document number in the question that no document has nor cites, "" if there is none."""
    numbers = understanding.hints.doc_numbers
    if not numbers:
        return ""
    held = {n for document in searcher.documents.values() for n in document.listing["doc_numbers"]}
    return next((n for n in numbers if n not in held and not all(map(searcher.knows, terms(n)))), "")


def unfamiliar_name(understanding: Understanding, searcher: Searcher) -> str:
    """A name in the question that no document has: what stands before 计划, 基金, 券 … in words never seen so."""
    for match in _NAMED.finditer(understanding.hints.corrected):
        name, kind = match.groups()
        if name[-1] in _WHAT_IS_DONE:
            continue
        seam = (name[-1] + kind)[:3]
        if not searcher.generation.phrases.knows(seam) and not searcher.knows(name[-2:]):
            return match.group()
    return ""


@cache
def _model() -> RankingModel:
    return RankingModel.load(BUNDLED)


def answerable(values: Mapping[str, float]) -> float:
    """The probability that a question is answered by what was found, from its `signals`; 0…1."""
    score = _model().score({name: np.array([value], dtype=np.float32) for name, value in values.items()})
    return float(1 / (1 + np.exp(-float(score[0]))))
