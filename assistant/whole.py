"""Whether a question asks for the whole of a list: all conditions, papers or steps, not one of them."""

from __future__ import annotations

import re

from assistant.understanding import Understanding
from index.query import content_terms
from index.search import Searcher
from index.store import StoredClause
from index.tokens import terms

LIST_KINDS = frozenset({"list", "eligibility", "procedure", "materials"})
# A question for conditions, papers or steps as such, not for one of them.
_ALL_OF_IT = re.compile(
    r"^.{2,16}?(?:的|有|要|需要|得)*(?:哪些|什么|啥)?(?:认定|申报|申请|备案|基本|准入|入驻|毕业)*(?:条件|要求|资格|流程|程序|步骤)(?:是?什么|有哪些|是啥)?[？?。]?$"
    r"|(?:哪些|哪几[个种条项类]?|什么|怎样|怎么|请说明|介绍)[^，,。；;？?]{0,10}?(?:情形|步骤|环节|程序|流程)|[哪几][几]?步|(?:步骤|环节|程序|流程)(?:是|有|怎么|怎样|包括|都)|[哪几][几]?(?:道)?(?:关|手续)(?!系)|从头到尾|顺一遍|"
    r"从.{2,12}到.{2,16}(?:步|流程|程序|环节)"
)
# What is wanted of a programme, and who wants it: with these away, what is left of a bare question is its subject.
_WANTED = re.compile(
    r"条件|要求|资格|门槛|标准|材料|资料|手续|流程|程序|步骤|环节|认定|申报|申请|备案|评定|评选|审批|办理|提交|准备|具备|符合|满足|享受|加入|扶持|支持|好处|优惠|待遇|福利|政策|措施|企业|公司|单位|个人"
    r"|怎么|咋|如何|哪些|什么|啥|谁|需要|能|可以|够|格|要|得|有|办|报|交|评|领|弄|当|成为|想|都|做|入|认"
)

_MOSTLY = 0.6  # of the items of a list
_LISTED = {
    "eligibility": re.compile(r"条件|下列要求|以下要求"),
    "materials": re.compile(r"材料"),
    "procedure": re.compile(r"程序|流程|步骤"),
}


def asks_for_all(understanding: Understanding, clause: StoredClause, searcher: Searcher) -> bool:
    """Whether a question asks for conditions, papers or steps as such, and a clause may be a list of them."""
    kind = understanding.hints.kind
    if kind is None or not _ALL_OF_IT.search(understanding.question):
        return False
    return _lists(kind, clause, searcher) if clause.kinds else bool(searcher.store.children(clause))


def asks_of_the_whole(understanding: Understanding, clause: StoredClause, searcher: Searcher) -> bool:
    """Whether a question wants what a clause lists, and names nothing that its document and headings do not name.

    A detail of one item (雏鹰计划销售额要求) is in none of the headings; a bare question (雏鹰计划要什么条件) has no detail.
    """
    hints = understanding.hints
    if not LIST_KINDS & set(hints.kinds[:1]) or not _lists(hints.kinds[0], clause, searcher):
        return False
    about = searcher.documents[clause.document_id]
    named = set(terms(" ".join([about.title, *about.names, *clause.breadcrumb, clause.heading])))
    asked = content_terms(_WANTED.sub(" ", hints.corrected))
    return all(len(term) == 1 or term in named for term in asked)


def _lists(kind: str, clause: StoredClause, searcher: Searcher) -> bool:
    """Whether the items of a clause are of a kind: conditions, not grants each with some condition of its own."""
    items = searcher.store.children(clause)
    if items and not clause.kinds:  # nobody noted what it answers, but its own words say what it lists
        return bool(kind in _LISTED and _LISTED[kind].search(f"{clause.heading} {clause.text}"))
    if not items or kind not in clause.kinds:
        return False
    noted = [item.kinds for item in items if item.kinds]
    return kind == "list" or sum(kind in kinds for kinds in noted) >= _MOSTLY * len(noted)
