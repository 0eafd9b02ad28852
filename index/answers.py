"""Which kinds of question a text can answer, seen from its words alone."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import get_args

from ingest.knowledge import QuestionKind

KINDS: tuple[str, ...] = (*get_args(QuestionKind), "statistic", "ceiling")

_PATTERNS: dict[str, re.Pattern[str]] = {
    "validity": re.compile(
        r"起施行|起实施|日施行|日实施|起生效|有效期|同时废止|公布之日起|印发之日起|发布之日起"
    ),
    "amount": re.compile(r"\d[\d,.]*\s*(?:万|亿|千)?元|\d(?:\.\d+)?\s*[%‰]|全额|\d+\s*倍"),
    "ceiling": re.compile(r"最高|最多|上限|封顶|不(?:超过|高于)"),
    "statistic": re.compile(r"\d"),
    "deadline": re.compile(
        r"\d+\s*(?:个工作日|个月|日内|天|年内|月底|月前|月份)|[一二三四五六七八九十]\s*(?:个月|年|季度|日内)|季度|期限|之日起|每年|有效期|培育期|逾期"
    ),
    "department": re.compile(r"负责|牵头|解释|受理|主管|组织实施|责任单位|审核推荐"),
    "definition": re.compile(r"是指|指的是|所称|所指|以下简称|是以|是由|包括"),
    "procedure": re.compile(r"申请|申报|提交|审核|评审|公示|受理|登录|推荐|备案|认定|发文|拨付|兑现"),
    "materials": re.compile(r"材料|申请表|申请书|证明|报告|合同|凭证|凭据|清单|附件"),
    "eligibility": re.compile(r"条件|应当?(?:具备|符合|满足)|须|不少于|不低于|不超过|以上|以下|注册|具有"),
    "list": re.compile(r"[；;]|、[^、]{1,20}、|\n"),
}


@lru_cache(maxsize=2048)  # the same few clauses are held against a question and its parts
def answered_kinds(text: str) -> tuple[str, ...]:
    """The kinds of question whose answers need words that this text has.

    >>> answered_kinds("最高补助200万元。")
    ('amount', 'ceiling', 'statistic')
    """
    return tuple(kind for kind, pattern in _PATTERNS.items() if pattern.search(text))
