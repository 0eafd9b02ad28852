"""A second opinion on the first results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.rerank import RERANKED, VARIABLE, CrossEncoderReranker, configured_reranker
from index.search import Searcher
from ingest.errors import HangceError

THINGS = "纸鸢木船铜锣竹笛陶罐丝扇石桥油伞"
ASKED = "做手艺的企业最高补助多少"


class Reversing:
    """Likes best what comes last."""

    def __init__(self) -> None:
        self.judged: list[tuple[str, list[str]]] = []

    def scores(self, question: str, texts: list[str]) -> NDArray[np.float32]:
        self.judged.append((question, texts))
        return np.arange(len(texts), dtype=np.float32)


def _policies() -> list[str]:
    texts = []
    for number, thing in enumerate(THINGS[i : i + 2] for i in range(0, len(THINGS), 2)):
        articles = "\n\n".join(
            f"第{n}条 做{thing}手艺的企业第{number + i}类最高补助{number * 9 + i + 2}万元。"
            for i, n in enumerate("一二三四五六")
        )
        texts.append(f"杭州市{thing}手艺补助办法\n\n杭测〔2021〕{number + 1}号\n\n{articles}\n")
    return texts


def _ids(searcher: Searcher, question: str, k: int) -> list[str]:
    return [hit.clause.clause_id for hit in searcher.search(question, k)]


def test_the_first_results_come_in_the_order_of_the_reranker(
    searcher_over: Callable[..., Searcher],
) -> None:
    plain = _ids(searcher_over(*_policies()), ASKED, 100)
    assert len(plain) > RERANKED + 5
    reranker = Reversing()
    searcher = searcher_over(reranker=reranker)
    assert _ids(searcher, ASKED, 100) == plain[:RERANKED][::-1] + plain[RERANKED:]
    assert _ids(searcher, ASKED, 3) == plain[:RERANKED][::-1][:3]  # what comes first may stand 30th before
    (question, texts), *_ = reranker.judged
    assert question == ASKED and len(texts) == RERANKED
    held = searcher.store.clause(plain[0])
    assert held is not None and held.text.split("。")[0][-12:] in texts[0]
    assert searcher.documents[held.document_id].title in texts[0]
    hits = searcher.search(ASKED, 5)
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]


def test_a_clause_asked_for_by_its_number_stays_first(searcher_over: Callable[..., Searcher]) -> None:
    searcher = searcher_over(*_policies(), reranker=Reversing())
    for path in ("第二条", "第六条"):
        assert _ids(searcher, f"杭测〔2021〕3号{path}", 1) == [f"杭测〔2021〕3号#{path}"]


def test_without_the_variable_nothing_is_reranked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert configured_reranker() is None
    monkeypatch.setenv(VARIABLE, "")
    assert configured_reranker() is None


@pytest.mark.parametrize("name", ["/gibt/es/nicht", "nobody/gibt-es-nicht-dieses-modell"])
def test_a_wrong_name_says_what_to_do(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv(VARIABLE, name)
    with pytest.raises(HangceError, match=VARIABLE) as caught:
        configured_reranker()
    assert name in str(caught.value)


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny cross-encoder with random weights."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder = tmp_path_factory.mktemp("cross_encoder")
    words = sorted({letter for letter in "".join([*_policies(), ASKED]) if not letter.isspace()})
    (folder / "vocab.txt").write_text(
        "\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]), encoding="utf-8"
    )
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"))
    tokenizer.save_pretrained(folder)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=256,
        num_labels=1,
        initializer_range=1.0,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def test_a_cross_encoder_is_loaded_by_its_path(cross_encoder: Path) -> None:
    from sentence_transformers import CrossEncoder

    texts = ["做纸鸢手艺的企业最高补助20万元。", "做木船的企业。", "第三条"]
    scores = CrossEncoderReranker(str(cross_encoder)).scores(ASKED, texts)
    assert (scores.shape, scores.dtype) == ((3,), np.float32)
    assert len(set(scores.tolist())) == 3
    theirs = CrossEncoder(str(cross_encoder)).predict([(ASKED, text) for text in texts])
    assert np.allclose(scores, theirs, atol=1e-5)


def test_a_cross_encoder_of_the_environment_orders_the_results(
    cross_encoder: Path, searcher_over: Callable[..., Searcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = searcher_over(*_policies())
    hits = plain.search(ASKED, RERANKED)
    judged = CrossEncoderReranker(str(cross_encoder)).scores(
        ASKED, [f"{hit.document.title} {hit.passage}" for hit in hits]
    )
    monkeypatch.setenv(VARIABLE, str(cross_encoder))
    found = _ids(searcher_over(), ASKED, RERANKED)
    assert found == [hits[i].clause.clause_id for i in np.argsort(-judged, kind="stable")]
    assert found != [hit.clause.clause_id for hit in hits]
