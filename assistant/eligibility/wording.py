"""What somebody wrote, made ready for reading: one spelling, cut into sentences, with what is only asked left out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from assistant.eligibility.dates import arabic_dates
from assistant.eligibility.numbers import numeral

_CJK = r"\u3400-\u9fff"
_GAP = re.compile(rf"(?<=[{_CJK}])[ \t]+(?=[{_CJK}0-9])|(?<=[0-9%])[ \t]+(?=[{_CJK}]{{2}})")
_ENDLESS = re.compile(r"[\d,.]{21,}|[零〇一二两三四五六七八九十百千万亿]{21,}")  # no figure of anybody's
_AND_TENTHS = re.compile(
    r"(?<![零一二两三四五六七八九十百千\d.])([一二两三四五六七八九十百]{1,4}|\d{1,4})([万亿])([一二三四五六七八九])(?=[，。；、）)！？!?]|$|块|元|左右)"
)  # 两万八
_NUMBERED = re.compile(r"[；;，,]?[①-⑳]")  # a list's numbers, no figures
# What only stresses a figure and stands between it and its name: 员工一个不多一个不少正好100人.
_STRESSED = re.compile(
    r"(?:一[个家人项平分块天]不多，?一[个家人项平分块天]不少，?|不多不少，?|(?:刚刚?|才|正好|恰好)满|刚刚好|刚好|正好|恰好|恰恰|整整)+(?=[\d一二两三四五六七八九十百])"
)
_TOGETHER = re.compile(r"一块儿|一块(?=[凑办做干搞来去合投报弄开建给申])")  # no yuan
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;\n]*")
_TELLS = 12  # characters: less tells nothing by itself
_LONG = 60  # characters without a stop are speech
_WHOLE = re.compile(r"(?:[^，,。！？!?；;\n:]|(?<=\d):(?=\d))+(?:[，,。！？!?；;\n]|(?<!\d):|:(?!\d))*")
_ASKING = re.compile(
    r"能不能|能否|可不可以|可否|够不够|够条件|够格|算不算|是否|是不是(?:可以|能|就|符合)|行不行|行得通|走得通|通得过|使得|成不成|符不符合|符合.{0,12}(?:吗|不$|嘛)"
    r"|(?:能|可以|可|会|够|算|符合|拿得到|领得到|能拿|报得了)[^，。；]{0,40}(?:吗|嘛|么|呢|不|吧)[？?。]*$"
    r"|怎么(?:申请|报|算|办)|多少(?:钱)?[？?]*$|奖多少|给多少|拿多少|(?:想|要|打算|准备|拟)(?:要|再)?(?:申请|申报|报|认定|评|拿|领|咨询|问|请问|在20\d\d年申请)|请问|问一下|来问|问的?是"
    r"|(?:有|够)资格[^，。；]{0,6}$|(?:吗|嘛|么|呢)[？?。]*$|[？?]$|给不给|有没有份"
)
# What somebody says they do not know, or puts as a choice (上没上市), tells nothing.
_NOT_KNOWN = re.compile(
    r"([\u4e00-\u9fff])(?:没有?|不)\1(?!少)|不(?:太)?(?:确定|清楚|知道|晓得|记得)|说不(?:清|准|上)|记不(?:清|得)|(?:没|还没|未)(?:有)?(?:细|仔细)?(?:算过?|统计|说|查|问|告诉|确认|核对?)(?:清|好|出来|我)*(?=[，。；]|$)"
    r"|(?:得|要|还要|还得|需要)(?:去|再|回去)?(?:问|查|翻|找|确认|核实|核对|看)(?:一下|下|问|看)*|(?:还)?在(?:查|统计|确认|核实)(?=[，。；]|$)|(?:没|还没)(?:有)?(?:弄|搞)(?:清|明白)|忘了|(?:没|没有|还没)(?:看|注意|留意)(?:到|清|过|见)|没(?:讲|提|说)(?=[，。；]|$)"
    r"|(?:没|未|待)(?:有)?(?:最后|最终|完全)?(?:定(?!向|期|制|位|点)|敲定|落实|谈妥|谈好)"
    r"|(?:打算|准备|计划|想|拟|争取|希望|预计|要|会|将)[^，。；]{0,4}(?:明年|后年|年底|将来|下一步|下半年|过两年)|(?:明年|后年|将来|下一步|下半年)[^，。；]{0,3}(?:打算|准备|计划|想|拟|争取|再|才)"
)
# The programme that a question is about, named in a clause of its own: 新政策里那50万奖励，…
_TOPIC = re.compile(
    r"^(?!.*(?:[拿领](?:了|过|到)|获得|获批|得了|得过|享受|批了|没|未|不|有))[^，。；]*?(?:里|的|中|那|这)[^，。；]{0,14}(?:补助|补贴|奖励|资助|奖补|贴息|扶持|待遇|配套|兑付|优惠|补偿|政策)(?:资金)?[，,:]*$"
    r"|^(?:现在|这样|那|想|要|打算)?(?:申请|申报|去报|报)[^，。；]{2,24}[，,:]*$"
)
_OF_OTHERS = re.compile(
    r"听说|据说|听(?:人|别人|同事|老板|朋友|他们|群里)?(?:说|讲|提)|朋友(?:的|家|公司)|隔壁|别家|别人家|同行(?:的|公司|企业)|人家"
    r"|(?:看到|按|照|这|那|(?<!批复)(?<!批准)(?<!立项))(?:个|份)?(?:文件|政策|通知|办法|细则|意见|公众号|网上|新闻)(?:上|里|中)?面?(?:有)?(?:说|讲|提到|写(?:的是|了|着|明)?|规定)"
)
_ASKER = re.compile(
    r"^(?P<who>[^，。；请想能可帮]{1,24}?(?:公司|企业|厂|单位|机构|团队|学校|医院|院|所|园区|孵化器|平台))(?:来|想|要|这边)?(?:请教|咨询|打听|问)(?:一下|下|问|个事)?[:，]*$"
)
_VERB = re.compile(
    r"能不能|能否|可不可以|可否|够不够|够条件|算不算|是否|行不行|符不符合|能|可以|想|要|打算|准备|怎么|多少|请问"
)
# A programme by its document: 按大学生创业创新三年行动计划报那个资助 makes nobody a student.
_BY_DOCUMENT = re.compile(
    r"(?:想|要|打算|准备)?(?:按照?|根据|依据|依照|照|凭)[^，。；不没]{2,26}?(?:计划|办法|政策|意见|细则|方案)(?:》)?(?:里|中|上)?的?(?=[^，。；]{0,12}?(?:报|申|领|拿|评|享受|补|奖|资助))"
)
_TEN_THOUSANDS = re.compile(r"[一二两三四五六七八九十百千]{1,6}万零?[一二两三四五六七八九十百千]{2,8}")
# In speech without any stops the question is the tail.
_TAIL = re.compile(
    r"(?:像我(?:们)?这样的?|这样的?(?:话)?|那|请问)?(?:能不能|能否|可不可以|够不够|算不算|是不是|是否|可以|能|够)[^，。；]{2,30}(?:吗|不|呀|嘛|么|吧|呢)?[？?。]*$"
)


@dataclass(frozen=True, slots=True)
class Wording:
    """Sentences of one speaker. `told` leaves out what is only asked or said of others, which stands in
    `asked`; `all` has both.

    `figures` is where figures and places may be read: what was told, or, of a message that is all question, what stands
    before the asking (`萧山的规上企业研发费多了300万，能拿补助吗` tells; `研发费多了300万能拿多少` tells a figure).
    """

    told: tuple[str, ...]
    all: tuple[str, ...]
    asked: str = ""
    figures: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All that was told, as one string."""
        return "".join(self.told)

    @property
    def clauses(self) -> list[str]:
        """What was told, clause by clause; what 、 lists stays together."""
        return [c for sentence in self.told for c in _WHOLE.findall(sentence)]


def _in_figures(said: re.Match[str]) -> str:
    """六万二千 as 62000, as patterns of figures look for one numeral."""
    value = numeral(said[0])
    return said[0] if value is None else str(value)


def _who(clause: str) -> str:
    """Who asks, of a clause that only says that somebody does: 做抗体试剂的小公司来问."""
    match = _ASKER.match(clause)
    return f"{match['who']}，" if match else ""


def worded(text: str) -> Wording:
    """A message made ready.

    >>> worded("我们是高企，能评雏鹰企业吗？").told
    ('我们是高企，',)
    """
    text = arabic_dates(unicodedata.normalize("NFKC", _NUMBERED.sub("；", text)))
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    text = text.replace(",", "，").replace(";", "；").replace("?", "？").replace("!", "！")
    text = _AND_TENTHS.sub(lambda m: f"{numeral(m[1])}.{numeral(m[3])}{m[2]}", text)
    text = _TEN_THOUSANDS.sub(_in_figures, text)
    text = _TOGETHER.sub("一起", _STRESSED.sub("", text))
    text = _GAP.sub("，", _ENDLESS.sub("", text))
    sentences = _SENTENCE.findall(text)
    told, asked = [], []
    for sentence in sentences:
        clauses = _WHOLE.findall(sentence)
        only_asked = [
            bool(_ASKING.search(c.rstrip("，、；。")) or _OF_OTHERS.search(c) or _NOT_KNOWN.search(c))
            for c in clauses
        ]
        only_asked = [wish and len(c) < _LONG for c, wish in zip(clauses, only_asked, strict=True)]
        for at in range(len(clauses) - 2, -1, -1):  # what is asked about is named before it
            only_asked[at] = only_asked[at] or (only_asked[at + 1] and bool(_TOPIC.search(clauses[at])))
        kept = "".join(_who(c) if wish else c for c, wish in zip(clauses, only_asked, strict=True))
        wish = "".join(c for c, wish in zip(clauses, only_asked, strict=True) if wish)
        if len(clauses) == 1 and len(sentence) >= _LONG:
            kept = _TAIL.sub("", sentence)
            wish = sentence[len(kept) :]
        told.append(_BY_DOCUMENT.sub("", kept))
        asked.append(wish)
    told = [s for s in told if s.strip()]
    figures = told
    if len("".join(told)) < _TELLS:
        figures = [*told, *(_VERB.split(c)[0] for wish in asked for c in _WHOLE.findall(wish))]
    return Wording(
        tuple(told), tuple(s for s in sentences if s.strip()), "".join(asked), tuple(f for f in figures if f)
    )
