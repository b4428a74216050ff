"""What guards the walk: audit, alerts, freezes, secrets, leases and limits."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
WHEN = sa.DateTime(timezone=True)

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _alert()
    _audit()
    _lease()
    _throttle()
    _freeze()
    _grant()
    _secret()
    _quota()


def downgrade() -> None:
    op.drop_table("humasbot_quota")
    op.drop_table("humasbot_secret")
    op.drop_table("humasbot_grant")
    op.drop_table("humasbot_freeze")
    op.drop_table("humasbot_throttle")
    op.drop_table("humasbot_lease")
    op.drop_table("humasbot_audit")
    op.drop_table("humasbot_alert")


def _alert() -> None:
    op.create_table(
        "humasbot_alert",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.Column("next_at", WHEN, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("told_to", JSON, nullable=False),
        sa.Column("told_at", WHEN, nullable=True),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("closed_at", WHEN, nullable=True),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_alert")),
        sa.UniqueConstraint("agency_id", "key", name=op.f("uq_humasbot_alert_agency_id_key")),
    )
    op.create_index(
        "ix_humasbot_alert_live",
        "humasbot_alert",
        ["kind", "id"],
        unique=False,
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )


def _audit() -> None:
    op.create_table(
        "humasbot_audit",
        sa.Column("id", BIG, nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("seq", BIG, nullable=True),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_audit")),
        sa.UniqueConstraint("seq", name=op.f("uq_humasbot_audit_seq")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_humasbot_audit_subject", "humasbot_audit", ["subject", "id"], unique=False)
    op.create_index(
        "ix_humasbot_audit_unsealed",
        "humasbot_audit",
        ["id"],
        unique=False,
        sqlite_where=sa.text("seq IS NULL"),
        postgresql_where=sa.text("seq IS NULL"),
    )


def _lease() -> None:
    op.create_table(
        "humasbot_lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", WHEN, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_humasbot_lease")),
    )


def _throttle() -> None:
    op.create_table(
        "humasbot_throttle",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("held_until", WHEN, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_humasbot_throttle")),
    )


def _freeze() -> None:
    op.create_table(
        "humasbot_freeze",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency_id", BIG, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("since", WHEN, nullable=False),
        sa.Column("lifted_at", WHEN, nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["humasbot_agency.id"], name=op.f("fk_humasbot_freeze_agency_id_humasbot_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_freeze")),
    )
    op.create_index(op.f("ix_humasbot_freeze_agency_id"), "humasbot_freeze", ["agency_id"], unique=False)


def _grant() -> None:
    op.create_table(
        "humasbot_grant",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency_id", BIG, nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("named", sa.Text(), nullable=False),
        sa.Column("renew_at", WHEN, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("spending", sa.String(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=False),
        sa.Column("lease_until", WHEN, nullable=True),
        sa.Column("granted_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["humasbot_agency.id"], name=op.f("fk_humasbot_grant_agency_id_humasbot_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_grant")),
        sa.UniqueConstraint("agency_id", "account", name=op.f("uq_humasbot_grant_agency_id_account")),
    )
    op.create_index(op.f("ix_humasbot_grant_renew_at"), "humasbot_grant", ["renew_at"], unique=False)


def _secret() -> None:
    op.create_table(
        "humasbot_secret",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency_id", BIG, nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ciphertext", sa.Text(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("expires_at", WHEN, nullable=True),
        sa.Column("renewed_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["humasbot_agency.id"], name=op.f("fk_humasbot_secret_agency_id_humasbot_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_secret")),
        sa.UniqueConstraint(
            "agency_id", "account", "name", name=op.f("uq_humasbot_secret_agency_id_account_name")
        ),
    )


def _quota() -> None:
    op.create_table(
        "humasbot_quota",
        sa.Column("id", BIG, nullable=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("resets_at", WHEN, nullable=True),
        sa.Column("read_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["humasbot_account.id"],
            name=op.f("fk_humasbot_quota_account_id_humasbot_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_quota")),
        sa.UniqueConstraint("account_id", "what", name=op.f("uq_humasbot_quota_account_id_what")),
    )
