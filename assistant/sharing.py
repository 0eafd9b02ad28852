"""Who pays how much of a benefit: the shares of the city and of a district, from the clause that sets them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from assistant.sums import plain
from assistant.understanding import Understanding
from index.search import Searcher
from index.store import StoredClause
from index.tokens import terms

_PAYS = r"(?:出|掏|承担|负担|拿|摊|给)"
_ASKS = re.compile(
    rf"(?:市里?|市财政|市级|市本级|区里?|县里?|区县|当地|财政|{_PAYS}的?)[^，。；？?]{{0,8}}{_PAYS}(?:几成|百分之几|一半|大头)"
    r"|(?:怎么|如何|咋|按?什么比例|多大比例|几比几)[^，。；？?]{0,6}(?:分担|分摊|摊|承担|分账|分着?出)|(?:分担|分摊)(?:比例|多少|几)"
    r"|几比几|市(?:里|级|本级|财政)?(?:全出|全额|全包)"
)
# How much the city pays may only mean how much there is; beside a word for the other who pays it asks for a share.
_HOW_MUCH = re.compile(
    r"(?:市里?|市财政|市级|市本级|区里?|县里?|当地)[^，。；？?]{0,8}(?:出|掏|承担|负担|拿|摊)(?:多少|几)"
)
_OTHER = re.compile(r"区里|县里|区县|区级|县级|当地|[这那]一?层|自己|财政")
_SAID = re.compile(r"分担|承担|负担|共担|两级财政")
_OF_ALL = re.compile(r"全额")
_SHARES = re.compile(
    r"(?P<city>\d)\s*[:：∶]\s*(?P<other>\d)|各(?:自)?(?:承担|负担|出)?\s*(?P<each>50)%"
    r"|(?:市)?(?P<of_city>\d{1,2})%、(?:当地|区县|区、县（市）)?(?P<of_other>\d{1,2})%"
)
_MONEY = re.compile(
    r"(?P<limit>最高不超过|不超过|不高于|最高|最多)?\s*(?P<sum>\d+(?:\.\d+)?)\s*(?P<unit>[万亿])元"
)
_TOLD = re.compile(r"(?P<sum>\d+(?:\.\d+)?)\s*个?(?P<unit>[万亿])(?!人|家|平|亩)")
# A sum beside these is not what is paid, or not all of it.
_NO_BENEFIT = re.compile(
    r"贷款|贴息|参股|担保|周转金|注册资本|不低于|不少于|达到|以上|每(?!个团队|家企业)|%|‰"
)

_PART = re.compile(r"[；。]|、(?=[^、。；]{0,16}\d+(?:\.\d+)?万)")
_NOT_MEANT = re.compile(r"不是[^，。；（）()？?]{1,8}")


class Share(NamedTuple):
    """What the city pays of a benefit, in percent, with the words that say in which districts; none where in all."""

    places: str
    of_city: Decimal
    ratio: str  # as the text says it, where it is one

    def holds(self, place: str) -> bool:
        """Whether the share is that of a district ("西湖区"), which lists of districts name without its last character."""
        return not self.places or (bool(place) and place[:2] in self.places)


def asks_who_pays(question: str) -> bool:
    """Whether a question asks how a benefit is shared between the city and a district.

    >>> asks_who_pays("这笔钱市里出几成"), asks_who_pays("这笔补助一般最多出多少钱")
    (True, False)
    """
    return bool(_ASKS.search(question) or (_HOW_MUCH.search(question) and _OTHER.search(question)))


def shares_in(text: str, searcher: Searcher) -> list[Share]:
    """The shares that a text sets, each with what stands before it; [] for none."""
    out: list[Share] = []
    if not _SAID.search(text):
        return out
    end = 0
    for match in _SHARES.finditer(text):
        before, end = text[end : match.start()], match.end()
        if match["city"]:
            city, other = Decimal(match["city"]), Decimal(match["other"])
        else:
            city = Decimal(match["each"] or match["of_city"])
            other = Decimal(match["each"] or match["of_other"])
        matching = "配套" in text[match.end() : match.end() + 4]  # of another's funds
        if matching or city + other == 0 or (not match["city"] and city + other != 100):
            continue
        districts = [place for place in searcher.analyser.places_in(before) if place != "杭州市"]
        out.append(
            Share(before if districts else "", city / (city + other) * 100, match[0] if match["city"] else "")
        )
    several = len(out) > 1
    return [share for share in out if share.places or not several]


def shared(
    understanding: Understanding, statements: Sequence[tuple[str, list[str]]], searcher: Searcher
) -> tuple[str, list[str]] | None:
    """How the benefit of the first statement is shared, as a statement with its clause; None where nothing says so.

    For a district that is named, and a sum that is the only one told or said, it is worked out what either pays.
    """
    if not statements or not asks_who_pays(understanding.question):
        return None
    first = searcher.store.clause(statements[0][1][0])
    clause = _clause(first, searcher) if first else None
    if first is None or clause is None:
        return None
    whole = f"{clause.gist}\n{clause.text}"
    shares = shares_in(clause.text, searcher) or shares_in(clause.gist, searcher)
    place = next(iter(understanding.hints.places), "")
    own = next((share for share in shares if share.holds(place)), None)
    if _OF_ALL.search(whole) or (own is None and clause.gist):
        return clause.gist or clause.text, [clause.clause_id]
    if own is None:
        return None
    city, other = plain(own.of_city), plain(100 - own.of_city)
    where = place if own.places else "区、县（市）"
    by = f"按{own.ratio}" if own.ratio else ""
    text = f"经费由市和{where}{by}分担：市财政出{city}%，当地财政出{other}%"
    base = _base(understanding, statements[0][0]) if first.clause_id != clause.clause_id else None
    if base:
        said, amount, unit = base
        parts = [f"{plain(amount * share / 100)}{unit}元" for share in (own.of_city, 100 - own.of_city)]
        text += f"；按{said}算，市里{parts[0]}、当地{parts[1]}"
    return f"{text}。", [clause.clause_id]


def _clause(first: StoredClause, searcher: Searcher) -> StoredClause | None:
    """The clause of a document that says how benefits are shared; of several the one nearest to the first in the outline."""
    some = [
        c
        for c in searcher.store.clauses_of(first.document_id)
        if shares_in(c.gist, searcher) or shares_in(c.text, searcher)
    ]

    def near(clause: StoredClause) -> tuple[int, int, int]:
        alike = 0
        for one, other in zip(clause.path, first.path, strict=False):
            if one != other:
                break
            alike += 1
        return alike, len(clause.path), -abs(clause.position - first.position)

    return max(some, key=near, default=None)


def _base(understanding: Understanding, said: str) -> tuple[str, Decimal, str] | None:
    """The sum that is shared: the one that the statement says, of several the one that the asker tells as well."""
    told = {(m["sum"], m["unit"]) for m in _TOLD.finditer(understanding.hints.corrected)}
    sums: dict[tuple[str, str], str] = {}
    for part in _meant(understanding, _PART.split(said)):
        of_part = {(m["sum"], m["unit"]): "最高" if m["limit"] else "" for m in _MONEY.finditer(part)}
        if told:
            of_part = {key: "" for key in of_part if told == {key}}
        if of_part and _NO_BENEFIT.search(part):
            return None
        sums |= of_part
    if len(sums) != 1:
        return None
    (((number, unit), limit),) = sums.items()
    return f"{limit}{number}{unit}元", Decimal(number), unit


def _meant(understanding: Understanding, parts: list[str]) -> list[str]:
    """The parts of a statement that say a sum, of several the one that a word of the question sets apart from the others."""
    paying = [part for part in parts if _MONEY.search(part)]
    if len(paying) < 2:
        return paying
    asked = set(terms(_NOT_MEANT.sub("", understanding.hints.corrected)))
    words = [set(terms(_MONEY.split(part)[0])) for part in paying]  # what stands before the sum
    own = [w - set().union(*(o for o in words if o is not w)) for w in words]
    meant = [part for part, apart in zip(paying, own, strict=True) if apart & asked]
    return meant if len(meant) == 1 else paying
