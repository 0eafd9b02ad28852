"""A statement's pieces laid beside the pieces of its source that say the same, and compared in what must not change."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.model_quantities import Quantity, bounds, limits_differ, plain, quantities, same
from assistant.model_wording import (
    Kin,
    connectives,
    denied,
    duty,
    has_role,
    negations,
    qualities,
    says_absent,
    without_function_words,
)
from index.tokens import terms
from ingest.text import fold

ALIKE = 0.55  # of a piece's words in another from which both speak of one thing
WITH_MORE = 0.65  # from which pieces around it place a piece that fits badly
PLACED = 0.3  # from which a piece that fits badly still tells where a figure belongs
CLOSE = 0.08  # by so much less well may another piece fit and count as well as the best
SAME = 0.03  # what is said in the very words is held against these words alone
WIDER = 0.12  # by so much must more pieces together fit better than fewer
COPIED = 0.8  # from which the order of figures and bodies tells
LEAST_TERMS = 5  # of a piece that can be found again; with fewer it is read with the piece before
FEW_TERMS = 2  # with fewer even then it is not looked for
WIDEST = 4  # pieces
_PIECE = re.compile(r"(?:[^，,；;：:（）()。！？!?\n]|(?<=\d)[:：](?=\d)|(?<=\d),(?=\d{3}))+")
_ASIDE = re.compile(r"[（(]([^（）()，,；;。]{1,8})[）)]")
_DEMANDS = re.compile(r"(?<!不)必须|一定要|务必")
_DEMANDED = re.compile(r"应|须|必|需|要|不得|不能|确保|严禁|负责|原则|条件|限")
_ONLY = re.compile(r"只|仅|限于|为限|除|停|取消|撤销|暂缓|淘汰|杜绝|防止|避免|以外|之外|负面清单|免|停止")
_FIGURE = re.compile(r"\d+(?:\.\d+)?(?:[%‰元年月日天家个项名人]|个月|pp)?")

Rarity = Callable[[str], float]


@dataclass(frozen=True)
class Piece:
    """A run of words between commas, or several of them, with what must not change in it."""

    text: str
    kin: Kin
    parts: tuple[Piece, ...] = ()

    @cached_property
    def terms(self) -> frozenset[str]:
        """Its content terms, without figures and public bodies."""
        if self.parts:
            return frozenset().union(*(p.terms for p in self.parts))
        return content_terms(self.text, self.kin)

    @cached_property
    def figures(self) -> list[Quantity]:
        """Its figures in order."""
        return quantities(self.text)

    @cached_property
    def negations(self) -> int:
        """How often it denies."""
        return negations(fold(self.text))

    @cached_property
    def connectives(self) -> list[str]:
        """Its words that join conditions, each `and` or `or`, in order."""
        return connectives(fold(self.text))

    @cached_property
    def duty(self) -> str:
        """`must` or `may`, "" if it says neither or both."""
        return duty(fold(self.text))

    @property
    def connective(self) -> str:
        """`and`, `or`, or "" if it does not say or says both."""
        return self.connectives[0] if len(set(self.connectives)) == 1 else ""

    @cached_property
    def bounds(self) -> list[str]:
        """The directions of its limit words in order, whatever they limit."""
        return bounds(plain(self.text))

    @cached_property
    def bodies(self) -> list[str]:
        """The public bodies that it names, in order, each by the first name of its family."""
        return self.kin.named(fold(self.text))


def content_terms(text: str, kin: Kin) -> frozenset[str]:
    """Terms of a text without figures, public bodies and function words, which are compared on their own."""
    words = _FIGURE.sub(" ", without_function_words(kin.without(plain(text))))
    return frozenset(t for t in terms(words) if len(t) > 1)


def pieces_of(text: str, kin: Kin) -> list[Piece]:
    """The pieces of a text, in order."""
    return [Piece(p.strip(), kin) for p in _PIECE.findall(_ASIDE.sub(_inline, text)) if p.strip()]


def _inline(match: re.Match[str]) -> str:
    """What stands in short brackets, as a part of the words around it; the shortest (个, 含) say nothing."""
    return f"　{match[1]}　" if len(match[1]) > 3 else ""


def joined(pieces: Sequence[Piece]) -> Piece:
    """Neighbouring pieces as one."""
    if len(pieces) == 1:
        return pieces[0]
    return Piece("，".join(p.text for p in pieces), pieces[0].kin, tuple(pieces))


class Source:
    """The words of cited clauses, to be found again piece by piece."""

    def __init__(self, texts: Iterable[str], kin: Kin, rarity: Rarity) -> None:
        self._rarity = rarity
        self._texts = tuple(texts)
        runs = [pieces_of(text, kin) for text in self._texts]
        self._levels = [[w for run in runs for w in _windows(run, n)] for n in range(1, WIDEST + 1)]
        self._figures = [q for e in self._levels[0] for q in e.figures]
        self._bodies = {body for e in self._levels[0] for body in e.bodies}
        self._denied = {pair for text in self._texts for pair in denied(fold(text))}
        self._beside: dict[str, tuple[float, list[Piece]]] = {}

    def beside(self, piece: Piece) -> tuple[float, list[Piece]]:
        """The narrowest pieces of the source that fit best, and the share of the piece's terms that the best has,
        weighted by rarity. Several pieces as one are laid beside as many at least.
        """
        if piece.text not in self._beside:
            self._beside[piece.text] = self._found(piece)
        return self._beside[piece.text]

    def denies(self, piece: Piece) -> bool:
        """Whether all that a piece denies is denied somewhere in the source."""
        said = denied(fold(piece.text))
        return len(said) > 1 and set(said) <= self._denied

    def unclear(self, piece: Piece, beside: Sequence[Piece]) -> str:
        """A figure or body of a piece that cannot be placed, of a kind of which the source has several; "" if none.

        Args:
            piece: of a statement.
            beside: the pieces that fit best, be it badly: what stands there is placed.
        """
        figures = [q for e in beside for q in e.figures]
        bodies = {body for e in beside for body in e.bodies}
        for quantity in piece.figures:
            if any(same(quantity, q) for q in figures):
                continue
            alike = {q.value for q in self._figures if q.unit == quantity.unit}
            if len(alike) > 1 and quantity.unit not in (
                "date",
                "month-day",
            ):  # a document's data dates it too
                return str(quantity)
        together = set(piece.bodies)
        if len(together) > 1 and any(together <= set(e.bodies) for e in self._levels[0]):
            return ""
        return next(
            (
                b
                for b in piece.bodies
                if len(self._bodies) > 1
                and b not in bodies
                and not has_role(b, piece.text, self._texts, piece.kin)
            ),
            "",
        )

    def _found(self, piece: Piece) -> tuple[float, list[Piece]]:
        weights = {t: self._rarity(t) for t in piece.terms}
        total = sum(weights.values()) or 1.0
        fits = [
            [(sum(weights[t] for t in weights.keys() & e.terms) / total, e) for e in level]
            for level in self._levels[min(len(piece.parts) or 1, WIDEST) - 1 :]
        ]
        tops = [max((f for f, _ in level), default=0.0) for level in fits]
        width = next(w for w in range(len(tops)) if all(tops[w] >= top - WIDER for top in tops[w + 1 :]))
        close = SAME if tops[width] >= 1 - SAME else CLOSE
        return tops[width], [e for f, e in fits[width] if f >= tops[width] - close and f > 0]


def _windows(pieces: list[Piece], width: int) -> Iterator[Piece]:
    for start in range(len(pieces) - width + 1):
        yield joined(pieces[start : start + width])


def differs(
    statement: str,
    source: Source,
    kin: Kin,
    heads: frozenset[str] = frozenset(),
    placed: frozenset[str] = frozenset(),
) -> str:
    """What a statement changes in a piece that its source has as well, "" if nothing.

    Args:
        statement: one or a few sentences.
        source: the words of its clauses.
        kin: the names of public bodies.
        heads: units that stand in a heading of the source for the bare numbers below it.
        placed: values of figures of which it is known that their source gives them to the same subject.
    """
    pieces = pieces_of(statement, kin)
    for i in range(len(pieces)):
        back = i
        while len(joined(pieces[back : i + 1]).terms) < LEAST_TERMS and back and i - back < WIDEST - 1:
            back -= 1
        whole = joined(pieces[back : i + 1])
        if len(whole.terms) < FEW_TERMS:
            continue
        fit, beside = source.beside(whole)
        if fit >= PLACED and (stronger := _stronger(pieces[i], beside)):
            return stronger
        if fit < ALIKE:
            unclear = source.unclear(pieces[i], beside if fit >= PLACED else [])
            if unclear and not _placed_with_more(pieces, back, i, source):
                return f"{unclear}在所引条款里说的是哪件事对不上"
            continue
        found = [_changed(whole, e, fit, heads, placed) for e in beside]
        if "肯定和否定反了" in found and source.denies(pieces[i]) and pieces[i].negations == whole.negations:
            found = ["" if p == "肯定和否定反了" else p for p in found]
        problems = [p for p in found if p]
        # A piece that has none of the figures and bodies in question bears nothing out.
        if problems and "" not in found:
            return problems[0]
    return ""


def _placed_with_more(pieces: Sequence[Piece], back: int, i: int, source: Source) -> bool:
    """Whether a piece that fits badly is placed by more of the pieces around it, which fit well."""
    for start in range(back - 1, max(-1, i - WIDEST), -1):
        fit, beside = source.beside(joined(pieces[start : i + 1]))
        if fit >= WITH_MORE and not source.unclear(pieces[i], beside):
            return True
    return False


def _stronger(piece: Piece, beside: Sequence[Piece]) -> str:
    """Whether a piece denies or demands what nothing beside it denies or demands, in words."""
    said = fold(piece.text)
    if says_absent(said):
        return ""
    if (
        piece.negations
        and beside
        and not any(e.negations or _ONLY.search(fold(e.text)) for e in beside)
        and not _ONLY.search(said)
    ):
        return "原文没有否定"
    if _DEMANDS.search(said) and beside and not any(_DEMANDED.search(fold(e.text)) for e in beside):
        return "原文没有“必须”"
    return ""


def _changed(
    piece: Piece, source: Piece, fit: float, heads: frozenset[str], placed: frozenset[str]
) -> str | None:
    """What a piece of a statement changes in one piece of its source; None if that does not tell."""
    copied = fit >= COPIED
    told = True
    at = 0
    for quantity in piece.figures:
        places = [n for n, q in enumerate(source.figures) if same(quantity, q, heads)]
        if not places:
            if any(q.unit == quantity.unit or (copied and q.value == quantity.value) for q in source.figures):
                return f"{quantity}在所引条款里说的是另一件事"
            told = False
            continue
        if copied:
            places = [n for n in places if n >= at]
            if not places and quantity.value in placed:
                continue
            if not places:
                return f"{quantity}在所引条款里的先后不同"
        problems = [limits_differ(quantity, [source.figures[n]]) for n in places]
        if "" not in problems:
            return f"{quantity}：{problems[0]}"
        at = places[problems.index("")] + 1
    if piece.negations % 2 != source.negations % 2 and (copied or not piece.parts):
        # What the source denies behind this, the statement may say in its next piece.
        said = fold(piece.text)
        if piece.negations or any(words in said for words in denied(fold(source.text))):
            return "肯定和否定反了"
    theirs = qualities(fold(source.text))
    if any(not denied & theirs.get(name, denied) for name, denied in qualities(fold(piece.text)).items()):
        return "肯定和否定反了"
    if {piece.duty, source.duty} == {"may", "must"}:
        return "应当和可以换了"
    if copied and len(piece.connectives) == len(source.connectives):
        if piece.connectives != source.connectives:
            return "“并且”和“或者”换了"
    elif {piece.connective, source.connective} == {"and", "or"}:
        return "“并且”和“或者”换了"
    elif piece.connective and not source.connectives:
        told = False
    if copied and not piece.figures and not source.figures and piece.bounds != source.bounds:
        return "限定词变了方向"
    if source.bodies:
        rest = iter(source.bodies)
        for body in piece.bodies:
            if body not in rest if copied else body not in source.bodies:
                return f"{body}在所引条款里做的是另一件事"
    elif piece.bodies:
        told = False
    return "" if told else None
