"""A PostgreSQL server of the tests' own, on a socket in a temporary folder, reached from nowhere else."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def programs() -> Path | None:
    """The folder of the newest installed server's programs; None if there is none."""
    folders = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if folders:
        return max(folders, key=lambda p: int(re.sub(r"\D", "", p.parent.name) or 0))
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def server() -> Iterator[str]:
    """A running server; gives the address of an empty database."""
    bin_folder = programs()
    assert bin_folder
    # Not below pytest's own folder, which only root may enter where root runs the tests.
    folder = Path(tempfile.mkdtemp(prefix="hangce-pg-"))
    data, log = folder / "data", folder / "log"
    user = _unprivileged()
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)

    def run(program: str, *arguments: str) -> None:
        command = [str(bin_folder / program), *arguments]
        if user:
            command = ["setpriv", f"--reuid={user}", f"--regid={_group(user)}", "--clear-groups", *command]
        environment = {**os.environ, "HOME": str(folder), "LC_ALL": "C"}
        done = subprocess.run(
            command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr

    try:
        run("initdb", "-D", str(data), "-U", "hangce", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        # Waited for; its output goes to the log, lest the server keep our pipe open.
        run("pg_ctl", "start", "-w", "-D", str(data), "-l", str(log), "-o", options)
        try:
            yield f"postgresql://hangce@/postgres?host={folder}"
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(data))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> str:
    """Whom the server runs as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return ""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _group(user: str) -> int:
    return pwd.getpwnam(user).pw_gid
