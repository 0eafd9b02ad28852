"""Days as people say them (去年3月, 二零一八年四月), and the years between them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from assistant.eligibility import numbers
from assistant.eligibility.numbers import Range


@dataclass(frozen=True, slots=True)
class Day:
    """A day, or a month or year of which the day is not known: from `first` to `last`."""

    first: date
    last: date


_DATE = re.compile(
    r"(?P<y>(?:19|20)\d\d)\s*[年\-./]\s*(?:(?P<m>\d{1,2})\s*(?:月|[\-./])?\s*(?:份)?(?:(?P<d>\d{1,2})\s*[日号]?)?)?"
)
_RELATIVE = re.compile(
    r"(?P<y>今年|本年|去年|上年|前年|大前年)(?:的)?(?:(?P<m>\d{1,2})\s*月(?:份)?(?:(?P<d>\d{1,2})\s*[日号])?)?"
)
_AGO = {"今年": 0, "本年": 0, "去年": 1, "上年": 1, "前年": 2, "大前年": 3}
_HAN_YEAR = re.compile(r"([二一][零〇九][零〇一二三四五六七八九]{2})(?=年)")
_HAN_MONTH = re.compile(r"(?<=年)(十[一二]?|[一二三四五六七八九])(?=月)")
_SHORT_YEAR = re.compile(r"(?<!\d)([012]\d)(?=年(?:\d{1,2}月|[注成开办底初]))")


def arabic_dates(text: str) -> str:
    """Dates in Chinese digits written in Arabic ones: 二零一八年四月 → 2018年4月, 18年4月 → 2018年4月."""
    text = _HAN_YEAR.sub(
        lambda m: "".join(str("零一二三四五六七八九".index(c.replace("〇", "零"))) for c in m[1]), text
    )
    text = _HAN_MONTH.sub(lambda m: str(numbers.numeral(m[1])), text)
    return _SHORT_YEAR.sub(lambda m: f"20{m[1]}", text)


def day_said(text: str, today: date) -> Day | None:
    """A day, month or year as said (`2018年4月`, `去年3月`, `2018-04-05`); None if there is none."""
    text = arabic_dates(unicodedata.normalize("NFKC", text))
    match = _DATE.search(text)
    year = int(match["y"]) if match else None
    if match is None:
        match = _RELATIVE.search(text)
        year = today.year - _AGO[match["y"]] if match else None
        if match is None and re.fullmatch(r"(?:19|20)\d\d", text.strip()):
            year = int(text)
            return Day(date(year, 1, 1), date(year, 12, 31))
    if match is None or year is None:
        return None
    month, dom = match["m"], match["d"]
    try:
        if dom:
            exact = date(year, int(month), int(dom))
            return Day(exact, exact)
        if month:
            first = date(year, int(month), 1)
            return Day(first, (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1))
        return Day(date(year, 1, 1), date(year, 12, 31))
    except ValueError:
        return None


def years_between(since: Day, day: date) -> Range:
    """Years from a day to another, as an interval where only the month or year is known; none below zero."""
    low, high = _years(min(since.last, day), day), _years(min(since.first, day), day)
    return Range(low, high)


def _years(start: date, end: date) -> Decimal:
    whole = end.year - start.year - ((end.month, end.day) < (start.month, start.day))
    birthday = _anniversary(start, start.year + whole)
    following = _anniversary(start, start.year + whole + 1)
    return Decimal(whole) + Decimal((end - birthday).days) / Decimal((following - birthday).days)


def _anniversary(start: date, year: int) -> date:
    try:
        return start.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 2, 28)
