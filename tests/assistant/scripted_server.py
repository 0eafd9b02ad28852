"""An OpenAI-compatible server on this machine that says what a test has written down, streaming or not."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Said = tuple[str, list[str]]


def lines(*statements: Said, complete: bool = True) -> str:
    """Statements as the model is asked to write them: one JSON object a line."""
    return "\n".join(
        json.dumps({"text": t, "clauses": c, "complete": complete}, ensure_ascii=False) for t, c in statements
    )


@dataclass
class Reply:
    """One reply: its status and words, and what goes wrong on the way."""

    content: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0  # seconds before anything is sent
    piece: int = 7  # characters of a streamed piece
    drip: float = 0.0  # seconds between pieces
    endless: bool = False  # the words over and over
    breaks_off: bool = False  # the connection ends in the middle
    streams: bool = True  # else one body, whatever was asked for
    finish: str = "stop"
    refusal: str | None = None


class Script:
    """What the server answers next, the last reply again and again, and what it was asked."""

    url = ""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.replies: list[Reply] = [Reply()]
        self.respond: Callable[[dict[str, Any]], Reply] | None = None
        self.requests: list[dict[str, Any]] = []
        self.sent = 0  # pieces
        self.left = threading.Event()  # the client went away

    def say(self, *statements: Said, **how: Any) -> None:
        """Answer with statements."""
        self.replies = [Reply(lines(*statements), **how)]

    def answer(self, *replies: Reply) -> None:
        """Answer with replies in turn."""
        self.replies = list(replies)

    def next(self, request: dict[str, Any]) -> Reply:
        """The reply to a request."""
        if self.respond:
            return self.respond(request)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def serving() -> Iterator[Script]:
    """The server, until the block ends."""
    script = Script()
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(script))
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    script.url = f"http://127.0.0.1:{http.server_address[1]}/v1"
    try:
        yield script
    finally:
        http.shutdown()
        http.server_close()


def _handler(script: Script) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            script.requests.append(request)
            reply = script.next(request)
            time.sleep(reply.delay)
            try:
                if reply.status == 200 and request.get("stream") and reply.streams:
                    self._stream(reply)
                else:
                    self._whole(reply)
            except (BrokenPipeError, ConnectionResetError):
                script.left.set()

        def _whole(self, reply: Reply) -> None:
            message = {"role": "assistant", "content": reply.content, "refusal": reply.refusal}
            body: dict[str, Any] = {
                "id": "x", "object": "chat.completion", "created": 0, "model": "test",
                "choices": [{"index": 0, "message": message, "finish_reason": reply.finish}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }  # fmt: skip
            if reply.status != 200:
                body = {"error": {"message": "scripted", "type": "x", "code": "x"}}
            data = json.dumps(body).encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def _stream(self, reply: Reply) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self._event({"role": "assistant", "content": ""})
            at = 0
            while at < len(reply.content) or reply.endless:
                start = at % max(len(reply.content), 1)
                if reply.breaks_off and start > len(reply.content) // 2:
                    self.connection.close()
                    return
                piece = reply.content[start : start + reply.piece]
                self._event({"content": piece or "…"})
                at += max(len(piece), 1)
                time.sleep(reply.drip)
            if reply.refusal:
                self._event({"refusal": reply.refusal})
            self._event({}, reply.finish)
            self.wfile.write(b"data: [DONE]\n\n")

        def _event(self, delta: dict[str, Any], finish: str | None = None) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            event = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "test",
                     "choices": [choice]}  # fmt: skip
            self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
            self.wfile.flush()
            script.sent += 1

        def log_message(self, *_: object) -> None:
            pass

    return Handler
