"""Research spending beside other figures, and over years."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.numbers import Range
from assistant.eligibility.reading import read_facts

CATALOGUE = Catalogue.bundled()


@pytest.mark.parametrize(
    ("said", "spending", "increase"),
    [
        ("研发人员12人，去年销售额2500万元，研发费260万", 2_600_000, None),
        ("去年营收3000万，研发投入180万", 1_800_000, None),
        ("去年研发花了810万，今年1000万", 8_100_000, 1_900_000),
        ("研发费用去年200万元，前年150万元", 2_000_000, 500_000),
        ("研发费从300万涨到520万", None, 2_200_000),  # of which years is not said
    ],
)
def test_spending_on_research_is_no_other_figure(
    said: str, spending: int | None, increase: int | None
) -> None:
    found = read_facts([said], CATALOGUE, date(2022, 6, 1))
    for fact, expected in (("rnd_spending_last_year", spending), ("rnd_increase", increase)):
        value = found[fact].value if fact in found else None
        assert (value.exact if isinstance(value, Range) else None) == (
            None if expected is None else Decimal(expected)
        )
