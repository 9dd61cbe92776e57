"""What Alembic runs. The connection comes from `agent.store`, inside its transaction; there is no other way in."""

from alembic import context

from agent.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
