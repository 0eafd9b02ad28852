"""English sentences read piece by piece: phrases that a table knows as concepts, figures as quantities."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assistant.model_english_figures import Said, figures_of, masked
from assistant.model_english_words import EMPTY

_WORD = re.compile(r"[a-z][a-z&']*")
_PIECE = re.compile(r",(?=\s)|[()]|:(?=\s)|\s(?:while|but|whereas)\s|\s-\s|\s[–—]\s")
_BETWEEN_FIGURES = re.compile(r"\s(?:and|or)\s|\s(?=(?:may|must|shall|should|can|cannot)\s)")
# Words that are part of another.
_GUARDED = {
    "大学": "大学(?!生)",
    "省": "(?<!节)省(?!略)",
    "区": "(?<!地)区(?!分|别)",
    "市": "(?<!上)(?<!入)市(?!场)",
}
_IRREGULAR: Mapping[str, str] = {
    "lost": "lose", "paid": "pay", "chosen": "choose", "given": "give", "held": "hold", "took": "take", "taken": "take",
    "built": "build", "undertaken": "undertake", "undertook": "undertake", "led": "lead", "bureaus": "bureau", "people": "person", "persons": "person",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Concept:
    """An English word or phrase with what it may be called in Chinese."""

    word: str
    called: tuple[str, ...]
    specific: bool

    @property
    def pattern(self) -> str:
        """All that it may be called, as a regular expression."""
        return "|".join(_GUARDED.get(c) or re.escape(c) for c in self.called)

    def stands_in(self, text: str) -> bool:
        """Whether a folded Chinese text has it."""
        return bool(re.search(self.pattern, text))


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an English sentence: its words as concepts, its figures, its text without them."""

    concepts: tuple[Concept, ...]
    figures: tuple[Said, ...]
    text: str

    @property
    def specific(self) -> list[Concept]:
        """The concepts that tell one subject from another."""
        return [c for c in self.concepts if c.specific]


def pieces(sentence: str) -> Iterator[str]:
    """A sentence cut at commas and brackets, and where two figures are joined; one that lists respectively stays whole."""
    if "respectively" in sentence.lower():  # what is listed first goes with what is listed last
        yield re.sub(r"[()]", " ", sentence.lower())
        return
    for piece in _PIECE.split(sentence.lower()):
        yield from _halves(piece)


def _halves(piece: str) -> Iterator[str]:
    """A piece cut where `and` or `or` joins two figures each with words of its own."""
    for joint in _BETWEEN_FIGURES.finditer(piece):
        left, right = piece[: joint.start()], piece[joint.start() :]
        if _own_figure(left) and _own_figure(right):
            yield left
            yield from _halves_of_rest(right)
            return
    yield piece


def _halves_of_rest(piece: str) -> Iterator[str]:
    head = len(piece) - len(piece.lstrip())
    joint = re.match(r"(?:and|or)\s", piece[head:])
    skip = head + (joint.end() if joint else 0)
    first = True
    for part in _halves(piece[skip:]):
        yield piece[:skip] + part if first else part
        first = False


def _own_figure(text: str) -> bool:
    figures, rest = figures_of(text, False)
    return bool(figures) and any(w not in EMPTY for w in words_of(masked(rest)))


def words_of(text: str) -> list[str]:
    """The words of a text, lower case, those with a hyphen apart."""
    return _WORD.findall(text.lower().replace("-", " ").replace("’", "'"))


def stem(word: str) -> str:
    """A word without the endings of number, tense and possession, alike for all its forms."""
    word = _IRREGULAR.get(word.removesuffix("'s").strip("'"), word.removesuffix("'s").strip("'"))
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    for suffix in ("ing", "ed"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)]
            if word[-1] == word[-2] and word[-1] not in "ls":
                word = word[:-1]
            return word.removesuffix("e")
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]
    return word.removesuffix("e")
