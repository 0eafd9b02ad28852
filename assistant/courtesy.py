"""What is said around a question: greetings, thanks, haste, tone. No clause speaks of it, so it is left out of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from assistant.word_weights import WordWeights, words_of

BUNDLED = Path(__file__).with_name("courtesy.json")
# How likely a part must be to say nothing, chosen on parts that the weights had not seen (`evals.train_courtesy`).
AROUND = 0.6
NOTHING_ELSE = 0.75  # where a message has nothing else; no term of the vocabulary, said alone, reaches it
_TONE_AGAIN = re.compile(r"([啊呀吗呢吧嘛哦噢哇哈啦嘞呗～~！!？?。…，,；;])\1+")
_TONE_AT_THE_END = re.compile(r"(?<=[\u3400-\u9fff]{3})[啊呀哦噢哇嘞]+(?=$|[，,。.；;！!？?～~…\s])")
# Figures say something, and so do corrections and what asks for a yes.
_SAYS = re.compile(r"不对|不是|错了|[对是行][吧吗不]|\d|[二两三四五六七八九十百千万]+[年月日天个家人元岁成]")
# What a part asks with.
ASKS = re.compile(r"[什么吗嘛几怎哪谁何否呢咋啥]|多[少久长大高]|([\u3400-\u9fff])[不没]\1|有没有")
_PAUSE = "，,。；;！!？?、～~…"
_PART = re.compile(rf"[^{_PAUSE}\s]+[{_PAUSE}\s]*")
_LONGEST = 30  # characters of a part that the weights are asked about
_ENDS = 3  # parts at each end that may fall away

_GREETING = r"(?:你好|您好|你们好|大家好|嗨|哈[喽啰罗]|hi|hello|早上好|上午好|中午好|下午好|晚上好|喂|哎|诶)"
_WHO = r"(?:各位|这位)?(?:老师|大佬|领导|专家|大神|朋友|同志|亲|客服|小编|小哥|小姐姐|家人|工作人员|杭策)们?"
_SPOKEN_TO = r"(?:您|你|你们|大家|各位|老师|大佬|大神)"
_A_LITTLE = r"(?:一下|下|一声|一句|个事儿?|个问题|点事)"
_LET_ME_ASK = (
    rf"(?:我|俺)?(?:就|再|先)?(?:想|要|来)?(?:跟|向|和)?{_SPOKEN_TO}?"
    rf"(?:请问|请教|咨询|问|打听|求教|求问|弱弱地?问|确认|了解){_SPOKEN_TO}?{_A_LITTLE}?"
)
_ADDRESS = re.compile(
    rf"(?:(?:{_GREETING}|{_WHO}|在(?:不在|吗|么|嘛)|有人在?(?:吗|么|嘛)|{_LET_ME_ASK}"
    r"|不好意思|打扰(?:一下|了|您了|你了)?|抱歉|劳驾"
    rf"|(?:非常|十分|万分|先|提前)?(?:感谢|谢谢|多谢|谢过|谢|thx|thanks|thank you){_SPOKEN_TO}?"
    rf")(?:了|啦|哈|哦|噢|啊|呀|呢|喔)*[{_PAUSE}\s]*)+",
    re.IGNORECASE,
)
# Said without a pause before or behind what is asked.
_BEFORE = re.compile(rf"^(?:喂|哎|诶|那个)*(?:你好|您好)[啊呀]?(?:{_WHO})?(?=[\w\u3400-\u9fff]{{4}})")
_BEHIND = re.compile(r"(?<=[\u3400-\u9fff]{4})(?:(?:谢谢|多谢|谢)(?:您|你|老师|了|啦|哈)*|急急+)$")
_WORD = re.compile(r"[\w\u3400-\u9fff]")
_LEAST = 2  # characters of what is left


def only_addresses(text: str) -> bool:
    """Whether a message greets, thanks or calls for attention, and asks nothing.

    >>> only_addresses("老师您好，在吗？我想咨询一下"), only_addresses("您好，创新券多少")
    (True, False)
    """
    return bool(_ADDRESS.fullmatch(text))


def says_nothing(text: str) -> bool:
    """Whether all of a message is what people say around a question.

    >>> says_nothing("头都大了，求助"), says_nothing("众创空间"), says_nothing("有没有补助")
    (True, False, False)
    """
    parts = parts_of(tone_out(text))
    if not parts or ASKS.search(text) or any(_SAYS.search(p) or len(p) > _LONGEST for p in parts):
        return False
    return bool((_model().probabilities(parts)[:, 1] > NOTHING_ELSE).all())


def without_courtesy(text: str) -> str:
    """A clean question without what is said around it; the text itself where nothing else is said.

    >>> without_courtesy("老师您好，我想咨询一下，创新券最多领多少呀呀？打了好几个电话都没人接，谢谢！！")
    '创新券最多领多少？'
    >>> without_courtesy("谢谢")
    '谢谢'
    """
    text = tone_out(text)
    parts = _PART.findall(text)
    around = _around([p.rstrip(f"{_PAUSE} ") for p in parts])
    first = next((i for i, is_so in enumerate(around) if not is_so), 0)
    behind = next((i for i, is_so in enumerate(reversed(around)) if not is_so), 0)
    kept = _BEFORE.sub("", "".join(parts[first : len(parts) - behind]))
    kept = _BEHIND.sub("", kept.rstrip(" ，,、")).rstrip(" ，,、")
    asks_no_more = ASKS.search("".join(parts)) and not ASKS.search(kept)
    return text if len(_WORD.findall(kept)) < _LEAST or asks_no_more else kept


def tone_out(text: str) -> str:
    """A text with each tone said once, and without those at the end of its parts that ask nothing."""
    return _TONE_AT_THE_END.sub("", _TONE_AGAIN.sub(r"\1", text))


def parts_of(text: str) -> list[str]:
    """The parts of a text between two pauses, without these."""
    return [part.rstrip(f"{_PAUSE} ") for part in _PART.findall(text)]


def wording(part: str) -> set[str]:
    """The words of a part, those that it begins and ends with once more, and its length."""
    ends = {f"<首>{part[:2]}", f"<末>{part[-2:]}", f"<末>{part[-1:]}", f"<全>{part}"}
    return words_of(part) | set(part) | ends | {f"<长>{min(len(part) // 3, 6)}"}


def _around(parts: Sequence[str]) -> list[bool]:
    """Which parts, as far as they stand at an end, say nothing of the question: addresses, and what the weights tell."""
    out = [bool(_ADDRESS.fullmatch(part)) for part in parts]
    if len(parts) < 2:
        return out
    unclear = [
        i
        for i, part in enumerate(parts)
        if not out[i]
        and len(part) <= _LONGEST
        and (i < _ENDS or i >= len(parts) - _ENDS)
        and not _SAYS.search(part)
    ]
    if unclear:
        likely = _model().probabilities([parts[i] for i in unclear])[:, 1]
        for i, value in zip(unclear, likely, strict=True):
            out[i] = bool(value > AROUND)
    return out


@cache
def _model() -> WordWeights:
    return WordWeights.load(BUNDLED, wording)
