"""Answers in a process of its own: `python -m ui.answering_apart HOME` reads questions and writes answers.

A line of JSON each: in comes `{"question", "as_of", "history"}`, out goes `{"generation", "answer"}`, or `{"failed"}` with
the kind of the defect. The first line out is `{"ready"}`. It ends with its input, so no server leaves one behind.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from datetime import date
from typing import IO

from assistant.schema import Turn
from assistant.service import Assistant
from index.home import Home

# Answered before anybody asks, so that what loads late is loaded: it asks for a verdict, which the engine gives.
_FIRST = "我们是滨江的企业，能领创新券吗？"


class Apart:
    """An assistant without a model that goes over to the newest index before each question.

    Raises:
        HangceError: the home has no usable index.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.assistant = Assistant(home)
        self._unusable = ""  # the name of a generation

    def answer(self, line: str) -> str:
        """One line of JSON for another."""
        try:
            asked = json.loads(line)
            day = date.fromisoformat(asked["as_of"]) if asked["as_of"] else None
            self._follow()
            answer = self.assistant.ask(asked["question"], day, [Turn(**turn) for turn in asked["history"]])
            said = {"generation": self._generation, "answer": answer.model_dump(mode="json")}
        except Exception as error:  # the server answers instead, and meets it again if it is a defect of ours
            said = {"failed": type(error).__name__}
        return json.dumps(said)

    @property
    def _generation(self) -> str:
        return self.assistant.searcher.generation.folder.name

    def _follow(self) -> None:
        try:
            name = self.home.pointer.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return
        if name in (self._generation, self._unusable):
            return
        try:
            self.assistant = Assistant(self.home)
        except Exception:  # said by the server, which looks at the same index
            self._unusable = name


def _main(home: Home, questions: Iterable[str], answers: IO[str]) -> None:
    apart = Apart(home)
    apart.assistant.ask(_FIRST)
    answers.write('{"ready": true}\n')
    answers.flush()
    for line in questions:
        answers.write(apart.answer(line) + "\n")
        answers.flush()


if __name__ == "__main__":
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library may print is no answer
    _main(Home(sys.argv[1]), sys.stdin, out)
