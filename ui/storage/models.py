"""The tables. A change here needs a migration in `migrations/versions`; a test holds the two against each other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, Index, String, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no time zone, so it is taken off and put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables."""


class Conversation(Base):
    """One conversation of one owner; `owner` is `user:NAME` or a visitor's hashed token."""

    __tablename__ = "conversations"
    __table_args__ = (Index("conversations_by_owner", "owner", "updated"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(200))
    created: Mapped[datetime] = mapped_column(Moment)
    updated: Mapped[datetime] = mapped_column(Moment, index=True)


class Message(Base):
    """One message; `answer` is the whole answer where the assistant gave one."""

    __tablename__ = "messages"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    role: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created: Mapped[datetime] = mapped_column(Moment)


class Feedback(Base):
    """A thumb and a comment on an answer, with the question and the answer as they were; state: new, taken, dismissed."""

    __tablename__ = "feedback"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    owner: Mapped[str] = mapped_column(String(80), index=True)
    answer_id: Mapped[str] = mapped_column(String(40))
    helpful: Mapped[bool]
    comment: Mapped[str] = mapped_column(Text)
    question: Mapped[str] = mapped_column(Text)
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10))
    created: Mapped[datetime] = mapped_column(Moment, index=True)


class CallNote(Base):
    """What a hotline worker wrote down about a call."""

    __tablename__ = "call_notes"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    author: Mapped[str] = mapped_column(String(40), index=True)
    question: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    clause_ids: Mapped[list[str]] = mapped_column(JSON)
    created: Mapped[datetime] = mapped_column(Moment, index=True)


class InboxQuestion(Base):
    """A question that the documents did not answer, handed to the evaluators; state: new, taken, dismissed."""

    __tablename__ = "inbox_questions"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    author: Mapped[str] = mapped_column(String(40))
    question: Mapped[str] = mapped_column(Text)
    remark: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), index=True)
    handled_by: Mapped[str | None] = mapped_column(String(40))
    created: Mapped[datetime] = mapped_column(Moment, index=True)
