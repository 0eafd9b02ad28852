"""The web page: chat on the left, the cited clause on the right; Gradio mounted on FastAPI."""

from __future__ import annotations

import errno
import logging
import os
import re
import socket
import unicodedata
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.schema import Answer, Turn
from assistant.service import Assistant
from index.home import Home
from ingest.errors import HangceError
from ui import render
from ui.answering import PageAssistant
from ui.observing import log_to
from ui.problems import Refused
from ui.server import attach
from ui.settings import Settings, load_settings

TITLE = "杭策 · 杭州科技人才产业政策问答"
SAMPLES = (
    "创新券一年最多能领多少？",
    "创新券可以用来买哪些服务？",
    "规上企业研发补助最高多少？",
    "研发投入补助要自己申报吗？",
    "雏鹰企业要什么条件？",
    "雏鹰计划办法现在还有效吗？",
)
TURNS_READ = 6  # how far back a question may refer
ROUNDS_KEPT = 40  # how much of a conversation one session holds on to
FONTS = ("PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "sans-serif")
MONO = ("ui-monospace", "Consolas", "Noto Sans Mono CJK SC", "monospace")
_AROUND = 12  # enough to reach past a clause's own sub-items
_ASSETS = Path(__file__).parent / "assets"
_LOG = logging.getLogger("hangce.web")

# What the page never asks for: descriptions of the interface, uploads, files, proxied addresses, calls by name.
_CLOSED = re.compile(
    r"/(docs|redoc|openapi\.json|monitoring|gradio_api/"
    r"(info|openapi\.json|upload|upload_progress|file|proxy|stream|run|api|call|runs|run-history|deep_link|"
    r"process_recording|component_server|vibe-edit|undo-vibe-edit))\b"
)
_HEADERS = {
    # Gradio's HTML component fills its template by evaluating it, hence 'unsafe-eval'.
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass
class Conversation:
    """One session's conversation: what is on the screen, what the assistant reads back, what can be clicked."""

    shown: list[dict[str, str]] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)

    def with_message(self, role: str, content: str) -> Conversation:
        """The conversation with one more message on the screen."""
        return Conversation([*self.shown, {"role": role, "content": content}], self.turns, self.answers)

    def with_answer(self, answer: Answer) -> Conversation:
        """The conversation with an answered question, the oldest rounds dropped."""
        turns = [
            *self.turns,
            Turn(role="user", content=answer.question),
            Turn(role="assistant", content=answer.answer),
        ]
        answers = {**self.answers, answer.id: answer}
        said = self.with_message("assistant", render.answer_html(answer))
        kept = list(answers)[-ROUNDS_KEPT:]
        return Conversation(
            said.shown[-2 * ROUNDS_KEPT :], turns[-TURNS_READ:], {i: answers[i] for i in kept}
        )


class Guard:
    """Closes what the page does not use and tells browsers to load nothing from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        closed = _CLOSED.match(scope["path"])
        app = PlainTextResponse("not found", 404) if closed else self.app
        await app(scope, receive, send_with_headers)


def create_app(home: Home, settings: Settings | None = None) -> FastAPI:
    """The page at `/` and everything under it (see `ui.server`), over the index of a home.

    Raises:
        HangceError: the home has no usable index, or a setting is of no use.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    assistant = Assistant.open(home)
    app = FastAPI(title=TITLE, docs_url=None, redoc_url=None, openapi_url=None)
    ground = attach(app, home, assistant, settings)
    app.add_middleware(Guard)

    script = (_ASSETS / "page.js").read_text(encoding="utf-8")
    return gr.mount_gradio_app(
        app,
        _page(PageAssistant(ground.answering)),
        path="/",
        theme=gr.themes.Base(primary_hue="teal", neutral_hue="gray", font=FONTS, font_mono=MONO),
        css=(_ASSETS / "page.css").read_text(encoding="utf-8"),
        head=f"<script>{script}</script>",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        max_file_size="1kb",
    )


class _PromptServer(uvicorn.Server):
    """Stops at the first signal: every open page holds a connection that would otherwise be waited for."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop without waiting; that connections are cut off by it is no news."""
        self.force_exit = True
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        super().handle_exit(sig, frame)


def serve(home: Home, host: str, port: int) -> None:
    """Serve the page until interrupted.

    Raises:
        HangceError: the address cannot be listened on, or the home has no usable index.
    """
    with closing(_listen(host, port)) as listener:
        settings = load_settings(home.path)
        config = uvicorn.Config(
            create_app(home, settings),
            log_config=None,
            access_log=False,
            server_header=False,
            forwarded_allow_ips=settings.proxies,
        )
        log_to()
        shown = f"[{host}]" if ":" in host else host
        print(f"杭策网页：http://{shown}:{port}/ （按 Ctrl+C 停止）", flush=True)
        with suppress(KeyboardInterrupt):
            _PromptServer(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise HangceError(
                f"port {port} on {host} is in use — stop the other program or choose another port with --port"
            ) from error
        raise HangceError(
            f"cannot listen on {host}:{port} ({error.strerror}) — choose another --host or --port"
        ) from error


# --- the page ----------------------------------------------------------------------------------------------


def _page(assistant: PageAssistant) -> gr.Blocks:
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        gr.HTML(
            "<header class='hc-head'><h1>杭策</h1><p>杭州科技人才产业政策问答 · 每句回答都附条款出处</p></header>"
        )
        conversation = gr.State(Conversation())
        with gr.Row(elem_id="hc-main"):
            with gr.Column(scale=3, min_width=320, elem_id="hc-left"):
                chat = _chat()
                with gr.Row(elem_id="hc-ask"):
                    question = gr.Textbox(
                        placeholder="输入问题，按回车发送",
                        label="问题",
                        show_label=False,
                        container=False,
                        lines=1,
                        max_lines=4,
                        scale=8,
                        autofocus=True,
                        elem_id="hc-question",
                    )
                    send = gr.Button("发送", variant="primary", scale=0, min_width=76, elem_id="hc-send")
                with gr.Row(elem_id="hc-options"):
                    as_of = gr.Textbox(
                        lambda: date.today().isoformat(),
                        label="查询日期",
                        container=False,
                        max_lines=1,
                        interactive=True,
                        scale=0,
                        min_width=190,
                        elem_id="hc-as-of",
                        html_attributes=gr.InputHTMLAttributes(spellcheck=False, autocomplete="off"),
                    )
                    hint = gr.HTML(_hint(), elem_id="hc-hint")
                    clear = gr.Button("清空", scale=0, min_width=76, elem_id="hc-clear")
            with gr.Column(scale=2, min_width=320, elem_id="hc-right"):
                panel = gr.HTML(render.empty_panel_html(), elem_id="hc-panel")
        pick = gr.Textbox(visible="hidden", elem_id="hc-pick", label="pick")

        asked = gr.on(
            [question.submit, send.click, chat.example_select],
            _asking(assistant),
            [question, as_of, conversation],
            [chat, question, conversation],
            trigger_mode="once",
            show_progress="hidden",
            api_visibility="private",
        )
        pick.change(
            _picking(assistant),
            [pick, conversation],
            panel,
            trigger_mode="always_last",
            show_progress="hidden",
            api_visibility="private",
        )
        gr.on(
            [as_of.blur, as_of.submit],
            _check_day,
            as_of,
            [as_of, hint],
            show_progress="hidden",
            api_visibility="private",
        )
        clear.click(
            lambda: ([], "", Conversation(), render.empty_panel_html()),
            None,
            [chat, question, conversation, panel],
            cancels=[asked],
            show_progress="hidden",
            api_visibility="private",
        )
    return page.queue(default_concurrency_limit=8, max_size=64, api_open=False)


def _chat() -> gr.Chatbot:
    return gr.Chatbot(
        label="对话",
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
        placeholder="<h2>想了解哪项政策？</h2><p>直接用平常的话提问，或从下面的例子开始。</p>",
        examples=[{"text": sample} for sample in SAMPLES],
    )


def _asking(assistant: PageAssistant | Assistant) -> Any:
    """The handler of a question: first the question and a word that it is being looked up, then the answer."""

    def ask(
        typed: str, day: str, conversation: Conversation, event: gr.EventData
    ) -> Iterator[tuple[Any, Any, Any]]:
        sample = event._data.get("value") if isinstance(event._data, dict) else None
        question = sample["text"] if isinstance(sample, dict) else typed.strip()
        if not question:
            yield gr.skip(), gr.skip(), gr.skip()
            return
        as_of = read_day(day)
        if as_of is None:
            message = conversation.with_message("assistant", render.message_html(_bad_day(day), "declined"))
            yield message.shown, gr.skip(), message
            return
        conversation = conversation.with_message("user", render.question_html(question))
        yield conversation.with_message("assistant", render.waiting_html()).shown, "", conversation
        conversation = _answered(assistant, question, as_of, conversation)
        yield conversation.shown, gr.skip(), conversation

    return ask


def _answered(
    assistant: PageAssistant | Assistant, question: str, as_of: date, conversation: Conversation
) -> Conversation:
    try:
        return conversation.with_answer(assistant.ask(question, as_of, conversation.turns))
    except Refused as refused:
        return conversation.with_message("assistant", render.message_html(str(refused.detail), "declined"))
    except Exception:
        _LOG.exception("no answer to a question of %d characters", len(question))
        said = "这次没能查到答案，是系统出了问题，与您的问题无关。请稍后再试。"
        return conversation.with_message("assistant", render.message_html(said, "declined"))


def _picking(assistant: PageAssistant | Assistant) -> Any:
    """The handler of a click on a number or a neighbouring clause."""

    def pick(value: str, conversation: Conversation) -> str:
        count, _, address = value.partition(" ")
        number = int(count) if count.isdecimal() else 0
        return f'<div data-pick="{number}">{_panel(assistant, address, conversation)}</div>'

    return pick


def _panel(assistant: PageAssistant | Assistant, address: str, conversation: Conversation) -> str:
    asked = render.read_link(address)
    if not asked:
        return render.missing_panel_html()
    answer = conversation.answers.get(asked.answer_id)
    as_of = date.fromisoformat(answer.as_of) if answer else None
    try:
        view = assistant.view(asked.clause_id, as_of, around=_AROUND)
    except Exception:
        _LOG.exception("clause %r cannot be shown", asked.clause_id)
        view = None
    if view is None:
        return render.missing_panel_html()
    cited = next((c for c in answer.citations if c.n == asked.n), None) if answer else None
    return render.panel_html(view, cited, asked.answer_id)


# --- the as-of date ----------------------------------------------------------------------------------------


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


def _check_day(text: str) -> tuple[Any, str]:
    day = read_day(text)
    return (day.isoformat(), _hint()) if day else (gr.skip(), _hint(_bad_day(text)))


def _bad_day(text: str) -> str:
    return f"查询日期“{text.strip()[:20]}”读不出来，请写成 {date.today().isoformat()} 这样的日期。"


def _hint(problem: str = "") -> str:
    if problem:
        return f'<p class="hc-hint hc-problem" role="alert">{render.escape(problem)}</p>'
    return '<p class="hc-hint">按这一天判断政策是否有效</p>'
