"""What lies in Milvus: the two collections of a home, how a text becomes a sparse vector, filters as conditions.

Passages have a dense vector, their words for Milvus' own BM25 over jieba's words, and one sparse vector with the
weights that we give to terms. A key of that vector is a term together with a field, so that one search by inner
product scores all fields at once, and a search with the keys of one field scores that field. BM25 as Milvus computes
it would not do for this: it knows one field of one collection, and its statistics are those of a part of the storage.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from index.backend import Filters
from index.lexical import K1, B
from ingest.errors import HangceError

WORDS, WEIGHTS, DENSE = "words", "weights", "dense"
LONGEST_TEXT = 16_000  # characters; a VARCHAR takes 65,535 bytes
MARKER = 2**32 - 2  # the highest dimension that Milvus takes: no vector may be empty
MARK = 1e-6
NEVER = 99999999

# Presence of a term, weight 1: in a passage, its headings or title; in its notes alone.
PLAIN, NOTED = "plain", "noted"

_SCALARS = ("segment", "document_id", "level", "district", "kind", "effective", "expires", "superseded")
PASSAGE_COLUMNS = frozenset({"id", *_SCALARS, "text", WORDS, WEIGHTS, DENSE})
ASK_COLUMNS = frozenset({"id", *_SCALARS, WEIGHTS, DENSE})
_DAY = re.compile(r"\d{4}(-\d\d){0,2}")


def collections(prefix: str) -> tuple[str, str]:
    """The names of a home's collections: passages and asks."""
    return f"{prefix}_passages", f"{prefix}_asks"


def base_of(segment: str) -> int:
    """The key of a segment's first passage or ask; the others follow. Two segments meet with odds of 1 in 2³¹."""
    digest = hashlib.blake2b(segment.encode(), digest_size=4).digest()
    return (int.from_bytes(digest, "little") & 0x7FFFFFFF) << 32


# --- terms -------------------------------------------------------------------------------------------------


def dimension(field: str, term: str) -> int:
    """The dimension of a term of a field.

    With a million of them taken, a term of a question shares its own with odds of 1 in 4,000.
    """
    return zlib.crc32(f"{field}:{term}".encode()) % MARKER


def weigh(field: str, words: list[str], mean: float) -> dict[int, float]:
    """The document's half of BM25 (Robertson and Zaragoza 2009); a question brings `weight · idf` for each term.

    Args:
        field: whose dimensions to use.
        words: the terms of a text, in any order.
        mean: number of terms of a mean text. It is the mean of when the text was indexed: of its own segment and
            those beside it, so that what is stored never depends on what is stored later.
    """
    norm = K1 * (1 - B + B / mean * min(len(words), 65535))
    return {dimension(field, t): (K1 + 1) * n / (n + norm) for t, n in Counter(words).items()}


def passage_vector(fields: Mapping[str, list[str]], means: Mapping[str, float]) -> dict[int, float]:
    """The sparse vector of a passage from the terms of its fields."""
    plain = {t for name, words in fields.items() if name != "notes" for t in words}
    out = {MARKER: MARK}
    for name, words in fields.items():
        out |= weigh(name, words, means[name])
    out |= {dimension(PLAIN, t): 1.0 for t in plain}
    out |= {dimension(NOTED, t): 1.0 for t in set(fields["notes"]) - plain}
    return out


# --- metadata ----------------------------------------------------------------------------------------------


def scalars(listing: Mapping[str, Any]) -> dict[str, str | int]:
    """What filters ask of a document, from its listing as in `hangce documents`.

    Days are numbers like 20230601. `effective` is the first day, `expires` the last, `superseded` the day from which
    another document stands in its place.

    Raises:
        HangceError: a date is none.
    """
    return {
        "level": listing["level"] or "",
        "district": listing["district"] or "",
        "kind": listing["kind"] or "",
        "effective": _number(listing["effective"], "00", 0),
        "expires": _number(listing["expires"], "99", NEVER),
        "superseded": _number(listing["superseded_on"], "00", 0) if listing["superseded_by"] else NEVER,
    }


def _number(day: str | None, missing: str, unknown: int) -> int:
    """An ISO date as a number; one known to the month begins before its days, and ends behind them.

    Words instead of a date lie behind all days, as they do for `status_on`, which compares text.
    """
    if not day:
        return unknown
    if day[0] > "9":
        return NEVER
    if not _DAY.fullmatch(day):
        raise HangceError(
            f"{day!r} is no date — write it as YYYY-MM-DD or YYYY-MM in the document's metadata"
        )
    return int(day.replace("-", "").ljust(6, missing[0]).ljust(8, missing[0]))


def condition(filters: Filters) -> str:
    """Filters as a condition on scalars, "" for none; all but `document`, which asks for titles.

    In force on a day is what `index.validity.status_on` calls in force, open-ended or unknown.
    """
    parts = [
        f"{name} == {quoted(value)}"
        for name, value in (("level", filters.level), ("district", filters.district), ("kind", filters.kind))
        if value is not None
    ]
    if filters.in_force_on is not None:
        day = int(filters.in_force_on.strftime("%Y%m%d"))
        parts += [f"effective <= {day}", f"expires >= {day}", f"superseded > {day}"]
    return " and ".join(parts)


def one_of(column: str, values: Iterable[str | int]) -> str:
    """That a column has one of some values."""
    return f"{column} in [{','.join(quoted(v) if isinstance(v, str) else str(v) for v in values)}]"


def quoted(value: str) -> str:
    """A string as Milvus' expressions write it."""
    return json.dumps(value, ensure_ascii=False)


# --- collections -------------------------------------------------------------------------------------------


def schema(columns: frozenset[str], dimensions: int) -> Any:
    """The schema of a collection with these columns; `dimensions` is the width of the dense vectors."""
    from pymilvus import DataType, Function, FunctionType, MilvusClient

    out = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    out.add_field("id", DataType.INT64, is_primary=True)
    for name, width in (
        ("segment", 128),
        ("document_id", 4096),
        ("level", 64),
        ("district", 256),
        ("kind", 64),
    ):
        out.add_field(name, DataType.VARCHAR, max_length=width)
    for name in ("effective", "expires", "superseded"):
        out.add_field(name, DataType.INT64)
    if WORDS in columns:
        cut = {"tokenizer": "jieba", "filter": ["lowercase", "cnalphanumonly"]}
        out.add_field("text", DataType.VARCHAR, max_length=65535, enable_analyzer=True, analyzer_params=cut)
        out.add_field(WORDS, DataType.SPARSE_FLOAT_VECTOR)
        out.add_function(
            Function(
                name="words_of_text",
                function_type=FunctionType.BM25,
                input_field_names=["text"],
                output_field_names=[WORDS],
            )
        )
    out.add_field(WEIGHTS, DataType.SPARSE_FLOAT_VECTOR)
    out.add_field(DENSE, DataType.FLOAT_VECTOR, dim=dimensions)
    return out


def indexes(columns: frozenset[str], *, in_process: bool) -> Any:
    """The indexes of a collection.

    Milvus Lite compares every dense vector: its other index types lose rows behind filters. A server walks a graph.
    """
    from pymilvus import MilvusClient

    out = MilvusClient.prepare_index_params()
    if in_process:
        out.add_index(DENSE, index_type="FLAT", metric_type="IP")
    else:
        out.add_index(DENSE, index_type="HNSW", metric_type="IP", params={"M": 32, "efConstruction": 300})
    sparse = "SPARSE_INVERTED_INDEX"
    out.add_index(WEIGHTS, index_type=sparse, metric_type="IP")
    if WORDS in columns:
        out.add_index(
            WORDS, index_type=sparse, metric_type="BM25", params={"params": {"bm25_k1": K1, "bm25_b": B}}
        )
    if not in_process:
        for name in ("segment", "document_id"):
            out.add_index(name, index_type="INVERTED")
    return out
