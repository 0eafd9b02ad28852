"""One question at a time: what to ask next, taking an answer, and the result so far at any time.

The state of a dialogue is plain data (`State.to_json`), held by whoever leads it; nothing is written anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from assistant.eligibility.catalogue import Catalogue, Entry
from assistant.eligibility.engine import Outcome, judge
from assistant.eligibility.profile import Known, Profile
from assistant.eligibility.showing import to_json
from assistant.eligibility.values import NUMERIC, parse
from ingest.errors import HangceError

DONT_KNOW = "不知道"
_DONT_KNOW = re.compile(
    r"^(?:我?不(?:太)?(?:知道|清楚|确定|了解)|不详|没有?数据|说不(?:上来|准)|不晓得|跳过|unknown)[了。]?$",
    re.IGNORECASE,
)
_YES = re.compile(r"^(?:是|有|对|嗯|好|行|符合|满足|没问题|确认|yes|y)[的了啊呀]?[。！]?$", re.IGNORECASE)
_NO = re.compile(r"^(?:否|不是|没有?|不|无|不对|不符合|不满足|no|n)[的了啊呀]?[。！]?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked next. `key` names it for `answered`; `options` are buttons, empty where a figure is wanted."""

    key: str
    text: str
    options: list[str]
    fact: str = ""
    clause_id: str = ""


@dataclass(slots=True)
class Dialogue:
    """A conversation about one programme (or, without one, about all)."""

    programme: str | None = None
    profile: Profile = field(default_factory=Profile)

    def to_json(self) -> dict[str, Any]:
        """The state as plain data."""
        p = self.profile
        return {
            "programme": self.programme,
            "facts": {
                fact: {"value": to_json(known.value), "from": known.words, "how": known.how}
                for fact, known in p.facts.items()
            },
            "confirmed": sorted(p.confirmed),
            "denied": sorted(p.denied),
            "not_known": sorted(p.not_known),
            "assumed": sorted(p.assumed),
            "all_else": p.all_else,
            "sanctions": p.sanctions,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], catalogue: Catalogue, day: date) -> Dialogue:
        """The dialogue that `to_json` described.

        Raises:
            HangceError: the data is no such state, or names a fact that there is not.
        """
        try:
            facts = {
                fact: Known(
                    parse(catalogue.facts[fact], item["value"], catalogue.regions, day),
                    str(item.get("from", "")),
                    str(item.get("how", "")),
                )
                for fact, item in data["facts"].items()
            }
            confirmed, denied, not_known, assumed = (
                {str(key) for key in data[part]} for part in ("confirmed", "denied", "not_known", "assumed")
            )
            profile = Profile(
                facts,
                confirmed,
                denied,
                not_known,
                assumed,
                all_else=bool(data["all_else"]),
                sanctions=bool(data["sanctions"]),
            )
            programme = data.get("programme")
        except (KeyError, TypeError, AttributeError) as error:
            raise HangceError(f"this is no state of a dialogue ({error}) — start again") from error
        if programme is not None:
            catalogue.entry(programme)
        return cls(programme, profile)


def next_question(dialogue: Dialogue, catalogue: Catalogue, day: date) -> Question | None:
    """The question that decides most, or None when nothing that can be asked is open.

    With a programme, what its verdict waits for; without one, the fact on which most programmes wait that nothing has
    ruled out yet. What the applicant does not know is not asked again; ranks and quotas are never asked.
    """
    profile = dialogue.profile
    entries = [catalogue.entry(dialogue.programme)] if dialogue.programme else catalogue.entries()
    weights: dict[str, float] = {}
    first: dict[str, Question] = {}
    for entry in entries:
        outcome = judge(entry, profile, day, catalogue)
        for position, missing in enumerate(outcome.missing):
            leaf = missing.leaf
            if leaf.key in profile.not_known or leaf.key in profile.facts or leaf.advance:
                continue
            if dialogue.programme is None and not leaf.fact:
                continue
            weights[leaf.key] = weights.get(leaf.key, 0.0) + (
                missing.weight if dialogue.programme is None else 1000 - position
            )
            if leaf.key not in first:
                first[leaf.key] = _question(leaf.key, leaf.fact, leaf.prose, leaf.clause_id, catalogue)
    if not weights:
        return None
    return first[max(weights, key=lambda key: weights[key])]


def _question(key: str, fact: str, prose: str, clause_id: str, catalogue: Catalogue) -> Question:
    if not fact:
        return Question(key, f"请确认：{prose}。是这样吗？", ["是", "否", DONT_KNOW], "", clause_id)
    known = catalogue.facts[fact]
    options: list[str] = []
    if known.type == "boolean":
        options = ["是", "否", DONT_KNOW]
    elif known.type in ("choice", "region"):
        options = [*(known.options if known.type == "choice" else catalogue.regions.districts), DONT_KNOW]
    return Question(key, known.ask, options, fact, clause_id)


def answered(dialogue: Dialogue, question: Question, words: str, catalogue: Catalogue, day: date) -> Dialogue:
    """The dialogue after an answer; 不知道 is one.

    Raises:
        HangceError: the answer cannot be read as a value of what was asked; the dialogue is as before.
    """
    words = unicodedata.normalize("NFKC", words).strip()[:200]
    p = dialogue.profile
    profile = replace(
        p,
        facts=dict(p.facts),
        confirmed=set(p.confirmed),
        denied=set(p.denied),
        not_known=set(p.not_known),
    )
    if _DONT_KNOW.match(words):
        profile.not_known.add(question.key)
    elif question.fact:
        fact = catalogue.facts[question.fact]
        given: Any = words
        if fact.type == "boolean":
            given = True if _YES.match(words) else False if _NO.match(words) else words
        elif fact.type in NUMERIC and fact.id == "years_since_disqualification" and _NO.match(words):
            given = "从未"
        profile.facts[fact.id] = Known(parse(fact, given, catalogue.regions, day), words)
    elif _YES.match(words) or _NO.match(words):
        (profile.confirmed if _YES.match(words) else profile.denied).add(question.key)
    else:
        raise HangceError(f"cannot read {words[:40]!r} — answer 是, 否 or {DONT_KNOW}")
    return Dialogue(dialogue.programme, profile)


def corrected(dialogue: Dialogue, fact: str, words: str | None, catalogue: Catalogue, day: date) -> Dialogue:
    """The dialogue with one fact changed, or forgotten (None).

    Raises:
        HangceError: there is no such fact, or the words are no value of it.
    """
    if fact not in catalogue.facts:
        raise HangceError(f"no fact {fact!r}")
    profile = dialogue.profile
    facts = {name: known for name, known in profile.facts.items() if name != fact}
    if words is not None:
        facts[fact] = Known(parse(catalogue.facts[fact], words, catalogue.regions, day), words)
    changed = replace(profile, facts=facts, not_known=profile.not_known - {fact})
    return Dialogue(dialogue.programme, changed)


def result(dialogue: Dialogue, catalogue: Catalogue, day: date) -> Outcome:
    """The verdict so far on the dialogue's programme.

    Raises:
        HangceError: the dialogue has no programme.
    """
    if dialogue.programme is None:
        raise HangceError("this dialogue is about no one programme — ask for the portfolio")
    return judge(_entry(dialogue.programme, catalogue), dialogue.profile, day, catalogue)


def _entry(programme: str, catalogue: Catalogue) -> Entry:
    return catalogue.entry(programme)
