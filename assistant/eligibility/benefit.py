"""What a programme gives an applicant, with its arithmetic: fixed, a rate of something with cap and floor, or tiers.

Amounts are exact decimals. Where the base is only known as an interval, so is the amount; where it is not known, the
arithmetic says how it would be worked out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from assistant.eligibility.catalogue import Catalogue, Entry
from assistant.eligibility.conditions import Maker, leaves
from assistant.eligibility.engine import Judge, Outcome
from assistant.eligibility.logic import State
from assistant.eligibility.numbers import Range, minus, plus
from assistant.eligibility.profile import Profile
from assistant.eligibility.showing import digits, money, plain, shown
from ingest.knowledge import Benefit, Tier

_UPPER = re.compile(r"不超过|最高|不高于|以内|原则上|最多|为限")
_PER = {
    "year": "每年",
    "month": "每月",
    "project": "每个项目",
    "item": "每项",
    "deal": "每笔交易",
    "loan": "每笔贷款",
    "once": "一次性",
}
_NOT_TWICE = re.compile(r"不重复|不再重复|从高|就高")


@dataclass(frozen=True, slots=True)
class Amount:
    """One benefit worked out.

    `amount` is in `unit` (CNY unless said); None where the document names none or a fact is missing (`missing`).
    `upper` says that it is the most that can be given, not a promise.
    """

    text: str
    clause_id: str
    kind: str
    amount: Range | None = None
    unit: str = "CNY"
    upper: bool = False
    arithmetic: str = ""
    per: str = ""
    missing: tuple[str, ...] = ()
    shares: str = ""

    @property
    def most(self) -> Decimal | None:
        """The largest figure that it can be, for ranking."""
        return None if self.amount is None else self.amount.high

    def to_json(self) -> dict[str, Any]:
        """As the answer gives it; an amount only known as an interval is given by its ends."""
        exact = self.amount.exact if self.amount else None
        out: dict[str, Any] = {
            "amount": None if exact is None else plain(exact),
            "unit": self.unit,
            "arithmetic": self.arithmetic or self.text,
            "clause_id": self.clause_id,
            "text": self.text,
            "at_most": self.upper,
        }
        if self.amount and exact is None:
            out["between"] = [
                None if end is None else plain(end) for end in (self.amount.low, self.amount.high)
            ]
        if self.per:
            out["per"] = self.per
        if self.missing:
            out["missing"] = list(self.missing)
        if self.shares:
            out["shares"] = self.shares
        return out


def benefits(entry: Entry, profile: Profile, day: date, catalogue: Catalogue) -> list[Amount]:
    """What the programme gives, its main benefit (a total, else the first with a figure) first."""
    judging = Judge(catalogue, profile, day)
    given = [b for b in entry.programme.benefit if not b.total]
    found = [_worked_out(benefit, entry, profile, judging, catalogue) for benefit in given]
    totals = [_total(benefit, entry, found) for benefit in entry.programme.benefit if benefit.total]
    return totals + sorted(
        found, key=lambda a: (a.amount is None, not a.missing, a.kind in ("in_kind", "recognition"))
    )


def _total(benefit: Benefit, entry: Entry, parts: Sequence[Amount]) -> Amount:
    """The sum of several benefits that one gets together, known where all of them are."""
    missing = tuple(dict.fromkeys(fact for part in parts for fact in part.missing))
    amount: Range | None = Range.of(0)
    for part in parts:
        amount = plus(amount, part.amount) if amount is not None and part.amount is not None else None
    arithmetic = ""
    if amount is not None and amount.exact is not None:
        summands = [
            money(part.amount.exact) for part in parts if part.amount and part.amount.exact is not None
        ]
        arithmetic = f"{'+'.join(summands)}={money(amount.exact)}"
    return Amount(
        benefit.text,
        entry.clause_id(benefit.at),
        benefit.kind,
        amount,
        benefit.unit or "CNY",
        any(part.upper for part in parts),
        arithmetic,
        benefit.per or "",
        missing,
    )


def _worked_out(
    benefit: Benefit, entry: Entry, profile: Profile, judging: Judge, catalogue: Catalogue
) -> Amount:
    if not benefit.tiers:
        return _amount(benefit, benefit, entry, profile, catalogue)
    maker = Maker(entry.vocabulary, entry.clause_id)
    for tier in benefit.tiers:
        tree = maker.tree(tier.when) if tier.when else None
        state = judging.state(tree) if tree else State.MET
        if state is State.MET:
            return _amount(tier, benefit, entry, profile, catalogue)
        if state is State.UNKNOWN and tree:
            missing = tuple(
                dict.fromkeys(
                    leaf.fact or leaf.prose for leaf in leaves(tree) if judging.leaf(leaf) is State.UNKNOWN
                )
            )
            caps = [figure for t in benefit.tiers if (figure := t.amount or t.cap)]
            text = f"看是哪一档：{'；'.join(t.text for t in benefit.tiers)}"
            most = f"，最高{money(_decimal(max(caps)))}" if caps else ""
            return Amount(
                benefit.text,
                entry.clause_id(tier.at),
                benefit.kind,
                None,
                benefit.unit or "CNY",
                True,
                text + most,
                benefit.per or "",
                missing,
            )
    return Amount(
        benefit.text,
        entry.clause_id(benefit.at),
        benefit.kind,
        None,
        benefit.unit or "CNY",
        False,
        "不在所列的任何一档",
        benefit.per or "",
    )


@dataclass(slots=True)
class _Sum:
    """A sum on its way: what it is, how it was reached, and what is missing for it."""

    amount: Range | None = None
    arithmetic: str = ""
    missing: tuple[str, ...] = ()
    upper: bool = False


def _amount(
    given: Benefit | Tier, benefit: Benefit, entry: Entry, profile: Profile, catalogue: Catalogue
) -> Amount:
    cap = None if given.cap is None else _decimal(given.cap)
    floor = None if benefit.floor is None else _decimal(benefit.floor)
    per = benefit.per or ""
    if given.every is not None and given.of:
        worked = _stepped(given, given.of, cap, profile, catalogue)
    elif given.amount is not None:
        words = f"{_PER.get(per, '')}{money(_decimal(given.amount))}"
        worked = _Sum(Range.of(_decimal(given.amount)), words)
    elif given.rate is not None and given.of:
        worked = _rated(given, given.of, _decimal(given.rate), (floor, cap), profile, catalogue)
    elif cap is not None:
        words = f"{money(floor)}至{money(cap)}" if floor is not None else f"最高{money(cap)}"
        worked = _Sum(Range.of(cap), (_PER[per] if per in _PER and per != "once" else "") + words, upper=True)
    else:
        worked = _Sum()
    if given.times:
        _for_each(worked, given.times, given.total_cap, profile, catalogue)
    return Amount(
        given.text,
        entry.clause_id(given.at),
        benefit.kind,
        worked.amount,
        benefit.unit or "CNY",
        worked.upper or bool(_UPPER.search(f"{benefit.limit_words or ''}{given.text}")),
        worked.arithmetic,
        per,
        worked.missing,
        _shares(entry, profile),
    )


def _rated(
    given: Benefit | Tier,
    of: str,
    rate: Decimal,
    limits: tuple[Decimal | None, Decimal | None],
    profile: Profile,
    catalogue: Catalogue,
) -> _Sum:
    """A rate of a figure, or of the part of it that lies beyond something, between a floor and a cap."""
    floor, cap = limits
    fact = catalogue.facts[of]
    base, words, missing = _counted_part(given, of, profile, catalogue)
    out = _Sum(missing=missing)
    if base is None:
        out.arithmetic = f"{words}×{_rate(rate)}"
    else:
        out.amount = _limited(base.scaled(rate), cap, floor)
        worked = base.scaled(rate).exact
        said = f"{words}×{_rate(rate)}"
        out.arithmetic = f"{said}={money(worked)}" if worked is not None else f"{fact.name}{said}"
    if cap is not None:
        out.arithmetic += f"，最高{money(cap)}"
    if floor is not None:
        out.arithmetic += f"，不低于{money(floor)}"
    exact = out.amount.exact if out.amount else None
    if exact is not None and exact in (cap, floor) and exact != _uncapped(base, rate):
        out.arithmetic += f"，按{money(exact)}算"
    return out


def _counted_part(
    given: Benefit | Tier, of: str, profile: Profile, catalogue: Catalogue
) -> tuple[Range | None, str, tuple[str, ...]]:
    """The part of a figure that counts, in words, and the facts that are missing for it."""
    fact, value = catalogue.facts[of], profile.value(of)
    base = value if isinstance(value, Range) and (value.low is not None or value.high is not None) else None
    words = shown(fact, base) if base else fact.name
    missing: tuple[str, ...] = () if base else (of,)
    beyond = given.beyond
    if beyond is None:
        return base, words, missing
    if beyond.amount is not None:
        start: Range | None = Range.of(_decimal(beyond.amount))
        less = money(_decimal(beyond.amount))
    else:
        other = profile.value(beyond.of or "")
        share = _decimal(beyond.rate or 1)
        start = other.scaled(share) if isinstance(other, Range) else None
        name = catalogue.facts[beyond.of or ""]
        less = f"{shown(name, other) if isinstance(other, Range) else name.name}×{_rate(share)}"
        missing += () if start else (name.id,)
    part = _not_negative(minus(base, start)) if base and start else None
    return part, f"（{words}-{less}）", missing


def _not_negative(value: Range) -> Range:
    zero = Decimal(0)
    low = zero if value.low is None else max(value.low, zero)
    high = None if value.high is None else max(value.high, zero)
    return Range(low, high, value.low_open and low > 0, value.high_open and high != 0)


def _stepped(
    given: Benefit | Tier, of: str, cap: Decimal | None, profile: Profile, catalogue: Catalogue
) -> _Sum:
    """A fixed amount and so much more for each full step of a figure."""
    first, add, every = _decimal(given.amount or 0), _decimal(given.add or 0), _decimal(given.every or 1)
    base, words, missing = _counted_part(given, of, profile, catalogue)
    rule = f"{money(first)}+{words}每满{money(every)}加{money(add)}"
    most = f"，最高{money(cap)}" if cap is not None else ""
    if base is None:
        return _Sum(None, rule + most, missing)

    def reached(end: Decimal | None) -> Decimal | None:
        total = None if end is None else first + end // every * add
        return total if cap is None else cap if total is None else min(total, cap)

    amount = Range(reached(base.low), reached(base.high))
    result = f"={money(amount.exact)}" if amount.exact is not None else ""
    return _Sum(amount, rule + result + most)


def _for_each(
    worked: _Sum, times: str, total_cap: float | None, profile: Profile, catalogue: Catalogue
) -> None:
    """What is given once for each, for all that there are; for one where it was not said how many."""
    count = profile.value(times)
    fact = catalogue.facts[times]
    if not isinstance(count, Range) or count.low is None or count.low <= 0:
        worked.arithmetic += f"，按{fact.name}计"
        return
    if worked.amount is None or count.exact is None:
        return
    each = worked.arithmetic
    worked.amount = worked.amount.scaled(count.exact)
    if worked.amount.exact is not None and count.exact > 1:
        worked.arithmetic = f"{each}×{shown(fact, count)}={money(worked.amount.exact)}"
    if total_cap is not None:
        most = _decimal(total_cap)
        worked.amount = _limited(worked.amount, most, None)
        worked.arithmetic += f"，合计最高{money(most)}"


def _uncapped(base: Any, rate: Decimal) -> Decimal | None:
    """The uncapped amount, where the base is one number."""
    return base.exact * rate if isinstance(base, Range) and base.exact is not None else None


def _limited(amount: Range, cap: Decimal | None, floor: Decimal | None) -> Range:
    """An amount held between floor and cap."""

    def held(end: Decimal | None) -> Decimal | None:
        if end is None:
            return cap
        end = end if cap is None else min(end, cap)
        return end if floor is None else max(end, floor)

    low, high = held(amount.low if amount.low is not None else Decimal(0)), held(amount.high)
    same = low == high
    return Range(low, high, amount.low_open and not same, amount.high_open and not same)


def _rate(rate: Decimal) -> str:
    """A rate as people write it: 20%, 5‰, 1:1, 每次50元."""
    if rate > 1:
        return f"{digits(rate, 2)}元"
    if rate < Decimal("0.01"):
        return f"{digits(rate * 1000, 2)}‰"
    return f"{digits(rate * 100, 2)}%"


def _decimal(number: float) -> Decimal:
    return Decimal(str(number))


_RATIO = re.compile(r"(\d+)\s*[:：]\s*(\d+)|各(?:承担)?\s*50%|市\s*(\d+)%、当地\s*(\d+)%")


def _shares(entry: Entry, profile: Profile) -> str:
    """How city and district share the cost where the applicant is, if the document says so; nothing that changes the sum."""
    remark, district = entry.programme.shares, profile.value("district")
    if remark is None:
        return ""
    if not isinstance(district, str):
        return remark.text
    short = district.rstrip("区县市")
    fallback = ""
    for part in re.split(r"[；;，,（）()]", remark.text):
        ratio = _RATIO.search(part)
        if not ratio:
            continue
        city, local = _parts(ratio)
        words = f"{short}：市与当地{city}:{local}分担"
        if short in part:
            return words
        if not fallback and "、" not in part:
            fallback = words
    return fallback or remark.text


def _parts(ratio: re.Match[str]) -> tuple[int, int]:
    if ratio[1]:
        return int(ratio[1]), int(ratio[2])
    return (int(ratio[3]), int(ratio[4])) if ratio[3] else (1, 1)


@dataclass(frozen=True, slots=True)
class Stack:
    """Programmes of one document that are not given twice for the same thing: the best one, and those it displaces."""

    best: str
    displaced: tuple[str, ...]
    remark: str
    clause_id: str


def stacking(outcomes: Sequence[Outcome], amounts: dict[str, Amount | None]) -> list[Stack]:
    """Among programmes that an applicant could get, those of which a document says that only the best is given.

    Args:
        outcomes: judged programmes.
        amounts: programme id → its main benefit.
    """
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        remark = outcome.entry.programme.stacking
        if remark and _NOT_TWICE.search(remark.text):
            groups.setdefault((outcome.entry.document_id, remark.text), []).append(outcome)
    found = []
    for (_, text), members in groups.items():
        sums = {m.entry.programme.id: (amounts.get(m.entry.programme.id), m) for m in members}
        ranked = sorted(sums, key=lambda i: -(_most(sums[i][0])))
        remark = members[0].entry.programme.stacking
        if len(ranked) > 1 and remark:
            found.append(Stack(ranked[0], tuple(ranked[1:]), text, members[0].entry.clause_id(remark.at)))
    return found


def _most(amount: Amount | None) -> Decimal:
    return amount.most if amount and amount.most is not None else Decimal(-1)
