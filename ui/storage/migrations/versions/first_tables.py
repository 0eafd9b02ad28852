"""The first tables.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
        sa.Column("updated", _MOMENT, nullable=False),
    )
    op.create_index("conversations_by_owner", "conversations", ["owner", "updated"])
    op.create_index("ix_conversations_updated", "conversations", ["updated"])
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column(
            "conversation_id",
            sa.String(32),
            sa.ForeignKey("conversations.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("answer", sa.JSON),
        sa.Column("created", _MOMENT, nullable=False),
    )
    op.create_index("ix_messages_conversation_id", "messages", ["conversation_id"])
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("answer_id", sa.String(40), nullable=False),
        sa.Column("helpful", sa.Boolean, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
    )
    op.create_index("ix_feedback_owner", "feedback", ["owner"])
    op.create_index("ix_feedback_created", "feedback", ["created"])
    op.create_table(
        "call_notes",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("author", sa.String(40), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("clause_ids", sa.JSON, nullable=False),
        sa.Column("created", _MOMENT, nullable=False),
    )
    op.create_index("ix_call_notes_author", "call_notes", ["author"])
    op.create_index("ix_call_notes_created", "call_notes", ["created"])
    op.create_table(
        "inbox_questions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("author", sa.String(40), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("remark", sa.Text, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("handled_by", sa.String(40)),
        sa.Column("created", _MOMENT, nullable=False),
    )
    op.create_index("ix_inbox_questions_state", "inbox_questions", ["state"])
    op.create_index("ix_inbox_questions_created", "inbox_questions", ["created"])


def downgrade() -> None:
    """Drop them with everything in them."""
    for table in ("inbox_questions", "call_notes", "feedback", "messages", "conversations"):
        op.drop_table(table)
