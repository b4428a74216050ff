"""Who speaks, where, and from what: Agency, Source, Article, Campaign, Account."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
WHEN = sa.DateTime(timezone=True)

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


def downgrade() -> None:
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
        sa.Column("quota", sa.String(), nullable=False),
        sa.Column("revoked_at", WHEN, nullable=True),
        sa.Column("created_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["humasbot_agency.id"], name=op.f("fk_humasbot_account_agency_id_humasbot_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_account")),
        sa.UniqueConstraint("agency_id", "name", name=op.f("uq_humasbot_account_agency_id_name")),
    )
    op.create_index(
        "ix_humasbot_account_gone",
        "humasbot_account",
        ["id"],
        unique=False,
        sqlite_where=sa.text("(NOT active OR dry_run)"),
        postgresql_where=sa.text("(NOT active OR dry_run)"),
    )
    op.create_index(
        "ix_humasbot_account_held",
        "humasbot_account",
        ["held_until"],
        unique=False,
        sqlite_where=sa.text("held_until IS NOT NULL"),
        postgresql_where=sa.text("held_until IS NOT NULL"),
    )
    op.create_index(
        "ix_humasbot_account_paused",
        "humasbot_account",
        ["platform"],
        unique=False,
        sqlite_where=sa.text("paused_at IS NOT NULL"),
        postgresql_where=sa.text("paused_at IS NOT NULL"),
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
        sa.Column("image_credit", sa.Text(), nullable=False),
        sa.Column("image_digest", sa.String(), nullable=False),
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
    op.create_index(
        "ix_humasbot_article_moment", "humasbot_article", ["source_id", "published_at"], unique=False
    )
    op.create_index(op.f("ix_humasbot_article_url"), "humasbot_article", ["url"], unique=False)
    op.create_index("ix_humasbot_article_words", "humasbot_article", ["source_id", "digest"], unique=False)
