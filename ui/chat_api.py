"""The API that programs made for OpenAI's chat completions can talk to, at /v1: same answers, citations kept."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt
from starlette.responses import JSONResponse, Response

from assistant.schema import Answer, SoFar, Turn
from index.tokens import count_tokens
from index.validity import ValidityStatus
from ui.answering import TURNS_READ, Answering
from ui.api import Day, Text
from ui.problems import ChatProblemResponse, Refused, described, dumped, problem_body

MODEL = "hangce"
_VALIDITY: dict[ValidityStatus, str] = {
    "in_force": "有效",
    "expired": "已失效",
    "superseded": "已被取代",
    "not_yet": "未生效",
    "open_ended": "未写明有效期",
    "unknown": "无期限信息",
}
_GIST_ONLY = "要点（未收录原文）"
_PIECE_END = re.compile(r"(?<=\n)|(?<=\])(?!\[)")
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|$~])")


class Part(BaseModel):
    """A part of a message; only text is read."""

    type: Text
    text: Text = ""


class ChatMessage(BaseModel):
    """A message. What `system` and `tool` messages say is not read: answers come from the documents alone."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Text | list[Part] | None = None

    def text(self) -> str:
        """Its words."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class StreamOptions(BaseModel):
    """What a stream tells beside the answer."""

    include_usage: StrictBool = False


class ChatRequest(BaseModel):
    """A chat completion. Sampling settings are accepted and change nothing: the same question has the same answer."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"model": MODEL, "messages": [{"role": "user", "content": "创新券一年最多能领多少？"}]}
        }
    )

    model: Text
    messages: list[ChatMessage] = Field(min_length=1, max_length=500)
    stream: StrictBool = False
    stream_options: StreamOptions | None = None
    n: StrictInt | None = None
    as_of: Day | None = Field(
        None, description="Not OpenAI's: day for which validity is judged (YYYY-MM-DD)."
    )


def chat_router(answering: Answering) -> APIRouter:
    """The routes below /v1."""
    router = APIRouter(prefix="/v1", responses=described(ChatProblemResponse, 404))
    made = int(time.time())
    card = {"id": MODEL, "object": "model", "created": made, "owned_by": MODEL}

    @router.get("/models")
    async def models() -> dict[str, Any]:
        """The one model there is."""
        return {"object": "list", "data": [card]}

    @router.get("/models/{name}")
    async def model(name: str) -> dict[str, Any]:
        """The model by name."""
        _known(name)
        return card

    @router.post("/chat/completions", response_model=None)
    async def complete(request: ChatRequest) -> Response:
        """Answer the last user message in the light of those before it."""
        _known(request.model)
        if request.n not in (None, 1):
            raise Refused(400, f"n is {request.n}: there is one answer to a question, leave n out")
        question, history = _read(request.messages)
        head = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": MODEL}
        if request.stream:
            answers = answering.ask_streaming(question, request.as_of, history, "chat")
            first = await anext(answers)  # what cannot be answered at all is refused before the stream begins
            _usable(first)
            return StreamingResponse(
                _events(head, request, first, answers),
                media_type="text/event-stream",
                headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            )
        answer = await answering.ask(question, request.as_of, history, "chat")
        _usable(answer)
        content = content_of(answer)
        message = {"role": "assistant", "content": content, "refusal": None, **extras(answer)}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        usage = _usage(request.messages, content)
        return JSONResponse({**head, "object": "chat.completion", "choices": [choice], "usage": usage})

    return router


def content_of(answer: Answer) -> str:
    """An answer as one Markdown text, for programs that show nothing else: notices and sources stand below it."""
    blocks = [answer.answer.strip()]
    if answer.clarify:
        options = "\n".join(f"- {_escaped(option)}" for option in answer.clarify.options)
        if answer.clarify.question not in answer.answer:
            blocks.append(_escaped(answer.clarify.question))
        blocks.append(options)
    blocks += [f"※ {_escaped(notice)}" for notice in answer.notices]
    if answer.citations:
        blocks.append("依据：\n" + "\n".join(f"- {_source(answer, i)}" for i in range(len(answer.citations))))
    return "\n\n".join(block for block in blocks if block)


def extras(answer: Answer) -> dict[str, Any]:
    """What a message carries beyond OpenAI's fields."""
    body = answer.model_dump(mode="json")
    names = ("status", "as_of", "statements", "citations", "notices", "clarify", "eligibility")
    return {name: body[name] for name in names}


def pieces(content: str) -> list[str]:
    """A text cut behind each line and each statement's numbers; put together they are the text."""
    return [piece for piece in _PIECE_END.split(content) if piece]


def _source(answer: Answer, index: int) -> str:
    cited = answer.citations[index]
    where = f"《{cited.title}》{cited.doc_number} {cited.clause}"
    gist = "" if cited.verbatim else f"；{_GIST_ONLY}"
    return f"[{cited.n}] {_escaped(where)}（{_VALIDITY[cited.validity.status]}{gist}）"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _known(model: str) -> None:
    if model != MODEL:
        raise Refused(404, f"there is no model {model[:80]!r}, only {MODEL!r}", "model_not_found")


def _usable(answer: Answer | None) -> None:
    if answer is not None and answer.status == "error":
        raise Refused(400, answer.answer)


def _read(messages: list[ChatMessage]) -> tuple[str, list[Turn]]:
    """The question and the turns before it."""
    turns = [
        Turn(role="user" if m.role == "user" else "assistant", content=m.text())
        for m in messages
        if m.role in ("user", "assistant")
    ]
    if not turns or turns[-1].role != "user" or not turns[-1].content.strip():
        raise Refused(400, "messages: the last one has to be a question of the user's")
    return turns[-1].content, turns[:-1][-TURNS_READ:]


def _usage(messages: list[ChatMessage], content: str) -> dict[str, int]:
    asked = sum(count_tokens(message.text()) for message in messages)
    said = count_tokens(content)
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


async def _events(
    head: dict[str, Any],
    request: ChatRequest,
    first: Answer | None,
    answers: AsyncGenerator[Answer | None, None],
) -> AsyncIterator[str]:
    """Server-sent events: who speaks, the text piece by piece, the citations with the end, and the usage if asked for.

    A model's statements are sent when they are verified; without a model all of the text comes at once.
    """
    with_usage = request.stream_options is not None and request.stream_options.include_usage
    head = {**head, "object": "chat.completion.chunk"} | ({"usage": None} if with_usage else {})

    def event(delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return f"data: {dumped({**head, 'choices': [choice]})}\n\n"

    yield event({"role": "assistant", "content": ""})
    answer, sent = first, ""
    async with aclosing(answers):
        try:
            while answer is None or isinstance(answer, SoFar):
                if answer is None:
                    yield ": still at work\n\n"  # a comment, which keeps proxies from giving up
                elif answer.lasting:
                    yield event({"content": answer.answer.removeprefix(sent)})
                    sent = answer.answer
                answer = await anext(answers)
        except Refused as refused:
            told = problem_body("/v1/", refused.status_code, refused.detail, refused.code)
            yield f"data: {dumped({'error': told})}\n\n"
            return
    content = content_of(answer)
    for piece in pieces(content.removeprefix(sent)):
        yield event({"content": piece})
    yield event(extras(answer), "stop")
    if with_usage:
        usage = _usage(request.messages, content)
        yield f"data: {dumped({**head, 'choices': [], 'usage': usage})}\n\n"
    yield "data: [DONE]\n\n"
