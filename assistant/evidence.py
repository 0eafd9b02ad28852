"""Whether the clauses found answer the question, or the honest answer is that the documents do not say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from langchain_core.documents import Document

from assistant.answerability import (
    FIRST,
    answerable,
    signals,
    unfamiliar_name,
    unknown_number,
    unknown_title,
)
from assistant.following import means_the_newer
from assistant.objections import (
    FIELD,
    OF_NOTHING_ELSE,
    PUTS_BEHIND,
    asked_word_for_word,
    asks_for_the_districts_own,
    asks_what_was_received,
    clearly_invented,
    introduced_programme,
    invented_programme,
    invented_quoted,
    objections,
    other_place_asked,
    unknown_programme,
)
from assistant.on_the_day import issued_by_then
from assistant.tables import row_meant, without_other_rows
from assistant.understanding import Understanding, says_which_was_meant
from assistant.whole import asks_for_all, asks_of_the_whole
from index.search import Searcher
from index.store import StoredClause
from index.tokens import phrases

Cause = Literal["", "place", "year", "name", "detail", "thin", "off_topic", "later"]

# Chosen on questions that the weights had not seen (`evals.train_gate`): 97 of 100 answerable development questions
# pass, and 16 of 100 that no document answers.
NEEDED = 0.26
# Of a question with no word of the field in it and no name: it may be about anything.
NEEDED_OUTSIDE = 0.42
# Where a clause speaks of neither of the two ways asked about, or not of the thing on the side: of the pairs in
# `evals/pairs.yaml` it then keeps 14 of 16 that are answered, and 34 of 181 that are not (96 without).
NEEDED_OF_OPEN = 0.6
_CHINESE = re.compile(r"[\u3400-\u9fff]{4}")
# So much of a question's wording and meaning the first result must have for the question to be of the field without any
# word of it; no development question from outside reaches both.
_MUCH_REPEATED, _ALIKE = 0.3, 0.28
_DAILY_LIFE = re.compile(
    r"小学|初中|高中|幼儿园|学区|公交|地铁|机场|高铁|火车|飞机|医院|挂号|看病|医保|养老金|退休金|房价|物业|驾照|驾驶证|违章|车牌|结婚|离婚|生孩子"
    r"|护照|身份证|居住证|天气|快递|外卖|超市|餐馆|饭店|电影|旅游|景点|彩票|股票|菜场|宠物|健身|电费|水费|燃气"
)
_OFFICIAL = 0.7  # of an expansion: its everyday word stands for an official one and little else
_ASKED_SO = 0.5  # so much like one written for a clause, a question is of the field whatever its words
_ELLIPTIC = 12  # characters: a follow-up that names one thing and means the rest
_FAR = 4.0  # of the ranking's score; chosen on the development questions: 12 of 14 figures taken from there were wrong
_PLANNED = re.compile(r"任务|目标|计划|要求|力争|要达到|要完成|预期")
# Classes whose rules stand side by side in nearly the same words.
_OPPOSITES = (
    ("规上", "规下"),
    ("限上", "限下"),
    ("规模以上", "规模以下"),
    ("首次", "再次"),
    ("直接费用", "间接费用"),
)
# Of the score: so little apart, nine of ten development questions whose first result holds the second mean the second.
_AS_WELL = 1.5
_ITEMS_AT = 4  # results, among which an item that lists what is asked for may stand
_QUOTED = re.compile(r"[“”\"]([^“”\"]{2,14})[“”\"]")
_WHAT_IS = re.compile(r"什么(?:是|叫)([\u3400-\u9fff]{2,14})")
_IS_WHAT = re.compile(r"([\u3400-\u9fff]{2,14})(?:是指|指的是|指|是)(?:什么|啥|哪|怎样|何)")
_TERM = 4  # characters of a term's end that tell it in its definition
# 平台是指 …, 平台（以下简称 …）是 …, 2.创业团队：以 …
_MEANING = (
    r"{0}[”’\"]?(?:[（(][^（）()]{{0,30}}[）)])?[，,]?(?:是指|指的是|系指|是由|是以)"
    r"|(?:^|[。；\n.、）)])[^。；，：:\n]{{0,10}}{0}[”’\"]?(?:[（(][^（）()]{{0,30}}[）)])?(?:[：:]|是(?!否|不))"
)
_DEFINED_AT = 8  # results looked at for a definition
# An objection that a result bears says nothing of the others; so many of the first are looked at for one without.
_LOOKED_AT = 5


@dataclass(slots=True)
class Verdict:
    """The clauses that bear on the question, best first; or why there are none."""

    documents: list[Document] = field(default_factory=list)
    cause: Cause = ""
    missing: str = ""
    likely: float = 0.0
    near: list[str] = field(default_factory=list)  # documents of the results, where none answers
    # All results, with those that something speaks against; and of a comparison the sides, where each was judged alone.
    found: list[Document] = field(default_factory=list)
    sides: list[list[Document]] = field(default_factory=list)


def judge(understanding: Understanding, found: list[Document], searcher: Searcher) -> Verdict:
    """Keep the clauses that can bear an answer; say what is missing when it is not likely that any does."""
    if not found:
        return Verdict(cause="thin")
    written = asked_word_for_word(understanding, found[0])
    absent = _no_such_clause(understanding, found) or _no_such_programme(understanding, searcher)
    if absent and not written:
        return Verdict(cause="name", missing=absent)
    against = [objections(understanding, d, searcher) for d in found[:FIRST]]
    if _second_has_the_figure(found, against):
        found, against = [found[1], found[0], *found[2:]], [against[1], against[0], *against[2:]]
    values = signals(understanding, found, searcher, against)
    not_held = not written and (
        _not_held(values, understanding)
        or _no_such_statistic(values, against)
        or _none_has("thing", found, against)
        or _no_such_rules(understanding, found, against, searcher)
    )
    likely = 0.0 if not_held else answerable(values)
    sure = (
        written
        or _asked_for_by_number(found[0])
        or _goes_on(understanding, found[0], searcher)
        or _of_two_versions(understanding, found, searcher)
    )
    needed = NEEDED if _of_the_field(understanding, found[0]) else NEEDED_OUTSIDE
    if values["neither_way"] or _rules_of_another(found, against) or _none_has("side", found, against):
        needed = max(needed, NEEDED_OF_OPEN)
    if sure and not not_held:
        likely = max(likely, needed)
    if likely < needed:
        cause, missing = _cause(understanding, found, searcher)
        near = [d.metadata["document_id"] for d in found[:_LOOKED_AT]]
        return Verdict(cause=cause, missing=missing, likely=likely, near=near)
    kept = {d.id for d in issued_by_then(understanding, found, searcher)}
    against += [objections(understanding, d, searcher) for d in found[FIRST:]]
    pairs = [(d, o) for d, o in zip(found, against, strict=True) if d.id in kept]
    found, against = [d for d, _ in pairs], [o for _, o in pairs]
    free = [d for d, o in zip(found, against, strict=True) if not PUTS_BEHIND & o.keys()]
    best = free if free and (free[0] in found[:_LOOKED_AT] or "rules" in against[0]) else found
    if _figure_from_afar(found[0], best[0], against[0], understanding):
        near = [found[0].metadata["document_id"]]
        return Verdict(cause="detail", missing=against[0]["figure"], likely=likely, near=near)
    best = _defining_first(
        understanding, _opposites_last(understanding, _item_first(understanding, best, searcher))
    )
    fitting = without_other_rows(understanding, best, searcher)
    left_out = len(fitting) < len(best)
    if left_out and (not fitting or "district" in objections(understanding, fitting[0], searcher)):
        # What is left is of the city: the tables by districts do not have what is asked.
        return Verdict(cause="thin", likely=likely, near=[best[0].metadata["document_id"]])
    best = fitting
    row = row_meant(understanding, best, searcher)
    if row:
        best = [row, *(d for d in best if d is not row)]
    return Verdict(best, likely=likely, found=found)


def _of_the_field(understanding: Understanding, first: Document) -> bool:
    """Whether a question, or what it goes on from, speaks of the field, of something by name, or as the documents do."""
    hints = understanding.hints
    known = (
        hints.context
        or _says_it_otherwise(understanding)
        or hints.topics
        or hints.doc_numbers
        or first.metadata["parts"]["ask"] >= _ASKED_SO
        or FIELD.search(hints.corrected)
    )
    return bool(known or _in_its_words(hints.corrected, first))


def _says_it_otherwise(understanding: Understanding) -> bool:
    """Whether a question has an everyday word for an official one, and is not of daily life, where it means itself."""
    hints = understanding.hints
    official = any(expansion.weight >= _OFFICIAL for expansion in hints.expansions)
    return official and not _DAILY_LIFE.search(hints.corrected)  # 户口 beside 小学 is no 落户 of talents


def _in_its_words(question: str, first: Document) -> bool:
    """Whether the first result has much of the wording of a question in Chinese, and its meaning too."""
    parts = first.metadata["parts"]
    alike = parts["phrases"] >= _MUCH_REPEATED and parts["dense"] >= _ALIKE
    return alike and bool(_CHINESE.search(question))


def _not_held(values: Mapping[str, float], understanding: Understanding) -> bool:
    """Whether the question is of a kind that the documents cannot answer, whatever they say on its topic.

    That is of another place, of what a district that none names gives by itself, of a title or number that no document has, of what somebody got whom none of
    the results names, for a telephone or address that none of them gives, or for the figures of a year that none speaks of.
    """
    figures = values["wants_statistic"] or values["year_to_come"] or values["yearbook"]
    return bool(
        (values["other_place_asked"] and values["objection_place"])
        or values["title_unknown"]
        or values["number_unknown"]
        or (values["objections_receiver"] == 1 and asks_what_was_received(understanding.question))
        or (values["objections_district"] == 1 and asks_for_the_districts_own(understanding.question))
        or (not values["long"] and values["objections_contact"] == 1)
        or (not values["long"] and values["objections_figure"] == 1)
        or (not values["long"] and values["objections_year"] == 1 and figures)
        or (
            not values["long"]
            and values["wants_statistic"]
            and values["yearbook"]
            and values["objection_year"]
            and not _PLANNED.search(understanding.question)  # which plans hold, not yearbooks
        )
    )


def _no_such_statistic(values: Mapping[str, float], against: Sequence[Mapping[str, str]]) -> bool:
    """Whether a figure of a district and year is asked for, and each result speaks of another year or place."""
    return bool(
        values["wants_statistic"]
        and any("district" in some for some in against)
        and all(some.keys() & {"year", "district", "place"} for some in against)
    )


def _none_has(what: str, found: Sequence[Document], against: Sequence[Mapping[str, str]]) -> bool:
    """Whether something is asked for that clauses mostly leave out, and none found about as well as the first has it."""
    best = found[0].metadata["score"]
    return all(what in o or best - d.metadata["score"] > _FAR for d, o in zip(found, against, strict=False))


def _no_such_rules(
    understanding: Understanding,
    found: Sequence[Document],
    against: Sequence[Mapping[str, str]],
    searcher: Searcher,
) -> bool:
    """Whether conditions, papers … as such are asked for, and no clause found, of the first result's document or about
    as good as that, gives such."""
    if not _none_has("rules", found, against):
        return False
    own = found[0].metadata["document_id"]
    others = (d for d in found[FIRST:] if d.metadata["document_id"] == own)
    return all("rules" in objections(understanding, d, searcher) for d in others)


def _rules_of_another(found: Sequence[Document], against: Sequence[Mapping[str, str]]) -> bool:
    """Whether the document found first has not the rules that are asked for, only another one may."""
    own = found[0].metadata["document_id"]
    return "rules" in against[0] and all(
        "rules" in some or document.metadata["document_id"] != own
        for document, some in zip(found, against, strict=False)
    )


def _second_has_the_figure(found: Sequence[Document], against: Sequence[Mapping[str, str]]) -> bool:
    """Whether the first result only lacks the figure asked for, and one found about as well in its document has it."""
    if len(found) < 2 or against[0].keys() != {"figure"} or against[1]:
        return False
    one, other = found[0].metadata, found[1].metadata
    return one["document_id"] == other["document_id"] and one["score"] - other["score"] <= _AS_WELL


def _figure_from_afar(
    first: Document, best: Document, against: Mapping[str, str], understanding: Understanding
) -> bool:
    """Whether the clause on what is asked lacks the figure that is asked for, and one that fits far less well has one."""
    return (
        "figure" in against
        and "validity" not in understanding.hints.kinds
        and first.metadata["score"] - best.metadata["score"] > _FAR
    )


def _opposites_last(understanding: Understanding, documents: list[Document]) -> list[Document]:
    """The results, the clauses of one document that speak of the opposite of what is asked behind its others."""
    asked = understanding.hints.corrected
    pairs = [*_OPPOSITES, *((other, one) for one, other in _OPPOSITES)]
    meant = [(one, other) for one, other in pairs if one in asked and other not in asked]

    def of_the_opposite(document: Document) -> bool:
        said = document.metadata["gist"] or document.page_content
        return any(other in said and one not in said for one, other in meant)

    if not meant or not of_the_opposite(documents[0]):
        return documents
    own = documents[0].metadata["document_id"]
    fits = next(
        (d for d in documents[:FIRST] if d.metadata["document_id"] == own and not of_the_opposite(d)), None
    )
    return [fits, *(d for d in documents if d is not fits)] if fits else documents


def _defining_first(understanding: Understanding, documents: list[Document]) -> list[Document]:
    """The results, a clause that says what the asked term means before others of its document on the same matter."""
    if understanding.hints.kinds[:1] != ["definition"]:
        return documents
    asked = understanding.hints.corrected
    named = [*_QUOTED.findall(asked), *_WHAT_IS.findall(asked), *_IS_WHAT.findall(asked)]
    ends = {term[-tail:] for term in named for tail in (min(len(term), _TERM), len(term))}
    meanings = [re.compile(_MEANING.format(re.escape(end))) for end in ends]
    if not meanings or any(m.search(documents[0].page_content) for m in meanings):
        return documents
    best = documents[0].metadata
    defining = [
        d
        for d in documents[1:_DEFINED_AT]
        if d.metadata["document_id"] == best["document_id"]
        and best["score"] - d.metadata["score"] <= _FAR
        and any(m.search(d.page_content) for m in meanings)
    ]
    if not defining:
        return documents
    first = min(defining, key=lambda d: len(d.page_content))  # a clause over others holds their words
    return [first, *(d for d in documents if d is not first)]


def _item_first(
    understanding: Understanding, documents: list[Document], searcher: Searcher
) -> list[Document]:
    """The results, an item that stands right behind the clause that holds it and fits about as well before it.

    What is asked of one item is answered shorter by it, and the clause that is cited is the one that says so. Who asks
    for steps or conditions as such means the item that lists them, where the clause lists other things too.
    """
    held = searcher.store.clause(documents[0].metadata["clause_id"]) if documents else None
    if held is None or asks_of_the_whole(understanding, held, searcher):
        return documents
    items = []
    for document in documents[1:_ITEMS_AT]:
        apart = documents[0].metadata["score"] - document.metadata["score"]
        item = searcher.store.clause(document.metadata["clause_id"])
        if item is not None and apart <= _AS_WELL and _holds(held, item, searcher):
            items.append((document, item))
    listing = (document for document, item in items if asks_for_all(understanding, item, searcher))
    first = next(listing, items[0][0] if items and items[0][0] is documents[1] else None)
    return [first, *(d for d in documents if d is not first)] if first else documents


def _holds(above: StoredClause, item: StoredClause, searcher: Searcher) -> bool:
    """Whether a clause stands above another in one document."""
    parent = item.parent
    while item.document_id == above.document_id and parent:
        if parent == above.path:
            return True
        upper = searcher.store.clause(f"{item.document_id}#{parent}")
        parent = upper.parent if upper else None
    return False


def _no_such_clause(understanding: Understanding, found: list[Document]) -> str:
    """The clause asked for by number that the document asked for by number does not have, "" if there is none."""
    hints = understanding.hints
    parts = [document.metadata["parts"] for document in found[:_LOOKED_AT]]
    if not (hints.clause_paths and hints.doc_numbers) or not any(p["document"] >= 1 for p in parts):
        return ""
    return "" if any(p["clause"] >= 1 for p in parts) else f"{hints.doc_numbers[0]}{hints.clause_paths[0]}"


def _no_such_programme(understanding: Understanding, searcher: Searcher) -> str:
    """The programme in quotation marks, or that a short question is about, that no document knows; "" if there is none.

    Without quotation marks a question that names anything that is known, and a story, may mean another one by it.
    """
    hints = understanding.hints
    if quoted := invented_quoted(understanding.question, hints.corrected, searcher):
        return quoted
    if hints.context:
        return ""
    heard_of = introduced_programme(hints.corrected, searcher)
    if heard_of and introduced_programme(hints.text, searcher):
        return heard_of
    made_up = clearly_invented(hints.corrected, searcher)
    if made_up and clearly_invented(hints.text, searcher):
        return made_up
    only = OF_NOTHING_ELSE if hints.topics or len(hints.text) > _ELLIPTIC * 2 else ()
    # As written, and as it was probably meant: 创新卷 is no programme, 创新券 is.
    return invented_programme(hints.corrected, searcher, only) and invented_programme(
        hints.text, searcher, only
    )


def _of_two_versions(understanding: Understanding, found: list[Document], searcher: Searcher) -> bool:
    """Whether two versions of a document are compared and both were found."""
    if "compare" not in understanding.hints.kinds:
        return False
    listing = searcher.documents[found[0].metadata["document_id"]].listing
    versions = {*listing["supersedes"], listing["superseded_by"]}
    return any(document.metadata["document_id"] in versions for document in found[:_LOOKED_AT])


def _asked_for_by_number(document: Document) -> bool:
    parts = document.metadata["parts"]
    return bool(parts["clause"] >= 1 or parts["as_written"] > 0)


def _goes_on(understanding: Understanding, document: Document, searcher: Searcher) -> bool:
    """Whether a few words ("那创客呢") go on about the document of the conversation, or ask the same of another.

    There is too little in them for the signals; what speaks against the clause still counts.
    """
    hints = understanding.hints
    listing = searcher.documents[document.metadata["document_id"]].listing
    newer = means_the_newer(hints.text) and bool(listing["supersedes"])
    return (
        bool(hints.context)
        and hints.leaning == 1
        and (len(hints.text) <= _ELLIPTIC or says_which_was_meant(hints.text) or newer)
        and (document.metadata["parts"]["before"] > 0 or newer or _names(hints.topics, document, searcher))
        and not objections(understanding, document, searcher)
    )


def _names(topics: Sequence[Sequence[str]], document: Document, searcher: Searcher) -> bool:
    """Whether a few words name the document themselves (那18年的初创企业呢)."""
    called = searcher.called.get(document.metadata["document_id"], "")
    return any(spelling in called for spellings in topics for spelling in spellings)


def _cause(understanding: Understanding, found: list[Document], searcher: Searcher) -> tuple[Cause, str]:
    """Why there is most likely no answer, and what is missing."""
    place = other_place_asked(understanding)
    if place:
        return "place", place
    unknown = unknown_title(understanding, searcher) or unknown_number(understanding, searcher)
    if unknown:
        return "name", unknown
    if not (
        _says_it_otherwise(understanding)
        or FIELD.search(understanding.search_text)
        or _in_its_words(understanding.hints.corrected, found[0])
    ):
        return "off_topic", ""
    against = objections(understanding, found[0], searcher)
    if "contact" in against:
        return "detail", against["contact"]
    quoted = against.get("name", "")
    if all(map(searcher.has_phrase, phrases(quoted))):  # the documents have the name, only not there
        quoted = ""
    name = quoted or unknown_programme(understanding.hints.corrected, searcher)
    if name or (name := unfamiliar_name(understanding, searcher)):
        return "name", name
    if "receiver" in against:
        return "name", against["receiver"]
    if "district" in against:
        # Of the district there may be figures of another year: then it is the year that is missing.
        others = [objections(understanding, d, searcher) for d in found[:_LOOKED_AT]]
        if any("year" in other and "district" not in other for other in others):
            return "year", understanding.hints.years[0]
        return "place", against["district"]
    if "year" in against:
        return "year", against["year"]
    missing = against.get("figure") or against.get("thing", "")
    if not missing and _no_such_rules(
        understanding, found, [objections(understanding, d, searcher) for d in found[:FIRST]], searcher
    ):
        missing = against["rules"]
    return ("detail", missing) if missing else ("thin", "")
