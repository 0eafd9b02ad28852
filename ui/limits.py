"""How much one address and one browser session may ask for, and how large a request may be: ASGI middleware."""

from __future__ import annotations

import ipaddress
import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.problems import problem
from ui.settings import Settings

KEYS_KEPT = 20_000
UPLOADS = ("/gradio_api/upload", "/documents/upload", "/evaluation/import")
_ENGLISH = re.compile("^/en/")  # below which the pages stand once more
_PROBED = ("/healthz", "/readyz", "/metrics")  # by the machine's address, not its name
# A page loads its own files and holds its event stream; neither makes the server work.
_FREE = (
    "/assets/",
    "/static/",
    "/hc/",
    "/svelte/",
    "/theme.css",
    "/favicon.ico",
    "/gradio_api/heartbeat/",
    "/gradio_api/queue/data",
    *_PROBED,
)


class Buckets:
    """Token buckets by key, the longest unused forgotten first; a new key starts full.

    Args:
        per_minute: tokens that come back in a minute, and how many fit in.
        clock: seconds, never going back.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._clock = clock
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def take(self, key: str) -> float:
        """Take a token; 0.0, or the seconds until there is one."""
        now = self._clock()
        tokens, since = self._held.pop(key, (self._size, now))
        tokens = min(self._size, tokens + (now - since) * self._size / 60)
        enough = tokens >= 1
        self._held[key] = (tokens - 1 if enough else tokens, now)
        if len(self._held) > KEYS_KEPT:
            self._held.popitem(last=False)
        return 0.0 if enough else (1 - tokens) * 60 / self._size


class Limits:
    """Refuses what is too much (429), too large (413), meant for another host (421) or sent from elsewhere (403).

    Args:
        app: the application behind it.
        settings: the limits.
        session: the key of the browser session of a request, "" without one.
    """

    def __init__(self, app: ASGIApp, settings: Settings, session: Callable[[Headers], str]) -> None:
        self.app = app
        self.settings = settings
        self.session = session
        self.addresses = Buckets(settings.address_per_minute)
        self.sessions = Buckets(settings.session_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, path = Headers(scope=scope), str(scope["path"])
        refuse = partial(problem, path, accept=headers.get("accept", ""))
        named = not self.settings.hosts or _host(headers.get("host", "")) in self.settings.hosts
        if not named and path not in _PROBED:
            await refuse(421, "这台服务器没有这个名字。This server has no such name.")(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD", "OPTIONS") and _is_foreign(headers):
            await refuse(403, "请求来自别的网站。The request comes from another site.")(scope, receive, send)
            return
        plain = _ENGLISH.sub("/", path)
        if not plain.startswith(_FREE) and (wait := self._wait(scope, headers)):
            seconds = {"Retry-After": str(math.ceil(wait))}
            message = "请求太多，请稍后再试。Too many requests, please try again later."
            await refuse(429, message, headers=seconds)(scope, receive, send)
            return
        most = self.settings.body_kib * 1024
        if plain in UPLOADS and scope["method"] == "POST":
            await self._upload(scope, receive, send, headers, self.settings.upload_mib * 1024 * 1024)
            return
        body = await _read(headers, receive, most)
        if body is None:
            await _too_large(path, most)(scope, receive, send)
            return
        await self.app(scope, _replay(body, receive), send)

    def _wait(self, scope: Scope, headers: Headers) -> float:
        wait = self.addresses.take(network(scope["client"][0] if scope.get("client") else ""))
        session = self.session(headers)
        return max(wait, self.sessions.take(session)) if session else wait

    async def _upload(self, scope: Scope, receive: Receive, send: Send, headers: Headers, most: int) -> None:
        """An upload is not held in memory: it must say its size, and is cut off where it does not keep to it."""
        path, size = str(scope["path"]), headers.get("content-length", "")
        if self.settings.upload_closed:
            await problem(path, 503, self.settings.upload_closed, "upload_closed")(scope, receive, send)
        elif not size.isdecimal():
            await problem(path, 411, "上传要写明大小。An upload has to say its size.")(scope, receive, send)
        elif int(size) > most:
            await _too_large(path, most)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def network(address: str) -> str:
    """What an address is counted under: itself, or for IPv6 the network that one subscriber has."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


def _too_large(path: str, most: int) -> ASGIApp:
    size = f"{most // 1024} KiB" if most < 1024 * 1024 else f"{most // 1024 // 1024} MiB"
    return problem(path, 413, f"请求太大，最多 {size}。The request is too large, {size} at most.")


async def _read(headers: Headers, receive: Receive, most: int) -> list[Message] | None:
    """The messages of a request's body; None if they are more than may be."""
    size = headers.get("content-length", "0")
    if not size.isdecimal() or int(size) > most:
        return None
    messages: list[Message] = []
    held = 0
    while True:
        message = await receive()
        messages.append(message)
        held += len(message.get("body", b""))
        if held > most:
            return None
        if message["type"] != "http.request" or not message.get("more_body", False):
            return messages


def _replay(messages: list[Message], receive: Receive) -> Receive:
    left = list(reversed(messages))

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again


def _host(header: str) -> str:
    """The host name of a Host header or of an origin, without the port."""
    name = header.rsplit("@", 1)[-1].lower()
    return name[: name.find("]") + 1] if name.startswith("[") else name.split(":", 1)[0]


def _is_foreign(headers: Headers) -> bool:
    """Whether a page of another site sent the request; programs that are no browsers send no origin."""
    if site := headers.get("sec-fetch-site"):
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False
    return origin.lower().partition("://")[2] != headers.get("host", "").lower()
