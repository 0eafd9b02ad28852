"""One Milvus: opening it, and its calls with every failure told in one line. Imports `pymilvus` when first opened."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from index.backend import FloatArray, IntArray
from index.milvus_schema import WORDS, indexes, schema
from ingest.errors import HangceError

TOKEN = "HANGCE_MILVUS_TOKEN"
MOST = 16_384  # results that one search can give
_CONNECT, _ASK, _WRITE = 10.0, 10.0, 600.0  # seconds
_FIRST_ASK = 120.0  # Milvus Lite builds what it searches in when it is first asked
_SERVER = re.compile(r"https?://[^\s/:@?#]+(:\d+)?(/\w*)?")
_INSTALL = "pip install 'hangce[milvus]'"

_opened: dict[str, Milvus] = {}
_lock = threading.RLock()


def checked_address(text: str) -> str:
    """An address as it is kept: `http(s)://host:port` of a server, or the full path of a file that ends in `.db`.

    Raises:
        HangceError: it is neither, or holds a password.
    """
    text = text.strip()
    if re.match(r"https?://[^/]*@", text):
        raise HangceError(
            f"the address of Milvus holds a user or password — give http://host:port alone, and set {TOKEN} to user:password"
        )
    if _SERVER.fullmatch(text):
        return text.rstrip("/")
    if text.endswith(".db") and "://" not in text:
        return str(Path(text).expanduser().absolute())
    raise HangceError(
        f"{text!r} is no address of Milvus — give http://host:port of a server, or a path ending in .db for Milvus Lite"
    )


def is_file(address: str) -> bool:
    """Whether an address is that of a Milvus Lite file, which this process opens by itself."""
    return not _SERVER.fullmatch(address)


def connect(address: str, *, existing: bool = False) -> Milvus:
    """The Milvus at an address; the same one for every caller of a process, as a file opens only once.

    Args:
        address: as `checked_address` gives it.
        existing: refuse a file that is not there, instead of starting an empty one.

    Raises:
        HangceError: packages are missing, nothing answers there, or another process has the file.
    """
    with _lock:
        if address not in _opened:
            _opened[address] = Milvus(address, existing=existing)
        return _opened[address]


def release(address: str) -> None:
    """Close what `connect` opened, so that another process can open the file; for those who come and go."""
    with _lock:
        milvus = _opened.pop(address, None)
    if milvus is not None:
        milvus.close()


class Milvus:
    """A connection. Safe for use from several threads."""

    def __init__(self, address: str, *, existing: bool = False) -> None:
        self.address = address
        local = is_file(address)
        _need("pymilvus", *(("milvus_lite", "jieba") if local else ()))
        if local and existing and not Path(address).exists():
            raise HangceError(f"there is no {address} — run `hangce build --backend milvus` again")
        client, self._errors = _import()
        if local:
            _quiet_jieba()
            try:
                Path(address).parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise HangceError(
                    f"{address} cannot be made ({error.strerror}) — give another path"
                ) from error
        try:
            token = "" if local else os.environ.get(TOKEN, "").strip()
            self._client: Any = client(address, token=token, timeout=_CONNECT)
            version = str(self._client.get_server_version(timeout=_CONNECT))
        except self._errors as error:
            raise HangceError(_not_opened(address, error)) from error
        self.lite = version.startswith("milvus_lite")

    def close(self) -> None:
        """Close the connection and, of a file, what serves it in this process."""
        self._client.close()
        if is_file(self.address):
            from milvus_lite import server_manager_instance

            server_manager_instance.release_server(self.address)

    @contextmanager
    def _told(self, doing: str) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            raise HangceError(
                f"Milvus at {self.address} failed {doing} ({_reason(error)}) — see that it runs, then try again"
            ) from error

    # --- collections ---

    def columns(self, collection: str) -> tuple[frozenset[str], int]:
        """The columns of a collection, and the width of its dense vectors; none and 0 if there is no such."""
        with self._told("describing a collection"):
            if not self._client.has_collection(collection, timeout=_ASK):
                return frozenset(), 0
            fields = self._client.describe_collection(collection, timeout=_ASK)["fields"]
        return frozenset(f["name"] for f in fields), max(
            (int(f["params"].get("dim", 0)) for f in fields), default=0
        )

    def create(self, collection: str, columns: frozenset[str], dimensions: int) -> None:
        """Make a collection, indexed and ready to be searched."""
        with self._told("making a collection"):
            self._client.create_collection(
                collection, schema=schema(columns, dimensions), consistency_level="Strong", timeout=_WRITE
            )
            # Not waited for one by one: there is nothing to index yet, and loading waits for all of them.
            made = indexes(columns, in_process=self.lite)
            self._client.create_index(collection, made, timeout=_WRITE, sync=False)
            self._client.load_collection(collection, timeout=_WRITE)

    def drop(self, collection: str) -> None:
        """Remove a collection if it is there."""
        with self._told("dropping a collection"):
            self._client.drop_collection(collection, timeout=_WRITE)

    def load(self, collection: str) -> None:
        """Make a collection ready to be searched after Milvus was started again."""
        with self._told("loading a collection"):
            self._client.load_collection(collection, timeout=_WRITE)

    # --- rows ---

    def upsert(self, collection: str, rows: list[dict[str, Any]]) -> None:
        """Write rows; `flush` when all are written."""
        with self._told("writing"):
            self._client.upsert(collection, rows, timeout=_WRITE)

    def flush(self, collection: str) -> None:
        """Seal what was written: searches index unsealed rows anew every time."""
        with self._told("writing"):
            self._client.flush(collection, timeout=_WRITE)

    def count(self, collection: str, where: str) -> int:
        """The number of rows that meet a condition."""
        with self._told("counting"):
            found = self._client.query(collection, filter=where, output_fields=["count(*)"], timeout=_WRITE)
        return int(found[0]["count(*)"])

    def delete(self, collection: str, where: str) -> None:
        """Delete the rows that meet a condition."""
        with self._told("deleting"):
            self._client.delete(collection, filter=where, timeout=_WRITE)

    def search(
        self,
        collection: str,
        column: str,
        data: Sequence[Any],
        limit: int,
        where: str,
        *,
        first: bool = False,
    ) -> list[tuple[IntArray, FloatArray]]:
        """For each of some vectors, or texts for the column of words, the best rows: (ids, scores), best first.

        Args:
            collection: where.
            column: which vectors.
            data: what to search for.
            limit: at most this many rows; Milvus gives no more than `MOST`.
            where: a condition that every row meets; the search looks at no others.
            first: allow for the time that a first search takes.
        """
        metric = "BM25" if column == WORDS else "IP"
        limit = max(1, min(limit, MOST))
        parameters: dict[str, Any] = {"metric_type": metric, "params": {}}
        if column == "dense" and not self.lite:
            parameters["params"] = {"ef": min(max(2 * limit, 512), 32_768)}
        with self._told("searching"):
            found = self._client.search(
                collection,
                data=list(data),
                anns_field=column,
                limit=limit,
                filter=where,
                output_fields=["id"],
                search_params=parameters,
                timeout=_FIRST_ASK if first or self.lite else _ASK,
            )
        return [
            (
                np.array([hit["id"] for hit in hits], dtype=np.int64),
                np.array([hit["distance"] for hit in hits], dtype=np.float32),
            )
            for hits in found
        ]


def _need(*modules: str) -> None:
    """That packages are installed.

    Raises:
        HangceError: one is not.
    """
    absent = [module for module in modules if find_spec(module) is None]
    if absent:
        raise HangceError(f"the Milvus backend needs the package {absent[0].replace('_', '-')} — {_INSTALL}")


def _import() -> tuple[Any, tuple[type[Exception], ...]]:
    """The client's class, and what it raises."""
    os.environ.setdefault("PYTHON_DOTENV_DISABLED", "1")  # it reads .env files of folders above otherwise
    try:
        import grpc
        from pymilvus import MilvusClient, MilvusException
    except ImportError as error:
        raise HangceError(f"the package pymilvus does not load ({error}) — {_INSTALL}") from error
    for name in ("pymilvus", "milvus_lite", "grpc"):  # they print tracebacks of what we report in one line
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return MilvusClient, (MilvusException, grpc.RpcError)


def _quiet_jieba() -> None:
    import jieba

    jieba.setLogLevel(logging.WARNING)


def _not_opened(address: str, error: Exception) -> str:
    if not is_file(address):
        return (
            f"Milvus at {address} does not answer ({_reason(error)}) — start it, mend the address, or set {TOKEN} if it"
            " asks for a password"
        )
    if _is_locked(Path(address) / "LOCK"):
        return (
            f"{address} is open in another process, and Milvus Lite serves one at a time — stop that one, or run"
            f" `milvus-lite server --host 127.0.0.1 --data-dir {address}` and give http://127.0.0.1:19530 to both"
        )
    return f"{address} cannot be opened ({_reason(error)}) — give another path ending in .db"


def _is_locked(path: Path) -> bool:
    """Whether a process holds the lock on a file."""
    try:
        import fcntl

        with path.open() as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (OSError, ImportError):
        return False
    return False


def _reason(error: Exception) -> str:
    """The reason in few words."""
    text = str(getattr(error, "message", "") or getattr(error, "details", lambda: "")() or error)
    return " ".join(text.split())[:200] or type(error).__name__
