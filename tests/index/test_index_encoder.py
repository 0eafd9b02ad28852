from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.encoder import BUNDLED, BUNDLED_FOLDER, StaticEncoder, _is_static, load_encoder
from ingest.errors import HangceError

TEXTS = [
    "创新券最多能领多少",
    "做纸鸢的企业补助20万元，每年一次。",
    "R&D spending 2018",
    "E类人才",
    "雏鹰企业有效期几年",
]


def test_vectors_have_length_one_and_texts_without_known_tokens_are_zero() -> None:
    vectors = load_encoder().encode([*TEXTS, ""])
    assert np.allclose(np.linalg.norm(vectors[:-1], axis=1), 1, atol=1e-5)
    assert not vectors[-1].any()
    assert load_encoder().encode([]).shape == (0, vectors.shape[1])


def test_a_text_has_the_same_vector_in_any_company() -> None:
    encoder = load_encoder()
    together = encoder.encode(TEXTS)
    for i, text in enumerate(TEXTS):
        assert np.array_equal(encoder.encode([text])[0], together[i])


@given(st.text())
def test_any_text_can_be_encoded(text: str) -> None:
    vector = _BUNDLED.encode([text])[0]
    assert np.isfinite(vector).all()


_BUNDLED = StaticEncoder(BUNDLED_FOLDER)


def test_alike_questions_lie_closer_than_others() -> None:
    a, b, c = _BUNDLED.encode(["创新券最多能领多少钱", "科技创新券最高额度", "孵化器要多大面积"])
    assert a @ b > a @ c


def test_the_embedded_path_imports_no_torch() -> None:
    code = (
        "import sys\nfrom index.encoder import load_encoder\nload_encoder().encode(['创新券'])\nimport assistant.service\n"
        "print(sorted({'torch', 'sentence_transformers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "[]"


def test_sentence_transformers_opens_the_bundled_folder_and_gives_the_same_vectors() -> None:
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(BUNDLED_FOLDER), device="cpu").encode(TEXTS, normalize_embeddings=True)
    assert np.allclose(load_encoder(BUNDLED).encode(TEXTS), theirs, atol=1e-5)


def test_a_static_model_made_on_the_spot_loads_by_its_path(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Split

    words = {"[UNK]": 0, "船": 1, "鸢": 2}
    tokenizer = Tokenizer(WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Split("", "isolated")
    weights = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0]], dtype=np.float32)
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights)], device="cpu")
    model.save(str(tmp_path / "model"))
    loaded = load_encoder(str(tmp_path / "model"))
    assert isinstance(loaded, StaticEncoder)  # read with numpy
    vectors = loaded.encode(["船", "鸢", "船鸢"])
    assert vectors.dtype == np.float32
    assert np.allclose(vectors[:2], [[1, 0, 0], [0, 1, 0]], atol=1e-6)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    texts = ["船", "鸢船船", "船鸢做", "做"]
    assert np.allclose(loaded.encode(texts), model.encode(texts, normalize_embeddings=True), atol=1e-6)


def test_the_same_folder_gives_the_same_vectors_under_any_name(tmp_path: Path) -> None:
    shutil.copytree(BUNDLED_FOLDER, tmp_path / "copy")
    loaded = load_encoder(str(tmp_path / "copy"))
    assert isinstance(loaded, StaticEncoder) and loaded.name == str(tmp_path / "copy")
    assert np.array_equal(loaded.encode(TEXTS), _BUNDLED.encode(TEXTS))


@pytest.mark.parametrize(
    "modules", [None, "", "{", "[]", "{}", '[{"type": 3}]', '["StaticEmbedding"]',
    '[{"type": "sentence_transformers.models.StaticEmbedding"}, {"type": "sentence_transformers.models.Dense"}]'],
)  # fmt: skip
def test_only_a_static_model_is_read_without_its_library(tmp_path: Path, modules: str | None) -> None:
    shutil.copytree(BUNDLED_FOLDER, tmp_path / "other")
    (tmp_path / "other" / "modules.json").unlink()
    assert _is_static(BUNDLED_FOLDER)
    if modules is not None:
        (tmp_path / "other" / "modules.json").write_text(modules, encoding="utf-8")
    assert not _is_static(tmp_path / "other")


@pytest.mark.parametrize("name", ["/gibt/es/nicht", "nobody/gibt-es-nicht-dieses-modell", ""])
def test_a_wrong_name_says_what_to_do(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(HangceError, match="HANGCE_ENCODER") as caught:
        load_encoder(name)
    assert name in str(caught.value)
