"""Words that turn a statement round wherever they stand, held against all of its source: no near copy is needed to tell.

Which of several figures goes with which of several subjects (分别), what narrows a subject, how often, who alone or
together, from which day and to which day.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.model_quantities import Quantity, plain, quantities, sentences
from assistant.model_wording import Kin

# Words that say more than they seem to, with what in a source bears them out.
_STRONG = {
    "每月": r"每个?月|按月|月度",
    "每季": r"每个?季|按季|季度",
    "每周": r"每周|每星期",
    "每天": r"每天|每日|当天|当日",
    "连续": r"连续|连",
    "再次": r"再次|再|第二次|重新",
    "全职": r"全职",
    "兼职": r"兼职",
    "免费": r"免费|无偿|免|不收",
    "收费": r"收费|有偿|收取",
    "减半": r"减半|一半|50%",
    "永久": r"永久|长期",
    "终身": r"终身",
    "自动": r"自动",
    "随时": r"随时",
    "唯一": r"唯一|只|仅",
    "一律": r"一律|均|全部|不得",
    "任何": r"任何|一切|所有|不得|均|全部|各",
    "优先": r"优先|择优|先行|优选",
    "全额": r"全额|全部|100%|足额",
}
_NARROWING = re.compile(
    r"(独立|新增|连续|全职|首次|应届|规模以上|规上|实际|中小微|新认定|新引进)([\u4e00-\u9fff\d]{2})"
)
_TWICE = re.compile(r"([\u4e00-\u9fff]{2,10})(?:、|和|及|与|或者?|以及)\1(?![\u4e00-\u9fff]*[之间])")
_DOUBLE_DENIAL = re.compile(r"不(?:能|得|可|可以)不(?!合格|称职|达标|同|断)")
_EXCEPTED = re.compile(r"(?:不含|不包括|不包含)([\u4e00-\u9fff]{2,8})")
_EXCEPTED_BEHIND = re.compile(r"([\u4e00-\u9fff]{2,8}?)(?:的)?除外")
_COUNTED_IN = re.compile(r"(?<!不)(?:包括在内|也包括|计算在内|同样适用|也(?:可以|能|可)|(?<!不)包括)")
_DATE = r"(?:19|20)\d\d年(?:\d{1,2}月(?:\d{1,2}日)?)?"
_END = re.compile(
    rf"(?:有效期?限?(?:到|至|为|截止到|截至|持续到)|(?:截止|截至|终止|执行|有效|失效)(?:到|至|于)?)(?P<a>{_DATE})|(?P<b>{_DATE})(?:底|止|前)?(?:就|将|已经?)?(?:到期|失效|过期|截止|终止|废止|期满)"
)
_START = re.compile(rf"(?P<a>{_DATE})(?:起|开始|正式|就)*(?:施行|实施|生效|执行)")
_ISSUED = re.compile(rf"(?P<a>{_DATE})(?:[\u4e00-\u9fff]{{0,8}})?(?:印发|发布|公布|发文|出台)")
_DOCUMENT = re.compile(
    r"^(?:这份|该|本|这个|此)(?:办法|政策|文件|意见|通知|细则|计划)(?:在|于|自|从)?(?=[，。]|$)"
)
_UNTIL_MARK = re.compile(r"[至到止期—-]\s*$")
_LIST = r"(?:、|和|及|与|或者?|以及|/)"
BEHIND = 3  # characters in front of a figure
_ROW = re.compile(
    r"^(?:[^；：\n]{1,8}：)?(?P<name>[\u4e00-\u9fff]{2,8})；(?:[^；：\n]{1,40}：[^；\n]*(?:；|$)){2,}",
    re.MULTILINE,
)
SUBJECT = 6  # characters of a subject in a list that tell it from the others
_SPLIT = re.compile(_LIST)
_RESPECTIVE = re.compile(
    r"(?P<before>[^,;。:]*?)(?:,)?(?P<word>分别)(?P<between>[^\d,;。]{0,24})(?P<first>\d[\d.]*)(?P<rest>[^;。]*)"
)


def overstated(said: str, source: str) -> str:
    """The first word of a statement that says more than anything in its source, "" if none.

    Args:
        said: the statement, folded.
        source: all words of its clauses and of their documents' names, folded.
    """
    for word, borne in _STRONG.items():
        if word in said and not re.search(borne, source):
            return f"原文没有“{word}”"
    if (found := _DOUBLE_DENIAL.search(said)) and found[0] not in source:
        return f"原文没有“{found[0]}”"
    if (found := _TWICE.search(said)) and found[0] not in source:
        return f"“{found[0]}”说了两遍"
    return ""


def widened(said: str, source: str) -> str:
    """A narrowing word that a statement leaves out where its source never does, "" if none."""
    heads: dict[str, set[str]] = {}
    for match in _NARROWING.finditer(source):
        heads.setdefault(match[2], set()).add(match[1])
    for head, words in heads.items():
        if head not in said or any(w in said for w in words):
            continue
        bare = re.compile("".join(rf"(?<!{re.escape(w)})" for w in sorted(words)) + re.escape(head))
        if not bare.search(source):
            return f"“{head}”前面的“{min(words)}”丢了"
    return ""


def included(said: str, source: str) -> str:
    """What a statement counts in and its source leaves out (不含重新认定), "" if nothing."""
    for pattern in (_EXCEPTED, _EXCEPTED_BEHIND):
        for match in pattern.finditer(source):
            what = match[1]
            for piece in re.split(r"[,;。()]", said):
                if (
                    what[:4] in piece
                    and _COUNTED_IN.search(piece)
                    and not re.search(r"不包括|不包含|不含|除外|不享受|不适用", piece)
                ):
                    return f"原文不包括{what}"
    return ""


def joined_otherwise(said: str, sources: Iterable[str], kin: Kin) -> str:
    """Two bodies that a statement joins by 或 and its source never does, "" if there are none."""
    pairs = list(_pairs_by_or(said, kin))
    if not pairs:
        return ""
    known = {pair for text in sources for pair in _pairs_by_or(text, kin)}
    return next((f"原文不是“{a}或{b}”" for a, b in pairs if (a, b) not in known and (b, a) not in known), "")


def _pairs_by_or(text: str, kin: Kin) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r"或者?(?:由)?", text):
        before, after = (
            kin.named_at_end(text[max(0, match.start() - 20) : match.start()]),
            kin.named_at_start(text[match.end() : match.end() + 20]),
        )
        if before and after:
            yield before, after


@dataclass(frozen=True, slots=True)
class Days:
    """The days that a document's data gives (ISO, each known to the day, month or year), None where it gives none."""

    issued: str | None
    effective: str | None
    expires: str | None


def wrong_day(said: str, source: str, days: Sequence[Days]) -> str:
    """A day of issue, beginning or end that a statement gives and neither the source nor its data, "" if none.

    Args:
        said: the statement, `plain`.
        source: the words of its clauses, `plain`.
        days: of their documents.
    """
    kinds = (
        (_END, [d.expires for d in days], True),
        (_START, [d.effective for d in days], False),
        (_ISSUED, [d.issued for d in days], False),
    )
    for pattern, given, is_end in kinds:
        known = [d for d in given if d]
        if not known:
            continue
        for match in pattern.finditer(said):
            written = next(g for g in match.groups() if g)
            day = _iso(written)
            if any(d.startswith(day) or day.startswith(d) for d in known):
                continue
            if not _stands_so(written, pattern, source, is_end):
                return f"{written}不是文件里的{'截止' if is_end else '起始或印发'}日期"
    return ""


def without_days(text: str) -> str:
    """A statement without what it says of the days of issue, beginning and end, which are held against the data."""
    for pattern in (_END, _START, _ISSUED):
        text = pattern.sub("", text)
    return _DOCUMENT.sub("", text)


def _iso(written: str) -> str:
    digits = re.findall(r"\d+", written)
    return "-".join([digits[0], *(d.zfill(2) for d in digits[1:])])


def _stands_so(written: str, pattern: re.Pattern[str], source: str, is_end: bool) -> bool:
    """Whether a source has a day in the same part: behind 至 or 到, or with the same words."""
    if any(written in match[0] for match in pattern.finditer(source)):
        return True
    places = [m.start() for m in re.finditer(re.escape(written), source)]
    return is_end and any(_UNTIL_MARK.search(source[max(0, p - 2) : p]) for p in places)


# --- which figure goes with which subject ---


def misrow(said: str, texts: Iterable[str]) -> str:
    """A figure of a statement that does not stand in the row of a table that it names, "" if there is none.

    Args:
        said: one or a few sentences.
        texts: of the source; a row is a line of cells (列：值；列：值；……) whose first value names it.
    """
    rows = [
        (match["name"].strip().removesuffix("区").removesuffix("县").removesuffix("市"), plain(match[0]))
        for text in texts
        for match in _ROW.finditer(text)
    ]
    for sentence in sentences(said) if rows else ():
        for piece in re.split(r"[,，;；、]", sentence):
            named = [row for name, row in rows if len(name) >= 2 and name in piece]
            figures = [q for q in quantities(piece) if q.unit in ("", "%", "元", "count")]
            values = {q.value for row in named for q in quantities(row)}
            for quantity in figures if named else ():
                if quantity.value not in values and quantity.unit in ("", "%"):
                    return f"{quantity}不在表里那一行"
    return ""


@dataclass(frozen=True, slots=True)
class Respective:
    """Subjects of a source with the figures that it gives to them one by one (甲、乙分别为1、2)."""

    marks: tuple[frozenset[str], ...]  # of each subject the pairs of characters that the others have not
    figures: tuple[Quantity, ...]


@lru_cache(maxsize=1024)
def respectives(text: str) -> tuple[Respective, ...]:
    """The lists of a source that give several subjects a figure each."""
    out = []
    for sentence in sentences(text):
        for match in _RESPECTIVE.finditer(sentence):
            figures = _listed(match["first"] + match["rest"])
            parts = [p for p in _SPLIT.split(re.sub(r"[”\"]\s*[“\"]", "、", match["before"])) if p]
            if len(figures) < 2 or len(parts) < len(figures):
                continue
            subjects = [_core(p) for p in parts[-len(figures) :]]
            subjects = [subjects[0][-SUBJECT:], *(s[:SUBJECT] for s in subjects[1:])]
            marks = tuple(
                frozenset(_pairs(s)) - frozenset(p for o in subjects if o is not s for p in _pairs(o))
                for s in subjects
            )
            if all(marks):
                out.append(Respective(marks, tuple(figures)))
    return tuple(out)


def _core(part: str) -> str:
    return re.sub(r"[“”\"'()]|(?:的|给予|给|由|对|承担|企业|为|,)+$|^(?:对|由|评定为|认定为|被)+", "", part)


def _pairs(text: str) -> list[str]:
    return [text[i : i + 2] for i in range(len(text) - 1)]


def _listed(text: str) -> list[Quantity]:
    """The figures at the beginning of a text that are listed with one another."""
    run = re.match(r"\d[\d.]*[^\d,;。]{0,6}?(?:[、和及与,/]+\D{0,4}?\d[\d.]*[^\d,;。、和]{0,3})+", text)
    found = quantities(run[0]) if run else []
    return found if len({q.unit for q in found}) == 1 else []


def misgiven(said: str, lists: Iterable[Respective], source: str) -> tuple[str, frozenset[str]]:
    """A figure of a statement that its source gives to another subject of a list ("" if none), and the figures that are
    borne out so.

    Args:
        said: one or a few sentences.
        lists: of the source.
        source: the words of the source, `plain`: a figure behind the very words is where it belongs.
    """
    right: dict[tuple[int, int], Quantity] = {}
    wrong: dict[tuple[int, int], Quantity] = {}
    for place, sentence in enumerate(sentences(said)):
        for given in lists:
            for subject, at, figure in _assigned(sentence, given):
                if given.figures[subject].key == figure.key:
                    right[place, at] = figure
                elif sentence[max(0, at - BEHIND) : at] + figure.written not in source:
                    wrong[place, at] = figure
    problem = next((f"{q}在所引条款里说的是另一项" for where, q in wrong.items() if where not in right), "")
    return problem, frozenset(q.value for q in right.values())


def _assigned(sentence: str, given: Respective) -> Iterator[tuple[int, int, Quantity]]:
    """(subject of a list, where its figure stands, its figure) as a `plain` sentence puts them."""
    keys = {q.key for q in given.figures}
    places: list[tuple[int, int, Quantity | None]] = []
    for number, marks in enumerate(given.marks):
        found = [sentence.find(m) for m in marks if m in sentence]
        if len(found) * 2 >= len(marks) and found:
            places.append((min(found), number, None))
    subjects = len(places)
    at = 0
    for quantity in quantities(sentence):
        at = sentence.find(quantity.written, at)
        if at < 0:
            return
        if quantity.key in keys or quantity.unit == given.figures[0].unit:
            places.append((at, -1, quantity))
        at += len(quantity.written)
    places.sort(key=lambda p: p[0])
    figures = [(where, q) for where, _, q in places if q is not None]
    if not subjects or not any(q.key in keys for _, q in figures):
        return
    order = [number for _, number, q in places if q is None]
    leading = next(i for i, p in enumerate(places) if p[2] is not None)
    if leading == subjects == len(figures):
        yield from ((number, where, q) for number, (where, q) in zip(order, figures, strict=True))
        return
    for (_, number, q), (where, _, after) in itertools.pairwise(places):
        if q is None and after is not None and after.key in keys:
            yield number, where, after
