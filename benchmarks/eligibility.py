"""Times of eligibility: reading the catalogue, one verdict from a sentence, all programmes against one profile.

`python -m benchmarks.eligibility`: medians over the bundled knowledge files.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import date

import click

from assistant.eligibility.asked import Terms, verdict_for
from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.dialogue import Dialogue, next_question
from assistant.eligibility.portfolio import portfolio
from assistant.eligibility.profile import Profile
from assistant.eligibility.reading import read_facts
from benchmarks.__main__ import seconds
from index.programmes import programmes_data
from ingest.knowledge import load_facts, load_policies, load_vocabulary

DAY = date(2021, 6, 22)
STORY = (
    "公司2018年3月在滨江注册，独立法人，去年销售收入2600万元，职工30人，其中科技人员8人，"
    "研发费用单独建账，去年花了150万元。能评雏鹰企业吗？"
)
FOUND = ["杭科高〔2020〕71号#三、4.（1）", "杭科高〔2020〕71号#三、5."]


@click.command()
@click.option("--repeats", default=9, show_default=True)
def main(repeats: int) -> None:
    """Measure and print one line each."""
    policies = load_policies()
    documents = {p.document_id: p.to_document().to_listing() for p in policies}
    data = programmes_data(policies, documents, load_facts(), load_vocabulary().places)
    catalogue = Catalogue(data)
    terms = Terms(catalogue)
    profile = Profile(read_facts([STORY], catalogue, DAY))
    verdict_for([STORY], FOUND, DAY, catalogue, terms)  # compiles the patterns
    steps: dict[str, Callable[[], object]] = {
        "catalogue made ready (all trees, terms)": lambda: Terms(Catalogue(data)),
        "verdict on a question in the chat": lambda: verdict_for([STORY], FOUND, DAY, catalogue, terms),
        "all facts of the vocabulary read from a sentence": lambda: read_facts([STORY], catalogue, DAY),
        f"all {len(catalogue)} programmes against one profile": lambda: portfolio(catalogue, profile, DAY),
        "next question over all programmes": lambda: next_question(Dialogue(None, profile), catalogue, DAY),
    }
    for name, step in steps.items():
        click.echo(f"{name}: {statistics.median(seconds(step, repeats)) * 1000:.1f} ms")


if __name__ == "__main__":
    main()
