"""What a run keeps of every question, so that scoring can be redone without answering again, or without the index."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from assistant.schema import Answer
from ingest.errors import HangceError, InputError

RUN, ANSWERS, LEFT_OUT = "run.json", "answers.jsonl", "leave-one-out.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class FoundClause:
    """A clause that was found or cited, with all that scoring asks about it.

    `lines` are 1-based and inclusive, with everything below the clause; `chars` is the same in characters of the
    source (end exclusive), None where the clause comes from a knowledge file.
    """

    clause_id: str
    title: str
    doc_numbers: tuple[str, ...]
    path: str
    breadcrumb: str
    text: str
    file: str
    lines: tuple[int, int]
    chars: tuple[int, int] | None = None


@dataclass(slots=True)
class Record:
    """One question answered: the answer as it was given, what search found (best first), and the clauses of both."""

    question_id: str
    fingerprint: str
    answer: Answer
    found: list[str] = field(default_factory=list)
    clauses: dict[str, FoundClause] = field(default_factory=dict)
    gold_chars: list[list[tuple[int, int] | None]] = field(default_factory=list)
    judged: dict[str, Any] | None = None

    def to_json(self) -> str:
        """One line of `answers.jsonl`."""
        data = {
            "question_id": self.question_id,
            "fingerprint": self.fingerprint,
            "answer": self.answer.model_dump(),
            "found": self.found,
            "clauses": [asdict(c) for c in self.clauses.values()],
            "gold_chars": self.gold_chars,
            "judged": self.judged,
        }
        return json.dumps(data, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Record:
        """Read one line of `answers.jsonl`."""
        data = json.loads(line)
        clauses = [
            FoundClause(
                **{
                    **c,
                    "doc_numbers": tuple(c["doc_numbers"]),
                    "lines": tuple(c["lines"]),
                    "chars": tuple(c["chars"]) if c["chars"] else None,
                }
            )
            for c in data["clauses"]
        ]
        return cls(
            data["question_id"],
            data["fingerprint"],
            Answer.model_validate(data["answer"]),
            data["found"],
            {c.clause_id: c for c in clauses},
            [[tuple(s) if s else None for s in unit] for unit in data["gold_chars"]],
            data.get("judged"),
        )


Outcome = Literal["declined", "elsewhere", "answered"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One question asked without its gold clauses.

    `declined`: as it should be. `elsewhere`: the facts stand in another clause, which is cited. `answered`: something
    was said although the clause that says it is gone.
    """

    id: str
    kind: str
    document: str
    outcome: Outcome
    answer: str
    cited: list[str]


class RunFolder:
    """A folder with `run.json` (configuration) and `answers.jsonl` (a line per question as soon as it is answered)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        """Whether a run was begun here."""
        return (self.path / RUN).is_file()

    def begin(self, configuration: dict[str, Any]) -> None:
        """Start a run: write the configuration, drop answers that may lie here.

        Raises:
            HangceError: the folder cannot be written to.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            (self.path / ANSWERS).unlink(missing_ok=True)
            write_atomically(
                self.path / RUN, json.dumps({"format": FORMAT, **configuration}, ensure_ascii=False, indent=1)
            )
        except OSError as error:
            raise HangceError(f"cannot write the run to {self.path} ({error.strerror})") from error

    def configuration(self) -> dict[str, Any]:
        """What the run was made with.

        Raises:
            InputError: there is no run, or this version cannot read it.
        """
        try:
            data: dict[str, Any] = json.loads((self.path / RUN).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(
                str(self.path), "holds no run", "make one with `hangce eval run --out DIR`"
            ) from error
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise InputError(str(self.path), "was written by another version", "run it again")
        return data

    def append(self, records: Iterable[Record]) -> None:
        """Add answered questions; each line is whole or absent when the run is stopped."""
        with (self.path / ANSWERS).open("a", encoding="utf-8") as handle:
            for record in records:
                handle.write(record.to_json() + "\n")
                handle.flush()

    def records(self) -> dict[str, Record]:
        """Question id → record. A last line cut off by a stop is left out; the question is answered again.

        Raises:
            InputError: a line in the middle cannot be read.
        """
        path = self.path / ANSWERS
        lines = path.read_text(encoding="utf-8").split("\n") if path.is_file() else []
        found: dict[str, Record] = {}
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                record = Record.from_json(line)
            except (ValueError, KeyError, TypeError) as error:
                if number == len(lines):
                    break
                raise InputError(
                    f"{path}, line {number}", f"no record ({error})", "run it again without --resume"
                ) from error
            found[record.question_id] = record
        return found

    def drop_broken_end(self) -> None:
        """Cut an unfinished last line off, so that the next one begins on its own."""
        path = self.path / ANSWERS
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            whole = text[: text.rfind("\n") + 1]
            if whole != text:
                write_atomically(path, whole)


def save_left_out(folder: Path, found: list[LeftOut]) -> None:
    """Keep the outcomes of leave-one-out in a run's folder.

    Raises:
        HangceError: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        data = [asdict(one) for one in found]
        write_atomically(folder / LEFT_OUT, json.dumps(data, ensure_ascii=False, indent=1))
    except OSError as error:
        raise HangceError(f"cannot write to {folder} ({error.strerror})") from error


def load_left_out(folder: Path) -> list[LeftOut]:
    """The outcomes of leave-one-out in a run's folder; none if it was not run."""
    path = folder / LEFT_OUT
    return [LeftOut(**one) for one in json.loads(path.read_text(encoding="utf-8"))] if path.is_file() else []


def write_atomically(path: Path, text: str) -> None:
    """Write a file beside its place, then move it there."""
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
