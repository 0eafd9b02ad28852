"""What is known about one applicant: facts with the words they came from, and statements that a person confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.eligibility.conditions import Node, leaves
from assistant.eligibility.values import Value, to_json


@dataclass(frozen=True, slots=True)
class Known:
    """One fact. `words` is what was said, `how` the arithmetic where it was worked out from other facts."""

    value: Value
    words: str = ""
    how: str = ""


@dataclass(slots=True)
class Profile:
    """An applicant.

    `confirmed` and `denied` hold keys of statements (`Leaf.key`) or clause ids; `assumed` those of statements that are
    taken to be kept and named as such. `all_else` says that every condition not
    spoken of is met. `not_known` are facts that the applicant said they do not know. `sanctions` is set where a past
    sanction was spoken of, so that nothing about it may be taken for granted.
    """

    facts: dict[str, Known] = field(default_factory=dict)
    confirmed: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    not_known: set[str] = field(default_factory=set)
    assumed: set[str] = field(default_factory=set)
    all_else: bool = False
    sanctions: bool = False

    def value(self, fact: str) -> Value | None:
        """The value of a fact, if it is known."""
        known = self.facts.get(fact)
        return known.value if known else None

    def read(self) -> list[dict[str, Any]]:
        """The facts as the answer shows them."""
        out = []
        for fact, known in self.facts.items():
            entry = {"fact": fact, "value": to_json(known.value), "from": known.words}
            if known.how:
                entry["arithmetic"] = known.how
            out.append(entry)
        return out


def settled(profile: Profile, tree: Node, everything: bool) -> Profile:
    """The profile with what was confirmed in a form's words (a clause `第八条（一）`, or the statement itself) as keys.

    Args:
        profile: `confirmed`, `denied` and `not_known` hold clauses, statements or keys.
        tree: the conditions of a programme.
        everything: whether every statement of it is confirmed; what it excludes is then denied. A rank or quota that
            nobody can know before stays open.
    """
    out = replace(
        profile,
        confirmed=set(profile.confirmed),
        denied=set(profile.denied),
        not_known=set(profile.not_known),
    )
    for leaf in leaves(tree):
        if not leaf.prose:
            continue
        names = {leaf.prose, leaf.text, leaf.clause_id.partition("#")[2]}
        if profile.denied & names:
            (out.confirmed if leaf.text in profile.denied and leaf.negated else out.denied).add(leaf.key)
        elif profile.confirmed & names:
            by_statement = leaf.prose in profile.confirmed
            (out.denied if leaf.negated and not by_statement else out.confirmed).add(leaf.key)
        elif profile.not_known & names:
            out.not_known.add(leaf.key)
        elif everything and not leaf.advance:
            (out.denied if leaf.negated else out.confirmed).add(leaf.key)
    return out


def profile_of(values: Mapping[str, Value]) -> Profile:
    """A profile of typed facts alone."""
    return Profile({fact: Known(value, "") for fact, value in values.items()})
