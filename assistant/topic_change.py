"""Whether a message in a conversation begins anew: what is found by itself, beside what is found with the talk before."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from assistant.objections import asks_something
from assistant.schema import Turn, told_last
from assistant.understanding import Understanding, names_its_subject, says_which_was_meant, understand
from assistant.verdicts import VERDICT_TOLD
from index.ranker import RankingModel
from index.search import Searcher

BUNDLED = Path(__file__).with_name("topic_change.json")
# So likely a message must be to begin anew for the conversation to be left out of it. Of follow-ups that the weights had
# not seen, at most 1 of 100 is (`evals.train_topic_change`).
ANEW = 0.8
_POINTS_BACK = re.compile(
    r"^[嗯啊哦呃，,那个]{0,6}(?:那|这|该|它|其|要是|如果|假如|换成|改成|意思是|不对|不是|也|还|同样|一样)|呢[？?]?$"
    r"|上述|上面|刚才|前面|我们?(?:问|说)的是|同样|也(?:能|算|要|有|可以|行)|这[些个项种]"
)


def understood(question: str, as_of: date, history: Sequence[Turn], searcher: Searcher) -> Understanding:
    """What is being asked: in the light of the turns before, unless it is about something else than they are."""
    meant = understand(question, as_of, list(history), searcher.analyser)
    if not meant.hints.context or meant.problem or meant.refusal or meant.small_talk:
        return meant
    if VERDICT_TOLD.search(told_last(history)) and not asks_something(meant.question):
        return meant  # tells more of the case that was judged
    if says_which_was_meant(meant.question):
        return meant  # a correction rests on what it corrects
    alone = understand(question, as_of, [], searcher.analyser)
    return alone if begins_anew(signals(meant, alone, searcher)) >= ANEW else meant


def signals(meant: Understanding, alone: Understanding, searcher: Searcher) -> dict[str, float]:
    """What tells whether a message begins anew, about -1…1 each.

    Args:
        meant: the message with the conversation.
        alone: the message by itself.
        searcher: where both are looked for.
    """
    about = searcher.documents_of_the_talk(meant.hints)
    with_it = searcher.search(meant.hints.text, 1, hints=meant.hints)
    by_itself = searcher.search(alone.hints.text, 1, hints=alone.hints)
    first, own = (hits[0] if hits else None for hits in (with_it, by_itself))
    scores = [min(hit.score, 20.0) / 10 if hit else 0.0 for hit in (own, first)]
    document = own.document.document_id if own else ""
    return {
        "length": min(math.log(max(len(alone.question), 1)), 4.0) / 4,
        "stands": float(names_its_subject(alone.hints)),
        "points_back": float(bool(_POINTS_BACK.search(alone.question))),
        "score": scores[0],
        "gained": scores[0] - scores[1],
        "about_the_same": float(document in about),
        "first_about_the_same": float(document in about[:1]),
    }


@cache
def _model() -> RankingModel:
    return RankingModel.load(BUNDLED)


def begins_anew(values: dict[str, float]) -> float:
    """The probability that a message begins anew, from its `signals`; 0…1."""
    score = _model().score({name: np.array([value], dtype=np.float32) for name, value in values.items()})
    return float(1 / (1 + np.exp(-float(score[0]))))
