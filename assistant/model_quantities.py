"""Figures in policy text with their units and limit words, and whether a statement uses them as its source does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from ingest.text import canonical, fold

_NUMERAL = "零〇一二两三四五六七八九十百千万亿"
# A lone 一 is mostly no figure (一次性, 一般, 统一), nor is any lone numeral in front of what it cannot count.
_LONE = re.compile(
    rf"(?<![{_NUMERAL}\d点])(?<!分之)(?<!不少于)(?<!不超过)(?<!不低于)(?<!至少)(?<!最多)(?:一(?!年|个?月|[等级]|季度|倍|[{_NUMERAL}\d])|[二两三四五六七八九十](?!个|年|月|日|天|[等级]|倍|成|名|家|项|次|周|人|位|期|批|种|类|大|档|张|件|季度|百分|分之|[{_NUMERAL}\d]))"
)
_ORDINAL = re.compile(
    rf"第[{_NUMERAL}\d]+(?:[条款项章节编]|[大]?类|部分)|[（(][{_NUMERAL}\d]{{1,3}}[）)]|[①-⑳]"
    r"|(?:^|(?<=[；;。\n：:]))\s*\d{1,2}[.．、](?!\d)|(?:^|(?<=[。\n]))\s*[一二三四五六七八九十]{1,3}、|\[\d+\]"
)
_POINTS, _PERCENT_WORD = re.compile(r"个?百分点"), re.compile(r"百分[数比率]")
# Without the letters before it: what stands in front of them cannot be told from them.
_NUMBER_OF_DOCUMENT = re.compile(r"[〔［\[（(【]\s?(?:19|20)\d\d\s?[〕］\]）)】]\s?\d{1,4}\s*号")
_AS_A_RULE = re.compile(r"一般(?!项目|企业|性|公共|债|贸易|纳税)")
_LAST_YEAR = re.compile(r"上一个?年")
_EACH = re.compile(r"每一(?=[年月家个人项户])")
_HAN_DECIMAL = re.compile(r"[一二两三四五六七八九十百零]+点[零一二三四五六七八九]+(?=[万亿])")
_MILLIONS = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)百万(?=美?元)")
_PART = re.compile(r"(\d+)分之(\d+)")
_SHARED_SCALE = re.compile(
    r"(?<![\d.])(\d+(?:\.\d+)?)(?=(?:(?:[、/\-~至到和或—–]+)\d+(?:\.\d+)?)*(?:[、/\-~至到和或—–]+)\d+(?:\.\d+)?([百千万亿]+)元)"
)
_UNITS = (
    "pp|%|‰|万?美元|元|立方米|平方米|平方公里|公里|千瓦|米|亩|吨|个月|月|年|周岁|岁|个工作日|工作日|日|天|小时|学时|个小时|分钟|倍|周|季度|"
    "成|等|级|家|个|户|名|人|位|项|件|次|张|批|期|篇|种|类|款|台|套|所|条|只|支|部|场|届|大|档|方面|辆|座|门|步|分|万?人次"
)
_QUANTITY = re.compile(
    rf"(?P<date>(?:19|20)\d\d年(?:\d{{1,2}}月(?:\d{{1,2}}日)?)?|(?:19|20)\d\d(?=[-~—–至到](?:19|20)\d\d年)|(?<![\d年])\d{{1,2}}月\d{{1,2}}日)"
    rf"|(?P<number>\d+(?:\.\d+)?)(?P<unit>{_UNITS})?"
)
_CLASS = {
    "元": "元", "美元": "美元", "%": "%", "‰": "‰", "pp": "百分点", "成": "%",
    "年": "年", "个月": "个月", "月": "月", "周岁": "岁", "岁": "岁", "日": "日", "天": "日", "工作日": "工作日",
    "个工作日": "工作日", "小时": "小时", "个小时": "小时", "学时": "小时", "倍": "倍", "等": "等", "级": "级",
    "平方米": "平方米", "立方米": "立方米", "千瓦": "千瓦", "平方公里": "平方公里", "公里": "公里", "亩": "亩", "吨": "吨", "周": "周", "季度": "季度", "米": "米",
    "分钟": "分钟", "分": "分",
}  # fmt: skip
_UPPER = r"最高|不超过|不超出|不得超过|未超过|不高于|不多于|上限|封顶|最多|至多|不大于|最长|最大|不满|未满|低于|少于|小于|不足|最迟|不晚于|限额|为限|控制在"
_LOWER = r"不低于|不少于|不小于|至少|最低|最少|最小|下限|不短于|起步|门槛"
_OVER = r"超过|高于|多于|大于|突破|超出|晚于|超"
_WEAK = r"达到|达|满"
_UNDER = frozenset({"不满", "未满", "低于", "少于", "小于", "不足"})  # the figure itself is not in it
_BEFORE = re.compile(
    rf"(?P<lower>{_LOWER}|不得低于|不得少于|不应低于|不应少于)|(?P<upper>{_UPPER}|不得高于|不应超过|不能超过|不准超过)|(?P<over>(?:{_OVER})(?=\D{{0,3}}$))|(?P<weak>(?:{_WEAK})(?=\D{{0,3}}$))|(?P<rule>原则上?|通常)|(?P<about>(?:大约|约|近)(?=\D{{0,2}}$))"
)
_AFTER = re.compile(
    r"^(?:/[\u4e00-\u9fff]{1,3})?(?:\(含\)|\(不含\)|\(含\d+[^)]*\))?(?:,?的?)?(?:(?P<upper>以内|以下|之内|内|封顶|为限|为上限|及以下)|(?P<lower>及以上|以上|或以上|起(?!施|实|执|生))|(?P<about>左右|上下|余|多))"
)
_STOP = re.compile(r"[,;:。！？!?()、]")
_RAISED = re.compile(r"(?:放宽|提高|上调|调整)[到至为]")  # a limit named before it is the one that is raised
_SENTENCE = re.compile(r"[^。！？；;!?\n]+")
_PIECE = re.compile(r"[^,，]+")
_NUMBERED = (
    re.compile(r"(?:^|(?<=[\n。；：;:]))\s*[（(][一二三四五六七八九十]{1,3}[）)]"),
    re.compile(r"(?:^|(?<=[\n。；：;:]))\s*[（(]?\d{1,2}[)）.．、](?!\d)"),
    re.compile(r"[一二三四五六七八九十]是"),
)
_LISTED = re.compile(r"^(?:[-~—–至到、/和或及与]|以及)+$")
_HEAD = re.compile(r"[(（]\s*(?:单位[:：])?\s*(万元|亿元|元|%|％)\s*[)）]|单位[:：]\s*(万元|亿元|元|%)")
_IN_FULL = 1000  # an amount from here on may go without 元
WINDOW = 30  # characters in front of a figure in which its limit word stands


@dataclass(frozen=True, slots=True)
class Quantity:
    """One figure where it stands: value, kind of unit, limits, the words around it.

    `limits` holds any of `upper`, `lower`, `strict` (超过, 不足: beyond the figure itself), `weak` (达到, 满), `full`
    (满), `rule` (原则上), `about` (约).
    """

    value: str
    unit: str
    limits: frozenset[str]
    written: str
    near: str  # the piece of the sentence between commas
    sentence: str
    place: int = 0  # of its sentence in the text

    def __str__(self) -> str:
        return self.written

    @property
    def key(self) -> tuple[str, str]:
        """Value and unit."""
        return self.value, self.unit


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Text with every numeral in digits, lone numerals that count nothing taken out, and scales shared out.

    >>> plain("不超过 200、100 万元，一次性给予二十％")
    '不超过2000000、1000000元,次性给予20%'
    """
    text = _AS_A_RULE.sub("通常", _PERCENT_WORD.sub("比", _POINTS.sub("pp", text))).replace("人民币", "")
    text = _LAST_YEAR.sub("上年", _EACH.sub("每", text))
    text = _HAN_DECIMAL.sub(lambda m: canonical(f"百分之{m[0]}").rstrip("%"), text)
    text = _MILLIONS.sub(lambda m: f"{(Decimal(m[1]) * 100).normalize():f}万", text)
    said = canonical(
        _SHARED_SCALE.sub(
            lambda m: m[1] + m[2], fold(_LONE.sub("", _ORDINAL.sub(" ", _NUMBER_OF_DOCUMENT.sub(" ", text))))
        )
    )
    return _PART.sub(r"\2/\1", said)


def without_quantities(text: str) -> str:
    """A `plain` text with `#` for each figure and its unit."""
    return _QUANTITY.sub("#", text)


def sentences(text: str) -> list[str]:
    """The sentences of a text, each `plain`."""
    return [p for s in _SENTENCE.findall(text) if (p := plain(s))]


def quantities(text: str) -> list[Quantity]:
    """Every figure of a text, in order."""
    return [q for place, sentence in enumerate(sentences(text)) for q in _of_sentence(sentence, place)]


def _of_sentence(sentence: str, place: int) -> Iterator[Quantity]:
    found = list(_QUANTITY.finditer(sentence))
    units = [_unit(m, sentence) for m in found]
    for i in range(len(found) - 2, -1, -1):  # 3-5年: the first has the unit of the second
        between = sentence[found[i].end() : found[i + 1].start()]
        if units[i][1] == "" and _LISTED.match(between) and units[i + 1][1] not in ("date", "month-day"):
            units[i] = units[i][0], units[i + 1][1]
    before: list[frozenset[str]] = []
    after: list[frozenset[str]] = []
    listed: list[bool] = []  # with the figure before, as in 50、100万元
    end = 0
    for i, match in enumerate(found):
        between = sentence[end : match.start()]
        listed.append(i > 0 and bool(_LISTED.match(between)) and units[i][1] == units[i - 1][1])
        own = _limits_before(between[-WINDOW:])
        before.append(before[-1] if listed[-1] and not own else own)
        behind = _AFTER.match(sentence[match.end() : match.end() + 12])
        after.append(frozenset({behind.lastgroup}) if behind and behind.lastgroup else frozenset())
        end = match.end()
    for i in range(len(found) - 2, -1, -1):  # 5年、3年内
        if listed[i + 1] and not after[i]:
            after[i] = after[i + 1]
    for i, match in enumerate(found):
        value, unit = units[i]
        near = _piece(sentence, match.start())
        yield Quantity(value, unit, before[i] | after[i], match[0], near, sentence, place)


def _unit(match: re.Match[str], sentence: str) -> tuple[str, str]:
    if match["date"]:
        digits = re.findall(r"\d+", match["date"])
        if len(digits[0]) == 4:
            return "-".join([digits[0], *(d.zfill(2) for d in digits[1:])]), "date"
        return "-".join(d.zfill(2) for d in digits), "month-day"
    value, unit = Decimal(match["number"]), match["unit"] or ""
    if unit.endswith("美元"):
        return f"{(value * (10_000 if unit.startswith('万') else 1)).normalize():f}", "美元"
    if unit == "成":
        return f"{(value * 10).normalize():f}", "%"
    return f"{value.normalize():f}", _CLASS.get(unit, "count" if unit else "")


def _limits_before(before: str) -> frozenset[str]:
    before = _RAISED.split(_STOP.split(before)[-1])[-1]
    out: set[str] = set()
    for match in _BEFORE.finditer(before):
        kind = str(match.lastgroup)
        out.add("lower" if kind == "over" else kind)
        if match[0] == "满":
            out.add("full")
        if kind == "over" or match[0] in _UNDER:
            out.add("strict")
    return frozenset(out)


def _piece(sentence: str, at: int) -> str:
    for match in _PIECE.finditer(sentence):
        if match.start() <= at < match.end():
            return match[0]
    return sentence


def bounds(text: str) -> list[str]:
    """The directions of the limit words of a `plain` text in order, with or without a figure: `upper`, `lower`."""
    return [str(m.lastgroup) for m in _BEFORE.finditer(text) if m.lastgroup in ("upper", "lower")]


# --- holding a statement against its source ---


def strange(
    quantity: Quantity, known: Iterable[Quantity], dates: Iterable[str], heads: frozenset[str]
) -> bool:
    """Whether a statement's figure stands nowhere in the source, in no unit that says the same.

    Args:
        quantity: of the statement.
        known: those of the source.
        dates: dates that the document's data gives, ISO, each known to the day, month or year.
        heads: units that stand in a heading of the source for bare numbers below it (`万元`, `%`).
    """
    value, unit = quantity.key
    known = list(known)
    if unit in ("date", "month-day"):
        days = [*(q.value for q in known if q.unit == "date"), *dates]
        if unit == "month-day":
            return not any(d[5:] == value for d in days) and not any(q.key == quantity.key for q in known)
        return not any(d.startswith(value) for d in days)
    return not any(same(quantity, q, heads) for q in known)


def same(said: Quantity, source: Quantity, heads: frozenset[str] = frozenset()) -> bool:
    """Whether two figures say the same, whatever the unit they are given in."""
    if said.value == source.value:
        if said.unit == source.unit or {said.unit, source.unit} <= {"", "count"}:
            return True
        if source.unit == "" and (said.unit == "%" and "%" in heads):
            return True
        if said.unit == "" and source.unit == "元" and Decimal(said.value) >= _IN_FULL:  # 200万
            return True
    if said.unit == source.unit == "date":
        return source.value.startswith(said.value)
    one, two = Decimal(_number(said.value)), Decimal(_number(source.value))
    if {said.unit, source.unit} == {"年", "个月"}:
        return (one * 12 if said.unit == "年" else one) == (two * 12 if source.unit == "年" else two)
    if source.unit == "" and said.unit == "元":
        return any(
            one == two * scale
            for head, scale in (("万元", 10**4), ("亿元", 10**8), ("元", 1))
            if head in heads
        )
    return False


def _number(value: str) -> str:
    return value if value.replace(".", "", 1).isdigit() else "-1"


def heads_of(text: str) -> frozenset[str]:
    """Units in brackets, as in the head of a column, or behind 单位."""
    return frozenset(unit.replace("％", "%") for pair in _HEAD.findall(text) for unit in pair if unit)


def counted(said: Quantity, sentence: str, source: Iterable[str]) -> bool:
    """Whether a small number only counts what follows it in the sentence, or what its source numbers.

    Args:
        said: the statement's figure.
        sentence: the sentence that it stands in, as written.
        source: texts of the clauses.
    """
    if said.unit not in ("", "count") or not said.value.isdigit() or not 2 <= int(said.value) <= 20:
        return False
    wanted = int(said.value)
    head, mark, items = sentence.partition("：")
    if mark and any(said.key == q.key for q in quantities(head)):
        outer = re.sub(r"[（(][^（）()]*[）)]", "", items)
        if (
            re.search(r"[，；](?:或|并且|且)", outer)
            and wanted == len(re.findall(r"[，；](?:或|并且|且)", outer)) + 1
        ):
            return True
        for separator in ("；", "，", "、") if "、" in items else ():
            if wanted in (outer.count(separator) + 1, outer.count(separator) + outer.count("和") + 1):
                return True
    before = re.split(r"[，；：,;]", plain(sentence).partition(said.written)[0])[-1]
    # 甲、乙和丙三个部门
    if re.search("[、和]", before) and wanted == len(re.findall(r"、|和|与|及", before)) + 1:
        return True
    return any(wanted in (len(pattern.findall(text)) for pattern in _NUMBERED) for text in source)


def limits_differ(said: Quantity, sources: Iterable[Quantity]) -> str:
    """How the limits of a statement's figure differ from those it has in the source, "" if one place agrees.

    Args:
        said: the statement's figure.
        sources: the places of the same figure in the source.
    """
    sources = list(sources)
    if not sources or said.unit in ("date", "month-day"):
        return ""
    problems = [_difference(said.limits, s.limits) for s in sources]
    return "" if "" in problems else problems[0]


def _difference(said: frozenset[str], source: frozenset[str]) -> str:
    bounds, theirs = said & {"upper", "lower"}, source & {"upper", "lower"}
    if "weak" in said and "lower" in theirs:
        bounds |= {"lower"}
    if "full" in source and "lower" in bounds:
        theirs |= {"lower"}
    if bounds != theirs:
        return (
            "限定词变了方向" if bounds and theirs else "原文没有这个限定词" if bounds else "原文的限定词丢了"
        )
    if bounds and ("strict" in said) != ("strict" in source):
        return "含不含这个数变了"
    for word, name in (("rule", "原则上"), ("about", "约")):
        if (word in said) != (word in source):
            return f"“{name}”{'是添上去的' if word in said else '丢了'}"
    return ""
