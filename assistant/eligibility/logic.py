"""Three-valued logic (Kleene's strong one): met, not met, not known."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class State(StrEnum):
    """Whether a condition is met by what is known."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


def opposite(state: State) -> State:
    """Negation; what is not known stays so."""
    if state is State.UNKNOWN:
        return state
    return State.NOT_MET if state is State.MET else State.MET


def every(states: Iterable[State]) -> State:
    """Conjunction: one that is not met decides, then one that is not known. Met when there are none."""
    result = State.MET
    for state in states:
        if state is State.NOT_MET:
            return state
        if state is State.UNKNOWN:
            result = state
    return result


def some(states: Iterable[State]) -> State:
    """Disjunction: one that is met decides, then one that is not known. Not met when there are none."""
    return opposite(every(opposite(state) for state in states))


def at_least(n: int, states: Iterable[State]) -> State:
    """At least n are met: decided as soon as enough are, or can no longer be."""
    found = list(states)
    met = sum(state is State.MET for state in found)
    possible = met + sum(state is State.UNKNOWN for state in found)
    if met >= n:
        return State.MET
    return State.NOT_MET if possible < n else State.UNKNOWN
