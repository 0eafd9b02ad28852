"""咨询: the chat, with the cited clause beside it. A Gradio page, made once for each language."""

from __future__ import annotations

import base64
import json
import logging
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import gradio as gr

from assistant.schema import Answer
from assistant.service import ClauseView
from ui import render
from ui.accounts import User
from ui.places import exporting
from ui.places.answer import ask_address
from ui.places.conversation import Conversation, Round
from ui.places.following import follow_ups
from ui.places.frame import Here, header_html
from ui.places.samples import SAMPLES
from ui.problems import Refused
from ui.server import Ground
from ui.sessions import current_owner, current_user
from ui.wording import Lang, say

_AROUND = 12  # enough to reach past a clause's own sub-items
_KEY = "hangce-conversation"
_LOG = logging.getLogger("hangce.web")
_DOWNLOAD = "(file) => { if (file) window.hangce.download(file); return ''; }"

Step = tuple[Any, Any, Any, Any]  # messages, the question box, the conversation, what the browser keeps


class AskPage:
    """The page in one language.

    Args:
        ground: the assistant, the records and the settings.
        lang: the language.
    """

    def __init__(self, ground: Ground, lang: Lang) -> None:
        self.ground = ground
        self.lang = lang
        self._view: Callable[..., ClauseView | None] = ground.answering.assistant.view

    # --- asking ---

    def ask(
        self, typed: str, day: str, conversation: Conversation, request: gr.Request | None = None
    ) -> Iterator[Step]:
        """First the question and a word that it is being looked up, then the answer."""
        question = typed.strip()
        if not question:
            yield gr.skip(), gr.skip(), gr.skip(), gr.skip()
            return
        as_of = read_day(day)
        if as_of is None:
            told = conversation.with_round(Round("", note=self._bad_day(day)))
            yield told.shown(self.lang), gr.skip(), told, gr.skip()
            return
        waiting = conversation.with_round(Round(question))
        yield waiting.shown(self.lang), "", conversation, gr.skip()
        done = self._answered(question, as_of, conversation, request)
        kept = [] if _user(request) else done.to_browser()
        yield done.shown(self.lang), gr.skip(), done, kept

    def ask_clicked(
        self, clicked: str, day: str, conversation: Conversation, request: gr.Request | None = None
    ) -> Iterator[Step]:
        """The same for an option or a suggestion that was clicked: a count, a space, and the words."""
        for shown, _, after, kept in self.ask(clicked.partition(" ")[2], day, conversation, request):
            yield shown, gr.skip(), after, kept

    def _answered(
        self, question: str, as_of: date, conversation: Conversation, request: gr.Request | None
    ) -> Conversation:
        try:
            answer = self.ground.answering.answer(question, as_of, conversation.turns, "page")
        except Refused as refused:
            said = say(self.lang, "failed") if refused.status_code == 500 else str(refused.detail)
            return conversation.with_round(Round(question, note=said))
        done = conversation.with_round(Round(question, answer, follow=self._follow(answer)))
        return self._recorded(done, question, answer, request)

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
    ) -> tuple[Any, Conversation, Any, Any, str]:
        """What a visit begins with: the conversation before, and the header of who is signed in."""
        user = _user(request)
        header = header_html(Here(self.lang, "/", user))
        if user is None or request is None:
            conversation = Conversation.from_browser(kept)
            return conversation.shown(self.lang), conversation, gr.skip(), gr.skip(), header
        choices = self._earlier(_owner(request))
        conversation = self._stored(_owner(request), choices[0][1]) if choices else Conversation()
        chosen = gr.Dropdown(choices=self._with_new(choices), value=conversation.stored or "", visible=True)
        return conversation.shown(self.lang), conversation, [], chosen, header

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

    # --- the page ---

    def blocks(self) -> gr.Blocks:
        """The page itself."""
        lang = self.lang
        with gr.Blocks(title=say(lang, "title"), analytics_enabled=False, fill_width=True) as page:
            header = gr.HTML(header_html(Here(lang, "/", None)), elem_id="hc-header")
            conversation = gr.State(Conversation())
            kept = gr.BrowserState([], storage_key=f"{_KEY}-{lang}", secret=_KEY)
            with gr.Row(elem_id="hc-main"):
                with gr.Column(scale=3, min_width=320, elem_id="hc-left"):
                    earlier = gr.Dropdown(
                        [], label=say(lang, "earlier"), visible=False, elem_id="hc-earlier", interactive=True
                    )
                    chat = self._chat()
                    question, send = self._question()
                    with gr.Row(elem_id="hc-options"):
                        as_of = self._day()
                        hint = gr.HTML(self.hint(), elem_id="hc-hint")
                        markdown = _small_button(say(lang, "export_markdown"), "hc-export-markdown")
                        word = _small_button(say(lang, "export_word"), "hc-export-word")
                        clear = _small_button(say(lang, "clear"), "hc-clear")
                with gr.Column(scale=2, min_width=320, elem_id="hc-right"):
                    panel = gr.HTML(render.empty_panel_html(lang), elem_id="hc-panel")
            pick, clicked, rated, file = (
                gr.Textbox(visible="hidden", elem_id=f"hc-{name}", label=name)
                for name in ("pick", "clicked", "rated", "file")
            )

            quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
            step = [chat, question, conversation, kept]
            asked = gr.on(
                [question.submit, send.click],
                self.ask,
                [question, as_of, conversation],
                step,
                trigger_mode="once",
                **quiet,
            )
            asked_clicked = clicked.change(
                self.ask_clicked, [clicked, as_of, conversation], step, trigger_mode="once", **quiet
            )
            for event in (asked, asked_clicked):
                event.then(self.refresh_earlier, conversation, earlier, **quiet)
            pick.change(self.pick, [pick, conversation], panel, trigger_mode="always_last", **quiet)
            rated.change(self.rate, [rated, conversation], [chat, conversation, kept], **quiet)
            gr.on([as_of.blur, as_of.submit], self.check_day, as_of, [as_of, hint], **quiet)
            for button, kind in ((markdown, "markdown"), (word, "word")):
                button.click(_exporting(self, kind), conversation, file, **quiet).then(
                    None, file, file, js=_DOWNLOAD, **quiet
                )
            clear.click(
                lambda: ([], "", Conversation(), [], render.empty_panel_html(lang)),
                None,
                [chat, question, conversation, kept, panel],
                cancels=[asked, asked_clicked],
                **quiet,
            )
            earlier.input(self.open_earlier, earlier, [chat, conversation, panel], **quiet)
            page.load(self.restore, kept, [chat, conversation, kept, earlier, header], **quiet)
        return page.queue(default_concurrency_limit=8, max_size=64, api_open=False)

    def _chat(self) -> gr.Chatbot:
        return gr.Chatbot(
            label=say(self.lang, "conversation"),
            show_label=False,
            container=False,
            elem_id="hc-chat",
            height=None,
            autoscroll=False,
            layout="bubble",
            buttons=[],
            feedback_options=None,
            latex_delimiters=[],
            line_breaks=False,
            group_consecutive_messages=False,
            allow_file_downloads=False,
            placeholder=self.placeholder(),
        )

    def placeholder(self) -> str:
        """What an empty conversation shows: sample questions by topic, or that the chat is closed."""
        closed = self.ground.settings.chat_closed
        if closed:
            return f"<h2>{say(self.lang, 'closed')}</h2><p>{render.escape(closed)}</p>"
        samples = "".join(
            f'<a class="hc-sample" href="{ask_address(words)}">'
            f"<strong>{render.escape(topic)}</strong> {render.escape(words)}</a>"
            for topic, words in SAMPLES[self.lang]
        )
        return (
            f"<h2>{say(self.lang, 'empty_title')}</h2><p>{say(self.lang, 'empty_text')}</p>"
            f'<div class="hc-samples">{samples}</div>'
        )

    def _question(self) -> tuple[gr.Textbox, gr.Button]:
        closed = self.ground.settings.chat_closed
        with gr.Row(elem_id="hc-ask"):
            question = gr.Textbox(
                placeholder=closed or say(self.lang, "question_hint"),
                label=say(self.lang, "question"),
                show_label=False,
                container=False,
                lines=1,
                max_lines=4,
                scale=8,
                autofocus=True,
                interactive=not closed,
                elem_id="hc-question",
            )
            send = gr.Button(
                say(self.lang, "send"),
                variant="primary",
                scale=0,
                min_width=76,
                interactive=not closed,
                elem_id="hc-send",
            )
        return question, send

    def _day(self) -> gr.Textbox:
        return gr.Textbox(
            lambda: date.today().isoformat(),
            label=say(self.lang, "as_of"),
            container=False,
            max_lines=1,
            interactive=True,
            scale=0,
            min_width=190,
            elem_id="hc-as-of",
            html_attributes=gr.InputHTMLAttributes(spellcheck=False, autocomplete="off"),
        )


def _small_button(label: str, name: str) -> gr.Button:
    return gr.Button(label, scale=0, min_width=60, elem_id=name, elem_classes=["hc-small-button"])


def _exporting(page: AskPage, kind: str) -> Callable[[Conversation], str]:
    return lambda conversation: page.export(kind, conversation)


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
