"""The words of a statement held against its clause: how much is covered, what is denied, who and what is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from ingest.knowledge import Body
from ingest.text import DOC_NUMBER, canonical, fold

_ROLE = re.compile(r"牵头|参与|配合|解释|受理|拨付|审核|发放|兑现")
_ROLE_LIST = re.compile(
    r"(牵头|参与|配合)(?:责任)?(?:的?(?:单位|部门)|的)(?:分别)?(?:是|为|有|包括|[:：])([^，,；;。！？\n)）\]〕]+)"
)
_TITLE = re.compile(r"《([^《》]{2,80})》")
# Suffixes of bodies with the two characters in front of them, which tell one from another.
_BODY = re.compile(
    r"([\u4e00-\u9fff]{2})(?:(局|厅|委员会|工委|经信委|发改委|科委|部门|税务所|事务所|开发区|研究院)|(中心(?!环节|任务|工作|地位|城市|城区|内容)))"
)
_NO_BODY = re.compile(
    r"^(?:有关|相关|主管|各个|职能|牵头|成员|责任|管理|行政|部门|业务|本级|市级|区级|上级|下级|政府|所属|内设|需求|两个|等部|多个|申报|推荐|配合|会同|联合|由市|市各|县各|区各|级各|直各|城市|区域|为中|以市|全国|国际|世界|国内)$"
)
_NEGATION = re.compile(
    r"不得|不能|不可以|不可(?!或缺)|不予|不再|不需要?|不用|不必|无需|无须|毋需|免于|免(?=申报|提交|审|收|征|除|予|交|缴)|除外|禁止|严禁|没有|未(?!来)|非(?!常|遗|公有|凡|洲)|拒绝|拒不|停止|终止|暂停|排除|剔除|不"
)
_LIMIT_NEGATION = re.compile(
    r"不超过|不高于|不多于|不低于|不少于|不大于|不小于|不短于|不晚于|不满(?!足|意)|不足|不得超过|不得低于|不得高于|不得少于|不应低于|不应超过|不应少于|不能超过|不含|不同|不断|不仅|不包括|不包含|不限|不一|不论|不管|不变|不良|无论|不定期|未来|非常|不可或缺|不超出|未超过|不再另|不锈|不动产|不过(?!于)|不只|未满|不(?=合格|称职|达标|及格)"
)
_LIMITS = re.compile(
    r"最高|最多|最低|最少|最长|至少|至多|以上|以下|以内|上限|封顶|原则上|一般|左右|超过|高于|低于|少于|多于|达到|大约"
)
_MAY = re.compile(r"(?<!不)可以|(?<![不许认均皆])可(?=[^以不能持行靠用再信控视见])|(?<!不)允许|自愿")
_MUST = re.compile(
    r"应当|(?<!不)必须|(?<![相对适响反效供感])应(?=[在按向将于由当为具是与提加])|(?<![必无])须(?!知)"
)
DENIED = 4  # characters behind a word that denies in which it says what
_UNTOLD = re.compile(r"^(?:再次?|以|其|\d+年内?|将|把|被|另行|重新)+")
# Words that name a quality with what denies it, which is no denial of what is said of its bearer.
_QUALITY = re.compile(r"(不)?(合格|称职|达标|及格|诚信|重复)")
_FILLER = re.compile(
    # what an answer to a citizen is framed in
    r"一般来说|通常来说|也就是说|换句话说|需要注意(?:的是)?|不过|另外|此外|不只是|不仅是|所谓|意思是|指的是|是指|目的是|为的是|来说|如果|假如|一旦|只要|即可|就行|就能|就会|(?:也|都|还|就|仍)?(?:会被|会把|会对|会在|会将|都会|还会|还要|还需|也能|也会|会)(?=[\u4e00-\u9fff])(?<![协学社机议])"
    r"|您的?|贵公司|这个|这项|这笔|这类|这份|这里的?|上述|为了|方面|之一|例如|比如|拿到|想要|想拿|评上的?|有机会|也有机会|一起|一并|各自|还在|正在|阶段|流程是?|步骤|其次|然后|先由|再由|最后|之内|里面|里都|里的|起来|算是|视为|看作|作为|写明|说明|明确"
    r"|(?:[两三四五六七八九十\d]+个)(?:单位|部门)|(?<=[头合与])(?:单位|部门)(?=是|为|有|包括)"
    r"|要求|提出|有效期[到至]|可以|能够|按照|按|根据|依据|规定|给予|进行|以及|对于|其中|包括|等等|并且|或者|如果|的话|那么|就是|属于|由于|因此|所以|需要|应当|必须|获得|得到|享有|将会|负责|承担"
)


def without_orders(text: str) -> str:
    """A text of a document without the sentences that give a model orders: these bear nothing out."""
    if not _ORDER.search(text):
        return text
    return "".join(s for s in _SENTENCE.findall(text) if not _ORDER.search(s))


_DRESS = re.compile(
    r"\*\*|__|`|^\s*(?:[-*•]|#{1,4})\s+|\[\d{1,2}\]|[（(\[【]\s*K\d{1,2}\s*[）)\]】]", re.MULTILINE
)
_THOUSANDS = re.compile(r"(?<=\d)[,，](?=\d{3}(?!\d))")
_SOURCE = r"(?:所引|上述|该|本|这份|这个|相关|现行|当时)?的?(?:条款|办法|文件|规定|政策|意见|通知|要点|原文)"
_PATH = r"(?:第[一二三四五六七八九十百零\d]+[条款项章]|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,2}[.．、]|附件[一二三四五六七八九十\d]*)+"
_LEAD = re.compile(
    r"^(?:(?:是的|好的|您好|你好|可以的|答|回答|结论|简单(?:来)?(?:说|讲)|简而言之|总的来说|总体来说|具体(?:来说|而言|如下|是)|也就是说|换句话说|可以这样理解|需要注意的是|注意)[，：,:！]"
    rf"|(?:根据|依据|按照?|据)(?:《[^》]*》|{_SOURCE}|{DOC_NUMBER.pattern}|[（(]{DOC_NUMBER.pattern}[）)])?的?(?:{_PATH})?的?(?:有关|相关|具体)?(?:规定|要求|内容)?[，：,:])\s*"
)
_ARTICLE = re.compile(r"第([一二三四五六七八九十百零\d]+)条")
_TAIL = re.compile(
    r"(?<=[。！？\n])(?:具体|详情|详细(?:内容)?|以上|更多(?:内容|细节)?|完整(?:条件|内容)?)(?:内容|要求|规定|条件|细节|均|可)?(?:请)?(?:见|参见|参看|请看|以|出自|来自)(?:所引|上述|该|本)?(?:条款|文件|办法)?(?:的)?(?:原文|条款|引文|规定)?(?:为准)?[。！]?\s*$"
)


def without_marks(text: str) -> str:
    """A statement without emphasis, bullets and marks of citation.

    >>> without_marks("- 最高**200万元**[1]")
    '最高200万元'
    """
    return _THOUSANDS.sub("", _DRESS.sub("", text))


def undressed(text: str) -> str:
    """A statement without words that only lead in or point to its source.

    >>> undressed("简单来说，最高200万元。具体见所引条款。")
    '最高200万元。'
    """
    while match := _LEAD.match(text):
        text = text[match.end() :]
    return _TAIL.sub("", text)


def articles(text: str) -> set[str]:
    """The articles (第八条) that a text names, by number."""
    return {canonical(number) for number in _ARTICLE.findall(text)}


def titles(text: str) -> list[str]:
    """Names in book-title marks, folded."""
    return [fold(name) for name in _TITLE.findall(text)]


def weighted_cover(
    said: Iterable[str], source_terms: set[str], source_characters: set[str], rarity: Callable[[str], float]
) -> float:
    """The share of a text's terms that stand in a source, weighted by rarity, from 0 to 1.

    A pair of characters counts whole if it stands in the source, and by a part if both of its characters do: to say
    the same in plain words changes pairs more than characters.
    """
    total = held = 0.0
    for term in said:
        weight = rarity(term)
        total += weight
        if term in source_terms:
            held += weight
        elif len(term) == 2 and not term.isascii():
            held += weight * 0.25 * sum(c in source_characters for c in term)
    return held / total if total else 1.0


class Kin:
    """The names of public bodies; those of one family (full name, short names, predecessors) stand for one body."""

    def __init__(self, bodies: Iterable[Body] = ()) -> None:
        found: dict[str, set[str]] = {}
        for body in bodies:
            family = found.setdefault(body.successor or body.name, {body.successor or body.name})
            family.update([body.name, *body.short])
        self.families = [frozenset(names) for names in found.values()]
        self._family = {name: min(names) for names in self.families for name in names if len(name) >= 3}
        longest = sorted(self._family, key=lambda n: (-len(n), n))
        self._names = re.compile("|".join(map(re.escape, longest)) or r"(?!)")

    def named(self, text: str) -> list[str]:
        """The bodies that a folded text names, in order, each by one name of its family."""
        return [self._family[name] for name in self._names.findall(text)]

    def named_at_end(self, text: str) -> str:
        """The body with whose name a folded text ends, "" if with none."""
        found = [m for m in self._names.finditer(text) if m.end() == len(text)]
        return self._family[found[-1][0]] if found else ""

    def named_at_start(self, text: str) -> str:
        """The body with whose name a folded text begins, "" if with none."""
        found = self._names.match(text)
        return self._family[found[0]] if found else ""

    def same(self, one: str, other: str) -> bool:
        """Whether two names stand for one body."""
        return one == other or self._family.get(one, one) == self._family.get(other, other)

    def without(self, text: str) -> str:
        """A folded text with the bodies' names taken out."""
        return self._names.sub("　", text)


def _roles(text: str, kin: Kin) -> set[tuple[str, str]]:
    """(body, what it does) for bodies named right in front of a verb of theirs, or listed behind it (牵头单位：……)."""
    out = set()
    for match in _ROLE_LIST.finditer(text):
        out |= {(body, match[1]) for body in kin.named(match[2])}
    for piece in re.split(r"[，,；;。：:！？\n\[\]]", _ROLE_LIST.sub("　", text)):
        for match in _ROLE.finditer(piece):
            out |= {(body, match[0]) for body in kin.named(piece[: match.start()])}
    return out


def has_role(body: str, said: str, source: Iterable[str], kin: Kin) -> bool:
    """Whether a text gives a body a part, and its source gives it the same."""
    parts = {role for name, role in _roles(fold(said), kin) if name == body}
    return bool(parts) and any((body, role) in _roles(fold(text), kin) for text in source for role in parts)


def strange_role(said: str, source: Iterable[str], kin: Kin) -> str:
    """The first body that a text gives a part which its source gives to others alone, with the part; "" if none."""
    given = {pair for text in source for pair in _roles(fold(text), kin)}
    parts = {role for _, role in given}
    strange = sorted(p for p in _roles(fold(said), kin) if p[1] in parts and p not in given)
    return "".join(strange[0]) if strange else ""


def strange_body(said: str, source: str, kin: Kin) -> str:
    """The first body that a statement names and its source does not, "" if there is none.

    Args:
        said: the statement.
        source: all that its clauses and their documents say.
        kin: the names of public bodies.
    """
    rest = said
    for names in kin.families:
        named = [n for n in sorted(names, key=len, reverse=True) if len(n) >= 3 and n in rest]
        if named:
            if not any(n in source for n in names) and not _bare(names, source):
                return named[0]
            for name in named:
                rest = rest.replace(name, "　")
    for match in _BODY.finditer(rest):
        stem, suffix = match[1], match[2] or "中心"
        if _NO_BODY.match(stem) or stem[0] in "的和与或由到向在是、各本该一":
            continue
        if match[0] not in source and not (suffix in ("部门", "局") and stem in source):
            return match[0]
    return ""


def _bare(names: frozenset[str], source: str) -> bool:
    """Whether a source names a body without its city (科技局 in a list for 市科技局)."""
    bare = {n.removeprefix("杭州市").removeprefix("市") for n in names}
    return any(len(n) >= 3 and re.search(rf"(?<![区县)）]){re.escape(n)}", source) for n in bare)


def named_programmes(said: str, names: Sequence[str]) -> list[str]:
    """The names that a statement uses, the longest of several that overlap. `names` has the longest first."""
    out, rest = [], said
    for name in names:
        if name in rest:
            out.append(name)
            rest = rest.replace(name, "　")
    return out


_IN_FORCE = re.compile(
    r"现行有效|现在有效|目前有效|仍然?有效|依然有效|继续有效|(?:还|仍)(?:在|然)?(?:有效|执行|施行|生效)|正在(?:执行|施行|实施)|(?:目前|现在|如今|当前|眼下|今天)(?:仍|还|就|也|依然|已经|正)?(?:可以|可|能|在)?(?:申报|申请|申领|领取|执行|享受|适用)|(?:尚|暂|还|仍)?未(?:失效|过期|废止|到期)|没有?(?:失效|过期|废止|到期)"
    r"|(?:还|仍|尚|都|正)?(?:处)?在有效期(?:内|之内)?|有效期内|(?:依旧|始终|一直|长期|永久|持续|至今)(?:仍然?|还|都)?(?:在)?(?:有效|生效|执行|施行|适用)|(?:继续|仍|还)(?:然|是)?按(?:此|这个|该办法|本办法)(?:执行|办理|申报)"
    r"|(?:今年|明年|后年|今后|往后|以后|本年度?|现阶段|这会儿)(?:仍然?|还|也|依然|都|就)?(?:可以|可|能|会)?(?:再|继续)?(?:去)?(?:申报|申请|申领|领取|执行|享受|适用)|现在就?(?:可以|可|能)(?:直接)?去?(?:申报|申请|申领|领取|享受)|(?:放心|随时)(?:去)?(?:申报|申请)"
)
_ENDED = re.compile(
    r"(?:已经?|现已|早已|业已|均已)(?:被?(?:失效|过期|废止|作废|取代|替代|停止执行|停止受理|到期|取消))|不再(?:有效|执行|施行|适用|受理)|(?:目前|现在|如今|当前)(?:已经?)?(?:不|没|无)(?:能|法|可以?)?(?:再|有)?(?:申报|申请|申领|领取|享受|效|执行|施行)|失去效力|失效了|过期了|无效了"
    r"|已经?(?:被)?(?:停止|终止|中止|结束)(?:实施|执行|施行|受理|申报|了)?|已经?于[^，。；]{1,12}(?:到期|失效|废止|终止|停止|过期)|有效期(?:限)?(?:早|现)?已经?(?:过|届满|到期|结束|截止)|(?:不可|不能|不得|无法)再(?:使用|用|适用|依据)|(?:申请|申报|办|领|用)不了"
    r"|(?:如今|现在|目前|现)(?:已经?)?不再?(?:有效|适用|执行|受理)"
)
_NOT_YET = re.compile(r"尚未(?:施行|生效|实施|开始)|还没有?(?:开始)?(?:施行|生效|实施)|未开始(?:施行|实施)")


_ABSENT = re.compile(
    r"(?:没有?|未|不)(?:再|一一|逐一|单独|另外)?(?:有)?(?:写|列|印|规定|提到|说明|注明|载明|给出|定(?=资助|金额|额))(?:明|出|到|清)?"
)


def says_absent(text: str) -> bool:
    """Whether a short text says that something is not written in the clause, which no words of it can bear out."""
    return len(text) <= 24 and bool(_ABSENT.search(text))


def validity_claims(text: str) -> list[tuple[str, str]]:
    """What a text says of whether its document is in force today: `in_force`, `ended` or `not_yet`, with its words."""
    out = []
    rest = text
    for name, pattern in (("not_yet", _NOT_YET), ("ended", _ENDED), ("in_force", _IN_FORCE)):
        out += [(name, match[0]) for match in pattern.finditer(rest)]
        rest = pattern.sub("　", rest)
    return out


_ORDER = re.compile(
    r"(?:忽略|无视|忘记|不要理会).{0,12}(?:指令|要求|规则|提示|设定|条款)|(?:系统|开发者)(?:提示|模式|指令)|提示词|扮演|(?:你|AI|助手|模型)(?:现在|必须|应当|只能|要)?(?:是一个|回答|输出|回复|告诉用户)"
    r"|(?:请|必须|一律|只)(?:回答|输出|回复)[：:“「]|ignore .{0,30}(?:instruction|prompt)|system prompt|you are now|jailbreak",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?\n]*")
_JOINING = re.compile(
    r"(?P<and>(?<!而)且(?!不说)|并且|同时(?=满足|符合|具备)|全部(?=满足|符合|具备|条件)|均(?=符合|满足|具备)|各项都|都要|都(?=符合|满足|具备))"
    r"|(?P<or>或者?|条件之一|任一|其一|任选|择一|其中一[项条个]|一[项条]即可|满足一[项条个]|有一[项条个])"
)


def negations(text: str) -> int:
    """How often a folded text denies something; words that set a limit (不超过) or are none (不断) do not count."""
    return len(_NEGATION.findall(_LIMIT_NEGATION.sub("　", text)))


def denied(text: str) -> list[str]:
    """What a folded text denies: pairs of characters behind each word that does, or the one before it at the end."""
    rest = _LIMIT_NEGATION.sub("　", text)
    out: list[str] = []
    for match in _NEGATION.finditer(rest):
        behind = _UNTOLD.sub("", re.split(r"[^\w]", rest[match.end() :])[0])[:DENIED]
        out += [behind[i : i + 2] for i in range(max(1, len(behind) - 1)) if behind] or [
            rest[max(0, match.start() - 2) : match.start()]
        ]
    return out


def qualities(text: str) -> dict[str, frozenset[bool]]:
    """Qualities that a folded text names (合格), each with whether it is denied, affirmed, or both."""
    out: dict[str, frozenset[bool]] = {}
    for match in _QUALITY.finditer(text):
        out[match[2]] = out.get(match[2], frozenset()) | {bool(match[1])}
    return out


def duty(text: str) -> str:
    """Whether a folded text says what must be (`must`) or may be done (`may`); "" if it says neither or both."""
    may, must = bool(_MAY.search(text)), bool(_MUST.search(text))
    return "" if may == must else "may" if may else "must"


def connectives(text: str) -> list[str]:
    """The words of a folded text that join conditions, in order: `and` for all of them, `or` for one of them."""
    return [str(match.lastgroup) for match in _JOINING.finditer(text)]


def without_function_words(text: str) -> str:
    """A folded text without words that only join, deny, allow or limit, which are compared on their own."""
    text = _LIMITS.sub("　", _NEGATION.sub("　", _LIMIT_NEGATION.sub("　", text)))
    return _FILLER.sub("　", text)
