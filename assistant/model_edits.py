"""What a near copy of its source changes: one small word for another may turn the sense round.

A statement that follows its clause nearly word for word may differ from it in what is known to be harmless: numerals and
limit words (compared elsewhere), function words, words of the same meaning, shorter names. Any other word put in the place
of one of the source is held back, whatever it is.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import nlargest

from assistant.model_quantities import Quantity, limits_differ, plain, quantities, same, without_quantities
from assistant.model_wording import Kin
from ingest.knowledge import Term
from ingest.text import fold

NEAR = 0.66  # of a piece's characters in order in one of the source: it copies that one
SHORT = 5  # words: a shorter piece is read with the one before it
LEAST = 3  # words of what is looked for at all
LOOKED_AT = 4  # pieces of the source, those that share most
AS_NEAR = 0.08  # by so much less near may another piece of the source be and count as well as the nearest
# From here on any other word in the place of one of the source tells. Official language is paraphrased more freely
# than a gist, which is in the words that a citizen is told.
ANY_WORD = 0.75
ANY_WORD_OFFICIAL = 0.88
VERY_NEAR = 0.85  # from which the figures of the two are laid side by side
WIDEST = 3  # neighbouring pieces of the source as one
_PIECE = re.compile(r"[^，,；;：:。！？!?\n]+")
# Each line says the same to a citizen; the words of one line may stand for each other.
_SAME = """
给予 予以 给 发放 拨付 拨给 提供
补助 补贴 资助 扶持 补
奖励 奖
申报 申请 申领
应当 应该 必须 须 需要 需 应 一定要 要
可以 可 能够 能
不得 不能 不可以 不可 不准 禁止 严禁
不予 不给予 不给 不再 不
没有 无 未
按照 根据 依照 按
或者 或 /
并且 且 以及 和 及 与 及其
每年 每一年 每年度
单个 每个 每一个
每家 每一家
公司 企业
经费 资金
提交 递交 报送 上报 交
审核 审查 评审 审
公布 发布 公示
取消 撤销
负责 承担
注册 登记注册 登记
条件 要求
期限 时间
优先 优先予以
支持 推动 推进 促进 鼓励
制定 制订 出台 拟定 拟订
建立 设立 组建 成立
提升 提高 增强
加强 强化 加大
完善 健全
评选 评定 遴选 选拔 选出 评出
计入 计算 算入 算进
包括 包含 涵盖
到期 期满 届满 存续期结束 存续期满
填报 填写
共同 联合
及时 尽快
用于 用来 用在
培养 培育
获得 取得 拿到 得到 享受
材料 资料
费用 经费
本市 我市
推广 推行
实行 实施 采用 采取
依据 上位依据
牵头单位 牵头部门
配合单位 配合部门
总投入 投入总额
为了 为 旨在
优惠 优于
提供 报送 报
一次性 一次
超过 超
规模以上 规上
规模以下 规下
限额以上 限上
区、县(市) 区县(市) 区县市 区县
单位 机构
部门 局
评为 评定为 认定为 认定 评上
在杭州 在杭 在本市
来杭州 来杭
"""
# Words that divide: one of them added or left out says something else, even where all else is the same.
_DIVIDING = (
    "首次", "再次", "每次", "重新", "新认定", "新引进", "新增", "连续", "累计", "全职", "兼职", "非全日制", "全日制", "非独立", "独立", "应届",
    "实际", "规上", "规下", "限上", "中小微", "小微", "中小", "大型", "全部", "部分", "全额", "半额", "免费", "收费", "减半",
)  # fmt: skip
# Words of which one excludes the others.
_EXCLUSIVE = """
国家级 省级 市级 区级 县级
每年 每月 每季度 每半年
每家 每人 每户 每项 每件 每名
首次 再次 每次
杭州 浙江 宁波 温州 上海 北京 深圳
本市 本省
我市 我省
本市 我省
我市 本省
余杭 萧山 滨江 临平 西湖 上城 拱墅 钱塘 富阳 临安 桐庐 淳安 建德
企业 事业单位 高校 个人 团队 大学生 在职职工
连续 累计
之前 之后
以前 以后
上年度 上年 当年 次年 下年度 上半年 下半年
年底 月底 月初 年初
增长 下降
提高 降低
增加 减少
扩大 缩小
上浮 下浮
境内 境外
国内 国外
全职 兼职
全日制 非全日制
全部 部分
全额 半额 减半
免费 收费
规上 规下
特等 一等 二等 三等
甲级 乙级
a类 b类 c类 d类
优秀 良好 合格 称职
保留 取消
保留 撤销
中小 大型 中小微 小微
事前 事后
"""
# Words that exclude each other where they stand between the same two words.
_BETWEEN = """
或 和
应当 可以
国家 省 市 区 县
之前 之后
前 后
国家级 省级 市级 区级 县级
a类 b类 c类 d类
企业 个人 高校 团队 机构 大学生 职工 项目
科研院所 中介机构
新增 减少
上年 当年 次年 本年 下年
上年度 当年度 本年度 下年度
杭州 浙江 宁波
每年 每月 每季度 一次性
在杭州 在浙
来杭州 来浙
中小 大型
小微 大型
中小微 大型
"""
_HARMLESS = (
    "不断",
    "不仅",
    "非常",
    "未来",
    "无论",
    "不同",
    "不良",
    "不动产",
    "不限于",
    "要求",
    "需求",
    "功能",
    "可能",
    "应用",
    "应急",
    "能力",
    "能源",
    "要素",
    "要点",
    "重要",
    "主要",
    "交通",
    "交易",
    "交流",
)
_LEVELS = frozenset({"国家", "省", "市", "区", "县", "国家级", "省级", "市级", "区级", "县级"})
_NEGATION = ("不得", "不予", "没有")
_FUNCTION = re.compile(
    r"[该本这此][项份个]?(?:办法|政策|文件|意见|通知|规定|细则|方案|计划|条|项)"
    r"|如果|的话|那么|作为|或者?|以及|应当|应该|必须|需要|一定要|可以|能够|获得|得到|享受|享有|实行|实施|进行|开展|做好|属于|有关|相关|情况|其中|包括|具体|一般|通常|方面|共同|统一|市里"
    r"|[#的了在是为就等其该此之将对把被由于从让所也都还便则地得向本这那着过里内中上个且、并要应须需可能会会它他们获贵您你做]"
)
_LIMITS = re.compile(
    r"(?:最高|最多|最低|最少|最长|最短|至少|至多|不超过|不超出|不得超过|未超过|不高于|不多于|不低于|不少于|不小于|不大于|不短于|不满|未满|低于|少于|小于|不足|超过|高于|多于|大于|突破|超|上限|封顶|限额|原则上?|达到|达|满|大约|约|近|为限|为)+(?=[^，。；、]{0,6}#)"
    r"|(?<=#)(?:\(含\))?(?:及以上|及以下|或以上|以上|以内|以下|之内|左右|封顶|为限|为上限|内|多|余)"
)
_AND_ABOVE = re.compile(r"[(（]含[)）]以上|[及或]以上")
_ENDING = re.compile(r"停止|暂停|终止")
_WORD = re.compile(r"#|[\w\ue000-\uf8ff]")


_FIRST_SIGN, _FIRST_TERM = 0xE000, 0xE400  # private characters


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A text word by word: for each a sign that stands for all words of the same meaning, and the word as written.

    Figures are one sign whatever they are; limit words, public bodies and punctuation are left out.
    """

    signs: str
    words: tuple[str, ...]
    figures: tuple[Quantity, ...] = ()

    def said(self, start: int, end: int) -> str:
        """The words of a stretch."""
        return "".join(self.words[start:end])


class Sameness:
    """Which words say the same.

    Args:
        terms: everyday words with the official terms that they stand for.
        kin: the names of public bodies, which are compared elsewhere.
    """

    def __init__(self, terms: Iterable[Term] = (), kin: Kin | None = None) -> None:
        self._kin = kin or Kin()
        self._sign: dict[str, str] = {}
        exclusive = [line.split() for line in _EXCLUSIVE.strip().splitlines()]
        groups = [line.split() for line in _SAME.strip().splitlines()]
        between = [line.split() for line in _BETWEEN.strip().splitlines()]
        single = (*_DIVIDING, *_HARMLESS, *(w for line in (*exclusive, *between) for w in line if len(w) > 1))
        groups += [[word] for word in single]
        for number, group in enumerate(groups):
            for word in group:
                for form in (word, plain(word)):  # 一次性 loses its numeral
                    if form:
                        self._sign.setdefault(form, chr(_FIRST_SIGN + number))
        self._dividing = frozenset(self._sign[w] for w in _DIVIDING)
        self._negation = frozenset(self._sign[w] for w in _NEGATION)
        self._exclusive = exclusive
        self._between = [frozenset(self._sign.get(w, w) for w in line) for line in between]
        self._words = _any_of(self._sign)
        self._alike = {chr(_FIRST_SIGN + n): [w for w in g if len(w) > 1] for n, g in enumerate(groups)}
        self._long_words = _any_of(w for g in self._alike.values() if len(g) > 1 for w in g)
        # Terms are made of words that have signs of their own: 研发补助, 研发资助.
        self._term: dict[str, str] = {}
        for number, term in enumerate(t for t in terms if t.weight == 1):
            for name in (*term.official, *term.say):
                signs = self._signed(plain(name)).signs
                if len(signs) > 1:
                    self._term.setdefault(signs, chr(_FIRST_TERM + number))
        self._terms = _any_of(self._term)
        self.skeleton = lru_cache(maxsize=8192)(self._skeleton)

    def _skeleton(self, text: str) -> Skeleton:
        said = without_quantities(plain(self._kin.without(fold(text))))
        said = _LIMITS.sub(
            "", _AND_ABOVE.sub("以上", said.replace("规模以上", "规上").replace("限额以上", "限上"))
        )
        one = self._signed(said)
        signs, words, at = "", [], 0
        for known in self._terms.finditer(one.signs):
            signs += one.signs[at : known.start()] + self._term[known[0]]
            words += [*one.words[at : known.start()], one.said(*known.span())]
            at = known.end()
        return Skeleton(signs + one.signs[at:], (*words, *one.words[at:]), tuple(quantities(text)))

    def _signed(self, said: str) -> Skeleton:
        signs, words, at = [], [], 0
        while at < len(said):
            known = self._words.match(said, at)
            word = known[0] if known else said[at]
            if known or _WORD.match(word):
                signs.append(self._sign.get(word, word))
                words.append(word)
            at += len(word)
        return Skeleton("".join(signs), tuple(words))

    def in_words_of(self, said: str, source: str) -> str:
        """A text with each word that its source has not replaced by one of the same meaning that it has."""

        def put(match: re.Match[str]) -> str:
            word = match[0]
            if word in source:
                return word
            return next((w for w in self._alike[self._sign[word]] if w in source), word)

        return self._long_words.sub(put, said)

    def divides(self, signs: str) -> tuple[frozenset[str], int]:
        """The words in a stretch that divide, and whether it denies."""
        return frozenset(signs) & self._dividing, sum(c in self._negation for c in signs) % 2

    def excluded(self, said: str, source: str) -> str:
        """A word of a folded text of which its source has only others that exclude it, "" if there is none."""
        for rivals in self._exclusive:
            own = {w for w in rivals if w in said and w not in source and w.removesuffix("级") not in source}
            if own and any(w in source for w in rivals):
                return min(own)
        return ""

    def swapped(self, said: str, source: str) -> int:
        """Where what is said has another word than its source between the same two words, or one more or less that
        denies; -1 if nowhere.
        """
        for i, sign in enumerate(said):
            before, after = said[max(0, i - 1) : i], said[i + 1 : i + (2 if i else 3)]
            if not after or f"{before}{sign}{after}" in source:
                continue
            rivals = {r for group in self._between if sign in group for r in group - {sign}}
            if any(f"{before}{r}{after}" in source for r in rivals):
                return i
            around = said[max(0, i - 2) : i] + said[i + 1 : i + 3]
            if sign in self._negation and before and around in source and not self._ended(around, source):
                return i
        return -1

    def _ended(self, around: str, source: str) -> bool:
        """Whether a stretch of the source stands behind a word that ends what it says (停止其5年内申报)."""
        at = source.find(around)
        return bool(_ENDING.search(source[max(0, at - 6) : at]))


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """The longest of some words at a place."""
    return re.compile("|".join(map(re.escape, sorted(words, key=lambda w: (-len(w), w)))) or r"(?!)")


@dataclass(frozen=True, slots=True)
class Original:
    """The pieces of some clauses as skeletons, and all of them in one."""

    pieces: tuple[Skeleton, ...]
    sizes: tuple[int, ...]  # of each, in different pairs of signs
    having: dict[str, list[int]]  # pair → the pieces that have it
    whole: str
    text: str  # all of them, folded
    any_word: float  # from which nearness on

    @classmethod
    def of(cls, texts: Sequence[str], about: str, sameness: Sameness, official: bool) -> Original:
        """Clauses to be compared with.

        Args:
            texts: what they say.
            about: what their documents are called.
            sameness: words of the same meaning.
            official: whether they are the words of documents alone, without gists.
        """
        pieces: list[Skeleton] = []
        for text in texts:
            single = [s for p in _PIECE.findall(text) if (s := sameness.skeleton(p)).signs]
            for width in range(1, WIDEST + 1):
                pieces += [_joined(single[i : i + width]) for i in range(len(single) - width + 1)]
        whole = "\n".join(sameness.skeleton(t).signs for t in (*texts, about))
        pairs = [frozenset(_pairs(p.signs)) for p in pieces]
        having: dict[str, list[int]] = defaultdict(list)
        for i, some in enumerate(pairs):
            for pair in some:
                having[pair].append(i)
        any_word = ANY_WORD_OFFICIAL if official else ANY_WORD
        return cls(
            tuple(pieces), tuple(map(len, pairs)), having, whole, fold("\n".join((*texts, about))), any_word
        )

    def nearest(self, said: Skeleton) -> list[Skeleton]:
        """The pieces that share most pairs of signs with what is said, the best first."""
        pairs = set(_pairs(said.signs))
        shared = Counter(i for pair in pairs for i in self.having.get(pair, ()))
        shares = [(2 * n / (len(pairs) + self.sizes[i]), -i) for i, n in shared.items()]
        return [self.pieces[-i] for _, i in nlargest(LOOKED_AT, shares)]


def _joined(pieces: Sequence[Skeleton]) -> Skeleton:
    return Skeleton(
        "".join(p.signs for p in pieces),
        tuple(w for p in pieces for w in p.words),
        tuple(f for p in pieces for f in p.figures),
    )


def _pairs(text: str) -> list[str]:
    return [text[i : i + 2] for i in range(len(text) - 1)]


def changed_word(statement: str, original: Original, sameness: Sameness) -> str:
    """What a statement's near copies change, "" if nothing that tells."""
    before: list[Skeleton] = []
    for piece in _PIECE.findall(statement):
        said = sameness.skeleton(piece)
        excluded = sameness.excluded(fold(piece), original.text)
        if excluded:
            return f"原文没有“{excluded}”"
        place = sameness.swapped(said.signs, original.whole)
        if place >= 0:
            return f"“{said.said(place - 1, place + 2)}”：原文不是“{said.words[place]}”"
        before.append(said)
        whole = said
        for earlier in reversed(before[:-1]):
            if len(whole.signs) >= SHORT:
                break
            whole = _joined([earlier, whole])
        # A word that divides may stand in another piece of the statement than in the source.
        around = frozenset("".join(p.signs for p in before[:-1]))
        problem = _changed(whole, original, sameness, around) if len(whole.signs) >= LEAST else ""
        if problem:
            return f"“{piece[:20]}”：{problem}"
    return ""


def _changed(said: Skeleton, original: Original, sameness: Sameness, around: frozenset[str]) -> str:
    if said.signs in original.whole and not said.figures:
        return ""  # the very words
    near: list[tuple[float, str]] = []
    for source in original.nearest(said):
        matcher = SequenceMatcher(None, source.signs, said.signs, autojunk=False)
        ratio = matcher.ratio()
        if ratio >= NEAR:
            problem = _telling(matcher, source, said, sameness, ratio >= original.any_word, around)
            near.append((ratio, problem or (_figure_changed(said, source) if ratio >= VERY_NEAR else "")))
    best = max((ratio for ratio, _ in near), default=0.0)
    problems = [problem for ratio, problem in near if ratio >= best - (AS_NEAR if best < 1 else 0)]
    return problems[0] if problems and "" not in problems else ""


def _figure_changed(said: Skeleton, source: Skeleton) -> str:
    """How a figure of a near copy differs from the one in its place in the source."""
    if len(said.figures) != len(source.figures):
        return ""
    for one, other in zip(said.figures, source.figures, strict=True):
        if {one.unit, other.unit} & {"", "date", "month-day"}:
            continue
        if not same(one, other):
            return f"原文是{other}"
        if problem := limits_differ(one, [other]):
            return f"{one}：{problem}"
    return ""


def _telling(
    matcher: SequenceMatcher[str],
    source: Skeleton,
    said: Skeleton,
    sameness: Sameness,
    any_word: bool,
    around: frozenset[str],
) -> str:
    """The first of the edits from a source to what is said that may change the sense."""
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            continue
        left, new = source.said(a, b), said.said(c, d)
        lost, denies = sameness.divides(source.signs[a:b])
        added, denied = sameness.divides(said.signs[c:d])
        if added - lost or lost - added - around or denies != denied:
            return f"“{left}”写成了“{new}”"
        if not any_word:
            continue
        bare_left, bare_new = _FUNCTION.sub("", left), _FUNCTION.sub("", new)
        if bare_left and bare_new:
            shorter = _within(bare_left, bare_new) or _within(bare_new, bare_left)
            if not shorter and _moved(source, said, (a, b), (c, d)):
                continue
            if not shorter or any((word in left) != (word in new) for word in _DIVIDING):
                return f"“{left}”写成了“{new}”"
        elif bare_new in _LEVELS:
            return f"添了“{new}”"
    return ""


def _moved(source: Skeleton, said: Skeleton, left: tuple[int, int], new: tuple[int, int]) -> bool:
    """Whether both stretches stand elsewhere in the other text: the words are the same, their order is not."""
    lost, added = source.signs[slice(*left)], said.signs[slice(*new)]
    rest_said, rest_source = said.signs.replace(added, "", 1), source.signs.replace(lost, "", 1)
    return len(lost) > 1 and len(added) > 1 and lost in rest_said and added in rest_source


def _within(short: str, long: str) -> bool:
    """Whether one text's characters stand in another in their order, as in a shorter name."""
    rest = iter(long)
    return all(c in rest for c in short)
