"""The chat model as a second opinion, with LangChain's scripted model."""

import json
from collections.abc import Callable

import pytest
from langchain_core.language_models import FakeListChatModel

from evals.judge import judge
from evals.questions import Question
from evals.runner import Recorder
from ingest.errors import HangceError

GRADE = {"correct": "yes", "grounded": "partly", "reason": "多说了一句"}


def test_a_grade_stands_beside_the_measures(
    recorder: Recorder, make_question: Callable[..., Question]
) -> None:
    question = make_question()
    model = FakeListChatModel(responses=[json.dumps(GRADE, ensure_ascii=False)])
    assert judge(question, recorder.record(question), model) == GRADE


@pytest.mark.parametrize("reply", ["好的", '{"correct": "perhaps", "grounded": "yes", "reason": ""}', ""])
def test_a_reply_that_is_no_grade_does_not_end_the_run(
    recorder: Recorder, make_question: Callable[..., Question], reply: str
) -> None:
    question = make_question()
    assert "error" in judge(question, recorder.record(question), FakeListChatModel(responses=[reply]))


def test_without_a_model_it_says_what_to_set(
    recorder: Recorder, make_question: Callable[..., Question]
) -> None:
    with pytest.raises(HangceError, match="HANGCE_MODEL"):
        judge(make_question(), recorder.record(make_question()), None)
