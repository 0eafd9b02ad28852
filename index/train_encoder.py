"""Train the bundled static encoder: `python -m index.train_encoder --corpus DIR`.

A Unigram tokeniser is fitted on the documents and knowledge files; token vectors start from a truncated SVD of the
tf-idf matrix (latent semantic analysis, Deerwester et al. 1990) and are then trained contrastively with
sentence-transformers: multiple negatives ranking (Henderson et al. 2017) inside a Matryoshka loss (Kusupati et al.
2022), on triples that the data gives for free. A question belongs to its clause, its gist and the other questions on
it; a heading to its clause; a sentence to the rest of its clause. The hard negative of each is the same thing of a
neighbouring clause, or of the clause at the same place in another version of the policy. No batch holds a clause
twice. Some of the words are taken apart while training (subword regularisation, Kudo 2018), and the vocabulary is
small: with 12,000 pieces whole phrases of the documents were single tokens, and a question about a policy not learned
from met vectors that nothing had shaped. The seed is fixed. The evaluation questions are not used.
"""

from __future__ import annotations

import json
import random
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.progress import track

from index.encoder import BUNDLED_FOLDER
from index.segment import EMBEDDED_CHARACTERS
from ingest.corpus import ingest_folders
from ingest.knowledge import PolicyFile, load_policies
from ingest.model import Document

SEED = 20261120
LEFT_OUT = "left_out.json"
_SENTENCES = re.compile(r"[^。！？；\n]+[。！？；]?")
_HAN = re.compile(r"[\u3400-\u9fff]{2,}")


@dataclass(frozen=True, slots=True)
class Triple:
    """A text, one that belongs to it, one that is near and does not, and the clause that all of it is about."""

    anchor: str
    positive: str
    negative: str
    clause_id: str


@dataclass(slots=True)
class _Known:
    """What there is on one clause."""

    text: str
    gist: str = ""
    asks: list[str] = field(default_factory=list)


def training_triples(
    documents: list[Document], policies: list[PolicyFile], rng: random.Random
) -> list[Triple]:
    """Triples of all kinds; see the module's docstring.

    Args:
        documents: ingested, copies among them.
        policies: the knowledge files to learn from.
        rng: source of every choice.
    """
    known = _known(documents, policies)
    negatives = _negatives(documents, known)
    out: list[Triple] = []
    for document in documents:
        if document.duplicate_of:
            continue
        for clause in document.clauses:
            clause_id = document.clause_id(clause)
            own = known[clause_id]
            other = known[rng.choice(negatives.get(clause_id) or [clause_id])]
            if clause.kind == "row" and rng.random() > 0.25:
                continue
            crumbs = " ".join([*clause.breadcrumb[-2:], clause.heading]).strip()
            name = clause.text[:24] if clause.kind == "row" else crumbs
            if len(clause.text) > 30 and (crumbs or len(document.title) > 6):
                out.append(Triple(f"{document.title} {name}".strip(), own.text, other.text, clause_id))
            sentences = [s for s in _SENTENCES.findall(clause.text) if len(s) > 12]
            if len(sentences) > 1 and clause.kind != "row":
                for sentence in rng.sample(sentences, min(3, len(sentences))):
                    rest = "".join(s for s in sentences if s != sentence)
                    out.append(Triple(sentence, f"{document.title} {crumbs} {rest}", other.text, clause_id))
    for clause_id, own in known.items():
        near = [known[i] for i in negatives.get(clause_id, ())]
        for number, ask in enumerate(own.asks):
            other = rng.choice(near) if near else _Known("")
            out.append(Triple(ask, own.text, other.text, clause_id))
            out.append(Triple(ask, own.gist, other.gist or other.text, clause_id))
            if len(own.asks) > 1:
                alike = own.asks[(number + 1) % len(own.asks)]
                out.append(
                    Triple(ask, alike, rng.choice(other.asks) if other.asks else other.text, clause_id)
                )
        if own.gist:
            other = rng.choice(near) if near else _Known("")
            out.append(Triple(own.gist, own.text, other.text, clause_id))
    return out


def _known(documents: list[Document], policies: list[PolicyFile]) -> dict[str, _Known]:
    """Clause id → its text as it is embedded, with the notes on it."""
    known = {
        document.clause_id(clause): _Known(
            f"{document.title} {' '.join([*clause.breadcrumb, clause.heading])} {clause.text}"[
                :EMBEDDED_CHARACTERS
            ]
        )
        for document in documents
        if not document.duplicate_of
        for clause in document.clauses
    }
    for policy in policies:
        for note in policy.clauses:
            own = known.setdefault(f"{policy.document_id}#{note.at}", _Known(f"{policy.title} {note.gist}"))
            own.gist, own.asks = note.gist, note.asks
    return known


def _negatives(documents: list[Document], known: dict[str, _Known]) -> dict[str, list[str]]:
    """Clause id → clauses that are easily taken for it: its neighbours, and its place in the other version."""
    by_id = {d.document_id: d for d in documents}
    out: dict[str, list[str]] = {}
    for document in documents:
        if document.duplicate_of:
            continue
        ids = [document.clause_id(clause) for clause in document.clauses]
        versions = [by_id[i] for i in [*document.supersedes, document.superseded_by] if i in by_id]
        for number, clause_id in enumerate(ids):
            path = clause_id.split("#", 1)[1]
            near = ids[max(number - 2, 0) : number] + ids[number + 1 : number + 3]
            # A clause and the one above it say the same.
            near = [i for i in near if not _within(path, i.split("#", 1)[1])]
            out[clause_id] = near + [i for v in versions if (i := f"{v.document_id}#{path}") in known] * 2
    return out


def _within(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def batches(triples: list[Triple], size: int, rng: random.Random) -> list[list[Triple]]:
    """One pass over the triples in random order, no clause twice in a batch as far as that goes."""
    by_clause: dict[str, list[Triple]] = {}
    for triple in rng.sample(triples, len(triples)):
        by_clause.setdefault(triple.clause_id, []).append(triple)
    rounds: list[Triple] = []
    for number in range(max(map(len, by_clause.values()))):
        some = [own[number] for own in by_clause.values() if number < len(own)]
        rng.shuffle(some)
        rounds += some
    return rng.sample(
        [rounds[i : i + size] for i in range(0, len(rounds), size)], (len(rounds) + size - 1) // size
    )


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


class Pieces:
    """Texts as token ids, some tokens taken apart at random into shorter ones (Kudo 2018, simplified).

    Args:
        tokenizer: a Unigram tokeniser.
        share: how often a token that can be taken apart is; 0 to 1.
        rng: source of every choice.
    """

    def __init__(self, tokenizer: Any, share: float, rng: random.Random) -> None:
        self._tokenizer, self._share, self._rng = tokenizer, share, rng
        self._ids: dict[str, list[int]] = {}
        vocabulary: dict[str, int] = tokenizer.get_vocab()
        self._apart: dict[int, list[list[int]]] = {}
        for word, token in vocabulary.items():
            if not _HAN.fullmatch(word):
                continue
            ways: list[tuple[str, ...]] = [(word[:i], word[i:]) for i in range(1, len(word))]
            if len(word) > 2:
                ways.append(tuple(word))
            known = [[vocabulary[part] for part in way] for way in ways if all(p in vocabulary for p in way)]
            if known:
                self._apart[token] = known

    def features(self, texts: Iterable[str]) -> dict[str, Any]:
        """The batch as `StaticEmbedding` takes it: ids one after the other, and where each text begins."""
        import torch

        ids = [self.ids(text) for text in texts]
        offsets = np.cumsum([0, *map(len, ids[:-1])])
        return {"input_ids": torch.tensor(list(chain(*ids))), "offsets": torch.tensor(offsets)}

    def ids(self, text: str) -> list[int]:
        """Token ids of a text."""
        if text not in self._ids:
            self._ids[text] = self._tokenizer.encode(text, add_special_tokens=False).ids
        out: list[int] = []
        for token in self._ids[text]:
            ways = self._apart.get(token)
            out += self._rng.choice(ways) if ways and self._rng.random() < self._share else [token]
        return out


def train(
    triples: list[Triple],
    tokenizer: Any,
    vectors: np.ndarray,
    epochs: int,
    rate: float,
    batch: int,
    apart: float,
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
        [d for d in (dimensions, dimensions // 2, dimensions // 4) if d >= 32],
    )
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    rng = random.Random(SEED)
    pieces = Pieces(tokenizer, apart, random.Random(SEED))
    steps = [some for _ in range(epochs) for some in batches(triples, batch, rng)]
    for step, some in enumerate(track(steps, description="training")):
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 - step / len(steps))
        sides = zip(*((t.anchor, t.positive, t.negative or t.positive) for t in some), strict=True)
        features = [pieces.features(side) for side in sides]
        optimiser.zero_grad()
        value = loss(features, torch.zeros(len(some)))
        value.backward()
        optimiser.step()
    return model


@click.command()
@click.option("--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), multiple=True)
@click.option("--out", type=click.Path(path_type=Path), default=BUNDLED_FOLDER, show_default=True)
@click.option("--vocabulary", default=4000, show_default=True)
@click.option("--dimensions", default=128, show_default=True)
@click.option("--epochs", default=5, show_default=True)
@click.option("--rate", default=0.002, show_default=True)
@click.option("--batch", default=512, show_default=True)
@click.option(
    "--apart", default=0.25, show_default=True, help="Share of the words taken apart while training."
)
@click.option(
    "--half",
    type=click.Choice(["first", "second"]),
    help=f"Learn from every other knowledge file only; the others are named in {LEFT_OUT}, to measure on them.",
)
def main(
    corpus: tuple[Path, ...],
    out: Path,
    vocabulary: int,
    dimensions: int,
    epochs: int,
    rate: float,
    batch: int,
    apart: float,
    half: str | None,
) -> None:
    """Train the static encoder on the given documents and the bundled knowledge files."""
    rng = random.Random(SEED)
    documents = ingest_folders(corpus).documents
    policies = sorted(load_policies(), key=lambda p: p.document_id)
    left_out = [p.document_id for p in policies[half == "first" :: 2]] if half else []
    policies = [p for p in policies if p.document_id not in left_out]
    triples = training_triples(documents, policies, rng)
    texts = [
        unicodedata.normalize("NFKC", text).lower()
        for text in dict.fromkeys(t for triple in triples for t in (triple.anchor, triple.positive))
    ]
    tokenizer = fit_tokenizer(texts, vocabulary)
    vectors = initial_vectors(tokenizer, texts, dimensions)
    click.echo(f"{len(triples)} triples, {tokenizer.get_vocab_size()} tokens, {dimensions} dimensions")
    model = train(triples, tokenizer, vectors, epochs, rate, batch, apart)
    out.mkdir(parents=True, exist_ok=True)
    model.save(str(out), create_model_card=False)
    if half:
        (out / LEFT_OUT).write_text(json.dumps(left_out, ensure_ascii=False), encoding="utf-8")
    click.echo(f"saved to {out}: {sum(p.stat().st_size for p in out.rglob('*') if p.is_file()) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
