"""Alembic migrations of the case store. `agent.store` runs them on opening; nobody needs to call alembic."""
