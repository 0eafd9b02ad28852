"""Which statements that only a person can confirm (`prose`) the asker's own words confirm or deny.

A statement counts as confirmed where the asker's words hold most of its terms (rare terms weigh more), say it the same
way round (a negation on one side alone does not confirm), and reach the figure that it names. Anything less leaves it
open: nobody is told that they qualify on a resemblance.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from assistant.eligibility import numbers
from assistant.eligibility.catalogue import Catalogue, Entry
from assistant.eligibility.conditions import Leaf, leaves
from assistant.eligibility.engine import Judge
from assistant.eligibility.logic import State
from assistant.eligibility.profile import Profile
from assistant.eligibility.wording import Wording

_COVERED = 0.55  # share of a statement's terms, by weight
_PART = 0.2  # share of each part of a statement that has several
_DENIED = 0.4
_WORD = 2  # characters

_FILLING = frozenset("的了和与或及是有能为等较一具备在所对中其并也都上以个到地某该这那我们你他呢吗嘛很")
_CUT = re.compile(
    r"[、，。；：（）()“”\"\s]|具有|具备|符合|属于|属(?!于)|合乎|较为|以及|能够|一定|本市|杭州市?|国家|并且"
)
_ASIDE = re.compile(r"（[^）]*）")
_NEGATION = re.compile(
    r"没有?|不(?!同|断|少于|低于|但|仅|错|仅仅)|未(?!来)|无(?!人机|线|忧|锡)|从不|别的.{0,4}没|尚未|缺|免于|非(?!常|遗)"
)
_ALL_ELSE = re.compile(
    r"(?:其他|其它|其余|别的|剩下的?|另外的?|余下)[^，。；]{0,6}(?:条件|要求|方面|各项|材料|都|均|也)[^，。；]{0,8}?(?:都|均|也|全部?)?(?:符合|满足|达标|达到|具备|没问题|没有问题|够|过关|齐全|ok|OK|有)"
    r"|(?:条件|要求)(?:也|都|均|全部?){1,3}(?:符合|满足|达到|具备|达标|没问题)|(?:达到|符合|满足)[^，。；]{0,12}?(?:全部|所有|各项)(?:的)?(?:条件|要求)"
)
_CLARIFIES = re.compile(
    r"^(?:上述|上面|这些|这支|这一|该|计入|所投|其中|前述|每个|以上)|只算|口径|的分母|(?:都|均)按"
)
_SANCTION = re.compile(r"取消|撤销|摘牌|造假|作假|弄虚作假|骗|查处|处罚|被罚|追缴|黑名单|失信")

# Different words for the same, on both sides: everyday first, as documents write it second.
_SAME = (
    (
        re.compile(
            r"(?:鼓励|支持|提倡)(?:发展)?的?(?:产业|行业|高新技术)?(?:发展)?方向|产业方向|发展导向|产业导向|未来产业"
        ),
        "产业发展导向",
    ),
    (
        re.compile(
            r"(?:每年|年年|逐年|这几年|连年)[^，。；]{0,6}(?:都)?(?:涨|增长|翻番|增加|上升)[^，。；]{0,4}|增长(?:很|较)?快|成长(?:很|较)?快|成长性"
        ),
        "成长性",
    ),
    (re.compile(r"社保"), "社会保险"),
    (
        re.compile(r"(?:用|应用|支撑)在?(?:我们|公司|自己)?(?:的)?(?:主打|主要|核心|主营)的?产品上?"),
        "主要产品技术支撑作用",
    ),
    (re.compile(r"(?:全部|主要|所有)的?精力"), "主要精力"),
    (re.compile(r"集中在[一同][栋幢处个]楼?|都在一(?:处|起|栋楼)"), "场地集中不是分散"),
    (re.compile(r"研究所|科研院所|研究院|农科院"), "科研院所"),
    (re.compile(r"老师|教授|科研人员|研究员"), "科技人员"),
    (re.compile(r"浙大|大学|高校"), "高校"),
    (re.compile(r"开放共享|向(?:社会|外)开放|对外开放|能给[^，。；]{0,14}用"), "向社会开放共享"),
    (re.compile(r"试验|实验"), "试验"),
    (re.compile(r"(?:产权|权属)(?:清楚|清晰|明晰|明析)"), "产权明晰"),
    (re.compile(r"负责人"), "负责人"),
    (re.compile(r"增发|配股|定增|可转债|优先股"), "市场化方式再融资"),
    (re.compile(r"齐全|齐备|齐的|完整"), "齐全"),
    (re.compile(r"清楚|清晰|明确"), "明确"),
    (re.compile(r"健全|齐全|完善"), "完善"),
    (re.compile(r"良好|不错|优良|挺好|很好|过硬|突出"), "良好"),
    (re.compile(r"钱|资金"), "资金"),
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement's terms with their weights, and the parts that it is made of."""

    weights: dict[str, float]
    parts: tuple[frozenset[str], ...]
    negative: bool
    figure: str


class Statements:
    """All statements of a catalogue, with the weight of every term: the rarer, the heavier."""

    def __init__(self, catalogue: Catalogue) -> None:
        found = {leaf.prose for entry in catalogue.entries() for leaf in leaves(entry.tree) if leaf.prose}
        self._total = len(found)
        self._frequency: Counter[str] = Counter()
        for prose in found:
            self._frequency.update(set().union(*_parts(prose)))

    def of(self, prose: str) -> Statement:
        """A statement taken apart."""
        parts = tuple(part for part in _parts(prose) if part)
        terms = frozenset().union(*parts) if parts else frozenset()
        return Statement(
            {term: math.log((self._total + 1) / (self._frequency[term] + 0.5)) for term in terms},
            parts,
            bool(_NEGATION.search(_ASIDE.sub("", prose))),
            figure if (figure := _named_figure(prose)) else "",
        )


def _plain(text: str) -> str:
    for pattern, word in _SAME:
        text = pattern.sub(word, text)
    return text


def _terms(text: str) -> frozenset[str]:
    text = "".join(c for c in text if c not in _FILLING)
    return frozenset(text[i : i + _WORD] for i in range(len(text) - _WORD + 1))


def _parts(prose: str) -> list[frozenset[str]]:
    return [_terms(part) for part in _CUT.split(_plain(_ASIDE.sub("", prose))) if part]


def covered(statement: Statement, clauses: Sequence[str]) -> tuple[float, list[str]]:
    """How much of a statement some clauses hold, 0 to 1, and the clauses that hold two of its terms or more."""
    told = [(clause, _terms("".join(_CUT.split(_plain(clause))))) for clause in clauses]
    everything = frozenset().union(*(terms for _, terms in told)) if told else frozenset()
    total = sum(statement.weights.values())
    if not total:
        return 0.0, []
    held = sum(weight for term, weight in statement.weights.items() if term in everything)
    wanted = statement.weights.keys()
    closest = [clause for clause, terms in told if len(wanted & terms) >= min(2, len(wanted))]
    if any(part and len(part & everything) / len(part) < _PART for part in statement.parts if len(part) > 1):
        held *= 0.85  # a part of it that nothing was said of
    return held / total, closest


def confirm(
    profile: Profile, entry: Entry, wordings: Sequence[Wording], catalogue: Catalogue, statements: Statements
) -> None:
    """Adds to the profile which of a programme's statements the words confirm or deny, and what they leave open."""
    clauses = [c for wording in wordings for c in wording.clauses]
    text = "".join(clauses)
    profile.all_else = profile.all_else or bool(_ALL_ELSE.search(text))
    profile.sanctions = profile.sanctions or any(_admits(c) for c in clauses)
    for leaf in dict.fromkeys(leaf for leaf in leaves(entry.tree) if leaf.prose):
        statement = statements.of(leaf.prose)
        share, closest = covered(statement, clauses)
        denies = any(_NEGATION.search(clause) for clause in closest)
        if leaf.negated:
            if share >= _DENIED and denies:
                profile.denied.add(leaf.key)
            elif share >= _COVERED:
                profile.not_known.add(leaf.key)  # spoken of, but not which way
        elif share >= _COVERED and denies == statement.negative and _reached(leaf.prose, statement, closest):
            profile.confirmed.add(leaf.key)
        elif share >= _COVERED and denies and not statement.negative:
            profile.not_known.add(leaf.key)


def _admits(clause: str) -> bool:
    """Whether a clause speaks of a past sanction without denying it."""
    return bool(_SANCTION.search(clause)) and not _NEGATION.search(clause)


def clarify(profile: Profile, entry: Entry, catalogue: Catalogue, judging: Judge) -> list[Leaf]:
    """Statements that only say how a figure is counted, where that figure was given and is enough: taken as kept.

    Returns them, so that the answer can name them.
    """
    taken = []
    all_leaves = list(leaves(entry.tree))
    for leaf in all_leaves:
        if not leaf.prose or not _CLARIFIES.search(leaf.prose) or leaf.negated or leaf.advance:
            continue
        if leaf.key in profile.confirmed | profile.denied | profile.not_known:
            continue
        figures = [x for x in all_leaves if x.fact and x.clause_id == leaf.clause_id and x.test]
        states = [judging.leaf(x) for x in figures if x.fact in profile.facts]
        if State.MET in states and State.UNKNOWN not in states:
            taken.append(leaf)
    return taken


# --- figures named in a statement ---

_BOUND = re.compile(
    rf"(?:不少于|不低于|至少|超过|达到?|满|都?在)?(?:总.{{0,4}}的)?(?P<v>{numbers.NUMBER}\s*(?:%|％|元|年|个月|天|家|项|人|名)|[一二三四五]分之[一二三四]|百分之[一二三四五六七八九十]+)(?:（含）)?(?P<after>以上|以下|以内)?"
)


def _named_figure(prose: str) -> str:
    match = _BOUND.search(_ASIDE.sub("", prose))
    words = match[0] if match else ""
    return words if re.search(r"不少于|不低于|至少|超过|满|以上|以内|以下|不超过", prose) else ""


def _amount(text: str) -> tuple[str, Decimal] | None:
    """A figure with its kind: share, money, months, count."""
    text = text.strip()
    if re.search(r"%|％|分之|成", text):
        share = numbers.fraction(text.replace("％", "%"))
        return ("share", share.exact) if share and share.exact is not None else None
    if match := re.fullmatch(r"(.+?)(?:元)", text):
        found = numbers.quantity(match[1])
        return ("money", found.exact) if found and found.exact is not None else None
    months = numbers.months(text)
    if months and (months.exact is not None or months.low is not None):
        return ("months", months.exact if months.exact is not None else months.low or Decimal(0))
    found = numbers.quantity(re.sub(r"[家项人名个]$", "", text))
    return ("count", found.exact) if found and found.exact is not None else None


_SAID = re.compile(
    rf"[一二三四五六七八九十]分之[一二三四五六七八九]|百分之[一二三四五六七八九十零]+|[一二三四五六七八九两]成半?|{numbers.NUMBER}(?:%|％|多?年半?|个?多?月|元|家|项|个人|人|名|个)?多?"
)


def _reached(prose: str, statement: Statement, closest: Iterable[str]) -> bool:
    """Whether the clauses name a figure that reaches the one in the statement; True if it names none."""
    if not statement.figure:
        return True
    bound = _BOUND.search(statement.figure)
    wanted = _amount(bound["v"]) if bound else None
    if wanted is None:
        return False
    upper = bool(re.search(r"不超过|以内|以下|少于(?<!不少于)", prose))
    for clause in closest:
        for match in _SAID.finditer(clause):
            said = _amount(match[0] if wanted[0] != "money" or match[0].endswith("元") else match[0] + "元")
            if said and said[0] == wanted[0] and (said[1] <= wanted[1] if upper else said[1] >= wanted[1]):
                return True
    return False
