"""Eligibility measured on scenarios: `python -m evals.scenarios [FILE]... [--from-sentences] [--wrong]`.

A scenario is one applicant and one programme, written from the documents by people who had not seen the conditions as
data: typed facts, the same in everyday words, and the verdict. Where the facts are typed, what only a person can judge
is confirmed if the scenario says that it is met; from sentences it counts only as far as the words say so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import click
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rich.console import Console
from rich.table import Table

from assistant.eligibility.alike import Alike
from assistant.eligibility.asked import Terms, judged
from assistant.eligibility.benefit import benefits
from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.conditions import Group, Node, leaves
from assistant.eligibility.engine import Outcome, judge
from assistant.eligibility.given import settled
from assistant.eligibility.numbers import Range
from assistant.eligibility.profile import profile_of
from assistant.eligibility.values import Value, parse
from ingest.errors import InputError

SETS = Path(__file__).parent / "scenarios"
Verdict = Literal["eligible", "not_eligible", "undetermined"]


class Failed(BaseModel):
    """What decides against: a fact, or the words of a condition that has none, and its clause."""

    model_config = ConfigDict(extra="forbid")
    fact: str | None = None
    words: str | None = None
    clause: str


class Scenario(BaseModel):
    """One applicant before one programme."""

    model_config = ConfigDict(extra="forbid")
    id: str
    programme: str
    as_of: date
    sentence: str
    facts: dict[str, Any] = Field(default_factory=dict)
    others_met: bool = False
    in_force: bool = True
    verdict: Verdict
    failed: Failed | None = None
    missing: list[str] = Field(default_factory=list)
    benefit: Decimal | None = None
    rests_on: Any = None


@dataclass(slots=True)
class Score:
    """How one scenario went; None where there is nothing to compare."""

    scenario: Scenario
    outcome: Outcome
    right: bool
    told_eligible: bool  # though it is not
    named: bool | None = None  # the condition that fails
    asked: bool | None = None  # for the fact that is missing
    benefit: bool | None = None
    amounts: list[str] = field(default_factory=list)


def load(paths: Iterable[Path] = ()) -> list[Scenario]:
    """The scenarios of some files, or of all bundled ones.

    Raises:
        InputError: a file cannot be read, breaks the format, or two scenarios have the same id.
    """
    found: dict[str, Scenario] = {}
    for path in list(paths) or sorted(SETS.glob("*.yaml")):
        try:
            rows = yaml.safe_load(path.read_text(encoding="utf-8"))["scenarios"]
            some = [Scenario.model_validate(row) for row in rows]
        except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValidationError) as error:
            raise InputError(str(path), f"no readable scenarios ({error})") from error
        for scenario in some:
            if scenario.id in found:
                raise InputError(str(path), f"the id {scenario.id} is there twice")
            found[scenario.id] = scenario
    return list(found.values())


def typed(scenario: Scenario, catalogue: Catalogue) -> Outcome:
    """The verdict from typed facts."""
    entry = catalogue.entry(scenario.programme)
    values = {
        fact: parse(catalogue.facts[fact], value, catalogue.regions, scenario.as_of)
        for fact, value in scenario.facts.items()
    }
    if scenario.others_met:  # what the scenario does not list is met
        missing = set(scenario.missing)
        values |= _met(entry.tree, {*values, *missing, *_instead_of(entry.tree, missing)})
    profile = settled(profile_of(values), entry.tree, scenario.others_met)
    return judge(entry, profile, scenario.as_of, catalogue)


def _instead_of(tree: Node, missing: set[str]) -> set[str]:
    """The facts that would do as well as a missing one: nobody said that they are so."""
    out: set[str] = set()
    groups = [tree]
    while groups:
        node = groups.pop()
        if isinstance(node, Group):
            groups += node.children
            facts = {leaf.fact for leaf in leaves(node) if leaf.fact}
            if node.kind == "any" and facts & missing:
                out |= facts
    return out - missing


def _met(tree: Node, told: set[str]) -> dict[str, Value]:
    """A value that meets its test for each fact that is not told and tested once; ranks stay open."""
    tested = Counter(leaf.fact for leaf in leaves(tree) if leaf.test)
    out: dict[str, Value] = {}
    for leaf in leaves(tree):
        if leaf.test is None or leaf.advance or leaf.fact in told or tested[leaf.fact] > 1:
            continue
        wanted = leaf.test.wanted
        if isinstance(wanted, bool):
            out[leaf.fact] = wanted is not leaf.negated
        elif isinstance(wanted, Decimal) and not leaf.negated and leaf.test.kind in ("at_least", "at_most"):
            out[leaf.fact] = Range.of(wanted)
    return out


def from_sentence(
    scenario: Scenario, catalogue: Catalogue, terms: Terms, alike: Alike | None = None
) -> Outcome:
    """The verdict from the sentence alone, what no pattern foresaw read by the bundled readers unless others are given."""
    entry = catalogue.entry(scenario.programme)
    sentences = [scenario.sentence]
    return judged(sentences, entry, scenario.as_of, catalogue, terms.statements, alike=alike)


def score(scenario: Scenario, outcome: Outcome, catalogue: Catalogue) -> Score:
    """Hold an outcome against what is expected."""
    out = Score(
        scenario,
        outcome,
        outcome.verdict == scenario.verdict,
        outcome.verdict == "eligible" and scenario.verdict != "eligible",
    )
    if scenario.failed:
        leaves = [leaf for c in outcome.failed for leaf in c.deciding]
        facts, clauses = {leaf.fact for leaf in leaves}, {leaf.clause_id.partition("#")[2] for leaf in leaves}
        out.named = (
            scenario.failed.fact in facts if scenario.failed.fact else scenario.failed.clause in clauses
        )
    if scenario.missing:
        asked = {m.leaf.fact for m in outcome.missing if m.leaf.fact}
        out.asked = bool(asked & set(scenario.missing))
    if scenario.benefit is not None:
        amounts = benefits(outcome.entry, outcome.profile, scenario.as_of, catalogue)
        figures = [a.amount.high for a in amounts if a.amount is not None]
        out.benefit = scenario.benefit in figures
        out.amounts = [f"{f}" for f in figures]
    return out


def measure(scenarios: Sequence[Scenario], catalogue: Catalogue, sentences: bool = False) -> list[Score]:
    """Scores of scenarios from typed facts, or from their sentences."""
    terms = Terms(catalogue) if sentences else None
    return [
        score(s, from_sentence(s, catalogue, terms) if terms else typed(s, catalogue), catalogue)
        for s in scenarios
    ]


def shares(scores: Sequence[Score]) -> dict[str, tuple[int, int]]:
    """Measure → (how many hold, of how many)."""

    def share(values: Iterable[bool | None]) -> tuple[int, int]:
        known = [v for v in values if v is not None]
        return sum(known), len(known)

    return {
        "verdict": share(s.right for s in scores),
        "told eligible though not": share(s.told_eligible for s in scores),
        "failed condition named": share(s.named for s in scores),
        "missing fact asked for": share(s.asked for s in scores),
        "benefit": share(s.benefit for s in scores),
    }


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--from-sentences", is_flag=True, help="Read the facts from the sentences.")
@click.option("--wrong", is_flag=True, help="List the scenarios that go wrong.")
def main(files: tuple[Path, ...], from_sentences: bool, wrong: bool) -> None:
    """Measure eligibility and print a table."""
    catalogue = Catalogue.bundled()
    scenarios = load(files)
    scores = measure(scenarios, catalogue, from_sentences)
    table = Table(
        "measure", "holds", "of", "share", title="from sentences" if from_sentences else "typed facts"
    )
    for name, (holds, of) in shares(scores).items():
        table.add_row(name, str(holds), str(of), f"{holds / of:.3f}" if of else "")
    Console(width=100).print(table)
    for s in scores if wrong else ():
        if not s.right or s.named is False or s.asked is False or s.benefit is False:
            missing = [m.leaf.fact or m.leaf.prose for m in s.outcome.missing]
            failed = [leaf.fact or leaf.prose for c in s.outcome.failed for leaf in c.deciding]
            click.echo(
                f"{s.scenario.id} {s.scenario.programme}: {s.scenario.verdict} → {s.outcome.verdict}; failed {failed} "
                f"for {s.scenario.failed}; missing {missing} for {s.scenario.missing}; {s.scenario.benefit} in {s.amounts}"
            )


if __name__ == "__main__":
    main()
