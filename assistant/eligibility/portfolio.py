"""What can I get: every programme against one profile, ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from assistant.eligibility.benefit import Amount, Stack, benefits, stacking
from assistant.eligibility.catalogue import Catalogue, Entry, chosen
from assistant.eligibility.conditions import Leaf
from assistant.eligibility.engine import Checked, Outcome, judge
from assistant.eligibility.logic import State
from assistant.eligibility.numbers import Range
from assistant.eligibility.profile import SAYS_LITTLE, Profile
from assistant.eligibility.showing import figure
from assistant.eligibility.values import Test


@dataclass(frozen=True, slots=True)
class Candidate:
    """One programme in the list. `distance` says in Chinese how far the failing condition is from being met."""

    outcome: Outcome
    main: Amount | None
    distance: str = ""

    @property
    def id(self) -> str:
        """The programme's id."""
        return self.outcome.entry.programme.id


@dataclass(slots=True)
class Portfolio:
    """All programmes for one profile: each list best first; `expired` are those whose document no longer holds."""

    eligible: list[Candidate] = field(default_factory=list)
    nearly: list[Candidate] = field(default_factory=list)
    open: list[Candidate] = field(default_factory=list)
    expired: list[Candidate] = field(default_factory=list)
    not_eligible: int = 0
    stacks: list[Stack] = field(default_factory=list)


def portfolio(
    catalogue: Catalogue,
    profile: Profile,
    day: date,
    district: str | None = None,
    applicant: str | None = None,
    only: Sequence[Entry] | None = None,
) -> Portfolio:
    """All programmes against a profile.

    Args:
        catalogue: the programmes.
        profile: what is known of the applicant.
        day: for which validity and ages are judged.
        district: only programmes of this district and of the whole city.
        applicant: only programmes for this kind of applicant.
        only: these programmes instead of all.
    """
    found = Portfolio()
    for entry in chosen(catalogue.entries() if only is None else only, district, applicant):
        outcome = judge(entry, profile, day, catalogue)
        if outcome.verdict == "not_eligible" and len(outcome.failed) > 1:
            found.not_eligible += 1
            continue
        if outcome.verdict == "undetermined" and not _touched(outcome):
            continue  # nothing that was said bears on it
        if outcome.verdict == "not_eligible" and not _near(outcome):
            found.not_eligible += 1
            continue
        amounts = benefits(entry, profile, day, catalogue)
        candidate = Candidate(outcome, amounts[0] if amounts else None, _distance(outcome, catalogue))
        if not outcome.in_force and outcome.validity != "unknown":
            found.expired.append(candidate)
        elif outcome.verdict == "eligible":
            found.eligible.append(candidate)
        elif outcome.verdict == "not_eligible":
            found.nearly.append(candidate)
        else:
            found.open.append(candidate)
    found.eligible.sort(key=lambda c: -_worth(c))
    found.nearly.sort(key=lambda c: (_unknown(c.outcome), _gap(c.outcome)))
    found.open.sort(key=lambda c: (_unknown(c.outcome) / max(1, len(c.outcome.conditions)), -_worth(c)))
    found.expired.sort(key=lambda c: (c.outcome.verdict != "eligible", _unknown(c.outcome)))
    found.stacks = stacking([c.outcome for c in found.eligible], {c.id: c.main for c in found.eligible})
    return found


def _touched(outcome: Outcome) -> bool:
    """Whether a fact of the profile, other than where and what the applicant is, bears on the programme."""
    facts = outcome.profile.facts.keys() - SAYS_LITTLE
    return any(fact in facts for fact in outcome.entry.facts)


def _near(outcome: Outcome) -> bool:
    """Whether the one failing condition is a figure that may still be reached, and most of the rest is known to be met."""
    leaf = _failing(outcome.failed[0])
    if leaf is None or leaf.test is None or leaf.negated or not isinstance(leaf.test.wanted, Decimal):
        return False
    met = sum(c.state is State.MET for c in outcome.conditions)
    facts_unknown = sum(
        c.state is State.UNKNOWN and any(x.fact for x in c.deciding) for c in outcome.conditions
    )
    return met > 0 and facts_unknown <= met


def _failing(checked: Checked) -> Leaf | None:
    return checked.deciding[0] if len({leaf.key for leaf in checked.deciding}) == 1 else None


def _gap(outcome: Outcome) -> Decimal:
    """How far the failing figure is from its bound, as a share of the bound."""
    leaf = _failing(outcome.failed[0])
    test = leaf.test if leaf else None
    given = outcome.profile.value(leaf.fact) if leaf else None
    if test is None or not isinstance(given, Range) or not isinstance(test.wanted, Decimal):
        return Decimal(10)
    reached = given.high if test.kind in ("at_least", "more_than") else given.low
    return abs(test.wanted - (reached or Decimal(0))) / (abs(test.wanted) or Decimal(1))


def _distance(outcome: Outcome, catalogue: Catalogue) -> str:
    """`还差10万元`, `超出0.5年`; "" where there is no figure."""
    if outcome.verdict != "not_eligible":
        return ""
    leaf = _failing(outcome.failed[0])
    test: Test | None = leaf.test if leaf else None
    given = outcome.profile.value(leaf.fact) if leaf else None
    if leaf is None or test is None or not isinstance(given, Range) or not isinstance(test.wanted, Decimal):
        return ""
    fact = catalogue.facts[leaf.fact]
    if test.kind in ("at_least", "more_than"):
        if given.high is None:
            return ""
        missing = test.wanted - given.high
        return f"还差{figure(fact, missing)}" if missing else "要再多一点（须超过，不能刚好）"
    if given.low is None or given.low.is_infinite():
        return ""
    surplus = given.low - test.wanted
    return f"超出{figure(fact, surplus)}" if surplus else "要再少一点（不能刚好）"


def _unknown(outcome: Outcome) -> int:
    return sum(c.state is State.UNKNOWN for c in outcome.conditions)


def _worth(candidate: Candidate) -> Decimal:
    most = candidate.main.most if candidate.main else None
    return Decimal(0) if most is None else most
