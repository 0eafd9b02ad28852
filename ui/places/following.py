"""What to ask next: questions that people wrote for the cited clauses and for those beside them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, zip_longest

from assistant.schema import Answer
from assistant.service import ClauseView
from ingest.text import fold

MOST = 3
_CITED = 3
_LONGEST = 40  # characters
_TOO_ALIKE = 0.55  # of the pairs of characters of the shorter one


def follow_ups(answer: Answer, view: Callable[..., ClauseView | None]) -> tuple[str, ...]:
    """Up to three questions that lie near an answer, none of them the one that was asked or like another.

    Args:
        answer: the answer.
        view: gives a clause with its neighbours, as `Assistant.view`.
    """
    own: list[list[str]] = []
    beside: list[list[str]] = []
    for citation in answer.citations[:_CITED]:
        seen = view(citation.clause_id, None, 1)
        if seen is None:
            continue
        own.append(seen.clause.asks)
        beside += [n.asks for n in seen.neighbours if n.clause_id != seen.clause.clause_id]
    chosen: list[str] = []
    for ask in chain(_in_turn(beside), _in_turn(own)):
        if len(ask) <= _LONGEST and not any(_alike(ask, other) for other in [answer.question, *chosen]):
            chosen.append(ask)
        if len(chosen) == MOST:
            break
    return tuple(chosen)


def _in_turn(lists: list[list[str]]) -> list[str]:
    """The first of each list, then the second of each."""
    return [ask for row in zip_longest(*lists) for ask in row if ask]


def _alike(one: str, other: str) -> bool:
    a, b = _pairs(one), _pairs(other)
    return not a or not b or len(a & b) >= _TOO_ALIKE * min(len(a), len(b))


def _pairs(text: str) -> set[str]:
    plain = fold(text)
    return {plain[i : i + 2] for i in range(len(plain) - 1)}
