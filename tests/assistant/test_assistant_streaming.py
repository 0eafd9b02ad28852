"""What a chat model writes reaches the reader statement by statement, each verified, and nothing of it is taken back."""

from __future__ import annotations

import itertools
import threading
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain.chat_models import init_chat_model
from scripted_server import Reply, Said, Script, lines

from assistant.chat_model import BROKEN_OFF, FALLBACK
from assistant.model_calls import Abandoned, Budget, while_waited_for
from assistant.rendering import growing
from assistant.schema import Answer, Citation, SoFar, Source, Statement, Validity
from assistant.service import Assistant
from index.home import Home

QUESTION, DAY = "创新券企业一年最多领多少", date(2021, 6, 1)
TRUE: Said = ("每家企业每年最高一般不超过20万元。", ["K1"])
CHANGED: Said = ("每家企业每年最高一般不超过70万元。", ["K1"])


@pytest.fixture(scope="module")
def with_model(server: Script, knowledge_home: Home) -> Assistant:
    model = init_chat_model("openai:test", base_url=server.url, api_key="x", timeout=5, max_retries=0)
    return Assistant(knowledge_home, model)


@pytest.fixture(scope="module")
def gist(with_model: Assistant) -> str:
    clause = with_model.searcher.store.clause("杭科合〔2018〕8号#第六条")
    assert clause is not None
    return clause.gist


def streamed(assistant: Assistant, question: str = QUESTION) -> tuple[list[SoFar], Answer]:
    *begun, whole = assistant.stream(question, DAY)
    assert all(isinstance(b, SoFar) for b in begun) and not isinstance(whole, SoFar)
    return [b for b in begun if isinstance(b, SoFar)], whole


def test_each_statement_comes_by_itself_and_stays(script: Script, with_model: Assistant, gist: str) -> None:
    script.say(TRUE, (gist, ["K1"]))
    begun, whole = streamed(with_model)
    assert [[s.text for s in b.statements] for b in begun] == [[TRUE[0]], [TRUE[0], gist]]
    assert begun[1].answer.startswith(begun[0].answer)
    assert whole.answer == begun[1].answer
    assert whole.citations == begun[1].citations
    assert whole.timings_ms["total"] >= whole.timings_ms["compose"] > 0


def test_the_stream_ends_with_what_asking_gives(script: Script, with_model: Assistant, gist: str) -> None:
    script.say(TRUE, (gist, ["K1"]))
    _, whole = streamed(with_model)
    asked = with_model.ask(QUESTION, DAY)
    assert whole.model_dump(exclude={"timings_ms"}) == asked.model_dump(exclude={"timings_ms"})


def test_a_changed_figure_is_in_nothing_that_comes(script: Script, with_model: Assistant) -> None:
    script.say(CHANGED, TRUE)
    begun, whole = streamed(with_model)
    assert begun
    assert not any("70万" in answer.model_dump_json() for answer in [*begun, whole])


def test_without_a_model_the_answer_comes_at_once(assistant_knowledge: Assistant) -> None:
    begun, whole = streamed(assistant_knowledge)
    assert begun == [] and whole.status == "answered"


def test_a_table_is_put_together_at_the_end(script: Script, with_model: Assistant) -> None:
    def respond(request: dict[str, object]) -> Reply:
        return Reply(lines(("创新券企业每年最高一般不超过20万元。", ["K1"])))

    script.respond = respond
    begun, _ = streamed(with_model, "创新券和科技型企业研发补助最高额度有什么区别")
    assert all(not b.lasting for b in begun)


@pytest.mark.parametrize("how", [{"drip": 0.5}, {}], ids=["budget spent", "cut off in an object"])
def test_what_came_before_a_failure_stays_and_is_completed(
    script: Script, with_model: Assistant, gist: str, monkeypatch: pytest.MonkeyPatch, how: dict[str, float]
) -> None:
    monkeypatch.setenv("HANGCE_MODEL_BUDGET", "2")
    first = lines(TRUE) + "\n"
    script.answer(Reply(first + '{"text": "每家企业', piece=len(first) + 4, **how))  # type: ignore[arg-type]
    if how:
        script.replies[0].content += "天" * 400
        script.replies[0].endless = True
    begun, whole = streamed(with_model)
    assert [s.text for s in begun[-1].statements] == [TRUE[0]]
    assert whole.answer.startswith(begun[-1].answer)
    assert whole.statements[0].text == TRUE[0] and len(whole.statements) > 1
    assert BROKEN_OFF in whole.notices and FALLBACK not in whole.notices


def test_a_failure_before_the_first_statement_gives_the_embedded_answer(
    script: Script, with_model: Assistant, assistant_knowledge: Assistant
) -> None:
    script.answer(Reply(status=401))
    begun, whole = streamed(with_model)
    assert begun == []
    assert whole.answer == assistant_knowledge.ask(QUESTION, DAY).answer
    assert FALLBACK in whole.notices


# --- nobody waits any more ----------------------------------------------------------------------------------


def test_closing_the_stream_ends_the_call(script: Script, with_model: Assistant) -> None:
    script.answer(Reply(lines(TRUE) + "\n" + "天" * 5000, drip=0.02))
    stream = with_model.stream(QUESTION, DAY)
    assert isinstance(next(stream), SoFar)
    stream.close()  # type: ignore[attr-defined]
    assert script.left.wait(5)


@pytest.mark.parametrize(
    "reply",
    [Reply("天", endless=True, drip=0.05), Reply(lines(TRUE), delay=8), Reply(status=503)],
    ids=["trickle", "silence", "pause between tries"],
)
def test_who_has_left_is_not_worked_for(
    script: Script, with_model: Assistant, monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    monkeypatch.setattr("assistant.model_calls.FIRST_PAUSE", 20.0)
    script.answer(reply)
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    started = time.monotonic()
    with while_waited_for(stop), pytest.raises(Abandoned):
        list(with_model.stream(QUESTION, DAY))
    assert time.monotonic() - started < 7


def test_a_budget_outside_of_it_is_not_stopped() -> None:
    stop = threading.Event()
    stop.set()
    with while_waited_for(stop), pytest.raises(Abandoned):
        Budget(60).check()
    Budget(60).check()
    with pytest.raises(TimeoutError):
        Budget(0).check()


# --- a text that is only added to ---------------------------------------------------------------------------


def cited(n: int, expired: bool) -> Citation:
    status = "expired" if expired else "in_force"
    return Citation(
        n=n, clause_id=f"甲#{n}", title="甲", doc_number="", clause="第一条", breadcrumb="甲", quote="一", verbatim=True,
        source=Source(file="a", line_start=1, line_end=1),
        validity=Validity(status=status, expires="2022-12-31" if expired else None),
    )  # fmt: skip


@given(
    st.lists(st.tuples(st.text(alphabet="一二。|*\n-", min_size=1, max_size=9), st.booleans()), max_size=6)
)
def test_more_statements_only_add_to_the_text(told: list[tuple[str, bool]]) -> None:
    statements = [Statement(text=text, citations=[n]) for n, (text, _) in enumerate(told, 1)]
    citations = [cited(n, expired) for n, (_, expired) in enumerate(told, 1)]
    texts = [growing(statements[:n], citations[:n]) for n in range(len(told) + 1)]
    for shorter, longer in itertools.pairwise(texts):
        assert longer.startswith(shorter) and longer != shorter


def test_where_the_validity_changes_a_line_says_so() -> None:
    statements = [Statement(text=f"说{n}", citations=[n]) for n in (1, 2, 3)]
    text = growing(statements, [cited(1, True), cited(2, True), cited(3, False)])
    assert text == (
        "该规定现已失效（有效期至2022年12月31日），原来的规定是：\n\n- 说1 [1]\n- 说2 [2]\n\n另有规定：\n\n- 说3 [3]"
    )
    assert growing(statements[2:], [cited(3, False)]) == "说3 [3]"
