"""Questions that take for granted what a clause rules out: "how do I pass my voucher on", where it may not be passed on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.understanding import Understanding
from index.search import Searcher

# A question of manner, place or amount takes for granted that the thing is possible; one of yes or no does not.
_TAKES_FOR_GRANTED = re.compile(
    r"怎么|如何|怎样|咋|去哪|哪里|哪儿|向谁|找谁|哪些材料|什么材料|手续|流程|什么标准|多少|几[天年个倍]|限额|多久"
)
_OPEN = re.compile(
    r"能不能|可不可以|能否|可否|是否|是不是|允许|[吗么嘛][？?。]?$|不得|不能|不可|不许|不让|禁止|后果|处罚|违规|会怎"
)
_RULED_OUT = re.compile(
    r"(?<!原则上)(?:不得|不可以?|不能|禁止|严禁|不允许|不准)(?:擅自|再|私自|以任何形式)?(?:当|做|担任)?([\u3400-\u9fff]{2,6})"
)
_WITH_EXCEPTIONS = re.compile(
    r"确需|除[^，。；]{1,12}外|例外|特殊(?:情况|原因)|经[^，。；]{2,16}(?:批准|同意)"
)
# What is ruled out only in some way ("may not apply twice") says nothing of the thing itself.
_IN_SOME_WAY = re.compile(
    r"^(?:申请|申报|享受|认定|重复|超过|低于|少于|高于|用于|再次|参加|提供|同时|多头|作为|成为|列入|使用|报销|兼|享|获得|给予|由|与|按|以|在|为|从|将|对|变)"
)


def ruled_out(
    understanding: Understanding, statements: Sequence[tuple[str, list[str]]], searcher: Searcher
) -> tuple[str, list[str]] | None:
    """What the first statement's clause rules out and the question takes for granted, as words to put first; or None."""
    asked = understanding.question
    if not statements or _OPEN.search(asked) or not _TAKES_FOR_GRANTED.search(asked):
        return None
    text, ids = statements[0]
    clause = searcher.store.clause(ids[0])
    whole = f"{text}\n{clause.text if clause else ''}"
    if _WITH_EXCEPTIONS.search(whole):
        return None
    for match in _RULED_OUT.finditer(whole):
        thing = next((match[1][:n] for n in range(len(match[1]), 1, -1) if match[1][:n] in asked), "")
        if thing and not _IN_SOME_WAY.search(match[1]):
            said = match[0][: len(match[0]) - len(match[1])] + thing
            return f"问的前提和条文不一致：条文规定“{said}”。", ids[:1]
    return None
