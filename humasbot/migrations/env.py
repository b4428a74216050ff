"""Alembic's environment: migrations run on the connection that :class:`humasbot.database.Database` hands over."""

from alembic import context

from humasbot.database import VERSION_TABLE
from humasbot.models import Table

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Table.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
