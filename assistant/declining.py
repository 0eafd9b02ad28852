"""Words for what cannot be answered, each with a way on."""

from __future__ import annotations

from difflib import get_close_matches

from assistant.evidence import Verdict
from assistant.schema import Status
from assistant.understanding import Understanding
from index.search import Searcher
from ingest.text import chinese_date

_NEAREST = 2  # policies that are named where none answers
_ALIKE, _AS_ALIKE = 2, 0.6  # names that are offered for an unknown one, and how alike (difflib's ratio)
_KIND_OF_NAME = 1  # its last character says what it is: 券, 划, 程


def decline(understanding: Understanding, verdict: Verdict, searcher: Searcher) -> tuple[Status, str]:
    """Status and text for a question whose answer the documents do not hold."""
    near = _nearest(verdict, searcher)
    if verdict.cause == "off_topic":
        return "out_of_scope", (
            "这个问题不在服务范围内。这里回答杭州科技、人才和产业政策方面的问题，例如“创新券一年最多能领多少”“雏鹰企业要什么条件”。"
        )
    if verdict.cause == "place":
        return "not_covered", (
            f"收录的文件里没有{verdict.missing}在这方面的规定。这里收录的是杭州市和浙江省的科技、人才、产业文件；{verdict.missing}的政策请查当地政府网站或拨打当地12345。"
        )
    if verdict.cause == "year":
        return (
            "not_covered",
            f"收录的文件里没有{verdict.missing}年的这项内容。{_years_held(searcher)}需要别的年份，请向主管部门查询。",
        )
    if verdict.cause == "name":
        like = _named_alike(verdict.missing, searcher)
        offer = f"名称相近的有{like}。" if like else ""
        return (
            "not_covered",
            f"收录的文件里没有找到“{verdict.missing}”。{offer}请核对名称或文号；也可以换个说法，说明想办的事。",
        )
    if verdict.cause == "later":
        about = searcher.documents[verdict.found[0].metadata["document_id"]]
        name = f"《{about.title}》" + (f"（{about.number}）" if about.number else "")
        return (
            "not_covered",
            f"到{chinese_date(understanding.as_of.isoformat())}，收录的文件里还没有能回答这个问题的规定。后来印发的{name}写到，那一天还不能作依据：",
        )
    if verdict.cause == "detail":
        return (
            "not_covered",
            f"收录的文件里没有写{verdict.missing}这类信息。{near}请拨打12345或查看主管部门官网。",
        )
    return (
        "not_covered",
        f"收录的文件里没有找到能回答这个问题的条款。{near}可以换个说法，写明政策名称或文号；或者拨打12345咨询主管部门。",
    )


def _nearest(verdict: Verdict, searcher: Searcher) -> str:
    """The policies nearest to the question, so that who asks can look whether one of them is meant."""
    policies = [
        searcher.documents[i]
        for i in dict.fromkeys(verdict.near)
        if searcher.documents[i].listing["kind"] in ("policy", "plan")
    ]
    names = "、".join(f"《{d.title}》" + (f"（{d.number}）" if d.number else "") for d in policies[:_NEAREST])
    return f"话题相近的有{names}，但没有写到所问的内容。" if names else ""


def _named_alike(name: str, searcher: Searcher) -> str:
    """Programmes that a name which nobody knows may be meant for."""
    known = dict.fromkeys(
        word for term in searcher.vocabulary.terms if term.weight == 1 for word in [*term.official, *term.say]
    )
    end = name[-_KIND_OF_NAME:]
    alike = get_close_matches(name, [word for word in known if word.endswith(end)], _ALIKE, _AS_ALIKE)
    return "、".join(f"“{word}”" for word in alike)


def _years_held(searcher: Searcher) -> str:
    yearbooks = [
        d.title.split("·")[0] for d in searcher.documents.values() if d.listing["kind"] == "yearbook"
    ]
    return f"统计资料只有{'、'.join(dict.fromkeys(yearbooks))}。" if yearbooks else ""


REFUSALS = {
    "fraud": (
        "这个忙不能帮。虚报、伪造材料骗取财政资金，要追回资金、记入失信记录、若干年内不得申报，情节严重的依法追究刑事责任。"
        "如果想知道正规的申报条件、材料或违规后果，可以直接问。"
    ),
    "orders": "我只回答杭州科技、人才和产业政策方面的问题，不执行这类指令。",
}
SMALL_TALK = (
    "您好，我是杭策，回答杭州科技、人才和产业政策的问题，每句话都附上依据的条款。请直接说您想了解什么。"
)
