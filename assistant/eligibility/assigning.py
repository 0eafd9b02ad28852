"""Figures that no pattern claimed, given to the fact whose name the words around them hold.

`合作服务机构6家` is the number of partner service bodies although no pattern foresaw these words. A figure goes to the
fact that it fits best and that fits no other figure better; the unit must be one that the fact is counted in.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.eligibility.numbers import NUMBER
from assistant.eligibility.profile import Known
from assistant.eligibility.regions import DISTRICTS
from assistant.eligibility.values import NUMERIC, number
from assistant.eligibility.wording import Wording
from ingest.knowledge import Fact

_FITS = 0.45  # share of a fact's name, by weight
_AHEAD = 0.08  # of the fact that fits a figure next best
_ELSEWHERE = 0.4  # what a word elsewhere in the message counts
_LEFT, _RIGHT = 18, 8  # characters around a figure
_WORD = 2
_FIGURE = re.compile(
    rf"(?P<share>[一二三四五六七八九十]分之[一二三四五六七八九]|百分之[零一二三四五六七八九十百点\d.]+|[一二两三四五六七八九]成[半一二三四五六七八九]?|{NUMBER}\s*(?:%|％|个百分点|个点)|一半)"
    rf"|(?P<money>{NUMBER}\s*(?:元|块(?!儿))|\d[\d.]*\s*[多余]?个亿|\d[\d.]*\s*[多余]?[十百千]?[万亿](?!来?[人家平个项件名册辆台㎡])|[一二两三四五六七八九十百千]+[多余]?[万亿](?!来?[人家平个项件名册辆台㎡]))"
    rf"|(?P<months>{NUMBER}\s*个多?月(?:半)?)|(?P<area>{NUMBER}\s*[来多余]?(?:平方米|平方|平米|平|㎡|亩))"
    rf"|(?P<years>(?<![这那每某同])(?<!上)(?<!前){NUMBER}\s*多?(?:年半?(?!级|度|代|月|版|的?办法)|周?岁))|(?P<days>{NUMBER}\s*[天日])"
    rf"|(?P<count>{NUMBER}\s*(?:个人|号人|人次|人|名|位|家|个|项|件|场|次|轮|只|支|倍|款)(?!亿))|(?P<ratio>\d+\.\d+)"
)
_UNITS = {
    "person": "人名位个",
    "firm": "家个",
    "item": "项个件款次",
    "event": "场次个期",
    "team": "个支家",
    "body": "家个",
    "case": "个例家",
    "round": "轮次",
    "attendance": "次人位名",
    "倍": "倍",
    "ratio": "",
}
_KINDS = {"percent": "share", "money": "money", "area": "area", "days": "days"}
# A figure that says which firms are meant (2000万元以下规模的小微户) is nobody's own.
_OF_A_CLASS = re.compile(
    r"^(?:元)?(?:以下|以上|以内|及以下|及以上)(?:的)?(?:规模|小微|中小|企业|客户|的企业)"
)
_ASIDE_BOUND = re.compile(r"^(?:以内|以下|之内|及以下)[)）]")  # 低上浮（20%以内）的: which loans are meant
_PLACES = frozenset(
    {
        "杭州",
        "在杭",
        "来杭",
        "到杭",
        "本市",
        "本地",
        "辖内",
        "市内",
        *(place[:2] for place in DISTRICTS.split("|")),
    }
)
_NOISE = re.compile(r"[的了和与或及、，（）()是有共约在为：:\s]")
_BRACKETS = re.compile(r"[（(]([^）)]*)[）)]")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in a message: its sentence and characters there, its kind and words, and the words around it."""

    sentence: int
    start: int
    end: int
    kind: str
    words: str
    context: frozenset[str]
    shown: str
    before: str
    after: str
    applied: bool = False


# Rights that count once they are granted; what is only applied for is none yet.
GRANTED = frozenset(
    {"invention_patents", "foreign_patents_granted", "ip_class1_count", "ip_class2_count", "other_ip_count"}
)
_APPLIED_BEFORE = re.compile(r"(?:申请|受理|提交|申报|在审|报)(?:了|中|的)?[^，。；有]{0,4}$")
_APPLIED_AFTER = re.compile(
    r"^[^，。；]{0,12}(?:申请中|在审|受理|申请(?!过)|[，、][^，。；]{0,4}(?:在审|还?没有?授权|未授权|还没批))"
)


def only_applied_for(sentence: str, start: int, end: int) -> bool:
    """Whether the right that a figure counts is said to be applied for and not granted."""
    return bool(
        _APPLIED_BEFORE.search(sentence[max(0, start - _RIGHT) : start])
        or _APPLIED_AFTER.search(sentence[end:])
    )


# A figure that somebody repeats as what is wanted, or that is still lacking, is not what there is: 要凑5个导师, 还差一家.
_WANTED = re.compile(
    r"(?:[要得须]凑[够齐满足]?|凑[够齐满足]|还?[差缺](?:了|着)?|还少)(?:的是)?$"
    r"|(?<![按照合])(?<!按照)(?<!符合)(?:要求|规定)(?:的是)?[^，。；有配设达]{0,6}$"
)


def only_wanted(before: str) -> bool:
    """Whether the words before a figure say that it is what a rule wants, or what is lacking."""
    return bool(_WANTED.search(before[-_LEFT:]))


class FactNames:
    """The terms of all numeric facts' names, the rarer the heavier."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._variants = {f.id: [_terms(v) for v in _variants(f.name)] for f in facts if f.type in NUMERIC}
        frequency: Counter[str] = Counter()
        for variants in self._variants.values():
            frequency.update(frozenset().union(*variants))
        total = len(self._variants) or 1
        self._weight = {term: math.log((total + 1) / count) for term, count in frequency.items()}

    def fit(self, fact: str, context: frozenset[str], message: frozenset[str]) -> float:
        """The share of a fact's name that the words by a figure hold, 0 to 1; words elsewhere count a little."""
        best = 0.0
        for terms in self._variants.get(fact, []):
            total = sum(self._weight[t] for t in terms)
            near = sum(self._weight[t] for t in terms & context)
            far = sum(self._weight[t] for t in (terms & message) - context)
            if near:
                best = max(best, (near + _ELSEWHERE * far) / total)
        return best


def _variants(name: str) -> list[str]:
    """A name without its brackets, and with what stands in them in place of what stands before."""
    plain = _BRACKETS.sub("", name)
    return [
        plain.removesuffix("数"),
        *(_BRACKETS.sub(r"\1", name).removesuffix("数") for _ in range(1) if plain != name),
    ]


def _terms(text: str) -> frozenset[str]:
    text = _NOISE.sub("", text)
    return frozenset(text[i : i + size] for size in (1, _WORD) for i in range(len(text) - size + 1))


def assign(
    wording: Wording, wanted: Sequence[Fact], names: FactNames, claimed: set[tuple[int, int]]
) -> dict[str, Known]:
    """Facts that are not read yet, each with the figure that fits its name.

    Args:
        wording: one message.
        wanted: numeric facts without a value.
        names: the names' terms.
        claimed: (sentence, first character) of figures that other facts have taken.
    """
    figures = [f for f in figures_in(wording) if (f.sentence, f.start) not in claimed]
    message = _terms("".join(wording.all))
    fits: list[tuple[float, int, str]] = []
    for place, figure in enumerate(figures):
        of = [(names.fit(f.id, figure.context, message), f.id) for f in wanted if countable(f, figure)]
        of.sort(reverse=True)
        if of and of[0][0] >= _FITS and (len(of) == 1 or of[0][0] - of[1][0] >= _AHEAD):
            fits.append((of[0][0], -place, of[0][1]))
    found: dict[str, Known] = {}
    facts = {fact.id: fact for fact in wanted}
    for _, place, name in sorted(fits, reverse=True):
        figure = figures[-place]
        value = number(facts[name], figure.words, figure.before, figure.after) if name not in found else None
        if value is not None:
            found[name] = Known(value, figure.shown)
    return found


def countable(fact: Fact, figure: Figure) -> bool:
    """Whether a figure is of a kind and unit that a fact is counted in; what is counted in Hangzhou needs a place by it."""
    if "杭" in fact.name and not any(place in figure.shown + figure.after for place in _PLACES):
        return False
    if figure.applied and fact.id in GRANTED:
        return False
    if fact.type in ("years", "months"):
        return figure.kind in ("years", "months") and ("岁" in figure.words) == (fact.id == "person_age")
    if fact.type == "count":
        if fact.unit in ("倍", "ratio"):
            return figure.kind == "ratio" or figure.words.endswith("倍")
        units = _UNITS.get(fact.unit, "个项家")
        return figure.kind == "count" and (
            figure.words[-1] in units or (figure.words.endswith("人") and "人" in units)
        )
    return figure.kind == _KINDS.get(fact.type)


def figures_in(wording: Wording) -> list[Figure]:
    """All figures of a message, in order."""
    out = []
    for place, sentence in enumerate(wording.figures):
        matches = list(_FIGURE.finditer(sentence))
        for at, match in enumerate(matches):
            left = max(matches[at - 1].end() if at else 0, match.start() - _LEFT)
            right = min(
                matches[at + 1].start() if at + 1 < len(matches) else len(sentence), match.end() + _RIGHT
            )
            before, after = sentence[left : match.start()], sentence[match.end() : right]
            rest = sentence[match.end() : match.end() + _RIGHT]
            if _OF_A_CLASS.search(rest) or only_wanted(sentence[: match.start()]):
                continue
            if sentence[: match.start()].endswith(("(", "（")) and _ASIDE_BOUND.search(rest):
                continue
            before = re.split(r"[。；]", before)[-1]
            after = re.split(r"[，。；]", after)[0]
            out.append(
                Figure(
                    place,
                    match.start(),
                    match.end(),
                    match.lastgroup or "",
                    match[0],
                    _terms(before) | _terms(after) | _terms(re.split(r"[，；]", before)[-1] + after),
                    (re.split(r"[，；]", before)[-1] + match[0]).strip("，。；、"),
                    before[-8:],
                    after[:5],
                    only_applied_for(sentence, match.start(), match.end()),
                )
            )
    return out
