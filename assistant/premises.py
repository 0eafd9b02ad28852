"""Questions that take for granted what a clause rules out: "how do I pass my voucher on", where it may not be passed on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from langchain_core.documents import Document

from assistant.understanding import Understanding
from index.search import Searcher

# A question of manner, place or amount takes for granted that the thing is possible; one of yes or no does not.
_TAKES_FOR_GRANTED = re.compile(
    r"怎么|如何|怎样|咋|去哪|哪里|哪儿|在哪|向谁|找谁|哪些材料|什么材料|手续|流程|什么标准|多少|几[天年个倍页]|限额|多久|还是分|哪个|哪家|哪[一]?[份边张头]|(?:什么|啥)表|填什么|还是\S{1,6}再|什么时候"
)
_OPEN = re.compile(
    r"能不能|可不可以|能否|可否|是否|是不是|算不算|允许|[吗么嘛][？?。]?$|不得|不能|不可|不许|不让|禁止|后果|处罚|违规|会怎"
)
_AMOUNT = re.compile(r"(?<!比例)(?<!比例是)多少|几万|多大|金额|额度")
_SENTENCE = re.compile(r"[。；\n]")
_LOOKED_AT = 3  # of the first results
_BEHIND = 4.0  # of the ranking's score: a clause so far behind the first is on something else

_RULED_OUT = re.compile(
    r"(?:不得|不可以?|不能|禁止|严禁|不允许|不准)(?:擅自|再|私自|以任何形式)?(?:当|做|担任|从事)?([\u3400-\u9fff]{2,6})"
)
_WITH_EXCEPTIONS = re.compile(
    r"确需|除[^，。；]{1,12}外|例外|特殊(?:情况|原因)|经[^，。；]{2,16}(?:批准|同意)"
)
# What is ruled out only in some way ("may not apply twice") says nothing of the thing itself.
_IN_SOME_WAY = re.compile(
    r"^(?:申请|申报|享受|认定|重复|超过|低于|少于|高于|用于|再次|参加|提供|同时|多头|作为|成为|列入|使用|报销|兼|享|获得|给予|由|与|按|以|在|为|从|将|对|变)"
)
_BOTH = re.compile(r"同时|一起|一块|两边|都报|既[^，。；]{2,16}又|两份")
_NOT_BOTH = re.compile(r"(?:不得|不能|不可以?)同时([\u3400-\u9fff]{4,24})")
_DOUBLE = re.compile(r"叠加|两份[^，。；？?]{0,12}(?:一起|都|同时)|一起(?:领|拿|享受)|都(?:领|拿)的|各领一份")
_NOT_DOUBLE = re.compile(r"不(?:得|能|可)?重复(?:享受|资助|补助|奖励|支持)|不(?:得|能)?叠加|只能?享受其?一")
_AGAIN = re.compile(r"重新(?:申报|申请|报|认定)|再(?:次)?(?:申报|申请|报(?!告|销))")
_LOST = re.compile(r"撤|取消|造假|弄虚作假|骗|失信")
_NOT_AGAIN = re.compile(
    r"不得(?:再次?|重新)(?:申报|申请)|[一二三四五六七八九十\d]+年内都?不(?:得|能)(?:再)?(?:次)?(?:申报|申请|报)"
)
_SOON = re.compile(r"明年|来年|第二年|今年|下半年|马上|现在|接着|半年")
_CARRIED = re.compile(r"结转|(?:没|未)用(?:完|光|掉)[^。；？?]{0,16}(?:接着|继续|留到|转到|放到)|顺延到")
_NOT_CARRIED = re.compile(r"(?:自动|过期|逾期)(?:自动)?(?:作废|失效)|不(?:得|能|予)?结转")
_SEVERAL = re.compile(r"两([家个项次份笔])|第二([家个项次份笔])")
_ONE = re.compile(r"只(?:能|可以?|许|准)?[^，。；]{0,4}一([家个项次份笔])")
# A second sum where there is one for all time.
_ANOTHER_SUM = re.compile(r"第二[笔次份]|再(?:拿|领|补|给|享受)一?[笔次份]")
_ONCE = re.compile(
    r"只(?:能|可以?)?(?:享受|补助?|资助|奖励|给)?一次(?!性)|仅(?:限|享受|补助)?一次(?!性)|以一次为限"
)
_EXCLUDED = re.compile(r"不(?:予|得|能)?(?:支持|补助|资助|补贴|受理)(?:[：:]|的(?:有|是))(.+)")
_ITEM = re.compile(r"[、，；。]|以及|和|或者?|等")
_MOST = 0.6  # of what a clause rules out, that the question must say


def corrected(
    understanding: Understanding, documents: Sequence[Document], searcher: Searcher
) -> tuple[str, list[str]] | None:
    """What a question takes for granted though one of the first clauses rules it out (text, clause ids); None if nothing.

    Args:
        understanding: the question.
        documents: what was found for it, best first.
        searcher: where the clauses are.
    """
    asked = understanding.question
    if not documents or _OPEN.search(asked) or not _TAKES_FOR_GRANTED.search(asked):
        return None
    least = documents[0].metadata["score"] - _BEHIND
    for rank, document in enumerate(documents[:_LOOKED_AT]):
        clause = searcher.store.clause(document.metadata["clause_id"])
        if clause is None or document.metadata["score"] < least:
            continue
        whole = f"{clause.gist}\n{clause.text}"
        if _WITH_EXCEPTIONS.search(whole):
            continue
        for sentence in _SENTENCE.split(whole):
            for said in _rules(asked, sentence, rank):
                text = clause.gist or sentence
                return f"按条文，{said}。{text}", [clause.clause_id]  # a gist is no quotation
    return None


def _rules(asked: str, sentence: str, rank: int) -> Iterator[str]:
    """What a sentence says against what a question takes for granted, in its own words."""
    if rank == 0:
        yield from _thing(asked, sentence)
    for rule in _WAYS:
        yield from rule(asked, sentence)


def _thing(asked: str, sentence: str) -> Iterator[str]:
    """The thing itself may not be done."""
    if "原则上" in sentence:
        return
    for match in _RULED_OUT.finditer(sentence):
        thing = next((match[1][:n] for n in range(len(match[1]), 1, -1) if match[1][:n] in asked), "")
        if thing and not _IN_SOME_WAY.search(match[1]):
            yield match[0][: len(match[0]) - len(match[1])] + thing


def _both(asked: str, sentence: str) -> Iterator[str]:
    """Two things at the same time."""
    match = _BOTH.search(asked) and not _AMOUNT.search(asked) and _NOT_BOTH.search(sentence)
    if match and _share(match[1], asked) >= _MOST:
        yield match[0]


def _double(asked: str, sentence: str) -> Iterator[str]:
    """The same benefit twice; how much it is altogether is another question."""
    match = _DOUBLE.search(asked) and not _AMOUNT.search(asked) and _NOT_DOUBLE.search(sentence)
    if match:
        yield match[0]


def _again(asked: str, sentence: str) -> Iterator[str]:
    """Once more after it was lost, or too soon."""
    match = _AGAIN.search(asked) and _LOST.search(asked) and _NOT_AGAIN.search(sentence)
    if match and ("年内" not in match[0] or _SOON.search(asked)):
        yield match[0]


def _later(asked: str, sentence: str) -> Iterator[str]:
    """After the year in which it holds."""
    match = _CARRIED.search(asked) and _NOT_CARRIED.search(sentence)
    if match:
        yield match[0]


def _second(asked: str, sentence: str) -> Iterator[str]:
    """A second one where there may be one."""
    several, one = _SEVERAL.search(asked), _ONE.search(sentence)
    if several and one and (several[1] or several[2]) == one[1] and not _AMOUNT.search(asked):
        yield one[0]
    once = _ANOTHER_SUM.search(asked) and _ONCE.search(sentence)
    if once:
        yield once[0]


def _excluded(asked: str, sentence: str) -> Iterator[str]:
    """One of the things that a clause lists as left out."""
    match = _EXCLUDED.search(sentence)
    for item in _ITEM.split(match[1]) if match else ():
        if len(item) >= 4 and _share(item, asked) >= _MOST:
            yield f"不支持{item}"


def _share(said: str, asked: str) -> float:
    """Share of the two-character pieces of some words that a question has."""
    pieces = [said[i : i + 2] for i in range(len(said) - 1)]
    return sum(piece in asked for piece in pieces) / len(pieces)


_WAYS: tuple[Callable[[str, str], Iterator[str]], ...] = (_both, _double, _again, _later, _second, _excluded)
