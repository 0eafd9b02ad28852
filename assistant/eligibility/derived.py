"""Facts worked out from others, each with its arithmetic: increases, shares, ages on the day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.dates import Day, day_said, years_between
from assistant.eligibility.numbers import NUMBER, Range, minus, over, plus
from assistant.eligibility.profile import Known
from assistant.eligibility.regions import DISTRICTS, OTHER_CITIES
from assistant.eligibility.showing import figure, shown
from assistant.eligibility.values import Options, number
from assistant.eligibility.wording import Wording
from ingest.knowledge import Fact

_MONEY = rf"{NUMBER}(?:元|块)?"
_SHARE = rf"(?:百分之[零一二三四五六七八九十百点\d.]+|{NUMBER}\s*%|[一二三四五六七八九]成[半一二三四五六七八九]?|一半|[二三四五]分之[一二三四])"
_ROSE = re.compile(
    rf"从(?:去年的?|上年的?|前年的?)?\s*(?P<a>{_MONEY})[^，。；\d]{{0,4}}?(?:涨|增|升|提|加|做|变)[^，。；\d]{{0,3}}?(?:到了?|成了?|至)(?:今年的?)?\s*(?P<b>{_MONEY})"
)
_OF_YEAR = re.compile(
    rf"(?P<y>前年|去年|上一?年|今年|本年|当年|20\d\d年)(?:度)?[^，。；\d占比]{{0,14}}?(?P<v>{_MONEY})(?![%％\d年月人家个项名成])"
)
_OTHER_FIGURE = re.compile(r"销售|营收|营业|收入|利润|资产|税|融资|贷款|产值")
_DATE_WORDS = r"(?:(?:19|20)\d\d年(?:\d{1,2}月(?:份)?(?:\d{1,2}[日号])?)?|(?:(?<!至)今年|去年|前年)(?:的)?(?:\d{1,2}月(?:份)?(?:\d{1,2}[日号])?)?|(?:19|20)\d\d[-./]\d{1,2}(?:[-./]\d{1,2})?)"
# fact → what the date must be said of; the unit is years, or months for the facts in months
_SINCE: dict[str, str] = {
    "years_since_registration": r"注册(?!资)|成立|登记|创办|开办|开张|新开",
    "years_since_graduation": r"毕业",
    "introduced_years_ago": r"来杭|引进|到杭州",
    "years_since_tech_contract": r"签(?:订|了|的|署)|合同|(?:卖|转让|转)给",
    "years_since_disqualification": r"取消|撤销|查处|摘牌",
    "operating_months": r"运营(?!收|费|补|成本|资|公司)|开园|投入使用|开业",
    "incubation_months": r"入驻|搬进|进驻|入孵",
}
_COUNTED: tuple[tuple[str, str, str, str], ...] = (
    # share, what is counted, the whole, unit
    (
        "tech_staff_share",
        r"(?:(?:科技|研发|技术)人员|(?:搞|做|从事)(?:科技|研发|技术|科研))",
        "employees",
        "人",
    ),
    ("rnd_staff_share", r"(?:研发(?:人员|团队)?|(?:搞|做|从事)研发)", "employees", "人"),
    (
        "research_staff_master_or_senior_share",
        r"(?:硕士(?:以上)?(?:学位)?|高级职称|硕博)[^，。；\d]{0,12}?",
        "research_staff",
        "人",
    ),
    ("incubator_enterprise_area_share", r"(?:孵化)[^，。；\d]{0,24}?", "incubator_area", "平"),
    ("incubated_patent_applicant_share", r"申请(?:了|过)?专利", "incubated_enterprises", "家"),
    ("incubated_ip_holder_share", r"(?:有|拥有)(?:了|有效)?(?:的)?知识产权", "incubated_enterprises", "家"),
)


@dataclass(frozen=True, slots=True)
class _Quotient:
    share: str
    above: str
    below: str
    only_if: str = ""


_QUOTIENTS = (
    _Quotient("rnd_sales_ratio", "rnd_spending_last_year", "sales_last_year"),
    _Quotient("rnd_self_funded_ratio", "rnd_self_funded", "sales_last_year"),
    _Quotient("platform_senior_share", "platform_senior_professionals", "platform_professionals"),
    _Quotient(
        "acquisition_net_asset_multiple", "acquisition_amount", "net_assets", r"并购|收购|收了|买下|拿下|收下"
    ),
    _Quotient(
        "manufacturing_revenue_hangzhou_share", "manufacturing_revenue_in_hangzhou", "manufacturing_revenue"
    ),
)


def derive(
    found: dict[str, Known], wordings: Sequence[Wording], catalogue: Catalogue, day: date, wanted: set[str]
) -> None:
    """Adds to `found` what follows from it and from the words; what was said outright stays as it was said."""
    text = "".join(w.text for w in wordings)
    here = found.get("registered_in_hangzhou")
    if here and here.value is False and _MOVING.search("".join(s for w in wordings for s in w.all)):
        del found[
            "registered_in_hangzhou"
        ]  # where somebody is from who moves here says nothing of after that
    _lent_in_all(found)
    _research_spending(found, wordings, catalogue, day)
    _since(found, text, catalogue, day, wanted)
    for share, what, whole, unit in _COUNTED:
        if share in wanted and share not in found:
            _counted(found, text, catalogue, share, what, whole, unit)
    for q in _QUOTIENTS:
        if q.share in wanted and q.share not in found and (not q.only_if or re.search(q.only_if, text)):
            _divided(found, catalogue, q)
        elif q.above in wanted and q.above not in found:
            _multiplied(found, catalogue, q)
    _parts(found, text, catalogue, wanted)
    _two_years(found, text, catalogue, wanted)
    _all_here(found, text, wanted)
    _none(found, text, wanted)
    _graduated(found, wanted)
    _invested(found, catalogue)
    _at_least_those_filed(found)
    _registered_before(found, catalogue, wanted)
    _recognised_here(found, wanted)
    _only_one(found, text)
    _located(found, wordings, wanted)
    _company(found, text, wanted)
    _kind(found, text, wanted)
    _all_filed(found, text, wanted)
    _same_field(found, text, catalogue, wanted)
    _founder(found, text, wanted)
    _not_listed(found, catalogue, wanted)
    _size(found, catalogue)
    _hte_standard(found, catalogue)


def _lent_in_all(found: dict[str, Known]) -> None:
    """What a bank lent in a year (去年给科技型小企业放了6亿贷款) is no single loan, nor one that it took up."""
    total, loan = _ranged(found, "bank_tech_loan_total"), _ranged(found, "loan_amount")
    if total is not None and total == loan:
        for fact in ("loan_amount", "has_bank_loan"):
            found.pop(fact, None)


def _ranged(found: dict[str, Known], fact: str) -> Range | None:
    value = found[fact].value if fact in found else None
    return value if isinstance(value, Range) else None


# --- research spending over years ---


def _research_spending(
    found: dict[str, Known], wordings: Sequence[Wording], catalogue: Catalogue, day: date
) -> None:
    """Spending by year and its increase: 从810万涨到1000万; 去年研发花了810万，今年1000万."""
    increase, spending = catalogue.facts["rnd_increase"], catalogue.facts["rnd_spending_last_year"]
    for wording in wordings:
        for sentence in wording.figures:
            start = re.search(
                r"研发(?!人员|团队|机构|中心|平台|设备|场地|项目)|研究开发|科研(?:投入|经费|费)", sentence
            )
            if not start:
                continue
            rose = _ROSE.search(sentence)
            if rose and abs(rose.start() - start.start()) < 40:
                _increase(found, increase, rose["a"], rose["b"], rose[0])
                told = found.get("rnd_spending_last_year")
                if told and told.words.endswith(
                    f"从{rose['a']}"
                ):  # which of two years is last year is not said
                    del found["rnd_spending_last_year"]
                continue
            years = _by_year(sentence[start.start() - 8 if start.start() > 8 else 0 :], increase, day)
            if len(years) >= 2:
                last = max(years)
                if last - 1 in years:
                    _increase(
                        found,
                        increase,
                        years[last - 1][0],
                        years[last][0],
                        f"{years[last - 1][1]}，{years[last][1]}",
                    )
            if day.year - 1 in years and "rnd_spending_last_year" not in found:
                words, said = years[day.year - 1]
                value = number(spending, words)
                if value is not None:
                    found["rnd_spending_last_year"] = Known(value, said)


def _by_year(sentence: str, fact: Fact, day: date) -> dict[int, tuple[str, str]]:
    """Year → (amount, words) of what a sentence on research spending says, up to where it turns to something else."""
    other = _OTHER_FIGURE.search(sentence)
    found: dict[int, tuple[str, str]] = {}
    for match in _OF_YEAR.finditer(sentence):
        if other and match.start() > other.start():
            break
        if _OTHER_FIGURE.search(match[0]):
            continue
        if not re.search(r"[万亿元wW]", match["v"]):
            continue
        name = match["y"]
        year = int(name[:4]) if name[0] == "2" else day.year - {"前": 2, "去": 1, "上": 1}.get(name[0], 0)
        if number(fact, match["v"]) is not None:
            found.setdefault(year, (match["v"], match[0]))
    return found


def _increase(found: dict[str, Known], fact: Fact, first: str, second: str, words: str) -> None:
    if "rnd_increase" in found and not found["rnd_increase"].how:
        return
    a, b = number(fact, first), number(fact, second)
    if a is None or b is None:
        return
    if a.exact is not None and b.exact is not None and a.exact < 10_000 <= b.exact:
        a = a.scaled(Decimal(10_000))  # 从810涨到1000万
    value = minus(b, a)
    how = f"{shown(fact, b)}-{shown(fact, a)}={shown(fact, value)}"
    found["rnd_increase"] = Known(value, words, how)


# --- ages on the day ---


def _since(found: dict[str, Known], text: str, catalogue: Catalogue, day: date, wanted: set[str]) -> None:
    students = {"founded_by_students", "fresh_graduate"} & wanted
    needed = wanted | {"years_since_graduation"} if students else wanted
    for name, words in _SINCE.items():
        if name not in needed or name not in catalogue.facts:
            continue
        match = re.search(
            # 毕业后今年开了公司: what comes after it has another day.
            rf"(?P<d>{_DATE_WORDS})[^，。；\d]{{0,12}}?(?:{words})"
            rf"|(?:{words})(?!了?[之以]?后)[^，。；\d]{{0,6}}?(?P<e>{_DATE_WORDS})",
            text,
        )
        if match is None and name in found:
            continue
        said = day_said(match["d"] or match["e"], day) if match else None
        known = found.get("registration_date")
        words_said = match[0] if match else ""
        if said is None and name == "years_since_registration" and known and isinstance(known.value, Day):
            said, words_said = known.value, known.words
        if said is None or said.first > day:
            continue
        value = years_between(said, day)
        fact = catalogue.facts[name]
        if fact.type == "months":
            value = value.scaled(Decimal(12))
        how = f"{said.first.isoformat()[:7]}到{day.isoformat()}：{shown(fact, value)}"
        found[name] = Known(value, words_said, how)


_AMOUNT = rf"{NUMBER}\s*(?:亿元?|万元?|元|平方米?|平米?|㎡)?"
# share → the words of the whole, and of the part of it that is told beside it: 收入合计18亿元，其中科技企业11.7亿元
_PARTS: dict[str, tuple[str, str]] = {
    "park_tech_revenue_share": (
        r"(?:收入|营收)[^，。；\d]{0,8}?",
        r"科技(?:型)?(?:企业|公司)(?:的)?[^，。；\d]{0,6}?",
    ),
    "park_tech_rental_share": (
        r"(?:建筑|租赁|总)?面积[^，。；\d]{0,8}?",
        r"(?:租给|出租给|用于)?科技(?:型)?(?:企业|公司)(?:租|用)?(?:的|了)?[^，。；\d]{0,6}?",
    ),
    "incubator_enterprise_area_share": (
        r"(?:场地|面积|自主支配)[^，。；\d]{0,8}?",
        r"(?:企业)?(?:孵化|办公|使用)(?:的|用)?[^，。；\d]{0,6}?",
    ),
    "property_split_area_share": (
        r"(?:地上|总建筑|建筑|总)(?:总)?(?:面积|共|共有|建筑面积)?[^，。；\d]{0,4}?",
        r"(?:切|分割|转让|分出?|过户|卖)(?:出去?|掉|给[^，。；\d]{1,6})?[^，。；\d]{0,4}?",
    ),
}


def _parts(found: dict[str, Known], text: str, catalogue: Catalogue, wanted: set[str]) -> None:
    """Shares of which the whole and the part are told one after the other."""
    for name, (whole, part) in _PARTS.items():
        if name not in wanted or name in found:
            continue
        match = re.search(rf"{whole}(?P<t>{_AMOUNT})[^。；\d]{{0,12}}?{part}(?P<p>{_AMOUNT})", text)
        if match is None:
            continue
        measure = catalogue.facts[
            "sales_last_year" if "亿" in match["t"] or "元" in match["t"] else "park_area"
        ]
        total, some = number(measure, match["t"]), number(measure, match["p"])
        share = over(some, total) if some and total else None
        if some and total and share is not None and share.low is not None and 0 < share.low < 1:
            how = f"{shown(measure, some)}÷{shown(measure, total)}={shown(catalogue.facts[name], share)}"
            found[name] = Known(share, match[0], how)


_TURNOVER = re.compile(
    rf"(?P<y>20\d\d年|前年|去年|上年)(?:度)?(?:的)?(?:全年)?(?:营业?收入?|销售(?:额|收入)?|收入|卖了)?[^，。；\d]{{0,6}}?(?P<v>{NUMBER}\s*(?:亿|万)?元?)"
)


def _two_years(found: dict[str, Known], text: str, catalogue: Catalogue, wanted: set[str]) -> None:
    """Turnover of two years in a row, told for each: 2020年营收560万元，2021年营收530万元."""
    name = "revenue_two_years"
    if name not in wanted or name in found or not re.search(r"营收|营业|销售|收入|卖了", text):
        return
    fact = catalogue.facts[name]
    said: dict[int, tuple[Range, str]] = {}
    for match in _TURNOVER.finditer(text):
        year = int(match["y"][:4]) if match["y"][0] == "2" else {"前": -2, "去": -1, "上": -1}[match["y"][0]]
        value = number(fact, match["v"])
        if value is not None and value.low is not None and value.low >= _LEAST_TURNOVER:
            said.setdefault(year, (value, match[0]))
    for year in sorted(said, reverse=True):
        if year - 1 in said:
            (a, first), (b, second) = said[year - 1], said[year]
            total = plus(a, b)
            how = f"{shown(fact, a)}+{shown(fact, b)}={shown(fact, total)}"
            found[name] = Known(total, f"{first}，{second}", how)
            return


_LEAST_TURNOVER = 10_000  # CNY; smaller numbers are no turnover of a year
_ALL_IN_HANGZHOU = re.compile(
    r"(?:收入|营收|产值|销售)[^，。；不没]{0,4}?(?:全部?|都|百分之百)[^，。；不没]{0,4}?(?:在|落在|留在|来自|进)(?:了)?(?:杭州|本市|本地)"
)


def _all_here(found: dict[str, Known], text: str, wanted: set[str]) -> None:
    """Revenue that all falls in Hangzhou is all of it there."""
    match = _ALL_IN_HANGZHOU.search(text)
    if match is None:
        return
    share, part, whole = (
        "manufacturing_revenue_hangzhou_share",
        "manufacturing_revenue_in_hangzhou",
        "manufacturing_revenue",
    )
    if share in wanted and share not in found:
        found[share] = Known(Range.of(1), match[0])
    if part in wanted and part not in found and whole in found:
        found[part] = Known(found[whole].value, match[0], "全部在杭州")


# --- none at all ---

_NONE: dict[str, str] = {
    "operating_subsidy_years": r"(?:资助|补助|补贴)[^，。；]{0,8}?(?:一年|一次|一分钱?)?(?:都|也|还|从来|从)?没(?:有)?(?:领|拿|享受|申请|得)过|(?:没有?|未)(?:领|拿|享受|得)过[^，。；]{0,6}?(?:运营)?(?:资助|补助|补贴)",
    "tax_paid_three_years": r"(?:前|近)[三3]年[^，。；]{0,4}没有?(?:缴|交|纳)过?税",
    "ip_class2_count": r"没有(?:任何|自己的|自主)?(?:知识产权|专利)(?=[，。；！]|$)",
    "ip_class1_count": r"没有(?:任何|自己的)?(?:知识产权|发明专利|专利)(?=[，。；！]|$)",
    "invention_patents": r"没有(?:任何|自己的)?(?:知识产权|发明专利|专利)(?=[，。；！]|$)",
    "applied_this_year": r"今年(?:就|只)(?:申请|申报|报)(?:了)?这(?:一)?[项个]|(?:今年|当年|本年度?)[^，。；]{0,4}?没(?:有)?(?:再)?(?:报|申报|申请)|第一次(?:申报|申请|报)|首次(?:申报|申请)",
    "foreign_patents_granted": r"(?:美国?|日本?|欧洲?)[^，。；]{0,8}?(?:一件|一项)?(?:授权)?[^，。；]{0,3}?(?:都|也)(?:还)?没有?(?=[，。；]|$)",
    "ongoing_projects": r"(?:没有?|无)(?:其他|别的|任何)?(?:在研|同类|未结题)[^，。；]{0,4}?项目|在研的?(?:项目)?(?:也|都)?(?:是|为)?(?:零|0个?|没有)(?=[，。；]|$)",
}


def _none(found: dict[str, Known], text: str, wanted: set[str]) -> None:
    """Counts of which somebody says that there are none."""
    for name, words in _NONE.items():
        match = re.search(words, text) if name in wanted and name not in found else None
        if match:
            found[name] = Known(Range.of(0), match[0])


_FRESH = Decimal("0.75")  # years after graduating in which somebody who says nothing else counts as fresh
_RETURNEE = 5  # years that a graduate from abroad counts as fresh


def _graduated(found: dict[str, Known], wanted: set[str]) -> None:
    """Who has graduated and says nothing of studying is no student."""
    years = _ranged(found, "years_since_graduation")
    if "enrolled_student" in wanted and "enrolled_student" not in found and years and years.low:
        found["enrolled_student"] = Known(False, found["years_since_graduation"].words, "已毕业")
    fresh_for = _RETURNEE if "returnee_or_foreign" in found else 1
    if "fresh_graduate" not in found and years and years.low is not None and years.low > fresh_for:
        found["fresh_graduate"] = Known(False, found["years_since_graduation"].words, "毕业年数")
    elif (
        "fresh_graduate" in wanted - found.keys()
        and years
        and years.high is not None
        and years.high <= _FRESH
    ):
        found["fresh_graduate"] = Known(True, found["years_since_graduation"].words, "当年毕业")


# --- shares ---


_AMONG = rf"(?P<t>{NUMBER})\s*[个号名位]?人?，?(?:里面?|里头|中|当中|其中)有?{NUMBER}\s*[个名位人][^，。；\d]{{0,6}}?"


def _counted(
    found: dict[str, Known], text: str, catalogue: Catalogue, share: str, what: str, whole: str, unit: str
) -> None:
    """科技人员9人 of 35 → a share; the whole may be said beside it (一百个人里九个搞科技)."""
    total = _ranged(found, whole) or _ranged(found, f"{whole}_filed")
    if total is None and unit == "人" and (among := re.search(rf"{_AMONG}{what}", text)):
        total = number(catalogue.facts[whole], among["t"])
    if total is None:
        return
    measure = {
        "人": r"\s*(?:个人|人|个|名|位)",
        "家": r"\s*(?:家|个)",
        "平": r"\s*(?:平方米|平方|平米|平|㎡)",
    }[unit]
    before = rf"{what}[^，。；\d一二三四五六七八九十两]{{0,10}}?(?P<v>{NUMBER}){measure}"
    after = rf"(?P<v>{NUMBER}){measure}(?:[^，。；\d二三四五六七八九十百两]{{0,10}}?){what}"
    fact = catalogue.facts[whole]
    for pattern in (before, after) if unit != "家" else (after, before):
        for match in re.finditer(pattern, text):
            part = number(fact, match["v"])
            value = over(part, total) if part else None
            if part is None or value is None or value.low is None or value.low > 1 or part == total:
                continue
            of = catalogue.facts[share]
            how = f"{shown(fact, part)}÷{shown(fact, total)}={shown(of, value)}"
            found[share] = Known(value, match[0], how)
            return


def _divided(found: dict[str, Known], catalogue: Catalogue, q: _Quotient) -> None:
    above, below = _ranged(found, q.above), _ranged(found, q.below)
    value = over(above, below) if above and below else None
    if above is None or below is None or value is None:
        return
    how = f"{shown(catalogue.facts[q.above], above)}÷{shown(catalogue.facts[q.below], below)}={shown(catalogue.facts[q.share], value)}"
    words = "；".join(w for w in (found[q.above].words, found[q.below].words) if w)
    found[q.share] = Known(value, words, how)


def _multiplied(found: dict[str, Known], catalogue: Catalogue, q: _Quotient) -> None:
    """The part from the whole and its share, where it was not said itself."""
    share, whole = _ranged(found, q.share), _ranged(found, q.below)
    if share is None or whole is None or share.exact is None or whole.exact is None:
        return
    value = Range.of(share.exact * whole.exact)
    of, part = catalogue.facts[q.share], catalogue.facts[q.above]
    how = f"{shown(catalogue.facts[q.below], whole)}×{shown(of, share)}={shown(part, value)}"
    found[q.above] = Known(value, found[q.share].words, how)


def _invested(found: dict[str, Known], catalogue: Catalogue) -> None:
    """Firms invested in times what each got."""
    firms, each = _ranged(found, "invested_enterprises"), _ranged(found, "investment_per_enterprise")
    if (
        "incubator_investment_total" in found
        or firms is None
        or each is None
        or each.low is None
        or firms.low is None
    ):
        return
    high = None if each.high is None or firms.high is None else each.high * firms.high
    value = Range(each.low * firms.low, high, each.low_open, each.high_open)
    how = f"{figure(catalogue.facts['invested_enterprises'], firms.low)}×{shown(catalogue.facts['investment_per_enterprise'], each)}"
    found["incubator_investment_total"] = Known(value, found["investment_per_enterprise"].words, how)


def _at_least_those_filed(found: dict[str, Known]) -> None:
    """A carrier has at least the firms that are on file."""
    filed = _ranged(found, "incubated_enterprises_filed")
    if filed and filed.low is not None and "incubated_enterprises" not in found:
        words = found["incubated_enterprises_filed"].words
        found["incubated_enterprises"] = Known(
            Range(filed.low, None, filed.low_open), words, "至少是已备案的家数"
        )


def _registered_before(found: dict[str, Known], catalogue: Catalogue, wanted: set[str]) -> None:
    """What has been operating for some time has been registered for no less."""
    months = _ranged(found, "operating_months")
    if (
        "years_since_registration" in wanted
        and "years_since_registration" not in found
        and months
        and months.low
    ):
        words = found["operating_months"].words
        how = f"已运营{shown(catalogue.facts['operating_months'], months)}，注册不晚于运营"
        found["years_since_registration"] = Known(Range(months.low / 12, None, months.low_open), words, how)


def _recognised_here(found: dict[str, Known], wanted: set[str]) -> None:
    """A carrier that the city has recognised or filed is in Hangzhou."""
    level, kind = found.get("carrier_level"), found.get("carrier_kind")
    if "carrier_level" not in wanted or "registered_in_hangzhou" in found or not level or not kind:
        return
    if isinstance(level.value, Options) and level.value.held == {"市级"}:
        found["registered_in_hangzhou"] = Known(True, level.words, "市级认定（备案）的载体在杭州")


_ALONE = re.compile(r"(?:就|只有?|仅)(?:它|他|这|有)*一家")


def _only_one(found: dict[str, Known], text: str) -> None:
    """Where only one resident raised money, its sum is the total."""
    names = ("one_resident_financing", "residents_financing_total")
    for name, other in (names, names[::-1]):
        known = found.get(name)
        if known and other not in found and _ALONE.search(text):
            found[other] = Known(known.value, known.words, "只有这一家")


_HERE = rf"(?:杭州|在杭|本市|市内|市属|{DISTRICTS}|下沙|未来科技城)(?:市|区|县)?"
_OURSELVES = r"(?:我们?|咱们?|我司|公司|企业|厂|单位|机构|主体|学校|学院|医院|协会|研究院|研究所|院所|园区|孵化器|空间|基地|合作社|法人|注册|登记|工商|执照)"
_PLACED = re.compile(
    rf"{_OURSELVES}[^。；，不没未]{{0,10}}?{_HERE}|{_HERE}[^。；，不没未]{{0,10}}?{_OURSELVES}|^[(（]?(?:在)?{_HERE}的?[)），、。；]*$"
)
# What is in Hangzhou without the applicant being from there, and what only the programme is about.
_NOT_PLACED = re.compile(
    r"分公司|办事处|分支|子公司|客户|出差|销到|卖到|卖给|转给|供货|(?:打算|准备|计划|想)[^，。；]{0,6}?(?:来|到|迁|落|去|在)|听说|政策|新政|不在|非杭|外地|外省|投资|投了|投到"
    r"|(?:给|跟|与|和|向|从|找|请|委托|认识|合作)[^，。；]{0,4}?(?:杭州|本市|余杭|萧山|滨江)|杭州(?:银行|市(?:科|委|政府|发改|经信|财政|人社))|项目(?:在|放|落)|办法|意见|通知|名单|认定|资助"
)
_ELSEWHERE = re.compile(
    rf"(?:注册|登记|总部|母公司|我们|我司|公司|单位)[^。；]{{0,6}}?(?:在|是|到|于)(?:{OTHER_CITIES}|外地|外省|省外)"
)


def _located(found: dict[str, Known], wordings: Sequence[Wording], wanted: set[str]) -> None:
    """Who says where in Hangzhou they are, and nothing of another place, is taken to be registered there.

    It is shown with the words, so that it can be corrected.
    """
    if "registered_in_hangzhou" not in wanted or "registered_in_hangzhou" in found:
        return
    every = "".join(s for w in wordings for s in w.all)
    if _ELSEWHERE.search(every) or _MOVING.search(every):
        return
    for clause in (c for w in wordings for c in w.clauses):
        if _PLACED.search(clause) and not _NOT_PLACED.search(clause):
            found["registered_in_hangzhou"] = Known(True, clause.strip("，。；、:()"), "按所说的地点")
            return


_MOVING = re.compile(r"(?:迁|搬|落户|转)(?:到|来|入|进|回|址)?[^，。；]{0,4}?(?:杭州|本市|过来)|来杭")
_COMPANY = re.compile(
    r"(?:我们?|我司|咱们?|本|这家|这个|小|家)(?:这家|的|这个)?公司|我司|公司(?:总部|本部)?(?:在|是|属|系|开了|成立|注册)"
    r"|(?:注册|成立)[^，。；]{0,6}[，、]?[^，。；]{0,12}的(?:非上市|民营|本土)?公司"
)
_NO_LEGAL_PERSON = re.compile(r"分公司|支公司|分支机构|办事处|个体|合伙|个人独资|法人")


def _company(found: dict[str, Known], text: str, wanted: set[str]) -> None:
    """A company (公司) is a legal person by the Company Law (公司法 art. 3), a branch of one or a partnership is none."""
    if "independent_legal_person" not in wanted or "independent_legal_person" in found:
        return
    match = _COMPANY.search(text)
    if match and not _NO_LEGAL_PERSON.search(text):
        found["independent_legal_person"] = Known(True, match[0], "公司是企业法人")


_LIMITED = re.compile(r"(?:有限(?:责任)?|股份(?:有限)?)公司")


def _kind(found: dict[str, Known], text: str, wanted: set[str]) -> None:
    """A limited company is an enterprise, whatever else it says that it is not (不是个体户)."""
    match = _LIMITED.search(text)
    if "applicant_kind" in wanted and "applicant_kind" not in found and match:
        found["applicant_kind"] = Known(Options(frozenset({"企业"})), match[0])


_ALL_ON_FILE = re.compile(r"(?:都|全|均|也)[^，。；没未不]{0,16}?备(?:了?案|过案|案了)")


def _all_filed(found: dict[str, Known], text: str, wanted: set[str]) -> None:
    """Residents of whom all are said to be on file are so many on file."""
    firms = found.get("incubated_enterprises")
    if "incubated_enterprises_filed" not in wanted or "incubated_enterprises_filed" in found or not firms:
        return
    place = text.find(firms.words)
    filed = _ALL_ON_FILE.search(re.split(r"[。；]", text[place:])[0]) if place >= 0 else None
    if filed:
        found["incubated_enterprises_filed"] = Known(firms.value, f"{firms.words}{filed[0]}", "都已备案")


_IN_ONE_FIELD = re.compile(
    rf"(?P<v>{_SHARE})[^，。；\d]{{0,4}}?(?:做|搞|从事|属于?|是)(?P<field>[^，。；]{{2,16}})"
)

_RESIDENTS = re.compile(
    rf"(?:一共|总共|共有?|合计|里(?:头|面)?(?:一共|总共)?有?|入驻了?|在孵|进来了?)\s*(?P<v>{NUMBER})\s*[家个](?:企业|公司|项目)?"
)
_SO_MANY_IN_ONE_FIELD = re.compile(
    rf"(?:做|搞|从事|属于?|是)(?P<field>[^，。；\d]{{2,12}}?)(?:的|方向|领域|企业|公司|有|共)*(?P<v>{NUMBER})\s*[家个]"
    rf"|(?<!\d)(?P<v2>{NUMBER})\s*[家个](?:都)?(?:是)?(?:做|搞|从事)(?P<field2>[^，。；\d]{{2,12}})"
)


def _same_field(found: dict[str, Known], text: str, catalogue: Catalogue, wanted: set[str]) -> None:
    """The share of residents that are said to work in a field by its name (其中67%做区块链)."""
    name = "incubated_same_field_share"
    if name not in wanted or name in found:
        return
    patterns = catalogue.facts["industry_field"].patterns
    fields = [p for some in patterns.values() for p in some] if isinstance(patterns, dict) else []
    for match in _IN_ONE_FIELD.finditer(text):
        start, end = match.span("v")  # 六成多, 不到六成: what stands around it tells which way it lies
        value = number(
            catalogue.facts[name], match["v"], text[max(0, start - 8) : start], text[end : end + 5]
        )
        if value is not None and any(re.search(field, match["field"]) for field in fields):
            found[name] = Known(value, match[0])
            return
    total = _ranged(found, "incubated_enterprises")
    if total is None and (every := _RESIDENTS.search(text)):
        total = number(catalogue.facts["incubated_enterprises"], every["v"])
    for match in _SO_MANY_IN_ONE_FIELD.finditer(text):
        residents = catalogue.facts["incubated_enterprises"]
        part = number(residents, match["v"] or match["v2"])
        share = over(part, total) if part and total else None
        said = match["field"] or match["field2"]
        if part and total and share is not None and any(re.search(field, said) for field in fields):
            how = f"{shown(residents, part)}÷{shown(residents, total)}={shown(catalogue.facts[name], share)}"
            found[name] = Known(share, match[0], how)
            return


def _not_listed(found: dict[str, Known], catalogue: Catalogue, wanted: set[str]) -> None:
    """Whoever is not listed has got no further than what comes before it."""
    listed = found.get("listed")
    if "listing_stage" not in wanted or "listing_stage" in found or not listed or listed.value is not False:
        return
    before = frozenset(o for o in catalogue.facts["listing_stage"].options if not o.endswith("上市"))
    found["listing_stage"] = Known(Options(before, either=True), listed.words, "没有上市")


_FOUNDS = re.compile(r"(?:新办|新开|创办|开了|办了|注册了|新?开了?个?公司|自己的(?:公司|企业)|创业|成立了)")
_AFTER_STUDIES = 5  # years in which a founder counts as a student


def _founder(found: dict[str, Known], text: str, wanted: set[str]) -> None:
    """Whether somebody who founded a firm did so as a student or within years of graduating."""
    if "founded_by_students" not in wanted or "founded_by_students" in found:
        return
    student = found.get("enrolled_student")
    if student and student.value is True and _FOUNDS.search(text):
        found["founded_by_students"] = Known(True, student.words, "在校时创办")
    years = _ranged(found, "years_since_graduation")
    if not years:
        return
    words = found["years_since_graduation"].words
    if years.high is not None and years.high <= _AFTER_STUDIES and _FOUNDS.search(text):
        found["founded_by_students"] = Known(True, words, f"毕业没有超过{_AFTER_STUDIES}年")


def _size(found: dict[str, Known], catalogue: Catalogue) -> None:
    """Whether a company is within the size of a technology SME: assets and sales up to 200 million, staff up to 500."""
    if "within_tech_sme_size_limit" in found:
        return
    limits = {
        "total_assets": Decimal(200_000_000),
        "sales_last_year": Decimal(200_000_000),
        "employees": Decimal(500),
    }
    values = {name: _ranged(found, name) for name in limits}
    over_limit = [n for n, v in values.items() if v and v.low is not None and v.low > limits[n]]
    within = [n for n, v in values.items() if v and v.high is not None and v.high <= limits[n]]
    decided = over_limit[:1] or (within if len(within) == len(limits) else [])
    if decided:
        how = "；".join(
            f"{catalogue.facts[n].name}{shown(catalogue.facts[n], found[n].value)}" for n in decided
        )
        found["within_tech_sme_size_limit"] = Known(not over_limit, found[decided[0]].words, how)


def _hte_standard(found: dict[str, Known], catalogue: Catalogue) -> None:
    """Whether research spending reaches the national standard: 5%, 4% or 3% of sales by size."""
    ratio, sales = _ranged(found, "rnd_sales_ratio"), _ranged(found, "sales_last_year")
    if "rnd_ratio_meets_hte_standard" in found or ratio is None or sales is None:
        return
    if ratio.exact is None or sales.exact is None:
        return
    if sales.exact <= 50_000_000:
        needed = Decimal("0.05")
    else:
        needed = Decimal("0.04") if sales.exact <= 200_000_000 else Decimal("0.03")
    fact = catalogue.facts["rnd_sales_ratio"]
    how = f"销售收入{shown(catalogue.facts['sales_last_year'], sales)}，要求{figure(fact, needed)}，占比{shown(fact, ratio)}"
    found["rnd_ratio_meets_hte_standard"] = Known(ratio.exact >= needed, found["rnd_sales_ratio"].words, how)
