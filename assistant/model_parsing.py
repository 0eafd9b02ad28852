"""What a chat model writes, read statement by statement while it is still writing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_WIDE = str.maketrans("｛｝［］：，", "{}[]:,")
_OPENED_BY = {'"': '"', "“": "”", "＂": "＂"}
_LABEL = re.compile(r"[KkＫｋ]\s*([0-9０-９]{1,3})")
_TRAILING_COMMA = re.compile(r",\s*(?=[}\]])")
_THOUGHT_OPEN, _THOUGHT_CLOSE = "<think>", "</think>"
MOST_CHARACTERS = 20_000  # of one object that never ends


@dataclass(frozen=True, slots=True)
class Drafting:
    """One statement as the model wrote it: its words, the labels of its clauses, whether it says all that matters."""

    text: str
    labels: tuple[str, ...]
    complete: bool = True


class ObjectScanner:
    """Finds JSON objects in a text that comes in pieces, inner ones before those around them.

    They may stand on lines of their own, in an array, in an object around several, behind a preamble or inside a code
    fence. What a model thinks aloud is passed over.
    """

    def __init__(self) -> None:
        self._waiting = ""
        self._thinking = False
        self._out: list[str] = []  # the object being read, in plain JSON marks
        self._opens: list[int] = []
        self._closer = ""  # of the string being read
        self._escaped = False
        self._broken_line = False

    def feed(self, piece: str) -> Iterator[dict[str, Any]]:
        """The objects that a further piece completes."""
        for character in self._spoken(piece):
            found = self._read(character)
            if found is not None:
                yield found

    def close(self) -> Iterator[dict[str, Any]]:
        """What can be read of the end: a tag that was none."""
        rest, self._waiting = ("" if self._thinking else self._waiting), ""
        for character in rest:
            found = self._read(character)
            if found is not None:
                yield found

    @property
    def unfinished(self) -> bool:
        """Whether an object was begun and not completed."""
        return bool(self._opens)

    def _spoken(self, piece: str) -> Iterator[str]:
        """The piece without what stands between thinking tags, which may come in pieces themselves."""
        self._waiting += piece
        while self._waiting:
            tag = _THOUGHT_CLOSE if self._thinking else _THOUGHT_OPEN
            before, found, after = self._waiting.partition(tag)
            if found:
                self._waiting = after
            else:
                kept = next(
                    (n for n in range(len(tag) - 1, 0, -1) if before.endswith(tag[:n])), 0
                )  # may be a tag's beginning
                self._waiting = before[len(before) - kept :]
                before = before[: len(before) - kept]
            if not self._thinking:
                yield from before
            if not found:
                return
            self._thinking = not self._thinking

    def _read(self, character: str) -> dict[str, Any] | None:
        if self._closer:
            return self._inside_string(character)
        character = character.translate(_WIDE)
        if character == "{":
            self._opens.append(len(self._out))
        if not self._opens:
            return None
        if character in _OPENED_BY:
            self._closer, character = _OPENED_BY[character], '"'
        self._out.append(character)
        if len(self._out) > MOST_CHARACTERS:
            self._forget()
        elif character == "}":
            start = self._opens.pop()
            found = _loaded("".join(self._out[start:]))
            if not self._opens:
                self._out.clear()
            return found
        return None

    def _inside_string(self, character: str) -> dict[str, Any] | None:
        if self._broken_line and not character.isspace():
            self._broken_line = False
            if character == "{":  # the line before broke off
                self._forget()
                return self._read(character)
        if len(self._out) > MOST_CHARACTERS:
            self._forget()
            return None
        if self._escaped:
            self._escaped = False
        elif character == "\\":
            self._escaped = True
        elif character == self._closer:
            self._closer, character = "", '"'
        elif character == '"':
            character = '\\"'  # a plain quotation mark inside curly ones
        elif character == "\n":
            self._broken_line = True
        self._out.append(character)
        return None

    def _forget(self) -> None:
        self._out.clear()
        self._opens.clear()
        self._closer, self._escaped = "", False


class StatementScanner:
    """Finds statements in a text that comes in pieces: objects with a `text`."""

    def __init__(self) -> None:
        self._scanner = ObjectScanner()
        self.objects = 0  # of any kind, to tell a reply without statements from one that cannot be read

    def feed(self, piece: str) -> Iterator[Drafting]:
        """The statements that a further piece completes."""
        return self._statements(self._scanner.feed(piece))

    def close(self) -> Iterator[Drafting]:
        """The statements that the end completes."""
        return self._statements(self._scanner.close())

    @property
    def unfinished(self) -> bool:
        """Whether the text ends in the middle of something."""
        return self._scanner.unfinished

    def _statements(self, found: Iterable[dict[str, Any]]) -> Iterator[Drafting]:
        for data in found:
            self.objects += 1
            said = data.get("text")
            if isinstance(said, str) and said.strip():
                labels = _labels(data.get("clauses"))
                yield Drafting(" ".join(said.split()), labels, data.get("complete") is not False)


def _loaded(text: str) -> dict[str, Any] | None:
    for attempt in (text, _TRAILING_COMMA.sub("", text)):
        try:
            data = json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
        return data if isinstance(data, dict) else None
    return None


def _labels(value: Any) -> tuple[str, ...]:
    """`["K1", "K2"]`, `"K1、K2"` or `[1]` as labels; anything else is kept as it stands, and is the label of nothing."""
    values = value if isinstance(value, list) else [value] if value not in (None, "") else []
    out: list[str] = []
    for item in values:
        if isinstance(item, int) and not isinstance(item, bool):
            out.append(f"K{item}")
            continue
        found = [f"K{int(digits)}" for digits in _LABEL.findall(str(item))]
        out += found or [str(item)]
    return tuple(dict.fromkeys(out))


def objects(text: str) -> list[dict[str, Any]]:
    """The JSON objects in a whole text, inner ones before those around them."""
    scanner = ObjectScanner()
    return [*scanner.feed(text), *scanner.close()]
