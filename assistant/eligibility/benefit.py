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
from assistant.eligibility.numbers import Range
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
    """What the programme gives, its main benefit (the first with a figure) first."""
    judging = Judge(catalogue, profile, day)
    found = [_worked_out(benefit, entry, profile, judging, catalogue) for benefit in entry.programme.benefit]
    return sorted(
        found, key=lambda a: (a.amount is None, not a.missing, a.kind in ("in_kind", "recognition"))
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


def _amount(
    given: Benefit | Tier, benefit: Benefit, entry: Entry, profile: Profile, catalogue: Catalogue
) -> Amount:
    cap = None if given.cap is None else _decimal(given.cap)
    floor = None if benefit.floor is None else _decimal(benefit.floor)
    upper = bool(_UPPER.search(f"{benefit.limit_words or ''}{given.text}"))
    clause_id, unit, per = entry.clause_id(given.at), benefit.unit or "CNY", benefit.per or ""
    amount: Range | None = None
    arithmetic = ""
    missing: tuple[str, ...] = ()
    if given.amount is not None:
        amount = Range.of(_decimal(given.amount))
        arithmetic = f"{_PER.get(per, '')}{money(_decimal(given.amount))}"
    elif given.rate is not None and given.of:
        fact = catalogue.facts[given.of]
        base = profile.value(given.of)
        rate = _decimal(given.rate)
        rate_words = _rate(rate)
        if isinstance(base, Range) and (base.low is not None or base.high is not None):
            amount = _limited(base.scaled(rate), cap, floor)
            worked = base.scaled(rate).exact
            said = f"{shown(fact, base)}×{rate_words}"
            arithmetic = f"{said}={money(worked)}" if worked is not None else f"{fact.name}{said}"
        else:
            arithmetic, missing = f"{fact.name}×{rate_words}", (given.of,)
        if cap is not None:
            arithmetic += f"，最高{money(cap)}"
        if floor is not None:
            arithmetic += f"，不低于{money(floor)}"
        if (
            amount is not None
            and amount.exact is not None
            and amount.exact in (cap, floor)
            and amount.exact != _uncapped(base, rate)
        ):
            arithmetic += f"，按{money(amount.exact)}算"
    elif cap is not None:
        amount, upper = Range.of(cap), True
        arithmetic = f"{money(floor)}至{money(cap)}" if floor is not None else f"最高{money(cap)}"
        if per in _PER and per != "once":
            arithmetic = _PER[per] + arithmetic
    return Amount(
        given.text,
        clause_id,
        benefit.kind,
        amount,
        unit,
        upper,
        arithmetic,
        per,
        missing,
        _shares(entry, profile),
    )


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
