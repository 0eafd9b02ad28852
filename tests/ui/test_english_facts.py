from datetime import date
from decimal import Decimal
from functools import partial

import pytest

from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.dates import Day
from assistant.eligibility.numbers import Range
from index.home import Home
from ui.places import english_facts
from ui.places.frame import Here
from ui.places.self_check import Step, take

STORY = "余杭区的科技型中小企业，2023年成立，员工35人，去年销售额2500万元"


@pytest.fixture(scope="module")
def catalogue(web_home: Home) -> Catalogue:
    return Catalogue.read(web_home.current())


def test_every_fact_and_option_has_an_english_name_and_no_name_is_left_over(catalogue: Catalogue) -> None:
    words = english_facts._words()
    assert set(words["facts"]) == set(catalogue.facts)
    options = {o for fact in catalogue.facts.values() for o in fact.options} | set(
        catalogue.regions.districts
    )
    assert {o for o in options if not o.isascii()} <= set(words["options"])
    for name in [*words["facts"].values(), *words["options"].values()]:
        assert name.replace("é", "").replace("–", "").isascii(), name


@pytest.mark.parametrize(
    ("fact", "held", "words"),
    [
        ("sales_last_year", Decimal(25_000_000), "CNY 25,000,000"),
        ("rnd_sales_ratio", Decimal("0.046"), "4.6%"),
        ("employees", Decimal(35), "35 people"),
        ("years_since_registration", Decimal("2.5"), "2.5 years"),
        ("years_since_registration", Decimal(1), "1 year"),
        ("plot_ratio", Decimal("1.5"), "1.5"),
    ],
)
def test_figures_in_english(catalogue: Catalogue, fact: str, held: Decimal, words: str) -> None:
    assert english_facts.value(catalogue.facts[fact], Range(held, held)) == words


def test_what_is_known_within_bounds_says_so(catalogue: Catalogue) -> None:
    say = partial(english_facts.value, catalogue.facts["sales_last_year"])
    assert say(Range(None, Decimal(5_000_000), high_open=True)) == "less than CNY 5,000,000"
    assert say(Range(Decimal(5_000_000), None)) == "at least CNY 5,000,000"
    assert say(Range(Decimal(1000), Decimal(2000))) == "CNY 1,000 to CNY 2,000"


def test_other_values_in_english(catalogue: Catalogue) -> None:
    assert english_facts.value(catalogue.facts["tech_sme"], True) == "Yes"
    district = catalogue.facts["district"]
    assert english_facts.value(district, "余杭区") == "Yuhang District"
    day = Day(date(2023, 1, 1), date(2023, 12, 31))
    assert english_facts.value(catalogue.facts["registration_date"], day) == "2023-01-01 to 2023-12-31"


def test_the_english_self_check_calls_facts_by_english_names(catalogue: Catalogue) -> None:
    at = Here("en", "/self-check", None)
    after = take(at, Step(act="read", words=STORY), catalogue, date(2026, 11, 21))
    left = after["left"]
    for words in ("Sales revenue last year", "CNY 25,000,000", "Yuhang District", "35 people"):
        assert words in left
    assert 'value="2500万元"' in left  # what is corrected is typed as it is read
    assert (
        "Sales revenue last year"
        not in take(
            Here("zh", "/self-check", None), Step(act="read", words=STORY), catalogue, date(2026, 11, 21)
        )["left"]
    )


def test_an_english_programme_says_first_what_decides(catalogue: Catalogue) -> None:
    at = Here("en", "/programmes/young-eagle-2020", None)
    read = take(at, Step(act="read", words=STORY), catalogue, date(2026, 11, 21))
    step = Step(act="show", programme="young-eagle-2020", state=read["state"])
    right = take(at, step, catalogue, date(2026, 11, 21))["result"]
    assert "<p>Cannot be judged yet.</p>" in right
    assert "Still to be known: Company with independent legal personality – 独立企业法人" in right
    assert "Employees – 职工总数" in right
    assert "But the document ended on" in right
