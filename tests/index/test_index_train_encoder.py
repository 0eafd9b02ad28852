"""Training of the static encoder: what the texts are cut into."""

from __future__ import annotations

import random

import pytest

from index.train_encoder import Pieces

tokenizers = pytest.importorskip("tokenizers")


@pytest.fixture(scope="module")
def tokenizer() -> object:
    words = ["创", "新", "券", "创新", "创新券", "额", "度", "额度"]
    vocabulary = [("[UNK]", 0.0), *((word, -float(10 - len(word))) for word in words)]
    return tokenizers.Tokenizer(tokenizers.models.Unigram(vocabulary, unk_id=0))


def _words(tokenizer: object, ids: list[int]) -> list[str]:
    return [tokenizer.id_to_token(i) for i in ids]  # type: ignore[attr-defined]


def test_words_are_taken_apart_into_known_pieces_as_often_as_said(tokenizer: object) -> None:
    whole = Pieces(tokenizer, 0.0, random.Random(1))
    assert _words(tokenizer, whole.ids("创新券额度")) == ["创新券", "额度"]
    apart = Pieces(tokenizer, 1.0, random.Random(1))
    cuts = {tuple(_words(tokenizer, apart.ids("创新券额度"))) for _ in range(50)}
    assert cuts == {("创新", "券", "额", "度"), ("创", "新", "券", "额", "度")}
    some = Pieces(tokenizer, 0.5, random.Random(1))
    assert len({tuple(some.ids("创新券额度")) for _ in range(50)}) > 2


def test_a_batch_has_the_ids_and_where_each_text_begins(tokenizer: object) -> None:
    features = Pieces(tokenizer, 0.0, random.Random(1)).features(["创新券", "额度创新", "券"])
    assert features["offsets"].tolist() == [0, 1, 3]
    assert _words(tokenizer, features["input_ids"].tolist()) == ["创新券", "额度", "创新", "券"]
