"""What the calendar decides, what happens in the world, and what changed after it was said."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
WHEN = sa.DateTime(timezone=True)

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _restore()
    _day_decision()
    _link()
    _mourning()
    _happening()
    _unplanned()
    _proposal()
    _held()
    _withdrawal()


def downgrade() -> None:
    op.drop_table("humasbot_withdrawal")
    op.drop_table("humasbot_held")
    op.drop_table("humasbot_proposal")
    op.drop_table("humasbot_unplanned")
    op.drop_table("humasbot_happening")
    op.drop_table("humasbot_mourning")
    op.drop_table("humasbot_link")
    op.drop_table("humasbot_day_decision")
    op.drop_table("humasbot_restore")


def _restore() -> None:
    op.create_table(
        "humasbot_restore",
        sa.Column("id", BIG, nullable=False),
        sa.Column("backup_at", WHEN, nullable=False),
        sa.Column("restored_at", WHEN, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_restore")),
    )


def _day_decision() -> None:
    op.create_table(
        "humasbot_day_decision",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency_id", BIG, nullable=False),
        sa.Column("observance", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("decided_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"],
            ["humasbot_agency.id"],
            name=op.f("fk_humasbot_day_decision_agency_id_humasbot_agency"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_day_decision")),
    )
    op.create_index(
        op.f("ix_humasbot_day_decision_agency_id"), "humasbot_day_decision", ["agency_id"], unique=False
    )


def _link() -> None:
    op.create_table(
        "humasbot_link",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency_id", BIG, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("checked_at", WHEN, nullable=False),
        sa.Column("next_at", WHEN, nullable=False),
        sa.Column("bad_since", WHEN, nullable=True),
        sa.Column("asked_at", WHEN, nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["humasbot_agency.id"], name=op.f("fk_humasbot_link_agency_id_humasbot_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_link")),
        sa.UniqueConstraint("agency_id", "url", name=op.f("uq_humasbot_link_agency_id_url")),
    )


def _mourning() -> None:
    op.create_table(
        "humasbot_mourning",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency_id", BIG, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("scope", JSON, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("started_at", WHEN, nullable=False),
        sa.Column("ended_at", WHEN, nullable=True),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["humasbot_agency.id"], name=op.f("fk_humasbot_mourning_agency_id_humasbot_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_mourning")),
    )
    op.create_index(op.f("ix_humasbot_mourning_agency_id"), "humasbot_mourning", ["agency_id"], unique=False)


def _happening() -> None:
    op.create_table(
        "humasbot_happening",
        sa.Column("id", BIG, nullable=False),
        sa.Column("source_id", BIG, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("filled", JSON, nullable=False),
        sa.Column("begins_at", WHEN, nullable=False),
        sa.Column("ends_at", WHEN, nullable=False),
        sa.Column("first_seen_at", WHEN, nullable=False),
        sa.Column("changed_at", WHEN, nullable=False),
        sa.Column("over_at", WHEN, nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["humasbot_source.id"],
            name=op.f("fk_humasbot_happening_source_id_humasbot_source"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_happening")),
        sa.UniqueConstraint("source_id", "key", name=op.f("uq_humasbot_happening_source_id_key")),
    )
    op.create_index(
        "ix_humasbot_happening_time", "humasbot_happening", ["source_id", "kind", "ends_at"], unique=False
    )


def _unplanned() -> None:
    op.create_table(
        "humasbot_unplanned",
        sa.Column("id", BIG, nullable=False),
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", WHEN, nullable=False),
        sa.Column("last_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["humasbot_campaign.id"],
            name=op.f("fk_humasbot_unplanned_campaign_id_humasbot_campaign"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_unplanned")),
        sa.UniqueConstraint(
            "campaign_id", "occasion", name=op.f("uq_humasbot_unplanned_campaign_id_occasion")
        ),
    )


def _proposal() -> None:
    op.create_table(
        "humasbot_proposal",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency_id", BIG, nullable=False),
        sa.Column("article_id", BIG, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("posts", JSON, nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("after", JSON, nullable=False),
        sa.Column("diff", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.Column("decided_at", WHEN, nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('edit', 'withdrawn', 'dead_link')", name=op.f("ck_humasbot_proposal_kind")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'taken', 'dismissed')", name=op.f("ck_humasbot_proposal_state")
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["humasbot_agency.id"], name=op.f("fk_humasbot_proposal_agency_id_humasbot_agency")
        ),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["humasbot_article.id"],
            name=op.f("fk_humasbot_proposal_article_id_humasbot_article"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_proposal")),
        sa.UniqueConstraint("agency_id", "digest", name=op.f("uq_humasbot_proposal_agency_id_digest")),
    )
    op.create_index(
        op.f("ix_humasbot_proposal_article_id"), "humasbot_proposal", ["article_id"], unique=False
    )
    op.create_index(
        "ix_humasbot_proposal_open", "humasbot_proposal", ["agency_id", "state", "id"], unique=False
    )


def _held() -> None:
    op.create_table(
        "humasbot_held",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency_id", BIG, nullable=False),
        sa.Column("post_id", BIG, nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("held_at", WHEN, nullable=False),
        sa.Column("settled_at", WHEN, nullable=True),
        sa.Column("settled_by", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.CheckConstraint(
            "code IN ('isbat', 'estimate', 'mourning', 'election', 'silent', 'stock')",
            name=op.f("ck_humasbot_held_code"),
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["humasbot_agency.id"], name=op.f("fk_humasbot_held_agency_id_humasbot_agency")
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["humasbot_post.id"], name=op.f("fk_humasbot_held_post_id_humasbot_post")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_held")),
    )
    op.create_index(op.f("ix_humasbot_held_agency_id"), "humasbot_held", ["agency_id"], unique=False)
    op.create_index(op.f("ix_humasbot_held_post_id"), "humasbot_held", ["post_id"], unique=False)


def _withdrawal() -> None:
    op.create_table(
        "humasbot_withdrawal",
        sa.Column("id", BIG, nullable=False),
        sa.Column("receipt_id", BIG, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.Column("next_at", WHEN, nullable=False),
        sa.Column("done_at", WHEN, nullable=True),
        sa.CheckConstraint("state IN ('open', 'gone', 'person')", name=op.f("ck_humasbot_withdrawal_state")),
        sa.ForeignKeyConstraint(
            ["receipt_id"],
            ["humasbot_receipt.id"],
            name=op.f("fk_humasbot_withdrawal_receipt_id_humasbot_receipt"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_withdrawal")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_humasbot_withdrawal_receipt_id")),
    )
    op.create_index(op.f("ix_humasbot_withdrawal_state"), "humasbot_withdrawal", ["state"], unique=False)
