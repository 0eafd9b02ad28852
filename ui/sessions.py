"""Who is asking: a random visitor token and a sign-in, both in signed cookies; lock-out; forms that only we sent out."""

from __future__ import annotations

import hashlib
import logging
import math
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest.errors import HangceError
from ui.accounts import Accounts, Role, User, write_private
from ui.problems import Refused
from ui.settings import Settings

VISITOR, SESSION = "hangce_visitor", "hangce_session"
KEY_FILE = "secret"
_KEPT = 10_000  # lock-outs and ended sessions that are remembered
_DAY = 86_400
_LOG = logging.getLogger("hangce.sessions")


@dataclass(frozen=True, slots=True)
class Visitor:
    """One browser. `owner` is what its records are kept under: nobody can tell the cookie from it."""

    token: str

    @property
    def owner(self) -> str:
        """The key of everything that this browser may see."""
        return "visitor:" + hashlib.sha256(self.token.encode()).hexdigest()


class Sessions:
    """Makes and reads the two cookies.

    Args:
        accounts: who may sign in.
        settings: how long, and how many failures.
        key: signs the cookies, at least 32 characters.
        clock: seconds since 1970.
    """

    def __init__(
        self, accounts: Accounts, settings: Settings, key: str, clock: Callable[[], float] = time.time
    ) -> None:
        self.accounts = accounts
        self.settings = settings
        self.lockout = Lockout(settings.lockout_failures, settings.lockout_minutes * 60, clock)
        self._clock = clock
        self._visitors = URLSafeTimedSerializer(key, salt="hangce visitor")
        self._signed_in = URLSafeTimedSerializer(key, salt="hangce session")
        self._forms = URLSafeTimedSerializer(key, salt="hangce form")
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    # --- visitors ---

    def new_visitor(self) -> Visitor:
        """A browser that has not been here."""
        return Visitor(secrets.token_urlsafe(24))

    def visitor_cookie(self, visitor: Visitor) -> str:
        """The value of a visitor's cookie."""
        return str(self._visitors.dumps(visitor.token))

    def visitor(self, cookies: dict[str, str]) -> Visitor | None:
        """The visitor of a request's cookies; None if there is none that we signed."""
        token = _loaded(self._visitors, cookies.get(VISITOR), 400 * _DAY)
        return Visitor(token) if isinstance(token, str) else None

    # --- signing in ---

    def sign_in(self, name: str, password: str, address: str) -> User | None:
        """The user if name and password are right, and the session may begin.

        Raises:
            Refused: there were too many failures (429); the right password does not help until the time is over.
        """
        if wait := self.lockout.begin(name, address):
            minutes = math.ceil(wait / 60)
            raise Refused(
                429,
                f"失败次数太多，请 {minutes} 分钟后再试。Too many failures, try again in {minutes} minutes.",
                "locked_out",
                {"Retry-After": str(math.ceil(wait))},
            )
        user = self.accounts.check(name, password)
        if user is not None:
            self.lockout.succeeded(name, address)
        return user

    def session_cookie(self, user: User) -> str:
        """The value of a new session's cookie."""
        now = int(self._clock())
        return str(
            self._signed_in.dumps(
                {"id": secrets.token_urlsafe(16), "n": user.name, "s": user.stamp, "t": now}
            )
        )

    def user(self, cookies: dict[str, str]) -> User | None:
        """Who is signed in; None when nobody is, the time is over, or password or role have changed since."""
        content = self._session(cookies)
        if content is None:
            return None
        try:
            user = self.accounts.user(str(content.get("n")))
        except HangceError:
            _LOG.exception("the users file is of no use")
            return None
        return user if user and secrets.compare_digest(user.stamp, str(content.get("s"))) else None

    def sign_out(self, cookies: dict[str, str]) -> None:
        """End a session: its cookie is worth nothing from now on."""
        content = self._session(cookies)
        if content is not None:
            with self._lock:
                self._ended[str(content.get("id"))] = None
                if len(self._ended) > _KEPT:
                    self._ended.popitem(last=False)

    def key(self, headers: Headers) -> str:
        """What requests of one browser are counted under; "" without a cookie of ours."""
        visitor = self.visitor(cookies_of(headers))
        return visitor.owner if visitor else ""

    def _session(self, cookies: dict[str, str]) -> dict[str, Any] | None:
        seconds = self.settings.session_hours * 3600
        content = _loaded(self._signed_in, cookies.get(SESSION), int(seconds))
        if not isinstance(content, dict) or not isinstance(content.get("t"), int):
            return None
        over = self._clock() - content["t"] > seconds
        return None if over or str(content.get("id")) in self._ended else content

    # --- forms ---

    def form_token(self, visitor: Visitor) -> str:
        """What a form carries to show that we sent it to this browser."""
        return str(self._forms.dumps(visitor.owner))

    def is_own_form(self, token: str, visitor: Visitor | None) -> bool:
        """Whether a form came from this browser, within a day."""
        owner = _loaded(self._forms, token, _DAY)
        return visitor is not None and isinstance(owner, str) and secrets.compare_digest(owner, visitor.owner)


class Lockout:
    """Counts failures to sign in, per user and address, and more generously per address and per user.

    Args:
        failures: how many one user may have from one address.
        seconds: how long nothing helps then; failures older than this no longer count.
        clock: seconds.
    """

    def __init__(self, failures: int, seconds: float, clock: Callable[[], float] = time.time) -> None:
        self._most = (failures, 4 * failures, 10 * failures)
        self._seconds = seconds
        self._clock = clock
        self._failed: OrderedDict[tuple[str, str], list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, name: str, address: str) -> float:
        """Count a try as failed, until it has `succeeded`; 0.0, or the seconds until the next one is looked at."""
        now = self._clock()
        with self._lock:
            keys = list(zip(_lock_keys(name, address), self._most, strict=True))
            recent = {key: self._recent(key, now) for key, _ in keys}
            wait = max(
                (recent[key][-most] + self._seconds - now for key, most in keys if len(recent[key]) >= most),
                default=0.0,
            )
            if wait > 0:
                return wait
            for key, most in keys:
                self._failed[key] = [*recent[key], now][-most:]
                self._failed.move_to_end(key)
            while len(self._failed) > _KEPT:
                self._failed.popitem(last=False)
            return 0.0

    def succeeded(self, name: str, address: str) -> None:
        """Forget what this user got wrong from this address, and that the last try was counted elsewhere."""
        own, *others = _lock_keys(name, address)
        with self._lock:
            self._failed.pop(own, None)
            for key in others:
                self._failed[key] = self._failed.get(key, [])[:-1]

    def _recent(self, key: tuple[str, str], now: float) -> list[float]:
        return [at for at in self._failed.get(key, ()) if now - at < self._seconds]


def _lock_keys(name: str, address: str) -> tuple[tuple[str, str], tuple[str, str], tuple[str, str]]:
    name = name[:80]
    return (name, address), ("", address), (name, "")


def _loaded(serializer: URLSafeTimedSerializer, value: str | None, seconds: int) -> Any:
    if not value or len(value) > 2000:
        return None
    try:
        return serializer.loads(value, max_age=seconds)
    except BadSignature:
        return None


def signing_key(home: Path, settings: Settings) -> str:
    """The key that cookies are signed with: from the settings, or made in the home once.

    Raises:
        HangceError: it can be neither read nor made.
    """
    if settings.secret:
        return settings.secret
    path = home / KEY_FILE
    try:
        if not path.exists():
            write_private(path, secrets.token_urlsafe(48) + "\n")
        key = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise HangceError(f"{path} cannot be read ({error}) — remove it, or set HANGCE_SECRET") from error
    if len(key) < 32:
        raise HangceError(f"{path} holds no key of 32 characters or more — remove it, and one is made")
    return key


def cookies_of(headers: Headers) -> dict[str, str]:
    """The cookies of a request by name."""
    try:
        jar: SimpleCookie = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


# --- in a request ------------------------------------------------------------------------------------------


class Visitors:
    """ASGI middleware: `request.state.visitor` and `.user`; a page that is opened gets its visitor cookie."""

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        self.app = app
        self.sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        cookies = cookies_of(headers)
        known = self.sessions.visitor(cookies)
        visitor = known or self.sessions.new_visitor()
        state = scope.setdefault("state", {})
        state |= {"visitor": visitor, "user": self.sessions.user(cookies), "sessions": self.sessions}
        opens = known is None and scope["method"] == "GET" and "text/html" in headers.get("accept", "")

        async def send_with_cookie(message: Message) -> None:
            if opens and message["type"] == "http.response.start":
                response = Response()
                days = self.sessions.settings.retention_days
                set_cookie(
                    response, scope, VISITOR, self.sessions.visitor_cookie(visitor), min(days, 400) * _DAY
                )
                MutableHeaders(scope=message).append("set-cookie", response.headers["set-cookie"])
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def set_cookie(response: Response, scope: Scope, name: str, value: str, seconds: int) -> None:
    """A cookie that no script sees and no other site sends; over https it never goes without."""
    response.set_cookie(
        name, value, max_age=seconds, httponly=True, samesite="lax", secure=scope["scheme"] == "https"
    )


def current_user(request: Request) -> User | None:
    """Who is signed in."""
    user: User | None = getattr(request.state, "user", None)
    return user


def current_owner(request: Request) -> str:
    """The key under which a request's records are kept: the user's, or else the browser's."""
    user = current_user(request)
    visitor: Visitor = request.state.visitor
    return f"user:{user.name}" if user else visitor.owner


def role(*roles: Role) -> Callable[[Request], Awaitable[User]]:
    """A dependency that lets in who has one of the roles; a page sends others to the sign-in.

    Raises:
        Refused: 303 to /signin or 401 for who is not signed in, 403 for who has another role.
    """

    async def dependency(request: Request) -> User:
        user = current_user(request)
        if user is None:
            if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
                there = quote(request.url.path, safe="/")
                raise Refused(303, "sign in first", headers={"Location": f"/signin?next={there}"})
            raise Refused(401, "请先登录。Sign in first.")
        if not user.may(*roles):
            raise Refused(403, "您的账号没有这一页的权限。Your account may not open this page.")
        return user

    return dependency


def gradio_user(*roles: Role) -> Callable[[Request], str | None]:
    """The same for Gradio's `auth_dependency`: the name of a user with one of the roles, or None."""

    def dependency(request: Request) -> str | None:
        user = current_user(request)
        return user.name if user and user.may(*roles) else None

    return dependency
