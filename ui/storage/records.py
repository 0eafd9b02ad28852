"""Keeping and finding records. Everything that goes in is masked here; conversations are seen by their owner alone."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar, get_args

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import InstrumentedAttribute

from assistant.schema import Answer
from ui.masking import mask, masked
from ui.storage.database import Database
from ui.storage.models import Base, CallNote, Conversation, Feedback, InboxQuestion, Message

State = Literal["new", "taken", "dismissed"]
STATES: tuple[State, ...] = get_args(State)
LONGEST = 4000  # characters of a comment or note that are kept
ROUNDS_KEPT = 200  # of one conversation
T = TypeVar("T", bound=Base)


@dataclass(frozen=True, slots=True)
class Purged:
    """How many records a purge deleted."""

    conversations: int
    feedback: int
    notes: int
    inbox: int


class Records:
    """The records of one database.

    Args:
        database: where they are.
        now: the clock, for tests.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.database = database
        self._now = now

    # --- conversations ---

    def add_round(self, owner: str, conversation_id: str | None, question: str, answer: Answer) -> str:
        """Keep a question with its answer, in a conversation of the owner's or a new one; gives the conversation's id.

        An id of somebody else's conversation, or of none, begins a new one.
        """
        now, asked, kept = self._now(), mask(question), stored_answer(answer)
        with self.database.writing() as session:
            found = session.get(Conversation, conversation_id) if conversation_id else None
            if found is None or found.owner != owner:
                found = Conversation(
                    id=secrets.token_hex(16), owner=owner, title=asked[:80], created=now, updated=now
                )
                session.add(found)
                session.flush()
            found.updated = now
            for role, words, body in (("user", asked, None), ("assistant", kept["answer"], kept)):
                session.add(
                    Message(conversation_id=found.id, role=role, text=words, answer=body, created=now)
                )
            session.flush()
            newest = (
                select(Message.id)
                .where(Message.conversation_id == found.id)
                .order_by(Message.id.desc())
                .limit(2 * ROUNDS_KEPT)
            )
            session.execute(
                delete(Message).where(Message.conversation_id == found.id, Message.id.not_in(newest))
            )
            return found.id

    def conversations(self, owner: str, limit: int = 50) -> list[Conversation]:
        """An owner's conversations, the last used first."""
        with self.database.reading() as session:
            found = session.scalars(
                select(Conversation)
                .where(Conversation.owner == owner)
                .order_by(Conversation.updated.desc(), Conversation.id)
                .limit(limit)
            )
            return _free(session, found.all())

    def messages(self, owner: str, conversation_id: str) -> list[Message]:
        """The messages of one of the owner's conversations in order; none of anybody else's."""
        with self.database.reading() as session:
            found = session.scalars(
                select(Message)
                .join(Conversation)
                .where(Conversation.id == conversation_id, Conversation.owner == owner)
                .order_by(Message.id)
            )
            return _free(session, found.all())

    def delete_conversation(self, owner: str, conversation_id: str) -> bool:
        """Delete one of the owner's conversations; whether there was one."""
        with self.database.writing() as session:
            mine = delete(Conversation).where(Conversation.id == conversation_id, Conversation.owner == owner)
            return _count(session.execute(mine)) > 0

    def forget(self, owner: str) -> None:
        """Delete everything that is kept under an owner: conversations and feedback."""
        with self.database.writing() as session:
            session.execute(delete(Conversation).where(Conversation.owner == owner))
            session.execute(delete(Feedback).where(Feedback.owner == owner))

    # --- feedback ---

    def add_feedback(self, owner: str, answer: Answer, helpful: bool, comment: str = "") -> int:
        """Keep a thumb on an answer; a later one of the same owner on the same answer takes its place."""
        with self.database.writing() as session:
            session.execute(
                delete(Feedback).where(Feedback.owner == owner, Feedback.answer_id == answer.id[:40])
            )
            row = Feedback(
                owner=owner,
                answer_id=answer.id[:40],
                helpful=helpful,
                comment=mask(comment.strip()[:LONGEST]),
                question=mask(answer.question),
                answer=stored_answer(answer),
                state="new",
                created=self._now(),
            )
            session.add(row)
            session.flush()
            return row.id

    def feedback(
        self, state: State | None = None, helpful: bool | None = None, limit: int = 200
    ) -> list[Feedback]:
        """Feedback for the evaluators, newest first."""
        wanted = select(Feedback).order_by(Feedback.id.desc()).limit(limit)
        if state:
            wanted = wanted.where(Feedback.state == state)
        if helpful is not None:
            wanted = wanted.where(Feedback.helpful == helpful)
        with self.database.reading() as session:
            return _free(session, session.scalars(wanted).all())

    def set_feedback_state(self, feedback_id: int, state: State) -> bool:
        """Say what became of a feedback; whether there is such a one."""
        with self.database.writing() as session:
            change = update(Feedback).where(Feedback.id == feedback_id).values(state=state)
            return _count(session.execute(change)) > 0

    # --- call notes ---

    def add_note(self, author: str, question: str, note: str, clause_ids: Sequence[str] = ()) -> int:
        """Keep what a hotline worker wrote down."""
        row = CallNote(
            author=author,
            question=mask(question.strip()[:LONGEST]),
            note=mask(note.strip()[:LONGEST]),
            clause_ids=list(clause_ids)[:50],
            created=self._now(),
        )
        return self._add(row)

    def notes(self, author: str | None = None, words: str = "", limit: int = 100) -> list[CallNote]:
        """Call notes, newest first: one author's or everyone's, with some words in question or note."""
        wanted = select(CallNote).order_by(CallNote.id.desc()).limit(limit)
        if author:
            wanted = wanted.where(CallNote.author == author)
        if words.strip():
            part = words.strip()
            wanted = wanted.where(
                CallNote.question.contains(part, autoescape=True)
                | CallNote.note.contains(part, autoescape=True)
            )
        with self.database.reading() as session:
            return _free(session, session.scalars(wanted).all())

    def delete_note(self, author: str, note_id: int) -> bool:
        """Delete one of an author's notes; whether there was one."""
        with self.database.writing() as session:
            mine = delete(CallNote).where(CallNote.id == note_id, CallNote.author == author)
            return _count(session.execute(mine)) > 0

    # --- the evaluators' inbox ---

    def add_inbox(self, author: str, question: str, remark: str = "") -> int:
        """Hand a question to the evaluators."""
        row = InboxQuestion(
            author=author,
            question=mask(question.strip()[:LONGEST]),
            remark=mask(remark.strip()[:LONGEST]),
            state="new",
            handled_by=None,
            created=self._now(),
        )
        return self._add(row)

    def inbox(self, state: State | None = "new", limit: int = 200) -> list[InboxQuestion]:
        """Questions in the inbox, newest first; of every state for None."""
        wanted = select(InboxQuestion).order_by(InboxQuestion.id.desc()).limit(limit)
        if state:
            wanted = wanted.where(InboxQuestion.state == state)
        with self.database.reading() as session:
            return _free(session, session.scalars(wanted).all())

    def set_inbox_state(self, question_id: int, state: State, by: str) -> bool:
        """Say what became of a question, and who decided; whether there is such a one."""
        with self.database.writing() as session:
            change = (
                update(InboxQuestion)
                .where(InboxQuestion.id == question_id)
                .values(state=state, handled_by=by)
            )
            return _count(session.execute(change)) > 0

    # --- all ---

    def purge(self, days: int) -> Purged:
        """Delete what is older than so many days; a conversation counts from its last message."""
        before = self._now() - timedelta(days=days)
        ages: tuple[tuple[type[Base], InstrumentedAttribute[datetime]], ...] = (
            (Conversation, Conversation.updated),
            (Feedback, Feedback.created),
            (CallNote, CallNote.created),
            (InboxQuestion, InboxQuestion.created),
        )
        with self.database.writing() as session:
            return Purged(
                *(_count(session.execute(delete(table).where(age < before))) for table, age in ages)
            )

    def counts(self) -> dict[str, int]:
        """How many records there are, by table."""
        with self.database.reading() as session:
            return {
                table.name: session.scalar(select(func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
            }

    def _add(self, row: CallNote | InboxQuestion) -> int:
        with self.database.writing() as session:
            session.add(row)
            session.flush()
            return row.id


def stored_answer(answer: Answer) -> dict[str, Any]:
    """An answer as it is kept: masked but for its citations, whose words are the documents' and must stay exact."""
    body = answer.model_dump(mode="json")
    return {
        key: value if key in ("citations", "id", "as_of") else masked(value) for key, value in body.items()
    }


def _free(session: Any, rows: Sequence[T]) -> list[T]:
    """Rows that can be read after their session is over."""
    session.expunge_all()
    return list(rows)


def _count(result: Any) -> int:
    return int(result.rowcount)
