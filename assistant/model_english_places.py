"""Where figures and subjects of an English statement stand in a Chinese sentence, and whether they go together there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from assistant.model_claims import respectives
from assistant.model_english_reading import Concept, Part
from assistant.model_quantities import Quantity, limits_differ, plain, quantities, same
from ingest.text import fold

WIDEST = 3  # neighbouring pieces of a Chinese sentence
_UNIT = re.compile(r"[^。；;！？\n]+")
_ROW = re.compile(r"^[^\n]*(?:[^；\n]*：[^；\n]*；){2,}[^\n]*$", re.MULTILINE)
_CHINESE_PIECE = re.compile(r"[^，,：:()（）]+")
_EDGE = re.compile(r"[，,;；。:：()（）]")


@dataclass(frozen=True)
class Unit:
    """One sentence of a Chinese source, or one row of a table, with what it is about."""

    text: str
    about: str
    joined: bool = False  # of two sentences

    @cached_property
    def folded(self) -> str:
        """Its words, folded."""
        return fold(self.text)

    @cached_property
    def plain(self) -> str:
        """Its words with numerals in digits."""
        return plain(self.text)

    @cached_property
    def figures(self) -> list[Quantity]:
        """Its figures."""
        return quantities(self.text)

    @cached_property
    def windows(self) -> list[str]:
        """Its pieces between commas, alone and with their neighbours."""
        pieces = _CHINESE_PIECE.findall(self.folded)
        return [
            "，".join(pieces[i : i + n]) for n in range(1, WIDEST + 1) for i in range(len(pieces) - n + 1)
        ]

    def has(self, concept: Concept) -> bool:
        """Whether it, or what its document is called, has a concept."""
        return (
            concept.stands_in(self.folded) or concept.stands_in(self.plain) or concept.stands_in(self.about)
        )


@lru_cache(maxsize=32)
def units_of(texts: tuple[str, ...], about: str) -> tuple[Unit, ...]:
    """The rows and sentences of a source, and each two neighbouring sentences as one."""
    said: list[Unit] = []
    for text in texts:
        single = [s.strip() for s in _UNIT.findall(_ROW.sub("\n", text)) if s.strip()]
        said += [Unit(words, about) for words in (*_ROW.findall(text), *single)]
        said += [Unit(f"{one}，{two}", about, joined=True) for one, two in pairwise(single)]
    return tuple(said)


def levelled(level: Concept, bearer: Concept, unit: Unit) -> bool:
    """Whether a source has a level (省级) right in front of what a statement says is of that level."""
    pattern = rf"(?:{level.pattern})级?[^，。；]{{0,6}}?(?:{bearer.pattern})"
    text = f"{unit.folded}\n{unit.about}"
    return bool(re.search(pattern, text)) or any(
        re.search(level.pattern, c) and c in text for c in bearer.called
    )


def figures_differ(part: Part, subject: Sequence[Concept], unit: Unit, heads: frozenset[str]) -> str:
    """Why the figures of a piece do not stand in a source sentence with what the piece says of them, "" if they do.

    Args:
        part: the piece.
        subject: what the figures are said of, in this piece or those before it.
        unit: the sentence.
        heads: units in a heading of the source for bare numbers below it.
    """
    for said in part.figures:
        quantity = said.quantity
        if quantity.unit == "ratio":
            if not re.search(rf"(?<!\d){re.escape(quantity.value)}(?![.\d])", unit.folded.replace("：", ":")):
                return f"比例{quantity.written}不在所引条款里"
            continue
        if quantity.unit == "date" and len(quantity.value) == 4 and quantity.value in unit.about:
            continue
        places = [n for n, q in enumerate(unit.figures) if same(quantity, q, heads)]
        if not places:
            return f"数字{quantity.written}不在所引条款里"
        problems = [limits_differ(quantity, [unit.figures[n]]) for n in places]
        if "" not in problems:
            return f"{quantity.written}：{problems[0]}"
        fitting = [n for n, p in zip(places, problems, strict=True) if not p]
        if not _in_list_order(part, unit) and not any(_goes_with(n, subject, unit) for n in fitting):
            return f"{quantity.written}在所引条款里说的是另一件事"
    return _order_differs(part, unit, heads)


def _order_differs(part: Part, unit: Unit, heads: frozenset[str]) -> str:
    """Whether figures that a piece lists stand in another order in the source."""
    places: list[int] = []
    for said in part.figures:
        if said.quantity.unit == "ratio" or (
            said.quantity.unit == "date" and said.quantity.value in unit.about
        ):
            continue
        found = [n for n, q in enumerate(unit.figures) if same(said.quantity, q, heads)]
        after = [n for n in found if not places or n > places[-1]]
        if not after:
            return "数字的先后不同"
        places.append(after[0])
    if len(part.figures) > 1:
        marks = [unit.folded.find(next(w for w in c.called if w in unit.folded)) for c in part.specific
                 if c.stands_in(unit.folded)]  # fmt: skip
        if marks != sorted(marks):
            return "主语的先后不同"
    return ""


def _given_to(concept: Concept, unit: Unit, marks: Sequence[frozenset[str]]) -> list[int]:
    """The subjects of a list that a concept names."""
    pairs = {c[i : i + 2] for c in concept.called if c in unit.folded for i in range(len(c) - 1)}
    return [i for i, m in enumerate(marks) if m & pairs]


def _in_list_order(part: Part, unit: Unit) -> bool:
    """Whether a piece names all subjects of a list and gives them all their figures, both in the source's order."""
    said = [f.quantity for f in part.figures]
    for listed in respectives(unit.text):
        if len(said) == len(listed.figures) > 1 and all(
            same(a, b) for a, b in zip(said, listed.figures, strict=True)
        ):
            named = [held[0] for c in part.specific if len(held := _given_to(c, unit, listed.marks)) == 1]
            if list(dict.fromkeys(named)) == list(range(len(listed.marks))):
                return True
    return False


def _goes_with(number: int, subject: Sequence[Concept], unit: Unit) -> bool:
    """Whether the words around one of a sentence's figures, up to its rivals, have what a statement says of it."""
    figure = unit.figures[number]
    rivals = [q for q in unit.figures if q.unit == figure.unit and q.value != figure.value]
    if not rivals or figure.unit in ("date", "month-day"):
        return True
    for listed in respectives(unit.text):
        keys = [q.key for q in listed.figures]
        if figure.key not in keys:
            continue
        before = _before_list(number, keys, unit)
        for concept in subject:
            held = _given_to(concept, unit, listed.marks)
            if held and keys.index(figure.key) not in held:
                return False
            if not held and not concept.stands_in(before) and not concept.stands_in(unit.about):
                return False
        return True
    span = _span(number, unit)
    return all(c.stands_in(span) or c.stands_in(unit.about) for c in subject)


def _before_list(number: int, keys: Sequence[tuple[str, str]], unit: Unit) -> str:
    """The words of a sentence that a list of figures belongs to: from the figure before the list on."""
    first = number
    while first and unit.figures[first - 1].key in keys:
        first -= 1
    end = unit.plain.find(unit.figures[number].written)
    begin = 0
    if first:
        before = unit.figures[first - 1]
        begin = (
            unit.plain.find(before.written) + len(before.written)
            if before.unit == unit.figures[number].unit
            else 0
        )
    edge = _EDGE.search(unit.plain, max(end, 0))
    return unit.plain[begin : edge.start() if edge else len(unit.plain)]


def _span(number: int, unit: Unit) -> str:
    """The words that belong to one figure: from the rival before it to the end of its piece."""
    figures = unit.figures
    starts: list[int] = []
    at = 0
    for q in figures:
        at = unit.plain.find(q.written, at)
        starts.append(max(at, 0))
        at = max(at, 0) + len(q.written)
    own = figures[number]
    begin, end = 0, len(unit.plain)
    for n, q in enumerate(figures):
        if q.unit != own.unit or q.value == own.value:
            continue
        if n < number:
            after = starts[n] + len(q.written)
            edge = _EDGE.search(unit.plain, after, starts[number])
            begin = edge.end() if edge else after
        elif n > number:
            after = starts[number] + len(own.written)
            edge = _EDGE.search(unit.plain, after)
            end = min(edge.start() if edge else starts[n], starts[n])
            break
    return unit.plain[begin:end]
