"""Statements in English held against their Chinese clauses, word by word: what no table knows is not let through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from assistant.model_claims import respectives
from assistant.model_english_figures import (
    Said,
    figures_of,
    in_principle,
    masked,
    number_words,
)
from assistant.model_english_words import DISTRICTS, EMPTY, GENERIC, SPECIFIC
from assistant.model_quantities import Quantity, heads_of, limits_differ, plain, quantities, same
from assistant.model_wording import duty, negations
from ingest.knowledge import Body, Term
from ingest.text import fold

LEADING = 16  # characters at the beginning of a sentence whose reservation goes for all of it
IN_PLACE = (
    0.5  # of the words that tell subjects apart that must stand in the sentence itself, not in its title
)
GENERIC_HELD = 0.5  # of the words of acts and money that must stand where the rest stands
WIDEST = 3  # neighbouring pieces of a Chinese sentence
LEAST_CONCEPTS = 2  # of a piece that is looked for on its own
_HAN = re.compile(r"[\u4e00-\u9fff]")
_NUMBER = re.compile(r"[\u4e00-\u9fff]*[〔\[(（]\d{4}[〕\])）]\s?\d+\s?号")
_TITLE = re.compile(r"《[^》]*》")
_WORD = re.compile(r"[a-z][a-z&']*")
_SENTENCE = re.compile(r"(?<=[a-z0-9%)])[.;!?](?=\s|$)|[;\n]")
_PIECE = re.compile(r",(?=\s)|[()]|:(?=\s)|\s(?:while|but|whereas)\s|\s-\s|\s[–—]\s")
_BETWEEN_FIGURES = re.compile(r"\s(?:and|or)\s|\s(?=(?:may|must|shall|should|can|cannot)\s)")
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
_DENIES = re.compile(r"\b(?:not|no|never|without|cannot|neither|nor|none)\b|n't\b")
_LEFT_OUT = re.compile(r"不含|不包括|不包含|除外")
_MUST = re.compile(r"\b(?:must|shall|required|requires?|obliged)\b")
_MAY = re.compile(r"\b(?:may|can|could|allowed|permitted|optional)\b")
_DEMANDED = re.compile(r"应|须|必|需|要(?!素|点)|不得|不能|确保|严禁|条件")
_ONLY = re.compile(r"\bonly\b")
_ONLY_SAID = re.compile(r"只|仅|限")
_OR = re.compile(r"\bor\b(?! higher| above| more)")
_OR_SAID = re.compile(r"或|之一|任一|一个即可|其一")
_AND = re.compile(r"\band\b")
_AND_SAID = re.compile(r"和|及|、|并|与|且|；|;|，|,")
_LOOSE = re.compile(r"原则|一般|通常")
_UNIT = re.compile(r"[^。；;！？\n]+")
_ROW = re.compile(r"^[^\n]*(?:[^；\n]*：[^；\n]*；){2,}[^\n]*$", re.MULTILINE)
# Words that are part of another.
_GUARDED = {
    "大学": "大学(?!生)",
    "省": "(?<!节)省(?!略)",
    "区": "(?<!地)区(?!分|别)",
    "市": "(?<!上)(?<!入)市(?!场)",
}
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
# Words that narrow, with what says so in English.
_NARROWING = {
    "连续": r"consecutive|in a row|running",
    "独立": r"independent",
    "首次": r"first",
    "新增": r"increas|new|add|growth",
    "自筹": r"self|own funds",
    "全职": r"full.time",
    "重新": r"\bre-?(?:recogni|accredit|certif|appl)",
    "新出让": r"new",
    "平均": r"average",
    "应届": r"fresh|graduat",
}
_OF_THE_WHOLE = frozenset({"连续", "首次"})  # these narrow the whole of what is said
# Kinds of enterprises, with what says so in English: an enterprise of one kind is not any enterprise.
_QUALIFYING = {
    "高新技术": r"high.tech|national",
    "中小|中小微|小微|小型": r"sme|small|micro",
    "科技型|科技": r"tech",
    "创新型": r"innovat",
    "规上|规模以上": r"designated",
    "上市": r"list",
    "独角兽": r"unicorn",
}
_BENEFIT = re.compile(
    r"\b(?:may|can|could)(?: also| then| each)? (?:receive|obtain|get|apply|reapply|enjoy|claim)\b"
)
_GRANTED = re.compile(
    r"\b(?:must|shall|required to) (?:receive|obtain|get|enjoy|apply|reapply|be (?:given|granted|paid))\b"
)
_ALLOWED = re.compile(r"可|能|允许|鼓励|自愿")
_STRANGE = re.compile(r"[^\x00-\x7f¥￥“”‘’–—万亿²]")
_SUCH_AS = re.compile(r"\bsuch as\b|\bincluding\b|\bwhether\b|\beither\b")
_COUNTED_IN = re.compile(r"\b(?:covered|included|includes?|covers?|eligible|applies)\b")
_LEFT_OUT_WHAT = re.compile(r"(?:不含|不包括|不包含)(.{2,10})")
_CHINESE_PIECE = re.compile(r"[^，,：:()（）]+")
_EDGE = re.compile(r"[，,;；。:：()（）]")


def is_english(text: str) -> bool:
    """Whether a statement is written in English, but for titles and document numbers."""
    rest = re.sub(r"(?<=\d)\s?[万亿]", " ", without_references(text))
    return not _HAN.search(rest) and len(re.findall(r"[A-Za-z]{2,}", rest)) >= 3


def without_references(text: str) -> str:
    """A statement without titles and document numbers, which are held against the source on their own."""
    return re.sub(r"\(\s*\)", " ", _TITLE.sub(" ", _NUMBER.sub(" ", text)))


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
        stems = tuple(map(_stem, _words(word)))
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
        units = _units(tuple(texts), fold(about))
        source = fold("\n".join((*texts, about)))
        if _COUNTED_IN.search(statement) and not _DENIES.search(statement):
            left_out = [m[1] for text in texts for m in _LEFT_OUT_WHAT.finditer(fold(text))]
            named = [
                c
                for piece in _pieces(statement)
                if isinstance(p := self._part(piece, False, source), Part)
                for c in p.specific
            ]
            if any(c.stands_in(what) for c in named for what in left_out):
                return "原文不包括"
        heads = frozenset(h for text in texts for h in heads_of(text))
        for sentence in _SENTENCE.split(number_words(statement)):
            if _words(sentence) and (problem := self._sentence(sentence, units, heads, source)):
                return problem
        return ""

    def says_more(self, text: str) -> bool:
        """Whether a statement says more than which document it is about."""
        return any(w not in _ABOUT_IT for w in _words(text)) or bool(figures_of(text.lower(), False)[0])

    def _sentence(self, sentence: str, units: Sequence[Unit], heads: frozenset[str], source: str) -> str:
        parts: list[Part] = []
        for piece in _pieces(sentence):
            part = self._part(piece, in_principle(piece) or in_principle(sentence[:LEADING]), source)
            if isinstance(part, str):
                return part
            if part.concepts or part.figures:
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
        words = _words(rest)
        at = 0
        while at < len(words):
            for n in range(min(self._longest, len(words) - at), 0, -1):
                found = self._lexicon.get(tuple(map(_stem, words[at : at + n])))
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
            one, two = (self._lexicon.get(tuple(map(_stem, part))) for part in (words[:cut], words[cut:]))
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
            if one.word in _LEVELS and not _levelled(one, two, unit):
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
            if problem := _figures_differ(part, [*context, *own], unit, heads):
                return problem
            if part.specific:
                last = part.specific
                context = [] if part.figures else [*context, *part.specific]
        return _sense_differs(parts, unit, sentence)


def _levelled(level: Concept, bearer: Concept, unit: Unit) -> bool:
    """Whether a source has a level (省级) right in front of what a statement says is of that level."""
    pattern = rf"(?:{level.pattern})级?[^，。；]{{0,6}}?(?:{bearer.pattern})"
    text = f"{unit.folded}\n{unit.about}"
    return bool(re.search(pattern, text)) or any(
        re.search(level.pattern, c) and c in text for c in bearer.called
    )


def _figures_differ(part: Part, subject: Sequence[Concept], unit: Unit, heads: frozenset[str]) -> str:
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


def _sense_differs(parts: Sequence[Part], unit: Unit, sentence: str) -> str:
    """What a statement denies, demands, allows or joins otherwise than the pieces of the source that say the same."""
    if _ONLY.search(sentence) and not _ONLY_SAID.search(unit.text):
        return "原文没有“只”"
    held: list[Part] = []
    for part in parts:
        held.append(part)
        whole = [c for p in held for c in p.concepts]
        if len(whole) < LEAST_CONCEPTS and part is not parts[-1]:
            continue
        text = " ".join(p.text for p in held)
        beside = _beside(whole, unit)
        if bool(_DENIES.search(text)) not in {bool(negations(w) or _LEFT_OUT.search(w)) for w in beside}:
            return "肯定和否定反了"
        if not any(p.figures for p in held):  # the limits of figures are compared one by one
            if in_principle(sentence) and not _LOOSE.search(unit.text):
                return "“原则上”是添上去的"
            if all(_LOOSE.search(w) for w in beside) and not in_principle(sentence):
                return "“原则上”丢了"
        must, may = bool(_MUST.search(text)), bool(_MAY.search(text))
        if must and (_GRANTED.search(text) or not any(_DEMANDED.search(w) for w in beside)):
            return "原文没有“必须”"
        if may and not must and not _DENIES.search(text):
            if all(duty(w) == "must" for w in beside):
                return "应当和可以换了"
            if not _BENEFIT.search(text) and not any(_ALLOWED.search(w) for w in beside):
                return "原文没有“可以”"
        if lost := _widened(whole, beside, sentence.lower()):
            return f"“{lost}”丢了"
        if _SUCH_AS.search(sentence):
            held = []
            continue
        if _OR.search(text) and not any(_OR_SAID.search(w) for w in beside):
            return "“并且”和“或者”换了"
        if _AND.search(text) and all(_OR_SAID.search(w) and not _AND_SAID.search(w) for w in beside):
            return "“并且”和“或者”换了"
        held = []
    return ""


def _widened(concepts: Sequence[Concept], beside: Sequence[str], sentence: str) -> str:
    """A narrowing word that stands in front of all that a source calls by a concept, and not in the statement."""
    for word, english in _NARROWING.items():
        if re.search(english, sentence):
            continue
        if word in _OF_THE_WHOLE and all(word in w for w in beside):
            return word
        for concept in concepts:
            places = [(w, m.start()) for w in beside for m in re.finditer(concept.pattern, w)]
            if places and all(w[:at].endswith(word) for w, at in places):
                return word
    for word, english in _QUALIFYING.items():
        if re.search(english, sentence):
            continue
        for concept in concepts:
            places = [(w, m.start()) for w in beside for m in re.finditer(concept.pattern, w)]
            if places and all(re.search(rf"(?:{word})$", w[:at]) for w, at in places):
                return word
    return ""


def _beside(concepts: Sequence[Concept], unit: Unit) -> list[str]:
    """The narrowest pieces of a source sentence that have most of some concepts."""
    scores = [(sum(2 if c.specific else 1 for c in concepts if c.stands_in(w)), w) for w in unit.windows]
    best = max((s for s, _ in scores), default=0)
    return next(
        ([w for s, w in scores if s == best and w.count("，") == n] for n in range(WIDEST)
         if any(s == best and w.count("，") == n for s, w in scores)),
        [unit.folded],
    )  # fmt: skip


@lru_cache(maxsize=32)
def _units(texts: tuple[str, ...], about: str) -> tuple[Unit, ...]:
    """The rows and sentences of a source, and each two neighbouring sentences as one."""
    said: list[Unit] = []
    for text in texts:
        single = [s.strip() for s in _UNIT.findall(_ROW.sub("\n", text)) if s.strip()]
        said += [Unit(words, about) for words in (*_ROW.findall(text), *single)]
        said += [Unit(f"{one}，{two}", about, joined=True) for one, two in pairwise(single)]
    return tuple(said)


def _pieces(sentence: str) -> Iterator[str]:
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
    return bool(figures) and any(w not in EMPTY for w in _words(masked(rest)))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("-", " ").replace("’", "'"))


_IRREGULAR: Mapping[str, str] = {
    "lost": "lose", "paid": "pay", "chosen": "choose", "given": "give", "held": "hold", "took": "take", "taken": "take",
    "built": "build", "undertaken": "undertake", "undertook": "undertake", "led": "lead", "bureaus": "bureau", "people": "person", "persons": "person",
}  # fmt: skip


def _stem(word: str) -> str:
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
