"""Whether a question asks if one case qualifies, or what the rule is. Learned weights over words."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from assistant.word_weights import WordWeights, words_of

BUNDLED = Path(__file__).with_name("own_case.json")
# How likely it must be, chosen on sentences that the weights had not seen (`evals.train_own_case`).
OWN_CASE = 0.45
_ENDING = 16  # characters; what is asked usually stands last
_END, _ASKED = 24, 48  # characters
# What is asked for by a question word is no verdict, unless it is asked whether as well (报得上吗，能拿多少).
_ASKS_WHAT = re.compile(
    r"多少|几(?!乎|家公司|个人)|哪|什么|啥|怎么|如何|咋|谁|何时|多久|多长|多大|多高|门槛|要求"
)
_ASKS_WHETHER = re.compile(
    r"能不能|能否|可不可以|可否|够不够|行不行|给不给|算不算|是不是|有没有(?:我|咱|份|戏|资格|希望|机会)|卡在|卡(?:我们|哪)"
    r"|差(?:多少|几|在|哪|一|什么|啥|了)|还(?:差|缺)|(?:吗|么|嘛|不|没|没有|吧)(?=[，,。；;？?！!\s]|$)|[得的](?:上|到|了|着|成)(?=[，,。；;？?吗么不]|$)"
    r"|有戏|有份|够格|资格|白跑|轮得?到|被(?:刷|退|拒|卡)|符不符合|是否"
)
_SENTENCES = re.compile(r"[，。；！？,;!?]+")


def wording(text: str) -> set[str]:
    """The words of a question, those of its ending once more, and whether figures are told."""
    ending = text.rstrip("。？！?! ")[-_ENDING:]
    last = _SENTENCES.split(ending)[-1]
    figures = {"<数>"} if re.search(r"\d", text) else set()
    return words_of(text) | {f"<末>{word}" for word in words_of(last)} | figures


@cache
def _model() -> WordWeights:
    return WordWeights.load(BUNDLED, wording)


@lru_cache(maxsize=256)  # one question is looked at from several sides
def asks_of_one_case(text: str) -> float:
    """How likely it is that a question asks whether the case that it tells qualifies, gets something, or falls short."""
    if _ASKS_WHAT.search(text[-_END:]) and not _ASKS_WHETHER.search(text[-_ASKED:]):
        return 0.0
    return float(_model().probabilities([text])[0, 1])
