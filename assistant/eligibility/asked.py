"""Eligibility for a question in the chat: which programme, which facts, what verdict, and the words for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from assistant.eligibility.alike import Alike, alike_of
from assistant.eligibility.assuming import assume
from assistant.eligibility.catalogue import Catalogue, Entry, catalogue_in, plain_name
from assistant.eligibility.conditions import leaves, rows
from assistant.eligibility.confirming import Statements, confirm
from assistant.eligibility.derived import derive
from assistant.eligibility.engine import Checked, Judge, Outcome, judge, met_by
from assistant.eligibility.explain import eligibility_json, explained
from assistant.eligibility.logic import State
from assistant.eligibility.meant import Names, programmes_meant
from assistant.eligibility.profile import APPLIED_FOR, SAYS_LITTLE, Known, Profile
from assistant.eligibility.reading import read_facts
from assistant.eligibility.regions import Regions
from assistant.eligibility.values import Range
from assistant.eligibility.wording import worded
from assistant.schema import Turn, told_last
from index.search import Searcher
from index.validity import status_on
from ingest.knowledge import Fact

# Finds further facts in somebody's messages, of those that are wanted: a chat model whose every fact was checked.
Proposer = Callable[[Sequence[str], Sequence[str], Mapping[str, Fact], Regions], dict[str, Known]]

_ASKS = re.compile(
    r"(?:能不能|能否|可不可以|可否|可以|能|会|够|该|好)[^，。；]{0,30}?(?:申请|申报|报|认定|评|拿|领|享受|补|奖|享|算|通过|过|入选|备案|资助|选派|得|入驻|支持)"
    r"|(?:能|可以|行|够|算|会|拿得|领得)[^，。；]{0,24}?(?:吗|么|嘛|不|呢)(?=[，,。；;？?！!\s]|$)|行吗|行不|给不给|有没有份|(?:奖励|补助|资助|补贴)[^，。；]{0,4}有吗|能不能|可不可以|能否|可否"
    r"|够不够|够条件|够格|符合|满足|达标|达到|算不算|是不是能|有资格|有没有资格|够资格|行不行|可以吗|可以吧|能吗|能过|拿得到|领得到|报得了|条件够|是否"
    r"|(?:能|可以)(?:拿|领|得|补|享受)多少|(?:eligible|qualify)"
)
_ASKS_OTHER = re.compile(
    r"什么材料|哪些材料|材料(?:有|要)|流程|怎么(?:申请|申报|报|办|走)|如何(?:申请|申报|办)|哪个部门|找谁|截止|什么时候|几月|有效期|(?:一起|同时|叠加|重复)(?:拿|享受|申请|报|领)|叠加|会怎么?样|什么后果|电话|网址"
)
_CONTINUED = re.compile(r"(?:还不能判断是否|不)?符合“(.+?)”的条件")
_CONDITIONS = re.compile(r"条件|符合|够不够|够格|资格|达标|门槛")
_ABOUT_SOMEONE = re.compile(
    r"公司|企业|单位|机构|团队|医院|学校|我|咱|本(?:公司|企业|单位|行|人)|某|来电|有家|一家|一个企业|客户|企业主|这家|该(?:企业|公司|单位|机构)|他|她|贵司|拟|our|we |my |\bI\b"
)
_ENOUGH = 2  # facts
_SHORT = 40  # characters: all of it is the question
_TELLS = 12  # characters beside what is asked
_TRIED, _LIKELY = 8, 0.4  # programmes, of the best one's score
_PER_FACT, _SMOOTH, _ANOTHER, _VARIANT, _CLOSE = 0.05, 2, 3.0, 0.6, 0.25
_NOT_YET, _GONE = 2.0, 0.3
_OPPOSITE = ({"at_most", "more_than"}, {"less_than", "at_least"})
# Facts by which a document divides its programmes: whoever fails one of these is meant for the next programme.
_OF_VARIANTS = frozenset({"district", "applicant_kind", "scale_class", "carrier_kind", "fund_manager_kind"})


@dataclass(frozen=True, slots=True)
class Result:
    """What the chat gets: the contract's `eligibility`, the words, and the clauses to cite, the deciding ones first."""

    eligibility: dict[str, Any]
    text: str
    clause_ids: list[str]
    outcome: Outcome


class Terms:
    """What is worked out once for a catalogue: the terms of its statements and of its programmes' names."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.statements = Statements(catalogue)
        self.names = Names(catalogue)


def eligibility_for(
    question: str,
    history: Sequence[Turn],
    clause_ids: Sequence[str],
    as_of: date,
    searcher: Searcher,
    propose: Proposer | None = None,
    own_case: bool = False,
) -> Result | None:
    """The verdict that a question asks for, or None.

    None where the question does not ask whether someone qualifies, tells nothing about that someone, or no programme
    rests on what was found. After an open verdict, a message that only tells more is judged with what was told before.

    Args:
        question: as asked.
        history: earlier turns; what the asker told in them counts too.
        clause_ids: clauses found for the question, best first.
        as_of: the day for validity and ages.
        searcher: the index.
        propose: finds facts that are not read from the words by themselves.
        own_case: it is known to ask whether the case that it tells qualifies.

    Raises:
        HangceError: the index has no programmes (it was built by an older version).
    """
    going_on = _CONTINUED.search(told_last(history))
    asks = own_case or asks_for_a_verdict(question)
    if not going_on and not asks:
        return None
    catalogue, terms = _catalogue(searcher)
    messages = [turn.content for turn in history if turn.role == "user"] + [question]
    if going_on and not asks:
        return _continued(going_on[1], messages, as_of, catalogue, terms, propose)
    return verdict_for(messages, clause_ids, as_of, catalogue, terms, propose, own_case)


def _continued(
    name: str,
    messages: Sequence[str],
    as_of: date,
    catalogue: Catalogue,
    terms: Terms,
    propose: Proposer | None,
) -> Result | None:
    """The verdict again after a message that only tells more; None where it tells nothing that bears on it."""
    same = [i for plain, i in catalogue.names() if plain == plain_name(name)]
    if not same:
        return None
    entry = catalogue.entry(same[0])
    proposed = _proposed(propose, messages, [entry], catalogue)
    earlier = {name: known for name, known in proposed.items() if known.words in "\n".join(messages[:-1])}
    before = judged(messages[:-1], entry, as_of, catalogue, terms.statements, earlier).profile
    outcome = judged(messages, entry, as_of, catalogue, terms.statements, proposed)
    if (before.facts, before.confirmed) == (outcome.profile.facts, outcome.profile.confirmed):
        return None
    return _result(outcome, catalogue)


def _result(outcome: Outcome, catalogue: Catalogue) -> Result:
    return Result(
        eligibility_json(outcome, catalogue),
        explained(outcome, catalogue),
        _to_cite(outcome, catalogue),
        outcome,
    )


def asks_for_a_verdict(question: str) -> bool:
    """Whether a question wants to know if someone qualifies, and not only how, when or with what papers."""
    if not _ASKS.search(question):
        return False
    asked = question if len(question) <= _SHORT else worded(question).asked or question
    return not _ASKS_OTHER.search(asked) or bool(_CONDITIONS.search(asked))


def verdict_for(
    messages: Sequence[str],
    clause_ids: Sequence[str],
    as_of: date,
    catalogue: Catalogue,
    terms: Terms,
    propose: Proposer | None = None,
    own_case: bool = False,
) -> Result | None:
    """As `eligibility_for`, over a catalogue; `messages` are the asker's, the question last."""
    outcome = _best(messages, clause_ids, as_of, catalogue, terms, propose, own_case)
    return _result(outcome, catalogue) if outcome else None


def _best(
    messages: Sequence[str],
    clause_ids: Sequence[str],
    as_of: date,
    catalogue: Catalogue,
    terms: Terms,
    propose: Proposer | None,
    own_case: bool,
) -> Outcome | None:
    """The likeliest programme judged: found clauses and names first, then which has its facts told; None in doubt.

    A variant that asks for another kind of project or team than was said is not meant.
    """
    meant = _of_the_day(programmes_meant(messages[-1], clause_ids, catalogue, terms.names), as_of)
    likely = [(entry, score) for entry, score in meant[:_TRIED] if score >= _LIKELY * meant[0][1]]
    about = own_case or any(_ABOUT_SOMEONE.search(m) and len(worded(m).text) >= _TELLS for m in messages)
    rated: list[tuple[float, Outcome]] = []
    proposed = _proposed(propose, messages, [entry for entry, _ in likely], catalogue)
    judgements = [
        (judged(messages, entry, as_of, catalogue, terms.statements, proposed), score)
        for entry, score in likely
    ]
    for outcome, score in judgements:
        entry = outcome.entry
        told = [f for f in entry.facts if f in outcome.profile.facts]
        enough = len(told) + len(outcome.profile.confirmed) >= _ENOUGH or about
        if not enough and not (
            told and outcome.verdict == "not_eligible"
        ):  # one thing may well decide against
            continue
        share = len(told) / (len(entry.facts) + _SMOOTH)
        another = any(leaf.fact in APPLIED_FOR for c in outcome.failed for leaf in c.deciding)
        variant = any(leaf.fact in _OF_VARIANTS for c in outcome.failed for leaf in c.deciding)
        variant = variant or any(_made_for(outcome, other, as_of, catalogue) for other, _ in judgements)
        minus = _ANOTHER * another + _VARIANT * variant
        rated.append((score + share + _PER_FACT * len(told) - minus, outcome))
    rated.sort(key=lambda r: -r[0])
    close = [outcome for rating, outcome in rated if rating >= rated[0][0] - _CLOSE]
    # Where it is not clear which of two is meant, nobody is told that they qualify for the easier one.
    return next((o for o in close if o.verdict != "eligible"), close[0]) if close else None


def _of_the_day(meant: list[tuple[Entry, float]], as_of: date) -> list[tuple[Entry, float]]:
    """Programmes with their scores, lower for those not in force where others are: of two versions the one of the day."""
    status = [status_on(entry.listing, as_of) for entry, _ in meant]
    minus = [_NOT_YET if s == "not_yet" else _GONE if s in ("expired", "superseded") else 0.0 for s in status]
    least = min(minus[:_TRIED], default=0.0)
    out = [(entry, score - less + least) for (entry, score), less in zip(meant, minus, strict=True)]
    return sorted(out, key=lambda m: -m[1])


def _made_for(outcome: Outcome, other: Outcome, as_of: date, catalogue: Catalogue) -> bool:
    """Whether another programme of the same document takes just what this one turns away (assets above the limit)."""
    if other is outcome or other.entry.document_id != outcome.entry.document_id or len(outcome.failed) != 1:
        return False
    judging = Judge(catalogue, outcome.profile, as_of)
    failing = {leaf.fact: leaf for leaf in outcome.failed[0].deciding if leaf.test}
    for leaf in leaves(other.entry.tree):
        against = failing.get(leaf.fact)
        if against is None or leaf.test is None or against.test is None or leaf.negated:
            continue
        apart = isinstance(leaf.test.wanted, frozenset) or {leaf.test.kind, against.test.kind} in _OPPOSITE
        if apart and judging.leaf(leaf) is State.MET:
            return True
    return False


def _proposed(
    propose: Proposer | None, messages: Sequence[str], entries: Sequence[Entry], catalogue: Catalogue
) -> dict[str, Known]:
    """What a proposer finds for some programmes, asked once for all of them."""
    if propose is None or not entries:
        return {}
    wanted = dict.fromkeys(name for entry in entries for name in (*entry.facts, *benefit_facts(entry)))
    return propose(messages, list(wanted), catalogue.facts, catalogue.regions)


def _with_proposed(
    facts: dict[str, Known],
    proposed: Mapping[str, Known],
    wanted: Sequence[str],
    catalogue: Catalogue,
    as_of: date,
) -> dict[str, Known]:
    """Facts that were read, and those proposed that nothing read contradicts; a figure speaks of one thing only."""
    figures = [known.value for known in facts.values() if isinstance(known.value, Range)]
    further = {
        name: known
        for name, known in proposed.items()
        if name in wanted and name not in facts and known.value not in figures
    }
    if not further:
        return facts
    together = facts | further
    derive(together, [], catalogue, as_of, set(wanted))
    return together


def judged(
    messages: Sequence[str],
    entry: Entry,
    as_of: date,
    catalogue: Catalogue,
    statements: Statements,
    proposed: Mapping[str, Known] = MappingProxyType({}),
    alike: Alike | None = None,
) -> Outcome:
    """The verdict on one programme from what somebody said, and from what a proposer found in it.

    `alike` reads what no pattern foresaw; the bundled readers unless given.
    """
    wanted = [*entry.facts, *benefit_facts(entry)]
    read = read_facts(messages, catalogue, as_of, wanted)
    wordings = [worded(message) for message in messages]
    alike = alike or alike_of(catalogue)

    def fails(name: str, known: Known) -> bool:
        judging = Judge(catalogue, Profile(read | {name: known}), as_of)
        with_it = [row for row in rows(entry.tree) if any(leaf.fact == name for leaf in leaves(row))]
        return any(judging.state(row) is State.NOT_MET for row in with_it)

    unforeseen = alike.read(wordings, wanted, read, fails)
    if unforeseen:
        read = read | unforeseen
        derive(read, wordings, catalogue, as_of, set(wanted))
    profile = Profile(_with_proposed(read, proposed, wanted, catalogue, as_of))
    confirm(
        profile, entry, wordings, statements, lambda open_: alike.statements.said(wordings, open_, statements)
    )
    text = "".join(wording.text for wording in wordings)
    assume(profile, entry, Judge(catalogue, profile, as_of), as_of, text)
    outcome = judge(entry, profile, as_of, catalogue)
    if outcome.verdict == "eligible" and not any(_told(c, profile) for c in outcome.conditions):
        profile.assumed.clear()  # nothing was said that speaks for it
        profile.all_else = False
        outcome = judge(entry, profile, as_of, catalogue)
    return outcome


def _told(checked: Checked, profile: Profile) -> bool:
    """Whether something that was said, other than where the applicant is, bears on a condition."""
    said = profile.facts.keys() - SAYS_LITTLE | profile.confirmed | profile.denied
    return any(leaf.key in said for leaf in leaves(checked.node))


def benefit_facts(entry: Entry) -> list[str]:
    """Facts that only the benefit needs."""
    parts = [*entry.programme.benefit, *(tier for b in entry.programme.benefit for tier in b.tiers)]
    facts = [fact for part in parts for fact in part.facts()]
    for benefit in entry.programme.benefit:
        for tier in benefit.tiers:
            facts += [leaf.fact for leaf in tier.when.leaves() if leaf.fact] if tier.when else []
    return list(dict.fromkeys(facts))


def _to_cite(outcome: Outcome, catalogue: Catalogue) -> list[str]:
    """The clauses of what decides, then of the conditions that are met, then of the benefit."""
    clauses = [leaf.clause_id for c in outcome.failed for leaf in c.deciding]
    clauses += [m.leaf.clause_id for m in outcome.missing]
    clauses += [leaf.clause_id for leaf in met_by(outcome, catalogue)]
    clauses += [outcome.entry.clause_id(b.at) for b in outcome.entry.programme.benefit[:1]]
    return [c for c in dict.fromkeys(clauses) if c]


def _catalogue(searcher: Searcher) -> tuple[Catalogue, Terms]:
    """The catalogue of a searcher's generation, with the terms of its names."""
    catalogue = catalogue_in(searcher.generation.folder)
    return catalogue, _terms_of(searcher.generation.folder)


@lru_cache(maxsize=2)
def _terms_of(generation: Path) -> Terms:
    return Terms(catalogue_in(generation))
