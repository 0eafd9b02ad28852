"""The pages /signin and /signout: small, server-rendered, without script."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ui.answering import Answering
from ui.limits import network
from ui.problems import Refused, pages
from ui.sessions import SESSION, VISITOR, Sessions, cookies_of, current_user, set_cookie

_STALE = "这一页放得太久了，请再试一次。This page has been open for too long, please try again."
_WRONG = "用户名或密码不对。The name or the password is wrong."
_HEADERS = {"Cache-Control": "no-store"}
_PLACE = re.compile(r"/(?![/\\])[\w\-./?=&%#,;:+~]*", re.ASCII)


def safe_place(place: str) -> str:
    """Where to go after signing in: a path on this server, or else its first page."""
    again = unquote(place)
    fine = _PLACE.fullmatch(place) and not again.startswith("//") and "\\" not in again
    return place if fine and again.isprintable() else "/"


def signin_router(sessions: Sessions, answering: Answering) -> APIRouter:
    """The routes of signing in and out."""
    router = APIRouter()

    def page(request: Request, place: str, problem: str = "", status: int = 200) -> Response:
        values = {
            "user": current_user(request),
            "token": sessions.form_token(request.state.visitor),
            "next": place,
            "problem": problem,
        }
        response = HTMLResponse(pages().get_template("signin.html").render(values), status, _HEADERS)
        if sessions.visitor(cookies_of(request.headers)) is None and "text/html" not in request.headers.get(
            "accept", ""
        ):
            # The form is worth nothing without the cookie that it was made for.
            cookie = sessions.visitor_cookie(request.state.visitor)
            set_cookie(response, request.scope, VISITOR, cookie, 86_400)
        return response

    @router.get("/signin")
    async def show(request: Request, next: Annotated[str, Query(max_length=500)] = "/") -> Response:
        return page(request, safe_place(next))

    @router.post("/signin")
    async def sign_in(
        request: Request,
        name: Annotated[str, Form(max_length=80)] = "",
        password: Annotated[str, Form(max_length=1000)] = "",
        token: Annotated[str, Form(max_length=1000)] = "",
        next: Annotated[str, Form(max_length=500)] = "/",
    ) -> Response:
        place = safe_place(next)
        if not sessions.is_own_form(token, sessions.visitor(cookies_of(request.headers))):
            return page(request, place, _STALE, 403)
        address = network(request.client.host if request.client else "")
        try:
            user = await answering.run(sessions.sign_in, name.strip(), password, address)
        except Refused as refused:
            return page(request, place, str(refused.detail), refused.status_code)
        if user is None:
            return page(request, place, _WRONG, 401)
        sessions.sign_out(cookies_of(request.headers))
        response = RedirectResponse(place, 303, _HEADERS)
        set_cookie(
            response,
            request.scope,
            SESSION,
            sessions.session_cookie(user),
            int(sessions.settings.session_hours * 3600),
        )
        return response

    @router.post("/signout")
    async def sign_out(request: Request, token: Annotated[str, Form(max_length=1000)] = "") -> Response:
        cookies = cookies_of(request.headers)
        if not sessions.is_own_form(token, sessions.visitor(cookies)):
            return page(request, "/", _STALE, 403)
        sessions.sign_out(cookies)
        response = RedirectResponse("/", 303, _HEADERS)
        response.delete_cookie(SESSION, httponly=True, samesite="lax")
        return response

    @router.get("/signout")
    async def ask_to_sign_out(request: Request) -> Response:
        return page(request, "/")

    return router
