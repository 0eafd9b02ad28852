"""Knowledge files held against their sources: what they say must stand in the clauses they name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ingest.corpus import ingest_folders
from ingest.knowledge import (
    Benefit,
    ClauseNote,
    Condition,
    Fact,
    PolicyFile,
    Programme,
    Tier,
    Vocabulary,
    load_facts,
    load_policies,
    load_vocabulary,
)
from ingest.model import Clause, Document
from ingest.text import DOC_NUMBER, canonical, chinese_date, doc_numbers, fold

COPIED_RUN = 20  # Chinese characters in a row
COPIED_SPAN = 30  # characters and digits in a row, whatever marks stand between them
ALIKE = 0.9  # share of common character pairs from which two asks count as one
ASKS_NEEDED = 3
_NUMERAL = "零〇一二两三四五六七八九十百千万亿"
_SPAN = re.compile(r"(\d+(?:\.\d+)?)[—–~～-]+\d+(?:\.\d+)?(?:[（(]含[）)])?([万亿])")
_SCALES = {"万": 1e4, "亿": 1e8}
_FRACTION = re.compile(r"(?<![\d/])(\d{1,2})\s*/\s*([1-9]\d?)(?![\d/])")
_LONE_NUMERAL = re.compile(rf"(?<![{_NUMERAL}\d])(?<!分之)[{_NUMERAL}](?![{_NUMERAL}]|分之)")
_ORDINAL = re.compile(
    rf"第[{_NUMERAL}\d]+(?:[条款项章节]|(?:大类|类))|[（(][{_NUMERAL}\d]{{1,3}}[）)]|(?:^|(?<=[；;。\n]))\s*\d{{1,2}}[.．、](?!\d)"
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?[%‰]?")
_SENTENCE = re.compile(r"[^。！？；;\n]+")
# What makes a number worth telling: money, shares, dates, terms and counts with a unit.
_TELLING = re.compile(
    r"\d+(?:\.\d+)?(?:[%‰]|元|年|个?月|日|天|周岁|岁|人|名|家|个|项|件|亩|平方米|万?平方|公里|倍|次|期|批|分|位|种|类|套|台|辆|张|所|吨|户|款|篇|强|所|只|支|条|亿|成|小时|工作日|学时)"
)
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a knowledge file: the file, the clause or programme, the check, and what to look at."""

    file: str
    at: str
    check: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}: {self.at}: [{self.check}] {self.text}"


@dataclass(slots=True)
class Coverage:
    """How much of a document is annotated."""

    file: str
    document: str
    kind: str
    clauses: int = 0
    noted: int = 0
    with_figures: int = 0
    with_figures_noted: int = 0
    asks: int = 0
    programmes: int = 0


@dataclass(slots=True)
class Audit:
    """What an audit found."""

    problems: list[Problem] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)

    @property
    def figures_covered(self) -> float:
        """Share of the figure-bearing clauses of policies and plans that have a gist and asks."""
        rules = [c for c in self.coverage if c.kind in ("policy", "plan")]
        total = sum(c.with_figures for c in rules)
        return sum(c.with_figures_noted for c in rules) / total if total else 1.0


class SourceDocument:
    """A document as the audit looks things up in it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.clauses = {c.path: c for c in document.clauses}
        self._children: dict[str, list[Clause]] = {}
        for clause in document.clauses:
            if clause.parent is not None:
                self._children.setdefault(clause.parent, []).append(clause)

    def full_text(self, path: str) -> str:
        """A clause's text with everything below it and the headings over it."""
        clause = self.clauses[path]
        below = [self.full_text(child.path) for child in self._children.get(path, [])]
        return "\n".join([*clause.breadcrumb, clause.heading, clause.text, *below])

    def context(self, path: str, *, data: bool = True) -> str:
        """`full_text` with the words of the clauses that it stands under and, with `data`, the document's own data."""
        document = self.document
        above = []
        parent = self.clauses[path].parent
        while parent is not None and parent in self.clauses:
            above.append(self.clauses[parent].text)
            parent = self.clauses[parent].parent
        if not data:
            return "\n".join([self.full_text(path), *above])
        dates = [chinese_date(d) for d in (document.issued, document.effective, document.expires)]
        if document.kind == "yearbook":  # it tells of the year before the one in its name
            dates += [f"{int(year) - 1}年" for year in re.findall(r"(?:19|20)\d\d", document.title)]
        return "\n".join(
            [self.full_text(path), *above, document.title, *document.doc_numbers, *document.issuers, *dates]
        )

    @cached_property
    def runs(self) -> set[str]:
        """Every run of `COPIED_RUN` Chinese characters and of `COPIED_SPAN` characters and digits in the document."""
        return {run for clause in self.document.clauses for run in _runs(clause.text)}


def audit(
    policies: Iterable[PolicyFile],
    documents: Iterable[Document],
    facts: dict[str, Fact],
    vocabulary: Vocabulary,
) -> Audit:
    """Check every file against the documents that it annotates."""
    policies = list(policies)
    by_id = {d.document_id: SourceDocument(d) for d in documents}
    names = {d.document.title for d in by_id.values()} | {n for t in vocabulary.terms for n in t.official}
    names |= {body.name for body in vocabulary.bodies}
    exempt = sorted((n for n in names if len(n) >= 8), key=len, reverse=True)
    result = Audit()
    for policy in policies:
        source = by_id.get(policy.document_id)
        if source is None:
            result.problems.append(
                Problem(policy.file, "-", "document", f"{policy.document_id} was not ingested")
            )
            continue
        result.problems += _policy_problems(policy, source, facts, vocabulary, exempt)
        result.coverage.append(_coverage(policy, source))
    result.problems += _repeated_asks(policies)
    return result


def audit_folder(corpus: Iterable[Path], knowledge: Path | None = None) -> Audit:
    """Check the knowledge files of a folder (default: the bundled one) against the documents in others.

    Raises:
        InputError: a folder is missing, or a knowledge file breaks the schema.
    """
    policies = load_policies(knowledge)
    return audit(
        policies, ingest_folders(corpus).documents, load_facts(knowledge), load_vocabulary(knowledge)
    )


def numbers(text: str, *, lone: bool = False) -> set[str]:
    """The numbers of a text in plain digits, a percent sign kept; ordinals left out.

    Args:
        text: any text.
        lone: also count single Chinese numerals, which in plain speech are mostly no figures (一次性, 一般).
    """
    text = _ORDINAL.sub(" ", DOC_NUMBER.sub(" ", text))
    return set(_NUMBER.findall(canonical(text if lone else _LONE_NUMERAL.sub(" ", text))))


def telling_figures(text: str) -> set[str]:
    """The numbers of a text that carry a unit: what a gist has to repeat or a reason has to leave out."""
    said = canonical(
        _LONE_NUMERAL.sub(" ", _ORDINAL.sub(" ", re.sub(r"《[^》]*》", " ", DOC_NUMBER.sub(" ", text))))
    )
    return {_NUMBER.match(m).group() for m in _TELLING.findall(said) if _NUMBER.match(m)}  # type: ignore[union-attr]


# --- one file ----------------------------------------------------------------------------------------------


def _policy_problems(
    policy: PolicyFile,
    source: SourceDocument,
    facts: dict[str, Fact],
    vocabulary: Vocabulary,
    exempt: list[str],
) -> Iterator[Problem]:
    def problem(at: str, check: str, text: str) -> Problem:
        return Problem(policy.file, at, check, text)

    yield from (problem("-", "metadata", text) for text in _metadata_differences(policy, source.document))
    for note in policy.clauses:
        if note.at not in source.clauses:
            yield problem(note.at, "clause", "there is no such clause in the document")
            continue
        yield from (
            problem(note.at, check, text) for check, text in _note_problems(note, source, vocabulary, exempt)
        )
    for programme in policy.programmes:
        yield from (
            problem(programme.id, check, text)
            for check, text in _programme_problems(programme, source, facts, exempt)
        )


def _metadata_differences(policy: PolicyFile, document: Document) -> Iterator[str]:
    for name in ("issued", "effective", "expires"):
        written, read = getattr(policy, name), getattr(document, name)
        said = written.isoformat() if hasattr(written, "isoformat") else written
        if said != read:
            yield f"{name} is {said} here and {read} in the document"
    if policy.title != document.title:
        yield f"the title is {document.title} in the document"
    missing = set(policy.doc_numbers) ^ set(document.doc_numbers)
    if missing:
        yield f"document numbers differ: {'、'.join(sorted(missing))}"


def _note_problems(
    note: ClauseNote, source: SourceDocument, vocabulary: Vocabulary, exempt: list[str]
) -> Iterator[tuple[str, str]]:
    context = source.context(note.at)
    strange = sorted(_strange_numbers(note.gist, context))
    if strange:
        yield "figure", f"the gist says {'、'.join(strange)}, the clause does not"
    unknown = [n for n in doc_numbers(note.gist) if n not in doc_numbers(context)]
    if unknown:
        yield "number", f"文号 {'、'.join(unknown)} does not stand in the clause"
    yield from (
        ("body", f"{name} does not stand in the clause")
        for name in _strange_bodies(note.gist, context, vocabulary)
    )
    # Narrative and tables are full of figures; there a gist picks the ones that people ask for.
    told = numbers(note.gist, lone=True) | {
        n for left in note.left_out for f in left.figures for n in numbers(f, lone=True)
    }
    rules = source.document.kind in ("policy", "plan")
    for sentence in _SENTENCE.findall(source.clauses[note.at].text) if rules else ():
        missing = sorted(telling_figures(sentence) - told)
        if missing:
            yield (
                "uncovered",
                f"{'、'.join(missing)} of “{sentence.strip()[:60]}” is neither in the gist nor left out with a reason",
            )
    if len(note.asks) < ASKS_NEEDED:
        yield "asks", f"{len(note.asks)} asks, {ASKS_NEEDED} are needed"
    yield from _copied([note.gist, *note.asks], source, exempt)


def _copied(texts: Iterable[str], source: SourceDocument, exempt: list[str]) -> Iterator[tuple[str, str]]:
    for text in texts:
        run = copied_run(text, source, exempt)
        if run:
            yield "copied", f"“{run}” stands in the source"


def _strange_numbers(text: str, context: str) -> set[str]:
    """Numbers of a text that its source does not have.

    The year of a document number counts as said (2018年的办法), and so does a share whose sign stands in the head of
    its column.
    """
    known = numbers(context, lone=True) | set(re.findall(r"〔(\d{4})〕", "".join(doc_numbers(context))))
    known |= (
        {f"{number}%" for number in known if number.replace(".", "").isdigit()}
        if "%" in fold(context)
        else set()
    )
    return numbers(text) - known


def copied_run(text: str, source: SourceDocument, exempt: Iterable[str] = ()) -> str:
    """The first run that a text shares with the document, or "": `COPIED_RUN` Chinese characters, or `COPIED_SPAN`
    characters and digits with marks between them.

    Args:
        text: what people wrote.
        source: the document.
        exempt: titles, names and defined terms, which may be as long as they are; the longest first.
    """
    bare = re.sub(r"《[^》]*》", "\n", text)
    for name in exempt:
        if name in bare:
            bare = bare.replace(name, "\n")
    return next((run for piece in bare.split("\n") for run in _runs(piece) if run in source.runs), "")


def _runs(text: str) -> Iterator[str]:
    """The runs of a text that must not stand in two places."""
    for run in _HAN_RUN.findall(re.sub(r"\s", "", text)):
        yield from (run[i : i + COPIED_RUN] for i in range(len(run) - COPIED_RUN + 1))
    span = re.sub(r"\W|_", "", text)
    yield from (span[i : i + COPIED_SPAN] for i in range(len(span) - COPIED_SPAN + 1))


def _strange_bodies(gist: str, context: str, vocabulary: Vocabulary) -> Iterator[str]:
    """Bodies named in a gist of which neither the name nor a short or earlier name stands in the clause."""
    families: dict[str, set[str]] = {}
    for body in vocabulary.bodies:
        key = body.successor or body.name
        families.setdefault(key, {key}).update([body.name, *body.short])
    for names in families.values():
        said = [n for n in sorted(names, key=len, reverse=True) if len(n) >= 3 and n in gist]
        if said and not any(n in context for n in names):
            yield said[0]


def _programme_problems(
    programme: Programme, source: SourceDocument, facts: dict[str, Fact], exempt: list[str]
) -> Iterator[tuple[str, str]]:
    for path in programme.clause_paths():
        if path not in source.clauses:
            yield "clause", f"{path} is no clause of the document"
    tiers = [tier for benefit in programme.benefit for tier in benefit.tiers]
    groups = [programme.conditions, *(tier.when for tier in tiers if tier.when)]
    leaves = [leaf for group in groups for leaf in group.leaves()]
    for leaf in leaves:
        yield from _condition_problems(leaf, source, facts)
    parts: list[Benefit | Tier] = [*programme.benefit, *tiers]
    for part in parts:
        yield from _benefit_problems(part, source, facts)
    remarks = [(r.at, r.text) for r in (programme.shares, programme.stacking, programme.validity) if r]
    if programme.apply:
        apply = programme.apply
        remarks += [(apply.at, apply.how), (apply.window_at or apply.at, apply.window or "")]
    for at, text in remarks:
        strange = (
            sorted(numbers(text) - numbers(source.context(at), lone=True)) if at in source.clauses else []
        )
        if strange:
            yield "figure", f"“{text[:30]}” says {'、'.join(strange)}, {at} does not"
    words = (
        [leaf.prose or "" for leaf in leaves] + [part.text for part in parts] + [text for _, text in remarks]
    )
    yield from _copied(words, source, exempt)


def _sums(part: Benefit | Tier) -> tuple[float | None, ...]:
    beyond = part.beyond.amount if part.beyond else None
    return part.amount, part.cap, part.total_cap, part.every, part.add, beyond


def _benefit_problems(
    part: Benefit | Tier, source: SourceDocument, facts: dict[str, Fact]
) -> Iterator[tuple[str, str]]:
    for name in part.facts():
        if name not in facts:
            yield "fact", f"{name} is not in facts.yaml"
    if part.at not in source.clauses:
        return
    known = numbers(source.context(part.at, data=False), lone=True)
    said = numbers(part.text) | {_plain(v) for v in _sums(part) if v is not None}
    if isinstance(part, Benefit) and part.floor is not None:
        said.add(_plain(part.floor))
    strange = sorted(said - known)
    rate = part.rate
    if rate is not None and not {f"{_plain(rate * 100)}%", f"{_plain(rate * 1000)}‰", _plain(rate)} & known:
        strange.append(f"{_plain(rate * 100)}%")
    if strange:
        yield "figure", f"the benefit at {part.at} says {'、'.join(strange)}, the clause does not"


def _condition_problems(
    leaf: Condition, source: SourceDocument, facts: dict[str, Fact]
) -> Iterator[tuple[str, str]]:
    if leaf.fact and leaf.fact not in facts:
        yield "fact", f"{leaf.fact} is not in facts.yaml"
    if leaf.at is None:
        if leaf.fact or leaf.prose:
            yield "clause", f"the condition on {leaf.fact or leaf.prose} names no clause"
        return
    if leaf.at not in source.clauses:
        return
    text = source.context(leaf.at, data=False)
    known = {(float(n.rstrip("%‰")), n[-1] if n[-1] in "%‰" else "") for n in numbers(text, lone=True)}
    for limit in (leaf.at_least, leaf.at_most, leaf.more_than, leaf.less_than):
        if isinstance(limit, int | float) and limit != 0 and not _stands(limit, known, text):
            yield "figure", f"the limit {_plain(limit)} on {leaf.fact} does not stand at {leaf.at}"


def _stands(limit: float, known: set[tuple[float, str]], text: str) -> bool:
    """Whether a limit stands in a text as a number, a share, a fraction, or years where it counts months."""
    spellings = [(limit, ""), (limit * 100, "%"), (limit * 1000, "‰")]
    if any(
        abs(value - number) < 1e-6 and sign == unit for value, sign in spellings for number, unit in known
    ):
        return True
    said = canonical(text)
    if any(abs(int(a) / int(b) - limit) < 1e-3 for a, b in _FRACTION.findall(said)):
        return True
    # 300—1000(含)万元: the unit after the upper end is the lower one's too.
    if any(abs(float(low) * _SCALES[unit] - limit) < 1e-6 for low, unit in _SPAN.findall(said)):
        return True
    return (limit % 12 == 0 and f"{_plain(limit / 12)}年" in said) or bool(
        re.search(rf"(?<!\d){_plain(limit * 12)}个?月", said)
    )


def _plain(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _coverage(policy: PolicyFile, source: SourceDocument) -> Coverage:
    noted = {n.at for n in policy.clauses}
    clauses = [c for c in source.document.clauses if c.kind not in ("row", "notice")]
    figured = [c for c in clauses if telling_figures(c.text)]
    return Coverage(
        policy.file,
        policy.document_id,
        policy.kind,
        len(clauses),
        sum(c.path in noted for c in clauses),
        len(figured),
        sum(c.path in noted for c in figured),
        sum(len(n.asks) for n in policy.clauses),
        len(policy.programmes),
    )


# --- all files ---------------------------------------------------------------------------------------------


def _repeated_asks(policies: list[PolicyFile]) -> Iterator[Problem]:
    """Asks that stand, word for word or nearly so, at two clauses: neither would know which is meant."""
    places = [(p.file, n.at, ask) for p in policies for n in p.clauses for ask in n.asks]
    pairs = [_pairs(fold(ask)) for _, _, ask in places]
    holders: dict[str, list[int]] = {}
    for number, own in enumerate(pairs):
        shared: dict[int, int] = {}
        for pair in own:
            for other in holders.get(pair, ()):
                shared[other] = shared.get(other, 0) + 1
        for other, count in shared.items():
            same_clause = places[other][:2] == places[number][:2]
            if not same_clause and count >= ALIKE * (len(own) + len(pairs[other]) - count):
                file, at, ask = places[number]
                yield Problem(
                    file, at, "repeated", f"“{ask}” is asked at {places[other][0]} {places[other][1]} too"
                )
                break
        for pair in own:
            holders.setdefault(pair, []).append(number)


def _pairs(text: str) -> set[str]:
    bare = re.sub(r"\W", "", text)
    return {bare[i : i + 2] for i in range(len(bare) - 1)} or {bare}
