"""Knowledge files: their schema, and a loader whose errors name file, line and field."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from ingest.errors import InputError
from ingest.model import Clause, Document, DocumentKind, Level, SourceSpan

QuestionKind = Literal[
    "amount",
    "eligibility",
    "procedure",
    "materials",
    "deadline",
    "department",
    "definition",
    "validity",
    "penalty",
    "scope",
    "purpose",
    "stacking",
    "funding",
    "list",
    "target",
]
BenefitKind = Literal[
    "grant",
    "prize",
    "loan_interest",
    "voucher",
    "guarantee",
    "loan",
    "investment",
    "risk_sharing",
    "in_kind",
    "recognition",
]
ApplicantKind = Literal["enterprise", "person", "team", "institution", "park", "fund", "bank", "government"]
FactType = Literal[
    "money",
    "percent",
    "count",
    "date",
    "boolean",
    "choice",
    "region",
    "years",
    "months",
    "days",
    "area",
    "text",
]
_VOCABULARIES = ("facts.yaml", "terms.yaml")
_Model = TypeVar("_Model", bound=BaseModel)


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class LeftOut(_Record):
    """Figures of a clause that its gist does not repeat, and why."""

    figures: list[str] = Field(min_length=1)
    why: str = Field(min_length=2)


class ClauseNote(_Record):
    """What people wrote about one clause: its gist in plain words and the questions it answers."""

    at: str
    heading: str = ""
    kinds: list[QuestionKind] = Field(default_factory=list)
    gist: str = Field(min_length=4)
    asks: list[str] = Field(min_length=1)
    left_out: list[LeftOut] = Field(default_factory=list)


class Condition(_Record):
    """A test on one fact, a prose condition that only a person can confirm, or a group of conditions.

    `sort` says what a prose condition is where it is nothing that can be looked up beforehand: `appraisal`, which only
    the deciding body's judgement settles; `later`, what is done or decided after applying; `counting`, how the figure
    of another condition is counted; `special`, a case out of the ordinary (a transition, the same paid for elsewhere)
    that whoever is in it would mention.
    """

    at: str | None = None
    fact: str | None = None
    prose: str | None = None
    sort: Literal["appraisal", "later", "counting", "special"] | None = None
    is_: bool | str | float | None = Field(default=None, alias="is")
    in_: list[str] | None = Field(default=None, alias="in")
    at_least: float | AtLeast | None = None
    at_most: float | None = None
    more_than: float | None = None
    less_than: float | None = None
    all: list[Condition] | None = None
    any: list[Condition] | None = None
    not_: Condition | None = Field(default=None, alias="not")

    def leaves(self) -> Iterable[Condition]:
        """The tests and prose conditions below, in order."""
        groups = [*(self.all or []), *(self.any or [])]
        groups += [self.not_] if self.not_ else []
        groups += self.at_least.of if isinstance(self.at_least, AtLeast) else []
        if not groups:
            yield self
        for child in groups:
            yield from child.leaves()


class AtLeast(_Record):
    """At least n of several conditions."""

    n: int = Field(ge=1)
    of: list[Condition] = Field(min_length=1)


class Beyond(_Record):
    """Where the part of a figure begins that a rate or step counts: an amount, or a share of another fact's value."""

    amount: float | None = None
    rate: float | None = None
    of: str | None = None


class _Given(_Record):
    """What is given: a fixed amount, or a rate of some fact's value with a cap.

    `beyond` leaves only the part of the value that lies above it; `every` with `add` gives so much for each full step of
    that part, on top of `amount`. `times` counts what is given once for each, `cap` being for one and `total_cap` for all.
    """

    text: str
    at: str
    amount: float | None = None
    rate: float | None = None
    of: str | None = None
    beyond: Beyond | None = None
    every: float | None = Field(default=None, gt=0)
    add: float | None = None
    cap: float | None = None
    times: str | None = None
    total_cap: float | None = None

    def facts(self) -> list[str]:
        """The facts that the amount is worked out from."""
        named = [self.of, self.beyond.of if self.beyond else None, self.times]
        return [fact for fact in named if fact]


class Tier(_Given):
    """One step of a benefit: what is given when a condition holds. The first tier whose condition holds counts."""

    when: Condition | None = None


class Benefit(_Given):
    """What a programme gives: a fixed amount, a rate of some fact's value with a cap, or tiers of these.

    `total` marks the sum of the programme's other benefits, where one gets all of them.
    """

    kind: BenefitKind
    total: bool = False
    floor: float | None = None
    tiers: list[Tier] = Field(default_factory=list)
    per: Literal["once", "year", "month", "project", "item", "deal", "loan"] | None = None
    unit: str | None = None
    limit_words: str | None = None


class Remark(_Record):
    """A sentence with the clause it rests on (cost sharing, stacking)."""

    text: str
    at: str


class Procedure(_Record):
    """How and where one applies."""

    how: str
    at: str
    department: str | None = None
    materials: list[str] = Field(default_factory=list)
    materials_at: str | None = None
    window: str | None = None
    window_at: str | None = None


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class Programme(_Record):
    """Something one can get or be recognised as."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str
    names: list[str] = Field(default_factory=list)
    applicant: ApplicantKind
    conditions: Condition = Field(default_factory=lambda: Condition(all=[]))
    benefit: Annotated[list[Benefit], BeforeValidator(_as_list)] = Field(default_factory=list)
    shares: Remark | None = None
    stacking: Remark | None = None
    apply: Procedure | None = None
    validity: Remark | None = None

    def clause_paths(self) -> list[str]:
        """Every clause that the programme refers to."""
        tiers = [tier for benefit in self.benefit for tier in benefit.tiers]
        groups = [self.conditions, *(tier.when for tier in tiers if tier.when)]
        paths = [leaf.at for group in groups for leaf in group.leaves() if leaf.at]
        paths += [benefit.at for benefit in self.benefit] + [tier.at for tier in tiers]
        paths += [part.at for part in (self.shares, self.stacking, self.apply, self.validity) if part]
        if self.apply:
            paths += [at for at in (self.apply.materials_at, self.apply.window_at) if at]
        return list(dict.fromkeys(paths))


class PolicyFile(_Record):
    """One knowledge file: a policy's metadata, notes on its clauses, its programmes."""

    title: str
    names: list[str] = Field(default_factory=list)
    doc_numbers: list[str] = Field(default_factory=list)
    issuers: list[str] = Field(default_factory=list)
    level: Level = "municipal"
    district: str | None = None
    kind: DocumentKind = "policy"
    issued: date | None = None
    effective: date | None = None
    expires: date | str | None = None
    repeals: list[str] = Field(default_factory=list)
    clauses: list[ClauseNote] = Field(min_length=1)
    programmes: list[Programme] = Field(default_factory=list)
    draft: bool = False  # written by a model and not yet accepted by a person: never loaded
    file: str = ""

    @field_validator("clauses")
    @classmethod
    def _each_clause_once(cls, notes: list[ClauseNote]) -> list[ClauseNote]:
        seen: set[str] = set()
        for note in notes:
            if note.at in seen:
                raise ValueError(f"two notes are at {note.at}; merge them")
            seen.add(note.at)
        return notes

    @property
    def document_id(self) -> str:
        """The id that the ingested document has or would have."""
        return self.doc_numbers[0] if self.doc_numbers else self.title

    def to_document(self) -> Document:
        """The policy as a document whose clauses are the gists, for use where the source is not at hand."""
        return Document(
            self.document_id,
            self.title,
            SourceSpan(self.file, 0, 0),
            doc_numbers=self.doc_numbers,
            issuers=self.issuers,
            level=self.level,
            district=self.district,
            kind=self.kind,
            names=self.names,
            issued=_iso(self.issued),
            effective=_iso(self.effective),
            expires=_iso(self.expires),
            repeals=self.repeals,
            clauses=[
                Clause(
                    n.at, n.gist, SourceSpan(self.file, 0, 0), "clause", n.heading, parent_path(n.at, self)
                )
                for n in self.clauses
            ],
            verbatim=False,
        )


class Fact(_Record):
    """One fact about an applicant.

    `patterns` are regular expressions that read the fact from a sentence: a list whose group `value` is the number
    with its unit as spoken; for a yes-or-no fact the patterns of `yes` and of `no`, for a choice those of every option,
    or of several of which one holds (`微型|小型`).
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: FactType
    name: str
    ask: str
    ask_en: str = ""
    options: list[str] = Field(default_factory=list)
    unit: str = ""
    patterns: list[str] | dict[str, list[str]] = Field(default_factory=list)

    @field_validator("patterns")
    @classmethod
    def _patterns_compile(cls, value: list[str] | dict[str, list[str]]) -> list[str] | dict[str, list[str]]:
        for pattern in [p for group in value.values() for p in group] if isinstance(value, dict) else value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"pattern {pattern!r} is no regular expression ({error})") from error
        return value


class Term(_Record):
    """Everyday words and the official terms that they stand for."""

    say: list[str]
    official: list[str]
    en: list[str] = Field(default_factory=list)
    weight: float = Field(default=1.0, gt=0, le=1)


class Place(_Record):
    """A district or county of Hangzhou with its other names."""

    name: str
    aliases: list[str] = Field(default_factory=list)
    kind: Literal["district", "functional_area"] = "district"
    parent: str = ""
    from_: int | None = Field(default=None, alias="from")
    until: int | None = None
    absorbed: list[str] = Field(default_factory=list)
    split_from: list[str] = Field(default_factory=list)
    merged_into: list[str] | str | None = None
    note: str = ""


class Body(_Record):
    """A public body, its short names and its successor."""

    name: str
    short: list[str] = Field(default_factory=list)
    successor: str | None = None
    since: int | None = None
    en: list[str] = Field(default_factory=list)


class Vocabulary(_Record):
    """`terms.yaml`."""

    terms: list[Term] = Field(default_factory=list)
    places: list[Place] = Field(default_factory=list)
    other_places: list[str] = Field(default_factory=list)
    bodies: list[Body] = Field(default_factory=list)


class FactVocabulary(_Record):
    """`facts.yaml`."""

    facts: list[Fact] = Field(default_factory=list)


def parent_path(path: str, policy: PolicyFile) -> str | None:
    """The longest other path of the file that this one extends (`三、` for `三、4.`)."""
    shorter = [n.at for n in policy.clauses if n.at != path and path.startswith(n.at)]
    return max(shorter, key=len, default=None)


def _iso(value: date | str | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value


def knowledge_folder() -> Path:
    """The bundled `knowledge/` folder."""
    return Path(__file__).parents[1] / "knowledge"


def load_policies(folder: Path | None = None) -> list[PolicyFile]:
    """All policy files of a folder (default: the bundled one), in order of their names; drafts are left out.

    Raises:
        InputError: a file is no valid YAML or breaks the schema, or two files describe the same policy.
    """
    policies: list[PolicyFile] = []
    seen: dict[str, str] = {}
    programmes: dict[str, str] = {}
    for path in sorted((folder or knowledge_folder()).glob("*.yaml")):
        if path.name in _VOCABULARIES:
            continue
        policy = _load(path, PolicyFile)
        if policy.draft:
            continue
        policy.file = path.name
        if policy.document_id in seen:
            raise InputError(
                path.name,
                f"describes {policy.document_id}, as {seen[policy.document_id]} does",
                "merge the two",
            )
        seen[policy.document_id] = path.name
        for programme in policy.programmes:
            if programme.id in programmes:
                raise InputError(
                    path.name,
                    f"programme id {programme.id} stands in {programmes[programme.id]} too",
                    "rename one",
                )
            programmes[programme.id] = path.name
        policies.append(policy)
    return policies


def load_vocabulary(folder: Path | None = None) -> Vocabulary:
    """`terms.yaml` of a folder (default: the bundled one)."""
    return _load((folder or knowledge_folder()) / "terms.yaml", Vocabulary)


def load_facts(folder: Path | None = None) -> dict[str, Fact]:
    """`facts.yaml` of a folder (default: the bundled one), by id."""
    return {f.id: f for f in _load((folder or knowledge_folder()) / "facts.yaml", FactVocabulary).facts}


def _load(path: Path, model: type[_Model]) -> _Model:
    try:
        text = path.read_text(encoding="utf-8")
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(path.name, f"cannot be read ({error})") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise InputError(
            path.name, f"{where}no valid YAML ({getattr(error, 'problem', error)})", "check the indentation"
        ) from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        line = _line_of(text, first["loc"])
        raise InputError(path.name, f"line {line}, field {field}: {first['msg']}") from error


def _line_of(text: str, location: tuple[int | str, ...]) -> int:
    """The line on which a field (or the nearest thing around it) stands."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = node.start_mark.line + 1 if node else 1
    for part in location:
        found = None
        if isinstance(node, yaml.MappingNode):
            found = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            found = node.value[part]
        if found is None:
            continue
        node, line = found, found.start_mark.line + 1
    return line


SCHEMAS: dict[str, type[BaseModel]] = {"policy": PolicyFile, "facts": FactVocabulary, "terms": Vocabulary}


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a knowledge file (`policy`, `facts` or `terms`): editors complete and check by it."""
    schema = SCHEMAS[name].model_json_schema(by_alias=True)
    schema.get("properties", {}).pop("file", None)  # set when the file is read
    return schema
