"""What a question names: documents, clause numbers, years, places, the kind of answer it wants, official words."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import opencc

from index.sounds import Sounds, corrected
from index.tokens import phrases, terms
from ingest.knowledge import Vocabulary
from ingest.lines import repair_words
from ingest.text import chinese_number, doc_numbers, fold

# Ordered: the first pattern that matches decides.
_KINDS: list[tuple[str, re.Pattern[str]]] = [
    (
        "validity",
        re.compile(
            r"有效吗|有效么|还有效|(?<!签证)(?<!签证的)(?<!签证及)(?<!证件)(?<!证件的)(?<!许可)(?<!许可的)(?<!可证)(?<!可证的)(?<!证书)(?<!证书的)(?<!居留)有效期|失效|过期|到期|作废|废止|取代|替代|还能用|还在(?:执行|用|实行)|还(?:算数|作数|管用|执行|实行)|作数[吗么不]|现在还(?:能|可以)(?:再)?(?:申请|申报|报名?|领|享受)|施行到|截止到?哪|"
            r"(?:什么时候|何时|哪[一]?天|几时|哪[一]?年).{0,8}(?:施行|实施|生效|结束|终止|执行|算数|作数|起用)|(?:施行|实施|生效).{0,6}(?:日期|时间)|still (?:valid|in force)|expire"
        ),
    ),
    (
        "compare",
        re.compile(
            r"区别|不同|(?:有(?:啥|什么|何|哪些)?|哪里|哪儿)不一样|差别|差异|差在|差多少|对比|比较|相比|变化|(?<!没)变了|(?:新|老|旧)版|新旧|新老|哪个(?:更|高|多)|哪[一]?[类种边家](?:更|高|多|立项|奖|补|给)|改了(?:什么|哪)|compare|difference|versus|\bvs\b"
        ),
    ),
    (
        "materials",
        re.compile(
            r"材料|资料|证明|表格|提交(?:什么|哪些)|要带(?:什么|啥)|准备(?:什么|啥|哪)|(?:传|交|带|备|递|拿|凑)[^，。；？?]{0,3}(?:哪[些几]样?|什么|啥)(?:东西|文件|手续|证件)|(?:[要得该][交递备]|备齐|备好|提供)(?:齐|好|些|点|哪些|哪几样)?(?:什么|啥|哪些|哪几样)|(?<![移成])交(?:些|点)?(?:什么|啥)(?![样税]|时候)|(?:documents?|materials?) (?:are |is )?(?:needed|required)|what (?:documents?|materials?)"
        ),
    ),
    (
        "procedure",
        re.compile(
            r"填什么表|(?:先)?(?:交|递|报)(?:到|给)(?:哪|谁)|向谁申[报请]|哪个(?:系统|网站?|平台)(?:上|里)?(?:面)?(?:申报|申请|报|提交)|怎么(?:选?派|下来)|怎么(?:申请|申报|办|报|领|弄|操作|认定|走|兑|换成|批(?!评))|[哪几][几]?步|如何(?:申请|申报|办|领|兑现|认定|操作)|流程|程序|步骤|环节|[哪几][几]?(?:道)?(?:关|手续)|谁那一?关|走法|从头到尾|顺一遍|先在?哪(?:里|儿|一级)?(?:交|递|报|提交|申请)|到哪(?:里|儿)?去?(?:拿|领|取)|在哪(?:里|儿)?(?:申请|申报|报|办|领)|去哪|how (?:do|to|can)"
        ),
    ),
    (
        "department",
        re.compile(
            r"哪个(?:部门|单位|局|处|机构|办公室|委|科室)|哪家(?:公司|单位)(?:在)?(?:管|审|负责)|谁(?:评审|拍板|在抓|在管|把关)|归哪|设(?:在)?哪(?:儿|里|个)?|放在哪个|向谁报(?=[？?]|$)|什么部门|哪家单位|归谁|找谁|谁(?:负责|来|审|管|解释|发)|牵头|主管部门|责任单位|哪些部门|哪几个部门|who |which (?:department|bureau|agency|authority|office)"
        ),
    ),
    (
        "deadline",
        re.compile(
            r"什么时候|何时|几月|几个月|哪[一]?天|多久|多长时间|截止|期限|几天|几个工作日|时限|几年(?:内|之内)?|哪一年|什么时点|when|deadline"
        ),
    ),
    (
        "definition",
        re.compile(
            r"什么(?:是|叫|意思)|是什么|指的?是?(?:什么|啥)|定义|含义|啥意思|(?:是|指)(?:的是)?个?(?:啥|什么)东西|指的?是?哪[一]?[类种样]|怎么(?:个)?(?:解释|说法)|(?:什么|啥)概念|(?:做|干)(?:什么|啥)用的?|说的(?:是|就是)(?:什么|啥|哪|怎么)|怎么个[\u3400-\u9fff]{1,3}法|怎么(?:来)?划(?:分)?的|到底(?:是|算)(?:个)?(?:什么|啥)|(?:哪|啥|什么|怎)样(?:的|儿)?[^，。；？?]{0,10}?(?:才|能|可以)(?:叫|算)|怎么(?:界定|定义|理解)|如何界定|(?:主要|究竟|到底|拿来|拿它来?)[^，,。？?]{0,4}(?:干|做)(?:什么|啥|嘛)|(?:干|做)嘛用|何种|啥(?:叫|才叫|样的)|怎样的[\u3400-\u9fff]{2,6}[？?]?$|是哪种|指的?哪种|是个什么|^[^，,。？?条件料求准程]{2,16}是(?:个)?啥[？?]?$|怎么算[？?]?$|指的?是?哪(?:些|几)|[”\x22][^，,。；？?]{0,10}?(?:是|指|包括)(?:的是)?(?:哪|什么|啥|谁)|算不算(?:在)?(?:里头|里面|其中|数)|多大[^，,。？?]{0,8}才?算|what (?:is|are)(?! the (?:max|min|limit|cap|ceiling|amount|rate|deadline|requirement|condition|criteria|eligib|difference|material|step))"
        ),
    ),
    (
        "list",
        re.compile(
            r"有哪些|哪些|有(?:什么|啥)(?:好处|优惠|扶持|支持|待遇|福利|政策)|^[^，。；？?]{2,14}(?:好处|优惠|待遇|福利|扶持)[？?]?$|哪[几二两三四五六七八九十](?!年|月|天|号|步)|列出|名单|都有(?:谁|什么|啥)|包括(?:什么|哪)|几类|几种|几条|几个?档|which (?:types|kinds)|list "
        ),
    ),
    (
        "statistic",
        re.compile(
            r"(?:19|20)?\d\d年.*(?:全市|全区|全省|全县|累计|总数|总量|一共|总共|同比|增长|增幅|增速|占比|比重|产值|增加值|排名|排第|位次|有多少家|多少件|多少项|多少家|多少人|多少亿|年底)|"
            r"(?:全市|累计|同比|年底|共有|一共有|总共有).*(?:多少|几)|how many .*(?:were|was|did|had) "
        ),
    ),
    (
        "amount",
        re.compile(
            r"多少|几多|几万|几[百千]|几成|百分之几|最高|上限|封顶|比例|额度|标准|补(?:贴|助)?多|给多|能拿|能领|几个点|几个钱|给几|奖(?:励)?多|how much|how many|amount|maximum|ceiling|limit"
        ),
    ),
    (
        "eligibility",
        re.compile(
            r"条件|资格|要求|门槛|能不能|可不可以|可以(?:申|报|领|拿|享)|能否|是否|符合|能(?:申报|申请|报|享受|领)|什么(?:企业|公司|人|单位)能?|够不够|算不算|行不行|eligib|qualif|requirement|condition|criteria|can (?:i|we|my|our) "
        ),
    ),
]
# 雏鹰企业补助: who types no more than a grant's name wants to know what it comes to.
_BARE_GRANT = re.compile(
    r"^[^，,。；;？?！!]{2,14}(?:奖励|奖金|补助|补贴|津贴|资助|贴息)(?:政策|资金)?[？?。]?$"
)
_STILL_OPEN = re.compile(
    r"^(?:那|这个)?(?:现在|今年|目前)还(?:能|可以)(?:再|继续)?(?:申请|申报|报名?|领|享受)[吗么不？?]*$"
)
_CLAUSE = re.compile(
    r"第([一二三四五六七八九十百零\d]{1,4})条(?:第?[（(]([一二三四五六七八九十]{1,3})[）)]项?)?(?:第([一二三四五六七八九十\d]{1,2})款)?"
)
_SHORT_NUMBER = re.compile(r"(?<![\d〔〕])(\d{1,3})号(?:文|文件|令)?")
_YEAR = re.compile(
    r"(?<![\d.])((?:19|20)\d\d)(?![\d.])(?!\s*(?:多|余)?\s*[万亿元家个项件人名平米亩台套吨户辆条])"
)
_SHORT_YEAR = re.compile(r"(?<![\d满近第成过])(1[5-9]|2[0-9])年(?!内|以上|以下|期|来|前|后)")
_SHORT_VERSION = re.compile(r"(?<!\d)(1[5-9]|2[0-9])版")
_HAN_DIGITS = {d: str(i) for i, d in enumerate("零一二三四五六七八九")} | {"〇": "0"}
_HAN_YEAR = re.compile(r"((?:[一二][九零〇])?[零〇一二][零〇一二三四五六七八九])年(?!以|之|期|内)")
# Characters that are taken for others so often that both are in print.
_WRITTEN_FOR = {
    "劵": "券",
    "人材": "人才",
    "才料": "材料",
    "帐户": "账户",
    "帐号": "账号",
    "做帐": "做账",
    "帐目": "账目",
}
_WRITTEN_WRONG = re.compile("|".join(_WRITTEN_FOR))
_ANY_YEAR = re.compile(
    r"20\d\d\s*[-—–~～至到]+\s*20\d\d\s*年?|(?<![\d.〔\[(（])(?:(?:19|20)\d\d|1[5-9]|2[0-9])\s*年(?![内期来])"
)
_TITLE_QUOTE = re.compile(r"《([^》]{3,60})》")


# Words of a question about what another document says, which the first one cites.
_REFERS = re.compile(
    r"依据|援引|引用|参照|所指|提到的|里说的|转引|根据.{0,12}(?:哪|那|该)|"
    r"(?:该|那[份个项]|这[份个项])(?:意见|办法|文件|通知|计划|政策|细则)|按.{0,10}(?:规定|文件|办法)执行"
)
# What a question in English asks for, in the words of those who ask in Chinese.
_ASKED_AS = {
    "amount": "多少",
    "statistic": "有多少",
    "eligibility": "要什么条件",
    "procedure": "怎么申请",
    "department": "哪个部门负责",
    "deadline": "什么时候",
    "validity": "还有效吗",
    "definition": "什么是",
    "materials": "要交什么材料",
    "compare": "有什么区别",
    "list": "有哪些",
}
_LONG = 45  # characters
_SENTENCE = 3  # words of English; fewer may be names such as GDP
PARTS = re.compile(r"[，,。.；;！!？?\n]|(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_ASKS = re.compile(
    r"多少|几[个家万年月天点级项次种类条倍成]|吗$|吗|呢$|怎么|如何|什么|啥|哪|谁|能不能|可不可以|能否|是否|有没有|够不够|算不算|多久|多大|多高|行不行|要不要|上限|条件|封顶"
)
_WHETHER = re.compile(r"是不是|在不在|[了过](?:没|没有)$|还[能在算]|([\u3400-\u9fff])[不没]\1")
# What a question asks of its subject.
_ASKED_OF = re.compile(
    r"(?:有|要|需要|得|应)?(?:什么|哪些|啥|几个?)(?:样的)?(?:条件|要求|材料|资格|流程|程序|手续|部门|标准)|"
    r"(?:一年|每年|一次|一共|最多|最高|到底|具体)*(?:能|可以|给|补|奖|资助|拿|领|补助|奖励|补贴)*(?:最多|最高)?(?:能|可以)?(?:给|补|奖|资助|拿|领|补助|奖励|补贴)*多少(?:钱|万|元)?|"
    r"怎么(?:申请|申报|办|报|领|认定|用|算|兑现)|如何(?:申请|申报|办理?|领取?|认定)|什么时候|多久|还?有效吗|是什么(?:意思)?|(?:归|由)?(?:哪个|什么)(?:部门|单位)(?:负责|管)?"
)
_ASKS_ANEW = re.compile(r"多[少久大长高]|几|怎么|如何|什么|啥|哪|谁|能不能|能否|可以|是否|有没有|要不要|吗")
# "And in Fuyang?", "no, I meant 2018": the same is asked again, of something else.
_THE_SAME_OF = re.compile(r"^(?:那|那么)?[^，。？?]{1,8}呢|^不对|我(?:问|说|指)的是")
# "And the papers?": another thing of the same programme.
_ANOTHER_THING = re.compile(
    r"^(?:那|那么)?(?:要|要交|申报|申请|认定|兑现)?的?(?:材料|资料|条件|要求|流程|程序|步骤|手续|时间|期限|部门|有效期)(?:呢|方面)?[？?。]?$"
)
# The same of the version that came after: 照后面那版算.
NEWER = re.compile(
    r"换过?了?一?版|新的?那?一?版|新的那[个份]|(?:后来|后面|后头|之后)(?:新?出|改)?的?(?:那?一?[个版份])|后[来面](?:新?出|改)的|现行的?那?[个版份]"
)
_POINTS_BACK = re.compile(r"这|那[个项些笔种份条样]|它|其中|该|上[面述]|刚才|前[面述]|里[面头]")
_FILLER = re.compile(
    r"请问|请教|麻烦|想问(?:一下|下)?|问一下|咨询(?:一下)?|我想(?:知道|了解)?|想(?:知道|了解)|帮我(?:看看|查查|查一下)?|告诉我|听说|好像|是不是|"
    r"我们(?:公司|单位|企业|这边|这种|是)?|我(?:们|家|司|的)?|你们|他们|咱们?|你好|您好|一下|到底|究竟|大概|具体|目前|现在|今年|去年|"
    r"怎么(?:样|算|回事)?|如何|什么(?:时候|样|的)?|为什么|哪(?:些|个|里|几个?|家|儿|年|天|一)?|多少(?:钱|家|个|人|件|元)?|几(?:个|家|万|多|年|月|天)|"
    r"可不可以|能不能|能否|是否|可以|有没有|有多少|是多少|给多少|多久|多大|多长|多高|"
    r"吗|呢|啊|呀|吧|嘛|么|哦|了|的|是|就|都|也|会|要"
)


class Expansion(NamedTuple):
    """An everyday word found in the question and an official term that it stands for."""

    word: str
    target: str
    weight: float


@dataclass(slots=True)
class QueryHints:
    """What a question says about where its answer stands.

    `corrected` is the text with words of the same sound put in that were likely meant, or the official terms for a
    question in English; `context` is what the user asked
    before and means along, `reply` what was answered, and `leaning` how much the question rests on both. `topics` are the terms of the
    vocabulary that the question is about, each with all its spellings; `refers` says that it asks what another document
    says, to which one refers. `found_before` are the documents of what was found for the context, best first, for who
    has them; else it is searched for.
    """

    text: str
    corrected: str = ""
    context: str = ""
    reply: str = ""
    leaning: float = 1.0
    kind: str | None = None
    kinds: list[str] = field(default_factory=list)
    doc_numbers: list[str] = field(default_factory=list)
    short_numbers: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    clause_paths: list[str] = field(default_factory=list)
    paragraph: int | None = None
    years: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    other_places: list[str] = field(default_factory=list)
    expansions: list[Expansion] = field(default_factory=list)
    topics: list[tuple[str, ...]] = field(default_factory=list)
    refers: bool = False
    found_before: list[str] | None = None


_MARKUP = re.compile(
    r"</?[a-zA-Z][^<>\n]{0,200}>"
)  # what a page or an attack leaves in a question asks nothing


def clean_question(text: str) -> str:
    """NFKC, simplified characters, control characters and markup out, white space single; OCR and copy-paste remnants repaired.

    二零一八年 becomes 2018年, and 18版 2018年版.
    """
    text = _simplified(unicodedata.normalize("NFKC", text))
    text = "".join(
        " " if ch in "\t\r\n" else ch for ch in text if ch in "\t\r\n" or unicodedata.category(ch)[0] != "C"
    )
    text = _MARKUP.sub(" ", text)
    text = _HAN_YEAR.sub(lambda m: "".join(_HAN_DIGITS[d] for d in m.group(1)) + "年", text)
    text = _SHORT_VERSION.sub(r"20\1年版", text)
    text = _WRITTEN_WRONG.sub(lambda m: _WRITTEN_FOR[m.group()], text)
    return re.sub(r"\s+", " ", repair_words(text)).strip()


def _simplified(text: str) -> str:
    return text if text.isascii() else str(_to_simplified().convert(text))


@functools.cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def content_terms(question: str) -> list[str]:
    """Index terms of a question without the words that only make it a question.

    >>> content_terms("请问创新券最多能领多少钱？")
    ['创新', '新券', '券最', '最多', '多能', '能领']
    """
    return list(dict.fromkeys(terms(_FILLER.sub(" ", question))))


def content_phrases(question: str) -> list[str]:
    """Phrases of a question without the words that only make it a question."""
    return list(dict.fromkeys(phrases(_FILLER.sub(" ", question))))


def focus(text: str) -> str:
    """The parts of a long text that ask something; "" where the text is short or nothing sets them apart.

    >>> focus("我开了三年面馆，搬过两次家，女儿今年上小学，最近想换个行当，听说众创空间有补助，一年能补多少？")
    '听说众创空间有补助 一年能补多少'
    """
    if len(text) < _LONG:
        return ""
    parts = [part for part in PARTS.split(text) if part.strip()]
    asking = [i for i, part in enumerate(parts) if _ASKS.search(part)]
    # What is asked about is often named just before.
    kept = sorted({i for place in asking for i in (place - 1, place) if i >= 0})
    return " ".join(parts[i].strip() for i in kept) if asking and len(kept) < len(parts) else ""


class QueryAnalyser:
    """Reads hints from questions with the vocabulary and the documents at hand."""

    def __init__(self, vocabulary: Vocabulary, sounds: Sounds | None = None) -> None:
        self._sounds = sounds
        words = [word for term in vocabulary.terms for word in [*term.say, *term.official]]
        words += [name for place in vocabulary.places for name in [place.name, *place.aliases]]
        self._pairs = {word[i : i + 2] for word in words for i in range(len(word) - 1)}
        self._expansions: dict[str, list[tuple[str, float]]] = {}
        self._topics: dict[str, tuple[str, ...]] = {}
        for term in vocabulary.terms:
            if term.weight == 1:
                spellings = tuple(fold(word) for word in [*term.official, *term.say])
                self._topics.update(
                    {word: spellings for word in spellings if len(word) > 2 or word.isascii()}
                )
            for word in [*term.say, *term.en]:
                targets = [(o, term.weight) for o in term.official if fold(o) != fold(word)]
                if targets:
                    self._expansions.setdefault(
                        fold(word) if not word.isascii() else word.lower(), []
                    ).extend(targets)
        self._places: dict[str, str] = {}
        for place in vocabulary.places:
            for alias in [place.name, *place.aliases]:
                self._places[alias.lower()] = place.name
        self._other = sorted(vocabulary.other_places, key=len, reverse=True)
        self._expansion_lengths = _lengths(self._expansions)
        self._topic_lengths = _lengths(self._topics)

    def stands_for(self, name: str) -> bool:
        """Whether a name ends in an everyday word for something official (那个科技券)."""
        folded = fold(name)
        return any(folded[start:] in self._expansions for start in range(len(folded) - 2))

    def asking(self, question: str) -> str:
        """A question with the words that it asks with as they are written, where they were typed by sound."""
        return self._sounds.asking(question) if self._sounds else question

    def hints(self, question: str, context: str = "", reply: str = "", leaning: float = 1.0) -> QueryHints:
        """The hints in a question; `context` and `reply` are what was asked and said before."""
        text = clean_question(question)
        meant = corrected(text, self._sounds.heard(text, self._pairs)) if self._sounds else text
        context, reply = clean_question(context), clean_question(reply)
        if context and leaning == 1 and _STILL_OPEN.match(text):
            text = meant = "现在还有效吗"  # its words are those of every clause on applying
        years, places = _years(text), self.places_in(meant)
        if years or (
            context and NEWER.search(meant)
        ):  # "I meant 2018": what was said of another year is not meant
            context, reply = (_ANY_YEAR.sub("", said) for said in (context, reply))
        if places:  # "and in Yuhang?"
            context, reply = (self._without_places(said) for said in (context, reply))
        if context and leaning == 1:
            context = self._topic_only(meant, context)
            anew = _ANOTHER_THING.search(meant) or (
                _ASKS_ANEW.search(meant) and not _THE_SAME_OF.search(meant)
            )
            if anew and content_terms(meant) and not _POINTS_BACK.search(meant):
                reply = ""  # what was answered is not what is asked now
        hints = QueryHints(text, meant, context, reply, leaning)
        lowered = meant.lower()
        hints.kinds = _kinds(lowered)
        hints.kind = hints.kinds[0] if hints.kinds else None
        hints.doc_numbers = doc_numbers(text)
        if not hints.doc_numbers:
            hints.short_numbers = _SHORT_NUMBER.findall(text)
        hints.titles = _TITLE_QUOTE.findall(text)
        for match in _CLAUSE.finditer(text):
            number = chinese_number(match.group(1))
            if number is None:
                continue
            hints.clause_paths.append(_article(number) + (f"（{match.group(2)}）" if match.group(2) else ""))
            if not match.group(2):  # people say 第三条 for 三、 too, where a document has no articles
                hints.clause_paths.append(f"{_article(number)[1:-1]}、")
            hints.paragraph = chinese_number(match.group(3)) if match.group(3) else hints.paragraph
        hints.years = years
        hints.places = places
        hints.other_places = [p for p in self._other if p in text]
        if context and leaning == 1:
            self._inherit(hints)
        before = hints.context if leaning == 1 else ""
        hints.expansions = self._expand(f"{lowered} {before.lower()}".strip())
        if text.isascii() and len(text.split()) >= _SENTENCE and hints.expansions:
            self._translate(hints)
            meant = hints.corrected
        hints.refers = bool(_REFERS.search(text))
        hints.topics = self._find_topics(fold(f"{meant} {before}"))
        return hints

    def _translate(self, hints: QueryHints) -> None:
        """Put a question in English into the official terms for its words: they are all that the documents can match."""
        said = {e.word: e.target for e in reversed(hints.expansions)}  # one for each word
        words = set(re.findall(r"[a-z']+", hints.text.lower()))
        here, elsewhere = self._places_in_english
        hints.places = [name for spelling, name in here.items() if spelling in words]
        hints.other_places = [name for spelling, name in elsewhere.items() if spelling in words]
        asked = _ASKED_AS.get(hints.kind or "", "")
        parts = [f"{year}年" for year in hints.years] + hints.places + hints.other_places
        parts += [said[word] for word in dict.fromkeys(e.word for e in hints.expansions)]
        parts = [asked, *parts] if hints.kind == "definition" else [*parts, asked]
        hints.text = hints.corrected = " ".join(parts).strip()

    @functools.cached_property
    def _places_in_english(self) -> tuple[dict[str, str], dict[str, str]]:
        """The names of Hangzhou's districts, and of places elsewhere, as English writes them: in pinyin."""
        from pypinyin import lazy_pinyin

        def spelled(names: Iterable[str]) -> dict[str, str]:
            return {"".join(lazy_pinyin(name.rstrip("市省区县"))): name for name in names if len(name) > 1}

        return spelled({n for n in self._places.values() if n != "杭州市"}), spelled(self._other)

    def _topic_only(self, text: str, context: str) -> str:
        """What was asked before without what the new question asks instead: its subject, or what is asked of it."""
        asks = any(pattern.search(text.lower()) for _, pattern in _KINDS)
        if _ANOTHER_THING.search(text) or (asks and not _THE_SAME_OF.search(text)):
            context = _ASKED_OF.sub(" ", context)
        if self._find_topics(fold(text)):
            for spellings in self._find_topics(fold(context)):
                for spelling in sorted(spellings, key=len, reverse=True):
                    context = context.replace(spelling, " ")
        return re.sub(r"\s+", " ", context).strip()

    def _inherit(self, hints: QueryHints) -> None:
        """Take from the conversation what a question that leans on it leaves unsaid."""
        before = self.hints(hints.context)
        if not hints.kinds:
            hints.kinds, hints.kind = before.kinds, before.kind
        if not (hints.doc_numbers or hints.short_numbers or hints.titles):
            hints.doc_numbers, hints.titles = before.doc_numbers, before.titles
            hints.short_numbers = before.short_numbers
        hints.years = hints.years or before.years
        hints.places = hints.places or before.places

    def _without_places(self, text: str) -> str:
        for alias in self._found(text.lower()):
            text = text.replace(alias, " ")
        return text

    def places_in(self, text: str) -> list[str]:
        """Hangzhou's districts and counties that a text names, by their present names."""
        found = self._found(text.lower())
        return [p for p in dict.fromkeys(self._places[a] for a in found) if p != "杭州市"]

    def _found(self, lowered: str) -> list[str]:
        return [alias for alias in sorted(self._places, key=len, reverse=True) if alias in lowered]

    def _find_topics(self, folded: str) -> list[tuple[str, ...]]:
        """Vocabulary terms in a text; the longest at each place decides."""
        found: list[tuple[str, ...]] = []
        position = 0
        while position < len(folded):
            for length in self._topic_lengths.get(folded[position : position + 2], ()):
                spellings = self._topics.get(folded[position : position + length])
                if spellings is None or (
                    folded[position].isascii() and _inside_word(folded, position, length)
                ):
                    continue
                if spellings not in found:
                    found.append(spellings)
                position += length - 1
                break
            position += 1
        return found

    def _expand(self, lowered: str) -> list[Expansion]:
        """Official terms for the everyday words in a text; the longest word at each place decides."""
        compact = re.sub(r"\s+", " ", lowered)
        out: dict[str, Expansion] = {}
        position = 0
        while position < len(compact):
            step = 1
            for length in self._expansion_lengths.get(compact[position : position + 2], ()):
                word = compact[position : position + length]
                if word not in self._expansions:
                    continue
                if word.isascii() and _inside_word(compact, position, length):
                    continue
                for target, weight in self._expansions[word]:
                    if target not in compact and (target not in out or out[target].weight < weight):
                        out[target] = Expansion(word, target, weight)
                step = length
                break
            position += step
        return list(out.values())


def _lengths(words: Iterable[str]) -> dict[str, list[int]]:
    """First two letters → lengths of the words that begin with them, longest first."""
    out: dict[str, set[int]] = {}
    for word in words:
        if len(word) > 1:
            out.setdefault(word[:2], set()).add(len(word))
    return {start: sorted(lengths, reverse=True) for start, lengths in out.items()}


def _inside_word(text: str, position: int, length: int) -> bool:
    before, after = text[position - 1 : position], text[position + length : position + length + 1]
    return (before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum() and after != "s")


def _kinds(text: str) -> list[str]:
    """The kinds of answer that a text may want: first those that a part wants which asks, then those of its story."""
    fitting = [(kind, pattern) for kind, pattern in _KINDS if pattern.search(text)]
    asking = [part for part in PARTS.split(text) if _ASKS.search(part) or _WHETHER.search(part)]
    if not fitting and _BARE_GRANT.search(text):
        return ["amount"]
    told = [kind for kind, pattern in fitting if asking and not any(map(pattern.search, asking))]
    return [*(kind for kind, _ in fitting if kind not in told), *told]


def _years(text: str) -> list[str]:
    """Years that a text names, "18年" read as 2018; the year inside a document number is none."""
    plain = re.sub(r"[〔\[(（]\d{4}[〕\])）]", "", text + "。")
    found = _YEAR.findall(plain) + [f"20{y}" for y in _SHORT_YEAR.findall(plain)]
    return list(dict.fromkeys(found))


def _article(number: int) -> str:
    digits = "零一二三四五六七八九"
    if number < 10:
        return f"第{digits[number]}条"
    tens, ones = divmod(number, 10)
    return f"第{'' if tens == 1 else digits[tens]}十{digits[ones] if ones else ''}条"
