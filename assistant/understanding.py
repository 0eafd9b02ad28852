"""What is being asked: cleaned words, hints, and whether the question can be taken at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from assistant.schema import Turn
from index.query import QueryAnalyser, QueryHints, clean_question

MAX_CHARACTERS = 2000
_HAS_WORDS = re.compile(r"[A-Za-z0-9\u3400-\u9fff]")
_LEANS_ON_HISTORY = re.compile(
    r"^(?:那|那么|这|这个|这项|该|它|其|上面|刚才|前面|还有|另外)|(?:呢|这个|这项|它)[？?吗]?$"
)
_SMALL_TALK = re.compile(
    r"^(?:你好|您好|嗨|哈喽|早上好|下午好|晚上好|在吗|谢谢(?:你|您)?|多谢|感谢|再见|拜拜|你是谁|你叫什么|你能(?:做|干)什么|hi|hello|thanks?|thank you|bye)"
    r"[啊呀吗呢了。！!？?~\s]*$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Understanding:
    """A question made ready for retrieval. `problem` is set when it cannot be answered at all."""

    question: str
    search_text: str
    hints: QueryHints
    as_of: date
    problem: str = ""
    small_talk: bool = False


def understand(question: str, as_of: date, history: list[Turn], analyser: QueryAnalyser) -> Understanding:
    """Clean a question, see whether it stands alone, and read its hints.

    A short question that leans on the conversation ("那创客呢") is searched together with the last question
    of the user.
    """
    text = clean_question(question[: MAX_CHARACTERS * 4])
    problem = _problem(question, text)
    search_text = text
    previous = [turn.content for turn in history if turn.role == "user" and turn.content.strip()]
    if previous and len(text) <= 24 and _LEANS_ON_HISTORY.search(text):
        search_text = f"{clean_question(previous[-1])[:200]} {text}"
    hints = analyser.hints("" if problem else search_text)
    return Understanding(text, search_text, hints, as_of, problem, bool(_SMALL_TALK.match(text)))


def _problem(question: str, text: str) -> str:
    if not question.strip():
        return "问题是空的，请输入想了解的内容。"
    if len(question) > MAX_CHARACTERS:
        return f"问题有{len(question)}个字符，太长了，请缩短到{MAX_CHARACTERS}个字符以内。"
    if not _HAS_WORDS.search(text):
        return "没有读到文字，请用中文或英文写出问题。"
    if len(text) < 2:
        return "问题太短，请把想问的事说得完整一些，例如“创新券最多能领多少”。"
    return ""
