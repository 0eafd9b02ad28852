"""What each number of a report means, computed without any judge."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import ir_measures

from assistant.schema import Citation
from evals.matching import bears, states
from evals.questions import GoldClause, Question
from evals.records import FoundClause, Record
from evals.support import alce, checkable, source_text

DEPTHS = (1, 5, 10)
SPAN_DEPTH = 5
_RANKING = {"rr": ir_measures.RR, "ndcg@10": ir_measures.nDCG @ 10}
_GONE = ("expired", "superseded")
_SAYS_GONE = re.compile(r"失效|过期|到期|届满|废止|取代|不再有效|已经结束")
# A verdict, and a sum with the asker's figure, rest on what was said as much as on a clause.
_OF_THE_ASKER = re.compile(r"按您说的|您说的是|还不能判断是否符合")
_SAYS_NOT_YET = re.compile(r"尚未|还没有开始|还没开始|才施行|才生效|未生效")


class Metric(NamedTuple):
    """A measure: its Chinese label, what it looks at, and whether it is a yes-or-no one."""

    label: str
    part: Literal["whole", "retrieval", "answer", "citations", "declining", "validity", "eligibility"]
    binary: bool
    meaning: str


METRICS: dict[str, Metric] = {
    "right": Metric(
        "答对", "whole", True, "该答的：要点齐、无错数、引到依据、时效和资格判断都对；该拒的：拒了"
    ),
    "r@1": Metric("R@1", "retrieval", False, "依据条款在检索第1名"),
    "r@5": Metric("R@5", "retrieval", False, "依据条款在前5名的份额"),
    "r@10": Metric("R@10", "retrieval", False, "依据条款在前10名的份额"),
    "rr": Metric("MRR", "retrieval", False, "第一条依据名次的倒数"),
    "ndcg@10": Metric("nDCG@10", "retrieval", False, "前10名的折损累积增益"),
    "span_recall@5": Metric("字符召回@5", "retrieval", False, "前5名盖住的依据原文字符份额"),
    "span_precision@5": Metric("字符准确@5", "retrieval", False, "前5名的字符中属于依据原文的份额"),
    "answered": Metric("作答", "answer", True, "该答的答了"),
    "facts": Metric("要点", "answer", False, "说出的要点份额"),
    "facts_all": Metric("要点全", "answer", True, "要点全部说出"),
    "no_forbidden": Metric("无错数", "answer", True, "没有说出不该出现的数字或说法"),
    "citation_recall": Metric("引到", "citations", False, "引到的依据份额"),
    "citation_precision": Metric("引用准确", "citations", False, "引用中属于依据条款的份额"),
    "support_recall": Metric("句有所据", "citations", False, "所引条款能支持的句子份额（ALCE）"),
    "support_precision": Metric("引用有用", "citations", False, "对句子有用的引用份额（ALCE）"),
    "declined": Metric("该拒已拒", "declining", True, "不该答的没有答"),
    "cause": Metric("拒因对", "declining", True, "拒答的类别正确"),
    "validity": Metric("时效对", "validity", True, "时效状态和提示与提问日相符"),
    "verdict": Metric("资格对", "eligibility", True, "资格判断与预期相同"),
    "safe": Metric("未错许", "eligibility", True, "没有把不符合的说成符合"),
}


@dataclass(slots=True)
class Score:
    """One question scored: `values` by metric, None where a metric does not apply to the question."""

    id: str
    kind: str
    split: str
    set_name: str
    style: str
    document: str
    cluster: str
    cause: str
    fingerprint: str
    question: str
    expected_status: str
    status: str
    expected_verdict: str
    verdict: str
    values: dict[str, float | None]
    rank: int | None = None
    missed: list[str] = field(default_factory=list)
    forbidden: list[str] = field(default_factory=list)
    gold: list[str] = field(default_factory=list)
    cited: list[str] = field(default_factory=list)
    answer: str = ""
    milliseconds: float = 0.0
    judged: dict[str, object] | None = None

    @property
    def answerable(self) -> bool:
        """Whether an answer was expected."""
        return self.expected_status in ("answered", "partial")

    @property
    def declined(self) -> bool:
        """Whether the system gave no answer."""
        return self.status not in ("answered", "partial")

    @property
    def right(self) -> bool:
        """Whether nothing is wrong with the answer."""
        return self.values["right"] == 1.0

    @property
    def dangerous(self) -> list[str]:
        """What in this answer could do harm: a wrong figure, an undue yes, an ended rule sold as valid."""
        found = [f"说了“{wording}”" for wording in self.forbidden]
        if self.values.get("safe") == 0.0:
            found.append("不符合的说成符合")
        if self.values.get("validity") == 0.0 and not self.declined:
            found.append("时效没说对")
        return found


def score(question: Question, record: Record) -> Score:
    """Score one recorded answer."""
    answer = record.answer
    declined = answer.status not in ("answered", "partial")
    values: dict[str, float | None] = dict.fromkeys(METRICS)
    result = Score(
        id=question.id,
        kind=question.kind,
        split=question.split,
        set_name=question.set_name,
        style=question.style,
        document=question.document,
        cluster=question.cluster,
        cause=question.cause or "",
        fingerprint=question.fingerprint,
        question=question.question,
        expected_status=question.status,
        status=answer.status,
        expected_verdict=question.verdict or "",
        verdict=str((answer.eligibility or {}).get("verdict", "")),
        values=values,
        gold=[f"{g.doc}#{g.clause}" for g in question.gold.clauses],
        cited=[c.clause_id for c in answer.citations],
        answer=answer.answer,
        milliseconds=answer.timings_ms.get("total", 0.0),
        judged=record.judged,
    )
    if not question.answerable:
        values["declined"] = float(declined)
        # What to call a lone full stop is a matter of taste, as long as it is not answered.
        fitting = {question.status} | ({"clarify", "error"} if question.cause == "nonsense" else set())
        values["cause"] = float(answer.status in fitting)
        values["right"] = values["declined"]
        return result
    values["answered"] = float(not declined)
    values |= ranking(question, record)
    result.rank = first_rank(question, record)
    said = "" if declined else answer.answer
    stated = [states(wordings, said) for wordings in question.facts]
    result.missed = [" / ".join(w) for w, ok in zip(question.facts, stated, strict=True) if not ok]
    result.forbidden = [wording for wording in question.forbidden if states([wording], said)]
    if stated:
        values["facts"] = sum(stated) / len(stated)
        values["facts_all"] = float(all(stated))
    if question.forbidden:
        values["no_forbidden"] = float(not result.forbidden)
    values |= _citations(question, record)
    if question.validity is not None:
        values["validity"] = None if declined else _validity_right(question, record)
    if question.verdict is not None:
        values["verdict"] = float(result.verdict == question.verdict)
        values["safe"] = float(not (result.verdict == "eligible" and question.verdict != "eligible"))
    # Rounded as a baseline keeps them, so that a run compared with its own baseline is the same to the last digit.
    values |= {name: round(value, 4) for name, value in values.items() if value is not None}
    values["right"] = float(
        not declined
        and all(stated)
        and not result.forbidden
        and values["citation_recall"] == 1.0
        and values["validity"] != 0.0
        and values["verdict"] != 0.0
    )
    return result


# --- retrieval ---------------------------------------------------------------------------------------------


def ranking(question: Question, record: Record) -> dict[str, float | None]:
    """Ranking measures by clause (MRR and nDCG from `ir_measures`) and by character of the source.

    A result counts for a gold unit if it bears one of its clauses and, where the question asks for facts, holds
    one of them; each unit counts once, so copies and neighbours of the same clause gain nothing. A clause that bears
    several units counts for all of them.
    """
    new = _new_units(question, record)
    missing = len(question.gold.units) - sum(map(len, new))
    relevance = {f"result{rank}": len(units) for rank, units in enumerate(new)}
    relevance |= {f"missing{number}": 1 for number in range(missing)}
    run = {f"result{rank}": float(-rank) for rank in range(len(new))}
    measured = {
        str(m.measure): m.value
        for m in ir_measures.iter_calc(list(_RANKING.values()), {question.id: relevance}, {question.id: run})
    }
    values: dict[str, float | None] = {
        f"r@{k}": sum(map(len, new[:k])) / len(question.gold.units) for k in DEPTHS
    }
    values |= {name: measured.get(str(m), 0.0) for name, m in _RANKING.items()}
    values["span_recall@5"], values["span_precision@5"] = _spans(question, record)
    return values


def first_rank(question: Question, record: Record) -> int | None:
    """Rank of the result that completes the gold: of the first unit found, or of the last if all are needed."""
    new = _new_units(question, record)
    if sum(map(len, new)) < len(question.gold.units):
        return None
    return max(rank for rank, units in enumerate(new, start=1) if units)


def _new_units(question: Question, record: Record) -> list[set[int]]:
    """For every result the gold units that it is the first to bear."""
    wanted = dict(enumerate(question.gold.units))
    out: list[set[int]] = []
    for clause_id in record.found:
        clause = record.clauses[clause_id]
        out.append({n for n, unit in wanted.items() if answers_unit(question, clause, unit)})
        wanted = {n: unit for n, unit in wanted.items() if n not in out[-1]}
    return out


def answers_unit(question: Question, clause: FoundClause, unit: Sequence[GoldClause]) -> bool:
    """Whether a clause bears a gold unit and, where the question asks for facts, holds one of them."""
    return any(bears(clause, gold) for gold in unit) and _holds_fact(question, clause)


def _holds_fact(question: Question, clause: FoundClause) -> bool:
    """Whether a clause holds one of the facts; where they are computed or spread over clauses, any clause does."""
    if not question.facts or question.computed or question.gold.all_of:
        return True
    return any(states(wordings, clause.text) for wordings in question.facts)


def _spans(question: Question, record: Record) -> tuple[float | None, float | None]:
    """Share of the gold's characters that the first results cover, and of their characters that are gold.

    As in LegalBench-RAG (Pipitone & Alami 2024). Of several places that hold the same (`any_of`), the one covered
    best counts. None where no place is known by characters.
    """
    gold = [[span for span in unit if span] for unit in record.gold_chars]
    if not gold or not all(gold):
        return None, None
    retrieved: dict[str, list[tuple[int, int]]] = {}
    for clause_id in record.found[:SPAN_DEPTH]:
        clause = record.clauses[clause_id]
        if clause.chars:
            retrieved.setdefault(clause.file, []).append(clause.chars)
    covered = wanted = 0
    for unit, spans in zip(question.gold.units, record.gold_chars, strict=True):
        best = (0, 1)
        for clause_gold, span in zip(unit, spans, strict=True):
            if span:
                overlap = _length(_clipped(retrieved.get(clause_gold.file, []), span))
                best = max(best, (overlap, span[1] - span[0]), key=lambda b: b[0] / b[1])
        covered += best[0]
        wanted += best[1]
    total = sum(_length(spans) for spans in retrieved.values())
    return covered / wanted if wanted else None, covered / total if total else 0.0


def _clipped(spans: list[tuple[int, int]], to: tuple[int, int]) -> list[tuple[int, int]]:
    return [(max(a, to[0]), min(b, to[1])) for a, b in spans if a < to[1] and b > to[0]]


def _length(spans: Iterable[tuple[int, int]]) -> int:
    """Characters in the union of spans."""
    total, end = 0, -1
    for a, b in sorted(spans):
        total += max(0, b - max(a, end))
        end = max(end, b)
    return total


# --- citations, validity -----------------------------------------------------------------------------------


def _citations(question: Question, record: Record) -> dict[str, float | None]:
    answer = record.answer
    if answer.status not in ("answered", "partial"):
        return {"citation_recall": 0.0}
    cited = [record.clauses[c.clause_id] for c in answer.citations if c.clause_id in record.clauses]
    units = question.gold.units
    recalled = sum(any(bears(clause, gold) for clause in cited for gold in unit) for unit in units)
    right = sum(any(bears(clause, gold) for gold in question.gold.clauses) for clause in cited)
    by_number = {c.n: source_text(c, record.clauses.get(c.clause_id), answer.as_of) for c in answer.citations}
    support = alce(
        [
            (checkable(s.text), [by_number[n] for n in s.citations if n in by_number])
            for s in answer.statements
            if not _OF_THE_ASKER.search(s.text)
        ]
    )
    return {
        "citation_recall": recalled / len(units),
        "citation_precision": right / len(answer.citations) if answer.citations else 0.0,
        "support_recall": support[0],
        "support_precision": support[1],
    }


def _validity_right(question: Question, record: Record) -> float | None:
    """Whether the reader learns the state of the document that is cited as the question's gold.

    Ended or not yet begun: the citation says so, and the notices or the answer say it in words. Otherwise: nothing
    says that it has ended or not begun. None if the gold document is not cited: another measure sees that.
    """
    answer = record.answer
    cited = [c for c in answer.citations if _of_gold_document(question, record, c)]
    if not cited:
        return None
    said = " ".join([answer.answer, *answer.notices])
    states_found = {c.validity.status for c in cited}
    if question.validity in _GONE:
        return float(states_found <= set(_GONE) and bool(_SAYS_GONE.search(said)))
    if question.validity == "not_yet":
        return float(states_found == {"not_yet"} and bool(_SAYS_NOT_YET.search(said)))
    return float(not states_found & {*_GONE, "not_yet"})


def _of_gold_document(question: Question, record: Record, citation: Citation) -> bool:
    clause = record.clauses.get(citation.clause_id)
    if clause is None:
        return False
    names = {*clause.doc_numbers, clause.title}
    return any(gold.doc in names or bears(clause, gold) for gold in question.gold.clauses)
