import re
from pathlib import Path

import pytest

import ui
from evals.questions import bundled_sets
from ui.wording import LANGS, keys, say

ROOT = Path(ui.__file__).parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Said with the rest of the key put together: `say(lang, f"verdict_{verdict}")`.
PUT_TOGETHER = (
    "level_", "kind_", "verdict_", "state_", "group_", "job_", "step_", "value_", "gave_", "column_", "fault_", "lint_",
    "mistake_", "tier_", "refused_", "table_fault_", "about_", "run_",
)  # fmt: skip


@pytest.mark.parametrize("key", keys())
def test_every_key_says_something_in_each_language(key: str) -> None:
    words = {lang: say(lang, key) for lang in LANGS}
    assert all(words.values())
    fields = {lang: set(re.findall(r"\{(\w+)\}", text)) for lang, text in words.items()}
    assert fields["zh"] == fields["en"]
    if key not in ("other_language", "describe_hint", "search_hint", "figure_hint"):
        assert not CHINESE.search(words["en"])


def test_no_key_is_left_over() -> None:
    files = [*ROOT.rglob("*.py"), *(ROOT / "templates").glob("*.html")]
    said = "".join(f.read_text(encoding="utf-8") for f in files if not f.name.startswith("wording"))
    left = [k for k in keys() if f'"{k}"' not in said and f"'{k}'" not in said]
    assert [k for k in left if not k.startswith(PUT_TOGETHER)] == []


def test_values_are_put_in() -> None:
    assert say("zh", "question_n", n=3) == "第 3 问"


def test_every_bundled_set_is_described_in_both_languages() -> None:
    assert all(say(lang, f"about_{path.stem}") for path in bundled_sets() for lang in LANGS)
