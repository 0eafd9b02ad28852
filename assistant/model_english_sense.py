"""Whether an English statement denies, demands, allows, joins and narrows as the Chinese words beside it do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from assistant.model_english_figures import in_principle
from assistant.model_english_places import WIDEST, Unit
from assistant.model_english_reading import Concept, Part
from assistant.model_wording import duty, negations

LEAST_CONCEPTS = 2  # of a piece that is looked for on its own
_DENIES = re.compile(r"\b(?:not|no|never|without|cannot|neither|nor|none)\b|n't\b")
_LEFT_OUT = re.compile(r"不含|不包括|不包含|除外")
_MUST = re.compile(r"\b(?:must|shall|required|requires?|obliged)\b")
_MAY = re.compile(r"\b(?:may|can|could|allowed|permitted|optional)\b")
_DEMANDED = re.compile(r"应|须|必|需|要(?!素|点)|不得|不能|确保|严禁|条件")
_ONLY = re.compile(r"\bonly\b")
_ONLY_SAID = re.compile(r"只|仅|限")
_OR = re.compile(r"\bor\b(?! higher| above| more)")
_OR_SAID = re.compile(r"或|之一|任一|一个即可|其一")
_AND = re.compile(r"\band\b")
_AND_SAID = re.compile(r"和|及|、|并|与|且|；|;|，|,")
_LOOSE = re.compile(r"原则|一般|通常")
# Words that narrow, with what says so in English.
_NARROWING = {
    "连续": r"consecutive|in a row|running",
    "独立": r"independent",
    "首次": r"first",
    "新增": r"increas|new|add|growth",
    "自筹": r"self|own funds",
    "全职": r"full.time",
    "重新": r"\bre-?(?:recogni|accredit|certif|appl)",
    "新出让": r"new",
    "平均": r"average",
    "应届": r"fresh|graduat",
}
_OF_THE_WHOLE = frozenset({"连续", "首次"})  # these narrow the whole of what is said
# Kinds of enterprises, with what says so in English: an enterprise of one kind is not any enterprise.
_QUALIFYING = {
    "高新技术": r"high.tech|national",
    "中小|中小微|小微|小型": r"sme|small|micro",
    "科技型|科技": r"tech",
    "创新型": r"innovat",
    "规上|规模以上": r"designated",
    "上市": r"list",
    "独角兽": r"unicorn",
}
_BENEFIT = re.compile(
    r"\b(?:may|can|could)(?: also| then| each)? (?:receive|obtain|get|apply|reapply|enjoy|claim)\b"
)
_GRANTED = re.compile(
    r"\b(?:must|shall|required to) (?:receive|obtain|get|enjoy|apply|reapply|be (?:given|granted|paid))\b"
)
_ALLOWED = re.compile(r"可|能|允许|鼓励|自愿")
_SUCH_AS = re.compile(r"\bsuch as\b|\bincluding\b|\bwhether\b|\beither\b")


def sense_differs(parts: Sequence[Part], unit: Unit, sentence: str) -> str:
    """What a statement denies, demands, allows or joins otherwise than the pieces of the source that say the same."""
    if _ONLY.search(sentence) and not _ONLY_SAID.search(unit.text):
        return "原文没有“只”"
    held: list[Part] = []
    for part in parts:
        held.append(part)
        whole = [c for p in held for c in p.concepts]
        if len(whole) < LEAST_CONCEPTS and part is not parts[-1]:
            continue
        text = " ".join(p.text for p in held)
        beside = _beside(whole, unit)
        said_no = _DENIES.findall(text)
        if len(said_no) > 1 and "neither" not in said_no:
            return "否定了两次"
        if any(bool(said_no) != bool(negations(w) or _LEFT_OUT.search(w)) for w in beside):
            return "肯定和否定反了"
        if not any(p.figures for p in held):  # the limits of figures are compared one by one
            if in_principle(sentence) and not any(_LOOSE.search(w) for w in beside):
                return "“原则上”是添上去的"
            if all(_LOOSE.search(w) for w in beside) and not in_principle(sentence):
                return "“原则上”丢了"
        must, may = bool(_MUST.search(text)), bool(_MAY.search(text))
        if must and (_GRANTED.search(text) or not any(_DEMANDED.search(w) for w in beside)):
            return "原文没有“必须”"
        if may and not must and not _DENIES.search(text):
            if all(duty(w) == "must" for w in beside):
                return "应当和可以换了"
            if not _BENEFIT.search(text) and not any(_ALLOWED.search(w) for w in beside):
                return "原文没有“可以”"
        if lost := _widened(whole, beside, sentence.lower()):
            return f"“{lost}”丢了"
        if _SUCH_AS.search(sentence):
            held = []
            continue
        if _AND.search(text) and not _OR.search(text) and _alternatives(whole, text, beside):
            return "“并且”和“或者”换了"
        if _OR.search(text) and not any(_OR_SAID.search(w) for w in beside):
            return "“并且”和“或者”换了"
        if _AND.search(text) and all(_OR_SAID.search(w) and not _AND_SAID.search(w) for w in beside):
            return "“并且”和“或者”换了"
        held = []
    return ""


def _alternatives(concepts: Sequence[Concept], text: str, beside: Sequence[str]) -> bool:
    """Whether a source gives as alternatives what a statement joins by `and`."""
    if _AND.match(text.strip()) and all(re.match(r"\s*(?:或|要么)", w) for w in beside):
        return True
    return any(
        re.search(rf"(?:{one.pattern})[^，。；]{{0,6}}(?:或|要么)[^，。；]{{0,6}}(?:{two.pattern})", w)
        for one, two in pairwise(concepts)
        for w in beside
    )


def _widened(concepts: Sequence[Concept], beside: Sequence[str], sentence: str) -> str:
    """A narrowing word that stands in front of all that a source calls by a concept, and not in the statement."""
    for word, english in _NARROWING.items():
        if re.search(english, sentence):
            continue
        if word in _OF_THE_WHOLE and all(word in w for w in beside):
            return word
        for concept in concepts:
            places = [(w, m.start()) for w in beside for m in re.finditer(concept.pattern, w)]
            if places and all(w[:at].endswith(word) for w, at in places):
                return word
    for word, english in _QUALIFYING.items():
        if re.search(english, sentence):
            continue
        for concept in concepts:
            places = [(w, m.start()) for w in beside for m in re.finditer(concept.pattern, w)]
            if places and all(re.search(rf"(?:{word})$", w[:at]) for w, at in places):
                return word
    return ""


def _beside(concepts: Sequence[Concept], unit: Unit) -> list[str]:
    """The narrowest pieces of a source sentence that have most of some concepts."""
    scores = [(sum(2 if c.specific else 1 for c in concepts if c.stands_in(w)), w) for w in unit.windows]
    best = max((s for s, _ in scores), default=0)
    return next(
        ([w for s, w in scores if s == best and w.count("，") == n] for n in range(WIDEST)
         if any(s == best and w.count("，") == n for s, w in scores)),
        [unit.folded],
    )  # fmt: skip


def denies(text: str) -> bool:
    """Whether an English text denies something."""
    return bool(_DENIES.search(text))
