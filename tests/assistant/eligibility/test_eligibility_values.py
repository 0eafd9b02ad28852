"""Numbers as people say them, typed values, districts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.dates import Day, day_said, years_between
from assistant.eligibility.logic import State
from assistant.eligibility.numbers import NEVER, Range, fraction, months, numeral, quantity
from assistant.eligibility.showing import money, shown, to_json
from assistant.eligibility.values import NUMERIC, Options, nearest, number, parse
from ingest.errors import HangceError
from ingest.knowledge import Fact, load_facts

FACTS = load_facts()
DAY = date(2021, 6, 1)


def read(fact: str, text: str) -> Range:
    found = number(FACTS[fact], text)
    assert found is not None, text
    return found


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("190万元", 1_900_000),
        ("1亿5000万", 150_000_000),
        ("一亿两千万", 120_000_000),
        ("1.5个亿", 150_000_000),
        ("30w", 300_000),
        ("六万二", 62_000),
        ("两亿三", 230_000_000),
        ("三千二百万", 32_000_000),
        ("5百万", 5_000_000),
        ("2,000,000元", 2_000_000),
        ("１９０万", 1_900_000),
        ("1900000", 1_900_000),
    ],
)
def test_money_in_every_notation_is_the_same_amount(said: str, amount: int) -> None:
    assert read("rnd_increase", said).exact == amount


@pytest.mark.parametrize(
    ("said", "low", "high", "low_open", "high_open"),
    [
        ("不到200万", 0, 2_000_000, False, True),
        ("超过200万", 2_000_000, None, True, False),
        ("200万以上", 2_000_000, None, False, False),
        ("不超过200万", 0, 2_000_000, False, False),
        ("800多万", 8_000_000, 9_000_000, True, True),
        ("十几万", 100_000, 200_000, True, True),
        ("三四百万", 3_000_000, 4_000_000, False, False),
        ("200到300万", 2_000_000, 3_000_000, False, False),
        ("将近1000万", 9_000_000, 10_000_000, False, True),
        ("500万左右", 4_500_000, 5_500_000, False, False),
        (">=200万", 2_000_000, None, False, False),
    ],
)
def test_rough_money_is_an_interval(
    said: str, low: int, high: int | None, low_open: bool, high_open: bool
) -> None:
    found = read("rnd_increase", said)
    assert (found.low, found.high, found.low_open, found.high_open) == (low, high, low_open, high_open)


@pytest.mark.parametrize(
    ("said", "share"),
    [
        ("4.6%", "0.046"),
        ("百分之五", "0.05"),
        ("七成半", "0.75"),
        ("四分之三", "0.75"),
        ("一半", "0.5"),
        ("五个点", "0.05"),
        ("0.15", "0.15"),
        ("28％", "0.28"),
    ],
)
def test_shares_in_every_notation(said: str, share: str) -> None:
    assert read("tech_staff_share", said).exact == Decimal(share)


def test_a_share_without_a_sign_that_cannot_be_one_is_refused() -> None:
    assert number(FACTS["tech_staff_share"], "25") is None


@pytest.mark.parametrize(
    ("said", "count"),
    [("一年半", "18"), ("14个月", "14"), ("三年零两个月", "38"), ("半年", "6"), ("两年", "24"), ("14", "14")],
)
def test_durations_in_months(said: str, count: str) -> None:
    assert read("operating_months", said).exact == Decimal(count)


def test_years_are_never_rounded() -> None:
    assert read("years_since_registration", "6年半").exact == Decimal("6.5")
    assert read("years_since_registration", "18个月").exact == Decimal("1.5")
    vague = read("years_since_registration", "6年多")
    assert (vague.low, vague.low_open) == (6, True)


def test_what_never_happened_is_longer_ago_than_any_term() -> None:
    assert read("years_since_disqualification", "从未") == NEVER
    assert to_json(NEVER) == "从未"


@given(st.integers(0, 10**12))
def test_whole_amounts_survive_being_shown_and_read(amount: int) -> None:
    fact = FACTS["rnd_increase"]
    assert read("rnd_increase", shown(fact, Range.of(amount - amount % 100))).exact == amount - amount % 100


@given(st.decimals(0, 10**9, places=2), st.sampled_from(["万", "亿", "千万", ""]))
def test_scales_multiply(value: Decimal, scale: str) -> None:
    factor = {"万": 10**4, "亿": 10**8, "千万": 10**7, "": 1}[scale]
    found = quantity(f"{value:f}{scale}")
    assert found is not None and found.exact == value * factor


@given(st.integers(1, 99_999_999))
def test_chinese_numerals_are_read_as_cn2an_writes_them(value: int) -> None:
    import cn2an

    assert numeral_of(cn2an.an2cn(value)) == value


def numeral_of(words: str) -> Decimal | None:
    found = quantity(words)
    return found.exact if found else None


@given(st.text(max_size=30))
def test_no_text_breaks_the_readers_of_numbers(text: str) -> None:
    for reader in (quantity, fraction, months, numeral):
        reader(text)
    for fact in FACTS.values():
        if fact.type in NUMERIC and fact.id in ("rnd_increase", "tech_staff_share", "employees", "park_area"):
            found = number(fact, text)
            assert found is None or found.low is None or found.high is None or found.low <= found.high


@given(
    st.dictionaries(
        st.sampled_from(sorted(FACTS)),
        st.one_of(st.text(max_size=12), st.integers(), st.floats(), st.booleans(), st.none()),
    )
)
def test_values_of_any_kind_are_read_or_refused_with_a_clear_error(
    catalogue: Catalogue, values: dict[str, object]
) -> None:
    for name, value in values.items():
        try:
            read_value = parse(FACTS[name], value, catalogue.regions, DAY)
        except HangceError as error:
            assert name in str(error)
        else:
            assert parse(
                FACTS[name], to_json(read_value), catalogue.regions, DAY
            ) == read_value or isinstance(read_value, Range)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        ("0.66666", "2/3（66.67%）"),
        ("0.3333", "1/3（33.33%）"),
        ("0.66", "66%"),
        ("1", "100%"),
        ("0.046", "4.6%"),
    ],
)
def test_thirds_are_shown_as_the_fraction_that_documents_write(share: str, words: str) -> None:
    fact = next(f for f in FACTS.values() if f.type == "percent")
    assert shown(fact, Range.of(Decimal(share))) == words


def test_money_is_shown_without_noise() -> None:
    assert [money(Decimal(n)) for n in ("380000", "120000000", "450", "1234567.5", "99999999")] == [
        "38万元",
        "1.2亿元",
        "450元",
        "123.4568万元",
        "9999.9999万元",
    ]


# --- days ---


def test_days_as_said() -> None:
    assert day_said("2018年4月", DAY) == Day(date(2018, 4, 1), date(2018, 4, 30))
    assert day_said("二零一八年四月", DAY) == Day(date(2018, 4, 1), date(2018, 4, 30))
    assert day_said("去年3月", DAY) == Day(date(2020, 3, 1), date(2020, 3, 31))
    assert day_said("2018-04-05", DAY) == Day(date(2018, 4, 5), date(2018, 4, 5))
    assert day_said("2018年13月", DAY) is None


def test_years_are_whole_on_the_anniversary_and_less_the_day_before() -> None:
    start = Day(date(2016, 2, 29), date(2016, 2, 29))
    assert years_between(start, date(2020, 2, 29)).exact == 4
    assert (years_between(start, date(2020, 2, 28)).high or 0) < 4
    assert years_between(Day(date(2015, 6, 1), date(2015, 6, 1)), date(2021, 6, 1)).exact == 6


@given(st.dates(date(1990, 1, 1), date(2026, 12, 31)), st.dates(date(1990, 1, 1), date(2026, 12, 31)))
def test_the_later_the_day_the_more_years(start: date, end: date) -> None:
    first, last = sorted((start, end))
    assert (years_between(Day(first, first), last).low or 0) >= 0
    longer = years_between(Day(first, first), last.replace(year=last.year + 1, day=min(last.day, 28)))
    assert (longer.low or 0) > (years_between(Day(first, first), last).low or 0) - Decimal("0.02")


# --- choices, districts ---


def test_a_choice_is_read_by_a_part_that_is_its_alone(catalogue: Catalogue) -> None:
    value = parse(FACTS["scale_class"], "规上", catalogue.regions, DAY)
    assert value == Options(frozenset({"规上/限上"}))
    with pytest.raises(HangceError, match="规上/限上"):
        parse(FACTS["scale_class"], "大", catalogue.regions, DAY)


def test_old_and_new_districts_are_the_same_ground(catalogue: Catalogue) -> None:
    among = catalogue.regions.among
    assert among("下城区", ["拱墅区"], DAY) is State.MET
    assert among("江干区", ["上城区"], DAY) is State.MET
    assert among("临平区", ["余杭区"], DAY) is State.MET
    assert among("萧山区", ["余杭区"], DAY) is State.NOT_MET
    assert among("未来科技城", ["余杭区"], DAY) is State.MET


def test_ground_that_moved_between_districts_is_not_guessed(catalogue: Catalogue) -> None:
    among = catalogue.regions.among
    assert among("上城区", ["江干区"], date(2022, 1, 1)) is State.UNKNOWN  # old 上城 or old 江干
    assert among("上城区", ["江干区"], date(2020, 1, 1)) is State.NOT_MET
    assert among("余杭区", ["临平区"], date(2020, 1, 1)) is State.UNKNOWN
    assert among("余杭区", ["临平区"], date(2022, 1, 1)) is State.NOT_MET


def test_an_unknown_name_gets_the_nearest() -> None:
    assert "rnd_increase" in nearest("rnd_increse", list(FACTS))


def test_every_numeric_fact_can_be_shown_and_read_back(catalogue: Catalogue) -> None:
    for fact in FACTS.values():
        if fact.type in NUMERIC:
            value = Range.of("0.25") if fact.type == "percent" else Range.of(12)
            assert parse(fact, _words(fact, value), catalogue.regions, DAY) == value, fact.id


def _words(fact: Fact, value: Range) -> str:
    return shown(fact, value)
