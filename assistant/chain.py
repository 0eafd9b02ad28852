"""The chain: understand → retrieve → judge → compose (or let the model) → cite and give notice."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_core.documents import Document

from assistant.chat_model import Drafted, drafts_with_model
from assistant.clarifying import other_programmes, other_readings
from assistant.companions import judged_by_parts
from assistant.composer import Draft, cite, compose, notices
from assistant.declining import REFUSALS, SMALL_TALK, decline
from assistant.english import declined, framed, is_english
from assistant.evidence import Verdict, judge
from assistant.finding import Finder
from assistant.objections import asked_word_for_word, asks_more_than_figures, figure_left_out
from assistant.on_the_day import issued_by_then
from assistant.premises import corrected
from assistant.rendering import growing, rendered
from assistant.rewriting import found_with_rewriting
from assistant.schema import Answer, Citation, SoFar, Statement, Status
from assistant.sides import judged_by_sides
from assistant.topic_change import understood
from assistant.understanding import Understanding
from assistant.verdicts import Qualified, qualified
from index.search import Searcher
from ingest.text import chinese_date

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable, RunnableLambda

State = dict[str, Any]
_NO_CLAUSE = ("thin", "off_topic", "later")  # causes of which none speaks against a verdict
_SAID_NOWHERE = (
    "thin",
    "detail",
    "later",
)  # causes of which a clause that rules out what is asked tells more
_PREMISE = "问的前提和条文不一致。"
_NEAREST = (
    "收录的文件里没有找到能直接回答这个问题的条款。最相近的一条如下，请核对是不是您要问的；"
    "不是的话，可以换个说法，写明政策名称或文号，或者拨打12345咨询主管部门。"
)
HARDLY = 0.15  # so likely an answer must be for the clause to be shown as the nearest though it is not taken as one
SURELY = 0.75  # of development questions that take something for granted none is so likely answered
CLEARLY = 0.4  # so likely an answer must be for a question that looks like one to be refused


class _Steps(NamedTuple):
    """What an answer goes through: steps that add to the state, each with its key there and its name, and the ends."""

    understand: Callable[[State], Understanding]
    further: tuple[tuple[str, str, Callable[[State], Any]], ...]
    unanswered: Callable[[State], bool]
    declined: Callable[[State], Answer]
    composed: Callable[[State], Iterator[Answer]]


def answering(searcher: Searcher, model: BaseChatModel | None = None) -> Callable[[State], Iterator[Answer]]:
    """What `build_chain` does, step by step without LangChain, which takes longer to load than an answer does.

    Gives a `SoFar` with every statement of a model that was verified, then the `Answer`.
    """
    steps = _steps(searcher, model)

    def answers(state: State) -> Iterator[Answer]:
        state = _added(state, "understanding", "understand", steps.understand)
        if (ready := _without_search(state)) is not None:
            yield ready
            return
        for key, name, step in steps.further:
            state = _added(state, key, name, step)
        if steps.unanswered(state):
            yield steps.declined(state)
        else:
            yield from steps.composed(state)

    return answers


def build_chain(searcher: Searcher, model: BaseChatModel | None = None) -> Runnable[State, Answer]:
    """The answering chain of LangChain. In: `{"question", "as_of", "day_asked", "history"}`; out: an `Answer`.

    Its `stream` gives a `SoFar` with every statement of a model that was verified, then the `Answer`.

    Args:
        searcher: the index to answer from.
        model: a chat model that words the answers; embedded answers if None.
    """
    from langchain_core.runnables import RunnableBranch, RunnableLambda

    steps = _steps(searcher, model)
    chain: Runnable[State, Any] = RunnableBranch(
        (steps.unanswered, RunnableLambda(steps.declined)),
        RunnableLambda(steps.composed, name="compose"),
    )
    for key, name, step in reversed(steps.further):
        chain = _step(key, name, step) | chain
    return _step("understanding", "understand", steps.understand) | RunnableBranch(
        (lambda s: _without_search(s) is not None, RunnableLambda(_without_search)), chain
    )


def _without_search(state: State) -> Answer | None:
    """The answer to what is not searched for: a bad question, one to be refused, small talk."""
    understanding = state["understanding"]
    if understanding.problem:
        return _answer(state, "error", understanding.problem)
    if understanding.refusal:
        return _answer(state, "refused", REFUSALS[understanding.refusal])
    return _answer(state, "out_of_scope", SMALL_TALK) if understanding.small_talk else None


def _steps(searcher: Searcher, model: BaseChatModel | None) -> _Steps:
    finder = Finder(searcher)

    def _understand(state: State) -> Understanding:
        return understood(state["question"], state["as_of"], state["history"], searcher)

    def _found(state: State) -> list[Document]:
        return found_with_rewriting(model, state["understanding"], state["history"], searcher, finder)

    def _judged(state: State) -> Verdict:
        understanding, documents = state["understanding"], state["documents"]
        in_print = issued_by_then(understanding, documents, searcher)
        # Where the best was not issued yet, what is left must answer by itself.
        verdict = judge(understanding, documents if in_print[:1] == documents[:1] else in_print, searcher)
        if not verdict.documents and len(in_print) < len(documents):
            verdict = judge(understanding, in_print, searcher)
        if verdict.documents:
            return verdict
        return (
            judged_by_sides(state["understanding"], state["documents"], searcher)
            or judged_by_parts(state["understanding"], searcher)
            or _answered_later(understanding, documents, in_print)
            or verdict
        )

    def _answered_later(
        understanding: Understanding, documents: list[Document], in_print: list[Document]
    ) -> Verdict | None:
        """That the clause found best would answer, but had not been issued on the day that is asked for."""
        if in_print[:1] == documents[:1]:
            return None
        likely = judge(understanding, documents, searcher)
        return Verdict(cause="later", likely=likely.likely, found=documents[:1]) if likely.documents else None

    def _qualified(state: State) -> Qualified | None:
        documents = issued_by_then(state["understanding"], state["documents"], searcher)
        found = [document.metadata["clause_id"] for document in documents]
        return qualified(state["understanding"], state["history"], found, searcher, model)

    def _drafts(state: State) -> Iterator[Drafted]:
        told, correction = state["qualified"], _correction(state)
        if correction and not (told and told.eligibility["verdict"] != "undetermined"):
            yield correction
        elif told:  # worked out, not worded: a model has nothing to add
            drafted = told.draft
            if told.eligibility["verdict"] == "undetermined" and state["verdict"].documents:
                drafted.statements += compose(state["understanding"], state["verdict"], searcher).statements
            yield Drafted(drafted, told.remarks)
        elif model is None:
            yield Drafted(compose(state["understanding"], state["verdict"], searcher), [])
        else:
            yield from drafts_with_model(model, state["understanding"], state["verdict"], searcher)

    def _correction(state: State) -> Drafted | None:
        if state["verdict"].likely >= SURELY:
            return None  # then a clause says what is asked, whatever else it rules out
        wrong = corrected(state["understanding"], state["documents"], searcher)
        return Drafted(Draft([wrong]), [], status="not_covered") if wrong else None

    def _composed(state: State) -> Iterator[Answer]:
        started = time.perf_counter()
        for drafted in _drafts(state):
            if drafted.whole:
                state["timings"]["compose"] = round((time.perf_counter() - started) * 1000, 2)
            yield _finished(state, drafted) if drafted.whole else _so_far(state, drafted)

    def _so_far(state: State, drafted: Drafted) -> Answer:
        statements, citations = cite(drafted.draft, state["understanding"], searcher)
        begun = _answer(state, "answered", growing(statements, citations), statements, citations, [], "model")
        return SoFar(**dict(begun), lasting=not _laid_out(state["understanding"]))

    def _finished(state: State, drafted: Drafted) -> Answer:
        statements, citations = cite(drafted.draft, state["understanding"], searcher)
        if not citations:
            return _declined(state | {"verdict": Verdict(cause="thin")})
        told = state["qualified"] if drafted.status == "answered" else None
        left_out = (
            ""
            if told or drafted.status != "answered" or _of_table(citations, searcher) or _as_written(state)
            else figure_left_out(state["understanding"], [s.text for s in statements])
        )
        partly = bool(left_out) and asks_more_than_figures(state["understanding"])
        if left_out and not partly:
            near = [citation.clause_id.split("#", 1)[0] for citation in citations]
            return _declined(state | {"verdict": Verdict(cause="detail", missing=left_out, near=near)})
        said = [
            *_on_which_day(state),
            *drafted.remarks,
            *([f"收录的文件里没有找到所问的{left_out}，请向主管部门核实。"] if partly else []),
            *notices(citations, state["understanding"], searcher),
        ]
        if drafted.mode == "model" and not _laid_out(state["understanding"]):
            text = growing(statements, citations)
        else:
            text = rendered(statements, citations, state["understanding"], bool(told))
        if drafted.status == "not_covered":
            text = f"{_PREMISE}\n\n{text}"
        if is_english(state["understanding"].question):
            text = framed(text, statements, citations, state["understanding"], searcher)
        status: Status = "partial" if partly else drafted.status
        answer = _answer(state, status, text, statements, citations, said, drafted.mode)
        if told:
            answer.eligibility = told.eligibility
        if told or drafted.status != "answered":
            return answer
        answer.clarify = other_readings(
            state["understanding"], state["verdict"].documents, citations, searcher
        ) or other_programmes(state["understanding"], citations, searcher)
        return answer

    def _declined(state: State) -> Answer:
        # What is asked of another city is no secret wish to cheat in this one.
        if state["understanding"].doubtful and state["verdict"].cause != "place":
            return _answer(state, "refused", REFUSALS[state["understanding"].doubtful])
        correction = _correction(state) if state["verdict"].cause in _SAID_NOWHERE else None
        if correction:
            return _finished(state, correction)
        status, text = decline(state["understanding"], state["verdict"], searcher)
        near = _nearest_clause(state) if status == "not_covered" else None
        text = _NEAREST if near and state["verdict"].cause == "thin" else text
        if is_english(state["understanding"].question):
            text = f"{declined(state['verdict'], state['as_of'])}\n\n{text}"
        if near is None:
            return _answer(state, status, text)
        statements, citations = cite(near, state["understanding"], searcher)
        shown = rendered(statements, citations, state["understanding"], False)
        said = notices(citations, state["understanding"], searcher)
        return _answer(state, status, f"{text}\n\n{shown}", statements, citations, said)

    def _nearest_clause(state: State) -> Draft | None:
        """The clause that an answer would have rested on, had it been likelier; no figures of other years or places.

        Or had it been issued by the day that is asked for.
        """
        verdict, documents = state["verdict"], state["documents"]
        kinds = state["understanding"].hints.kinds
        if verdict.cause == "later":
            return compose(state["understanding"], replace(verdict, documents=verdict.found), searcher)
        if verdict.cause != "thin" or verdict.likely < HARDLY or not documents or "statistic" in kinds:
            return None
        first = documents[0].metadata
        return Draft([(first["gist"], [first["clause_id"]])]) if first["gist"] else None

    def _unanswered(state: State) -> bool:
        verdict = state["verdict"]
        doubtful = state["understanding"].doubtful and verdict.likely < CLEARLY
        told = state["qualified"]
        of_case = told and (told.decides or (told.asked and verdict.cause in _NO_CLAUSE))
        return bool(doubtful or not (verdict.documents or of_case))

    further = (
        ("documents", "retrieve", _found),
        ("verdict", "judge", _judged),
        ("qualified", "check", _qualified),
    )
    return _Steps(_understand, further, _unanswered, _declined, _composed)


def _step(key: str, name: str, step: Callable[[State], Any]) -> RunnableLambda[State, State]:
    """A step of the chain.

    `RunnablePassthrough.assign` would do the same in a thread of its own, which takes longer than most steps.
    """
    from langchain_core.runnables import RunnableLambda

    return RunnableLambda(lambda state: _added(state, key, name, step), name=name)


def _added(state: State, key: str, name: str, step: Callable[[State], Any]) -> State:
    """The state with what a step gives, and with how long it took."""
    started = time.perf_counter()
    result = step(state)
    state["timings"][name] = round((time.perf_counter() - started) * 1000, 2)
    return state | {key: result}


def answer_id(question: str, as_of: date, generation: str) -> str:
    """The same question on the same index and day has the same id."""
    return hashlib.sha256(f"{generation}|{as_of}|{question}".encode()).hexdigest()[:16]


def _answer(
    state: State,
    status: Status,
    text: str,
    statements: list[Statement] | None = None,
    citations: list[Citation] | None = None,
    said: list[str] | None = None,
    mode: str = "embedded",
) -> Answer:
    return Answer(
        id=answer_id(state["question"], state["as_of"], state["generation"]),
        question=state["question"],
        status=status,
        answer=text,
        statements=statements or [],
        citations=citations or [],
        notices=said or [],
        mode="model" if mode == "model" else "embedded",
        as_of=state["as_of"].isoformat(),
        timings_ms=state["timings"],
    )


def _on_which_day(state: State) -> list[str]:
    """That the question's own day was taken, where it names one."""
    if not state.get("day_asked"):
        return []
    day = state["as_of"].isoformat()
    if is_english(state["question"]):
        return [f"Answered as of {day}, the day you asked about."]
    return [f"按您问的{chinese_date(day)}回答；想知道现在的情况，请说“现在还能……吗”。"]


def _as_written(state: State) -> bool:
    """Whether the question is one that people wrote for the clause that answers it."""
    return any(asked_word_for_word(state["understanding"], d) for d in state["verdict"].documents[:1])


def _of_table(citations: list[Citation], searcher: Searcher) -> bool:
    """Whether an answer rests on a table, whose heads say what its figures count."""
    clause = searcher.store.clause(citations[0].clause_id)
    return clause is not None and clause.kind in ("row", "table")


def _laid_out(understanding: Understanding) -> bool:
    """Whether the text is put together from all statements at once: a comparison's table, the frame in English."""
    return "compare" in understanding.hints.kinds or is_english(understanding.question)
