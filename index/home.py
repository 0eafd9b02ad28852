"""Where everything lives: the home folder, its index generations, their segments, and which generation is current."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from ingest.errors import HangceError

FORMAT = 4
DEFAULT_HOME = ".hangce"
_REBUILD = "run `hangce build` (with --corpus for your documents)"


class Home:
    """The folder given by `--home` or `HANGCE_HOME` (default: `.hangce` in the current folder)."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = Path(path or os.environ.get("HANGCE_HOME") or DEFAULT_HOME).expanduser()
        self.generations = self.path / "index"
        self.segments = self.path / "segments"
        self.pointer = self.generations / "current"
        self.uploads = self.path / "uploads"

    def current(self) -> Path:
        """The folder of the current generation.

        Raises:
            HangceError: there is no index, it is damaged, or this version cannot read it.
        """
        try:
            name = self.pointer.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise HangceError(f"no index in {self.path} — {_REBUILD}") from None
        except (OSError, UnicodeDecodeError) as error:
            raise HangceError(f"the index in {self.path} cannot be read ({error}) — {_REBUILD}") from error
        folder = self.generations / name
        if not name or "/" in name or not folder.is_dir():
            raise HangceError(
                f"the index in {self.path} is damaged (generation {name[:40]!r} is missing) — {_REBUILD}"
            )
        self.manifest(folder)
        return folder

    def manifest(self, folder: Path) -> dict[str, Any]:
        """The manifest of a generation, its format and the presence and size of every file checked."""
        try:
            manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            files = {folder / name: int(size) for name, size in manifest["files"].items()}
            for segment, parts in manifest.get("segments", {}).items():
                files |= {self.segments / segment / name: int(size) for name, size in parts.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise HangceError(
                f"the index in {self.path} is damaged (no usable manifest) — {_REBUILD}"
            ) from error
        if manifest.get("format") != FORMAT:
            raise HangceError(
                f"the index in {self.path} has format {manifest.get('format')}, this version reads {FORMAT} — {_REBUILD}"
            )
        for path, size in files.items():
            if not path.is_file() or path.stat().st_size != size:
                raise HangceError(
                    f"the index in {self.path} is damaged ({path.name} is missing or cut off) — {_REBUILD}"
                )
        return manifest

    def new_generation(self) -> Path:
        """An empty folder for the next generation, invisible to readers until `publish`.

        Raises:
            HangceError: the home folder cannot be written to.
        """
        try:
            self.generations.mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(prefix=f"{time.strftime('%Y%m%d-%H%M%S')}-", dir=self.generations))
            folder.chmod(0o755)  # mkdtemp shuts everyone else out; an index is no secret
        except OSError as error:
            raise HangceError(
                f"cannot write to {self.path} ({error.strerror}) — choose another folder with --home"
            ) from error
        return folder

    def new_segment(self) -> Path:
        """A folder for the next segment, not made yet; no reader looks at it until a generation names it."""
        return self.segments / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}"

    def backends(self) -> list[dict[str, Any]]:
        """The backends that the manifests of all generations name, the current one's first."""
        try:
            current = self.pointer.read_text(encoding="utf-8").strip()
            folders = sorted(self.generations.iterdir(), key=lambda g: g.name != current)
        except (OSError, ValueError):
            return []
        return [backend for folder in folders if (backend := _read(folder).get("backend"))]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the home while its index is changed: one build or going back at a time, in whichever process.

        The lock goes with the process that holds it, however that one ends.

        Raises:
            HangceError: another one is at work, or the home cannot be written to.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            handle = (self.path / "build.lock").open("a+")
        except OSError as error:
            raise HangceError(
                f"cannot write to {self.path} ({error.strerror}) — choose another folder with --home"
            ) from error
        with handle:
            if not _hold(handle):
                raise HangceError(f"another build of {self.path} is running — try again when it is done")
            yield

    def kept(self) -> list[Path]:
        """The generations that were published and are still there, the latest first."""
        try:
            found = [g for g in self.generations.iterdir() if (g / "manifest.json").is_file()]
        except OSError:
            return []
        return sorted(found, key=lambda g: (g / "manifest.json").stat().st_mtime_ns, reverse=True)

    def note(self, generation: Path) -> dict[str, Any]:
        """The manifest of a generation, whatever its format and state; {} where there is none."""
        return _read(generation)

    def switch(self, name: str) -> None:
        """Make a kept generation the current one, in one step.

        Raises:
            HangceError: there is no such generation, or it is damaged.
        """
        folder = next((g for g in self.kept() if g.name == name), None)
        if folder is None:
            raise HangceError(
                f"no generation {name[:60]!r} in {self.path} — `hangce rollback --list` shows them"
            )
        self.manifest(folder)
        write_whole(self.pointer, name)

    def segment_names(self) -> list[str]:
        """The segments that have a folder, those of a build that runs now included."""
        return sorted(s.name for s in self.segments.iterdir()) if self.segments.is_dir() else []

    def publish(self, folder: Path, segments: Iterable[str], manifest: dict[str, Any]) -> None:
        """Write the manifest, switch readers to this generation in one step, and drop all but the one before."""
        named = {name: _sizes(self.segments / name) for name in segments}
        data = {"format": FORMAT, "files": _sizes(folder), "segments": named, **manifest}
        write_whole(folder / "manifest.json", json.dumps(data, ensure_ascii=False, indent=1))
        previous = self.pointer.read_text(encoding="utf-8").strip() if self.pointer.is_file() else ""
        write_whole(self.pointer, folder.name)
        dropped: set[str] = set()
        for old in self.generations.iterdir():
            if old.is_dir() and old.name not in (folder.name, previous) and _is_over(old):
                dropped |= _segments_of(old)
                shutil.rmtree(old, ignore_errors=True)
        self._drop_segments(dropped)

    def _drop_segments(self, dropped: set[str]) -> None:
        """Remove segments of dropped generations, and those whose build died, unless a generation names them."""
        kept = {name for g in self.generations.iterdir() if g.is_dir() for name in _segments_of(g)}
        for segment in self.segments.iterdir() if self.segments.is_dir() else ():
            if segment.name not in kept and (segment.name in dropped or _is_old(segment)):
                shutil.rmtree(segment, ignore_errors=True)


def _sizes(folder: Path) -> dict[str, int]:
    return {str(p.relative_to(folder)): p.stat().st_size for p in sorted(folder.rglob("*")) if p.is_file()}


def _segments_of(generation: Path) -> set[str]:
    """Segments that a published generation names."""
    return set(_read(generation).get("segments", ()))


def _read(generation: Path) -> dict[str, Any]:
    """The manifest of a generation, whatever its format; {} where there is none."""
    try:
        manifest = json.loads((generation / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def _hold(handle: IO[str]) -> bool:
    """Lock an open file until it is closed; whether nobody else holds it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_over(generation: Path) -> bool:
    """Whether a generation was published once, or was begun so long ago that its build must have died."""
    return (generation / "manifest.json").exists() or _is_old(generation)


def _is_old(folder: Path) -> bool:
    return datetime.now() - datetime.fromtimestamp(folder.stat().st_mtime) > timedelta(days=1)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that readers see the old or the new content, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
