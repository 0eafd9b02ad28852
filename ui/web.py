"""The web application: five places (`ui.places`) in two languages, on everything that `ui.server` puts under them."""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import socket
from contextlib import closing, suppress
from types import FrameType

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.service import Assistant
from index.home import Home
from ingest.errors import HangceError
from ui.intake import Intake
from ui.observing import log_to
from ui.places.ask import AskPage
from ui.places.desk import desk_router
from ui.places.documents import documents_router
from ui.places.evaluation import evaluation
from ui.places.frame import ASSETS, HTML_LANG, PREFIX, assets_router
from ui.places.self_check import Programmes, check_router
from ui.places.upload import upload_router
from ui.rebuilding import Rebuilding
from ui.server import Ground, attach
from ui.settings import Settings, load_settings
from ui.wording import LANGS, Lang, say

FONTS = ("PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "sans-serif")
MONO = ("ui-monospace", "Consolas", "Noto Sans Mono CJK SC", "monospace")
_WORDS_OF_SCRIPT = (
    "rate_title_up", "rate_title_down", "rate_comment", "rate_send", "rate_cancel", "waiting", "lost",
)  # fmt: skip
_LOG = logging.getLogger("hangce.web")

# What the page never asks for: descriptions of the interface, uploads, files, proxied addresses, calls by name
# (`run/predict` takes those events alone that need no queue, by number).
_CLOSED = re.compile(
    r"(/en)?/(docs|redoc|openapi\.json|monitoring|gradio_api/"
    r"(info|openapi\.json|upload|upload_progress|file|proxy|stream|run(?!/predict$)|api|call|runs|run-history|deep_link|"
    r"process_recording|component_server|vibe-edit|undo-vibe-edit))\b"
)
_HEADERS = {
    # Gradio's HTML component fills its template by evaluating it, hence 'unsafe-eval'.
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


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
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        closed = _CLOSED.match(scope["path"])
        app = PlainTextResponse("not found", 404) if closed else self.app
        await app(scope, receive, send_with_headers)


def create_app(home: Home, settings: Settings | None = None) -> FastAPI:
    """The pages and everything under them (see `ui.server`), over the index of a home; English below `/en`.

    Raises:
        HangceError: the home has no usable index, or a setting is of no use.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    assistant = Assistant.open(home)
    app = FastAPI(title=say("zh", "title"), docs_url=None, redoc_url=None, openapi_url=None)
    ground = attach(app, home, assistant, settings)
    app.add_middleware(Guard)
    app.include_router(assets_router())
    programmes = Programmes(ground)
    intake, rebuilding = Intake(home, ground.answering), Rebuilding(home, ground.answering)
    for lang in LANGS:
        for router in (
            check_router(ground, lang, programmes),
            upload_router(ground, lang, intake, rebuilding),  # before the documents, which take every name
            documents_router(ground, lang, programmes, home),
            desk_router(ground, lang, programmes),
        ):
            app.include_router(router)
    for router in evaluation(ground, home, LANGS):
        app.include_router(router)
    app = _with_chat(app, ground, "en")
    return _with_chat(app, ground, "zh")  # last, as it answers to everything that nobody else does


def _with_chat(app: FastAPI, ground: Ground, lang: Lang) -> FastAPI:
    words = {key: say(lang, key) for key in _WORDS_OF_SCRIPT} | {"lang": HTML_LANG[lang]}
    scripts = "".join((ASSETS / name).read_text(encoding="utf-8") for name in ("base.js", "page.js"))
    return gr.mount_gradio_app(
        app,
        AskPage(ground, lang).blocks(),
        path=PREFIX[lang] or "/",
        theme=gr.themes.Base(primary_hue="teal", neutral_hue="gray", font=FONTS, font_mono=MONO),
        css="".join((ASSETS / name).read_text(encoding="utf-8") for name in ("base.css", "page.css")),
        head=f"<script>window.hangceWords = {json.dumps(words)};\n{scripts}</script>",
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
            timeout_keep_alive=30,  # s; a page that is read for a while asks again on the same connection
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
        listener = socket.create_server((host, port), family=family)
        # Accepted connections inherit it. asyncio sets it only on sockets that were made by naming TCP; without it
        # the second part of every answer waits 40 ms for the browser to acknowledge the first.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise HangceError(
                f"port {port} on {host} is in use — stop the other program or choose another port with --port"
            ) from error
        raise HangceError(
            f"cannot listen on {host}:{port} ({error.strerror}) — choose another --host or --port"
        ) from error
