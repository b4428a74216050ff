"""What WhatsApp tells later of each message."""

import sqlalchemy as sa
from alembic import op

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WHEN = sa.DateTime(timezone=True)

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "humasbot_recipient_notice",
        sa.Column("id", BIG, nullable=False),
        sa.Column("delivery_key", sa.String(), nullable=False),
        sa.Column("recipient_id", BIG, nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.CheckConstraint(
            "state IN ('sent', 'failed', 'delivered', 'read')",
            name=op.f("ck_humasbot_recipient_notice_state"),
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["humasbot_recipient.id"],
            name=op.f("fk_humasbot_recipient_notice_recipient_id_humasbot_recipient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_recipient_notice")),
        sa.UniqueConstraint(
            "delivery_key",
            "recipient_id",
            name=op.f("uq_humasbot_recipient_notice_delivery_key_recipient_id"),
        ),
    )
    op.create_index(
        op.f("ix_humasbot_recipient_notice_recipient_id"),
        "humasbot_recipient_notice",
        ["recipient_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_humasbot_recipient_notice_remote_id"),
        "humasbot_recipient_notice",
        ["remote_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_humasbot_recipient_notice_user_id"), "humasbot_recipient_notice", ["user_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("humasbot_recipient_notice")
