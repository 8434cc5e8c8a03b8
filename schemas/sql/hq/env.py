"""Alembic's hook: migrations run on the connection that `kit.sql.migrate` passes in, in its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=False)
context.run_migrations()
