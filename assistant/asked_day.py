"""The day that a question itself asks about: 2021年5月能评吗, 按2020年底算还有效吗, could we apply in May 2021."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from assistant.eligibility.dates import arabic_dates, day_said
from assistant.schema import Turn
from index.query import clean_question

_DAY: Final = (
    r"(?:(?:19|20)\d\d\s*[年\-./]\s*\d{1,2}(?:\s*[月\-./]\s*份?(?:\s*\d{1,2}\s*[日号]?)?)?"
    r"|(?:去年|前年|大前年|今年)\d{1,2}月份?(?:\d{1,2}[日号])?|(?:(?:19|20)\d\d年|去年|前年|大前年)[初中底末](?!级))"
)
_CAN: Final = (
    r"(?:还|也|就|是否|是不是)?(?:能(?:不能|否)?|可不可以|可以|有没有(?:效|资格)|有效|够(?:不够)?(?:格|条件|资格)|适用|管用|作数"
    r"|执行的是|该?(?:用|按)哪)"
)
_THEN: Final = r"(?:的?时候?|那时候?|那会儿?|当时|那天)"
_WHO: Final = (
    r"(?:(?:这|那)[个项份]|该)?(?:我们?|咱们?|他们?|政策|办法|文件|补贴|规定)?(?:公司|企业|单位|园区)?"
)
_WHAT: Final = r"[^，。；？?、\d]{0,16}(?:计划|政策|办法|意见|细则|规定|通知|文件|补贴|补助|资助|奖励|资金|项目|贷款|贴息|券|》)"
_ON_THAT_DAY = re.compile(rf"(?P<day>{_DAY})(?:{_THEN}[^。；？?]{{0,14}}?|[，,\s]?{_WHO}|{_WHAT}){_CAN}")
# 2018年4月成立的公司能评吗, 注册时间2018年4月，能评吗: the day of something else, not the one that is asked about.
_OF_SOMETHING = re.compile(
    r"成立|注册|登记|设立|开业|开园|运营|认定|获|评[上为]|签|投产|落户|立项|毕业|出生|引进|来杭|时间|日期|[:：]|[于是]$"
    r"|^(?:以前|之前|前|以后|之后|后|起|以来|到|至|开始)"
)
_AS_OF = re.compile(
    rf"(?:截至|截止到?|(?:如果|要是)?(?:按|以|站在|放在))(?P<day>{_DAY})(?:这一?天|那一?天|当天)?"
    r"(?:的?(?:时候|时点|口径|情况))?(?:算|来?看|来?算|为准|的话|来?判断|，|,|还|有没有|是否)"
)
_NOW = re.compile(r"现在|目前|眼下|当前|今天|如今|\b(?:now|today|currently)\b", re.IGNORECASE)
_MONTHS: Final = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH: Final = rf"(?P<month>{'|'.join(_MONTHS)})"
_ENGLISH = re.compile(
    rf"\b(?:as of|as at)\s+(?:(?P<dom>\d{{1,2}})\s+)?{_MONTH}\s+(?P<year>20\d\d)\b"
    rf"|\b(?:can|could|may|was|were|would|is|are|did)\b[^.?!]{{0,80}}?\bin\s+{_MONTH.replace('month', 'month2')}\s+(?P<year2>20\d\d)\s*\?",
    re.IGNORECASE,
)
_TURNS = 6  # messages of the asker that are looked back to


def asked_day(question: str, history: Sequence[Turn], today: date) -> date | None:
    """The day for which validity and ages are asked; None where no day is asked about.

    A month stands for its last day. A later message holds on to the day until one speaks of now.

    Args:
        question: as it was typed.
        history: the turns before.
        today: the day on which it is asked, from which 去年5月 is counted.
    """
    before = [turn.content for turn in reversed(history) if turn.role == "user"][: _TURNS - 1]
    for message in (question, *before):
        whole = message[:2000].encode("utf-8", "replace").decode()  # half of an emoji is no text
        text = arabic_dates(clean_question(whole))
        day = _day(text, today)
        if day is not None or _NOW.search(text):
            return day
    return None


def _day(text: str, today: date) -> date | None:
    match = _AS_OF.search(text) or _on_that_day(text)
    if match is None:
        return _english(text, today)
    said = match["day"]
    found = day_said(said, today)
    if found is None:
        return None
    part = re.search(r"[初中底末]$", said)
    if part is None or part[0] in "底末":
        return found.last
    return found.first if part[0] == "初" else date(found.first.year, 6, 30)


def _on_that_day(text: str) -> re.Match[str] | None:
    for match in _ON_THAT_DAY.finditer(text):
        before = re.split(r"[，。；！？,;!?]", text[: match.start("day")])[-1]
        between = text[match.end("day") : match.end()]
        if not _OF_SOMETHING.search(before) and not _OF_SOMETHING.search(between):
            return match
    return None


def _english(text: str, today: date) -> date | None:
    match = _ENGLISH.search(text)
    if match is None:
        return None
    month = _MONTHS.index((match["month"] or match["month2"]).lower()) + 1
    found = day_said(
        f"{match['year'] or match['year2']}年{month}月" + (f"{match['dom']}日" if match["dom"] else ""), today
    )
    return found.last if found else None
