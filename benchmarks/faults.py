"""True statements and planted faults, made by rule from the gists of the bundled knowledge files.

Each rule takes a gist apart at one place and gives back what a careless or misled writer would have made of it. The
choice among several places is drawn from a generator seeded with the clause, so that every run makes the same.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from assistant.model_wording import Kin
from benchmarks.english_faults import faults as english_faults
from benchmarks.honest import variants
from benchmarks.word_faults import SWAPS, swapped
from index.search import Searcher
from index.store import StoredClause, StoredDocument
from index.validity import status_on
from ingest.text import canonical, chinese_date, doc_numbers

AS_OF = date(2026, 11, 21)
GIVEN = 6  # clauses that the writer is shown
_MONEY = r"\d+(?:\.\d+)?(?:万|亿|千|百)?元"
_FIGURE = re.compile(
    rf"{_MONEY}|\d+(?:\.\d+)?(?:%|个百分点|个工作日|个月|年(?!\d|度|来|初|底|末|代)|天|日|家|人|名|项|个|户|岁|周岁|平方米|倍|次|位|件|亩|小时)"
)
_DATE = re.compile(r"(?:19|20)\d\d年(?:\d{1,2}月)?(?:\d{1,2}日)?")
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_LIMITED = re.compile(
    r"(?:(?:最高|最多|一般|原则上|不超过|不高于|不低于|不少于|至少|最低|最长){1,3})(?=[^，。；、]{0,8}?\d)|(?<=[元%家人名项年个月天日岁米倍])(?:以上|以内|以下|左右)"
)
_SWAPPED = {
    "最高": "最低", "最多": "至少", "不超过": "不低于", "不高于": "不低于", "不低于": "不超过", "不少于": "不超过",
    "至少": "最多", "最低": "最高", "最长": "最短", "以上": "以下", "以内": "以上", "以下": "以上",
}  # fmt: skip
_SAME_LIMIT = {
    "最高": "不超过", "不超过": "最高", "最多": "最高", "不高于": "不超过", "不低于": "至少", "不少于": "至少",
    "至少": "不少于", "最低": "不低于",
}  # fmt: skip
_FLIPPED = {
    "不可以": "可以", "可以": "不可以", "不得": "可以", "不能": "可以", "不予": "予以", "不再": "继续", "无需": "需要",
    "不需要": "需要", "不用": "需要", "除外": "也包括在内", "不包括": "包括", "不享受": "享受", "不重复": "重复", "应当": "不必",
    "必须": "不必", "优先": "不优先", "允许": "不允许", "禁止": "允许", "不给": "给", "取消": "保留", "不纳入": "纳入",
    "不受": "受", "不合格": "合格", "符合": "不符合", "通过": "未通过",
}  # fmt: skip
_JOINED = {
    "三分之一": "三分之二", "四分之一": "四分之三", "并且": "或者", "或者": "并且", "同时满足": "满足其一", "条件之一": "全部条件", "任一": "全部", "其中一项": "全部各项",
    "同时具备": "具备其一", "且": "或", "全部满足": "满足其一", "满足一条": "满足全部", "择一": "同时", "同时符合": "符合其一",
}  # fmt: skip
_UNITS = {
    "万元": ["元", "亿元"], "亿元": ["万元", "元"], "元": ["万元"], "%": ["‰", "个百分点"], "个百分点": ["%"], "年": ["个月"],
    "个月": ["年", "天"], "个工作日": ["个月", "天"], "天": ["个月"], "倍": ["%"], "平方米": ["亩"],
}  # fmt: skip
_BODIES = [
    "市科技局",
    "市财政局",
    "市经信局",
    "市人力社保局",
    "市市场监管局",
    "市发改委",
    "市商务局",
    "市教育局",
    "市委组织部",
    "市科委",
]
_BODY = re.compile(
    r"市(?:科技局|科委|财政局|经信局|经信委|人力社保局|人社局|市场监管局|发改委|商务局|商务委|教育局|委组织部|金融办|农业局|农办|国土资源局|规划局|统计局|住保房管局|税务局|地税局|国税局|质监局|司法局|卫生健康委|卫生计生委|外办|建委|委人才办|审计局)"
)
_UNSUPPORTED = [
    "申请人还可以免费使用办公场地三年。", "逾期未申报的可以在次年补报一次。", "企业也可以通过银行柜台直接领取。", "外地企业同样可以享受这项支持。",
    "材料可以用英文提交，不必翻译。", "通过后还会赠送城市大脑的算力资源。", "负责人还能优先办理子女入学和车辆上牌。", "款项在当天打到个人账户。",
    "不服结果的可以向法院申请强制执行。", "首次申请的企业免去全部税费。",
]  # fmt: skip
_UNSUPPORTED_PIECE = [
    "并免去企业所得税", "同时奖励企业负责人住房一套", "外地企业同样适用", "由银行先行垫付", "可以分期领取", "并自动进入上市后备名单", "不影响领取同类补贴",
]  # fmt: skip
_VALID = ["该政策现行有效。", "目前仍可以按此申报。", "这份文件仍然有效。", "现在还在执行。"]
_GIVES = r"(?:最高|最多|不超过|每年|每家|每项|按|给|补|奖|一次性|资助|至少|不低于|原则上)"  # with what it begins to say how much
_SAME_SUBJECT = 0.4  # so much of a subject in the other clause: both may be about it
# How else a model puts it.
_VALID_OTHERWISE = [
    "截至目前该政策还在有效期内。", "今年仍可继续申请。", "该办法至今依旧生效。", "政策暂未到期，可以放心申报。", "这项政策长期有效。", "企业现在就能去申请。",
    "该文件尚在有效期。",
]  # fmt: skip
_ENDED_OTHERWISE = [
    "这项政策已停止实施。", "政策有效期已过。", "该文件如今不再有效。", "这份文件已失去效力，不可再用。", "该政策现在申请不了了。",
]  # fmt: skip
_ENDED = ["该政策已经失效。", "这份文件已被废止。", "目前不能再申报了。", "现已过期。"]


@dataclass(frozen=True, slots=True)
class Case:
    """One statement with the clauses it cites and all that its writer was shown (clause ids, the right one first).

    `held` says of a statement written by hand, or a fault of it, whether no rule may be made on it; the others go by
    their document.
    """

    kind: str
    statement: str
    cited: tuple[str, ...]
    given: tuple[str, ...]
    honest: bool
    document_id: str
    held: bool | None = None

    @property
    def half(self) -> bool:
        """Whether the case belongs to the half that is only counted."""
        return held_out(self.document_id) if self.held is None else self.held


@dataclass(slots=True)
class Maker:
    """Makes the statements of a home's annotated policies and plans."""

    searcher: Searcher
    _names: list[tuple[str, str]] = field(init=False)
    _shorter: dict[str, str] = field(init=False)
    _kin: Kin = field(init=False)

    def __post_init__(self) -> None:
        self._kin = Kin(self.searcher.vocabulary.bodies)
        self._shorter = {b.name: b.short[0] for b in self.searcher.vocabulary.bodies if b.short}
        self._shorter |= {
            term.official[0]: term.say[0]
            for term in self.searcher.vocabulary.terms
            if term.weight == 1 and term.say and len(term.official[0]) > len(term.say[0]) > 2
        }
        names = []
        for document_id, body in self.searcher.store.programmes():
            for name in (body["name"], *body.get("names", [])):
                bare = re.sub(r"[（(].*", "", name)
                if 4 <= len(bare) <= 14:
                    names.append((bare, document_id))
        self._names = sorted(set(names), key=lambda n: (-len(n[0]), n))

    def documents(self) -> list[StoredDocument]:
        """The policies and plans that have gists."""
        return [
            d
            for d in self.searcher.documents.values()
            if d.listing["kind"] in ("policy", "plan") and not d.listing["duplicate_of"]
        ]

    def cases(self) -> Iterator[Case]:
        """True statements and faults of every annotated clause."""
        for about in self.documents():
            clauses = [c for c in self.searcher.store.clauses_of(about.document_id) if c.gist]
            for clause in clauses:
                given = self._given(clause, clauses, about)
                for kind, statement in self._honest(clause, about):
                    yield Case(kind, statement, (clause.clause_id,), given, True, about.document_id)
                for kind, statement in self._faulty(clause, about, clauses):
                    yield Case(kind, statement, (clause.clause_id,), given, False, about.document_id)
                yield from self._mislabelled(clause, clauses, about, given)
                yield from self._of_two(clause, clauses, about)
        yield from self._by_hand()
        yield from self.in_english()

    def _by_hand(self) -> Iterator[Case]:
        """Statements that a person wrote from the clauses, as far as these are held, and the faults of them."""
        for told in yaml.safe_load(Path(__file__).with_name("paraphrases.yaml").read_text("utf-8")):
            clause = self.searcher.store.clause(told["at"])
            if clause is None:
                continue
            about = self.searcher.documents[clause.document_id]
            clauses = [c for c in self.searcher.store.clauses_of(clause.document_id) if c.gist]
            held = told.get("held", False)
            cited = (clause.clause_id,)
            kind = "in words of their own, by hand"
            yield Case(kind, told["text"], cited, cited, True, clause.document_id, held)
            worded = replace(clause, gist=told["text"])
            for kind, statement in self._faulty(worded, about, clauses):
                yield Case(f"by hand: {kind}", statement, cited, cited, False, clause.document_id, held)

    def in_english(self) -> Iterator[Case]:
        """Statements that a person wrote in English from the clauses, as far as these are held, and faults of them."""
        for told in yaml.safe_load(Path(__file__).with_name("paraphrases_en.yaml").read_text("utf-8")):
            clause = self.searcher.store.clause(told["at"])
            if clause is None:
                continue
            about = self.searcher.documents[clause.document_id]
            held = told.get("held", False)
            cited = (clause.clause_id,)

            def dice(purpose: str, told: dict[str, Any] = told) -> random.Random:
                return random.Random(f"{told['text']}|{purpose}")

            yield Case("in English, by hand", told["text"], cited, cited, True, clause.document_id, held)
            source = [self.searcher.store.full_text(clause), clause.gist]
            status = status_on(about.listing, AS_OF)
            numbered = bool(re.search(r"第[一二三四五六七八九十]+条", clause.path))
            for kind, statement in english_faults(told["text"], source, status, numbered, dice):
                yield Case(f"in English: {kind}", statement, cited, cited, False, clause.document_id, held)
            others = [c for c in self.searcher.store.clauses_of(clause.document_id) if c.gist]
            apart = [
                c for c in others if not c.path.startswith(clause.path) and not clause.path.startswith(c.path)
            ]
            # What a document's data says of it is true whichever of its clauses is cited.
            if re.search(r"in force|expired|took effect|issued by|revised by", told["text"]):
                continue
            for wrong in dice("label").sample(apart, min(3, len(apart))):
                yield Case(
                    "in English: clause label swapped",
                    told["text"],
                    (wrong.clause_id,),
                    cited,
                    False,
                    clause.document_id,
                    held,
                )

    def _given(
        self, clause: StoredClause, clauses: list[StoredClause], about: StoredDocument
    ) -> tuple[str, ...]:
        dice = _dice(clause, "given")
        others = [c.clause_id for c in clauses if c is not clause]
        version = self._other_version(clause, about)
        chosen = dice.sample(others, min(GIVEN - 1 - len(version), len(others)))
        return (clause.clause_id, *(v.clause_id for v in version), *chosen)

    def _other_version(self, clause: StoredClause, about: StoredDocument) -> list[StoredClause]:
        """The clause of an older or newer version that says most of the same."""
        listing = about.listing
        out = []
        for version in [*listing["supersedes"], listing["superseded_by"]]:
            if version not in self.searcher.documents:
                continue
            noted = [c for c in self.searcher.store.clauses_of(version) if c.gist]
            if noted:
                out.append(max(noted, key=lambda c: (_alike(c.gist, clause.gist), c.clause_id)))
        return out[:1]

    # --- what is true ---

    def _honest(self, clause: StoredClause, about: StoredDocument) -> Iterator[tuple[str, str]]:
        gist = clause.gist
        yield "gist", gist
        notation = _FIGURE.sub(lambda m: _rewritten(m[0]), gist)
        if notation != gist:
            yield "numerals written otherwise", notation
        limit = re.sub(
            r"(最高|不超过|最多|不高于|不低于|不少于|至少|最低)(?=\d)", lambda m: _SAME_LIMIT[m[1]], gist
        )
        if limit != gist:
            yield "limit word of the same meaning", limit
        parts = [p for p in re.split(r"(?<=。)", gist) if p]
        if len(parts) > 1:
            yield "sentences in another order", "".join([*parts[1:], parts[0]])
        pieces = [p for p in gist.rstrip("。").split("；") if p]
        if len(pieces) > 1:
            yield "parts in another order", "；".join(reversed(pieces)) + "。"
        if about.verbatim:
            sentences = [s for s in re.findall(r"[^。！？\n]{10,160}。", clause.text) if "《" not in s]
            if sentences:
                yield "sentence of the source", _dice(clause, "sentence").choice(sentences)
        status = status_on(about.listing, AS_OF)
        if status in ("expired", "superseded", "in_force"):
            said = _VALID if status == "in_force" else _ENDED
            yield "true word on validity", gist + _dice(clause, "validity").choice(said)
            said = _VALID_OTHERWISE if status == "in_force" else _ENDED_OTHERWISE
            yield "true word on validity put otherwise", gist + _dice(clause, "validity 2").choice(said)
        number = (about.listing["doc_numbers"] or [""])[0]
        said_otherwise = variants(
            gist, about.title, number, clause.path, self._shorter, lambda purpose: _dice(clause, purpose)
        )
        yield from ((kind, statement) for kind, statement in said_otherwise if statement != gist)

    # --- what is false ---

    def _faulty(
        self, clause: StoredClause, about: StoredDocument, clauses: list[StoredClause]
    ) -> Iterator[tuple[str, str]]:
        gist = clause.gist
        rules: list[tuple[str, Callable[[str, random.Random], str | None]]] = [
            ("figure changed", _figure_changed),
            ("figures exchanged", _figures_exchanged),
            ("unit changed", _unit_changed),
            ("limit word lost", _limit_lost),
            ("limit word swapped", _limit_swapped),
            ("limit word added", _limit_added),
            ("原则上 added", _principle_added),
            ("negation flipped", _negation_flipped),
            ("and/or swapped", _joined_otherwise),
            ("date shifted", _date_shifted),
            ("文号 changed", _number_changed),
            ("unsupported sentence added", _sentence_added),
            ("unsupported words added", _piece_added),
        ]
        for kind, rule in rules:
            said = rule(gist, _dice(clause, kind))
            if said and said != gist:
                yield kind, said
        text = self.searcher.store.full_text(clause)
        for kind in SWAPS:
            said = swapped(gist, f"{gist}\n{text}", kind, _dice(clause, kind))
            if said:
                yield kind, said
        said = _dates_exchanged(gist, about.listing, _dice(clause, "dates"))
        if said:
            yield "dates exchanged", said
        elsewhere = "\n".join(c.gist for c in clauses if c is not clause)
        said = _figure_borrowed(gist, elsewhere, _dice(clause, "another"))
        if said and not set(_amounts(said)) <= set(_amounts(f"{gist}\n{text}")):
            yield "figure of another clause in its place", said
        said = _figure_borrowed(gist, f"{gist}\n{text}", _dice(clause, "borrowed"))
        if said:
            yield "figure of the same clause in its place", said
        for kind, foreign in (("department swapped", True), ("department of the same clause swapped", False)):
            said = _department_swapped(gist, f"{gist}\n{text}", _dice(clause, kind), self._kin, foreign)
            if said:
                yield kind, said
        said = self._programme_swapped(clause)
        if said:
            yield "programme name swapped", said
        foreign_gist = self._foreign_sentence(clause)
        if foreign_gist:
            yield "sentence of another policy added", gist + foreign_gist
        status = status_on(about.listing, AS_OF)
        dice = _dice(clause, "validity fault")
        if status in ("expired", "superseded"):
            yield "validity claim flipped", gist + dice.choice(_VALID)
        elif status == "in_force":
            yield "validity claim flipped", gist + dice.choice(_ENDED)
        else:
            yield "validity claimed that nobody knows", gist + dice.choice(_VALID + _ENDED)
        year = AS_OF.year + dice.choice([3, 4, 9])
        yield (
            "validity until a made-up year",
            gist
            + dice.choice(
                [f"该政策{year}年仍然有效。", f"有效期到{year}年底。", f"该办法{year}年12月31日到期。"]
            ),
        )
        article = re.search(r"第([一二三四五六七八九十]+)条", clause.path)
        if article:
            wrong = _chinese(dice.choice([40, 45, 52, 66, 71]))
            yield "clause number changed", f"根据第{wrong}条的规定，{gist}"
        false = {"expired": _VALID_OTHERWISE, "superseded": _VALID_OTHERWISE, "in_force": _ENDED_OTHERWISE}
        said = dice.choice(false.get(status, _VALID_OTHERWISE + _ENDED_OTHERWISE))
        yield "false word on validity put otherwise", gist + said

    def _programme_swapped(self, clause: StoredClause) -> str | None:
        held = [n for n, _ in self._names if n in clause.gist]
        if not held:
            return None
        name = held[0]
        strangers = [
            n for n, d in self._names if d != clause.document_id and n not in clause.gist and name not in n
        ]
        return clause.gist.replace(name, _dice(clause, "programme").choice(strangers))

    def _foreign_sentence(self, clause: StoredClause) -> str | None:
        dice = _dice(clause, "foreign")
        others = [d for d in self.documents() if d.document_id != clause.document_id]
        about = dice.choice(others)
        noted = [c for c in self.searcher.store.clauses_of(about.document_id) if c.gist]
        if not noted:
            return None
        sentences = re.findall(r"[^。]{8,}。", dice.choice(noted).gist)
        return dice.choice(sentences) if sentences else None

    def _mislabelled(
        self, clause: StoredClause, clauses: list[StoredClause], about: StoredDocument, given: tuple[str, ...]
    ) -> Iterator[Case]:
        apart = [
            c
            for c in clauses
            if not c.path.startswith(clause.path)
            and not clause.path.startswith(c.path)
            and c.gist != clause.gist
        ]
        if apart:
            wrong = _dice(clause, "label").choice(apart).clause_id
            shown = given if wrong in given else (*given[:-1], wrong)
            yield Case("clause label swapped", clause.gist, (wrong,), shown, False, about.document_id)
        for version in self._other_version(clause, about):
            if canonical(version.gist) != canonical(clause.gist):
                cited = (version.clause_id,)
                yield Case("wrong version's clause", clause.gist, cited, given, False, about.document_id)

    def _of_two(
        self, clause: StoredClause, clauses: list[StoredClause], about: StoredDocument
    ) -> Iterator[Case]:
        """Two clauses cited together: each said whole is true; the one's subject with the other's figure is not."""
        apart = [
            c for c in clauses if c is not clause and c.path[:2] == clause.path[:2] and c.gist != clause.gist
        ]
        apart = apart or [c for c in clauses if c is not clause and c.gist != clause.gist]
        if not apart:
            return
        other = _dice(clause, "second").choice(apart)
        cited = (clause.clause_id, other.clause_id)
        both = f"{clause.gist}{other.gist}"
        yield Case("two clauses after one another", both, cited, cited, True, about.document_id)
        subject = re.match(r"[^，；。：\d]{4,}(?=[，：])", clause.gist)
        told = [
            p for p in re.findall(rf"(?<=[，；]){_GIVES}[^，；。：]*(?=[，；。])", other.gist) if _figures(p)
        ]
        if subject and told and _share(subject[0], f"{other.gist}{about.title}") < _SAME_SUBJECT:
            mixed = f"{subject[0]}，{_dice(clause, 'told').choice(told)}。"
            yield Case("joined from two clauses", mixed, cited, cited, False, about.document_id)


def held_out(document_id: str) -> bool:
    """Whether a policy belongs to the half that no rule was made on."""
    return hashlib.sha256(document_id.encode()).digest()[0] % 2 == 1


def _dice(clause: StoredClause, purpose: str) -> random.Random:
    return random.Random(f"{clause.clause_id}|{purpose}")


def _alike(one: str, two: str) -> float:
    a, b = ({t[i : i + 2] for i in range(len(t) - 1)} for t in (one, two))
    return len(a & b) / (len(a | b) or 1)


def _share(part: str, whole: str) -> float:
    """The share of a text's pairs of characters that another has."""
    pairs = {part[i : i + 2] for i in range(len(part) - 1)}
    return sum(p in whole for p in pairs) / (len(pairs) or 1)


def _put(text: str, match: re.Match[str], new: str) -> str:
    return text[: match.start()] + new + text[match.end() :]


def _places(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """Matches outside titles and document numbers."""
    barred = [
        m.span()
        for m in re.finditer(r"《[^》]*》|[〔\[]\d{4}[〕\]]\d+号|(?:19|20)\d\d[—-](?:19|20)\d\d", text)
    ]
    return [m for m in pattern.finditer(text) if not any(a <= m.start() < b for a, b in barred)]


def _figures(text: str) -> list[re.Match[str]]:
    dates = [m.span() for m in _DATE.finditer(text)]
    return [m for m in _places(_FIGURE, text) if not any(a <= m.start() < b for a, b in dates)]


def _unit_of(figure: str) -> str:
    return _DIGITS.sub("", figure, count=1)


def _figure_changed(gist: str, dice: random.Random) -> str | None:
    places = _figures(gist)
    if not places:
        return None
    match = dice.choice(places)
    number = _DIGITS.match(match[0])
    if number is None:
        return None
    value = float(number[0])
    new = dice.choice(
        [value * 2, value * 5, value + 1, value * 10, value + 10, value / 2 if value > 1 else value * 3]
    )
    return _put(gist, match, f"{new:g}{_unit_of(match[0])}") if new < 1e6 else None


def _figures_exchanged(gist: str, dice: random.Random) -> str | None:
    places = _figures(gist)
    pairs = [
        (a, b)
        for i, a in enumerate(places)
        for b in places[i + 1 :]
        if _unit_of(a[0])[-1] == _unit_of(b[0])[-1] and canonical(a[0]) != canonical(b[0])
    ]
    if not pairs:
        return None
    a, b = dice.choice(pairs)
    return gist[: a.start()] + b[0] + gist[a.end() : b.start()] + a[0] + gist[b.end() :]


def _amounts(text: str) -> list[str]:
    return [canonical(m[0]) for m in _figures(text)]


def _dates_exchanged(gist: str, listing: dict[str, Any], dice: random.Random) -> str | None:
    """The day on which it begins in the place of the day on which it ends, or the other way round."""
    days = [chinese_date(listing[key]) for key in ("effective", "expires", "issued") if listing[key]]
    places = [m for m in _places(_DATE, gist) if m[0] in days]
    if not places:
        return None
    match = dice.choice(places)
    others = [d for d in days if d != match[0] and d not in gist]
    return _put(gist, match, dice.choice(others)) if others else None


def _figure_borrowed(gist: str, text: str, dice: random.Random) -> str | None:
    places = _figures(gist)
    if not places:
        return None
    match = dice.choice(places)
    unit = _unit_of(match[0])[-1]
    pool = sorted({m[0] for m in _figures(text) if _unit_of(m[0])[-1] == unit})
    pool = [f for f in pool if canonical(f) != canonical(match[0])]
    return _put(gist, match, dice.choice(pool)) if pool else None


def _unit_changed(gist: str, dice: random.Random) -> str | None:
    places = [m for m in _figures(gist) if _unit_of(m[0]) in _UNITS]
    if not places:
        return None
    match = dice.choice(places)
    number = _DIGITS.match(match[0])
    return _put(gist, match, (number[0] if number else "") + dice.choice(_UNITS[_unit_of(match[0])]))


def _limit_lost(gist: str, dice: random.Random) -> str | None:
    places = _places(_LIMITED, gist)
    if not places:
        return None
    match = dice.choice(places)
    said = _put(gist, match, "")
    weak = re.search(r"(?:满|达到?)[^，。；]{1,8}$", gist[: match.start()])
    return None if weak and match[0] == "以上" else said  # 满3个月 and 满3个月以上 are the same


def _limit_swapped(gist: str, dice: random.Random) -> str | None:
    pattern = re.compile(
        r"(?:" + "|".join(w for w in _SWAPPED if not w.startswith("以")) + r")(?=[^，。；、]{0,8}?\d)"
        r"|(?<=[元%家人名项年个月天日岁米倍])(?:以上|以内|以下)"
    )
    places = _places(pattern, gist)
    if not places:
        return None
    match = dice.choice(places)
    return _put(gist, match, _SWAPPED[match[0]])


def _free_figures(gist: str) -> list[re.Match[str]]:
    """Figures that no limit word stands near."""
    near = re.compile(
        r"最|不|至少|以|满|达|超|高于|低于|内|前|约|左右|起|上|下|多|近|一般|原则|第|余|到|至|[-~—–]"
    )
    out = []
    for match in _figures(gist):
        before = re.split(r"[，。；]", gist[max(0, match.start() - 40) : match.start()])[-1]
        if not near.search(before + gist[match.end() : match.end() + 6]):
            out.append(match)
    return out


def _limit_added(gist: str, dice: random.Random) -> str | None:
    places = _free_figures(gist)
    if not places:
        return None
    match = dice.choice(places)
    new = dice.choice([f"最高{match[0]}", f"不低于{match[0]}", f"{match[0]}以上", f"不超过{match[0]}"])
    return _put(gist, match, new)


def _principle_added(gist: str, dice: random.Random) -> str | None:
    places = _free_figures(gist)
    if not places:
        return None
    match = dice.choice(places)
    return _put(gist, match, dice.choice(["原则上", "约"]) + match[0])


def _replaced(gist: str, words: dict[str, str], dice: random.Random) -> str | None:
    pattern = re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)))
    places = _places(pattern, gist)
    if not places:
        return None
    match = dice.choice(places)
    return _put(gist, match, words[match[0]])


def _negation_flipped(gist: str, dice: random.Random) -> str | None:
    return _replaced(gist, _FLIPPED, dice)


def _joined_otherwise(gist: str, dice: random.Random) -> str | None:
    return _replaced(gist, _JOINED, dice)


def _date_shifted(gist: str, dice: random.Random) -> str | None:
    places = _places(_DATE, gist)
    if not places:
        return None
    match = dice.choice(places)
    year, month, day = (int(v) for v in [*re.findall(r"\d+", match[0]), "0", "0"][:3])
    if day:
        try:
            shifted = date(year, month, day) + timedelta(days=dice.choice([1, 30, 365, -365]))
        except ValueError:
            return None
        return _put(gist, match, f"{shifted.year}年{shifted.month}月{shifted.day}日")
    if month:
        return _put(gist, match, f"{year}年{month % 12 + 1}月")
    return _put(gist, match, f"{year + dice.choice([1, 2, -1, 5])}年")


def _number_changed(gist: str, dice: random.Random) -> str | None:
    found = list(re.finditer(r"([〔\[])(\d{4})([〕\]])(\d+)号", gist))
    if not found or not doc_numbers(gist):
        return None
    match = dice.choice(found)
    year, number = int(match[2]), int(match[4])
    new = dice.choice([(year + 1, number), (year, number + 1), (year, number * 10 + 1)])
    return _put(gist, match, f"{match[1]}{new[0]}{match[3]}{new[1]}号")


def _department_swapped(gist: str, text: str, dice: random.Random, kin: Kin, foreign: bool) -> str | None:
    places = list(_BODY.finditer(gist))
    if not places:
        return None
    match = dice.choice(places)
    if foreign:
        pool = [b for b in _BODIES if b[1:] not in text and not kin.same(b, match[0])]
    else:
        pool = [b for b in sorted({m[0] for m in _BODY.finditer(text)}) if not kin.same(b, match[0])]
    return _put(gist, match, dice.choice(pool)) if pool else None


def _sentence_added(gist: str, dice: random.Random) -> str:
    return gist + dice.choice(_UNSUPPORTED)


def _piece_added(gist: str, dice: random.Random) -> str:
    ends = [m.start() for m in re.finditer(r"[。；]", gist)]
    at = dice.choice(ends) if ends else len(gist)
    return f"{gist[:at]}，{dice.choice(_UNSUPPORTED_PIECE)}{gist[at:]}"


def _rewritten(figure: str) -> str:
    """A figure in another notation: full width, digits written out, or Chinese numerals."""
    number = _DIGITS.match(figure)
    if number is None:
        return figure
    unit = _unit_of(figure)
    if unit == "万元" and "." not in number[0]:
        return f"{int(number[0]) * 10_000:,}元"
    if unit == "%" and number[0].isdigit() and int(number[0]) <= 99:
        return f"百分之{_chinese(int(number[0]))}"
    if unit in ("年", "个月", "家", "名") and number[0].isdigit() and int(number[0]) <= 99:
        return f"{_chinese(int(number[0]))}{unit}"
    return figure


def _chinese(value: int) -> str:
    digits = "零一二三四五六七八九"
    if value < 10:
        return "两" if value == 2 else digits[value]
    tens, ones = divmod(value, 10)
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")
