"""A verdict of the eligibility engine as statements with their clauses, and what must be said beside it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.composer import Draft
from assistant.own_case import OWN_CASE, asks_of_one_case
from assistant.schema import Turn, told_last
from assistant.understanding import Understanding
from index.search import Searcher
from index.store import StoredClause
from ingest.errors import HangceError
from ingest.text import canonical

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from assistant.eligibility.asked import Result

_CONDITIONS_CITED = 6
_DEPENDING = ("amount", "eligibility", None)
_OF_THE_DOCUMENT = ("validity", "definition")  # an open verdict would stand before the answer
_MISSING_CITED = 3
_RULES_TOLD, _RULE_ROOM = 2, 150  # clauses of failed conditions that are told in all, and characters of one
_FIRST, _VERY_FIRST = 5, 3  # clauses found
_TOLD = 2  # facts
_FEW_WORDS = 14  # characters
_CLEARLY_OWN_CASE = (
    0.75  # from where no question that has no answer was taken for a case, on development questions
)
_FIRST_PERSON = re.compile(r"我|咱|本(?:公司|企业|单位|人)|\b(?:I|we|our|my)\b", re.IGNORECASE)
_MAY_ASK = re.compile(
    r"能|可以|可否|够|好|符合|满足|达标|达到|算|资格|行|吗|么|吧|不|是否|给|有没有|拿|领|得|会|该|eligib|qualif|can ",
    re.IGNORECASE,
)
_MEASURE = "名|位|人|家|个(?!月|工作日|小时|百分点)|件|项|场|次"
_COUNTED = re.compile(rf"(?:不少于|不超过|超过|少于)(\d+)({_MEASURE})(?=[，。；])")
VERDICT_TOLD = re.compile(r"符合“.+?”的条件")
YES_OR_NO = re.compile(
    r"能不能|能否|可不可以|可否|够不够|够(?:格|条件|资格)|够申|算不算|行不行|符(?:不符)?合|达标|是否|有(?:没有)?资格|"
    r"(?:能|可以|可|会|算|够|该|还|行)[^，。；？?]{0,24}(?:吗|么|嘛|不|呀|吧)[？?。!！\s]*$|(?:吗|么|嘛)[？?]|吧[？?]?$|拿得到|报得了|qualify|eligible|can (?:i|we|my|our) "
)


@dataclass(slots=True)
class Qualified:
    """Whether somebody qualifies: statements, remarks beside them, and the contract's `eligibility`.

    `decides` says that so much was told that the verdict is the answer even where no clause seems to be one; `asked`
    that one case is so clearly asked of that even an open verdict is, unless something speaks against the clauses.
    """

    draft: Draft
    decides: bool
    asked: bool
    remarks: list[str]
    eligibility: dict[str, Any]


def qualified(
    understanding: Understanding,
    history: Sequence[Turn],
    clause_ids: Sequence[str],
    searcher: Searcher,
    model: BaseChatModel | None = None,
) -> Qualified | None:
    """The verdict that a question asks for; None where it asks for none, or none can be told.

    A model may find further facts in the words, where it is set to (`HANGCE_MODEL_FACTS`).
    """
    going_on = bool(VERDICT_TOLD.search(told_last(history)))
    hints = understanding.hints
    # A few words that lean on the conversation tell no case: 不是，我指的是18年那个.
    elliptic = bool(hints.context) and hints.leaning == 1 and len(hints.text) <= _FEW_WORDS
    likely = 0.0 if elliptic else asks_of_one_case(understanding.question)
    own_case = likely >= OWN_CASE
    asks = own_case or bool(YES_OR_NO.search(understanding.question))
    # What somebody gets depends on the conditions too; other questions only happen to tell something.
    of_one = understanding.hints.kind in _DEPENDING and bool(_FIRST_PERSON.search(understanding.question))
    if not going_on and not own_case and not (_MAY_ASK.search(understanding.question) and (asks or of_one)):
        return None  # without loading the engine, which a single question from the command line would feel
    from assistant.eligibility.asked import eligibility_for  # reads all programmes, when first needed
    from assistant.model_facts import configured_proposer

    propose = configured_proposer(model, understanding.as_of)
    try:
        # A fact may stand in what seems said around.
        message = understanding.said or understanding.question
        result = eligibility_for(
            message, history, clause_ids, understanding.as_of, searcher, propose, own_case
        )
    except HangceError:  # an index of an older version: clauses still answer
        return None
    if result is None:
        return None
    if going_on:
        return _told(result, searcher)  # one thing more, or another, is told
    depends = of_one and result.outcome.verdict != "undetermined"
    if result.outcome.verdict == "eligible":
        depends = depends and understanding.hints.kind in _DEPENDING[:2]
    if not depends and not asks:
        return None
    if (
        not own_case
        and result.outcome.verdict != "not_eligible"
        and len(result.outcome.profile.facts) < _TOLD
    ):
        return None  # hardly anything is known of who asks: the clause says more than a verdict
    if result.outcome.verdict == "undetermined" and (
        understanding.hints.kind in _OF_THE_DOCUMENT
        or not _among_the_first(result, clause_ids[: _FIRST if _bears_on_it(result) else _VERY_FIRST])
    ):
        return None
    told = _told(result, searcher)
    if told and likely >= _CLEARLY_OWN_CASE and result.outcome.verdict != "eligible":
        told.asked = _among_the_first(result, clause_ids[:_VERY_FIRST])
    return told


def _bears_on_it(result: Result) -> bool:
    """Whether anything was told that a condition asks about, beside where somebody is."""
    from assistant.eligibility.profile import SAYS_LITTLE

    profile = result.outcome.profile
    return bool(
        profile.facts.keys() - SAYS_LITTLE or profile.confirmed or profile.denied or profile.not_known
    )


def _among_the_first(result: Result, clause_ids: Sequence[str]) -> bool:
    """Whether the programme is of a document that was found first: else its open conditions are beside the point."""
    found = {clause_id.split("#", 1)[0] for clause_id in clause_ids}
    return bool(result.clause_ids) and result.clause_ids[0].split("#", 1)[0] in found


def _as_few(clauses: Sequence[StoredClause], searcher: Searcher) -> list[str]:
    """Clause ids in the order of the document; the article over them stands for its points where they are too many."""
    ordered = sorted(clauses, key=lambda c: (c.document_id, c.position))
    ids = [c.clause_id for c in ordered]
    if len(ids) <= _CONDITIONS_CITED:
        return ids
    over = {c.clause_id: f"{c.document_id}#{c.parent}" for c in ordered if c.parent}
    over = {point: article for point, article in over.items() if searcher.store.clauses([article])}
    while len(ids) > _CONDITIONS_CITED and over:
        article, points = Counter(over.values()).most_common(1)[0]
        if points == 1 and article not in ids:
            break
        ids = list(dict.fromkeys(article if over.get(i) == article else i for i in ids))
        over = {point: a for point, a in over.items() if a != article}
    return ids


def _as_counted(said: str, clauses: Sequence[StoredClause]) -> str:
    """What is said of a failed condition, its things counted in the clause's measure word (3名, 3家) instead of ours."""
    required = _COUNTED.search(said)
    if not required:
        return said
    held = canonical(" ".join(f"{c.gist} {c.text}" for c in clauses))
    if re.search(rf"(?<!\d){required[1]}{required[2]}", held):
        return said
    measure = re.search(rf"(?<![\d.]){required[1]}({_MEASURE})", held)
    if not measure:
        return said
    return re.sub(rf"(\d){required[2]}(?![^\s，。；])", rf"\g<1>{measure[1]}", said)


def _rules_of(cited: Sequence[Sequence[str]], clauses: Sequence[StoredClause]) -> list[tuple[str, list[str]]]:
    """What the clauses of failed conditions say in all, as far as there is room: who falls short asks what else is wanted."""
    gists = {c.clause_id: c.gist for c in clauses}
    wanted = dict.fromkeys(i for ids in cited for i in ids if 0 < len(gists.get(i, "")) <= _RULE_ROOM)
    return [(f"这一条的规定：{gists[i]}", [i]) for i in list(wanted)[:_RULES_TOLD]]


def _told(result: Result, searcher: Searcher) -> Qualified | None:
    from assistant.eligibility.catalogue import catalogue_in
    from assistant.eligibility.explain import MET, figures_held

    outcome, catalogue = result.outcome, catalogue_in(searcher.generation.folder)
    benefit = result.eligibility["benefit"]
    wanted = [*result.clause_ids, *([benefit["clause_id"]] if benefit else [])]
    clauses_held = searcher.store.clauses(wanted)
    held = {c.clause_id for c in clauses_held}
    cited = [i for i in result.clause_ids if i in held]
    if not cited:
        return None
    lines = result.text.split("\n")
    statements: list[tuple[str, list[str]]] = []
    verdict, rest = lines[0], lines[1:]
    if rest and rest[0].startswith(MET):
        clauses = [leaf.clause_id for leaf in figures_held(outcome, catalogue) if leaf.clause_id in held]
        statements.append((rest.pop(0), list(dict.fromkeys(clauses))[:_CONDITIONS_CITED] or cited[:1]))
    for checked in outcome.failed:
        clauses = [leaf.clause_id for leaf in checked.deciding if leaf.clause_id in held]
        of_failed = list(dict.fromkeys(clauses)) or cited[:1]
        stand_in = [c for c in clauses_held if c.clause_id in of_failed]
        statements.append((_as_counted(rest.pop(0), stand_in), of_failed))
    if outcome.verdict == "undetermined":
        clauses = [m.leaf.clause_id for m in outcome.missing if m.leaf.clause_id in held]
        statements.append((rest.pop(0), list(dict.fromkeys(clauses))[:_MISSING_CITED] or cited[:1]))
    if outcome.verdict != "not_eligible" and benefit and benefit["clause_id"] in held:
        statements.append((rest.pop(0), [benefit["clause_id"]]))
    if outcome.verdict == "eligible":
        paid = benefit["clause_id"] if benefit else None
        met = [c for c in clauses_held if c.clause_id in cited and c.clause_id != paid]
        clauses = _as_few(met, searcher)[:_CONDITIONS_CITED] or cited[:1]
    else:
        clauses = statements[0][1]
    if outcome.verdict == "not_eligible":
        statements += _rules_of([ids for _, ids in statements], clauses_held)
    decides = outcome.verdict != "undetermined" and len(outcome.profile.facts) > _TOLD
    if statements and outcome.verdict != "eligible":  # what decides is the verdict's other half
        (reason, _), *others = statements
        return Qualified(
            Draft([(verdict + reason, clauses), *others]), decides, False, rest, result.eligibility
        )
    return Qualified(Draft([(verdict, clauses), *statements]), decides, False, rest, result.eligibility)
