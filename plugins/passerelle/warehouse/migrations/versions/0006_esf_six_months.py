"""ESF+: forms not submitted or taken back, situations six months after leaving, informed estimates."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

_STATEMENTS = (
    """
CREATE TABLE esf.participation_pending (
    version_id BIGINT GENERATED ALWAYS AS IDENTITY,
    record_id UUID NOT NULL,
    feed TEXT NOT NULL,
    sender TEXT NOT NULL,
    delivery_id BIGINT NOT NULL,
    line BIGINT NOT NULL,
    row BIGINT NOT NULL,
    fact_key TEXT NOT NULL,
    stamp TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    operation_id TEXT,
    entry_date DATE,
    participation_number TEXT,
    status TEXT,
    CONSTRAINT pk_participation_pending PRIMARY KEY (version_id),
    CONSTRAINT fk_participation_pending_record_id FOREIGN KEY(record_id) REFERENCES identity.record (record_id),
    CONSTRAINT fk_participation_pending_delivery_id FOREIGN KEY(delivery_id) REFERENCES ledger.delivery (delivery_id)
)
    """,
    """
CREATE INDEX ix_participation_pending_delivery_id ON esf.participation_pending (delivery_id)
    """,
    """
CREATE INDEX ix_participation_pending_record ON esf.participation_pending (record_id)
    """,
    """
comment on column esf.participation_pending."record_id" is 'Whom the row is about'
    """,
    """
comment on column esf.participation_pending."line" is 'Physical line in the partner''s file'
    """,
    """
comment on column esf.participation_pending."row" is 'Row of the staged table'
    """,
    """
comment on column esf.participation_pending."fact_key" is 'Which fact of the person this is for the sender ('''' where there is only one)'
    """,
    """
comment on column esf.participation_pending."stamp" is 'The sender''s own date of the content'
    """,
    """
CREATE TABLE esf.participation_observation (
    version_id BIGINT GENERATED ALWAYS AS IDENTITY,
    record_id UUID NOT NULL,
    feed TEXT NOT NULL,
    sender TEXT NOT NULL,
    delivery_id BIGINT NOT NULL,
    line BIGINT NOT NULL,
    row BIGINT NOT NULL,
    fact_key TEXT NOT NULL,
    stamp TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    operation_id TEXT,
    observed_on DATE,
    situation TEXT,
    stability BOOLEAN,
    hours BOOLEAN,
    responsibility BOOLEAN,
    promotion BOOLEAN,
    sampled BOOLEAN,
    withdrawn BOOLEAN,
    CONSTRAINT pk_participation_observation PRIMARY KEY (version_id),
    CONSTRAINT fk_participation_observation_record_id FOREIGN KEY(record_id) REFERENCES identity.record (record_id),
    CONSTRAINT fk_participation_observation_delivery_id FOREIGN KEY(delivery_id) REFERENCES ledger.delivery (delivery_id)
)
    """,
    """
CREATE INDEX ix_participation_observation_delivery_id ON esf.participation_observation (delivery_id)
    """,
    """
CREATE INDEX ix_participation_observation_record ON esf.participation_observation (record_id)
    """,
    """
comment on column esf.participation_observation."record_id" is 'Whom the row is about'
    """,
    """
comment on column esf.participation_observation."line" is 'Physical line in the partner''s file'
    """,
    """
comment on column esf.participation_observation."row" is 'Row of the staged table'
    """,
    """
comment on column esf.participation_observation."fact_key" is 'Which fact of the person this is for the sender ('''' where there is only one)'
    """,
    """
comment on column esf.participation_observation."stamp" is 'The sender''s own date of the content'
    """,
    """
CREATE TABLE esf.estimate (
    version_id BIGINT GENERATED ALWAYS AS IDENTITY,
    operation_id TEXT NOT NULL,
    indicator TEXT NOT NULL,
    sex TEXT NOT NULL,
    value INTEGER NOT NULL,
    method TEXT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by TEXT NOT NULL,
    CONSTRAINT pk_estimate PRIMARY KEY (version_id)
)
    """,
    """
CREATE INDEX ix_estimate_operation_id ON esf.estimate (operation_id)
    """,
    """
comment on table esf.estimate is 'Informed estimates of Annex I point 1.2 and Annex II; the last one recorded by a moment speaks'
    """,
    """
comment on column esf.estimate."sex" is 'F, M, N or T'
    """,
    """
comment on column esf.estimate."method" is 'How it was estimated, printed with the figure'
    """,
    """
comment on column esf.estimate."recorded_by" is 'Login of who recorded this version'
    """,
    """
create trigger estimate_never_changes before update or delete on esf.estimate for each row execute function esf.refuse_change()
    """,
    """
comment on column esf.proposal."rule" is 'How it was derived; passerelle.indicators.feeds explains it'
    """,
)


def upgrade() -> None:
    """Brings a warehouse of migration 0005 to this one."""
    for statement in _STATEMENTS:
        op.execute(statement)
