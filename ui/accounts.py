"""The people who may sign in: `users.yaml` in the home, each with a role and an argon2 hash of the password."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from ingest.errors import HangceError, InputError

FILE = "users.yaml"
Role = Literal["staff", "evaluator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
SHORTEST, LONGEST = 10, 200  # characters of a password
_NAME = re.compile(r"[\w][\w.\-]{0,39}")


@dataclass(frozen=True, slots=True)
class User:
    """Someone who may sign in."""

    name: str
    role: Role
    password_hash: str

    def may(self, *roles: Role) -> bool:
        """Whether one of the roles is the user's; an admin has all."""
        return self.role == "admin" or self.role in roles

    @property
    def stamp(self) -> str:
        """Changes with the password and the role, so that sessions begun before end."""
        return hashlib.sha256(f"{self.role}:{self.password_hash}".encode()).hexdigest()[:16]


class Accounts:
    """The users of a home. The file is read again whenever it has changed."""

    def __init__(self, home: Path) -> None:
        self.path = home / FILE
        self._lock = threading.Lock()
        self._verifying = threading.Semaphore(2)  # each takes 64 MiB for a moment
        self._seen: tuple[int, int] | None = None
        self._users: dict[str, User] = {}

    def users(self) -> list[User]:
        """Everyone, by name.

        Raises:
            InputError: the file cannot be used.
        """
        with self._lock:
            return sorted(self._read().values(), key=lambda user: user.name)

    def user(self, name: str) -> User | None:
        """Someone by name; None if there is no such user."""
        with self._lock:
            return self._read().get(name)

    def check(self, name: str, password: str) -> User | None:
        """The user if the password is right. It takes as long for a name that does not exist."""
        user = self.user(name)
        with self._verifying:
            right = _verify(user.password_hash if user else _nobody(), password[: 4 * LONGEST])
        return user if user and right else None

    def add(self, name: str, role: Role, password: str) -> None:
        """Add someone.

        Raises:
            HangceError: the name is taken or cannot be used, or the password is too short.
        """
        if not _NAME.fullmatch(name):
            raise HangceError(
                f"{name[:40]!r} cannot be a name — use letters, digits, `.`, `-`, `_`, at most 40"
            )
        with self._lock:
            users = self._read()
            if name in users:
                raise HangceError(f"there is a user {name!r} already — `hangce users password {name}`")
            self._write([*users.values(), User(name, role, _hash(password))])

    def set_password(self, name: str, password: str) -> None:
        """Give someone another password; what was signed in with the old one ends.

        Raises:
            HangceError: there is no such user, or the password is too short.
        """
        with self._lock:
            users = self._read()
            self._known(users, name)
            users = {**users, name: User(name, users[name].role, _hash(password))}
            self._write(users.values())

    def remove(self, name: str) -> None:
        """Remove someone, whose sessions end.

        Raises:
            HangceError: there is no such user.
        """
        with self._lock:
            users = self._read()
            self._known(users, name)
            self._write(user for user in users.values() if user.name != name)

    def _known(self, users: dict[str, User], name: str) -> None:
        if name not in users:
            raise HangceError(f"no user {name[:40]!r} — `hangce users list` shows who there is")

    def _read(self) -> dict[str, User]:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            self._seen, self._users = None, {}
            return self._users
        if (now := (stat.st_mtime_ns, stat.st_ino)) != self._seen:
            self._users = {user.name: user for user in _parse(self.path)}
            self._seen = now
        return self._users

    def _write(self, users: Iterable[User]) -> None:
        rows = [
            {"name": u.name, "role": u.role, "password": u.password_hash}
            for u in sorted(users, key=lambda user: user.name)
        ]
        text = yaml.safe_dump({"users": rows}, allow_unicode=True, sort_keys=False)
        write_private(self.path, text)
        self._seen = None


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all.

    Raises:
        HangceError: it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise HangceError(
            f"cannot write {path} ({error.strerror}) — choose another folder with --home"
        ) from error


def _parse(path: Path) -> list[User]:
    try:
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        users = [User(str(row["name"]), row["role"], str(row["password"])) for row in data.get("users") or []]
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        # Without the error's own words, which would show a line of the file.
        remedy = "mend it, or move it away and add the users anew with `hangce users add`"
        raise InputError(str(path), f"no usable list of users ({type(error).__name__})", remedy) from None
    for user in users:
        if user.role not in ROLES:
            raise InputError(str(path), f"{user.name}: no role {user.role!r}", f"one of {', '.join(ROLES)}")
    return users


def _hash(password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        raise HangceError(f"a password has {SHORTEST} to {LONGEST} characters, this one {len(password)}")
    return str(_hasher().hash(password))


def _verify(password_hash: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return bool(_hasher().verify(password_hash, password))
    except (VerificationError, InvalidHashError):
        return False


@functools.cache
def _hasher() -> Any:
    from argon2 import PasswordHasher

    return PasswordHasher()


@functools.cache
def _nobody() -> str:
    """A hash that no password meets."""
    return str(_hasher().hash(secrets.token_urlsafe(32)))
