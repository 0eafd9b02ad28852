"""How text becomes terms for the lexical index, and how long it is in model tokens."""

from __future__ import annotations

import functools
import importlib.util
import re
import unicodedata
from operator import add
from pathlib import Path
from typing import Any

_RUNS = re.compile(r"[a-z0-9]+(?:[.&+/\-][a-z0-9]+)*|[\u3400-\u9fff]+")
_QWEN_PATTERN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def terms(text: str) -> list[str]:
    """Index terms of a text: character bigrams of Chinese runs, whole words and numbers otherwise.

    A number or Latin word is also joined with the Chinese character behind it, so that `E类` and `200万` are
    terms of their own.

    >>> terms("E类人才200万元")
    ['e', 'e类', '类人', '人才', '200', '200万', '万元']
    """
    out: list[str] = []
    folded = unicodedata.normalize("NFKC", text).lower()
    for match in _RUNS.finditer(folded):
        run = match.group()
        if run[0] >= "\u3400":
            out.extend(map(add, run, run[1:])) if len(run) > 1 else out.append(run)
        else:
            out.append(run)
            following = folded[match.end() : match.end() + 1]
            if "\u3400" <= following <= "\u9fff":
                out.append(run + following)
    return out


def phrases(text: str) -> list[str]:
    """Longer terms of a text, for how much of a question's wording it repeats: three Chinese characters each.

    Words and numbers in other scripts stand for themselves.

    >>> phrases("E类人才住房补贴")
    ['e', '类人才', '人才住', '才住房', '住房补', '房补贴']
    """
    out: list[str] = []
    for match in _RUNS.finditer(unicodedata.normalize("NFKC", text).lower()):
        run = match.group()
        out.extend([run] if run[0] < "\u3400" else [run[i : i + 3] for i in range(len(run) - 2)])
    return out


@functools.cache
def _encoding() -> Any:
    """Qwen's byte-pair encoding; its ranks lie in the `dashscope` wheel and are read without importing it."""
    import tiktoken
    from tiktoken.load import load_tiktoken_bpe

    spec = importlib.util.find_spec("dashscope")
    folders = list(spec.submodule_search_locations or []) if spec else []
    ranks_file = next((p for f in folders if (p := Path(f) / "resources" / "qwen.tiktoken").is_file()), None)
    if ranks_file is None:
        raise FileNotFoundError("resources/qwen.tiktoken was not found; reinstall the package dashscope")
    ranks = load_tiktoken_bpe(str(ranks_file))
    return tiktoken.Encoding("qwen", pat_str=_QWEN_PATTERN, mergeable_ranks=ranks, special_tokens={})


def count_tokens(text: str) -> int:
    """Length of a text in Qwen tokens."""
    return len(_encoding().encode_ordinary(text))
