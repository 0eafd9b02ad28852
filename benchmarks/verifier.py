"""How many planted faults the verifier lets through, and how many true statements it loses.

`python -m benchmarks.verifier [--corpus DIR] [--home DIR]`: every rule of `benchmarks.faults` on every annotated clause
of policies and plans. The rules of the verifier were made on one half of the policies; the other half is reported beside.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from assistant.model_context import evidence_of
from assistant.verify import Evidence, Verifier
from benchmarks.faults import AS_OF, Case, Maker
from index.search import Searcher


@dataclass(slots=True)
class Tally:
    """Of so many statements so many were let through; the rest were not, each with its reason."""

    total: int = 0
    passed: int = 0

    def add(self, passed: bool) -> None:
        """Count one."""
        self.total += 1
        self.passed += passed


class Bench:
    """The verifier over the clauses of an index.

    Args:
        searcher: the index.
        gists: whether gists count as evidence beside the words of the source, as they do for answers; without them
            every true statement has to be found again in the official wording. Documents without it keep them.
    """

    def __init__(self, searcher: Searcher, *, gists: bool) -> None:
        self.searcher = searcher
        self.verifier = Verifier.of(searcher)
        self._gists = gists
        self._evidence: dict[str, Evidence] = {}

    def evidence(self, clause_id: str) -> Evidence:
        """A clause as evidence."""
        if clause_id not in self._evidence:
            clause = self.searcher.store.clause(clause_id)
            assert clause is not None
            found = evidence_of(clause, AS_OF, self.searcher)
            verbatim = self.searcher.documents[clause.document_id].verbatim
            self._evidence[clause_id] = found if self._gists or not verbatim else replace(found, gist="")
        return self._evidence[clause_id]

    def problem(self, case: Case) -> str:
        """Why a statement is held back, "" if it is let through."""
        others = [self.evidence(i) for i in case.given if i not in case.cited]
        return self.verifier.problem(case.statement, [self.evidence(i) for i in case.cited], others)

    def tallies(self, cases: Iterable[Case]) -> dict[tuple[bool, str], dict[bool, Tally]]:
        """(true, kind) → whether held out → counts."""
        out: dict[tuple[bool, str], dict[bool, Tally]] = defaultdict(lambda: {False: Tally(), True: Tally()})
        for case in cases:
            kind = case.kind.partition(":")[0]  # the faults of what a person wrote are one kind
            out[case.honest, kind][case.half].add(not self.problem(case))
        return out


def summary(tallies: dict[tuple[bool, str], dict[bool, Tally]], honest: bool, half: bool) -> Tally:
    """All true statements, or all faults, of one half together."""
    out = Tally()
    for (true, _), halves in tallies.items():
        if true == honest:
            out.total += halves[half].total
            out.passed += halves[half].passed
    return out


def _table(title: str, tallies: dict[tuple[bool, str], dict[bool, Tally]]) -> Table:
    table = Table("statement", "half made on", "held-out half", title=title)
    for honest, word in ((True, "lost"), (False, "let through")):
        for kind in [k for t, k in tallies if t == honest]:
            table.add_row(kind, *(_cell(tallies[honest, kind][h], honest, word) for h in (False, True)))
        row = [_cell(summary(tallies, honest, h), honest, word) for h in (False, True)]
        table.add_row("[b]all true statements[/b]" if honest else "[b]all faults[/b]", *row, end_section=True)
    return table


def _cell(tally: Tally, honest: bool, word: str) -> str:
    count = tally.total - tally.passed if honest else tally.passed
    return f"{count} of {tally.total} {word} ({count / tally.total:.1%})" if tally.total else "—"


@click.command()
@click.option("--corpus", multiple=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--home", "homes", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(corpus: tuple[Path, ...], homes: Path | None) -> None:
    """Measure and print tables."""
    from index.build import build
    from index.home import Home

    with tempfile.TemporaryDirectory() as folder:
        home = Home(homes or folder)
        if homes is None:
            build(home, corpus)
        searcher = Searcher(home)
        cases = list(Maker(searcher).cases())
        verbatim = any(d.verbatim for d in searcher.documents.values())
        console = Console(width=120)
        for gists in (False, True) if verbatim else (False,):
            source = "the official words" if verbatim else "gists"
            title = f"held against {source}" + (" and gists" if gists else "")
            console.print(_table(title, Bench(searcher, gists=gists).tallies(cases)))


if __name__ == "__main__":
    main()
