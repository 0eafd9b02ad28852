"""What a clause points to: other clauses of its document (`第八条（一）`), other documents (文号, 《title》)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ingest.text import chinese_number, doc_numbers, fold

_ARTICLE = re.compile(
    r"(?:《(?P<title>[^》]{4,60})》|(?P<own>本(?:办法|意见|细则|规定|通知|政策|计划|文件)))?"
    r"第(?P<number>[一二三四五六七八九十百零]{1,5})条(?:第?[（(](?P<item>[一二三四五六七八九十]{1,3})[）)])?"
)
_SECTION = re.compile(
    r"(?:本(?:办法|意见|细则|规定|通知|政策))?第(?P<number>[一二三四五六七八九十]{1,3})(?:部分|点)"
)
_TITLE = re.compile(r"《([^》]{4,80})》")


@dataclass(frozen=True, slots=True)
class Reference:
    """Words of a clause that point elsewhere, and the id they resolve to ("" where it is not at hand)."""

    words: str
    target: str


class ReferenceResolver:
    """Resolves references against all documents of a corpus."""

    def __init__(
        self, numbers: dict[str, str], titles: dict[str, str], exists: Callable[[str], bool]
    ) -> None:
        """Take document number → id, title → id, and whether there is a clause of an id."""
        self._numbers = numbers
        self._titles = {fold(title): document_id for title, document_id in titles.items()}
        self._exists = exists

    def find(self, text: str, document_id: str, own_path: str) -> list[Reference]:
        """The references in a clause's text, in order of kind: documents by number, by title, clauses."""
        found: dict[str, Reference] = {}
        for number in doc_numbers(text):
            found[number] = Reference(number, self._numbers.get(number, ""))
        for title in _TITLE.findall(text):
            target = self._titles.get(fold(title), "")
            if target and target != document_id:
                found[f"《{title}》"] = Reference(f"《{title}》", target)
        for match in _ARTICLE.finditer(text):
            if match.start() == 0 and not match.group("own") and not match.group("title"):
                continue  # the clause's own number
            other = self._titles.get(fold(match.group("title")), "") if match.group("title") else document_id
            target = self._clause(other, match) if other else ""
            if target != f"{document_id}#{own_path}":
                found[match.group()] = Reference(match.group(), target)
        for match in _SECTION.finditer(text):
            target = self._existing(document_id, f"{match.group('number')}、")
            if target:
                found[match.group()] = Reference(match.group(), target)
        return list(found.values())

    def _clause(self, document_id: str, match: re.Match[str]) -> str:
        if chinese_number(match.group("number")) is None:
            return ""
        article = f"第{match.group('number')}条"
        item = f"{article}（{match.group('item')}）" if match.group("item") else ""
        return self._existing(document_id, item) or self._existing(document_id, article)

    def _existing(self, document_id: str, path: str) -> str:
        return f"{document_id}#{path}" if path and self._exists(f"{document_id}#{path}") else ""
