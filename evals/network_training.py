"""Fitting of the small networks that tell yes from no: whether there is an answer, whether a further clause is needed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.ranker import RankingModel

SEED = 20261121
_BATCH, _RATE, _NARROWEST = 64, 0.005, 0.05

FloatArray = NDArray[np.float32]


def fit(
    names: Sequence[str],
    x: FloatArray,
    right: FloatArray,
    worth: FloatArray,
    *,
    hidden: int,
    decay: float,
    epochs: int,
    members: int,
) -> RankingModel:
    """Fit a network by cross-entropy: AdamW, a linear decay of the rate; several seeds averaged.

    Args:
        names: of the features.
        x: shape (examples, features).
        right: 1 for yes, 0 for no, shape (examples,).
        worth: what an example counts beside the others, shape (examples,).
        hidden: units of each member.
        decay: of the weights.
        epochs: passes over the examples.
        members: networks from different seeds, whose scores are averaged.
    """
    import torch

    torch.set_num_threads(1)  # for matrices this small a second thread only waits
    mean, spread = x.mean(axis=0), np.maximum(x.std(axis=0), _NARROWEST)
    scaled = torch.from_numpy(((x - mean) / spread).astype(np.float32))
    target, weight = torch.from_numpy(right), torch.from_numpy(worth)
    fitted = []
    for member in range(members):
        torch.manual_seed(SEED + member)
        linear = torch.zeros(len(names), requires_grad=True)
        inner, outer = torch.nn.Linear(len(names), hidden), torch.zeros(hidden, requires_grad=True)
        bias = torch.zeros(1, requires_grad=True)
        parameters = [linear, outer, bias, *inner.parameters()]
        optimiser = torch.optim.AdamW(parameters, lr=_RATE, weight_decay=decay)
        steps = epochs * ((len(x) + _BATCH - 1) // _BATCH)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step, steps=steps: 1 - step / steps)  # type: ignore[misc]
        for _ in range(epochs):
            for batch in torch.randperm(len(x)).split(_BATCH):
                score = scaled[batch] @ linear + torch.tanh(inner(scaled[batch])) @ outer + bias
                loss = torch.nn.functional.binary_cross_entropy_with_logits(
                    score, target[batch], weight=weight[batch]
                )
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
        tensors = (linear, inner.weight, inner.bias, outer, bias)
        fitted.append([t.detach().numpy() for t in tensors])
    flat = np.mean([f[0] for f in fitted], axis=0) / spread
    weights = np.concatenate([f[1] for f in fitted]) / spread
    # The network has no constant: one unit that never changes stands for it.
    constant = np.mean([f[4] for f in fitted]) - float(flat @ mean)
    return RankingModel(
        {
            "features": list(names),
            "linear": flat,
            "hidden": np.concatenate([weights, np.zeros((1, len(names)))]),
            "bias": np.append(np.concatenate([f[2] for f in fitted]) - weights @ mean, 20.0),
            "output": np.append(np.concatenate([f[3] for f in fitted]) / members, constant),
        }
    )


def probabilities(model: RankingModel, x: FloatArray) -> FloatArray:
    """How likely a yes is for each example, shape (n,); `x` has the features in the model's order, shape (n, features)."""
    score = model.score(dict(zip(model.names, x.T, strict=True)))
    return np.asarray(1 / (1 + np.exp(-score)), dtype=np.float32)
