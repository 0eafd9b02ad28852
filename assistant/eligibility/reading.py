"""Facts out of sentences, without a model: the vocabulary's patterns, negations, rough figures, several turns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from weakref import WeakKeyDictionary

from assistant.eligibility.assigning import GRANTED, FactNames, assign, only_applied_for, only_wanted
from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.dates import day_said
from assistant.eligibility.derived import derive
from assistant.eligibility.numbers import Range
from assistant.eligibility.profile import APPLIED_FOR, Known
from assistant.eligibility.values import NUMERIC, Options, number
from assistant.eligibility.wording import Wording, worded
from ingest.knowledge import Fact

_SEVERAL = frozenset({"industry_field"})
_REFUSED = re.compile(
    r"(?:不是|没有?|并非|不属于|不算|未(?!来)|非(?!常)|无(?!人|锡|线|论)|不(?!过|但|仅|断|错|少|同|管|论|光))[^，。；、]{0,3}$"
)
# 不是三年期满的重新认定: what is said not to be so may be named at length.
_IS_NOT = re.compile(r"(?:不是|并非|不属于|不算)[^，。；、]{0,10}$")
_NOT_OURS = re.compile(
    r"^[^，。；]{0,4}?的(?:单位|企业)?(?:是|为)(?!我|本|咱|自己|公司)"
)  # 牵头起草的是一家研究院
_NEGATES = re.compile(r"[不没未无非]|免")
_EITHER = "|"  # between options of which one holds (中小企业), in the vocabulary's patterns
_DOING = r"(?:主业|主营)(?:业务)?|(?:我们|公司|企业|主业|主营|业务)[^，。；不没未]{0,6}?(?:是|做|搞|从事|属于?)(?:的是)?[^，。；不没未]{0,4}"
_FIRM = r"[^，。；不没未项产]{0,4}(?:公司|企业|厂(?!房)|行业|领域的)"
_OF_ONESELF = frozenset({"applicant_kind"})
_OF_ANOTHER = re.compile(
    r"(?:从|跟|和|与|向|给|找|请|委托|联合|依托|毕业于?|入驻|进了?|在(?!杭|本市|[^，。；]{2,4}(?:注册|登记)))[^，。；是]{0,6}$"
)
_NOT_PLAIN = re.compile(r"没|不|未|无|非|免|否|想|打算|准备|拟|计划|希望|要|将|如果|假如|曾|吗|么|多少|哪")
_TELLING = 4  # pairs of characters
_MOST = 0.7  # of what names a kind
_LEVEL_OF = re.compile(r"^(?:入选|承担)|级别$")
# The words by which levels are said apart from what they are levels of.
_LEVELS = {
    "国家级": r"国家级|国家(?:的|认定|评|给)|国家[，。；]|全国(?:的|认定)",
    "省级": r"省级|省里|省(?:的|认定|评|厅)|省经信厅",
    "市级": r"市级|市里(?:认定|评|的)|市(?:的|认定)",
    "国际": r"国际",
    "国内": r"国内",
    "省内": r"省内",
    "特等奖": r"特等奖",
    "一等奖": r"一等奖",
    "二等奖": r"二等奖",
    "三等奖": r"三等奖",
    "A类": r"A类",
    "B类": r"B类",
    "一类": r"一类",
    "二类": r"二类",
    "一级": r"一级",
    "二级": r"二级",
    "三级": r"三级",
}
_TURNING = re.compile(
    r"不过(?=[^关期了滤百千万几一二三四五六七八九十\d])|不但|不仅|不光"
)  # words with 不 that deny nothing
_BUT = "但是"  # as long as those
_SMALL_WORDS = re.compile(r"按时|按期|及时|已经|确实|一直|目前|现在|就是|其实|全部|[都也均呢嘛啊吧]")
_SCOPE = 10  # characters
_DENIES_BEFORE = re.compile(r"不是|并非|没有|没(?!问题)|尚未|未(?!来)|谈不上|算不上|不具备")
_NOT_SO = re.compile(r"(?:不是|并非)[^，。；]{0,3}$")
_DENIES_AFTER = re.compile(
    r"^[^，。；]{0,4}?(?:(?:还没有?|没有?|尚未|未)(?:做|办|弄|设|建|搞|好|批|到位|完成|通过|拿到|下来|落实|取得)*(?=[，。；]|$)|谈不上|算不上|做不到|不算|不行)"
)
# 没有还没验收的: what is lacking is itself a lack.
_NONE_OF = re.compile(r"(?:没有?|无|不存在)(?:任何|什么|一个|别的|其他)?$")
# 公租房这些我都没申请也没住过: what was named first is denied afterwards.
_DENIED_NEXT = re.compile(
    r"^[^，。；]{0,8}?(?:都|也|均|从来|一样|一个|一套|一次)(?:没有?|未曾?|不曾)(?=[^，。；]{0,6}(?:过|申请|申报|享受|领|拿|住|用))"
)
# II期、III期都没有开展: none of what was listed.
_NONE_HAPPENED = re.compile(
    r"^[^，。；没不]{0,8}?(?:都|均|也都?)(?:还)?(?:没有?|未曾?|不曾)(?!问题|什么问题)"
)
# 还没跟任何一家龙头谈成: not even one.
_NOT_EVEN_ONE = re.compile(r"(?:没有?|未|无|不曾)(?!少|低|超)[^，。；]{0,10}$")
_ONE = re.compile(r"[一1](?:[^\d十百千万点.]|$)")
# 辅导备案这一步还没做: what was named has not come about.
_NOT_DONE = re.compile(
    r"^[^，。；没不未]{0,6}?(?:还没有?|还未|尚未|没有?|未)(?:能|去|做|办|弄|搞|好|批|到位|完成|通过|拿到|下来|落实|取得|开始|启动|报|递|评|认定|公布)*(?=[，。；]|$)"
)
_WORD_FOR_WORD = 4  # characters
_BEFORE, _AFTER = 8, 5  # characters around a figure that may qualify it
_OUTSIDE = re.compile(
    r"(?:注册|登记)[^，。；]{0,4}?在(?:宁波|温州|嘉兴|湖州|绍兴|金华|上海|北京|深圳|苏州|南京)"
)


# Whether one is listed oneself; what is said of the firm that one buys (标的未上市) is not said of oneself.
_OF_THE_BUYER = frozenset({"listed", "listing_stage", "merged_acquired_or_listed"})
_OF_THE_TARGET = re.compile(
    r"(?:标的|目标(?:公司|企业)|被(?:并购|收购)|(?:收购|并购|买下|收|买)了?(?:的是|的)?[\u3400-\u9fff]{0,4}?(?:[一1]家|[一1]个))(?:(?!我们|我司|本公司)[^。；])*"
)

_NAMES: WeakKeyDictionary[Catalogue, FactNames] = WeakKeyDictionary()


def fact_names(catalogue: Catalogue) -> FactNames:
    """The terms of a catalogue's fact names, worked out once."""
    if catalogue not in _NAMES:
        _NAMES[catalogue] = FactNames(catalogue.facts.values())
    return _NAMES[catalogue]


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def read_facts(
    messages: Sequence[str], catalogue: Catalogue, day: date, facts: Iterable[str] | None = None
) -> dict[str, Known]:
    """The facts that somebody's messages tell, later ones before earlier.

    Args:
        messages: what was said, oldest first.
        catalogue: the vocabulary.
        day: for ages and years.
        facts: only these (and what they are worked out from); all unless given.

    Returns:
        Facts with the words that they came from, those that were worked out with their arithmetic.
    """
    wanted = set(catalogue.facts if facts is None else facts)
    found: dict[str, Known] = {}
    wordings = [worded(message) for message in messages]
    names = [name for name in catalogue.facts if name in wanted | _SOURCES]
    for wording in wordings:
        figures = {
            name: _candidates(catalogue.facts[name], wording, catalogue, day)
            for name in names
            if catalogue.facts[name].type in NUMERIC
        }
        told: dict[str, Known] = {}
        claimed: set[tuple[int, int]] = set()
        for name in names:
            if name not in figures:
                known = read_fact(catalogue.facts[name], wording, catalogue, day)
            elif candidate := _own(name, figures, catalogue):
                known = candidate.known
                claimed.add((candidate.sentence, candidate.number[0]))
            else:
                known = None
            if known is not None:
                told[name] = known
        unread = [catalogue.facts[n] for n in names if n in figures and n in wanted and n not in told]
        told |= assign(wording, unread, fact_names(catalogue), claimed)
        found |= told
    derive(found, wordings, catalogue, day, wanted)
    return {name: found[name] for name in catalogue.facts if name in found and name in wanted | _SHOWN}


# Facts from which others are worked out, read even where no condition asks for them.
_SOURCES = frozenset(
    {
        "employees",
        "sales_last_year",
        "rnd_spending_last_year",
        "total_assets",
        "registration_date",
        "years_since_registration",
        "research_staff",
        "incubator_area",
        "incubated_enterprises",
        "invested_enterprises",
        "investment_per_enterprise",
        "net_assets",
        "acquisition_amount",
        "rnd_self_funded",
        "platform_professionals",
        "district",
        "registered_in_hangzhou",
        "independent_legal_person",
        "enrolled_student",
        "years_since_graduation",
    }
)
_SHOWN = frozenset({"district", "registration_date", "registered_in_hangzhou", "independent_legal_person"})


def read_fact(fact: Fact, wording: Wording, catalogue: Catalogue, day: date) -> Known | None:
    """A fact that is no figure, from one message; None if it does not tell it."""
    sentences = wording.all if fact.id in APPLIED_FOR else wording.told
    if fact.id in _OF_THE_BUYER:
        sentences = tuple(_OF_THE_TARGET.sub("", s) for s in sentences)
    if fact.type == "boolean":
        return _yes_or_no(fact, sentences)
    if fact.type == "choice":
        return _choice(fact, sentences)
    return _said(fact, wording.figures, catalogue, day)


def _yes_or_no(fact: Fact, sentences: Sequence[str]) -> Known | None:
    """The answer of the first pattern that matches, 'no' before 'yes'; what is denied once more turns round.

    Where the same is said and denied, nothing is known.
    """
    if not isinstance(fact.patterns, dict):
        return None
    return _answer(fact, fact.patterns, sentences) or _answer(
        fact, fact.patterns, [_bare(s) for s in sentences]
    )


def _refused(before: str) -> bool:
    """Whether what stands before something says that it is not so."""
    return bool(_REFUSED.search(before[-6:]) or _IS_NOT.search(before[-16:]))


def _not_so_after(rest: str) -> bool:
    """Whether what stands after an option says that it did not happen, or that another than the asker is meant."""
    return bool(_NONE_HAPPENED.match(rest) or _NOT_OURS.match(rest) or _NOT_DONE.match(rest))


def _bare(sentence: str) -> str:
    """A sentence without the small words that stand between those that matter."""
    return _SMALL_WORDS.sub("", sentence)


def _answer(fact: Fact, patterns: dict[str, list[str]], sentences: Sequence[str]) -> Known | None:
    for pattern in patterns.get("no", []):
        for sentence in sentences:
            if match := _compiled(pattern).search(_TURNING.sub(_BUT, sentence)):
                before = sentence[: match.start()]
                if _NEGATES.search(match[0]):
                    denied = bool(_NEGATES.match(match[0].lstrip("还尚")) and _NONE_OF.search(before[-6:]))
                else:
                    denied = _refused(before) or bool(_DENIED_NEXT.match(sentence[match.end() :]))
                return Known(denied, match[0].strip("，。；、"))
    said: Known | None = None
    for pattern in patterns.get("yes", []):
        for sentence in sentences:
            for match in _compiled(pattern).finditer(sentence):
                if _taken_back(sentence, *match.span()):
                    return _by_name(fact, sentences, denied_only=True)
                said = said or Known(True, match[0].strip("，。；、"))
    return said or _by_name(fact, sentences) or _by_terms(fact, sentences)


def _by_terms(fact: Fact, sentences: Sequence[str]) -> Known | None:
    """A yes where one clause holds most of the fact's name, plainly: nothing denied, wished for or asked in it."""
    name = normal(re.sub(r"（[^）]*）", "", fact.name))
    core = _bigrams(re.sub(r"[、“”的了]", "", name))
    if _NOT_PLAIN.search(name) or len(core) < _TELLING:
        return None
    for sentence in sentences:
        for clause in re.split(r"[，。；：]", sentence):
            if len(core & _bigrams(clause)) >= _MOST * len(core) and not _NOT_PLAIN.search(clause):
                return Known(True, clause)
    return None


def _taken_back(sentence: str, start: int, end: int) -> bool:
    """Whether words that say yes are denied around them, before (不是…) or after (…还没做), in the same clause."""
    before = re.split(r"[，。；、：:(（但而却]", sentence[:start])[-1][-_SCOPE:]
    after = re.split(r"[，。；、]", sentence[end:])[0][:_SCOPE]
    # 没出过事故也没失信: what says no itself is only turned round by 不是.
    denies = _NOT_SO if _NEGATES.match(sentence[start:]) else _DENIES_BEFORE
    return bool(denies.search(before) or _DENIES_AFTER.match(after))


def _by_name(fact: Fact, sentences: Sequence[str], denied_only: bool = False) -> Known | None:
    """A yes-or-no fact whose name stands in a sentence word for word, with or without a denial before it."""
    name = normal(re.sub(r"（[^）]*）", "", fact.name))
    for sentence in sentences:
        place = sentence.find(name)
        if place >= 0 and len(name) >= _WORD_FOR_WORD:
            denied = _REFUSED.search(sentence[:place][-6:])
            if denied or not denied_only:
                return Known(not denied, (denied[0] if denied else "") + name)
    return None


def _choice(fact: Fact, sentences: Sequence[str]) -> Known | None:
    """The option named after the fact's own name, else by the patterns, else the option written out."""
    held = (
        _after_name(fact, sentences)
        or _by_patterns(fact, sentences)
        or _written_out(fact, sentences)
        or _by_level(fact, sentences)
    )
    if not held:
        return None
    complete = fact.id not in _SEVERAL or _is_what_one_does(held.values(), sentences)
    options = frozenset(option for key in held for option in key.split(_EITHER))
    either = any(_EITHER in key for key in held)
    return Known(Options(options, complete, either), "、".join(dict.fromkeys(held.values())))


def _is_what_one_does(words: Iterable[str], sentences: Sequence[str]) -> bool:
    """Whether some words say what somebody does as a whole: 我们做软件的, 软件公司."""
    return any(
        re.search(rf"{_DOING}{re.escape(said)}|{re.escape(said)}{_FIRM}", sentence)
        for said in words
        for sentence in sentences
    )


def _by_patterns(fact: Fact, sentences: Sequence[str]) -> dict[str, str]:
    """Option → words. The first option that matches, or all where several may hold."""
    if fact.id in _OF_ONESELF:
        return _of_oneself(fact, sentences)
    held: dict[str, str] = {}
    for option, patterns in fact.patterns.items() if isinstance(fact.patterns, dict) else ():
        for pattern in patterns:
            for sentence in sentences:
                match = _compiled(pattern).search(sentence)
                if match and not (
                    _refused(sentence[: match.start()]) or _not_so_after(sentence[match.end() :])
                ):
                    held.setdefault(option, match[0])
        if held and fact.id not in _SEVERAL:
            break
    return held


def _of_oneself(fact: Fact, sentences: Sequence[str]) -> dict[str, str]:
    """The option said first, as one introduces oneself before naming others; not after 从, 跟, 向 and the like."""
    places: list[tuple[int, int, str, str]] = []
    for option, patterns in fact.patterns.items() if isinstance(fact.patterns, dict) else ():
        for pattern in patterns:
            for number_, sentence in enumerate(sentences):
                for match in _compiled(pattern).finditer(sentence):
                    before = sentence[: match.start()]
                    if not _REFUSED.search(before[-6:]) and not _OF_ANOTHER.search(before[-10:]):
                        places.append((number_, match.start(), option, match[0]))
    return {min(places)[2]: min(places)[3]} if places else {}


def _by_level(fact: Fact, sentences: Sequence[str]) -> dict[str, str]:
    """`工业互联网平台被认定为省级的`: an option's kind and its level apart from each other in one sentence.

    Where the options are levels alone, the kind is the fact's own name. A sentence that names two levels says none.
    """
    graded = {option: _graded(option) for option in fact.options}
    levels = {level for level, _ in graded.values() if level}
    for option, (level, kind) in graded.items():
        core = _bigrams(kind or _LEVEL_OF.sub("", re.sub(r"（[^）]*）", "", fact.name)))
        if not level or not core:
            continue
        for sentence in sentences:
            said = {other for other in levels if re.search(_LEVELS[other], sentence)}
            if said == {level} and len(core & _bigrams(sentence)) >= _MOST * len(core):
                match = re.search(_LEVELS[level], sentence)
                if match and not _REFUSED.search(sentence[: match.start()][-6:]):
                    return {option: sentence.strip("，。；、")}
    return {}


def _graded(option: str) -> tuple[str, str]:
    """An option's level and the rest of it; "" where it has none."""
    for level in _LEVELS:
        if option.startswith(level) or option.endswith(level):
            return level, normal(re.sub(r"（[^）]*）", "", option)).replace(normal(level), "", 1)
    return "", option


def _bigrams(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1))


def _after_name(fact: Fact, sentences: Sequence[str]) -> dict[str, str]:
    """`学历学位是博士`: the option right after the fact's name."""
    name = re.escape(normal(fact.name.partition("（")[0]))
    options = sorted(fact.options, key=len, reverse=True)
    pattern = rf"{name}(?:[(（][^）)]*[)）])?(?:是|为|：|:|属于?)\s*({'|'.join(re.escape(normal(o)) for o in options)})"
    spelt = {normal(option): option for option in options}
    for sentence in sentences:
        if options and (match := _compiled(pattern).search(sentence)):
            return {spelt[match[1]]: match[0]}
    return {}


def _written_out(fact: Fact, sentences: Sequence[str]) -> dict[str, str]:
    """Options that stand in a sentence word for word, the longest only; short ones say too little by themselves."""
    for option in sorted(fact.options, key=len, reverse=True):
        words = normal(option)
        for sentence in sentences:
            place = sentence.find(words)
            if place < 0 or len(words) < _WORD_FOR_WORD or _refused(sentence[:place]):
                continue
            if not _not_so_after(sentence[place + len(words) :]):
                return {option: words}
    return {}


def normal(text: str) -> str:
    """The spelling that `worded` gives everything."""
    return unicodedata.normalize("NFKC", text)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A figure that may be a fact's, with where its words and its number stand."""

    known: Known
    sentence: int
    words: tuple[int, int]
    number: tuple[int, int]

    def within(self, other: _Candidate) -> bool:
        """Whether other words around the same number say more."""
        return (
            self.sentence == other.sentence
            and self.number == other.number
            and other.words[0] <= self.words[0]
            and self.words[1] <= other.words[1]
            and other.words != self.words
        )


def _candidates(fact: Fact, wording: Wording, catalogue: Catalogue, day: date) -> list[_Candidate]:
    """All figures that a fact's patterns find, those of the first pattern first."""
    sentences = wording.figures
    out = []
    for pattern in fact.patterns if isinstance(fact.patterns, list) else []:
        for place, sentence in enumerate(sentences):
            for match in _compiled(pattern).finditer(sentence):
                if match["value"] is None:
                    continue
                start, end = match.span("value")
                if fact.id in GRANTED and only_applied_for(sentence, start, end):
                    continue
                if only_wanted(sentence[:start]):
                    continue
                if fact.unit == "firm" and _PEOPLE_NEXT.match(sentence, end):
                    continue
                if fact.type == "count" and (
                    _PART_OF.search(match[0][: start - match.start()]) or sentence.startswith("亿", end)
                ):  # and 11个亿 counts no things
                    continue
                if fact.type == "count" and start == match.start() and _counted_after(sentence, match.end()):
                    continue
                if fact.id.endswith(_LAST_YEAR) and _of_an_earlier_year(sentence[: match.start() + 1], day):
                    continue
                before, after = sentence[max(0, start - _BEFORE) : start], sentence[end : end + _AFTER]
                value = number(fact, match["value"], before, after)
                if (
                    fact.type == "count"
                    and _NOT_EVEN_ONE.search(sentence[:start])
                    and _ONE.match(match["value"])
                ):
                    value = Range.of(0)
                if value is not None:
                    known = Known(value, match[0].strip("，。；、"))
                    out.append(_Candidate(known, place, match.span(), (start, end)))
    return out


_PEOPLE_NEXT = re.compile(
    r"(?:[专兼]职|创业|管理|服务|科研|研发|技术)*(?:导师|人员|专家|员工|职工|博士|硕士|研究生|老师|教授|辅导员|管理员)"
)  # 5个创业导师 are no firms
_PART_OF = re.compile(
    r"(?:人员?|[职员]工|企业|机构)(?:里[面头]?|当中|其中)(?:有|的)?$"
)  # 科研人员里20个硕士: the figure counts some of them
_COUNTED_AFTER = re.compile(
    r"[^，。；\d零一二两三四五六七八九十百]{0,5}?(?:是|有|为|就|才|共|只)+\s*[\d零一二两三四五六七八九十百]+\s*[多余来]?(?:家|个)(?!月|人)"
)


def _counted_after(sentence: str, end: int) -> bool:
    """Whether the number behind the things is theirs: in 项目十八个备案过的企业是六家 the first counts what is before."""
    return bool(_COUNTED_AFTER.match(sentence, end))


_LAST_YEAR = "_last_year"
_YEAR_BEFORE = re.compile(r"(?:(?P<before>大?前)|(?P<year>20\d\d))年?[^，。；\d]{0,4}$")


def _of_an_earlier_year(before: str, day: date) -> bool:
    """Whether the words before a figure date it earlier than last year: 前年卖了2800万."""
    said = _YEAR_BEFORE.search(before)
    return said is not None and (bool(said["before"]) or int(said["year"]) < day.year - 1)


def _own(name: str, figures: dict[str, list[_Candidate]], catalogue: Catalogue) -> _Candidate | None:
    """A fact's figure: the first that is not another fact's by words that say more (高端研发机构2家 is no 研发机构2家)."""
    kind = catalogue.facts[name].type
    rivals = [
        c
        for other, some in figures.items()
        if other != name and catalogue.facts[other].type == kind
        for c in some
    ]
    for candidate in figures[name]:
        if not any(candidate.within(rival) for rival in rivals):
            return candidate
    return None


def _said(fact: Fact, sentences: Sequence[str], catalogue: Catalogue, day: date) -> Known | None:
    """A date or a place."""
    for pattern in fact.patterns if isinstance(fact.patterns, list) else []:
        for sentence in sentences:
            for match in _compiled(pattern).finditer(sentence):
                words = match[0].strip("，。；、")
                if fact.type == "date" and (day_ := day_said(match["value"], day)):
                    return Known(day_, words)
                place = catalogue.regions.known(match["value"]) if fact.type == "region" else None
                if place and not _OUTSIDE.search(sentence):
                    return Known(place, words)
    return None
