"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
WHEN = sa.DateTime(timezone=True)
SENDING = sa.text("state = 'sending'")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _agency()
    _account()
    _campaign()
    _source()
    _article()
    _post()
    _variant()
    _approval()
    _delivery()
    _attempt()
    _receipt()
    _measurement()


def downgrade() -> None:
    with op.batch_alter_table("humasbot_measurement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_humasbot_measurement_receipt_id"))

    op.drop_table("humasbot_measurement")
    op.drop_table("humasbot_receipt")
    with op.batch_alter_table("humasbot_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_humasbot_attempt_delivery_id"))

    op.drop_table("humasbot_attempt")
    with op.batch_alter_table("humasbot_delivery", schema=None) as batch_op:
        batch_op.drop_index("uq_humasbot_delivery_in_flight", sqlite_where=SENDING, postgresql_where=SENDING)
        batch_op.drop_index("ix_humasbot_delivery_order")
        batch_op.drop_index("ix_humasbot_delivery_due")

    op.drop_table("humasbot_delivery")
    with op.batch_alter_table("humasbot_approval", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_humasbot_approval_variant_id"))

    op.drop_table("humasbot_approval")
    op.drop_table("humasbot_variant")
    with op.batch_alter_table("humasbot_post", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_humasbot_post_subject"))
        batch_op.drop_index(batch_op.f("ix_humasbot_post_agency_id"))

    op.drop_table("humasbot_post")
    with op.batch_alter_table("humasbot_article", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_humasbot_article_url"))

    op.drop_table("humasbot_article")
    op.drop_table("humasbot_source")
    op.drop_table("humasbot_campaign")
    op.drop_table("humasbot_account")
    op.drop_table("humasbot_agency")


def _agency() -> None:
    op.create_table(
        "humasbot_agency",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("parent_id", BIG, nullable=True),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("brand", JSON, nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["humasbot_agency.id"], name=op.f("fk_humasbot_agency_parent_id_humasbot_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_agency")),
        sa.UniqueConstraint("name", name=op.f("uq_humasbot_agency_name")),
    )


def _account() -> None:
    op.create_table(
        "humasbot_account",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency_id", BIG, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("paused_at", WHEN, nullable=True),
        sa.Column("paused_why", sa.Text(), nullable=False),
        sa.Column("held_until", WHEN, nullable=True),
        sa.Column("created_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["humasbot_agency.id"], name=op.f("fk_humasbot_account_agency_id_humasbot_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_account")),
        sa.UniqueConstraint("agency_id", "name", name=op.f("uq_humasbot_account_agency_id_name")),
    )


def _campaign() -> None:
    op.create_table(
        "humasbot_campaign",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency_id", BIG, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["humasbot_agency.id"], name=op.f("fk_humasbot_campaign_agency_id_humasbot_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_campaign")),
        sa.UniqueConstraint("agency_id", "name", name=op.f("uq_humasbot_campaign_agency_id_name")),
    )


def _source() -> None:
    op.create_table(
        "humasbot_source",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency_id", BIG, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("state", JSON, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.Column("read_at", WHEN, nullable=True),
        sa.Column("next_at", WHEN, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["humasbot_agency.id"], name=op.f("fk_humasbot_source_agency_id_humasbot_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_source")),
        sa.UniqueConstraint("agency_id", "name", name=op.f("uq_humasbot_source_agency_id_name")),
    )


def _article() -> None:
    op.create_table(
        "humasbot_article",
        sa.Column("id", BIG, nullable=False),
        sa.Column("source_id", BIG, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("image_url", sa.Text(), nullable=False),
        sa.Column("image_alt", sa.Text(), nullable=False),
        sa.Column("categories", JSON, nullable=False),
        sa.Column("published_at", WHEN, nullable=True),
        sa.Column("modified_at", WHEN, nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("first_seen_at", WHEN, nullable=False),
        sa.Column("changed_at", WHEN, nullable=True),
        sa.CheckConstraint("state IN ('new', 'known', 'held')", name=op.f("ck_humasbot_article_state")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["humasbot_source.id"], name=op.f("fk_humasbot_article_source_id_humasbot_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_article")),
        sa.UniqueConstraint("source_id", "key", name=op.f("uq_humasbot_article_source_id_key")),
    )
    with op.batch_alter_table("humasbot_article", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_humasbot_article_url"), ["url"], unique=False)


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
    with op.batch_alter_table("humasbot_post", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_humasbot_post_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_humasbot_post_subject"), ["subject"], unique=False)


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
    with op.batch_alter_table("humasbot_approval", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_humasbot_approval_variant_id"), ["variant_id"], unique=False)


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
    with op.batch_alter_table("humasbot_delivery", schema=None) as batch_op:
        batch_op.create_index("ix_humasbot_delivery_due", ["state", "next_at"], unique=False)
        batch_op.create_index(
            "ix_humasbot_delivery_order", ["account_id", "state", "priority", "due_at", "id"], unique=False
        )
        batch_op.create_index(
            "uq_humasbot_delivery_in_flight",
            ["account_id"],
            unique=True,
            sqlite_where=SENDING,
            postgresql_where=SENDING,
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
    with op.batch_alter_table("humasbot_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_humasbot_attempt_delivery_id"), ["delivery_id"], unique=False)


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
    with op.batch_alter_table("humasbot_measurement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_humasbot_measurement_receipt_id"), ["receipt_id"], unique=False)
