"""Which statements that only a person can confirm (`prose`) the asker's own words confirm or deny.

A statement counts as confirmed where the asker's words hold enough of its terms (rare terms weigh more; of several
alternatives one is enough), say it the same way round (a negation on one side alone does not confirm), and reach the
figure that it names. Anything less leaves it open: nobody is told that they qualify on a resemblance.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.eligibility.catalogue import Catalogue, Entry
from assistant.eligibility.conditions import Leaf, leaves
from assistant.eligibility.profile import SAYS_LITTLE, Profile
from assistant.eligibility.regions import DISTRICTS
from assistant.eligibility.stated_figures import named_figure, reached
from assistant.eligibility.wording import Wording

_COVERED = 0.45  # share of a statement's terms, by weight
_TOUCHED = 0.3  # enough where a clause says nothing but this, or names a figure that reaches the statement's
_ABOUT = 0.55  # share of a clause's terms that must be the statement's for that
_PART = 0.2  # share of each part of a statement that has several
_DENIED_PART = 0.12  # of a statement, by weight
_MISSING_PART = 0.85  # what is left of the share where a part was not spoken of
_WORD = 2  # characters
_CLOSE_BY = 3  # characters after what says that something is lacking

_FILLING = frozenset("的了和与或及是有能为等较一具备在所对中其并也都上以个到地某该这那我们你他呢吗嘛很")
_CUT = re.compile(
    r"[、，。；：（）()“”\"\s]|具有|具备|符合|属于|属(?!于)|合乎|较为|以及|能够|一定|本市|在杭州?的?|杭州市?的?|国家|并且"
)
_NOT_SPELT_OUT = re.compile(
    r"^(?:并|且|企业|项目|创业者|活动)*(?:符合|合乎)(?:该类|有关|相关|一定)?(?:奖励|扶持|优惠)?(?:政策)?(?:的)?(?:条件|规定|要求)$"
)
_SUCH_AS = re.compile(r"[^，；、]{1,12}(?:、[^，；、]{1,12})+等")  # examples: one will do
_QUOTED = re.compile(r"“[^”]*”")
_LISTED = re.compile(r"“[^”]*”(?:[、和]?“[^”]*”)+")  # any one of the names will do
_ASIDE = re.compile(r"（[^）]*）|，不是[^，；]*$")
_NEGATION = re.compile(
    r"没有?|不(?!同|断|少于|低于|但|仅|错|仅仅|过(?!关)|管|论|光)|未(?!来)|无(?!人机|线|忧|锡)|从不|别的.{0,4}没|尚未|缺|免于|非(?!常|遗)"
)
# What speaks against a good opinion (for `_doubted`): a lack of what it praises, a word of praise taken back, a decline.
_LACK = re.compile(
    r"(?:没有?|缺乏?|欠缺|未|不具备)(?:什么|任何|固定的?|专门的?|成套的?|像样的?|自己的?|能|建立?|形成|达到)*"
)
_TAKEN_BACK = re.compile(
    r"(?:不[太够是很大怎么]{0,3}|没那么|谈不上|算不上|称不上|没有?做到|达不到)"
    r"(?:稳定?|规范|健全|完善|清[晰楚]|明确|先进|强|好|高|充足|足|够|到位|正常|集中|齐全?|符合|对口|成熟|匹配|一致|相关|属于|在行|良好|理想|突出)"
)
_DECLINE = re.compile(
    r"分散|散了|散伙|走了|走人|离职|跳槽|流失|换了|换人|混乱|[很太较]乱|[很太较比]差|较弱|薄弱|一般般?[，。；]|勉强|下滑|亏损|亏了|停产|停工|停业|纠纷"
    r"|模糊|说不清|没把握|还在(?:理|摸索|补)|落后"
)
_WORDS_WITH_NOT = re.compile(
    r"民办非企业|没问题|没有问题|不错|不断|不少于|不低于|不仅|不但|无人|未来|非常|不动产|毫无疑问|不可替代"
)
_ALL_ELSE = re.compile(
    r"(?:其他|其它|其余|别的|剩下的?|另外的?|余下)[^，。；]{0,6}(?:条件|要求|方面|各项|材料|都|均|也)[^，。；]{0,8}?(?:都|均|也|全部?)?(?:符合|满足|达标|达到|具备|没问题|没有问题|够|过关|齐全|ok|OK|有)"
    r"|(?:条件|要求)(?:也|都|均|全部?){1,3}(?:符合|满足|达到|具备|达标|没问题)|(?:达到|符合|满足)[^，。；]{0,12}?(?:全部|所有|各项)(?:的)?(?:条件|要求)"
)
_LEGAL_PERSON = re.compile(r"^(?:在杭)?(?:具有|有|是)?独立(?:的)?法人(?:资格|单位|机构)?$")
_LOCAL = re.compile(
    r"^(?:属|是)?(?:于|在)?(?:杭州?|本)市?(?:的|内的?)?(?:申请|申报)?(?:单位|企业|机构|公司|高校院所)$"
)
_LOCAL_LEGAL_PERSON = re.compile(
    r"^(?:属|是)?(?:于|在)?(?:杭州?|本)市?(?:行政区域内?)?[^，；]{0,6}?(?:独立)?法人(?:资格)?的?(?:企业|单位|机构|企事业单位)?$"
)
_HERE = re.compile(
    r"(?<!不)(?<!不是)(?:在杭|杭州|本市)[^，。；不没]{0,12}?(?:企业|公司|单位|机构|大学|学院|医院|院|所|局|高校|银行)"
    r"|(?:企业|公司|单位|机构|学校|我们)(?:就|都)?在杭州?"
)
_SANCTION = re.compile(r"取消|撤销|摘牌|造假|作假|弄虚作假|骗|查处|处罚|被罚|追缴|黑名单|失信")

# Different words for the same, on both sides: everyday first, as documents write it second.
_SAME = (
    (
        re.compile(
            r"(?:成果|报告|样品|设计|结果)(?:也|都|已经?)*(?:拿到(?:手)?|交付|交了|交给我们|收到|出来)了?|服务(?:也|都|已经?)*(?:做|搞|结)(?:完|好|束)了?|(?:服务|成果|项目)?验收(?:也|都|已经?)*(?:过|通过|完)了?"
        ),
        "科技服务完成",
    ),
    (
        re.compile(
            r"到期(?:了)?(?:清算|清盘|清|退)(?:完|好|结束|掉)了?|(?:清算|清盘)(?:也|都|已经?)*(?:完成?|结束|做完)了|存续期(?:也|都)?(?:(?:已经?)?(?:满|到|结束|届满|走完)了|已经?(?:满|到期|结束|届满))"
        ),
        "存续期已结束",
    ),
    (
        re.compile(
            r"本(?:金|钱)[^，。；没未]{0,4}?利息[^，。；没未不只部半要等]{0,6}?(?:拿|收|退|还|归)(?:回|清|还)(?:去|来)?了?(?![^，。；]{0,3}(?:一半|一部分|[一二三四五六七八九]成|\d))"
        ),
        "全额收回出资本金和相应利息",
    ),
    (
        re.compile(
            rf"(?:撮合|促成|牵线|帮着对接)[^，。；没不未]{{0,12}}?(?:落到|落在|转到|转给|卖给|转移到|给|到)(?:了)?(?:杭州|本市|{DISTRICTS})[^，。；]{{0,4}}?(?:企业|公司)"
        ),
        "促成的技术成果是向本市企业转化",
    ),
    (
        re.compile(
            r"在?(?:当地|那边|国外|海外|境外|德国|美国|英国|法国|日本)[^，。；没不]{0,6}?(?:大学|高校|学院|研究所|科研院所|研究院)[^，。；没不]{0,4}?(?:做|当|任|是|担任)过?[^，。；没不助]{0,6}?(?:副?教授|副?研究员)"
        ),
        "在国外高校科研院所任相当于副教授以上职务的专家学者",
    ),
    (
        re.compile(
            rf"(?:技术|成果)[^，。；没不未]{{0,6}}?(?:转|卖|给|落|输出)(?:化|让)?(?:到|给|在)(?:了)?(?:杭州|本市|{DISTRICTS})[^，。；]{{0,4}}?(?:企业|公司)"
        ),
        "促成的技术成果是向本市企业转化",
    ),
    (
        re.compile(
            r"(?:后续)?(?:中试|小试|产业化试验)[^，。；没不未]{0,8}?(?:做|出|完|过)[^，。；没不未]{0,4}?了|(?:新)?产品[^，。；没不未]{0,4}?(?:做|开发|搞)出来了|做出了?新产品"
        ),
        "后续试验开发应用推广已形成新技术新产品发展新产业",
    ),
    (
        re.compile(
            r"网上技术市场(?:上)?(?:买|购|受让|成交)[^，。；没不未]{0,6}?(?:浙大|浙工大|浙理工|杭电|[\u4e00-\u9fff]{2,4}大学|中科院|研究所|研究院|学院)[^，。；没不未]{0,4}?(?:[一1]项)?[^，。；]{0,6}?(?:成果|专利|技术)"
        ),
        "经网上技术市场的成果来自国内外高校院所",
    ),
    (
        re.compile(
            r"(?:转|卖|转让|许可)给(?:了)?(?:杭州|本市)(?:的)?(?:几家|一家|两家|[一二三两\d]+家)?(?:企业|公司)"
        ),
        "转化合同对方杭州企业",
    ),
    (re.compile(r"军工(?:单位)?保密(?:资格|资质)?"), "武器装备科研生产单位保密资格"),
    (
        re.compile(
            r"在(?:当地|那边|国外|海外|境外|德国|美国|英国|法国|日本)[^，。；]{0,4}?(?:知名|有名|著名|大型)[^，。；没不]{0,8}?(?:厂|公司|企业|集团|机构)[^，。；没不]{0,4}?(?:做|当|任)过?[^，。；]{0,6}?(?:高级工程师|高工|总监|经理|主管|负责人|总工|高管|首席)"
        ),
        "在国外知名企业任中、高级职务专业技术经营管理人才",
    ),
    (
        re.compile(
            r"(?:鼓励|支持|提倡)(?:发展)?的?(?:产业|行业|高新技术)?(?:发展)?方向|产业方向|发展导向|产业导向|未来产业"
        ),
        "产业发展导向",
    ),
    (
        re.compile(
            r"(?:每年|年年|逐年|这几年|连年)[^，。；]{0,6}(?:都)?(?:涨|增长|翻番|增加|上升)[^，。；]{0,4}|增长(?:很|较)?快|成长(?:很|较)?快|成长性"
        ),
        "成长性",
    ),
    (re.compile(r"社保"), "社会保险"),
    (re.compile(r"(?:企业)?上云(?:的)?(?:云)?服务商|云服务(?:提供|供应)?商"), "推广应用云服务的云服务企业"),
    (re.compile(r"公司"), "企业"),
    (re.compile(r"扑在|放在|花在|投入到"), "放在"),
    (re.compile(r"一起合作|合作多年|合作好多年|长期合作"), "稳定合作基础"),
    (
        re.compile(r"(?:用|应用|支撑)在?(?:我们|公司|自己)?(?:的)?(?:主打|主要|核心|主营)的?产品上?"),
        "主要产品技术支撑作用",
    ),
    (re.compile(r"(?:全部|主要|所有)的?精力"), "主要精力"),
    (re.compile(r"集中在[一同][栋幢处个]楼?|都在一(?:处|起|栋楼)"), "场地集中不是分散"),
    (re.compile(r"研究所|科研院所|研究院|农科院"), "科研院所"),
    (re.compile(r"老师|教授|科研人员|研究员"), "科技人员"),
    (re.compile(r"高校院所|高校和科研院所|浙大|大学|高校"), "高校"),
    (re.compile(r"开放共享|向(?:社会|外)开放|对外开放|能给[^，。；]{0,14}用"), "向社会开放共享"),
    (re.compile(r"试验|实验"), "试验"),
    (re.compile(r"(?:产权|权属)(?:清楚|清晰|明晰|明析)"), "产权明晰"),
    (re.compile(r"(?:高级)?(?:农艺师|工程师|实验师|讲师|教师)"), "科技人员"),
    (re.compile(DISTRICTS), "本市"),
    (re.compile(r"增发|配股|定增|可转债|优先股"), "市场化方式再融资"),
    (re.compile(r"齐全|齐备|齐的|完整"), "齐全"),
    (re.compile(r"清楚|清晰|明确"), "明确"),
    (re.compile(r"健全|齐全|完善"), "完善"),
    (re.compile(r"良好|不错|优良|挺好|很好|过硬|突出"), "良好"),
    (re.compile(r"钱|资金"), "资金"),
    (re.compile(r"第一次|头一[回次]|首次|初次"), "首次"),
    (
        re.compile(
            r"(?:德国|美国|英国|法国|日本|俄罗斯|以色列|新加坡|加拿大|国外|境外|海外|外国)(?:的)?(?=\w{0,4}(?:专家|教授|博士|工程师|团队|人才|科学家))"
        ),
        "国外",
    ),
    (re.compile(r"来杭(?!州)"), "来杭州"),
    (re.compile(r"应届(?:的)?(?:本科|硕士|博士|大学|研究生)*毕业生?"), "应届毕业生"),
    (re.compile(r"帮忙|帮着|协助"), "帮助"),
    (re.compile(r"容积率(?:也|都)?(?:合规|达标|符合(?:标准|要求|规定)?|够)"), "容积率不低于用地标准"),
    (re.compile(r"(?:自己|一家(?:公司|企业)?|我们)?(?:统一|整体|全部)(?:持有|自持)"), "整体持有"),
    (re.compile(r"期内|期里"), "期间"),
    (re.compile(r"全职|专心|一心|全身心"), "主要精力"),
    (re.compile(r"(?:请|聘请|聘|招)(?:来|到|了)?(?=[^，。；]{0,4}(?:国外|专家|教授))"), "引进"),
    (re.compile(r"拿到|拿了|拿的|取得|获得|获批"), "获得"),
    (re.compile(r"(?:出台|发布|实施|施行|下发)(?:以|之)?前"), "施行前"),
    (re.compile(r"转给|转让给|转到|转移给|输出给"), "转化"),
    (re.compile(r"(?:刚|去年|今年|新)(?:刚)?(?:注册|成立|开|办|创办)(?:了一?[家个])?|新创办"), "新创办"),
    (re.compile(r"(?:国家)?(?:药品)?(?:集采|集中带量采购|带量采购)"), "国家药品集中带量采购"),
    (re.compile(r"(?:评上|评为|认定为|获评|认定)了?"), "认定"),
    (re.compile(r"做完了?|做好了|完成了?|结束了"), "完成"),
    (re.compile(r"股改|改制成股份公司|股份制改造"), "股份制改造"),
    (re.compile(r"临床(?:试验)?"), "临床试验"),
    (re.compile(r"(?:运行|运转|运营)(?:得)?(?:很好|好|不错|正常|良好)"), "运行良好"),
    (re.compile(r"(?:做|搞|完成|实现)了?(?:一次|一轮)?再融资"), "资本市场实现再融资"),
    (re.compile(r"分行|支行|银行网点"), "银行分支机构"),
    (re.compile(r"孵化器(?:内|里头?)(?:的)?(?:在孵)?(?:企业|公司)"), "孵化器里的孵化企业"),
    (re.compile(r"(?:就|只|仅)(?:推荐)?(?:了)?(?:我们|本行)?(?:这)?一家"), "推荐唯一一家"),
    (
        re.compile(
            r"(?:跟|与|和|给|向)[^，。；]{0,6}(?:杭州|本市)(?:的)?(?:某|[一几二两三四五六七八九十\d]+[家个])?(?:企业|公司)"
        ),
        "合同对方杭州企业",
    ),
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement's parts, each of one or several alternatives (sets of terms), and the weight of every term.

    `pieces` counts what commas divide; `figure` is the bound that it names, if any.
    """

    parts: tuple[tuple[frozenset[str], ...], ...]
    pieces: int
    weights: dict[str, float]
    negative: bool
    figure: str

    @property
    def terms(self) -> frozenset[str]:
        """All terms."""
        return frozenset(self.weights)

    def weight(self, terms: Iterable[str]) -> float:
        """The weight of some terms together."""
        return sum(self.weights.get(term, 0.0) for term in terms)


class Statements:
    """All statements of a catalogue, with the weight of every term: the rarer, the heavier."""

    def __init__(self, catalogue: Catalogue) -> None:
        found = {leaf.prose for entry in catalogue.entries() for leaf in leaves(entry.tree) if leaf.prose}
        self._total = len(found)
        self._frequency: Counter[str] = Counter()
        for prose in found:
            self._frequency.update({t for part in _parts(prose) for option in part for t in option})
        self._known: dict[str, Statement] = {}

    def of(self, prose: str) -> Statement:
        """A statement taken apart."""
        if prose not in self._known:
            parts = _parts(prose)
            terms = {term for part in parts for option in part for term in option}
            weights = {t: math.log((self._total + 1) / (self._frequency[t] + 0.5)) for t in terms}
            negative = bool(_NEGATION.search(_WORDS_WITH_NOT.sub("", _ASIDE.sub("", prose))))
            self._known[prose] = Statement(
                tuple(parts),
                len(re.split(r"[，；]", _ASIDE.sub("", prose))),
                weights,
                negative,
                named_figure(prose),
            )
        return self._known[prose]


def plain_words(text: str) -> str:
    """Words with different ones for the same made alike."""
    for pattern, word in _SAME:
        text = pattern.sub(word, text)
    return text


def _terms(text: str) -> frozenset[str]:
    text = "".join(c for c in text if c not in _FILLING)
    return frozenset(text[i : i + _WORD] for i in range(len(text) - _WORD + 1))


def stated_parts(prose: str) -> list[str]:
    """What a statement states, divided by its commas, without asides."""
    pieces = re.split(r"[，；]", _ASIDE.sub("", prose))
    return [p for p in pieces if p and not _NOT_SPELT_OUT.search(p)]


def _parts(prose: str) -> list[tuple[frozenset[str], ...]]:
    """The parts of a statement; one with 或 in it is made of alternatives."""
    found = []
    prose = prose.replace("高校、科研", "高校或科研")  # either will do
    prose = _LISTED.sub(lambda names: "或".join(_QUOTED.findall(names[0])), prose)
    for piece in re.split(r"[，；]", plain_words(_ASIDE.sub("", prose))):
        if _NOT_SPELT_OUT.search(piece) or piece.startswith("如"):
            continue
        if "、" in piece and "等" in piece and "或" not in piece:
            piece = _SUCH_AS.sub(lambda names: names[0].replace("、", "或").removesuffix("等"), piece)
        if "或" in piece:
            options = [_terms("".join(_CUT.split(option))) for option in re.split(r"、|或者?", piece)]
            found.append(tuple(option for option in options if option))
        else:
            found += [(_terms(part),) for part in _CUT.split(piece)]
    return [part for part in found if any(part)]


def covered(statement: Statement, clauses: Sequence[str]) -> tuple[float, list[str]]:
    """How much of a statement some clauses hold, 0 to 1, and the clauses that speak of it, closest first."""
    told = [(clause, clause_terms(clause)) for clause in clauses]
    everything = frozenset().union(*(terms for _, terms in told)) if told else frozenset()
    total = held = 0.0
    silent = False
    for part in statement.parts:
        best = max(
            part, key=lambda option: statement.weight(option & everything) / (statement.weight(option) or 1)
        )
        total += statement.weight(best)
        held += statement.weight(best & everything)
        silent = silent or (len(best) > 1 and len(best & everything) / len(best) < _PART)
    if not total:
        return 0.0, []
    spoken = [(statement.weight(statement.terms & terms), clause) for clause, terms in told]
    least = min(2, len(statement.terms))
    closest = [
        clause
        for _, clause in sorted(spoken, key=lambda s: -s[0])
        if len(statement.terms & clause_terms(clause)) >= least
    ]
    return held / total * (_MISSING_PART if silent and len(statement.parts) > 1 else 1), closest


@lru_cache(maxsize=2048)
def clause_terms(clause: str) -> frozenset[str]:
    """The terms of what somebody said."""
    return _terms("".join(_CUT.split(plain_words(clause))))


def confirm(
    profile: Profile,
    entry: Entry,
    wordings: Sequence[Wording],
    statements: Statements,
    further: Callable[[Sequence[Leaf]], set[str]] = lambda _: set(),
) -> None:
    """Adds to the profile which of a programme's statements the words confirm or deny, and what they leave open.

    `further` finds of those that neither was done to the ones that were said in other words.
    """
    clauses = [c for wording in wordings for c in wording.clauses]
    text = "".join(clauses)
    profile.sanctions = profile.sanctions or any(_admits(c) for c in clauses)
    by_place: set[str] = set()
    unsettled: list[Leaf] = []
    for leaf in dict.fromkeys(leaf for leaf in leaves(entry.tree) if leaf.prose):
        if _LOCAL.search(_ASIDE.sub("", leaf.prose)) and not leaf.negated:
            if (
                profile.value("registered_in_hangzhou") is True
                or profile.value("district")
                or _HERE.search(text)
            ):
                by_place.add(leaf.key)
            continue
        if _LEGAL_PERSON.search(leaf.prose) and profile.value("independent_legal_person") is True:
            by_place.add(leaf.key)
            continue
        if (
            _LOCAL_LEGAL_PERSON.search(_ASIDE.sub("", leaf.prose))
            and profile.value("independent_legal_person") is True
            and profile.value("registered_in_hangzhou") is True
        ):
            by_place.add(leaf.key)
            continue
        statement = statements.of(leaf.prose)
        if leaf.appraised and not leaf.negated and _doubted(clauses, statement):
            profile.not_known.add(leaf.key)
            continue
        share, closest = covered(statement, clauses)
        if share < _TOUCHED:
            unsettled.append(leaf)
            continue
        denies = _denied(clauses, statement)
        if leaf.negated:
            (profile.denied if denies else profile.not_known).add(leaf.key)
        elif denies and leaf.beside and not statement.negative and share >= _COVERED:
            profile.denied.add(leaf.key)
        elif denies != statement.negative:
            if share >= _COVERED or leaf.special:
                profile.not_known.add(leaf.key)  # spoken of, but not this way
        elif _enough(leaf.prose, statement, share, closest):
            profile.confirmed.add(leaf.key)
        else:
            unsettled.append(leaf)
    profile.confirmed |= further(unsettled)
    told = profile.confirmed or profile.facts.keys() & set(entry.facts) - SAYS_LITTLE
    profile.all_else = profile.all_else or bool(told and _ALL_ELSE.search(text))
    profile.confirmed |= by_place


def _enough(prose: str, statement: Statement, share: float, closest: Sequence[str]) -> bool:
    """Whether what was said amounts to the statement."""
    if statement.figure:
        return reached(prose, statement.figure, closest)
    if share >= _COVERED:
        return True
    about = [clause_terms(clause) for clause in closest]
    alone = any(len(terms & statement.terms) >= _ABOUT * len(terms) for terms in about if len(terms) > 1)
    return alone and statement.pieces == 1


def _denied(clauses: Sequence[str], statement: Statement) -> bool:
    """Whether a good part of a statement was only said in clauses with a negation (set phrases like 没问题 left out)."""
    plain: set[str] = set()
    negated: set[str] = set()
    for clause in clauses:
        terms = clause_terms(clause) & statement.terms
        (negated if _NEGATION.search(_WORDS_WITH_NOT.sub("", clause)) else plain).update(terms)
    return statement.weight(negated - plain) >= _DENIED_PART * statement.weight(statement.terms)


def _doubted(clauses: Sequence[str], statement: Statement) -> bool:
    """Whether something was said against a judgement: that what it praises is lacking, not so, or in decline."""
    for clause in clauses:
        plain = _WORDS_WITH_NOT.sub("", clause)
        if clause_terms(clause) & statement.terms and (_TAKEN_BACK.search(plain) or _DECLINE.search(plain)):
            return True
        for lack in _LACK.finditer(plain):
            if _terms(plain[lack.end() : lack.end() + _CLOSE_BY]) & statement.terms:
                return True
    return False


def _admits(clause: str) -> bool:
    """Whether a clause speaks of a past sanction without denying it."""
    return bool(_SANCTION.search(clause)) and not _NEGATION.search(clause)
