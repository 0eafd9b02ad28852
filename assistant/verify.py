"""What a chat model writes is shown only where the cited clauses bear it out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.model_alignment import Source, content_terms, differs, pieces_of
from assistant.model_claims import (
    Days,
    Respective,
    included,
    joined_otherwise,
    misgiven,
    misrow,
    overstated,
    respectives,
    widened,
    without_days,
    wrong_day,
)
from assistant.model_edits import Original, Sameness, changed_word
from assistant.model_english import English, is_english, without_references
from assistant.model_english_figures import validity_in_english
from assistant.model_quantities import (
    Quantity,
    counted,
    heads_of,
    limits_differ,
    plain,
    quantities,
    same,
    strange,
)
from assistant.model_wording import (
    Kin,
    articles,
    named_programmes,
    says_absent,
    strange_body,
    strange_role,
    titles,
    undressed,
    validity_claims,
    weighted_cover,
    without_marks,
)
from index.search import Searcher
from index.tokens import terms
from index.validity import ValidityStatus
from ingest.knowledge import Body, Term
from ingest.text import doc_numbers, fold

COVERED = 0.5  # of a statement's words, weighted by rarity
SENTENCE_COVERED = 0.4  # of the words of each of its sentences
ALIEN = 0.28  # of a piece's words: less than that nobody made of its clause
OUT_OF_LINE = 0.35  # by so much less may a piece be covered than the rest of its statement
PIECE_COVERED = 0.65
PIECE_TERMS = 3  # of a piece that is looked at on its own
BODY_TERMS = 5  # with fewer a piece only says which body does it
NO_KIN = Kin()
KEPT_SOURCES = 16
NEAR_BEST = 0.15  # by so much less may a clause have of a piece's words and be its home as well
BETTER = 0.12  # by so much more does another clause cover a statement that belongs to it
# The states of a document in which it may be said to be in force, ended, or not yet begun.
_BEARS_OUT: dict[str, frozenset[ValidityStatus]] = {
    "in_force": frozenset({"in_force"}),
    "ended": frozenset({"expired", "superseded"}),
    "not_yet": frozenset({"not_yet"}),
}
VALIDITY_SENTENCE = 16  # characters of a sentence that says nothing else
_SENTENCE_WHOLE = re.compile(r"[^。！？\n]+")
_TERM = re.compile(r"[至到止期前内]|失效|截止|有效")  # about the end of a term
_ISSUE = re.compile(r"印发|发文|发布|公布|出台|成文")
_BEGINNING = re.compile(r"施行|实施|生效|执行|起")
_BRACKET = re.compile(r"[（(].*")
_SENTENCE = re.compile(r"[^。！？；;!?\n]+")


@dataclass(frozen=True)
class Evidence:
    """One clause as statements are held against it: its words, and its document's data."""

    text: str
    gist: str = ""
    title: str = ""
    names: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()  # what the document's programmes are called
    doc_numbers: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    breadcrumb: str = ""
    issued: str | None = None
    effective: str | None = None
    expires: str | None = None
    kind: str = "policy"
    status: ValidityStatus = "unknown"

    @property
    def words(self) -> str:
        """What the clause says, in its own words and in those of its gist."""
        return f"{self.text}\n{self.gist}"

    @property
    def about(self) -> str:
        """What its document is called and who issued it."""
        return "\n".join([self.title, *self.names, *self.doc_numbers, *self.issuers, self.breadcrumb])

    @cached_property
    def figures(self) -> list[Quantity]:
        """Every figure of the clause."""
        return quantities(self.words)

    @cached_property
    def terms(self) -> set[str]:
        """Terms of the clause and of its document's names."""
        text = f"{self.words}\n{self.about}"
        return set(terms(text)) | set(content_terms(text, NO_KIN))

    @cached_property
    def characters(self) -> set[str]:
        """Characters of the clause and of its document's names."""
        return set(fold(f"{self.words}\n{self.about}"))

    @property
    def dates(self) -> list[str]:
        """Dates and years that the document's data gives."""
        years = [y for n in self.doc_numbers for y in re.findall(r"〔(\d{4})〕", n)]
        if self.kind == "yearbook":  # it tells of the year before the one in its name
            years += [str(int(y) - 1) for y in re.findall(r"(?:19|20)\d\d", self.title)]
        years += re.findall(r"(?:19|20)\d\d", " ".join([self.title, *self.names]))
        return [d for d in (self.issued, self.effective, self.expires, *years) if d]

    def dates_for(self, sentence: str) -> list[str]:
        """The dates of the document's data that a sentence may mean: of issue, of the beginning or of the end."""
        barred = []
        if not _TERM.search(sentence):
            barred.append(self.expires)
        if _ISSUE.search(sentence) and not _BEGINNING.search(sentence):
            barred += [self.effective, self.expires]
        return [d for d in self.dates if d not in barred or d == self.issued]


class Verifier:
    """Holds statements against the clauses that they cite.

    Args:
        bodies: public bodies with their other names.
        programmes: names of programmes.
        rarity: the weight of a term.
        synonyms: everyday words with the official terms that they stand for.
    """

    def __init__(
        self,
        bodies: Iterable[Body] = (),
        programmes: Iterable[str] = (),
        rarity: Callable[[str], float] | None = None,
        synonyms: Iterable[Term] = (),
    ) -> None:
        bodies, synonyms = list(bodies), list(synonyms)
        self._kin = Kin(bodies)
        self._sameness = Sameness(synonyms, self._kin)
        self._english = English(synonyms, bodies)
        self._programmes = sorted(
            {fold(n) for name in programmes for n in (name, _BRACKET.sub("", name)) if len(n) >= 4},
            key=len,
            reverse=True,
        )
        self._rarity = rarity or (lambda _: 1.0)
        self._sources: dict[tuple[str, ...], tuple[Source, Original]] = {}

    @classmethod
    def of(cls, searcher: Searcher) -> Verifier:
        """The verifier that knows what an index knows."""
        programmes = [
            n for _, body in searcher.store.programmes() for n in (body["name"], *body.get("names", []))
        ]
        vocabulary = searcher.vocabulary
        return cls(vocabulary.bodies, programmes, searcher.rarity, vocabulary.terms)

    def problem(self, statement: str, cited: Sequence[Evidence], others: Sequence[Evidence] = ()) -> str:
        """Why a statement is not borne out by its clauses, or "".

        Args:
            statement: one or a few sentences.
            cited: the clauses that it rests on.
            others: further clauses that its writer was shown.
        """
        if not cited:
            return "没有引用条款"
        statement = without_marks(statement)
        if is_english(statement):
            return self._in_english(statement, cited)
        problem = self._validity(statement, cited)
        if problem:
            return problem
        # The truth of what it says of validity lies in the document's dates, not in its words.
        said = "。".join(s for s in _SENTENCE.findall(statement) if not _of_validity(s))
        named = (self._numbers, self._articles, self._names)
        problem = next((p for check in named if (p := check(statement, cited))), "")
        problem = problem or self._figures(undressed(statement), cited)
        if problem:
            return problem
        said = undressed(said)
        for _, words in validity_claims(said):
            if not any(words in e.words for e in cited):
                said = said.replace(words, "")
        said = self._sameness.in_words_of(said, fold("\n".join(f"{e.words}\n{e.about}" for e in cited)))
        checks = (self._claims, self._coverage, self._alignment, self._joined)
        return next((p for check in checks if (p := check(said, cited))), "") or self._elsewhere(
            said, cited, others
        )

    def _in_english(self, statement: str, cited: Sequence[Evidence]) -> str:
        problem = self._numbers(statement, cited)
        known = articles("\n".join(f"{e.words}\n{e.about}" for e in cited))
        if wrong := sorted(set(re.findall(r"\barticle\s+(\d+)", statement.lower())) - known):
            return f"所引条款不是第{wrong[0]}条"
        statement = re.sub(
            r"(?:\b(?:under|according to|in|by)\s+)?\barticle\s+\d+\b,?", " ", statement, flags=re.I
        )
        source = fold("\n".join(f"{e.words}\n{e.about}" for e in cited))
        problem = problem or next(
            (f"《{t}》不在所引条款里" for t in titles(statement) if t not in source), ""
        )
        if problem:
            return problem
        claims, days, rest = validity_in_english(without_references(statement))
        for claim, _ in claims:
            if not any(e.status in _BEARS_OUT.get(claim, ()) for e in cited):
                return "与文件的效力不符"
        for kind, said in days.items():
            dates = [d for e in cited if (d := getattr(e, kind))]
            if any(not any(d.startswith(day) for d in dates) for day in said):
                return "日期与文件的不符"
        if (claims or any(days.values())) and not self._english.says_more(rest):
            return ""
        return self._english.problem(
            rest, [t for e in cited for t in (e.text, e.gist) if t], "\n".join(e.about for e in cited)
        )

    def foreign(self, statement: str, cited: Sequence[Evidence]) -> str:
        """The first 文号, figure, title, body or programme of a text that its sources do not have, or ""."""
        problem = self._numbers(statement, cited) or self._names(statement, cited)
        if problem:
            return problem
        known = [q for e in cited for q in e.figures]
        dates = [d for e in cited for d in e.dates]
        return next(
            (f"数字{q}不在原话里" for q in quantities(statement) if strange(q, known, dates, frozenset())), ""
        )

    # --- the checks ---

    def _numbers(self, statement: str, cited: Sequence[Evidence]) -> str:
        known = {n for e in cited for n in (*e.doc_numbers, *doc_numbers(e.words))}
        return next((f"文号{n}不在所引条款里" for n in doc_numbers(statement) if n not in known), "")

    def _articles(self, statement: str, cited: Sequence[Evidence]) -> str:
        if not any(e.breadcrumb for e in cited):
            return ""  # nothing is known of where the clauses stand
        known = articles("\n".join(f"{e.words}\n{e.about}" for e in cited))
        return next((f"所引条款不是第{n}条" for n in sorted(articles(statement) - known)), "")

    def _figures(self, statement: str, cited: Sequence[Evidence]) -> str:
        known = [q for e in cited for q in e.figures]
        heads = frozenset(h for e in cited for h in heads_of(e.words))
        texts = [e.text for e in cited]
        names = [plain(n) for e in cited for n in (e.title, *e.names)]
        said = re.sub(r"《[^》]*》", " ", statement)
        for quantity in quantities(said):
            days = [d for e in cited for d in e.dates_for(quantity.sentence)]
            if strange(quantity, known, days, heads) and not any(
                quantity.value in re.findall(r"\d+", name) for name in names
            ):
                if any(counted(quantity, s, texts) for s in _SENTENCE_WHOLE.findall(said)):
                    continue
                return f"数字{quantity}不在所引条款里"
            differs = limits_differ(quantity, [q for q in known if same(quantity, q, heads)])
            if differs:
                return f"{quantity}：{differs}"
        return ""

    def _names(self, statement: str, cited: Sequence[Evidence]) -> str:
        source = fold("\n".join(f"{e.words}\n{e.about}" for e in cited))
        for title in titles(statement):
            if title not in source:
                return f"《{title}》不在所引条款里"
        role = strange_role(statement, [e.words for e in cited], self._kin)
        if role:
            return f"所引条款里不是{role}"
        said = fold(re.sub(r"《[^》]*》", " ", statement))
        body = strange_body(said, source, self._kin)
        if body:
            return f"所引条款没有提到{body}"
        held = {t for e in cited for t in e.terms}
        own = fold("\n".join(n for e in cited for n in e.programmes))
        _, original = self._source(cited)
        for name in named_programmes(said, self._programmes):
            if (
                name not in source
                and name not in own
                and not set(terms(name)) <= held
                and self._sameness.skeleton(name).signs not in original.whole
            ):
                return f"所引条款没有提到{name}"
        return ""

    def _validity(self, statement: str, cited: Sequence[Evidence]) -> str:
        for claim, words in validity_claims(statement):
            # A clause may speak so of something else: a title, a voucher, an older document.
            quoted = any(words in e.words for e in cited)
            if not quoted and not any(e.status in _BEARS_OUT[claim] for e in cited):
                return "与文件的效力不符"
        return ""

    def _claims(self, statement: str, cited: Sequence[Evidence]) -> str:
        said, source = fold(statement), fold("\n".join(f"{e.words}\n{e.about}" for e in cited))
        words = plain("\n".join(e.words for e in cited))
        problem = overstated(said, source) or included(said, source) or widened(plain(statement), words)
        if problem:
            return problem
        days = [Days(e.issued, e.effective, e.expires) for e in cited]
        return (
            joined_otherwise(said, [fold(e.words) for e in cited], self._kin)
            or wrong_day(plain(statement), words, days)
            or misrow(statement, [e.text for e in cited])
            or misgiven(statement, self._lists(cited), words)[0]
        )

    def _lists(self, cited: Sequence[Evidence]) -> list[Respective]:
        return [found for e in cited for text in (e.text, e.gist) for found in respectives(text)]

    def _coverage(self, statement: str, cited: Sequence[Evidence]) -> str:
        statement = without_days(statement)
        sentences = [s for s in _SENTENCE.findall(statement) if not says_absent(s)]
        if self.cover("。".join(sentences), cited) < COVERED:
            return "所引条款没有这个意思"
        for sentence in sentences:
            if len(sentence) >= 6 and self.cover(sentence, cited) < SENTENCE_COVERED:
                return f"“{sentence[:20]}”在所引条款里找不到"
        pieces = [
            p
            for p in pieces_of(statement, self._kin)
            if len(p.terms) >= PIECE_TERMS and not (p.bodies and len(p.terms) < BODY_TERMS)
        ]
        covers = [self.cover(p.text, cited) for p in pieces]
        for i, (piece, cover) in enumerate(zip(pieces, covers, strict=True)):
            rest = covers[:i] + covers[i + 1 :]
            usual = sum(rest) / len(rest) if rest else cover
            if validity_claims(piece.text) or (
                says_absent(piece.text) and not held_after_all(piece.text, cited)
            ):
                continue
            if cover < min(max(usual - OUT_OF_LINE, ALIEN), PIECE_COVERED):
                return f"“{piece.text[:20]}”在所引条款里找不到"
        return ""

    def _alignment(self, statement: str, cited: Sequence[Evidence]) -> str:
        heads = frozenset(h for e in cited for h in heads_of(e.words))
        source, original = self._source(cited)
        words = plain("\n".join(e.words for e in cited))
        _, right = misgiven(statement, self._lists(cited), words)
        return differs(statement, source, self._kin, heads, right) or changed_word(
            statement, original, self._sameness
        )

    def _joined(self, statement: str, cited: Sequence[Evidence]) -> str:
        """A sentence that begins with what one clause is about and goes on with a figure of another."""
        if len(cited) < 2:
            return ""
        sources = [self._source([e])[0] for e in cited]
        for sentence in _SENTENCE.findall(statement):
            begun: frozenset[int] = frozenset()
            for piece in pieces_of(sentence, self._kin):
                if len(piece.terms) < PIECE_TERMS:
                    if begun and not all(
                        any(same(q, held) for i in begun for held in cited[i].figures) for q in piece.figures
                    ):
                        return f"“{piece.text[:20]}”说的是另一条条款的事"
                    continue
                fits = [source.beside(piece)[0] for source in sources]
                home = frozenset(i for i, f in enumerate(fits) if f >= max(fits) - NEAR_BEST)
                if begun and piece.figures and not begun & home:
                    return f"“{piece.text[:20]}”说的是另一条条款的事"
                begun = begun & home or home
        return ""

    def _source(self, cited: Sequence[Evidence]) -> tuple[Source, Original]:
        """The words of some clauses to be found again; the last ones are kept, for the statements that follow."""
        texts = tuple(t for e in cited for t in (e.text, e.gist) if t)
        if texts not in self._sources:
            if len(self._sources) >= KEPT_SOURCES:
                self._sources.clear()
            self._sources[texts] = (
                Source(texts, self._kin, self._rarity),
                Original.of(
                    texts, "\n".join(e.about for e in cited), self._sameness, not all(e.gist for e in cited)
                ),
            )
        return self._sources[texts]

    def _elsewhere(self, statement: str, cited: Sequence[Evidence], others: Sequence[Evidence]) -> str:
        own = self.cover(statement, cited)
        if any(self.cover(statement, [other]) > own + BETTER for other in others):
            return "说的是另一条条款的内容"
        return ""

    def cover(self, text: str, cited: Sequence[Evidence]) -> float:
        """The share of a text's terms that its clauses have, weighted by rarity; of one in English, of its words."""
        if is_english(text):
            source = fold("\n".join(f"{e.words}\n{e.about}" for e in cited))
            return self._english.cover(without_references(text), source)
        held = {t for e in cited for t in e.terms}
        characters = {c for e in cited for c in e.characters}
        return weighted_cover(content_terms(text, self._kin), held, characters, self._rarity)


def _of_validity(sentence: str) -> bool:
    """Whether a sentence says that its document is or is not in force, and nothing else."""
    return len(sentence) <= VALIDITY_SENTENCE and bool(validity_claims(sentence))


def held_after_all(text: str, cited: Sequence[Evidence]) -> bool:
    """Whether clauses do give what a text says they do not: an amount, or a day."""
    figures = [q for e in cited for q in e.figures]
    if re.search(r"金额|数额|多少钱|额度", text) and any(q.unit == "元" for q in figures):
        return True
    dated = any(q.unit == "date" and q.value.count("-") == 2 for q in figures) or any(
        e.expires for e in cited
    )
    return bool(re.search(r"日期|截止|有效期|到期|失效", text)) and dated


def unsupported(statement: str, sources: list[str]) -> str:
    """Why a statement is not borne out by some texts, or ""; without a vocabulary."""
    return Verifier().problem(statement, [Evidence(s) for s in sources])


def rarity_of(counts: dict[str, int], size: int) -> Callable[[str], float]:
    """The weight of terms by the number of texts that have them, as the index weighs them."""
    return lambda term: math.log(1 + (size - counts.get(term, 0) + 0.5) / (counts.get(term, 0) + 0.5))
