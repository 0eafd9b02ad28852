"""Curated questions: their schema and loader."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.schema import Status, Turn
from ingest.errors import InputError

Kind = Literal[
    "amount",
    "eligibility",
    "procedure",
    "deadline",
    "department",
    "definition",
    "list",
    "validity",
    "statistic",
    "lookup",
    "compare",
    "multi_hop",
    "followup",
    "unanswerable",
    "out_of_scope",
    "unsafe",
]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid")


class GoldClause(_Record):
    """A clause that bears the answer: by document and path, and by place in the source (1-based lines)."""

    doc: str
    clause: str
    file: str
    lines: tuple[int, int]


class Gold(_Record):
    """Clauses of which one suffices (`any_of`) or all are needed (`all_of`)."""

    any_of: list[GoldClause] = Field(default_factory=list)
    all_of: list[GoldClause] = Field(default_factory=list)

    @property
    def clauses(self) -> list[GoldClause]:
        """All of them."""
        return [*self.any_of, *self.all_of]


class Question(_Record):
    """One curated question with what a right answer holds."""

    id: str
    question: str
    kind: Kind
    persona: Literal["entrepreneur", "hotline", "evaluator"] = "entrepreneur"
    split: Literal["dev", "regression"]
    status: Status
    as_of: date
    history: list[Turn] = Field(default_factory=list)
    gold: Gold = Field(default_factory=Gold)
    facts: list[list[str]] = Field(default_factory=list)
    forbidden: list[str] = Field(default_factory=list)
    computed: bool = False
    set_name: str = ""

    @property
    def answerable(self) -> bool:
        """Whether the documents hold the answer."""
        return self.status in ("answered", "partial")


class QuestionSet(_Record):
    """One file of questions."""

    name: str
    description: str = ""
    questions: list[Question] = Field(min_length=1)


def bundled_sets() -> list[Path]:
    """The question sets that come with the project."""
    return sorted((Path(__file__).parent / "sets").glob("*.yaml"))


def load_questions(sets: tuple[Path, ...] = (), split: str | None = None) -> list[Question]:
    """Questions of the sets (names of bundled sets or paths; all bundled ones if none is given).

    Raises:
        InputError: a set is missing, no valid YAML, breaks the schema, or an id stands twice.
    """
    named = {path.stem: path for path in bundled_sets()}
    paths = [named.get(str(s), Path(s)) for s in sets] or list(named.values())
    questions: list[Question] = []
    seen: dict[str, str] = {}
    for path in paths:
        for question in _load(path).questions:
            if question.id in seen:
                raise InputError(
                    path.name, f"id {question.id} stands in {seen[question.id]} too", "give it another id"
                )
            seen[question.id] = path.name
            question.set_name = path.stem
            if split is None or question.split == split:
                questions.append(question)
    return questions


def _load(path: Path) -> QuestionSet:
    try:
        data = yaml.load(
            path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
        return QuestionSet.model_validate(data)
    except (OSError, UnicodeDecodeError) as error:
        names = ", ".join(p.stem for p in bundled_sets())
        raise InputError(str(path), f"cannot be read ({error})", f"bundled sets: {names}") from error
    except yaml.YAMLError as error:
        raise InputError(path.name, f"no valid YAML ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(path.name, f"field {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
