"""What is known about one applicant: facts with the words they came from, and statements that a person confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assistant.eligibility.showing import to_json
from assistant.eligibility.values import Value

# What is applied for, not what one is: said in the question itself.
APPLIED_FOR = frozenset(
    {
        "team_kind",
        "research_institute_type",
        "incubator_type",
        "makerspace_type",
        "platform_kind",
        "project_kind",
        "intelligence_project_class",
        "land_use",
        "science_award",
    }
)
# Where somebody is, that it is a company, and what it applies for say nothing of what else it meets.
SAYS_LITTLE = APPLIED_FOR | {
    "district",
    "registered_in_hangzhou",
    "tax_registered_in_hangzhou",
    "main_operations_in_hangzhou",
    "independent_legal_person",
    "applicant_kind",
}


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
    taken to be kept (or not to stand in for a fact) and named as such. `all_else` says that every condition not
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


def profile_of(values: Mapping[str, Value]) -> Profile:
    """A profile of typed facts alone."""
    return Profile({fact: Known(value, "") for fact, value in values.items()})
