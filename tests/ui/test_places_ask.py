import io
import json
import zipfile
from base64 import b64decode
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from assistant.service import Assistant
from index.home import Home
from ui import render
from ui.accounts import User
from ui.places.answer import answer_html
from ui.places.ask import AskPage
from ui.places.asking import read_day
from ui.places.conversation import IN_BROWSER, ROUNDS_KEPT, TURNS_READ, Conversation
from ui.places.exporting import markdown, word
from ui.places.following import follow_ups
from ui.places.samples import SAMPLES
from ui.places.verdict import eligibility_html
from ui.problems import Refused
from ui.server import Ground, attach
from ui.sessions import Visitor
from ui.settings import Settings

VOUCHERS = "创新券一年最多能领多少？"
EAGLES = "雏鹰企业要什么条件？"
VERDICT: dict[str, Any] = {
    "programme": "rnd", "name": "研发补助<b>", "verdict": "not_eligible", "in_force": False, "ended": "2022-12-31",
    "conditions": [
        {"text": "研发费增加额不少于200万元", "required": ">= 2000000 CNY", "given": "1900000 CNY", "state": "not_met",
         "clause_id": "杭测〔2020〕1号#第八条"},
        {"text": "没有失信", "required": "没有失信", "given": None, "state": "met", "clause_id": "", "assumed": True},
        {"text": "在杭州注册", "required": "true", "given": "true", "state": "met", "clause_id": "杭测〔2020〕1号#第一条"},
        {"text": "成长性好", "required": "成长性好", "given": None, "state": "met", "clause_id": "", "prose": True},
        {"text": "销售额", "required": "> 1 CNY", "given": "1 CNY", "state": "met", "clause_id": "", "facts": ["sales"]},
    ],
    "facts_read": [{"fact": "sales", "value": 1, "from": "销售额<2000>万"}],
    "missing": [{"fact": "x", "ask": "排第几名？"}], "benefit": {"amount": 1, "arithmetic": "190万元×20%"},
}  # fmt: skip


@pytest.fixture(scope="module")
def ground(web_home: Home) -> Ground:
    return attach(FastAPI(), web_home, Assistant.open(web_home), Settings())


@pytest.fixture(scope="module")
def page(ground: Ground) -> AskPage:
    return AskPage(ground, "zh")


def ask(
    page: AskPage,
    question: str,
    day: str = "2026-11-20",
    before: Conversation | None = None,
    request: Any = None,
) -> list[Any]:
    return list(page.ask(question, day, before or Conversation(), request))


def from_browser(token: str, user: User | None = None) -> Any:
    state = SimpleNamespace(visitor=Visitor(token), user=user)
    return SimpleNamespace(request=SimpleNamespace(state=state))


@pytest.mark.parametrize(("topic", "sample"), [s for some in SAMPLES.values() for s in some])
def test_every_sample_is_answered_by_the_bundled_files(ground: Ground, topic: str, sample: str) -> None:
    answer = ground.answering.assistant.ask(sample, date(2026, 11, 20))
    assert topic
    assert answer.status == "answered"
    assert answer.citations


def test_a_question_and_its_answer_stand_in_the_conversation(page: AskPage) -> None:
    (done,) = ask(page, f" {VOUCHERS} ")
    assert [m["role"] for m in done[0]] == ["user", "assistant"]
    assert "10万元" in done[0][-1]["content"]
    assert [t.role for t in done[1].turns] == ["user", "assistant"]


def test_a_conversation_stays_bounded_and_only_the_last_turns_are_read(page: AskPage) -> None:
    talk = ask(page, VOUCHERS)[-1][1]
    for _ in range(ROUNDS_KEPT + 5):
        talk = talk.with_round(talk.rounds[0])
    assert len(talk.rounds) == ROUNDS_KEPT
    assert len(talk.turns) == TURNS_READ
    assert len(talk.to_browser()) == IN_BROWSER


def test_long_answers_leave_room_for_fewer_rounds_in_the_browser(page: AskPage) -> None:
    talk = ask(page, VOUCHERS)[-1][1]
    answer = talk.answered[0].model_copy(update={"answer": "长" * 15_000})
    for _ in range(6):
        talk = talk.with_round(replace(talk.rounds[0], answer=answer))
    kept = talk.to_browser()
    assert 1 <= len(kept) < 6
    assert len(json.dumps(kept, ensure_ascii=False).encode()) < 180 * 1024


def test_nothing_typed_does_nothing(page: AskPage) -> None:
    assert len(ask(page, "  \n ")) == 1


def test_a_bad_date_keeps_the_question(page: AskPage) -> None:
    (only,) = ask(page, VOUCHERS, "2026-13-40")
    assert "查询日期" in only[0][-1]["content"]
    assert "hc-again" in only[0][-1]["content"]  # which the page's script reads


def test_without_a_model_one_step_is_all(page: AskPage) -> None:
    done = anyio.run(page.ask_at_once, VOUCHERS, "", Conversation())
    assert done[1].rounds[-1].question == VOUCHERS


def test_a_question_that_is_too_long_gets_the_words_of_the_assistant(page: AskPage) -> None:
    question = "创" * 2001
    said = page.ground.answering.assistant.ask(question).answer
    assert said[:10] in ask(page, question)[-1][0][-1]["content"]


def test_a_defect_shows_calm_words_only(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(ground.answering.assistant, "ask", broken)
    shown = ask(AskPage(ground, "zh"), "创新券")[-1][0][-1]["content"]
    assert "系统出了问题" in shown
    assert "secret" not in shown
    assert "The system failed" in ask(AskPage(ground, "en"), "创新券")[-1][0][-1]["content"].replace(
        "the system", "The system"
    )


def test_a_closed_chat_says_why(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = replace(ground, settings=Settings(chat_closed="今晚<维护>"))
    assert "今晚&#60;维护&#62;" in AskPage(closed, "zh").placeholder()

    def refuses(*_: Any) -> None:
        raise Refused(503, "今晚维护", "chat_closed")

    monkeypatch.setattr(ground.answering, "answer", refuses)
    assert "今晚维护" in ask(AskPage(ground, "zh"), "创新券")[-1][0][-1]["content"]


def test_a_click_shows_the_clause_as_of_the_day_of_its_answer(page: AskPage) -> None:
    talk = ask(page, EAGLES, "2021-06-01")[-1][1]
    answer = talk.answered[0]
    address = render.link(answer.id, 1, answer.citations[0].clause_id)
    html = page.pick(f"7 {address}", talk)
    assert html.startswith('<div data-pick="7">')
    assert ">有效</span>" in html
    assert ">已失效</span>" in page.pick(f"8 {address}", Conversation())


@pytest.mark.parametrize("value", ["", "x", "1 ", "1 #clause=a/1/nothing", "² #clause=a//b", "1 <script>"])
def test_a_click_on_nothing_says_so(page: AskPage, value: str) -> None:
    assert "没有找到" in page.pick(value, Conversation())


def test_options_and_suggestions_are_links_that_ask(page: AskPage) -> None:
    done = ask(page, EAGLES)[-1]
    follow = done[1].rounds[-1].follow
    assert 1 <= len(follow) <= 3
    assert EAGLES not in follow
    assert done[0][-1]["content"].count('class="hc-chip hc-next"') == len(follow)
    later = ask(page, VOUCHERS, before=done[1])[-1]
    assert "hc-next" not in later[0][1]["content"]  # only the last answer offers more


def test_what_is_offered_next_is_written_for_a_cited_clause_or_one_beside_it(page: AskPage) -> None:
    answer = page.ground.answering.assistant.ask(VOUCHERS)
    around = [
        ask
        for c in answer.citations
        for n in page.ground.answering.assistant.view(c.clause_id, None, 1).neighbours  # type: ignore[union-attr]
        for ask in n.asks
    ]
    chosen = follow_ups(answer, page.ground.answering.assistant.view)
    assert chosen and set(chosen) <= set(around)


def test_a_thumb_is_kept_under_its_visitor_and_shown(page: AskPage) -> None:
    talk = ask(page, VOUCHERS)[-1][1]
    said = json.dumps({"id": talk.answered[0].id, "helpful": False, "comment": "电话13812345678"})
    shown, rated, kept = page.rate(f"5 {said}", talk, from_browser("one"))
    assert "已记下" in shown[-1]["content"]
    assert rated.rounds[-1].rated is False
    assert json.loads(kept[0])["rated"] is False
    row = page.ground.records.feedback(helpful=False)[0]
    assert row.owner == Visitor("one").owner
    assert "138" not in row.comment


@pytest.mark.parametrize("value", ["", "1 ", "1 {}", "1 []", '1 {"id": "nobody", "helpful": true}', "1 3"])
def test_a_thumb_on_nothing_changes_nothing(page: AskPage, value: str) -> None:
    before = page.ground.records.counts()["feedback"]
    page.rate(value, Conversation(), from_browser("two"))
    assert page.ground.records.counts()["feedback"] == before


def test_what_the_browser_keeps_comes_back(page: AskPage) -> None:
    done = ask(page, EAGLES)[-1]
    earlier = [json.loads(kept) for kept in done[2]]  # as versions before kept it
    for held in (done[2], earlier):
        again = Conversation.from_browser(json.loads(json.dumps(held)))
        assert again.shown("zh") == done[0]
        assert again.turns == done[1].turns


@given(
    data=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["answer", "follow", "rated", "id", "question", "citations"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_rubbish_from_a_browser_is_an_empty_conversation(data: Any) -> None:
    assert Conversation.from_browser(data).shown("zh") == []
    assert Conversation.from_browser([json.dumps(data), "[" * 100_000]).shown("zh") == []


def test_who_is_signed_in_has_the_conversation_in_the_records_alone(page: AskPage) -> None:
    user = User("li", "staff", "x")
    request = from_browser("three", user)
    done = ask(page, VOUCHERS, request=request)[-1]
    assert done[2] == []
    assert done[1].stored
    shown, talk, kept, choice, header, day = page.restore([{"answer": {}}], request)
    assert [m["role"] for m in shown] == ["user", "assistant"]
    assert talk.stored == done[1].stored
    assert kept == []
    assert done[1].stored in [value for _, value in choice.choices]
    assert "li · 退出" in header
    assert day == date.today().isoformat()
    other = from_browser("four", User("wu", "staff", "x"))
    assert page.open_earlier(done[1].stored, other)[0] == []


def test_a_visitor_has_nothing_in_the_records(page: AskPage) -> None:
    before = page.ground.records.counts()["conversations"]
    ask(page, VOUCHERS, request=from_browser("five"))
    assert page.ground.records.counts()["conversations"] == before


# --- verdicts and tables ---


def test_a_verdict_is_a_table_of_what_is_required_given_and_met() -> None:
    html = eligibility_html(VERDICT, lambda clause_id: f"#to={clause_id.partition('#')[2]}")
    assert "<b>" not in html
    for words in (
        "190万元",
        "✗ 不符合",
        "✓ 符合",
        "没有说到，按此计",
        "2022-12-31",
        "不是官方认定",
        "#to=第八条",
    ):
        assert words in html
    assert ">没有说到<" in html and ">说到了<" in html
    assert ">是</td>" in html
    assert "销售额&#60;2000&#62;万" in html  # the words that were said, before the figure
    assert "20%" not in html  # nothing is promised to who does not qualify


@pytest.mark.parametrize("data", [None, {}, {"verdict": "x"}, {**VERDICT, "conditions": [{"text": 1}]}])
def test_a_verdict_that_cannot_be_read_is_left_out(data: dict[str, Any] | None) -> None:
    assert eligibility_html(data, str) == ""


def test_a_comparison_shows_as_a_table(page: AskPage) -> None:
    answer = page.ground.answering.assistant.ask("创新券和科技型企业研发补助有什么区别")
    html = answer_html(answer)
    assert '<table class="hc-table">' in html
    assert html.count("<tr>") >= 4
    assert "|---" not in html
    assert 'class="hc-cite"' in html.partition("</table>")[0]


# --- files ---


def test_the_conversation_as_markdown_names_every_citation(page: AskPage) -> None:
    talk = ask(page, "雏鹰企业<b>要什么*条件？")[-1][1]
    text = markdown(talk.answered)
    assert "雏鹰企业\\<b\\>要什么\\*条件？" in text
    for citation in talk.answered[0].citations:
        assert citation.doc_number in text
    assert "已失效" in text


def test_the_conversation_as_a_word_document(page: AskPage) -> None:
    from docx import Document

    talk = ask(page, "创新券和科技型企业研发补助有什么区别")[-1][1]
    file = json.loads(page.export("word", talk))
    content = b64decode(file["base64"])
    assert file["name"].endswith(".docx")
    assert zipfile.is_zipfile(io.BytesIO(content))
    document = Document(io.BytesIO(content))
    assert len(document.tables) == 1
    assert "杭科资〔2020〕72号" in "\n".join(p.text for p in document.paragraphs)


def test_characters_that_a_word_document_cannot_hold_are_left_out(page: AskPage) -> None:
    answer = page.ground.answering.assistant.ask(VOUCHERS)
    assert word([answer.model_copy(update={"question": "甲\x00\x1b乙\ud800"})])


def test_there_is_nothing_to_export_of_nothing(page: AskPage) -> None:
    assert page.export("word", Conversation()) == ""


# --- days ---


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-20", date(2026, 11, 20)),
        (" 2026/1/2 ", date(2026, 1, 2)),
        ("2026年1月2日", date(2026, 1, 2)),
        ("２０２６－０１－０２", date(2026, 1, 2)),
        ("2026-02-30", None),
        ("0000-01-01", None),
        ("昨天", None),
    ],
)
def test_days_as_people_write_them(text: str, day: date | None) -> None:
    assert read_day(text) == day


def test_an_empty_day_is_today() -> None:
    assert read_day("") == date.today()
