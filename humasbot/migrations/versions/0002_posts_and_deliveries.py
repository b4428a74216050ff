"""What is said, and how it goes out: Post to Measurement."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
WHEN = sa.DateTime(timezone=True)

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _post()
    _variant()
    _approval()
    _delivery()
    _delivery_indexes()
    _attempt()
    _receipt()
    _measurement()


def downgrade() -> None:
    op.drop_table("humasbot_measurement")
    op.drop_table("humasbot_receipt")
    op.drop_table("humasbot_attempt")
    op.drop_table("humasbot_delivery")
    op.drop_table("humasbot_approval")
    op.drop_table("humasbot_variant")
    op.drop_table("humasbot_post")


def _post() -> None:
    op.create_table(
        "humasbot_post",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency_id", BIG, nullable=False),
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("article_id", BIG, nullable=True),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("due_at", WHEN, nullable=False),
        sa.Column("skipped", sa.Text(), nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["humasbot_agency.id"], name=op.f("fk_humasbot_post_agency_id_humasbot_agency")
        ),
        sa.ForeignKeyConstraint(
            ["article_id"], ["humasbot_article.id"], name=op.f("fk_humasbot_post_article_id_humasbot_article")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["humasbot_campaign.id"],
            name=op.f("fk_humasbot_post_campaign_id_humasbot_campaign"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_post")),
        sa.UniqueConstraint("campaign_id", "occasion", name=op.f("uq_humasbot_post_campaign_id_occasion")),
    )
    op.create_index(op.f("ix_humasbot_post_agency_id"), "humasbot_post", ["agency_id"], unique=False)
    op.create_index(op.f("ix_humasbot_post_subject"), "humasbot_post", ["subject"], unique=False)


def _variant() -> None:
    op.create_table(
        "humasbot_variant",
        sa.Column("id", BIG, nullable=False),
        sa.Column("post_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("media", JSON, nullable=False),
        sa.Column("options", JSON, nullable=False),
        sa.Column("due_at", WHEN, nullable=False),
        sa.Column("not_after", WHEN, nullable=True),
        sa.Column("problems", JSON, nullable=False),
        sa.Column("notes", JSON, nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["humasbot_account.id"],
            name=op.f("fk_humasbot_variant_account_id_humasbot_account"),
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["humasbot_post.id"], name=op.f("fk_humasbot_variant_post_id_humasbot_post")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_variant")),
        sa.UniqueConstraint("account_id", "subject", name=op.f("uq_humasbot_variant_account_id_subject")),
        sa.UniqueConstraint("post_id", "account_id", name=op.f("uq_humasbot_variant_post_id_account_id")),
    )


def _approval() -> None:
    op.create_table(
        "humasbot_approval",
        sa.Column("id", BIG, nullable=False),
        sa.Column("variant_id", BIG, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("approved_at", WHEN, nullable=False),
        sa.Column("voided_at", WHEN, nullable=True),
        sa.Column("voided_why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["humasbot_variant.id"],
            name=op.f("fk_humasbot_approval_variant_id_humasbot_variant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_approval")),
    )
    op.create_index(
        op.f("ix_humasbot_approval_variant_id"), "humasbot_approval", ["variant_id"], unique=False
    )


def _delivery() -> None:
    op.create_table(
        "humasbot_delivery",
        sa.Column("id", BIG, nullable=False),
        sa.Column("variant_id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("approval_id", BIG, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_at", WHEN, nullable=False),
        sa.Column("not_after", WHEN, nullable=True),
        sa.Column("next_at", WHEN, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("unsure_at", WHEN, nullable=True),
        sa.Column("needs_person", sa.Boolean(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=False),
        sa.Column("lease_until", WHEN, nullable=True),
        sa.Column("checkpoint", JSON, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.Column("changed_at", WHEN, nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'failed', 'uncertain', 'cancelled')",
            name=op.f("ck_humasbot_delivery_state"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["humasbot_account.id"],
            name=op.f("fk_humasbot_delivery_account_id_humasbot_account"),
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"],
            ["humasbot_approval.id"],
            name=op.f("fk_humasbot_delivery_approval_id_humasbot_approval"),
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["humasbot_variant.id"],
            name=op.f("fk_humasbot_delivery_variant_id_humasbot_variant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_delivery")),
        sa.UniqueConstraint("key", name=op.f("uq_humasbot_delivery_key")),
        sa.UniqueConstraint(
            "variant_id", "account_id", name=op.f("uq_humasbot_delivery_variant_id_account_id")
        ),
    )


def _delivery_indexes() -> None:
    op.create_index(
        "ix_humasbot_delivery_late",
        "humasbot_delivery",
        ["not_after"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_humasbot_delivery_line",
        "humasbot_delivery",
        ["priority", "due_at", "id", "next_at"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_humasbot_delivery_next",
        "humasbot_delivery",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_humasbot_delivery_order",
        "humasbot_delivery",
        ["account_id", "priority", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_humasbot_delivery_person",
        "humasbot_delivery",
        ["id"],
        unique=False,
        sqlite_where=sa.text("needs_person = 1"),
        postgresql_where=sa.text("needs_person"),
    )
    op.create_index(
        "ix_humasbot_delivery_unsure",
        "humasbot_delivery",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("state = 'uncertain'"),
        postgresql_where=sa.text("state = 'uncertain'"),
    )
    op.create_index(
        "uq_humasbot_delivery_in_flight",
        "humasbot_delivery",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )


def _attempt() -> None:
    op.create_table(
        "humasbot_attempt",
        sa.Column("id", BIG, nullable=False),
        sa.Column("delivery_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("started_at", WHEN, nullable=False),
        sa.Column("finished_at", WHEN, nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["humasbot_delivery.id"],
            name=op.f("fk_humasbot_attempt_delivery_id_humasbot_delivery"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_attempt")),
    )
    op.create_index(
        op.f("ix_humasbot_attempt_delivery_id"), "humasbot_attempt", ["delivery_id"], unique=False
    )


def _receipt() -> None:
    op.create_table(
        "humasbot_receipt",
        sa.Column("id", BIG, nullable=False),
        sa.Column("delivery_id", BIG, nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("found_by", sa.String(), nullable=False),
        sa.Column("published_at", WHEN, nullable=False),
        sa.Column("measured_at", WHEN, nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["humasbot_delivery.id"],
            name=op.f("fk_humasbot_receipt_delivery_id_humasbot_delivery"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_receipt")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_humasbot_receipt_delivery_id")),
    )


def _measurement() -> None:
    op.create_table(
        "humasbot_measurement",
        sa.Column("id", BIG, nullable=False),
        sa.Column("receipt_id", BIG, nullable=False),
        sa.Column("measured_at", WHEN, nullable=False),
        sa.Column("views", sa.Integer(), nullable=True),
        sa.Column("likes", sa.Integer(), nullable=True),
        sa.Column("shares", sa.Integer(), nullable=True),
        sa.Column("replies", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["receipt_id"],
            ["humasbot_receipt.id"],
            name=op.f("fk_humasbot_measurement_receipt_id_humasbot_receipt"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_measurement")),
    )
    op.create_index(
        op.f("ix_humasbot_measurement_receipt_id"), "humasbot_measurement", ["receipt_id"], unique=False
    )
