"""Whether what a clause says is told from what it leaves open: `python -m evals.pairs --home DIR`.

Asked are pairs of questions in like words on one clause, of which it answers one and no document the other. Nothing is
learned from them, and they are harder than what people mostly ask: half of them want a detail that nobody wrote down.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import click
import yaml
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant.schema import Answer
from assistant.service import Assistant
from index.home import Home
from index.search import Searcher
from index.store import StoredClause

FILE = Path(__file__).with_name("pairs.yaml")
_EITHER = "还是"


class Pair(BaseModel):
    """Two questions on one clause (`doc`, `at`): one that it answers, and one that no document does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    doc: str
    at: str
    said: str
    lacking: str


@cache
def pairs() -> tuple[Pair, ...]:
    """All pairs."""
    return tuple(Pair(**item) for item in yaml.safe_load(FILE.read_text(encoding="utf-8")))


def clause_of(pair: Pair, searcher: Searcher) -> StoredClause | None:
    """The clause of a pair, where the index has it."""
    for document in searcher.documents.values():
        known = (document.title, document.document_id, *document.listing["doc_numbers"])
        if pair.doc in known and not document.listing["duplicate_of"]:
            return searcher.store.clause(f"{document.document_id}#{pair.at}")
    return None


@dataclass(slots=True)
class Told:
    """Of some pairs: for each question that is answered whether it was and from its clause, for the others whether not."""

    answered: list[bool] = field(default_factory=list)
    cited: list[bool] = field(default_factory=list)
    declined: list[bool] = field(default_factory=list)


def measure(assistant: Assistant, some: Iterable[Pair]) -> dict[str, Told]:
    """Kind of question → how it went; a pair whose clause the index lacks is left out.

    A question that asks which of two ways it is (工作日还是自然日) counts both among all and by itself.
    """
    out: dict[str, Told] = defaultdict(Told)
    for pair in some:
        clause = clause_of(pair, assistant.searcher)
        if clause is None:
            continue
        said, lacking = assistant.ask(pair.said), assistant.ask(pair.lacking)
        for kind in ("all", *(["which of two"] if _EITHER in pair.said else [])):
            out[kind].answered.append(_answered(said))
            out[kind].cited.append(clause.clause_id in [c.clause_id for c in said.citations])
        for kind in ("all", *(["which of two"] if _EITHER in pair.lacking else [])):
            out[kind].declined.append(not _answered(lacking))
    return out


def _answered(answer: Answer) -> bool:
    return answer.status in ("answered", "partial", "clarify")


@click.command()
@click.option("--home", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
def main(home: Path) -> None:
    """Ask all pairs and print what was answered and declined."""
    told = measure(Assistant(Home(home)), track(pairs(), description="asking"))
    table = Table("questions", "said: answered", "from its clause", "lacking: declined")
    for kind, some in told.items():
        table.add_row(kind, *map(_share, (some.answered, some.cited, some.declined)))
    Console(width=120).print(table)


def _share(values: Sequence[bool]) -> str:
    return f"{sum(values) / len(values):.3f} of {len(values)}" if values else ""


if __name__ == "__main__":
    main()
