"""True statements as a chat model would word them: the same said with other numerals, names, words, order and dress."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

_MONEY = re.compile(r"(?<![\d.\-—~至到、和或/])(\d+(?:\.\d+)?)(万|亿)元(?![/以\-—~至到、和或])")
_FIGURE = re.compile(r"\d+(?:\.\d+)?(?:万元|亿元|元|%|年|个月|家|名)")
_TITLE_OR_NUMBER = re.compile(r"《[^》]*》|“[^”]*”|[〔\[]\d{4}[〕\]]\d+号|(?:19|20)\d\d年")
_LEADS = [
    "根据《{title}》，", "按照该办法的规定，", "可以这样理解：", "简单来说，", "根据所引条款，", "按{path}的规定，", "是的，", "答：",
    "依据{number}，", "据该文件，",
]  # fmt: skip
_ENDS = ["具体见所引条款。", "以上见条款原文。"]
# Words that say the same in an answer to a citizen as in the document.
_SAME: dict[str, list[str]] = {
    "给予": ["给", "发放", "提供"], "补助": ["补贴", "资助"], "补贴": ["补助"], "资助": ["补助"], "申报": ["申请"], "申请": ["申报"], "应当": ["应", "需要", "须", "要"],
    "必须": ["须", "应当", "一定要"], "可以": ["可", "能"], "不得": ["不能", "不可以"], "不能": ["不得", "不可以"], "不予": ["不给予", "不"], "负责": ["承担"],
    "拨付": ["拨给", "发放"], "提交": ["递交", "报送"], "奖励": ["奖"], "单个": ["每个"], "注册": ["登记注册"], "以上": ["及以上"],
    "需要": ["需", "要"], "对": ["对于"], "按": ["按照", "根据"], "期限": ["时间"], "资金": ["经费"], "并且": ["且", "同时"], "或者": ["或"],
    "取消": ["撤销"], "每年": ["每一年"], "一次性": ["一次"], "审核": ["审查"], "条件": ["要求"],
    "企业": ["公司"], "公布": ["发布"], "和": ["以及", "与"], "不再": ["不"],
}  # fmt: skip
_KEPT = re.compile(r"企业[家号上孵]|[小微型鹰级员大术]企业|企业券|高新技术企业")


def variants(
    gist: str,
    title: str,
    number: str,
    path: str,
    shorter: Mapping[str, str],
    dice: Callable[[str], random.Random],
) -> Iterator[tuple[str, str]]:
    """Kinds of true statements with their words.

    Args:
        gist: what the clause says.
        title: of its document.
        number: of its document, "" if it has none.
        path: of the clause in the document.
        shorter: official names and terms with a usual short form.
        dice: a generator for a purpose.
    """
    for kind, form in _NUMERALS.items():
        yield kind, _outside(_MONEY, gist, form)
    yield "amounts in words", _outside(_MONEY, gist, _in_words)
    yield "spaces and full width", _outside(_FIGURE, gist, _spaced)
    yield "figures in bold", _outside(_FIGURE, gist, lambda m: f"**{m[0]}**")
    if not gist.startswith(("《", "根据", "按")):
        lead = dice("lead").choice([x for x in _LEADS if number or "{number}" not in x])
        yield "words of introduction", lead.format(title=title, path=path, number=number) + gist
    yield "words at the end", gist + dice("end").choice(_ENDS)
    yield "shortened names", _shortened(gist, shorter)
    yield "a word of the same meaning", _reworded(gist, 1, dice("one word"))
    yield "several words of the same meaning", _reworded(gist, 3, dice("words"))
    parts = [p for p in re.split(r"[；。]", gist) if p]
    if len(parts) > 1:
        yield "parts as sentences", "。".join(parts) + "。"
        yield "first part only", parts[0] + "。"
        yield "parts as a list", "\n".join(f"- {p}" for p in parts)


def _outside(pattern: re.Pattern[str], text: str, form: Callable[[re.Match[str]], str]) -> str:
    """A text with a pattern's matches in another form, but for titles, document numbers and years."""
    barred = [m.span() for m in _TITLE_OR_NUMBER.finditer(text)]
    return pattern.sub(lambda m: m[0] if any(a <= m.start() < b for a, b in barred) else form(m), text)


def _yuan(match: re.Match[str]) -> Decimal:
    return Decimal(match[1]) * (10**8 if match[2] == "亿" else 10**4)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


_NUMERALS: dict[str, Callable[[re.Match[str]], str]] = {
    "amounts in digits": lambda m: f"{_yuan(m):,.0f}元",
    "amounts in plain digits": lambda m: f"{_yuan(m):.0f}元",
    "amounts in millions": lambda m: f"{_plain(_yuan(m) / 10**6)}百万元",
    "amounts in thousands": lambda m: f"{_plain(_yuan(m) / 1000)}千元" if _yuan(m) < 10**7 else m[0],
    "amounts in the other scale": lambda m: f"{_plain(_yuan(m) / (10**4 if m[2] == '亿' else 10**8))}{'万' if m[2] == '亿' else '亿'}元",
    "amounts without 元": lambda m: m[0].removesuffix("元") if m.string[m.end() : m.end() + 1] in "，。；" else m[0],
    "amounts in RMB": lambda m: f"人民币{m[0]}",
}  # fmt: skip


def _in_words(match: re.Match[str]) -> str:
    import cn2an

    return f"{cn2an.an2cn(match[1], 'low')}{match[2]}元"


def _spaced(match: re.Match[str]) -> str:
    wide = match[0].replace("%", "％").translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    return f" {match[0]} " if len(match[0]) % 2 else wide


def _shortened(text: str, shorter: Mapping[str, str]) -> str:
    barred = [m[0] for m in re.finditer(r"《[^》]*》|“[^”]*”", text)]
    for long, short in shorter.items():
        if long in text and not any(long in b for b in barred):
            text = text.replace(long, short)
    return text


def _reworded(text: str, most: int, dice: random.Random) -> str:
    """A text with some words exchanged for others of the same meaning."""
    barred = [m.span() for m in _TITLE_OR_NUMBER.finditer(text)] + [m.span() for m in _KEPT.finditer(text)]
    pattern = re.compile(
        r"(?<=[，。；：、的对内])企业(?=[的，、每按可应])|(?<=\d[万]元)以上|"
        + "|".join(
            rf"(?<![\u4e00-\u9fff]){w}" if len(w) == 1 else w
            for w in sorted(_SAME, key=len, reverse=True)
            if w not in ("企业", "以上", "和")
        )
    )
    places = [m for m in pattern.finditer(text) if not any(a <= m.start() < b for a, b in barred)]
    for match in sorted(dice.sample(places, min(most, len(places))), key=lambda m: -m.start()):
        text = text[: match.start()] + dice.choice(_SAME[match[0]]) + text[match.end() :]
    return text
