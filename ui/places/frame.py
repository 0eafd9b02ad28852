"""What the plain pages share: the header, the templates, their scripts and styles, and who is looking."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ui.accounts import User
from ui.places.verdict import verdict_html
from ui.problems import Refused
from ui.render import badge_html, escape, in_document
from ui.sessions import current_user
from ui.wording import Lang, say

ASSETS = Path(__file__).parents[1] / "assets"
PREFIX: dict[Lang, str] = {"zh": "", "en": "/en"}
HTML_LANG: dict[Lang, str] = {"zh": "zh-CN", "en": "en"}
_PLACES = (
    ("place_ask", "/", ()),
    ("place_check", "/self-check", ()),
    ("place_documents", "/documents", ()),
    ("place_desk", "/desk", ("staff",)),
    ("place_evaluation", "/evaluation", ("evaluator",)),
)
_TYPES = {".css": "text/css", ".js": "text/javascript"}
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# No script but our own files; styles inside pictures only.
_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Here:
    """A page that is being looked at: its language, its path without the language, and who looks."""

    lang: Lang
    path: str
    user: User | None

    def to(self, path: str) -> str:
        """The address of another page in the same language."""
        return f"{PREFIX[self.lang]}{path}" or "/"


def here(request: Request, lang: Lang) -> Here:
    """Where a request is."""
    return Here(lang, request.url.path.removeprefix(PREFIX[lang]) or "/", current_user(request))


def header_html(at: Here) -> str:
    """The bar above every page; the places that somebody may open, the other language, and the sign-in."""
    lang = at.lang
    links = []
    for key, path, roles in _PLACES:
        if roles and not (at.user and at.user.may(*roles)):  # type: ignore[arg-type]
            continue
        below = path != "/" and at.path.startswith(f"{path}/")
        current = ' aria-current="page"' if at.path == path else ' aria-current="true"' if below else ""
        links.append(f'<a href="{at.to(path)}"{current}>{say(lang, key)}</a>')
    other: Lang = "en" if lang == "zh" else "zh"
    there = f"{PREFIX[other]}{at.path}"
    if at.user:
        account = f'<a href="/signout">{escape(at.user.name)} · {say(lang, "sign_out")}</a>'
    else:
        account = f'<a href="/signin?next={at.to(at.path)}">{say(lang, "sign_in")}</a>'
    return (
        f'<header class="hc-head"><a class="hc-brand" href="{at.to("/")}">{say(lang, "brand")}</a>'
        f'<nav class="hc-nav" aria-label="{say(lang, "places")}">{"".join(links)}</nav>'
        f'<div class="hc-side"><a href="{there}" lang="{HTML_LANG[other]}" hreflang="{HTML_LANG[other]}">'
        f"{say(lang, 'other_language')}</a>{account}</div></header>"
    )


def page(
    template: str, at: Here, values: Mapping[str, Any], title: str, status: int = 200, script: str = ""
) -> Response:
    """A whole page out of a template.

    Args:
        template: a file in `ui/templates`.
        at: where it is.
        values: for the template, which escapes them unless they are `Markup`.
        title: the first part of the page's title.
        status: the response's.
        script: a file in `ui/assets` for this page alone.
    """
    frame = {
        "html_lang": HTML_LANG[at.lang],
        "title": title,
        "header": Markup(header_html(at)),
        "asset": address_of,
        "script": script,
    }
    return HTMLResponse(part(template, at, {**values, **frame}), status, _HEADERS)


def part(template: str, at: Here, values: Mapping[str, Any]) -> str:
    """A template filled in; it escapes every value that is no `Markup`."""
    return _PAGES.get_template(template).render(
        {
            **values,
            "at": at,
            "t": partial(say, at.lang),
            "badge": lambda status: Markup(badge_html(status, at.lang)),
            "verdict": lambda name: Markup(verdict_html(name, at.lang)),
            "clause_at": lambda clause_id: clause_address(at, clause_id),
            "quoted": lambda words: quote(words, safe=""),
        }
    )


def fragment(html: str) -> Response:
    """A part of a page that its script asked for."""
    return HTMLResponse(html, headers=_HEADERS)


def clause_address(at: Here, clause_id: str) -> str:
    """Where a clause can be read in its document."""
    return in_document(clause_id, at.lang)


def lost(at: Here, key: str) -> Response:
    """The page for what there is not."""
    return page("place_lost.html", at, {"words": say(at.lang, key)}, say(at.lang, key), 404)


@lru_cache
def _asset(name: str) -> tuple[bytes, str]:
    """A file and what its address carries, so that browsers may keep it for good."""
    content = (ASSETS / name).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


def address_of(name: str) -> str:
    """The address of a file in `ui/assets`."""
    return f"/hc/{name}?v={_asset(name)[1]}"


def assets_router() -> APIRouter:
    """The scripts and styles of the plain pages."""
    router = APIRouter()
    names = {path.name for path in ASSETS.iterdir()}

    @router.get("/en", include_in_schema=False)
    def english() -> Response:
        return RedirectResponse("/en/", 308)

    @router.get("/hc/{name}", include_in_schema=False)
    def asset(name: str) -> Response:
        if name not in names:
            raise Refused(404, "not found")
        kind = _TYPES.get(Path(name).suffix, "application/octet-stream")
        return Response(_asset(name)[0], media_type=kind, headers={"Cache-Control": "max-age=31536000"})

    return router
