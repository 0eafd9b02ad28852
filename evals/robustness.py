"""Whether an answer changes when the same is asked otherwise: `python -m evals.robustness --home DIR`.

Each question is asked as it was written and once in each other way: with what people say around a question (greetings,
why they ask here, thanks, haste), as a keyboard or a recogniser gets it wrong by sound, without pauses, and in
traditional characters. Counted are those that were rightly answered or declined before and are not now.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import click
import yaml
from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant.schema import Answer
from assistant.service import Assistant
from evals.questions import Question, learned_from, load_questions
from index.home import Home
from index.sounds import syllable_table

AROUND = Path(__file__).with_name("around.yaml")
_ONE_IN = 15  # characters, of which one is put wrong by sound
_COMMON = range(0xB0, 0xD8)  # rows of GB 2312 with the 3,755 characters of daily use
_PAUSES = re.compile(r"[，,。.；;！!？?、…\s]+")
Way = Callable[[str, random.Random], str]


@dataclass(slots=True)
class Kept:
    """How one way of asking went: for each question that was right before whether it was answered or declined as well.

    `changed` lists the others, as they were asked.
    """

    answered: list[bool] = field(default_factory=list)
    cited: list[bool] = field(default_factory=list)
    declined: list[bool] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def measure(
    assistant: Assistant, questions: Sequence[Question], seed: int, share: float = 1.0
) -> dict[str, Kept]:
    """Way of asking → how it went, over a share of the questions that are asked alone and may be asked at all.

    An answer is kept where the clause that it cites first is.
    """
    rng = random.Random(seed)
    out: dict[str, Kept] = defaultdict(Kept)
    alone = [q for q in questions if not q.history and q.kind != "unsafe"]
    for question in track([q for q in alone if rng.random() < share], description="asking"):
        before = assistant.ask(question.question, question.as_of)
        if _answers(before) != question.answerable:
            continue
        for name, way in WAYS.items():
            asked = way(question.question, rng)
            now = assistant.ask(asked, question.as_of)
            kept = out[name]
            (kept.answered if question.answerable else kept.declined).append(
                _answers(now) == question.answerable
            )
            if question.answerable:
                kept.cited.append(_first(now) == _first(before))
            if _answers(now) != question.answerable:
                kept.changed.append(asked)
    return dict(out)


def _answers(answer: Answer) -> bool:
    return answer.status in ("answered", "partial")


def _first(answer: Answer) -> str:
    return str(next((c for s in answer.statements for c in s.citations), ""))


# --- ways of asking ------------------------------------------------------------------------------------------


def _around(question: str, rng: random.Random) -> str:
    before, behind = _said_around()
    where = rng.choice(("before", "behind", "both"))
    start = rng.choice(before) if where != "behind" else ""
    end = rng.choice(behind) if where != "before" else ""
    return f"{start}{question.rstrip('？?。') if end else question}{end}"


@cache
def _said_around() -> tuple[list[str], list[str]]:
    data = yaml.safe_load(AROUND.read_text(encoding="utf-8"))
    return data["before"], data["behind"]


def _heard(question: str, rng: random.Random) -> str:
    sounds, alike = _sounds()
    places = [i for i, c in enumerate(question) if len(alike.get(sounds.get(c, ""), "")) > 1]
    out = list(question)
    for place in rng.sample(places, min(len(places), max(1, len(question) // _ONE_IN))):
        out[place] = rng.choice([c for c in alike[sounds[question[place]]] if c != question[place]])
    return "".join(out)


@cache
def _sounds() -> tuple[dict[str, str], dict[str, str]]:
    """Character → its sound, and sound → the characters of daily use that have it."""
    sounds = syllable_table()
    alike: dict[str, str] = defaultdict(str)
    for character in _daily_characters():
        if character in sounds:
            alike[sounds[character]] += character
    return sounds, dict(alike)


def _daily_characters() -> Iterator[str]:
    for high in _COMMON:
        for low in range(0xA1, 0xFF):
            yield bytes((high, low)).decode("gb2312", "ignore")


def _without_pauses(question: str, rng: random.Random) -> str:
    return _PAUSES.sub("", question)


def _traditional(question: str, rng: random.Random) -> str:
    import opencc

    return str(opencc.OpenCC("s2t").convert(question))


WAYS: dict[str, Way] = {
    "said around": _around,
    "typed by sound": _heard,
    "without pauses": _without_pauses,
    "traditional": _traditional,
}


@click.command()
@click.option("--home", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--split", type=click.Choice(["dev", "regression"]), default="dev", show_default=True)
@click.option("--share", default=0.3, show_default=True, help="Of the questions.")
@click.option("--seed", default=20261123, show_default=True)
@click.option("--changed", is_flag=True, help="List what was asked where the answer changed.")
def main(home: Path, split: str, share: float, seed: int, changed: bool) -> None:
    """Ask the questions in other ways and print what share is answered as before."""
    questions = learned_from() if split == "dev" else load_questions((), split)
    ways = measure(Assistant.open(Home(home)), questions, seed, share)
    table = Table(
        "asked", "answerable", "still answered", "same clause first", "not answerable", "still declined"
    )
    for name, kept in ways.items():
        table.add_row(
            name, str(len(kept.answered)), _share(kept.answered), _share(kept.cited), str(len(kept.declined)),
            _share(kept.declined),
        )  # fmt: skip
    Console().print(table)
    for name, kept in ways.items() if changed else ():
        for asked in kept.changed:
            click.echo(f"{name}: {asked}")


def _share(values: Sequence[bool]) -> str:
    return f"{sum(values) / len(values):.3f}" if values else ""


if __name__ == "__main__":
    main()
