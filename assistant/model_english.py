"""Statements in English held against their Chinese clauses, word by word: what no table knows is not let through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from assistant.model_english_figures import figures_of, in_principle, masked, number_words
from assistant.model_english_places import Unit, figures_differ, levelled, units_of
from assistant.model_english_reading import Concept, Part, pieces, stem, words_of
from assistant.model_english_sense import denies, sense_differs
from assistant.model_english_words import DISTRICTS, EMPTY, GENERIC, SPECIFIC
from assistant.model_quantities import heads_of
from ingest.knowledge import Body, Term
from ingest.text import fold

LEADING = 16  # characters at the beginning of a sentence whose reservation goes for all of it
IN_PLACE = (
    0.5  # of the words that tell subjects apart that must stand in the sentence itself, not in its title
)
GENERIC_HELD = 0.5  # of the words of acts and money that must stand where the rest stands
_HAN = re.compile(r"[\u4e00-\u9fff]")
_NUMBER = re.compile(r"[\u4e00-\u9fff]*[〔\[(（]\d{4}[〕\])）]\s?\d+\s?号")
_TITLE = re.compile(r"《[^》]*》")
_SENTENCE = re.compile(r"(?<=[a-z0-9%)])[.;!?](?=\s|$)|[;\n]")
_ABOUT_IT = frozenset(
    [
        "the",
        "this",
        "these",
        "it",
        "its",
        "and",
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "which",
        "that",
        "of",
        "they",
        "policy",
        "policies",
        "document",
        "measures",
        "measure",
        "rules",
        "rule",
        "plan",
        "opinions",
        "notice",
    ]
)
_LEVELS = frozenset(
    {
        "national",
        "national-level",
        "state-level",
        "provincial",
        "provincial-level",
        "municipal",
        "municipal-level",
        "city-level",
    }
)
_STRANGE = re.compile(r"[^\x00-\x7f¥￥“”‘’–—万亿²]")
_COUNTED_IN = re.compile(r"\b(?:covered|included|includes?|covers?|eligible|applies)\b")
_LEFT_OUT_WHAT = re.compile(r"(?:不含|不包括|不包含)(.{2,10})")


def is_english(text: str) -> bool:
    """Whether a statement is written in English, but for titles and document numbers."""
    rest = re.sub(r"(?<=\d)\s?[万亿]", " ", without_references(text))
    return not _HAN.search(rest) and len(re.findall(r"[A-Za-z]{2,}", rest)) >= 3


def without_references(text: str) -> str:
    """A statement without titles and document numbers, which are held against the source on their own."""
    return re.sub(r"\(\s*\)", " ", _TITLE.sub(" ", _NUMBER.sub(" ", text)))


class English:
    """Reads English statements.

    Args:
        terms: official terms with what they are called in English.
        bodies: public bodies with what they are called in English.
    """

    def __init__(self, terms: Iterable[Term] = (), bodies: Iterable[Body] = ()) -> None:
        self._lexicon: dict[tuple[str, ...], Concept] = {}
        for table, specific in ((SPECIFIC, True), (GENERIC, False)):
            for line in table.strip().splitlines():
                words, _, called = line.partition(":")
                for word in words.split(","):
                    self._add(word, called.split(), specific)
        for name, called in DISTRICTS.items():
            self._add(name, called.split(), True)
        for body in bodies:
            for word in body.en:
                self._add(word, [body.name, *body.short], True)
        for term in terms:
            for word in term.en:
                self._add(word, [*term.official, *term.say], True)
        self._longest = max(map(len, self._lexicon))

    def _add(self, word: str, called: Sequence[str], specific: bool) -> None:
        stems = tuple(map(stem, words_of(word)))
        known = self._lexicon.get(stems)
        also = (*known.called, *map(fold, called)) if known else tuple(map(fold, called))
        if stems:
            specific = known.specific if known else specific
            self._lexicon[stems] = Concept(word.strip(), tuple(dict.fromkeys(also)), specific)

    def problem(self, statement: str, texts: Sequence[str], about: str) -> str:
        """Why a statement is not borne out, or "".

        Args:
            statement: in English, without titles, document numbers and words on validity.
            texts: what its clauses say.
            about: what their documents are called and who issued them.
        """
        units = units_of(tuple(texts), fold(about))
        source = fold("\n".join((*texts, about)))
        if _COUNTED_IN.search(statement) and not denies(statement):
            left_out = [m[1] for text in texts for m in _LEFT_OUT_WHAT.finditer(fold(text))]
            named = [
                c
                for piece in pieces(statement)
                if isinstance(p := self._part(piece, False, source), Part)
                for c in p.specific
            ]
            if any(c.stands_in(what) for c in named for what in left_out):
                return "原文不包括"
        heads = frozenset(h for text in texts for h in heads_of(text))
        for sentence in _SENTENCE.split(number_words(statement)):
            if words_of(sentence) and (problem := self._sentence(sentence, units, heads, source)):
                return problem
        return ""

    def cover(self, text: str, source: str) -> float:
        """The share of a statement's words with a meaning that a folded source has, from 0 to 1."""
        words = [w for w in words_of(masked(figures_of(text.lower(), False)[1])) if w not in EMPTY]
        held = at = 0
        while at < len(words):
            for n in range(min(self._longest, len(words) - at), 0, -1):
                found = self._lexicon.get(tuple(map(stem, words[at : at + n])))
                if found:
                    held += n * found.stands_in(source)
                    break
            at += n
        return held / len(words) if words else 1.0

    def says_more(self, text: str) -> bool:
        """Whether a statement says more than which document it is about."""
        return any(w not in _ABOUT_IT for w in words_of(text)) or bool(figures_of(text.lower(), False)[0])

    def _sentence(self, sentence: str, units: Sequence[Unit], heads: frozenset[str], source: str) -> str:
        parts: list[Part] = []
        for piece in pieces(sentence):
            part = self._part(piece, in_principle(piece) or in_principle(sentence[:LEADING]), source)
            if isinstance(part, str):
                return part
            if part.concepts or part.figures or words_of(part.text):
                parts.append(part)
        if not any(p.specific for p in parts):
            return "没有说是哪件事"
        if any(one.word == two.word for one, two in pairwise([c for p in parts for c in p.specific])):
            return "同一个词说了两遍"
        figured = any(p.figures for p in parts)  # a figure and what it goes with stand in one sentence
        problems = [self._at(parts, u, sentence, heads) for u in units if not (figured and u.joined)]
        if "" in problems:
            return ""
        return min(
            problems, key=lambda p: (p.startswith("所引条款没有提到"), p), default="所引条款没有这个意思"
        )

    def _part(self, piece: str, loose: bool, source: str) -> Part | str:
        """A piece read; a phrase that the source does not have is taken apart. Why not, if a word is not known."""
        if sign := _STRANGE.search(piece):
            return f"“{sign[0]}”没有可以对照的中文"
        figures, rest = figures_of(piece, loose)
        rest = masked(rest)
        concepts: list[Concept] = []
        words = words_of(rest)
        at = 0
        while at < len(words):
            for n in range(min(self._longest, len(words) - at), 0, -1):
                found = self._lexicon.get(tuple(map(stem, words[at : at + n])))
                if found and (found.stands_in(source) or not self._known_apart(words[at : at + n], source)):
                    concepts.append(found)
                    at += n
                    break
            else:
                if words[at] not in EMPTY:
                    return f"“{words[at]}”没有可以对照的中文"
                at += 1
        return Part(tuple(concepts), tuple(figures), rest)

    def _known_apart(self, words: Sequence[str], source: str) -> bool:
        """Whether a source has a phrase in two parts (风险投资, 引导基金)."""
        for cut in range(1, len(words)):
            one, two = (self._lexicon.get(tuple(map(stem, part))) for part in (words[:cut], words[cut:]))
            if (
                one
                and two
                and one.specific
                and two.specific
                and one.stands_in(source)
                and two.stands_in(source)
            ):
                return True
        return False

    def _at(self, parts: Sequence[Part], unit: Unit, sentence: str, heads: frozenset[str]) -> str:
        """Why one sentence of the source does not bear out a statement's, "" if it does."""
        concepts = [c for p in parts for c in p.concepts]
        for concept in concepts:
            if concept.specific and not unit.has(concept):
                return f"所引条款没有提到{concept.word}"
        for one, two in pairwise(concepts):
            if one.word in _LEVELS and not levelled(one, two, unit):
                return f"所引条款没有提到{one.word} {two.word}"
        generic = [c for c in concepts if not c.specific]
        specific = [c for c in concepts if c.specific]
        if sum(c.stands_in(unit.folded) for c in generic) < GENERIC_HELD * len(generic):
            return "所引条款没有这个意思"
        if sum(c.stands_in(unit.folded) for c in specific) < IN_PLACE * len(specific):
            return "所引条款没有这个意思"
        context: list[Concept] = []  # of the pieces without a figure in front of one
        last: list[Concept] = []  # what the figure before went with
        for part in parts:
            own = part.specific or [*last, *(c for c in part.concepts if c.stands_in(unit.folded))]
            if problem := figures_differ(part, [*context, *own], unit, heads):
                return problem
            if part.specific:
                last = part.specific
                context = [] if part.figures else [*context, *part.specific]
        return sense_differs(parts, unit, sentence)
