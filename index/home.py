"""Where everything lives: the home folder, its index generations, and which of them is current."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ingest.errors import HangceError

FORMAT = 2
DEFAULT_HOME = ".hangce"
_REBUILD = "run `hangce build` (with --corpus for your documents)"


class Home:
    """The folder given by `--home` or `HANGCE_HOME` (default: `.hangce` in the current folder)."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = Path(path or os.environ.get("HANGCE_HOME") or DEFAULT_HOME).expanduser()
        self.generations = self.path / "index"
        self.pointer = self.generations / "current"

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
            files = {str(name): int(size) for name, size in manifest["files"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise HangceError(
                f"the index in {self.path} is damaged (no usable manifest) — {_REBUILD}"
            ) from error
        if manifest.get("format") != FORMAT:
            raise HangceError(
                f"the index in {self.path} has format {manifest.get('format')}, this version reads {FORMAT} — {_REBUILD}"
            )
        for name, size in files.items():
            path = folder / name
            if not path.is_file() or path.stat().st_size != size:
                raise HangceError(
                    f"the index in {self.path} is damaged ({name} is missing or cut off) — {_REBUILD}"
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

    def publish(self, folder: Path, manifest: dict[str, Any]) -> None:
        """Write the manifest, switch readers to this generation in one step, and drop all but the one before."""
        files = {
            str(p.relative_to(folder)): p.stat().st_size for p in sorted(folder.rglob("*")) if p.is_file()
        }
        _write(
            folder / "manifest.json",
            json.dumps({"format": FORMAT, "files": files, **manifest}, ensure_ascii=False, indent=1),
        )
        previous = self.pointer.read_text(encoding="utf-8").strip() if self.pointer.is_file() else ""
        _write(self.pointer, folder.name)
        for old in self.generations.iterdir():
            if old.is_dir() and old.name not in (folder.name, previous) and _is_over(old):
                shutil.rmtree(old, ignore_errors=True)


def _is_over(generation: Path) -> bool:
    """Whether a generation was published once, or was begun so long ago that its build must have died."""
    begun = datetime.fromtimestamp(generation.stat().st_mtime)
    return (generation / "manifest.json").exists() or datetime.now() - begun > timedelta(days=1)


def _write(path: Path, text: str) -> None:
    """Write a file so that readers see the old or the new content, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
