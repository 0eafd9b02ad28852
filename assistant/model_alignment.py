"""A statement's pieces laid beside the pieces of its source that say the same, and compared in what must not change."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.model_quantities import Quantity, limits_differ, plain, quantities, same
from assistant.model_wording import bodies_in, connective, negations, without_function_words
from index.tokens import terms
from ingest.text import fold

ALIKE = 0.62  # of a piece's words in another from which both speak of one thing
CLOSE = 0.08  # by so much less well may another piece fit and count as well as the best
WIDER = 0.12  # by so much must more pieces together fit better than fewer
COPIED = 0.8  # from which the order of figures and bodies tells
LEAST_TERMS = 3  # of a piece that can be found again; with fewer it is read with the piece before
WIDEST = 4  # pieces
_SENTENCE = re.compile(r"[^。！？!?\n]+")
_PIECE = re.compile(r"(?:[^，,；;：:（）()]|(?<=\d)[:：](?=\d)|(?<=\d),(?=\d{3}))+")
_FIGURE = re.compile(r"\d+(?:\.\d+)?[%‰]?")

Rarity = Callable[[str], float]


@dataclass(frozen=True)
class Piece:
    """A run of words between commas, or several of them, with what must not change in it."""

    text: str
    sentence: str
    parts: tuple[Piece, ...] = ()

    @cached_property
    def terms(self) -> frozenset[str]:
        """Its content terms, figures left out."""
        if self.parts:
            return frozenset().union(*(p.terms for p in self.parts))
        return frozenset(terms(_FIGURE.sub(" ", without_function_words(plain(self.text)))))

    @cached_property
    def figures(self) -> list[Quantity]:
        """Its figures in order."""
        return quantities(self.text)

    @cached_property
    def negations(self) -> int:
        """How often it denies."""
        return negations(fold(self.text))

    @cached_property
    def connective(self) -> str:
        """`and`, `or`, or "" if it does not say or says both."""
        return connective(fold(self.text))

    def bodies(self, kin: Sequence[frozenset[str]]) -> list[str]:
        """The public bodies that it names, in order, each by the first name of its family."""
        return bodies_in(fold(self.text), kin)


def pieces_of(text: str) -> list[list[Piece]]:
    """The pieces of each sentence of a text, in order."""
    return [
        [Piece(p.strip(), sentence) for p in _PIECE.findall(sentence) if p.strip()]
        for sentence in _SENTENCE.findall(text)
    ]


def joined(pieces: Sequence[Piece]) -> Piece:
    """Neighbouring pieces as one."""
    return (
        pieces[0]
        if len(pieces) == 1
        else Piece("，".join(p.text for p in pieces), pieces[0].sentence, tuple(pieces))
    )


class Source:
    """The words of cited clauses, to be found again piece by piece."""

    def __init__(self, texts: Iterable[str], rarity: Rarity) -> None:
        self._rarity = rarity
        sentences = [pieces for text in texts for pieces in pieces_of(text)]
        self._levels = [list(_windows(sentences, width)) for width in range(1, WIDEST + 1)]
        self._beside: dict[str, tuple[float, list[Piece]]] = {}

    def beside(self, piece: Piece) -> tuple[float, list[Piece]]:
        """The narrowest pieces of the source that fit best, and the share of the piece's terms that the best has,
        weighted by rarity. Several pieces as one are laid beside as many at least.
        """
        if piece.text not in self._beside:
            self._beside[piece.text] = self._found(piece)
        return self._beside[piece.text]

    def _found(self, piece: Piece) -> tuple[float, list[Piece]]:
        weights = {t: self._rarity(t) for t in piece.terms}
        total = sum(weights.values()) or 1.0
        fits = [
            [(sum(weights[t] for t in weights.keys() & e.terms) / total, e) for e in level]
            for level in self._levels[min(len(piece.parts) or 1, WIDEST) - 1 :]
        ]
        tops = [max((f for f, _ in level), default=0.0) for level in fits]
        width = next(
            (w for w in range(len(tops)) if all(tops[w] >= top - WIDER for top in tops[w + 1 :])),
            len(tops) - 1,
        )
        return tops[width], [e for f, e in fits[width] if f >= tops[width] - CLOSE and f > 0]


def _windows(sentences: list[list[Piece]], width: int) -> Iterable[Piece]:
    for pieces in sentences:
        for start in range(len(pieces) - width + 1):
            yield joined(pieces[start : start + width])


def differs(
    statement: str, source: Source, kin: Sequence[frozenset[str]], heads: frozenset[str] = frozenset()
) -> str:
    """What a statement changes in a piece that its source has as well, "" if nothing.

    Args:
        statement: one or a few sentences.
        source: the words of its clauses.
        kin: names of public bodies, each family standing for one body.
        heads: units that stand in a heading of the source for the bare numbers below it.
    """
    for pieces in pieces_of(statement):
        for i, piece in enumerate(pieces):
            whole = piece
            back = i
            while len(whole.terms) < LEAST_TERMS and back:
                back -= 1
                whole = joined(pieces[back : i + 1])
            if len(whole.terms) < LEAST_TERMS:
                continue
            fit, beside = source.beside(whole)
            if fit < ALIKE:
                continue
            problems = [_changed(piece, whole, e, fit, kin, heads) for e in beside]
            if problems and "" not in problems:
                return problems[0]
    return ""


def _changed(
    piece: Piece,
    whole: Piece,
    source: Piece,
    fit: float,
    kin: Sequence[frozenset[str]],
    heads: frozenset[str],
) -> str:
    """What a piece of a statement changes in one piece of its source."""
    at = 0
    for quantity in piece.figures:
        places = [n for n, q in enumerate(source.figures) if same(quantity, q, heads)]
        if not places:
            if any(q.unit == quantity.unit for q in source.figures):
                return f"{quantity}在所引条款里说的是另一件事"
            continue
        if fit >= COPIED:
            later = [n for n in places if n >= at]
            if not later:
                return f"{quantity}在所引条款里的先后不同"
            at = later[0]
        problem = limits_differ(quantity, [source.figures[n] for n in places])
        if problem:
            return f"{quantity}：{problem}"
    if (negations(fold(piece.text)) % 2) != (source.negations % 2) and whole is piece:
        return "肯定和否定反了"
    if {piece.connective, source.connective} == {"and", "or"}:
        return "“并且”和“或者”换了"
    theirs = source.bodies(kin)
    if theirs:
        rest = iter(theirs)
        for body in piece.bodies(kin):
            if body not in rest if fit >= COPIED else body not in theirs:
                return f"{body}在所引条款里做的是另一件事"
    return ""
