"""Facts that somebody gives by name: from a form, a file, the command line or another program."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from assistant.eligibility.catalogue import Catalogue, Entry
from assistant.eligibility.conditions import Node, leaves
from assistant.eligibility.derived import derive
from assistant.eligibility.engine import Outcome, judge
from assistant.eligibility.profile import Known, Profile
from assistant.eligibility.values import nearest, parse
from ingest.errors import HangceError

CONFIRMED, DENIED, NOT_KNOWN = "confirmed", "denied", "not_known"
_DONT_KNOW = ("", "不知道")


def profile_given(facts: Mapping[str, Any], catalogue: Catalogue, day: date) -> Profile:
    """A profile of facts by id or Chinese name, as JSON values or in Chinese notation.

    `confirmed`, `denied` and `not_known` beside the facts hold lists of clauses or statements. A fact that is None,
    empty or 不知道 is not known. What follows from the facts (ages, shares, multiples) is added with its arithmetic.

    Raises:
        HangceError: there is no such fact (the message names the nearest), or a value cannot be read.
    """
    profile = Profile()
    for name, value in facts.items():
        if name in (CONFIRMED, DENIED, NOT_KNOWN):
            getattr(profile, name).update(_names(name, value))
            continue
        fact = fact_named(name, catalogue)
        if value is None or str(value).strip() in _DONT_KNOW:
            profile.not_known.add(fact)
        else:
            profile.facts[fact] = Known(
                parse(catalogue.facts[fact], value, catalogue.regions, day), f"{value}"
            )
    derive(profile.facts, [], catalogue, day, set(catalogue.facts) - profile.not_known)
    return profile


def fact_named(name: str, catalogue: Catalogue) -> str:
    """The id of a fact, given by id or Chinese name.

    Raises:
        HangceError: there is none; the message names the nearest.
    """
    if name in catalogue.facts:
        return name
    by_name = {fact.name: fact.id for fact in catalogue.facts.values()}
    if name in by_name:
        return by_name[name]
    near = nearest(name, list(catalogue.facts)) or [by_name[n] for n in nearest(name, list(by_name))]
    hint = (
        f"did you mean {', '.join(near)}?"
        if near
        else "`hangce check --list --json` names every programme's facts"
    )
    raise HangceError(f"no fact {name[:60]!r} — {hint}")


def judge_given(
    entry: Entry, profile: Profile, day: date, catalogue: Catalogue, confirm: bool = False
) -> Outcome:
    """The verdict on facts given by name; `confirm` takes every statement that a person can confirm as confirmed."""
    return judge(entry, settled(profile, entry.tree, confirm), day, catalogue)


def settled(profile: Profile, tree: Node, everything: bool) -> Profile:
    """The profile with what was confirmed in a form's words (a clause `第八条（一）`, or the statement itself) as keys.

    Args:
        profile: `confirmed`, `denied` and `not_known` hold clauses, statements or keys.
        tree: the conditions of a programme.
        everything: whether every statement of it is confirmed; what it excludes is then denied, and so is what would
            do in place of a fact. A rank or quota that nobody can know before stays open.
    """
    confirmed, denied, not_known = set(profile.confirmed), set(profile.denied), set(profile.not_known)
    for leaf in leaves(tree):
        if not leaf.prose:
            continue
        names = {leaf.prose, leaf.text, leaf.clause_id.partition("#")[2]}
        if profile.denied & names:
            (confirmed if leaf.text in profile.denied and leaf.negated else denied).add(leaf.key)
        elif profile.confirmed & names:
            by_statement = leaf.prose in profile.confirmed
            (denied if leaf.negated and not by_statement else confirmed).add(leaf.key)
        elif profile.not_known & names:
            not_known.add(leaf.key)
        elif everything and not leaf.advance:
            (denied if leaf.negated or leaf.beside else confirmed).add(leaf.key)
    return Profile(
        profile.facts, confirmed, denied, not_known, profile.assumed, profile.all_else, profile.sanctions
    )


def _names(part: str, value: Any) -> list[str]:
    items = value if isinstance(value, list) else str(value).split(";")
    if not all(isinstance(item, str) for item in items):
        raise HangceError(f"{part}: write a list of clauses or statements")
    return [item.strip() for item in items if item.strip()]
