"""Who decides in the web page: Person, Pass, Consent; a refused Variant; how many people must say yes."""

import sqlalchemy as sa
from alembic import op

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WHEN = sa.DateTime(timezone=True)

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("humasbot_agency", sa.Column("eyes", sa.Integer(), nullable=False, server_default="1"))
    op.add_column(
        "humasbot_variant", sa.Column("refused", sa.Text(), nullable=False, server_default=sa.text("''"))
    )
    _person()
    _pass()
    _consent()


def downgrade() -> None:
    op.drop_table("humasbot_consent")
    op.drop_table("humasbot_pass")
    op.drop_table("humasbot_person")
    op.drop_column("humasbot_variant", "refused")
    op.drop_column("humasbot_agency", "eyes")


def _person() -> None:
    op.create_table(
        "humasbot_person",
        sa.Column("id", BIG, nullable=False),
        sa.Column("agency_id", BIG, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("revoked_at", WHEN, nullable=True),
        sa.Column("revoked_by", sa.String(), nullable=False),
        sa.CheckConstraint("role IN ('viewer', 'approver', 'admin')", name=op.f("ck_humasbot_person_role")),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["humasbot_agency.id"], name=op.f("fk_humasbot_person_agency_id_humasbot_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_person")),
        sa.UniqueConstraint("agency_id", "name", name=op.f("uq_humasbot_person_agency_id_name")),
    )


def _pass() -> None:
    op.create_table(
        "humasbot_pass",
        sa.Column("id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("created_at", WHEN, nullable=False),
        sa.Column("expires_at", WHEN, nullable=False),
        sa.Column("seen_at", WHEN, nullable=True),
        sa.Column("ended_at", WHEN, nullable=True),
        sa.CheckConstraint("kind IN ('invite', 'session')", name=op.f("ck_humasbot_pass_kind")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["humasbot_person.id"], name=op.f("fk_humasbot_pass_person_id_humasbot_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_pass")),
        sa.UniqueConstraint("digest", name=op.f("uq_humasbot_pass_digest")),
    )
    op.create_index(op.f("ix_humasbot_pass_person_id"), "humasbot_pass", ["person_id"], unique=False)


def _consent() -> None:
    op.create_table(
        "humasbot_consent",
        sa.Column("id", BIG, nullable=False),
        sa.Column("variant_id", BIG, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("given_at", WHEN, nullable=False),
        sa.Column("approval_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["approval_id"],
            ["humasbot_approval.id"],
            name=op.f("fk_humasbot_consent_approval_id_humasbot_approval"),
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["humasbot_variant.id"],
            name=op.f("fk_humasbot_consent_variant_id_humasbot_variant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_humasbot_consent")),
    )
    op.create_index(op.f("ix_humasbot_consent_variant_id"), "humasbot_consent", ["variant_id"], unique=False)
