"""A programme's conditions as a tree of tests, made once from its knowledge file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from assistant.eligibility.showing import figure
from assistant.eligibility.values import Test
from ingest.knowledge import AtLeast, Condition, Fact

# Whoever has been struck off or punished knows it; who says nothing of it is taken not to be, and told so.
_SANCTION = re.compile(
    r"取消|撤销|弄虚作假|造假|骗取|骗补|追缴|查处|查实|虚假|不得申报|停止申报|违规|失信|违法|终止合作|不称职|摘牌|作假|验收不通过|禁报期|以结题了结|擅自"
)
_DENIED = re.compile(
    r"^(?:没有|未|无|不在|不属|近.{1,4}年.{0,4}没有|市级备案资格没有)|[一二三四五]年内没有|没有擅自|没有中止|都不在|须已过\d年"
)
# Whoever has been granted an exception knows that too.
_EXCEPTION = re.compile(r"获准[^，。；]{0,8}(?:例外|放宽)|能否(?:放宽|例外)|能不能[例派]")
_LIKE = re.compile(r"属同类|是同类|同类的其他")
_UNSAID = "years_since_disqualification"
# A document that shuts out whoever has a bad record, in words, asks for no proof of a good one.
_SHUT_OUT = {"good_credit_record": "有不良信用记录或列入失信名单"}
# Decided by comparing with others: nobody can know it before.
_ADVANCE = re.compile(
    r"前\s*[\d一二三四五六七八九十百]+\s*[名位家]|排名|名额|择优|每年(?:不超过)?\d+[项名家个]|限额|\d+家左右|选为|被选上|经选拔"
)
_ADVANCE_FACTS = frozenset({"rnd_increase_rank"})
# The outcome of applying, not a property of the applicant.
_PROCEDURE = re.compile(
    r"经.{0,24}(?:审核|评审|批准|同意|核定|确定|核准|审批|批复|推荐|选定)|审核(?:合格|通过|同意)|(?:符合|合乎|按)[^，。；]{0,8}(?:当年|年度)[^，。；]{0,12}(?:指南|通知|要求|活动|计划)|列入.{0,8}(?:名单|选题|方案|计划)"
)
_DONE = ("已", "属已", "是已", "属于已")
# How a figure is counted, which whoever gives the figure is taken to have heeded.
_CLARIFIES = re.compile(
    r"^(?:按.计|上述|上面|这些|这支|这一|该|计入|所投|其中|前述|每个|以上)|只算|口径|的分母|(?:都|均)按"
)
# What asks for so many is a condition of its own, however it begins.
_DEMANDS = re.compile(r"不少于|不低于|\d[^，。；]{0,6}以上|都?满\d")

_SIGN = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<"}
_WORDS = {"at_least": "不少于", "at_most": "不超过", "more_than": "超过", "less_than": "少于"}
_UNIT = {"money": "CNY", "percent": "", "area": "m2", "years": "years", "months": "months", "days": "days"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One test of a fact, or a statement that only a person can confirm (`prose`).

    `unsaid` is what is taken to hold where nothing is said of a past sanction or a granted exception, else None.
    `beside` marks a statement that would do in place of a fact (an exception, a like case): that all else is met does
    not say it. `appraised` marks one that only the deciding body's judgement settles, `counting` one that says how a
    figure is counted, `procedure` what is done or decided after applying, `special` a case out of the ordinary.
    """

    text: str
    required: str
    clause_id: str
    fact: str = ""
    test: Test | None = None
    prose: str = ""
    negated: bool = False
    unsaid: bool | None = None
    advance: bool = False
    procedure: bool = False
    beside: bool = False
    appraised: bool = False
    counting: bool = False
    special: bool = False

    @property
    def key(self) -> str:
        """What names the question behind this test: the fact, or the clause and words of the statement."""
        return self.fact or f"{self.clause_id}|{self.prose}"


@dataclass(frozen=True, slots=True)
class Group:
    """All, some, at least n, or none of several conditions."""

    kind: Literal["all", "any", "not", "n"]
    children: tuple[Node, ...] = field(default=())
    n: int = 0


Node = Leaf | Group


def leaves(node: Node) -> Iterator[Leaf]:
    """The tests below, in order."""
    if isinstance(node, Leaf):
        yield node
        return
    for child in node.children:
        yield from leaves(child)


def rows(node: Node) -> Iterator[Node]:
    """The conditions that must each hold: nested conjunctions laid flat, everything else as one."""
    if isinstance(node, Group) and node.kind == "all":
        for child in node.children:
            yield from rows(child)
    else:
        yield node


class Maker:
    """Makes trees from the conditions of one document."""

    def __init__(self, facts: dict[str, Fact], clause_id: Callable[[str], str]) -> None:
        self._facts = facts
        self._clause_id = clause_id

    def tree(self, condition: Condition, negated: bool = False) -> Node:
        """The tree of a condition.

        Raises:
            KeyError: it names a fact that the vocabulary does not have.
        """
        if condition.fact or condition.prose:
            return self._leaf(condition, negated)
        if condition.not_:
            return Group("not", (self.tree(condition.not_, not negated),))
        if isinstance(condition.at_least, AtLeast):
            counted = tuple(self.tree(c, negated) for c in condition.at_least.of)
            return Group("n", counted, condition.at_least.n)
        if condition.any is not None:
            return Group("any", _beside_facts(tuple(self.tree(c, negated) for c in condition.any)))
        return Group("all", tuple(self.tree(c, negated) for c in condition.all or []))

    def _leaf(self, condition: Condition, negated: bool) -> Leaf:
        clause_id = self._clause_id(condition.at) if condition.at else ""
        if condition.prose:
            words = condition.prose
            sanction = bool(_SANCTION.search(words))
            unsaid = False if negated and sanction else True if sanction and _DENIED.search(words) else None
            if not negated and _EXCEPTION.search(words):
                unsaid = False
            return Leaf(
                f"不属于：{words}" if negated else words,
                words,
                clause_id,
                prose=words,
                negated=negated,
                unsaid=unsaid,
                advance=bool(_ADVANCE.search(words)),
                procedure=condition.sort == "later"
                # What has been done already (已列入…) is a property of who applies, and nothing to come.
                or (
                    condition.sort is None and not words.startswith(_DONE) and bool(_PROCEDURE.search(words))
                ),
                appraised=condition.sort == "appraisal",
                special=condition.sort == "special",
                counting=condition.sort == "counting"
                or bool(_CLARIFIES.search(words) and not _DEMANDS.search(words)),
            )
        fact = self._facts[condition.fact or ""]
        test, text, required = _test(condition, fact)
        shut_out = negated and condition.is_ is False and fact.id in _SHUT_OUT
        text = _SHUT_OUT[fact.id] if shut_out else text
        return Leaf(
            f"不属于：{text}" if negated else text,
            f"not ({required})" if negated else required,
            clause_id,
            fact=fact.id,
            test=test,
            negated=negated,
            unsaid=False if fact.id == _UNSAID or shut_out else None,
            advance=fact.id in _ADVANCE_FACTS,
        )


def _beside_facts(ways: tuple[Node, ...]) -> tuple[Node, ...]:
    """Several ways to meet a condition, the statements marked that would do in place of a fact or relax its bound.

    A judgement that would do by itself is no judgement that is still to come.
    """
    facts = any(leaf.test for way in ways for leaf in leaves(way))
    return tuple(
        replace(way, beside=facts, appraised=False, special=False)
        if isinstance(way, Leaf) and way.prose
        else _relaxing(way, ways)
        for way in ways
    )


def _relaxing(way: Node, ways: tuple[Node, ...]) -> Node:
    """A way with its statements marked that let in a like case, or buy a looser bound on figures of another way."""
    if not isinstance(way, Group) or way.kind != "all":
        return way
    tests = [leaf.test for leaf in leaves(way) if leaf.test]
    figures = {leaf.fact for leaf in leaves(way) if leaf.test}
    plain = [
        {x.fact for x in leaves(w)} for w in ways if w is not way and not any(x.prose for x in leaves(w))
    ]
    looser = bool(tests) and all(isinstance(test.wanted, Decimal) for test in tests)
    looser = looser and any(figures <= other for other in plain)
    marked = (
        replace(c, beside=True, appraised=False, special=False)
        if isinstance(c, Leaf) and c.prose and (looser or _LIKE.search(c.prose))
        else c
        for c in way.children
    )
    return replace(way, children=tuple(marked))


def _test(condition: Condition, fact: Fact) -> tuple[Test, str, str]:
    """The test, what it says in Chinese, and what it requires in signs."""
    if isinstance(condition.is_, bool):
        return (
            Test("is", condition.is_),
            fact.name if condition.is_ else f"不是“{fact.name}”",
            "true" if condition.is_ else "false",
        )
    if condition.is_ is not None or condition.in_ is not None:
        wanted = condition.in_ or [str(condition.is_)]
        return (
            Test("in", frozenset(wanted)),
            f"{fact.name}：{'、'.join(wanted)}" + ("之一" if len(wanted) > 1 else ""),
            "in " + ", ".join(wanted),
        )
    for kind in ("at_least", "at_most", "more_than", "less_than"):
        bound = getattr(condition, kind)
        if bound is not None:
            number = Decimal(str(bound))
            unit = unit_of(fact)
            sign = f"{_SIGN[kind]} {_plain(number)} {unit}".strip()
            return Test(kind, number), f"{fact.name}{_WORDS[kind]}{figure(fact, number)}", sign
    raise KeyError(fact.id)


def unit_of(fact: Fact) -> str:
    """The unit of a fact in signs; "" for a share."""
    return fact.unit if fact.type == "money" and fact.unit else _UNIT.get(fact.type, fact.unit)


def _plain(number: Decimal) -> str:
    return f"{number:f}".rstrip("0").rstrip(".") if "." in f"{number:f}" else f"{number:f}"
