"""What the self-check shows: the facts with the words they came from, the question, the list, one programme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from assistant.eligibility.benefit import benefits
from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.conditions import Leaf, Node, leaves
from assistant.eligibility.dialogue import DONT_KNOW, Dialogue, Question
from assistant.eligibility.engine import Outcome
from assistant.eligibility.explain import benefit_words, sentences, table
from assistant.eligibility.portfolio import Candidate, Portfolio
from assistant.eligibility.showing import shown
from ingest.knowledge import Fact
from ui.places import english_facts
from ui.places.frame import Here, clause_address, part
from ui.places.verdict import Line, StateName, lines_html
from ui.wording import Lang, say

_YES_NO = ("是", "否")
_HINTS = {"date": "date_hint"}
_NAMED = 2  # of what is missing
_STACKS = 3
_IN_ENGLISH = 6  # of what is missing
_IS_NOT = "不是“"  # what a condition on a fact that must not be so begins with


@dataclass(frozen=True, slots=True)
class ShownFact:
    """A fact as it is listed; `options` where it is chosen and not typed, `typed` as one would type it."""

    id: str
    name: str
    value: str
    typed: str
    words: str
    how: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownStatement:
    """A statement that was confirmed, denied or left open."""

    key: str
    words: str
    holds: bool


def left_html(
    at: Here,
    dialogue: Dialogue,
    question: Question | None,
    catalogue: Catalogue,
    number: int = 1,
    stopped: bool = False,
    problem: str = "",
) -> str:
    """The question and what is known."""
    profile = dialogue.profile
    facts = [
        _fact(name, known, catalogue, at.lang)
        for name, known in profile.facts.items()
        if name in catalogue.facts
    ]
    statements = [
        ShownStatement(key, _words(key, catalogue, at.lang), key in profile.confirmed)
        for key in sorted(profile.confirmed | profile.denied)
    ]
    open_ = [ShownStatement(key, _words(key, catalogue, at.lang), False) for key in sorted(profile.not_known)]
    values = {
        "question": _in_language(question, catalogue, at.lang) if question else None,
        "hint": _hint(question, catalogue, at.lang) if question else "",
        "shown": lambda option: _option(option, at.lang),
        "number": number,
        "stopped": stopped,
        "problem": problem,
        "programme": dialogue.programme,
        "facts": facts,
        "statements": statements,
        "not_known": open_,
    }
    return part("check_left.html", at, values)


def _fact(name: str, known: Any, catalogue: Catalogue, lang: Lang) -> ShownFact:
    fact = catalogue.facts[name]
    options: tuple[str, ...] = ()
    if fact.type == "boolean":
        options = _YES_NO
    elif fact.type == "choice":
        options = tuple(fact.options)
    elif fact.type == "region":
        options = tuple(catalogue.regions.districts)
    typed = shown(fact, known.value)
    value = typed if lang == "zh" else english_facts.value(fact, known.value)
    return ShownFact(name, _called(fact, lang), value, typed, known.words, known.how, options)


def _called(fact: Fact, lang: Lang) -> str:
    return fact.name if lang == "zh" else english_facts.label(fact)


def _words(key: str, catalogue: Catalogue, lang: Lang) -> str:
    """What a key of a statement or fact says."""
    if key in catalogue.facts:
        return _called(catalogue.facts[key], lang)
    return key.partition("|")[2] or key


def _in_language(question: Question, catalogue: Catalogue, lang: Lang) -> Question:
    fact = catalogue.facts.get(question.fact)
    if lang == "en" and fact and fact.ask_en:
        return Question(question.key, fact.ask_en, question.options, question.fact, question.clause_id)
    return question


def _hint(question: Question, catalogue: Catalogue, lang: Lang) -> str:
    fact = catalogue.facts.get(question.fact)
    return say(lang, _HINTS.get(fact.type, "figure_hint")) if fact else ""


def _option(option: str, lang: Lang) -> str:
    keys = {"是": "confirmed_yes", "否": "confirmed_no", DONT_KNOW: "dont_know"}
    return say(lang, keys[option]) if option in keys else english_facts.option_in(lang, option)


# --- the list ---


def result_html(at: Here, found: Portfolio | None, catalogue: Catalogue) -> str:
    """The ranked list; None before anything is known."""
    groups = []
    stacks: list[str] = []
    if found is not None:
        for name in ("eligible", "nearly", "open", "expired"):
            some = [_item(c, catalogue, at.lang) for c in getattr(found, name)]
            groups.append({"name": name, "some": some})
        for stack in found.stacks[:_STACKS]:
            names = [catalogue.entry(i).programme.name for i in (stack.best, *stack.displaced)]
            stacks.append(f"{'、'.join(names)}（{stack.remark}）")
    left_out = found.not_eligible if found else 0
    values = {"groups": groups, "stacks": stacks, "not_eligible": left_out}
    return part("check_result.html", at, values)


def _item(candidate: Candidate, catalogue: Catalogue, lang: Lang) -> dict[str, Any]:
    outcome = candidate.outcome
    listing = outcome.entry.listing
    asks = [_condition(m.leaf, m.leaf.text, catalogue, lang) for m in outcome.missing if not m.leaf.advance][
        :_NAMED
    ]
    short = ""
    if outcome.verdict == "not_eligible":
        failed = outcome.failed[0]
        short = "；".join(
            p for p in (_condition(failed.node, failed.text, catalogue, lang), candidate.distance) if p
        )
    gain = ""
    if candidate.main and outcome.verdict != "not_eligible":
        gain = candidate.main.arithmetic or candidate.main.text
    return {
        "id": candidate.id,
        "name": outcome.entry.programme.name,
        "validity": outcome.validity,
        "gain": gain,
        "short": short,
        "missing": len(outcome.missing) if outcome.verdict == "undetermined" else 0,
        "asks": "；".join(asks),
        "document": f"《{listing['title']}》{(listing['doc_numbers'] or [''])[0]}",
        "ended": outcome.ended,
    }


# --- one programme ---


def programme_html(at: Here, outcome: Outcome, catalogue: Catalogue) -> str:
    """A programme with its conditions, what it gives and how one applies; with a verdict once something is known."""
    entry, profile = outcome.entry, outcome.profile
    relevant = {leaf.key for leaf in leaves(entry.tree)}
    told = bool(relevant & (profile.facts.keys() | profile.confirmed | profile.denied))
    states = [checked.state.value for checked in outcome.conditions]
    rows = table(outcome, catalogue)
    lines = [
        Line(
            _condition(checked.node, row.condition, catalogue, at.lang),
            row.given,
            _state(state),
            row.clause_id,
            checked.assumed,
        )
        for row, state, checked in zip(rows, states, outcome.conditions, strict=True)
    ]
    given = benefits(entry, profile, outcome.day, catalogue)
    values = {
        "entry": entry,
        "outcome": outcome,
        "told": told,
        "sentences": sentences(outcome, catalogue) if told else [],
        "in_english": _in_english(outcome, catalogue) if told and at.lang == "en" else [],
        "lines": Markup(lines_html(lines, lambda clause_id: clause_address(at, clause_id), at.lang)),
        "benefits": [{"words": benefit_words(a), "clause_id": a.clause_id} for a in given],
        "remarks": {"shares": entry.programme.shares, "stacking": entry.programme.stacking},
    }
    return part("check_programme.html", at, values)


def _condition(node: Node, words: str, catalogue: Catalogue, lang: Lang) -> str:
    """A condition in the words of the document; in English with what the fact is called before them."""
    fact = catalogue.facts.get(node.fact) if isinstance(node, Leaf) else None
    if fact is None or lang == "zh":
        return words
    return f"{'Not: ' if words.startswith(_IS_NOT) else ''}{english_facts.label(fact)} – {words}"


def _in_english(outcome: Outcome, catalogue: Catalogue) -> list[str]:
    """What decides and what is missing, before the same at length in Chinese."""
    missing = [_condition(m.leaf, m.leaf.text, catalogue, "en") for m in outcome.missing]
    more = say("en", "and_more", n=len(missing) - _IN_ENGLISH) if len(missing) > _IN_ENGLISH else ""
    failed = [_condition(c.node, c.text, catalogue, "en") for c in outcome.failed]
    parts = (
        ("state_not_met", failed if outcome.verdict == "not_eligible" else []),
        (
            "missing",
            [*missing[:_IN_ENGLISH], *filter(None, [more])] if outcome.verdict == "undetermined" else [],
        ),
    )
    told = [f"{say('en', key)}: {'; '.join(some)}." for key, some in parts if some]
    return [f"{say('en', f'verdict_{outcome.verdict}')}.", *told]


def _state(value: str) -> StateName:
    return "met" if value == "met" else "not_met" if value == "not_met" else "unknown"
