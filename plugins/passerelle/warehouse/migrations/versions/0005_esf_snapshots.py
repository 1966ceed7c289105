"""ESF+: operations, proposals out of the feeds, snapshots with their inputs; exits and events of participations."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

_STATEMENTS = (
    """
alter table esf.participation add column participation_number TEXT
    """,
    """
alter table esf.participation add column disability TEXT
    """,
    """
alter table esf.participation add column nationality_group TEXT
    """,
    """
alter table esf.participation add column foreign_background TEXT
    """,
    """
alter table esf.participation add column minority TEXT
    """,
    """
alter table esf.participation add column housing_exclusion TEXT
    """,
    """
alter table esf.participation add column commune_code TEXT
    """,
    """
alter table esf.participation add column direct_support_days INTEGER
    """,
    """
alter table esf.participation add column attempt_on DATE
    """,
    """
CREATE TABLE esf.participation_exit (
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
    participation_number TEXT,
    operation_id TEXT,
    entry_date DATE,
    exit_date DATE,
    exit_reason_code TEXT,
    information_source TEXT,
    CONSTRAINT pk_participation_exit PRIMARY KEY (version_id),
    CONSTRAINT fk_participation_exit_record_id FOREIGN KEY(record_id) REFERENCES identity.record (record_id),
    CONSTRAINT fk_participation_exit_delivery_id FOREIGN KEY(delivery_id) REFERENCES ledger.delivery (delivery_id)
)
    """,
    """
CREATE INDEX ix_participation_exit_delivery_id ON esf.participation_exit (delivery_id)
    """,
    """
CREATE INDEX ix_participation_exit_record ON esf.participation_exit (record_id)
    """,
    """
comment on column esf.participation_exit."record_id" is 'Whom the row is about'
    """,
    """
comment on column esf.participation_exit."line" is 'Physical line in the partner''s file'
    """,
    """
comment on column esf.participation_exit."row" is 'Row of the staged table'
    """,
    """
comment on column esf.participation_exit."fact_key" is 'Which fact of the person this is for the sender ('''' where there is only one)'
    """,
    """
comment on column esf.participation_exit."stamp" is 'The sender''s own date of the content'
    """,
    """
CREATE TABLE esf.participation_event (
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
    event_date DATE,
    event TEXT,
    withdrawn BOOLEAN,
    CONSTRAINT pk_participation_event PRIMARY KEY (version_id),
    CONSTRAINT fk_participation_event_record_id FOREIGN KEY(record_id) REFERENCES identity.record (record_id),
    CONSTRAINT fk_participation_event_delivery_id FOREIGN KEY(delivery_id) REFERENCES ledger.delivery (delivery_id)
)
    """,
    """
CREATE INDEX ix_participation_event_delivery_id ON esf.participation_event (delivery_id)
    """,
    """
CREATE INDEX ix_participation_event_record ON esf.participation_event (record_id)
    """,
    """
comment on column esf.participation_event."record_id" is 'Whom the row is about'
    """,
    """
comment on column esf.participation_event."line" is 'Physical line in the partner''s file'
    """,
    """
comment on column esf.participation_event."row" is 'Row of the staged table'
    """,
    """
comment on column esf.participation_event."fact_key" is 'Which fact of the person this is for the sender ('''' where there is only one)'
    """,
    """
comment on column esf.participation_event."stamp" is 'The sender''s own date of the content'
    """,
    """
CREATE TABLE esf.operation (
    version_id BIGINT GENERATED ALWAYS AS IDENTITY,
    operation_id TEXT NOT NULL,
    specific_objective TEXT,
    priority TEXT,
    region_category TEXT,
    start_on DATE,
    end_on DATE,
    annex TEXT,
    target_indicators TEXT,
    entities_public INTEGER,
    entities_sme INTEGER,
    modality_code TEXT,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by TEXT NOT NULL,
    CONSTRAINT pk_operation PRIMARY KEY (version_id)
)
    """,
    """
CREATE INDEX ix_operation_operation_id ON esf.operation (operation_id)
    """,
    """
comment on table esf.operation is 'Versions of what the act of grant says of an operation; the last one recorded by a moment speaks'
    """,
    """
comment on column esf.operation."modality_code" is 'Modality of support by which the feeds tell who enters it (canonical code); empty: none does'
    """,
    """
comment on column esf.operation."recorded_by" is 'Login of who recorded this version'
    """,
    """
CREATE TABLE esf.proposal (
    proposal_id BIGINT GENERATED ALWAYS AS IDENTITY,
    operation_id TEXT NOT NULL,
    person_id UUID NOT NULL,
    participation_id TEXT,
    variable TEXT NOT NULL,
    value TEXT NOT NULL,
    happened_at DATE NOT NULL,
    rule TEXT NOT NULL,
    basis TEXT NOT NULL,
    feed TEXT NOT NULL,
    sender TEXT NOT NULL,
    delivery_id BIGINT NOT NULL,
    line BIGINT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    content_hash TEXT NOT NULL,
    CONSTRAINT pk_proposal PRIMARY KEY (proposal_id),
    CONSTRAINT fk_proposal_person_id FOREIGN KEY(person_id) REFERENCES identity.person (person_id),
    CONSTRAINT fk_proposal_delivery_id FOREIGN KEY(delivery_id) REFERENCES ledger.delivery (delivery_id),
    CONSTRAINT uq_proposal_content_hash UNIQUE (content_hash)
)
    """,
    """
CREATE INDEX ix_proposal_delivery_id ON esf.proposal (delivery_id)
    """,
    """
CREATE INDEX ix_proposal_operation ON esf.proposal (operation_id)
    """,
    """
CREATE INDEX ix_proposal_person_id ON esf.proposal (person_id)
    """,
    """
comment on table esf.proposal is 'A value derived from a feed, with its source: never final, a person confirms or refuses it'
    """,
    """
comment on column esf.proposal."participation_id" is 'The participation it completes; empty: it would be a new one'
    """,
    """
comment on column esf.proposal."variable" is 'Variable of the file of participations, or ``event``'
    """,
    """
comment on column esf.proposal."value" is 'As in that file'
    """,
    """
comment on column esf.proposal."happened_at" is 'The day the value speaks of'
    """,
    """
comment on column esf.proposal."rule" is 'How it was derived; passerelle.indicators.derivations explains it'
    """,
    """
comment on column esf.proposal."basis" is 'The same in French, for whoever confirms; never an identity value'
    """,
    """
comment on column esf.proposal."recorded_at" is 'When the source was recorded here'
    """,
    """
comment on column esf.proposal."content_hash" is 'Of person, operation, variable, value, day, rule and sender'
    """,
    """
CREATE TABLE esf.decision (
    decision_id BIGINT GENERATED ALWAYS AS IDENTITY,
    proposal_id BIGINT NOT NULL,
    verdict TEXT NOT NULL CONSTRAINT ck_decision_verdict CHECK (verdict IN ('confirmed', 'refused')),
    login TEXT NOT NULL,
    reason TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_decision PRIMARY KEY (decision_id),
    CONSTRAINT fk_decision_proposal_id FOREIGN KEY(proposal_id) REFERENCES esf.proposal (proposal_id)
)
    """,
    """
CREATE INDEX ix_decision_proposal_id ON esf.decision (proposal_id)
    """,
    """
comment on table esf.decision is 'What a login decided about a proposal; the last one by a moment speaks'
    """,
    """
comment on column esf.decision."reason" is 'Free text; must hold neither a name nor a number'
    """,
    """
CREATE TABLE esf.snapshot (
    snapshot_id BIGINT GENERATED ALWAYS AS IDENTITY,
    operation_id TEXT NOT NULL,
    cut_off DATE NOT NULL,
    known_at TIMESTAMP WITH TIME ZONE NOT NULL,
    previous_id BIGINT,
    rules_version TEXT NOT NULL,
    engine_version TEXT NOT NULL,
    manifest TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_snapshot PRIMARY KEY (snapshot_id),
    CONSTRAINT fk_snapshot_previous_id FOREIGN KEY(previous_id) REFERENCES esf.snapshot (snapshot_id)
)
    """,
    """
CREATE INDEX ix_snapshot_operation ON esf.snapshot (operation_id, cut_off)
    """,
    """
comment on table esf.snapshot is 'A computation at a cut-off, complete with its inputs; frozen when ``snapshot_freeze`` says so'
    """,
    """
comment on column esf.snapshot."known_at" is 'What was recorded later is not in it: the end of the cut-off day, or the proposal'
    """,
    """
comment on column esf.snapshot."previous_id" is 'The frozen one its changes are told against'
    """,
    """
comment on column esf.snapshot."manifest" is 'JSON: operation, cut-off, rules and the hash of each file'
    """,
    """
comment on column esf.snapshot."sha256" is 'Of the manifest, hence of every input and figure'
    """,
    """
comment on column esf.snapshot."proposed_by" is 'Login of the process, or ''gateway'' for the calendar'
    """,
    """
CREATE TABLE esf.snapshot_file (
    snapshot_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    rows BIGINT NOT NULL,
    content BYTEA NOT NULL,
    CONSTRAINT pk_snapshot_file PRIMARY KEY (snapshot_id, name),
    CONSTRAINT fk_snapshot_file_snapshot_id FOREIGN KEY(snapshot_id) REFERENCES esf.snapshot (snapshot_id)
)
    """,
    """
comment on table esf.snapshot_file is 'Inputs and results of a snapshot, exactly as an auditor reads them; pseudonymous, without NIR or CAF number'
    """,
    """
comment on column esf.snapshot_file."sha256" is 'Of the clear content'
    """,
    """
comment on column esf.snapshot_file."content" is 'Compressed (zlib)'
    """,
    """
CREATE TABLE esf.snapshot_freeze (
    snapshot_id BIGINT NOT NULL,
    operation_id TEXT NOT NULL,
    cut_off DATE NOT NULL,
    sha256 TEXT NOT NULL,
    frozen_by TEXT NOT NULL,
    frozen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_snapshot_freeze PRIMARY KEY (snapshot_id),
    CONSTRAINT uq_snapshot_freeze_operation_id_cut_off UNIQUE (operation_id, cut_off),
    CONSTRAINT fk_snapshot_freeze_snapshot_id FOREIGN KEY(snapshot_id) REFERENCES esf.snapshot (snapshot_id)
)
    """,
    """
comment on table esf.snapshot_freeze is 'Who froze which snapshot: one row, or none'
    """,
    """
comment on column esf.snapshot_freeze."sha256" is 'Of the manifest that was looked at'
    """,
    """
comment on column esf.snapshot_freeze."frozen_by" is 'Another login than the one that proposed'
    """,
    """
CREATE TABLE ledger.outgoing (
    outgoing_id BIGINT GENERATED ALWAYS AS IDENTITY,
    recipient TEXT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    content BYTEA NOT NULL,
    subject TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_outgoing PRIMARY KEY (outgoing_id),
    CONSTRAINT uq_outgoing_recipient_name UNIQUE (recipient, name)
)
    """,
    """
CREATE INDEX ix_outgoing_unsent ON ledger.outgoing (recipient) WHERE sent_at IS NULL
    """,
    """
comment on table ledger.outgoing is 'Files that the gateway leaves in an outbox by itself, besides receipts'
    """,
    """
comment on column ledger.outgoing."recipient" is 'Whose outbox: id of the settings'
    """,
    """
comment on column ledger.outgoing."subject" is 'What it was made of, e.g. ``snapshot 12``'
    """,
    """
create function esf.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'rows of %.% are never changed', tg_table_schema, tg_table_name using errcode = 'integrity_constraint_violation';
end
$$
    """,
    """
comment on function esf.refuse_change is 'Law of the snapshots: what was proposed, decided or frozen is never rewritten'
    """,
    """
create trigger operation_never_changes before update or delete on esf.operation for each row execute function esf.refuse_change()
    """,
    """
create trigger proposal_never_changes before update or delete on esf.proposal for each row execute function esf.refuse_change()
    """,
    """
create trigger decision_never_changes before update or delete on esf.decision for each row execute function esf.refuse_change()
    """,
    """
create trigger snapshot_never_changes before update or delete on esf.snapshot for each row execute function esf.refuse_change()
    """,
    """
create trigger snapshot_file_never_changes before update or delete on esf.snapshot_file for each row execute function esf.refuse_change()
    """,
    """
create trigger snapshot_freeze_never_changes before update or delete on esf.snapshot_freeze for each row execute function esf.refuse_change()
    """,
    """
create function esf.two_logins() returns trigger language plpgsql as $$
begin
    if exists (select from esf.snapshot s where s.snapshot_id = new.snapshot_id and s.proposed_by = new.frozen_by) then
        raise exception 'who proposed a snapshot does not freeze it' using errcode = 'check_violation';
    end if;
    if not exists (
        select from esf.snapshot s
        where s.snapshot_id = new.snapshot_id and s.sha256 = new.sha256 and s.operation_id = new.operation_id and s.cut_off = new.cut_off
    ) then
        raise exception 'the freeze does not say what the snapshot says' using errcode = 'check_violation';
    end if;
    return new;
end
$$
    """,
    """
comment on function esf.two_logins is 'Two persons: one proposes a snapshot, another freezes it (Regulation (EU) 2021/1060, Annex XV)'
    """,
    """
create trigger snapshot_freeze_two_logins before insert on esf.snapshot_freeze for each row execute function esf.two_logins()
    """,
    """
create view esf.proposal_state as
select p.proposal_id, p.operation_id, p.person_id, p.participation_id, p.variable, p.value, p.happened_at, p.rule, p.basis,
    p.feed, p.sender, p.delivery_id, p.line, p.recorded_at, p.made_at, p.content_hash,
    coalesce(d.verdict, 'open') as state, d.login as decided_by, d.reason as decision_reason, d.at as decided_at
from esf.proposal p
left join (select distinct on (proposal_id) * from esf.decision order by proposal_id, decision_id desc) d on d.proposal_id = p.proposal_id
    """,
    """
comment on view esf.proposal_state is 'Every proposal with what was decided of it last: open, confirmed or refused'
    """,
)


def upgrade() -> None:
    """Brings a warehouse of migration 0004 to this one; what participations say stays as it is."""
    for statement in _STATEMENTS:
        op.execute(statement)
