"""Train the reading of facts by likeness: `python -m evals.train_likeness [--write]`.

Learned from are the scenarios whose typed facts stand beside their sentences, without those that are held back; what
their words say of a fact becomes a further phrase of it. Reported is what is read in scenarios of documents that the
phrases and the weights have not seen (five folds).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from assistant.eligibility.alike import Alike
from assistant.eligibility.asked import Terms, benefit_facts
from assistant.eligibility.assigning import figures_in
from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.conditions import leaves
from assistant.eligibility.confirming import Statements
from assistant.eligibility.likely_figures import FIGURE_FEATURES, FigureGuess, LikelyFigures, around_figure
from assistant.eligibility.likely_statements import STATEMENT_FEATURES, LikelyStatements, readable
from assistant.eligibility.likeness import (
    FEATURES,
    MODEL,
    NO,
    SILENT,
    SORTS,
    YES,
    Guess,
    Likeness,
    chance_of,
    merged,
    negated,
    phrases_of,
    sort_of,
)
from assistant.eligibility.numbers import Range
from assistant.eligibility.reading import read_facts
from assistant.eligibility.values import Options, Value, parse
from assistant.eligibility.wording import Wording, worded
from evals.scenarios import SETS, Scenario, from_sentence, load, score, shares

LEARNED_FROM = ("first", "third", "fourth", "fifth")
FOLDS, ROUNDS = 5, 3
PRECISION = 0.97
# Share of the scenarios that leave a fact out in which it may be read all the same. A yes makes people eligible: hardly any.
STRAYED = {"yes": 0.005, "no": 0.005, "choice": 0.01, "figure": 0.01}
LEAST = {"yes": 0.9, "no": 0.7, "choice": 0.9, "figure": 0.5}  # no threshold is lower, whatever the folds say
ENOUGH = 20
NEAREST, ANY_OTHERS = 8, 6  # statements of other programmes held against each scenario
MISREAD = 0.01  # of those that may count as said
_PRODUCT, _HELD = STATEMENT_FEATURES.index("product"), STATEMENT_FEATURES.index("held")
DECAY = 2.0
STRANGE = 12  # facts of other programmes held against each scenario
MOST_PHRASES = 24  # learned for one fact
SURE = 0.9  # chance at which what no pattern read becomes a phrase
MISTAKEN = 0.3  # chance at which what a scenario left out would nearly be read
_TOO_LONG = 28  # characters of a learned phrase
_NOT_SAID_WORTH, _STRANGE_WORTH = 3.0, 0.5


@dataclass(slots=True)
class Case:
    """A scenario made ready: what it says, what its facts are, and what the patterns read."""

    scenario: Scenario
    wording: Wording
    facts: list[str]
    values: dict[str, frozenset[str]]  # of yes-or-no facts and choices
    figures: dict[str, Range]
    told: dict[str, str]  # fact → the words that a pattern read it from, where rightly
    group: str


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A guess on a figure and whether it is right."""

    guess: FigureGuess
    right: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A guess and whether it is right; `bag` names the fact of the scenario that it is about."""

    guess: Guess
    right: bool
    bag: tuple[str, str, str]
    worth: float


def cases(scenarios: Iterable[Scenario], catalogue: Catalogue) -> list[Case]:
    """Scenarios made ready."""
    out = []
    for scenario in scenarios:
        entry = catalogue.entry(scenario.programme)
        facts = list(dict.fromkeys([*entry.facts, *benefit_facts(entry)]))
        read = read_facts([scenario.sentence], catalogue, scenario.as_of, facts)
        values, figures, told = {}, {}, {}
        for name, given in scenario.facts.items():
            fact = catalogue.facts[name]
            value = parse(fact, given, catalogue.regions, scenario.as_of)
            if fact.type in ("boolean", "choice"):
                values[name] = held(value)
                if name in read and read[name].value == value:
                    told[name] = read[name].words
            elif isinstance(value, Range):
                figures[name] = value
                seen = read[name].value if name in read else None
                if isinstance(seen, Range) and _same(seen, value):
                    told[name] = read[name].words
        out.append(Case(scenario, worded(scenario.sentence), facts, values, figures, told, entry.document_id))
    return out


def held(value: Value) -> frozenset[str]:
    """A value as phrases have it: what it says, and of several options all."""
    if isinstance(value, Options):
        return value.held
    return frozenset({YES if value is True else NO})


def rows_of(case: Case, reader: Likeness, strange: Sequence[str] = ()) -> list[Row]:
    """All guesses over a scenario, right where the typed facts say the same.

    What the scenario left out is told nowhere; facts of other programmes (`strange`) are taken not to be.
    """
    wanted = [f for f in case.facts if f in case.values or f in case.scenario.missing]
    out = []
    for guess in reader.guesses([case.wording], wanted, case.facts):
        right = guess.value in case.values.get(guess.fact, ())
        worth = _NOT_SAID_WORTH if guess.fact in case.scenario.missing else 1.0
        out.append(Row(guess, right, (case.scenario.id, guess.fact, guess.value), worth))
    others = [f for f in strange if f not in case.facts and f not in case.values]
    for guess in reader.guesses([case.wording], others, case.facts):
        out.append(Row(guess, False, (case.scenario.id, guess.fact, guess.value), _STRANGE_WORTH))
    return out


def learned(
    some: Sequence[Case], reader: Likeness | None, sure: float = SURE
) -> dict[str, list[tuple[str, str]]]:
    """What the scenarios say of their facts: clauses that a pattern read rightly, and those that a reader is sure of."""
    out: dict[str, list[tuple[str, str]]] = {}
    for case in some:
        clauses = [c.strip("，。；、！？ ") for c in case.wording.clauses]
        for name, value in case.values.items():
            words = case.told.get(name, "")
            found = [c for c in clauses if words and words in c and len(c) <= _TOO_LONG]
            others = [
                w
                for f, w in case.told.items()
                if f != name and f in case.values and w and found and w in found[0]
            ]
            if found:
                out.setdefault(name, []).append((min(value), words.strip("，。；、") if others else found[0]))
        if reader is None:
            continue
        for guess in reader.guesses([case.wording], case.scenario.missing, case.facts):
            if reader.chance(guess) >= MISTAKEN and len(guess.words) <= _TOO_LONG:
                out.setdefault(guess.fact, []).append((SILENT, guess.words))
        rest = [f for f in case.facts if f in case.values and f not in case.told]
        for guess in reader.guesses([case.wording], rest, case.facts):
            right = guess.value in case.values[guess.fact]
            other = any(words in guess.words for f, words in case.told.items() if f != guess.fact and words)
            other = other or "，" in guess.words  # of two clauses together one may say nothing of it
            if right and not other and reader.chance(guess) >= sure and len(guess.words) <= _TOO_LONG:
                out.setdefault(guess.fact, []).append((guess.value, guess.words))
    return {name: _varied(list(dict.fromkeys(some))) for name, some in out.items()}


def _varied(phrases: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """At most so many phrases of a fact, chosen by their own hash so that no order matters; denials all stay."""
    rare = [p for p in phrases if p[0] in (NO, SILENT) or negated(p[1])]
    rest = sorted((p for p in phrases if p not in rare), key=lambda p: zlib.crc32(p[1].encode()))
    return [*rare[:MOST_PHRASES], *rest[: max(0, MOST_PHRASES - len(rare))]]


def fit(rows: Sequence[Row]) -> NDArray[np.float64]:
    """Weights by logistic regression; of several clauses for the same value the likeliest counts, found anew each round."""
    x = np.array([row.guess.features for row in rows])
    y = np.array([float(row.right) for row in rows])
    worth = np.array([row.worth for row in rows])
    bags: dict[tuple[str, str, str], list[int]] = {}
    for at, row in enumerate(rows):
        bags.setdefault(row.bag, []).append(at)
    score = x[:, FEATURES.index("both")]
    weights = np.zeros(len(FEATURES) + 1)
    for _ in range(ROUNDS):
        chosen = np.array([max(some, key=lambda i: score[i]) for some in bags.values()])
        weights = _newton(x[chosen], y[chosen], worth[chosen])
        score = x @ weights[:-1] + weights[-1]
    return weights


def _newton(
    x: NDArray[np.float64], y: NDArray[np.float64], worth: NDArray[np.float64]
) -> NDArray[np.float64]:
    x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    spread = np.maximum(x.std(axis=0), 0.05)
    spread[-1] = 1.0
    scaled = x / spread
    decay = np.full(x.shape[1], DECAY)
    decay[-1] = 0.0
    weights = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(scaled @ weights, -30, 30)))
        gradient = scaled.T @ (worth * (p - y)) + decay * weights
        curve = (
            (scaled * (worth * p * (1 - p))[:, None]).T @ scaled
            + np.diag(decay)
            + 1e-9 * np.eye(len(weights))
        )
        step = np.linalg.solve(curve, gradient)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    return weights / spread


def figure_rows(case: Case, reader: LikelyFigures) -> list[FigureRow]:
    """All figures of a scenario held against its programme's facts, right where the typed facts say the same."""
    return [
        FigureRow(g, case.figures.get(g.fact) is not None and _same(g.value, case.figures[g.fact]))
        for g in reader.guesses(case.wording, case.facts, figures_in(case.wording))
    ]


def _same(said: Range, typed: Range) -> bool:
    """Whether a figure as said is the typed one, or a rough form of it."""
    exact = typed.exact
    if said == typed or exact is None:
        return said == typed
    low, high = said.low, said.high
    return (low is None or low <= exact) and (high is None or exact <= high) and said != Range(None, None)


def learned_figures(some: Sequence[Case], reader: LikelyFigures) -> dict[str, list[tuple[str, str]]]:
    """The clauses in which the scenarios say their figures, with a hole in the figure's place."""
    out: dict[str, list[tuple[str, str]]] = {}
    for case in some:
        figures = figures_in(case.wording)
        around = {(f.sentence, f.start): around_figure(case.wording, f, figures)[0] for f in figures}
        right: dict[str, list[str]] = {}
        for row in figure_rows(case, reader):
            if row.right:
                right.setdefault(row.guess.fact, []).append(around[row.guess.place])
        for name, texts in right.items():
            if len(texts) == 1 and len(texts[0]) <= _TOO_LONG:  # the same number twice may be another's
                out.setdefault(name, []).append(("", texts[0]))
    return {name: _varied(list(dict.fromkeys(some_))) for name, some_ in out.items()}


def strange_to(case: Case, catalogue: Catalogue) -> list[str]:
    """Some facts of other programmes, the same ones each time."""
    names = [n for n, f in catalogue.facts.items() if f.type in ("boolean", "choice")]
    return sorted(names, key=lambda n: zlib.crc32(f"{case.scenario.id} {n}".encode()))[:STRANGE]


def trained(some: Sequence[Case], catalogue: Catalogue) -> Likeness:
    """A reader that has seen these scenarios only, its threshold left at one."""
    written = phrases_of()
    halves = [[c for c in some if zlib.crc32(c.group.encode()) % 2 == h] for h in (0, 1)]
    rows: list[Row] = []
    for h in (0, 1):  # how well phrases fit words that they do not come from
        reader = Likeness(
            catalogue, merged(written, learned(halves[1 - h], None)), np.zeros(len(FEATURES) + 1)
        )
        for case in halves[h]:
            rows += rows_of(case, reader, strange_to(case, catalogue))
    weights = fit(rows)
    first = Likeness(catalogue, merged(written, learned(some, None)), weights)
    return Likeness(catalogue, merged(written, learned(some, first)), weights)


def trained_figures(some: Sequence[Case], catalogue: Catalogue) -> LikelyFigures:
    """A reader of figures that has seen these scenarios only, its threshold left at one."""
    written = phrases_of()
    halves = [[c for c in some if zlib.crc32(c.group.encode()) % 2 == h] for h in (0, 1)]
    nothing = LikelyFigures(
        Likeness(catalogue, written, np.zeros(len(FEATURES) + 1)),
        np.zeros(len(FIGURE_FEATURES) + 1),
        1.0,
    )
    rows: list[FigureRow] = []
    for h in (0, 1):
        phrases = merged(written, learned_figures(halves[1 - h], nothing))
        reader = replace(nothing, likeness=Likeness(catalogue, phrases, nothing.likeness.weights))
        for case in halves[h]:
            rows += figure_rows(case, reader)
    weights = _newton(
        np.array([row.guess.features for row in rows]),
        np.array([float(row.right) for row in rows]),
        np.ones(len(rows)),
    )
    phrases = merged(written, learned_figures(some, nothing))
    return LikelyFigures(Likeness(catalogue, phrases, nothing.likeness.weights), weights, 1.0)


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement held against a scenario: its features, and whether it is one of the scenario's own programme."""

    prose: str
    features: tuple[float, ...]
    own: bool
    case: Case


def statement_rows(
    some: Sequence[Case], reader: LikelyStatements, catalogue: Catalogue, statements: Statements
) -> list[StatementRow]:
    """Statements of each scenario's programme, taken to be said where all are met, and as many or more of others.

    Those of other documents are the ones most like what was said, and some drawn at random, the same ones each time.
    """
    documents: dict[str, set[str]] = {}
    for entry in catalogue.entries():
        for leaf in leaves(entry.tree):
            if leaf.prose:
                documents.setdefault(leaf.prose, set()).add(entry.document_id)
    out = []
    for case in some:
        if not case.scenario.others_met or (case.scenario.failed and case.scenario.failed.words):
            continue
        entry = catalogue.entry(case.scenario.programme)
        own = list(dict.fromkeys(leaf.prose for leaf in leaves(entry.tree) if readable(leaf)))
        for prose, features in zip(own, reader.features([case.wording], own, statements), strict=True):
            if features is not None:
                out.append(StatementRow(prose, features, True, case))
        strange = sorted(prose for prose, of in documents.items() if entry.document_id not in of)
        held_ = reader.features([case.wording], strange, statements)
        rows = [StatementRow(p, f, False, case) for p, f in zip(strange, held_, strict=True) if f is not None]
        rows.sort(key=lambda r: -r.features[_PRODUCT] - r.features[_HELD])
        rest = sorted(rows[NEAREST:], key=lambda r: zlib.crc32(f"{case.scenario.id} {r.prose}".encode()))
        out += [*rows[:NEAREST], *rest[:ANY_OTHERS]]
    return out


def fit_statements(rows: Sequence[StatementRow]) -> NDArray[np.float64]:
    """Weights that tell a programme's own statements from others."""
    x, y = np.array([r.features for r in rows]), np.array([float(r.own) for r in rows])
    return _newton(x, y, np.ones(len(rows)))


def cross_validated_statements(rows: Sequence[StatementRow]) -> list[NDArray[np.float64]]:
    """For each fold the weights that have not seen its documents."""
    of = folds([row.case for row in rows])
    return [fit_statements([r for r, f in zip(rows, of, strict=True) if f != fold]) for fold in range(FOLDS)]


def statement_threshold(rows: Sequence[StatementRow], weights: Sequence[NDArray[np.float64]]) -> float:
    """The chance that so few statements of other programmes reach as may be mistaken."""
    of = folds([row.case for row in rows])
    others = [chance_of(weights[f], r.features) for r, f in zip(rows, of, strict=True) if not r.own]
    return float(np.quantile(others, 1 - MISREAD))


def folds(some: Sequence[Case]) -> list[int]:
    """The fold of each case: all of one document together."""
    return [zlib.crc32(f"fold {c.group}".encode()) % FOLDS for c in some]


@dataclass(slots=True)
class Reading:
    """What was read for one fact of a scenario that had not been seen, with its chance."""

    chance: float
    right: bool
    hidden: bool  # the scenario left it out
    unread: bool  # by the patterns
    case: Case
    guess: Guess | FigureGuess


def figure_readings(some: Sequence[Case], readers: Sequence[LikelyFigures]) -> list[Reading]:
    """The likeliest fact of each figure of each case, no fact twice, by the reader that has not seen its document."""
    out: list[Reading] = []
    for case, reader in zip(some, readers, strict=True):
        rated = sorted(((reader.chance(r.guess), r) for r in figure_rows(case, reader)), key=lambda r: -r[0])
        facts, places = set(), set()
        for chance, row in rated:
            guess = row.guess
            if guess.fact not in facts and guess.place not in places:
                facts.add(guess.fact)
                places.add(guess.place)
                hidden, unread = guess.fact in case.scenario.missing, guess.fact not in case.told
                out.append(Reading(chance, row.right, hidden, unread, case, guess))
    return out


def readings(some: Sequence[Case], readers: Sequence[Likeness]) -> list[Reading]:
    """The likeliest value of each fact of each case, by the reader that has not seen its document."""
    out: list[Reading] = []
    for case, reader in zip(some, readers, strict=True):
        wanted = [f for f in case.facts if f in case.values or f in case.scenario.missing]
        best: dict[str, Reading] = {}
        for guess in reader.guesses([case.wording], wanted, case.facts):
            chance = reader.chance(guess)
            if guess.fact not in best or chance > best[guess.fact].chance:
                right = guess.value in case.values.get(guess.fact, ())
                best[guess.fact] = Reading(
                    chance,
                    right,
                    guess.fact in case.scenario.missing,
                    guess.fact not in case.told,
                    case,
                    guess,
                )
        out += best.values()
    return out


def threshold_for(found: Sequence[Reading], sort: str, leave_out: int, precision: float = PRECISION) -> float:
    """The lowest chance from which on what is read is right often enough, and little is read that was left out.

    Args:
        found: readings of one sort.
        sort: a key of `STRAYED`.
        leave_out: how many scenarios leave a fact out.
        precision: the share that must be right from there upwards, where there are enough to tell.
    """
    ordered = sorted(found, key=lambda r: -r.chance)
    best, right, hidden = 1.0, 0, 0
    for number, reading in enumerate(ordered, 1):
        right += reading.right
        hidden += reading.hidden
        if hidden > STRAYED[sort] * leave_out:
            break
        if right / number >= precision and number >= ENOUGH:
            best = reading.chance
    return max(best, LEAST[sort])


def cross_validated(some: Sequence[Case], catalogue: Catalogue) -> tuple[list[Likeness], list[LikelyFigures]]:
    """For each case the readers that have not seen its document."""
    of = folds(some)
    seen = [[c for c, f in zip(some, of, strict=True) if f != fold] for fold in range(FOLDS)]
    facts = [trained(cases_, catalogue) for cases_ in seen]
    figures = [trained_figures(cases_, catalogue) for cases_ in seen]
    return [facts[fold] for fold in of], [figures[fold] for fold in of]


def _print(title: str, found: Sequence[Reading], threshold: float) -> None:
    """How much is read at some thresholds, how much of it is right, and the same of what no pattern had read."""
    table = Table(
        "threshold", "read", "right", "of what is open", "right", "left out, though read", title=title
    )
    for cut in sorted({0.5, 0.6, 0.7, 0.8, 0.9, round(threshold, 3)}):
        all_ = [r for r in found if r.chance >= cut]
        open_ = [r for r in all_ if r.unread]
        right = (
            f"{np.mean([r.right for r in all_] or [False]):.3f}",
            f"{np.mean([r.right for r in open_] or [False]):.3f}",
        )
        hidden = str(sum(r.hidden for r in all_))
        table.add_row(f"{cut:.3f}", str(len(all_)), right[0], str(len(open_)), right[1], hidden)
    Console(width=100).print(table)


@click.command()
@click.option("--write", is_flag=True, help="Store the weights beside the code.")
@click.option("--wrong", is_flag=True, help="List what is read wrongly.")
def main(write: bool, wrong: bool) -> None:
    """Cross-validate, print what is read, and store the weights."""
    catalogue = Catalogue.bundled()
    some = cases(load([SETS / f"{name}.yaml" for name in LEARNED_FROM]), catalogue)
    readers, figures = cross_validated(some, catalogue)
    found = readings(some, readers)
    leave_out = sum(bool(case.scenario.missing) for case in some)
    thresholds = {}
    for sort in SORTS:
        of = [r for r in found if isinstance(r.guess, Guess) and sort_of(r.guess) == sort]
        thresholds[sort] = threshold_for(of, sort, leave_out)
        _print(sort, of, thresholds[sort])
    counted = figure_readings(some, figures)
    bound = threshold_for(counted, "figure", leave_out)
    terms = Terms(catalogue)
    of_statements = LikelyStatements(readers[0], np.zeros(len(STATEMENT_FEATURES) + 1), 1.0)
    rows = statement_rows(some, of_statements, catalogue, terms.statements)
    weights = cross_validated_statements(rows)
    said = statement_threshold(rows, weights)
    click.echo(f"statements of other programmes read: {MISREAD:.1%} at {said:.3f}")
    _print("figures", counted, bound)
    for r in sorted([*found, *counted], key=lambda r: -r.chance) if wrong else ():
        if not r.right and r.chance >= 0.5:
            click.echo(
                f"{r.chance:.2f} {r.case.scenario.id} {r.guess.fact} {r.guess.value} hidden={r.hidden} <{r.guess.words}>"
            )
    scores = []
    for case, facts_, figures_, fold in zip(some, readers, figures, folds(some), strict=True):
        alike = Alike(
            replace(facts_, thresholds=thresholds),
            replace(figures_, threshold=bound),
            LikelyStatements(facts_, weights[fold], said),
        )
        outcome = from_sentence(case.scenario, catalogue, terms, alike)
        scores.append(score(case.scenario, outcome, catalogue))
    for first in ("", "sa", "sc", "sd", "se"):
        part = shares([s for s in scores if s.scenario.id.startswith(first)])
        click.echo(f"{first or 'all'}: " + ", ".join(f"{what} {n}/{of}" for what, (n, of) in part.items()))
    click.echo("told eligible though not: " + " ".join(s.scenario.id for s in scores if s.told_eligible))
    if write:
        of_facts, of_figures = (
            replace(trained(some, catalogue), thresholds=thresholds),
            trained_figures(some, catalogue),
        )
        phrases = learned(some, of_facts) | learned_figures(some, of_figures)
        data = {
            "facts": _stored(FEATURES, of_facts.weights, thresholds),
            "figures": _stored(FIGURE_FEATURES, of_figures.weights, {"figure": bound}),
            "statements": _stored(STATEMENT_FEATURES, fit_statements(rows), {"statement": said}),
            "phrases": {name: [list(p) for p in phrases[name]] for name in sorted(phrases)},
        }
        MODEL.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        click.echo(f"{MODEL}: {sum(map(len, phrases.values()))} phrases")


def _stored(
    names: Sequence[str], weights: NDArray[np.float64], thresholds: Mapping[str, float]
) -> dict[str, object]:
    rounded = {n: round(float(w), 5) for n, w in zip((*names, "constant"), weights, strict=True)}
    return {"thresholds": {n: round(t, 4) for n, t in thresholds.items()}, "weights": rounded}


if __name__ == "__main__":
    main()
