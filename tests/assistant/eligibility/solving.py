"""A small solver: an applicant who meets all conditions of a programme; and an oracle that judges without the engine."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from assistant.eligibility.catalogue import Catalogue, Entry
from assistant.eligibility.numbers import Range
from assistant.eligibility.profile import Known, Profile
from assistant.eligibility.values import Options, Value
from ingest.knowledge import AtLeast, Condition, Fact

DAY = date(2021, 6, 1)


@dataclass
class Applicant:
    """Plain facts (numbers as Decimal, choices as a set, districts as words) and which statements hold."""

    facts: dict[str, object] = field(default_factory=dict)
    statements: dict[str, bool] = field(default_factory=dict)

    def profile(self, entry: Entry) -> Profile:
        out = Profile({name: Known(_value(value), "") for name, value in self.facts.items()})
        for at, prose in statements(entry.programme.conditions):
            key = f"{entry.clause_id(at) if at else ''}|{prose}"
            (out.confirmed if self.statements.get(prose, True) else out.denied).add(key)
        return out

    def having(self, fact: str, value: object) -> Applicant:
        return Applicant({**self.facts, fact: value}, self.statements)


def _value(plain: object) -> Value:
    if isinstance(plain, bool | str):
        return plain
    return Options(frozenset(plain)) if isinstance(plain, set) else Range.of(plain)  # type: ignore[arg-type]


def statements(condition: Condition) -> Iterator[tuple[str | None, str]]:
    for leaf in condition.leaves():
        if leaf.prose:
            yield leaf.at, leaf.prose


def holds(condition: Condition, applicant: Applicant) -> bool:
    """The oracle: two-valued, over an applicant of whom everything is known."""
    if condition.prose:
        return applicant.statements.get(condition.prose, True)
    if condition.fact:
        return _passes(condition, applicant.facts[condition.fact])
    if condition.not_:
        return not holds(condition.not_, applicant)
    if isinstance(condition.at_least, AtLeast):
        return sum(holds(c, applicant) for c in condition.at_least.of) >= condition.at_least.n
    if condition.any is not None:
        return any(holds(c, applicant) for c in condition.any)
    return all(holds(c, applicant) for c in condition.all or [])


def _passes(test: Condition, value: object) -> bool:
    if isinstance(test.is_, bool):
        return value is test.is_
    wanted = {test.is_} if test.is_ is not None else set(test.in_ or [])
    if wanted:
        return bool((value if isinstance(value, set) else {value}) & wanted)
    assert isinstance(value, Decimal)
    return (
        (test.at_least is None or value >= Decimal(str(test.at_least)))
        and (test.at_most is None or value <= Decimal(str(test.at_most)))
        and (test.more_than is None or value > Decimal(str(test.more_than)))
        and (test.less_than is None or value < Decimal(str(test.less_than)))
    )


Wanted = list[tuple[Condition, bool]]


def ways(condition: Condition, truth: bool) -> Iterator[Wanted]:
    """Sets of single tests that together make a condition true (or false), cheapest first."""
    if condition.fact or condition.prose:
        yield [(condition, truth)]
    elif condition.not_:
        yield from ways(condition.not_, not truth)
    elif isinstance(condition.at_least, AtLeast):
        n = condition.at_least.n if truth else len(condition.at_least.of) - condition.at_least.n + 1
        for some in itertools.combinations(condition.at_least.of, n):
            yield from _together(list(some), truth)
    elif (condition.any is not None) is truth:
        for child in condition.any if condition.any is not None else condition.all or []:
            yield from ways(child, truth)
        if not truth and not condition.all:
            return
    else:
        yield from _together(condition.any if condition.any is not None else condition.all or [], truth)


def _together(children: list[Condition], truth: bool) -> Iterator[Wanted]:
    if not children:
        yield []
        return
    for first in ways(children[0], truth):
        for rest in _together(children[1:], truth):
            yield first + rest


def solve(entry: Entry, catalogue: Catalogue, through: Condition | None = None) -> Applicant | None:
    """An applicant who meets all conditions, by a way that uses one given test if asked for; None if there is none."""
    programme = entry.programme
    for wanted in itertools.islice(ways(programme.conditions, True), 4000):
        if through is not None and not any(test is through for test, _ in wanted):
            continue
        applicant = _meeting(wanted, entry, catalogue)
        if applicant and holds(programme.conditions, applicant):
            return applicant
    return None


def _meeting(wanted: Wanted, entry: Entry, catalogue: Catalogue) -> Applicant | None:
    tests: dict[str, Wanted] = {}
    said: dict[str, bool] = {}
    for test, truth in wanted:
        if test.prose:
            if said.setdefault(test.prose, truth) is not truth:
                return None
        else:
            tests.setdefault(test.fact or "", []).append((test, truth))
    every = {leaf.fact for leaf in entry.programme.conditions.leaves() if leaf.fact}
    facts: dict[str, object] = {}
    for name in every:
        value = _choose(catalogue.facts[name], tests.get(name, []), entry)
        if value is None:
            return None
        facts[name] = value
    return Applicant(facts, said)


def _choose(fact: Fact, tests: Wanted, entry: Entry) -> object | None:
    """A value that passes the tests that must be passed and fails those that must be failed."""
    for value in candidates(fact, entry):
        if all(_passes(test, value) is truth for test, truth in tests):
            return value
    return None


def candidates(fact: Fact, entry: Entry) -> list[object]:
    if fact.type == "boolean":
        return [True, False]
    if fact.type == "choice":
        single: list[object] = [{option} for option in fact.options]
        return single + [set(pair) for pair in itertools.combinations(fact.options, 2)]
    if fact.type == "region":
        return ["余杭区", "上城区", "桐庐县", "富阳区", "萧山区", "临平区"]
    bounds = [
        bound
        for leaf in entry.programme.conditions.leaves()
        if leaf.fact == fact.id
        for bound in [bound_of(leaf)]
        if bound is not None
    ]
    most = Decimal(1) if fact.type == "percent" else Decimal("Infinity")
    steps = (step(fact), Decimal(0), -step(fact))
    near = [bound + change for bound in bounds for change in steps if 0 <= bound + change <= most]
    between = [(a + b) / 2 for a in bounds for b in bounds]
    return [*near, *between, Decimal(0), Decimal(1), Decimal("0.5")]


def bound_of(leaf: Condition) -> Decimal | None:
    for bound in (leaf.at_least, leaf.at_most, leaf.more_than, leaf.less_than):
        if isinstance(bound, float | int):
            return Decimal(str(bound))
    return None


def step(fact: Fact) -> Decimal:
    """The smallest difference that a caller would state."""
    return {"money": Decimal("0.01"), "percent": Decimal("0.0001"), "count": Decimal(1)}.get(
        fact.type, Decimal("0.01")
    )
