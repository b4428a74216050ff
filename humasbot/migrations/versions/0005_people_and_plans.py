"""Who is written to, and the plans of a month."""

import sqlalchemy as sa
from alembic import op

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WHEN = sa.DateTime(timezone=True)

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _import()
    _recipient()
    _import_row()
    _recipient_result()


def downgrade() -> None:
    op.drop_table("humasbot_recipient_result")
    op.drop_table("humasbot_import_row")
    op.drop_table("humasbot_recipient")
    op.drop_table("humasbot_import")


def _import() -> None:
    op.create_table(
        "humasbot_import",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency_id", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["humasbot_agency.id"], name=op.f("fk_humasbot_import_agency_id_humasbot_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_import")),
    )
    op.create_index(op.f("ix_humasbot_import_agency_id"), "humasbot_import", ["agency_id"], unique=False)


def _recipient() -> None:
    op.create_table(
        "humasbot_recipient",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency_id", BIG, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("list_name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("consent_at", WHEN, nullable=True),
        sa.Column("consent_how", sa.String(), nullable=False),
        sa.Column("consent_evidence", sa.Text(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("asked_at", WHEN, nullable=True),
        sa.Column("changed_at", WHEN, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.CheckConstraint("kind IN ('email', 'whatsapp')", name=op.f("ck_humasbot_recipient_kind")),
        sa.CheckConstraint(
            "state <> 'active' OR (consent_at IS NOT NULL AND consent_how <> '' AND consent_evidence <> '')",
            name=op.f("ck_humasbot_recipient_consent"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'active', 'stopped', 'bounced')", name=op.f("ck_humasbot_recipient_state")
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"],
            ["humasbot_agency.id"],
            name=op.f("fk_humasbot_recipient_agency_id_humasbot_agency"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_recipient")),
        sa.UniqueConstraint(
            "agency_id",
            "kind",
            "list_name",
            "address",
            name=op.f("uq_humasbot_recipient_agency_id_kind_list_name_address"),
        ),
    )
    op.create_index(
        op.f("ix_humasbot_recipient_agency_id"), "humasbot_recipient", ["agency_id"], unique=False
    )


def _import_row() -> None:
    op.create_table(
        "humasbot_import_row",
        sa.Column("id", BIG, nullable=False),
        sa.Column("import_id", BIG, nullable=False),
        sa.Column("agency_id", BIG, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"],
            ["humasbot_agency.id"],
            name=op.f("fk_humasbot_import_row_agency_id_humasbot_agency"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["humasbot_import.id"],
            name=op.f("fk_humasbot_import_row_import_id_humasbot_import"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_import_row")),
        sa.UniqueConstraint("agency_id", "key", name=op.f("uq_humasbot_import_row_agency_id_key")),
    )
    op.create_index(
        op.f("ix_humasbot_import_row_import_id"), "humasbot_import_row", ["import_id"], unique=False
    )
    op.create_index(op.f("ix_humasbot_import_row_post_id"), "humasbot_import_row", ["post_id"], unique=False)


def _recipient_result() -> None:
    op.create_table(
        "humasbot_recipient_result",
        sa.Column("id", BIG, nullable=False),
        sa.Column("delivery_key", sa.String(), nullable=False),
        sa.Column("recipient_id", BIG, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("at", WHEN, nullable=False),
        sa.CheckConstraint(
            "state IN ('sending', 'sent', 'refused', 'later')",
            name=op.f("ck_humasbot_recipient_result_state"),
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"],
            ["humasbot_recipient.id"],
            name=op.f("fk_humasbot_recipient_result_recipient_id_humasbot_recipient"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_recipient_result")),
        sa.UniqueConstraint(
            "delivery_key",
            "recipient_id",
            name=op.f("uq_humasbot_recipient_result_delivery_key_recipient_id"),
        ),
    )
    op.create_index(
        op.f("ix_humasbot_recipient_result_at"), "humasbot_recipient_result", ["at"], unique=False
    )
    op.create_index(
        op.f("ix_humasbot_recipient_result_recipient_id"),
        "humasbot_recipient_result",
        ["recipient_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_humasbot_recipient_result_remote_id"),
        "humasbot_recipient_result",
        ["remote_id"],
        unique=False,
    )
