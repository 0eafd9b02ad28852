"""咨询: the chat, with the cited clause beside it. A Gradio page, made once for each language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from ui import render
from ui.places.answer import ask_address
from ui.places.asking import Asking
from ui.places.conversation import Conversation
from ui.places.frame import Here, header_html
from ui.places.samples import SAMPLES
from ui.wording import say

_KEY = "hangce-conversation"
_DOWNLOAD = "(file) => { if (file) window.hangce.download(file); return ''; }"
_BEGIN = "(typed, chat) => window.hangce.begin(typed, chat)"
_BEGIN_CLICKED = "(clicked, chat, box) => window.hangce.begin(clicked.slice(clicked.indexOf(' ')), chat, box)"
_DONE = "(chat, box, refresh) => window.hangce.done(chat, box, refresh)"


class AskPage(Asking):
    """The page in one language."""

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
            pick, clicked, asked, refresh, rated, file = (
                gr.Textbox(visible="hidden", elem_id=f"hc-{name}", label=name)
                for name in ("pick", "clicked", "asked", "refresh", "rated", "file")
            )

            quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "queue": False}
            # The browser shows the question and asks then; without a model that takes one request and no queue.
            begun = gr.on(
                [question.submit, send.click],
                None,
                [question, chat],
                [chat, question, asked],
                js=_BEGIN,
                **quiet,
            )
            begun_clicked = clicked.change(
                None, [clicked, chat, question], [chat, question, asked], js=_BEGIN_CLICKED, **quiet
            )
            answered = [
                event.then(
                    self.ask_at_once if self.ground.answering.assistant.model is None else self.ask,
                    [asked, as_of, conversation],
                    [chat, conversation, kept],
                    **quiet | self._waited_for(),
                )
                for event in (begun, begun_clicked)
            ]
            end = [chat, question, refresh]
            for event in answered:
                event.then(None, end, end, js=_DONE, **quiet)
            refresh.change(self.refresh_earlier, conversation, earlier, **quiet)
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
                cancels=answered if self.ground.answering.assistant.model else None,
                **quiet,
            )
            earlier.input(self.open_earlier, earlier, [chat, conversation, panel], **quiet)
            page.load(self.restore, kept, [chat, conversation, kept, earlier, header, as_of], **quiet)
        return page.queue(default_concurrency_limit=8, max_size=64, api_open=False)

    def _waited_for(self) -> dict[str, Any]:
        """How a model's answer is waited for: in Gradio's queue, which streams it."""
        if self.ground.answering.assistant.model is None:
            return {}
        return {"queue": True, "concurrency_limit": self.ground.answering.at_once, "concurrency_id": "asking"}

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
