"""The messages of a conversation as HTML. Clicks are links that begin with `#`; `assets/page.js` passes them on."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from urllib.parse import quote

from assistant.schema import Answer, Citation, SoFar
from ui.places.verdict import eligibility_html
from ui.render import badge_html, escape, link
from ui.wording import Lang, say

_TOKEN = re.compile(
    r"\\(?P<literal>[!-/:-@\[-`{-~])|\[(?P<number>\d{1,3})\]|\*\*(?P<bold>[^*\n]+)\*\*|(?P<break><br ?/?>)"
)
_CELL = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r"\|?\s*:?-{2,}.*")
ASK = "#ask="
RATE = "#rate="


def question_html(question: str) -> str:
    """A question as it was typed."""
    return f'<div class="hc-question">{escape(question)}</div>'


def message_html(text: str, kind: str = "note") -> str:
    """A word from the page itself, e.g. about an unreadable date."""
    again = " hc-declined" if kind == "again" else ""
    return f'<div class="hc-answer hc-{kind}{again}"><p>{escape(text)}</p></div>'


def waiting_html(lang: Lang = "zh") -> str:
    """Shown until the answer is there."""
    return f'<div class="hc-answer hc-waiting"><p>{say(lang, "waiting")}</p></div>'


def answer_html(
    answer: Answer, lang: Lang = "zh", follow: Sequence[str] = (), rated: bool | None = None
) -> str:
    """An answer with its notices, its verdict, its numbered citations, what to ask next, and thumbs.

    Args:
        answer: the answer.
        lang: the language of the page.
        follow: questions that lie near.
        rated: the thumb that it got.
    """
    if isinstance(answer, SoFar):
        more = f'<p class="hc-more">{say(lang, "writing")}</p>'
        written = f"{body_html(answer, lang)}{more}{_citations_html(answer, lang)}"
        return f'<div class="hc-answer hc-writing">{written}</div>'
    parts = [
        body_html(answer, lang),
        eligibility_html(answer.eligibility, lambda clause_id: _href(answer, clause_id), lang),
        _clarify_html(answer),
        _notices_html(answer.notices),
        _citations_html(answer, lang),
        _follow_html(follow, lang),
        _rating_html(answer.id, rated, lang),
    ]
    status = "said" if answer.citations else "declined"
    return f'<div class="hc-answer hc-{status}">{"".join(parts)}</div>'


def body_html(answer: Answer, lang: Lang = "zh") -> str:
    """The text of an answer: paragraphs, `- ` items, tables, bold, and `[n]` where n is one of its citations."""
    hrefs = {c.n: link(answer.id, c.n, c.clause_id) for c in answer.citations}
    title = say(lang, "see_clause")
    blocks = []
    for block in re.split(r"\n\s*\n", answer.answer.strip()):
        lines = block.split("\n")
        said = [_inline(line, hrefs, title) for line in lines]
        if all(line.startswith("- ") for line in lines):
            items = "".join(f"<li>{_inline(line[2:], hrefs, title)}</li>" for line in lines)
            blocks.append(f"<ul>{items}</ul>")
        elif len(lines) > 1 and all(line.startswith("|") for line in lines) and _RULE.fullmatch(lines[1]):
            blocks.append(_table_html(lines, hrefs, title))
        else:
            blocks.append(f"<p>{'<br>'.join(said)}</p>")
    return "".join(blocks)


def _table_html(lines: Sequence[str], hrefs: dict[int, str], title: str) -> str:
    def row(line: str, cell: str) -> str:
        cells = _CELL.split(line.strip().removeprefix("|").removesuffix("|"))
        return "".join(f"<{cell}>{_inline(c.strip(), hrefs, title)}</{cell}>" for c in cells)

    body = "".join(f"<tr>{row(line, 'td')}</tr>" for line in lines[2:])
    return (
        '<div class="hc-scroll"><table class="hc-table">'
        f"<thead><tr>{row(lines[0], 'th')}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _inline(text: str, hrefs: dict[int, str], title: str) -> str:
    out, at = [], 0
    for match in _TOKEN.finditer(text):
        out.append(escape(text[at : match.start()]))
        out.append(_token(match, hrefs, title))
        at = match.end()
    return "".join(out) + escape(text[at:])


def _token(match: re.Match[str], hrefs: dict[int, str], title: str) -> str:
    if match["literal"]:
        return escape(match["literal"])
    if match["break"]:
        return "<br>"
    if match["bold"]:
        return f"<strong>{_inline(match['bold'], hrefs, title)}</strong>"
    n = int(match["number"])
    if n not in hrefs:
        return escape(match[0])
    return f'<a class="hc-cite" href="{hrefs[n]}" title="{title}">{escape(match[0])}</a>'


def _href(answer: Answer, clause_id: str) -> str:
    """The address of a clause that a condition rests on, under its number where the answer cites it."""
    n = next((c.n for c in answer.citations if c.clause_id == clause_id), None)
    return link(answer.id, n, clause_id)


def ask_address(words: str) -> str:
    """The address that asks something when it is clicked; nothing in it means anything to Markdown."""
    return ASK + quote(words, safe="").replace("_", "%5F").replace("~", "%7E")


def _ask_link(words: str, kind: str) -> str:
    return f'<a class="hc-chip {kind}" href="{ask_address(words)}">{escape(words)}</a>'


def _clarify_html(answer: Answer) -> str:
    if not answer.clarify:
        return ""
    options = "".join(_ask_link(option, "hc-option") for option in answer.clarify.options)
    return f'<div class="hc-clarify"><p>{escape(answer.clarify.question)}</p><p>{options}</p></div>'


def _notices_html(notices: Collection[str]) -> str:
    if not notices:
        return ""
    return f'<div class="hc-notices" role="note">{"".join(f"<p>{escape(n)}</p>" for n in notices)}</div>'


def _citations_html(answer: Answer, lang: Lang) -> str:
    if not answer.citations:
        return ""
    rows = "".join(_citation_html(answer.id, c, lang) for c in answer.citations)
    return f'<div class="hc-refs"><div class="hc-refs-head">{say(lang, "basis")}</div>{rows}</div>'


def _citation_html(answer_id: str, citation: Citation, lang: Lang) -> str:
    name = f"[{citation.n}] {citation.doc_number or citation.title} {citation.clause}"
    href = link(answer_id, citation.n, citation.clause_id)
    badge = badge_html(citation.validity.status, lang)
    return f'<div><a class="hc-ref" href="{href}">{escape(name)}</a>{badge}</div>'


def _follow_html(follow: Sequence[str], lang: Lang) -> str:
    if not follow:
        return ""
    chips = "".join(_ask_link(words, "hc-next") for words in follow)
    return f'<div class="hc-follow"><span class="hc-small">{say(lang, "more_to_ask")}</span>{chips}</div>'


def _rating_html(answer_id: str, rated: bool | None, lang: Lang) -> str:
    if rated is not None:
        return f'<div class="hc-rating"><span class="hc-small">{say(lang, "rated")}</span></div>'
    address = f"{RATE}{quote(answer_id, safe='')}"
    links = "".join(
        f'<a class="hc-thumb" href="{address}/{way}">{say(lang, key)}</a>'
        for way, key in (("up", "helpful"), ("down", "not_helpful"))
    )
    return f'<div class="hc-rating">{links}</div>'
