"""A France Travail number is one key, whoever tells it: records of two sources that bear it meet."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

_STATEMENTS = (
    """
update identity.key set value = substr(value, strpos(value, '|')) where kind = 'france_travail_number' and value not like '|%'
    """,
    """
comment on column identity.key."value" is 'Keyed hash, or scope|value|role of a partner''s identifier; a France Travail number has no scope'
    """,
)


def upgrade() -> None:
    """Brings a warehouse of migration 0006 to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)
