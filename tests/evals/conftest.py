"""A small made-up corpus with two versions of a policy, its index, and questions on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assistant.service import Assistant
from evals.metrics import METRICS, Score
from evals.questions import Question
from evals.runner import Recorder
from index.build import build
from index.home import Home

OLD = """杭州市测试局关于支持纸鸢的若干意见

杭测〔2020〕7号

一、补助标准

（一）制作补助。做纸鸢的企业最高补助20万元，由市科技局受理。

（二）放飞补助。放纸鸢的个人每年最高补助3万元。

二、附则

本意见自2020年4月1日起施行，有效期至2022年12月31日。
"""
OTHER = """杭州市测试局关于支持造船的实施意见

杭测〔2021〕3号

一、扶持措施

（一）造船补助。每条木船补助5万元。

（二）下水补助。每条木船补助1万元。

二、附则

本意见自2021年5月1日起施行，有效期至2029年12月31日。
"""
KITES = {"doc": "杭测〔2020〕7号", "file": "kites.txt"}


@pytest.fixture(scope="session")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("small")
    (folder / "kites.txt").write_text(OLD, encoding="utf-8")
    (folder / "boats.txt").write_text(OTHER, encoding="utf-8")
    home = Home(tmp_path_factory.mktemp("small_home"))
    build(home, [folder])
    return home


@pytest.fixture(scope="session")
def recorder(small_home: Home) -> Recorder:
    return Recorder(Assistant(small_home))


@pytest.fixture
def make_question() -> Callable[..., Question]:
    """A question about the kites' first clause; anything may be changed."""

    def make(**changes: Any) -> Question:
        record = {
            "id": "k1",
            "question": "做纸鸢的企业最高补助多少",
            "kind": "amount",
            "split": "dev",
            "status": "answered",
            "as_of": "2023-06-01",
            "gold": {"any_of": [{**KITES, "clause": "一、（一）", "lines": [7, 7]}]},
            "facts": [["20万元"]],
            "forbidden": ["30万元"],
            "validity": "expired",
        }
        return Question.model_validate(record | changes)

    return make


@pytest.fixture
def make_score() -> Callable[..., Score]:
    """A score made by hand: right or wrong, in a group."""

    def make(number: int, right: float, **changes: Any) -> Score:
        values = dict.fromkeys(METRICS) | {"right": float(right), "facts": float(right), "answered": 1.0}
        given = {
            "id": f"q{number}", "kind": "amount", "split": "dev", "set_name": "made-up", "style": "formal",
            "document": "d", "cluster": "d", "cause": "", "fingerprint": "x", "question": "问？",
            "expected_status": "answered", "status": "answered", "expected_verdict": "", "verdict": "",
            "values": values, "answer": "答。",
        }  # fmt: skip
        return Score(**(given | changes))

    return make
