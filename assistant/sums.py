"""Sums that a question asks for, worked out and shown: a rate or a multiple of the asker's own figure, and totals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from assistant.understanding import Understanding, supposes_a_figure
from index.query import PARTS
from index.search import Searcher
from index.tokens import terms
from ingest.errors import HangceError
from ingest.text import han_value

if TYPE_CHECKING:
    from assistant.eligibility.numbers import Range

_FIGURE = re.compile(r"[\d一二三四五六七八九十百两]\s*(?:多|余|来|几)?\s*个?(?:万|亿|千|百|元|块)")
_SUM_SAID = re.compile(r"[\d一二三四五六七八九十百两.]+\s*个?[万亿千](?!分)")
_HOW_MUCH = re.compile(r"多少|几万|几成|几何|最高|上限|能(?:拿|领|补|给|得|报)|how much", re.IGNORECASE)
_MONEY = re.compile(r"(\d+(?:\.\d+)?)\s*个?([万亿])(?:元|块)?")
# A multiple, with the first letter of what it is a multiple of: it must be what the asker told the sum of.
_MULTIPLE = re.compile(r"(出|投|贷|捐|配|补|资)[^，。；0-9]{1,8}?(\d+(?:\.\d+)?)\s*倍")
_TOTAL = re.compile(
    r"合计|一共|总共|拢共|拢总|合起来|[并合](?:一|成)?块|[加合](?:在|到)?一(?:起|块)|加起来|总额"
)
_LIMITED = re.compile(r"最高|不超过|不高于|以内|至多|上限")
_SPOKEN = re.compile(r"(?<![\d点.])([一二两三四五六七八九十][一二两三四五六七八九十百千零]*)\s*个?(?=[万亿])")
_WORTH = {"万": Decimal(1), "亿": Decimal(10_000)}


def _asked(understanding: Understanding) -> str:
    """The question with its sums in digits: 八个亿 is 8亿."""
    return _SPOKEN.sub(lambda match: str(han_value(match[1]) or match[0]), understanding.question)


def multiples(understanding: Understanding, statements: Sequence[tuple[str, list[str]]]) -> list[str]:
    """For each statement, what the multiple in it comes to for the one sum of money in the question; "" for none."""
    told = _asked(understanding)
    said = _MONEY.findall(told)
    out = []
    for text, _ in statements:
        multiple = _MULTIPLE.search(text)
        if len(said) == 1 and multiple and multiple[1] in told and _HOW_MUCH.search(told):
            (number, unit), factor = said[0], Decimal(multiple[2])
            out.append(f"按您说的{number}{unit}元×{multiple[2]}={plain(Decimal(number) * factor)}{unit}元。")
        else:
            out.append("")
    return out


def total(
    understanding: Understanding, statements: Sequence[tuple[str, list[str]]]
) -> tuple[str, list[str]] | None:
    """What fixed sums of two statements come to together, where the question asks for that."""
    sums = [_MONEY.findall(text) for text, _ in statements]
    if not _TOTAL.search(understanding.question) or len(sums) != 2 or any(len(one) != 1 for one in sums):
        return None
    both = sum((Decimal(number) * _WORTH[unit] for ((number, unit),) in sums), Decimal(0))
    shown = "+".join(f"{number}{unit}元" for ((number, unit),) in sums)
    most = "最高" if any(_LIMITED.search(text) for text, _ in statements) else ""
    return f"两项都符合时合计{most}：{shown}={plain(both)}万元。", [i for _, ids in statements for i in ids]


def plain(number: Decimal) -> str:
    """Without an exponent or zeros at the end.

    >>> plain(Decimal("3000.00"))
    '3000'
    """
    return f"{number.normalize():f}"


def _if_eligible(arithmetic: str) -> str:
    """What a benefit comes to, with what it depends on."""
    return f"按您说的数算：{arithmetic}。能不能拿到还要看是否符合条件。"


def worked_out(
    understanding: Understanding, clause_ids: Sequence[str], searcher: Searcher
) -> tuple[str, list[str]] | None:
    """What a benefit that rests on the cited clauses comes to for the figure in the question, with its clause.

    None where the question tells no figure of the kind that the benefit is a share of, or more than one programme's
    benefit would fit with another result.
    """
    asked = understanding.question
    if not _FIGURE.search(asked) or not (_HOW_MUCH.search(asked) or supposes_a_figure(asked)):
        return None
    # Most questions end above; what follows reads all programmes on first use.
    from assistant.eligibility.benefit import benefits
    from assistant.eligibility.catalogue import catalogue_in
    from assistant.eligibility.profile import Profile, profile_of
    from assistant.eligibility.reading import read_facts

    try:
        catalogue = catalogue_in(searcher.generation.folder)
    except HangceError:  # an index of an older version: the clause still says the rate
        return None
    sums: dict[str, str] = {}
    for entry in dict.fromkeys(e.programme.id for i in clause_ids[:1] for e in catalogue.on_clause(i)):
        programme = catalogue.entry(entry)
        parts = [*programme.programme.benefit, *(t for b in programme.programme.benefit for t in b.tiers)]
        bases = {part.of for part in parts if part.of and part.rate is not None}
        if not bases:
            continue
        wanted = bases | set(programme.facts)
        profile = Profile(read_facts([asked], catalogue, understanding.as_of, wanted))
        if not bases & set(profile.facts):
            money = len(bases) == 1 and catalogue.facts[next(iter(bases))].type == "money"
            supposed = _supposed(asked) if money else None
            if supposed is None:
                continue
            profile = profile_of({next(iter(bases)): supposed})
        for amount in benefits(programme, profile, understanding.as_of, catalogue):
            known = amount.amount is not None and amount.amount.exact is not None and "×" in amount.arithmetic
            if known and amount.clause_id in clause_ids:
                sums[amount.arithmetic] = amount.clause_id
    if len(sums) != 1:
        return None
    ((arithmetic, clause_id),) = sums.items()
    return _if_eligible(arithmetic), [clause_id]


_RATE = re.compile(r"(?P<before>[^，。；：、%]{2,30}?)(?P<rate>\d+(?:\.\d+)?)%")
_PAID = re.compile(r"补|奖|资助|贴|支持|给予|抵|券|交|缴|付|不超过")
# A share that is a condition, or of something that grows, is no share of what is paid.
_NO_PAYMENT = re.compile(r"占|增|比重|税|股|出资比例|不少于|达到|以上|高于|浮|部分|累进|余款|首付|拨")
_TIERED = re.compile(r"部分|累进|分档|每增加|每超过")
_CAP = re.compile(r"(?:最高|不超过|上限|不高于|至多)[^，。；\d]{0,8}(\d+(?:\.\d+)?)\s*([万亿])")
_SAYS_LITTLE = frozenset(
    {
        "补助",
        "资助",
        "奖励",
        "补贴",
        "总额",
        "金额",
        "最高",
        "不超",
        "超过",
        "企业",
        "给予",
        "不高",
        "高于",
        "单个",
        "项目",
        "每项",
    }
)


def share_of_told(
    understanding: Understanding, statements: Sequence[tuple[str, list[str]]]
) -> tuple[str, list[str]] | None:
    """What the one rate in the first statement comes to for the one sum in the question, with its clause.

    None unless both are alone, the rate is one that is paid by, and the sum is told of by a word of what the rate is
    taken of (实际费用的50%, 实际花掉160万).
    """
    asked = _asked(understanding)
    sums = _MONEY.findall(asked)
    if not statements or len(sums) != 1 or not _HOW_MUCH.search(asked):
        return None
    text, ids = statements[0]
    rates = list(_RATE.finditer(text))
    if len({m["rate"] for m in rates}) != 1 or _TIERED.search(text) or "倍" in text:
        return None
    rate = rates[0]
    before = rate["before"]
    owed = (
        re.search(r"[交缴付]|保证金", text[max(0, rate.start() - 8) : rate.end() + 12]) and "不低于" in before
    )
    if not owed and ("不低于" in before or not _PAID.search(text[max(0, rate.start() - 24) : rate.end()])):
        return None
    if _NO_PAYMENT.search(before):
        return None
    told = next((part for part in PARTS.split(asked) if _MONEY.search(part)), "")
    if not (set(terms(before)) & set(terms(told))) - _SAYS_LITTLE:
        return None
    ((number, unit),) = sums
    amount = Decimal(number) * _WORTH[unit] * Decimal(rate["rate"]) / 100
    shown = f"{number}{unit}元×{rate['rate']}%={plain(amount)}万元"
    if owed:
        return f"按您说的数算：不低于{shown}。", ids
    cap = _CAP.search(text[rate.end() :])
    limit = f"，最高{cap[1]}{cap[2]}元" if cap else ""
    return _if_eligible(f"{shown}{limit}"), ids


_STEPS = re.compile(
    r"(?:达到|满|超过)?\s*(?P<least>\d+(?:\.\d+)?)\s*(?P<of>[万亿])元?(?:以上)?的?[^，。；\d]{0,6}(?P<base>\d+(?:\.\d+)?)\s*万元?"
    r"[^。；]{0,16}?每(?:增加|超过|增长)\s*(?P<step>\d+(?:\.\d+)?)\s*(?P<by>[万亿])元?[^，。；\d]{0,8}(?P<more>\d+(?:\.\d+)?)\s*万元?"
)
_MOST = re.compile(r"(?:最高|不超过|上限|封顶)[^，。；\d]{0,8}(\d+(?:\.\d+)?)\s*万")


def stepped(
    understanding: Understanding, statements: Sequence[tuple[str, list[str]]]
) -> tuple[str, list[str]] | None:
    """What a benefit that grows by whole steps comes to for the one sum told: 达到3亿元补50万元，每增加1亿元加10万元."""
    said = _MONEY.findall(_asked(understanding))
    if len(said) != 1 or not statements:
        return None
    text, ids = statements[0]
    steps = list(_STEPS.finditer(text))
    if len(steps) != 1:
        return None
    (match,), ((number, unit),) = steps, said
    told = Decimal(number) * _WORTH[unit]
    least, step = (Decimal(match[n]) * _WORTH[match[u]] for n, u in (("least", "of"), ("step", "by")))
    if told < least or step == 0:
        return None
    count, base, more = (told - least) // step, Decimal(match["base"]), Decimal(match["more"])
    amount = base + count * more
    shown = f"{number}{unit}元：{plain(base)}万元+{plain(count)}×{plain(more)}万元={plain(amount)}万元"
    cap = _MOST.search(text, match.end())
    if cap and amount > Decimal(cap[1]):
        shown += f"，最高{cap[1]}万元"
    return _if_eligible(shown), ids


_FIRST_ASKED = re.compile(
    r"先(?:到手|拨|拿|给|打|发)|头一笔|第一笔|首笔|首期|(?:刚|一)?立项(?:的时候|时|以后|后|完)?[^，,。；;？?]{0,8}(?:到账|拿到|到手|拨|给)[^，,。；;？?]{0,4}(?:多少|几)|首[笔期次付][^，,。；;？?]{0,6}(?:多少|几)"
)
_FIRST_PAID = re.compile(r"先拨[^，。；\d]{0,14}(\d+(?:\.\d+)?)%")


def first_payment(
    understanding: Understanding, statements: Sequence[tuple[str, list[str]]]
) -> tuple[str, list[str]] | None:
    """What is paid first of the one sum told, where a clause pays a share of it before the rest."""
    said = _MONEY.findall(_asked(understanding))
    if len(said) != 1 or not _FIRST_ASKED.search(understanding.question) or not statements:
        return None
    text, ids = statements[0]
    shares = _FIRST_PAID.findall(text)
    if len(shares) != 1:
        return None
    ((number, unit),) = said
    first = Decimal(number) * Decimal(shares[0]) / 100
    rest = Decimal(number) - first
    return (
        f"按您说的数算：先拨{number}{unit}元×{shares[0]}%={plain(first)}{unit}元，其余{plain(rest)}{unit}元后拨。",
        ids,
    )


_PER_MU = re.compile(
    r"(?P<what>[\u3400-\u9fff]{2,10}?)(?P<limit>不低于|不高于|不超过|不少于)(?P<sum>\d+(?:\.\d+)?)万元/亩"
)
_MU = re.compile(r"(\d+(?:\.\d+)?)\s*亩")


def by_area(
    understanding: Understanding, statements: Sequence[tuple[str, list[str]]]
) -> tuple[str, list[str]] | None:
    """What a figure per mu (667 m²) comes to for the area told, where the question names what is counted."""
    areas = _MU.findall(understanding.question)
    if len(areas) != 1:
        return None
    for text, ids in statements:
        for match in _PER_MU.finditer(text):
            words = {match["what"][i : i + 4] for i in range(len(match["what"]) - 3)}
            if any(word in understanding.question for word in words):
                amount = Decimal(areas[0]) * Decimal(match["sum"])
                worth = f"{plain(amount / 10_000)}亿元" if amount >= 10_000 else f"{plain(amount)}万元"
                shown = f"{match['sum']}万元/亩×{areas[0]}亩={worth}"
                return f"按您说的数算：{match['what']}{match['limit']}{shown}。", ids
    return None


_EACH_PAID = re.compile(
    r"每(?:认定|培育|引进|新增)?一?(?P<unit>[家个项人名场次])[^。；\d]{0,24}?(?P<limit>最高不超过|不超过|最高)?(?P<sum>\d+(?:\.\d+)?)\s*万元"
)
_CAPPED = re.compile(r"(?:累计|总额|总计|合计|每年)[^。；]{0,12}(?:最高|不超过)|最多享受")


def for_each(
    understanding: Understanding, statements: Sequence[tuple[str, list[str]]]
) -> tuple[str, list[str]] | None:
    """What a benefit paid for each of some things comes to for the number of them told; nothing where it is capped."""
    if not statements or not _HOW_MUCH.search(understanding.question):
        return None
    text, ids = statements[0]
    paid = {(m["unit"], m["sum"]): m["limit"] or "" for m in _EACH_PAID.finditer(text)}
    if len(paid) != 1 or _CAPPED.search(text):
        return None
    (((unit, each), limit),) = paid.items()
    counts = re.findall(rf"(?<![\d.第每])(\d+){unit}(?!月|月份|工作日)", understanding.hints.corrected)
    if len(set(counts)) != 1:
        return None
    amount = Decimal(counts[0]) * Decimal(each)
    most = "最高" if limit else ""
    return _if_eligible(f"{counts[0]}{unit}×{each}万元={most}{plain(amount)}万元"), ids


_BAND = re.compile(
    r"(?:(?P<low>\d+)万元(?:（含）)?(?:至|—|-|到)(?P<high>\d+)万元|(?P<below>\d+)万元(?:（含）)?以下|(?P<above>\d+)万元(?:（含）)?以上)的?部分(?:不超过)?(?P<rate>\d+(?:\.\d+)?)%"
)
_LESS = re.compile(r"里[面头]|其中|刨掉|扣掉|减去|除去|去掉")
_LEFT = re.compile(r"还(?:剩|有)|剩下")


def in_bands(
    understanding: Understanding, statements: Sequence[tuple[str, list[str]]]
) -> tuple[str, list[str]] | None:
    """What shares set for bands of a sum come to for the sum told, less what is told to be left out of it."""
    if not statements or not _HOW_MUCH.search(understanding.question):
        return None
    text, ids = statements[0]
    bands = [
        (
            Decimal(m["low"] or m["above"] or 0),
            Decimal(m["high"] or m["below"] or "Infinity"),
            Decimal(m["rate"]),
        )
        for m in _BAND.finditer(text)
    ]
    said = [Decimal(n) * _WORTH[u] for n, u in _MONEY.findall(_asked(understanding))]
    if len(bands) < 2 or not said:
        return None
    base = said[0]
    if len(said) == 2 and "扣除" in text and _LESS.search(understanding.question) and said[1] < said[0]:
        base = said[0] - said[1]
    elif len(said) != 1 or ("扣除" in text and not _LEFT.search(understanding.question)):
        return None
    parts = [(min(base, high) - low, rate) for low, high, rate in sorted(bands) if base > low]
    amount = sum((part * rate / 100 for part, rate in parts), Decimal(0))
    shown = "+".join(f"{plain(part)}万元×{plain(rate)}%" for part, rate in parts)
    return f"按您说的数算：{shown}={plain(amount)}万元，为上限。", ids


_YUAN = re.compile(r"(?<![\d.])(\d{3,5})元")
_OF_DISTRICT, _OF_COUNTY = re.compile(r"市区|城区"), re.compile(r"县（市）|县\(市\)|县市")
_COUNTIES = ("桐庐县", "淳安县", "建德市")


def of_both(
    understanding: Understanding, statements: Sequence[tuple[str, list[str]]]
) -> tuple[str, list[str]] | None:
    """What two sums that one statement sets come to together, of those by place the one of the district told."""
    places = understanding.hints.places
    if not statements or not _TOTAL.search(understanding.question) or len(places) != 1:
        return None
    text, ids = statements[0]
    here, other = (_OF_COUNTY, _OF_DISTRICT) if places[0] in _COUNTIES else (_OF_DISTRICT, _OF_COUNTY)
    pieces = [piece for piece in re.split(r"[，；。]", text) if _YUAN.search(piece)]
    if not any(here.search(piece) for piece in pieces):
        return None
    sums = [_YUAN.search(piece) for piece in pieces if not other.search(piece) or here.search(piece)]
    amounts = [match[1] for match in sums if match]
    if len(amounts) != 2:
        return None
    return f"合计：{amounts[0]}元+{amounts[1]}元={int(amounts[0]) + int(amounts[1])}元。", ids


def _supposed(asked: str) -> Range | None:
    """The one sum of money of a message that asks what comes of another figure (要是投了800万呢), in CNY."""
    from assistant.eligibility.numbers import quantity

    figures = _SUM_SAID.findall(asked)
    return quantity(figures[0]) if len(figures) == 1 and supposes_a_figure(asked) else None
