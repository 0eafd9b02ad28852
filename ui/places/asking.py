"""What happens on the chat's page: questions, clicks on clauses, thumbs, export, history."""

from __future__ import annotations

import base64
import json
import logging
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import gradio as gr

from assistant.schema import Answer, SoFar, Turn
from assistant.service import ClauseView
from ui import render
from ui.accounts import User
from ui.places import exporting
from ui.places.conversation import Conversation, Round
from ui.places.following import follow_ups
from ui.places.frame import Here, header_html
from ui.problems import Refused
from ui.server import Ground
from ui.sessions import current_owner, current_user
from ui.wording import Lang, say

_AROUND = 12  # enough to reach past a clause's own sub-items
_LOG = logging.getLogger("hangce.web")

Step = tuple[Any, Any, Any]  # messages, the conversation, what the browser keeps


class Asking:
    """The handlers of the page's events in one language.

    Args:
        ground: the assistant, the records and the settings.
        lang: the language.
    """

    def __init__(self, ground: Ground, lang: Lang) -> None:
        self.ground = ground
        self.lang = lang

    def _view(self, clause_id: str, day: date | None = None, around: int = 2) -> ClauseView | None:
        return self.ground.answering.assistant.view(clause_id, day, around)

    # --- asking ---

    def ask(
        self, typed: str, day: str, conversation: Conversation, request: gr.Request | None = None
    ) -> Iterator[Step]:
        """The answer; with a model a step for every statement. The page itself has shown the question already."""
        question = typed.strip()
        if not question:
            yield _nothing_new()
            return
        as_of = read_day(day)
        if as_of is None:
            told = conversation.with_round(Round("", note=self._bad_day(day), kind="again"))
            yield told.shown(self.lang), told, told.to_browser()
            return
        for now in self._answers(question, as_of, conversation.turns):
            if now is None:  # only for Gradio to notice that the page was left
                yield _nothing_new()
            elif isinstance(now, Refused):
                yield self._refused(question, now, conversation, request)
            elif isinstance(now, SoFar):
                begun = conversation.with_round(Round(question, now))
                yield begun.shown(self.lang), begun, gr.skip()
            else:
                yield self._done(question, now, conversation, request)

    async def ask_at_once(
        self, typed: str, day: str, conversation: Conversation, request: gr.Request | None = None
    ) -> Step:
        """The last of these steps, for a server without a model, where nothing is to be seen before it.

        It waits for its turn without holding one of Gradio's threads, which every other click needs.
        """
        question, as_of = typed.strip(), read_day(day)
        if not question or as_of is None:
            return next(self.ask(typed, day, conversation, request))
        answering = self.ground.answering
        try:
            answer = await answering.ask(question, as_of, conversation.turns, "page")
            return await answering.run(self._done, question, answer, conversation, request)
        except Refused as refused:
            return self._refused(question, refused, conversation, request)

    def _done(
        self, question: str, answer: Answer, conversation: Conversation, request: gr.Request | None
    ) -> Step:
        done = conversation.with_round(Round(question, answer, follow=self._follow(answer)))
        done = self._recorded(done, question, answer, request)
        return done.shown(self.lang), done, [] if _user(request) else done.to_browser()

    def _refused(
        self, question: str, refused: Refused, conversation: Conversation, request: gr.Request | None
    ) -> Step:
        told = conversation.with_round(Round(question, note=self._told(refused)))
        return told.shown(self.lang), told, [] if _user(request) else told.to_browser()

    def _answers(self, question: str, as_of: date, turns: list[Turn]) -> Iterator[Answer | Refused | None]:
        """The answer as it comes; what was shown of it stays when the rest fails."""
        shown: SoFar | None = None
        try:
            for answer in self.ground.answering.stream(question, as_of, turns, "page"):
                shown = answer if isinstance(answer, SoFar) else shown
                yield answer
        except Refused as refused:
            yield shown.broken_off(self._told(refused)) if shown else refused

    def _told(self, refused: Refused) -> str:
        return say(self.lang, "failed") if refused.status_code == 500 else str(refused.detail)

    def _follow(self, answer: Answer) -> tuple[str, ...]:
        try:
            return () if answer.clarify else follow_ups(answer, self._view)
        except Exception:
            _LOG.exception("nothing to ask next")
            return ()

    def _recorded(
        self, conversation: Conversation, question: str, answer: Answer, request: gr.Request | None
    ) -> Conversation:
        """The conversation, kept in the records where its owner is signed in."""
        if request is None or not _user(request):
            return conversation
        try:
            stored = self.ground.records.add_round(_owner(request), conversation.stored, question, answer)
        except Exception:
            _LOG.exception("a round could not be kept")
            return conversation
        return replace(conversation, stored=stored)

    # --- the clause beside it ---

    def pick(self, value: str, conversation: Conversation) -> str:
        """The panel for a click on a number or a neighbouring clause: a count, a space, and the address."""
        count, _, address = value.partition(" ")
        number = int(count) if count.isdecimal() else 0
        return f'<div data-pick="{number}">{self._panel(address, conversation)}</div>'

    def _panel(self, address: str, conversation: Conversation) -> str:
        asked = render.read_link(address)
        if not asked:
            return render.missing_panel_html(self.lang)
        answer = conversation.answer(asked.answer_id)
        try:
            as_of = date.fromisoformat(answer.as_of) if answer else None
            view = self._view(asked.clause_id, as_of, around=_AROUND)
        except Exception:
            _LOG.exception("clause %r cannot be shown", asked.clause_id)
            view = None
        if view is None:
            return render.missing_panel_html(self.lang)
        cited = next((c for c in answer.citations if c.n == asked.n), None) if answer else None
        return render.panel_html(view, cited, asked.answer_id, self.lang)

    # --- thumbs, export, history ---

    def rate(
        self, value: str, conversation: Conversation, request: gr.Request | None = None
    ) -> tuple[Any, Any, Any]:
        """A thumb with a comment: a count, a space, and `{"id", "helpful", "comment"}` as JSON."""
        try:
            said = json.loads(value.partition(" ")[2])
            answer = conversation.answer(str(said["id"]))
            helpful, comment = bool(said["helpful"]), str(said.get("comment", ""))
        except (ValueError, KeyError, TypeError, AttributeError):
            return gr.skip(), gr.skip(), gr.skip()
        if answer is None or request is None:
            return gr.skip(), gr.skip(), gr.skip()
        try:
            self.ground.records.add_feedback(_owner(request), answer, helpful, comment)
        except Exception:
            _LOG.exception("a thumb could not be kept")
            told = conversation.with_round(Round("", note=say(self.lang, "rate_failed")))
            return told.shown(self.lang), gr.skip(), gr.skip()
        rated = conversation.rated(answer.id, helpful)
        return rated.shown(self.lang), rated, [] if _user(request) else rated.to_browser()

    def export(self, kind: str, conversation: Conversation) -> str:
        """The conversation as a file, for the page's script: name, type and content as JSON; "" without answers."""
        answers = conversation.answered
        if not answers:
            return ""
        name = f"hangce-{date.today().isoformat()}"
        if kind == "word":
            content, name, mime = exporting.word(answers, self.lang), f"{name}.docx", exporting.WORD
        else:
            text = exporting.markdown(answers, self.lang).encode("utf-8", "replace")
            content, name, mime = text, f"{name}.md", exporting.MARKDOWN
        return json.dumps({"name": name, "type": mime, "base64": base64.b64encode(content).decode()})

    def restore(
        self, kept: Any, request: gr.Request | None = None
    ) -> tuple[Any, Conversation, Any, Any, str, str]:
        """What a visit begins with: the conversation before, the header of who is signed in, and today."""
        user = _user(request)
        header, today = header_html(Here(self.lang, "/", user)), date.today().isoformat()
        if user is None or request is None:
            conversation = Conversation.from_browser(kept)
            return conversation.shown(self.lang), conversation, gr.skip(), gr.skip(), header, today
        choices = self._earlier(_owner(request))
        conversation = self._stored(_owner(request), choices[0][1]) if choices else Conversation()
        chosen = gr.Dropdown(choices=self._with_new(choices), value=conversation.stored or "", visible=True)
        return conversation.shown(self.lang), conversation, [], chosen, header, today

    def open_earlier(self, stored: str, request: gr.Request | None = None) -> tuple[Any, Conversation, str]:
        """Another of somebody's conversations, or a new one."""
        known = bool(stored) and request is not None and _user(request) is not None
        conversation = self._stored(_owner(request), stored) if known and request else Conversation()
        return conversation.shown(self.lang), conversation, render.empty_panel_html(self.lang)

    def refresh_earlier(self, conversation: Conversation, request: gr.Request | None = None) -> Any:
        """The list of conversations after a round."""
        if request is None or not _user(request):
            return gr.skip()
        choices = self._with_new(self._earlier(_owner(request)))
        return gr.Dropdown(choices=choices, value=conversation.stored or "")

    def _earlier(self, owner: str) -> list[tuple[str, str]]:
        try:
            found = self.ground.records.conversations(owner, 30)
        except Exception:
            _LOG.exception("the records cannot be read")
            return []
        return [(f"{c.updated:%m-%d} {c.title[:30]}", c.id) for c in found]

    def _with_new(self, choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [(say(self.lang, "earlier_none"), ""), *choices]

    def _stored(self, owner: str, stored: str) -> Conversation:
        messages = self.ground.records.messages(owner, stored)
        return Conversation.from_answers((m.answer for m in messages if m.answer), stored)

    # --- the as-of date ---

    def check_day(self, text: str) -> tuple[Any, str]:
        """The day as we write it, or what is wrong with it."""
        day = read_day(text)
        return (day.isoformat(), self.hint()) if day else (gr.skip(), self.hint(self._bad_day(text)))

    def hint(self, problem: str = "") -> str:
        """The line beside the day."""
        if problem:
            return f'<p class="hc-hint hc-problem" role="alert">{render.escape(problem)}</p>'
        return f'<p class="hc-hint">{say(self.lang, "as_of_hint")}</p>'

    def _bad_day(self, text: str) -> str:
        return say(self.lang, "bad_day", day=text.strip()[:20], example=date.today().isoformat())


def _nothing_new() -> Step:
    return gr.skip(), gr.skip(), gr.skip()


def _user(request: gr.Request | None) -> User | None:
    return current_user(request.request) if request is not None and request.request else None


def _owner(request: gr.Request) -> str:
    assert request.request is not None
    return current_owner(request.request)


def read_day(text: str) -> date | None:
    """A day as people write it (2026-11-20, 2026/11/20, 2026年11月20日); today for an empty field; None if unreadable."""
    plain = unicodedata.normalize("NFKC", text or "").strip()
    if not plain:
        return date.today()
    match = re.fullmatch(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", plain)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
