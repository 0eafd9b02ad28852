"""Opens the database, SQLite in the home or PostgreSQL by address, and brings its tables up to date."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session

from ingest.errors import HangceError

FILE = "records.sqlite"
HEAD = "0001"  # the newest revision in migrations/versions
_LOCK = 7_260_001  # any number, as long as all servers use the same
_MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """A database whose tables are those of `models`.

    Args:
        home: folder of the SQLite file.
        address: of another database, e.g. postgresql://user:password@host/name; "" for SQLite in the home.

    Raises:
        HangceError: it cannot be opened, or is of a newer version; the message holds no password.
    """

    def __init__(self, home: Path, address: str = "") -> None:
        url = _url(home, address)
        self.name = url.render_as_string(hide_password=True)
        try:
            if url.get_backend_name() == "sqlite":
                if not address:
                    home.mkdir(parents=True, exist_ok=True)
                    (home / FILE).touch(mode=0o600)  # nobody else's business
                self.engine = _sqlite(url)
            else:
                self.engine = create_engine(
                    url, pool_size=5, max_overflow=15, pool_pre_ping=True, json_serializer=_json
                )
            self._migrate()
        except (SQLAlchemyError, OSError) as error:
            reason = _reason(error)
            raise HangceError(
                f"the database {self.name} cannot be used ({reason}) — check HANGCE_DATABASE and that it runs"
            ) from None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that looks things up."""
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that is committed at the end, or undone if an error leaves it."""
        # SQLite must know beforehand: a reader that turns writer fails at once when another writes.
        with Session(self.engine.execution_options(writes=True)) as session, session.begin():
            yield session

    def check(self) -> None:
        """Ask the database for anything.

        Raises:
            HangceError: it does not answer.
        """
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            raise HangceError(f"the database {self.name} does not answer ({_reason(error)})") from None

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _migrate(self) -> None:
        with self.engine.execution_options(writes=True).begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            at = _revision(connection)
            if at == HEAD:
                return
            if at is not None and at not in _known_revisions():
                raise HangceError(
                    f"the database {self.name} is of a newer version ({at[:20]}) — update hangce"
                )
            upgrade(connection)


def upgrade(connection: Connection, to: str = "head") -> None:
    """Run the migrations up to a revision on a connection that is in a transaction."""
    from alembic import command

    command.upgrade(alembic_config(connection), to)


def alembic_config(connection: Connection) -> Any:
    """Alembic's configuration for a connection."""
    from alembic.config import Config

    config = Config()
    # Alembic would take a % in the path for interpolation.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _known_revisions() -> set[str]:
    pattern = re.compile(r'^revision = "(\w+)"', re.M)
    return {
        found[1]
        for path in (_MIGRATIONS / "versions").glob("*.py")
        if (found := pattern.search(path.read_text(encoding="utf-8")))
    }


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return str(row[0]) if row else None


def _url(home: Path, address: str) -> URL:
    if not address:
        return URL.create("sqlite", database=str(home / FILE))
    try:
        url = make_url(address)
    except ArgumentError:
        raise HangceError(
            "HANGCE_DATABASE is no address — write postgresql://user:password@host/database"
        ) from None
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": 15}, json_serializer=_json)

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say, see below
        for pragma in (
            "foreign_keys = ON",
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "secure_delete = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _reason(error: Exception) -> str:
    """The first line of what the driver said, without the statement and its values."""
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    return said[0][:200] if said else type(error).__name__
