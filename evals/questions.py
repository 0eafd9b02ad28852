"""Curated questions: their schema and loader, and which policy belongs to which split."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from assistant.schema import Status, Turn
from index.validity import ValidityStatus
from ingest.errors import InputError
from ingest.text import fold

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
    "unsafe",
]
Cause = Literal[
    "wrong_city",
    "missing_detail",
    "invented_programme",
    "false_premise",
    "out_of_scope",
    "unsafe",
    "injection",
    "nonsense",
]
Style = Literal["formal", "everyday", "typo", "keywords", "voice"]
Split = Literal["dev", "regression"]
Verdict = Literal["eligible", "not_eligible", "undetermined"]
KINDS: tuple[Kind, ...] = get_args(Kind)
CAUSES: tuple[Cause, ...] = get_args(Cause)
# The file of a gold clause of which the index has only the gist: it is known by document and path.
NOT_AT_HAND = "-"
_SPLITS = Path(__file__).parent / "split.yaml"
# Development sets that nothing learns from and nobody looks at while building: how well new wordings fare.
KEPT_BACK = frozenset({"wider_four", "wider_ten", "wider_twelve", "wider_twentynine", "wider_thirtyone"})


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid")


class GoldClause(_Record):
    """A clause that bears the answer: by document and path, and by place in the source (1-based lines)."""

    doc: str
    clause: str
    file: str
    lines: tuple[int, int]

    @model_validator(mode="after")
    def _lines_in_order(self) -> GoldClause:
        if not 1 <= self.lines[0] <= self.lines[1]:
            raise PydanticCustomError(
                "lines",
                "lines {lines} are no range; write [first, last], counted from 1",
                {"lines": [*self.lines]},
            )
        return self


class Gold(_Record):
    """Clauses of which one suffices (`any_of`) or all are needed (`all_of`)."""

    any_of: list[GoldClause] = Field(default_factory=list)
    all_of: list[GoldClause] = Field(default_factory=list)

    @property
    def clauses(self) -> list[GoldClause]:
        """All of them."""
        return [*self.any_of, *self.all_of]

    @property
    def units(self) -> list[list[GoldClause]]:
        """What has to be found: groups of clauses, any one of each."""
        return ([self.any_of] if self.any_of else []) + [[clause] for clause in self.all_of]


class Question(_Record):
    """One curated question with what a right answer holds.

    `validity` is the state of the gold document on the as-of date, `cause` why there is nothing to answer,
    `computed` marks facts that follow from the clause by calculation instead of standing in it.
    """

    id: str = Field(min_length=1, pattern=r"^\S+$")
    question: str = Field(min_length=1)
    history: list[Turn] = Field(default_factory=list)
    kind: Kind
    style: Style = "formal"
    persona: Literal["entrepreneur", "hotline", "evaluator"] = "entrepreneur"
    split: Split
    status: Status
    cause: Cause | None = None
    as_of: date
    gold: Gold = Field(default_factory=Gold)
    facts: list[list[str]] = Field(default_factory=list)
    forbidden: list[str] = Field(default_factory=list)
    validity: ValidityStatus | None = None
    verdict: Verdict | None = None
    computed: bool = False
    set_name: str = Field(default="", exclude=True)

    @model_validator(mode="after")
    def _consistent(self) -> Question:
        if self.answerable != bool(self.gold.clauses):
            raise PydanticCustomError(
                "gold_needed", "gold clauses belong to answerable questions, and to all of them"
            )
        if self.answerable == (self.cause is not None):
            raise PydanticCustomError(
                "cause_needed", "a cause belongs to questions that must be declined, and to all of them"
            )
        if any(not alternatives for alternatives in self.facts):
            raise PydanticCustomError("wording_needed", "a fact needs at least one wording")
        if self.kind == "followup" and not self.history:
            raise PydanticCustomError("history_needed", "a follow-up needs a history")
        return self

    @property
    def answerable(self) -> bool:
        """Whether the documents hold the answer."""
        return self.status in ("answered", "partial")

    @property
    def document(self) -> str:
        """The document that the question is about; "" for one that must be declined."""
        return self.gold.clauses[0].doc if self.gold.clauses else ""

    @property
    def cluster(self) -> str:
        """What the question shares its fate with: its policy, its entry of a yearbook, or nothing but itself."""
        if not self.gold.clauses:
            return self.id
        first = self.gold.clauses[0]
        return first.doc if fold(first.doc) in document_splits() else f"{first.doc}#{first.clause}"

    @property
    def asked(self) -> str:
        """Changes when what is put to the assistant changes."""
        return _digest(self.model_dump(mode="json", include={"question", "history", "as_of"}))

    @property
    def fingerprint(self) -> str:
        """Changes when anything that scoring depends on changes."""
        return _digest(self.model_dump(mode="json", exclude={"split", "persona", "style", "kind"}))


def _digest(data: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(data, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:12]


class QuestionSet(_Record):
    """One file of questions."""

    name: str
    description: str = ""
    questions: list[Question] = Field(min_length=1)


def bundled_sets() -> list[Path]:
    """The question sets that come with the project."""
    return sorted((Path(__file__).parent / "sets").glob("*.yaml"))


class DuplicateId(InputError):
    """An id stands in two sets."""

    def __init__(self, source: str, id: str, other: str) -> None:
        self.id = id
        self.other = other
        super().__init__(source, f"id {id} stands in {other} too", "give it another id")


def set_paths(sets: Sequence[Path], own: Path | None = None) -> list[Path]:
    """The files of question sets: bundled ones by name, those of the folder `own` by name, others by path.

    Args:
        sets: names, files, or folders, which stand for every set in them; all bundled ones if none is given.
        own: a folder of sets beside the bundled ones.
    """
    bundled = {path.stem: path for path in bundled_sets()}
    paths: list[Path] = []
    for given in sets:
        if str(given) in bundled:
            paths.append(bundled[str(given)])
        elif own is not None and (mine := own / f"{given}.yaml").is_file():
            paths.append(mine)
        else:
            paths += sorted(given.glob("*.yaml")) if given.is_dir() else [given]
    return paths if sets else list(bundled.values())


def learned_from() -> list[Question]:
    """The development questions without the sets that are kept back."""
    return [question for question in load_questions((), "dev") if question.set_name not in KEPT_BACK]


def load_questions(
    sets: Sequence[Path] = (),
    split: str | None = None,
    kinds: Collection[str] = (),
    own: Path | None = None,
) -> list[Question]:
    """Questions of the sets (see `set_paths`), all or only those of a split and of some kinds.

    Raises:
        InputError: a set is missing, no valid YAML, breaks the schema, or an id stands twice; or there is no such kind.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise InputError(kind, "is no kind of question", f"kinds: {', '.join(KINDS)}")
    questions: list[Question] = []
    seen: dict[str, str] = {}
    for path in set_paths(sets, own):
        for question in load_set(path).questions:
            if question.id in seen:
                raise DuplicateId(path.name, question.id, seen[question.id])
            seen[question.id] = path.name
            if (split is None or question.split == split) and (not kinds or question.kind in kinds):
                questions.append(question)
    return questions


def load_set(path: Path) -> QuestionSet:
    """One file of questions.

    Raises:
        InputError: it is missing, no valid YAML, or breaks the schema; the question and the field are named.
    """
    try:
        data = yaml.load(
            path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
    except (OSError, UnicodeDecodeError) as error:
        names = ", ".join(p.stem for p in bundled_sets())
        raise InputError(str(path), f"cannot be read ({error})", f"bundled sets: {names}") from error
    except yaml.YAMLError as error:
        raise InputError(path.name, f"no valid YAML ({error})") from error
    loaded = validate_set(data, path.name)
    for question in loaded.questions:
        question.set_name = path.stem
    return loaded


def validate_set(data: Any, source: str) -> QuestionSet:
    """Check data against the schema.

    Raises:
        InputError: it does not fit; the first field that does not is named.
    """
    try:
        return QuestionSet.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = list(first["loc"])
        name = ""
        if len(place) > 1 and place[0] == "questions" and isinstance(data, dict):
            number = place[1]
            entry = data["questions"][number] if isinstance(number, int) else None
            name = f" (question {entry.get('id')})" if isinstance(entry, dict) else ""
        raise InputError(source, f"field {'.'.join(map(str, place))}{name}: {first['msg']}") from error


@cache
def document_splits() -> dict[str, str]:
    """Document number or title, folded → split, as `split.yaml` assigns them; versions of one programme go together."""
    data = yaml.safe_load(_SPLITS.read_text(encoding="utf-8"))
    return {fold(str(name)): split for split in get_args(Split) for name in data[split]}
