"""The chain: understand → retrieve → judge → compose (or let the model) → cite and give notice."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable, RunnableBranch, RunnableLambda

from assistant.chat_model import ModelFailed, draft_with_model
from assistant.clarifying import other_readings
from assistant.comparing import comparison_table
from assistant.composer import Draft, cite, compose, notices
from assistant.declining import REFUSALS, SMALL_TALK, decline
from assistant.english import declined, framed, is_english
from assistant.evidence import Verdict, judge
from assistant.retriever import ClauseRetriever
from assistant.rewriting import found_with_rewriting
from assistant.schema import Answer, Citation, Statement, Status
from assistant.understanding import Understanding, understand
from assistant.verdicts import Qualified, qualified
from index.search import Searcher
from ingest.text import chinese_date

State = dict[str, Any]
CLEARLY = 0.5  # so likely an answer must be for a question that looks like one to be refused
_FALLBACK = "模型没有给出能核实的答案，以下由内置方式作答。"


def build_chain(searcher: Searcher, model: BaseChatModel | None = None) -> Runnable[State, Answer]:
    """The answering chain. In: `{"question", "as_of", "history"}`; out: an `Answer`.

    Args:
        searcher: the index to answer from.
        model: a chat model that words the answers; embedded answers if None.
    """
    retriever = ClauseRetriever(searcher=searcher)

    def _understand(state: State) -> Understanding:
        return understand(state["question"], state["as_of"], state["history"], searcher.analyser)

    def _found(state: State) -> list[Document]:
        return found_with_rewriting(model, state["understanding"], state["history"], searcher, retriever)

    def _qualified(state: State) -> Qualified | None:
        found = [document.metadata["clause_id"] for document in state["documents"]]
        return qualified(state["understanding"], state["history"], found, searcher)

    def _draft(state: State) -> tuple[Draft, str, list[str]]:
        told = state["qualified"]
        if told:  # worked out, not worded: a model has nothing to add
            drafted = told.draft
            if told.eligibility["verdict"] == "undetermined" and state["verdict"].documents:
                drafted.statements += compose(state["understanding"], state["verdict"], searcher).statements
            return drafted, "embedded", told.remarks
        if model is not None:
            try:
                drafted = draft_with_model(model, state["understanding"], state["verdict"], searcher)
                return drafted.draft, "model", drafted.remarks
            except ModelFailed:
                return compose(state["understanding"], state["verdict"], searcher), "embedded", [_FALLBACK]
        return compose(state["understanding"], state["verdict"], searcher), "embedded", []

    def _finish(state: State) -> Answer:
        draft, mode, remarks = state["draft"]
        statements, citations = cite(draft, state["understanding"], searcher)
        if not citations:
            return _declined(state | {"verdict": Verdict(cause="thin")})
        said = [*remarks, *notices(citations, state["understanding"], searcher)]
        text = _render(statements, citations, state["understanding"], bool(state["qualified"]))
        if is_english(state["understanding"].question):
            text = framed(text, statements, citations, state["understanding"], searcher)
        answer = _answer(state, "answered", text, statements, citations, said, mode)
        if state["qualified"]:
            answer.eligibility = state["qualified"].eligibility
            return answer
        answer.clarify = other_readings(
            state["understanding"], state["verdict"].documents, citations, searcher
        )
        return answer

    def _declined(state: State) -> Answer:
        if state["understanding"].doubtful:
            return _answer(state, "refused", REFUSALS[state["understanding"].doubtful])
        status, text = decline(state["understanding"], state["verdict"], searcher)
        if is_english(state["understanding"].question):
            text = f"{declined(state['verdict'])}\n\n{text}"
        return _answer(state, status, text)

    def _unanswered(state: State) -> bool:
        verdict = state["verdict"]
        doubtful = state["understanding"].doubtful and verdict.likely < CLEARLY
        told = state["qualified"]
        return bool(doubtful or not (verdict.documents or (told and told.decides)))

    answering = (
        _step("documents", "retrieve", _found)
        | _step("verdict", "judge", lambda s: judge(s["understanding"], s["documents"], searcher))
        | _step("qualified", "check", _qualified)
        | RunnableBranch(
            (_unanswered, RunnableLambda(_declined)),
            _step("draft", "compose", _draft) | RunnableLambda(_finish),
        )
    )
    return _step("understanding", "understand", _understand) | RunnableBranch(
        (
            lambda s: bool(s["understanding"].problem),
            RunnableLambda(lambda s: _answer(s, "error", s["understanding"].problem)),
        ),
        (
            lambda s: bool(s["understanding"].refusal),
            RunnableLambda(lambda s: _answer(s, "refused", REFUSALS[s["understanding"].refusal])),
        ),
        (
            lambda s: s["understanding"].small_talk,
            RunnableLambda(lambda s: _answer(s, "out_of_scope", SMALL_TALK)),
        ),
        answering,
    )


def _step(key: str, name: str, step: Callable[[State], Any]) -> RunnableLambda[State, State]:
    """A step of the chain: what it gives is added to the state, and how long it took.

    `RunnablePassthrough.assign` would do the same in a thread of its own, which takes longer than most steps.
    """

    def run(state: State) -> State:
        started = time.perf_counter()
        result = step(state)
        state["timings"][name] = round((time.perf_counter() - started) * 1000, 2)
        return state | {key: result}

    return RunnableLambda(run, name=name)


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


def _render(
    statements: list[Statement], citations: list[Citation], understanding: Understanding, dated: bool
) -> str:
    """Statements as short Markdown; what is no longer in force is said before anything else, unless they say so."""
    lines = [f"{_markdown(s.text)} {''.join(f'[{n}]' for n in s.citations)}" for s in statements]
    text = "\n".join(f"- {line}" for line in lines) if len(lines) > 2 else "\n\n".join(lines)
    if "compare" in understanding.hints.kinds:
        table = comparison_table(statements, citations, _markdown)
        if table:  # which says of each side whether it is in force
            return table
    gone = [c for c in citations if c.validity.status in ("expired", "superseded")]
    if not dated and gone and len(gone) == len(citations) and understanding.hints.kind != "validity":
        when = (
            f"有效期至{chinese_date(gone[0].validity.expires)}"
            if gone[0].validity.status == "expired"
            else "已被新文件取代"
        )
        text = f"该规定现已失效（{when}），原来的规定是：\n\n{text}"
    return text


def _markdown(text: str) -> str:
    """Text of documents shown as text: what Markdown or HTML would take for markup is escaped."""
    return re.sub(r"([\\`*_\[\]<>#|$~])", r"\\\1", text)
