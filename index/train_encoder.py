"""Train the bundled static encoder: `python -m index.train_encoder --corpus DIR`.

A Unigram tokeniser is fitted on the documents and knowledge files; token vectors start from a truncated SVD of the
tf-idf matrix (latent semantic analysis, Deerwester et al. 1990) and are then trained contrastively with
sentence-transformers (multiple negatives ranking inside a Matryoshka loss) on pairs that the data gives for free:
question and gist, question and clause, heading and clause, one sentence of a clause and the rest of it. The seed is
fixed. The evaluation questions are not used.
"""

from __future__ import annotations

import random
import re
import unicodedata
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.progress import track

from index.encoder import BUNDLED_FOLDER
from ingest.corpus import ingest_folders
from ingest.knowledge import load_policies
from ingest.model import Document

SEED = 20261120
_SENTENCES = re.compile(r"[^。！？；\n]+[。！？；]?")


def training_pairs(documents: list[Document], rng: random.Random) -> list[tuple[str, str]]:
    """(query-like text, clause-like text) pairs; see the module's docstring."""
    pairs: list[tuple[str, str]] = []
    texts: dict[str, str] = {}
    for document in documents:
        if document.duplicate_of:
            continue
        for clause in document.clauses:
            texts[document.clause_id(clause)] = clause.text
            if clause.kind == "row":
                if rng.random() < 0.25:
                    pairs.append((f"{document.title} {clause.text[:24]}", clause.text))
                continue
            crumbs = " ".join([*clause.breadcrumb[-2:], clause.heading]).strip()
            if len(clause.text) > 30 and (crumbs or len(document.title) > 6):
                pairs.append((f"{document.title} {crumbs}".strip(), clause.text))
            sentences = [s for s in _SENTENCES.findall(clause.text) if len(s) > 12]
            if len(sentences) > 1:
                for sentence in rng.sample(sentences, min(3, len(sentences))):
                    rest = "".join(s for s in sentences if s != sentence)
                    pairs.append((sentence, f"{document.title} {crumbs} {rest}"))
    for policy in load_policies():
        for note in policy.clauses:
            source = texts.get(f"{policy.document_id}#{note.at}", "")
            for ask in note.asks:
                pairs.append((ask, note.gist))
                if source:
                    pairs.append((ask, source))
            if source:
                pairs.append((note.gist, source))
    rng.shuffle(pairs)
    return pairs


def fit_tokenizer(texts: list[str], vocabulary: int) -> Any:
    """A Unigram tokeniser over NFKC-folded lower-case text; digits stay single."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"[^\w%]+"), "removed"),
            pre_tokenizers.Split(Regex(r"[\u3400-\u9fff]+|[a-z]+|[0-9]|%"), "isolated"),
        ]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=vocabulary, unk_token="[UNK]", special_tokens=["[UNK]"], max_piece_length=4
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def initial_vectors(tokenizer: Any, texts: list[str], dimensions: int) -> np.ndarray:
    """Token vectors from LSA, scaled by inverse document frequency; shape (vocabulary, dimensions)."""
    from scipy.sparse import csr_matrix
    from sklearn.decomposition import TruncatedSVD

    rows, columns = [], []
    for number, encoding in enumerate(tokenizer.encode_batch(texts)):
        for token in set(encoding.ids):
            rows.append(token)
            columns.append(number)
    size = tokenizer.get_vocab_size()
    frequency = np.bincount(rows, minlength=size)
    idf = np.log((1 + len(texts)) / (1 + frequency))
    matrix = csr_matrix((idf[rows], (rows, columns)), shape=(size, len(texts)))
    vectors = TruncatedSVD(dimensions, random_state=SEED).fit_transform(matrix)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return np.asarray(unit * idf[:, None] / idf.max(), dtype=np.float32)


def train(
    pairs: list[tuple[str, str]], tokenizer: Any, vectors: np.ndarray, epochs: int, rate: float, batch: int
) -> Any:
    """Contrastive training on the CPU; returns a SentenceTransformer."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss, MultipleNegativesRankingLoss
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    torch.manual_seed(SEED)
    torch.set_num_threads(2)
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=vectors)], device="cpu")
    dimensions = vectors.shape[1]
    loss = MatryoshkaLoss(
        model,
        MultipleNegativesRankingLoss(model, scale=20.0),
        [d for d in (dimensions, dimensions // 2) if d >= 32],
    )
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    rng = random.Random(SEED)
    steps = [
        i
        for _ in range(epochs)
        for i in rng.sample(range(0, len(pairs), batch), len(range(0, len(pairs), batch)))
    ]
    for step, start in enumerate(track(steps, description="training")):
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 - step / len(steps))
        chunk = pairs[start : start + batch]
        features = [model.preprocess([pair[side] for pair in chunk]) for side in (0, 1)]
        optimiser.zero_grad()
        value = loss(features, torch.zeros(len(chunk)))
        value.backward()
        optimiser.step()
    return model


@click.command()
@click.option("--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), multiple=True)
@click.option("--out", type=click.Path(path_type=Path), default=BUNDLED_FOLDER, show_default=True)
@click.option("--vocabulary", default=12000, show_default=True)
@click.option("--dimensions", default=128, show_default=True)
@click.option("--epochs", default=8, show_default=True)
@click.option("--rate", default=0.003, show_default=True)
@click.option("--batch", default=512, show_default=True)
def main(
    corpus: tuple[Path, ...],
    out: Path,
    vocabulary: int,
    dimensions: int,
    epochs: int,
    rate: float,
    batch: int,
) -> None:
    """Train the static encoder on the given documents and the bundled knowledge files."""
    rng = random.Random(SEED)
    documents = ingest_folders(corpus).documents
    pairs = training_pairs(documents, rng)
    texts = [
        unicodedata.normalize("NFKC", text).lower()
        for text in dict.fromkeys(t for pair in pairs for t in pair)
    ]
    tokenizer = fit_tokenizer(texts, vocabulary)
    vectors = initial_vectors(tokenizer, texts, dimensions)
    click.echo(f"{len(pairs)} pairs, {tokenizer.get_vocab_size()} tokens, {dimensions} dimensions")
    model = train(pairs, tokenizer, vectors, epochs, rate, batch)
    out.mkdir(parents=True, exist_ok=True)
    model.save(str(out), create_model_card=False)
    click.echo(f"saved to {out}: {sum(p.stat().st_size for p in out.rglob('*') if p.is_file()) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
