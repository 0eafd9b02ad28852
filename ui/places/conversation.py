"""One conversation: its rounds, what the assistant reads back of it, and how the browser or the records keep it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import ValidationError

from assistant.schema import Answer, Turn
from ui.places.answer import answer_html, message_html, question_html, waiting_html
from ui.wording import Lang

TURNS_READ = 6  # how far back a question may refer
ROUNDS_KEPT = 40  # how much of a conversation one session holds on to
IN_BROWSER = 10  # rounds that outlast the visit
BYTES_IN_BROWSER = 120_000  # all of them travel with the page's first request, which may not be large
_FOLLOW = 3


@dataclass(frozen=True, slots=True)
class Round:
    """A question with its answer, or with a word from the page (`note`), or with neither while it is looked up.

    A note of the kind "again" hands the question back to the box that it was typed in.
    """

    question: str
    answer: Answer | None = None
    note: str = ""
    kind: Literal["declined", "again"] = "declined"
    follow: tuple[str, ...] = ()
    rated: bool | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """One session's conversation. `stored` is its id in the records, where its owner is signed in."""

    rounds: tuple[Round, ...] = ()
    stored: str | None = field(default=None, kw_only=True)

    def with_round(self, new: Round) -> Conversation:
        """The conversation with one more round, the oldest dropped."""
        return replace(self, rounds=(*self.rounds, new)[-ROUNDS_KEPT:])

    def rated(self, answer_id: str, helpful: bool) -> Conversation:
        """The conversation with a thumb on an answer."""
        rounds = tuple(
            replace(r, rated=helpful) if r.answer and r.answer.id == answer_id else r for r in self.rounds
        )
        return replace(self, rounds=rounds)

    def answer(self, answer_id: str) -> Answer | None:
        """One of the answers."""
        return next((r.answer for r in self.rounds if r.answer and r.answer.id == answer_id), None)

    @property
    def answered(self) -> list[Answer]:
        """The answers in order."""
        return [r.answer for r in self.rounds if r.answer]

    @property
    def turns(self) -> list[Turn]:
        """What the assistant reads back."""
        turns: list[Turn] = []
        for answer in self.answered[-TURNS_READ:]:
            turns.append(Turn(role="user", content=answer.question))
            turns.append(Turn(role="assistant", content=answer.answer))
        return turns[-TURNS_READ:]

    def shown(self, lang: Lang) -> list[dict[str, str]]:
        """The messages on the screen. Only the last answer offers what to ask next."""
        out: list[dict[str, str]] = []
        for number, one in enumerate(self.rounds, start=1):
            if one.question:
                out.append({"role": "user", "content": question_html(one.question)})
            out.append({"role": "assistant", "content": _reply(one, number == len(self.rounds), lang)})
        return out

    def to_browser(self) -> list[str]:
        """The last answered rounds, as many as may be: text, which Gradio does not search for files."""
        kept: list[str] = []
        room = BYTES_IN_BROWSER
        for one in reversed(self.rounds):
            if one.answer is None:
                continue
            aside = json.dumps({"follow": one.follow, "rated": one.rated}, ensure_ascii=False)
            text = f'{{"answer": {one.answer.model_dump_json()}, {aside[1:]}'
            room -= len(text.encode())
            if room < 0 or len(kept) == IN_BROWSER:
                break
            kept.append(text)
        return kept[::-1]

    @classmethod
    def from_browser(cls, data: Any) -> Conversation:
        """What `to_browser` gave; whatever else a browser sends is left out."""
        items = data[-IN_BROWSER:] if isinstance(data, list) else []
        return cls(tuple(r for r in map(_round, items) if r))

    @classmethod
    def from_answers(cls, answers: Iterable[Any], stored: str) -> Conversation:
        """A conversation out of the records."""
        rounds = tuple(r for r in (_round({"answer": a}) for a in answers) if r)
        return cls(rounds[-ROUNDS_KEPT:], stored=stored)


def _reply(one: Round, last: bool, lang: Lang) -> str:
    if one.answer:
        return answer_html(one.answer, lang, one.follow if last else (), one.rated)
    return message_html(one.note, one.kind) if one.note else waiting_html(lang)


def _round(item: Any) -> Round | None:
    if isinstance(item, str):
        with suppress(ValueError, RecursionError):
            item = json.loads(item)
    if not isinstance(item, dict):
        return None
    try:
        answer = Answer.model_validate(item.get("answer"))
    except ValidationError:
        return None
    follow, rated = item.get("follow"), item.get("rated")
    return Round(
        answer.question,
        answer,
        follow=tuple(f for f in follow if isinstance(f, str))[:_FOLLOW] if isinstance(follow, list) else (),
        rated=rated if isinstance(rated, bool) else None,
    )
