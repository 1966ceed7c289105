"""The register of persons: events, redirects, overrides, second readers; evidence of every link; the queue and the golden record."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

_STATEMENTS = (
    """
alter table identity.record add column birth_place_name TEXT
    """,
    """
alter table identity.record add column previous_dossier_number TEXT
    """,
    """
alter table identity.record add column phone TEXT
    """,
    """
alter table identity.record add column email TEXT
    """,
    """
alter table identity.record add column commune_code TEXT
    """,
    """
alter table identity.record add column phone_key TEXT
    """,
    """
alter table identity.record add column email_key TEXT
    """,
    """
comment on column identity.record."previous_dossier_number" is 'The household''s number where it comes from'
    """,
    """
comment on column identity.record."phone_key" is 'Its last nine digits; empty where they say nothing'
    """,
    """
delete from identity.key where kind = 'name_date'
    """,
    """
CREATE INDEX ix_record_born_surname ON identity.record (birth_date, (left(split_part(surname_keys, ' ', 1), 3)))
    """,
    """
CREATE INDEX ix_record_born_second ON identity.record (birth_date, (left(split_part(surname_keys, ' ', 2), 3))) WHERE surname_keys LIKE '% %'
    """,
    """
CREATE INDEX ix_record_born_given ON identity.record (birth_date, (left(given_name_key, 3)))
    """,
    """
CREATE INDEX ix_record_born_home ON identity.record (birth_date, postcode)
    """,
    """
CREATE INDEX ix_record_called ON identity.record (given_name_key, (split_part(surname_keys, ' ', 1)), birth_date)
    """,
    """
CREATE INDEX ix_record_called_second ON identity.record (given_name_key, (split_part(surname_keys, ' ', 2)), birth_date) WHERE surname_keys LIKE '% %'
    """,
    """
CREATE INDEX ix_record_phone ON identity.record (phone_key) WHERE phone_key IS NOT NULL
    """,
    """
CREATE INDEX ix_record_email ON identity.record (email_key) WHERE email_key IS NOT NULL
    """,
    """
comment on column identity.key."kind" is 'nir, or the kind of a partner''s identifier'
    """,
    """
comment on column identity.suggestion."reason" is 'Code; passerelle.identity.reasons explains it'
    """,
    """
comment on column identity.link."rule" is 'N1, S1, C1 …: the certain rule; A1 …: the rule that accepted; NEW: a new person'
    """,
    """
alter table identity.link add column valid_from TIMESTAMP WITH TIME ZONE
    """,
    """
alter table identity.link add column model_version TEXT
    """,
    """
alter table identity.link add column score DOUBLE PRECISION
    """,
    """
alter table identity.link add column evidence JSONB
    """,
    """
alter table identity.link add column compared_with UUID
    """,
    """
alter table identity.link add column vetoes TEXT[]
    """,
    """
comment on column identity.link."valid_from" is 'Since when the record speaks of this person: the sender''s date of its first statement'
    """,
    """
comment on column identity.link."model_version" is 'Of the weights that ranked the pair; empty where a rule or a person decided'
    """,
    """
comment on column identity.link."score" is 'Of the pair, by those weights'
    """,
    """
comment on column identity.link."evidence" is 'Per field: the level of agreement (passerelle.identity.compare), or agrees, differs, missing as first written; never a value'
    """,
    """
comment on column identity.link."compared_with" is 'The known record of the person whose comparison decided'
    """,
    """
comment on column identity.link."vetoes" is 'What spoke against it and was overruled by a person'
    """,
    """
CREATE INDEX ix_link_former_person ON identity.link (person_id) WHERE revoked_at IS NOT NULL
    """,
    """
alter table identity.sighting add column nir_certified BOOLEAN
    """,
    """
comment on column identity.sighting."nir_certified" is 'Whether the row itself says that the number is certified; empty: it does not say'
    """,
    """
alter table identity.suggestion add column score DOUBLE PRECISION
    """,
    """
alter table identity.suggestion add column evidence JSONB
    """,
    """
alter table identity.suggestion add column compared_with UUID
    """,
    """
alter table identity.suggestion add column assignee TEXT
    """,
    """
alter table identity.suggestion add column due_at TIMESTAMP WITH TIME ZONE
    """,
    """
alter table identity.suggestion add column decision TEXT
    """,
    """
alter table identity.suggestion add column decision_reason TEXT
    """,
    """
alter table identity.suggestion add column decided_by TEXT
    """,
    """
alter table identity.suggestion add column decided_at TIMESTAMP WITH TIME ZONE
    """,
    """
alter table identity.suggestion add column second_reader TEXT
    """,
    """
alter table identity.suggestion add column event_id BIGINT
    """,
    """
comment on column identity.suggestion."evidence" is 'Per field: the level of agreement (passerelle.identity.compare), or agrees, differs, missing as first written; never a value'
    """,
    """
comment on column identity.suggestion."compared_with" is 'The record of the person that makes one hesitate'
    """,
    """
comment on column identity.suggestion."assignee" is 'Login of the reviewer who took it'
    """,
    """
comment on column identity.suggestion."decision" is 'same, different or unsure'
    """,
    """
comment on column identity.suggestion."event_id" is 'The event by which the decision took effect'
    """,
    """
update identity.link set valid_from = decided_at
    """,
    """
comment on column identity.suggestion."state" is 'open; deferred (unsure); proposed (to a second reader); decided; withdrawn with its delivery'
    """,
    """
CREATE TABLE identity.event (
    event_id BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL CONSTRAINT ck_event_kind CHECK (kind IN ('merge', 'split', 'relink', 'undo', 'override')),
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    second_reader TEXT,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    undoes BIGINT,
    CONSTRAINT pk_event PRIMARY KEY (event_id),
    CONSTRAINT uq_event_undoes UNIQUE (undoes),
    CONSTRAINT fk_event_undoes FOREIGN KEY(undoes) REFERENCES identity.event (event_id)
)
    """,
    """
comment on table identity.event is 'A change of which person records belong to, after their first link, or of what a person forbids or orders'
    """,
    """
comment on column identity.event."reason" is 'Free text; must hold neither a name nor a number'
    """,
    """
comment on column identity.event."author" is 'Login of who decided, or ''rule:<id>'''
    """,
    """
comment on column identity.event."second_reader" is 'Login of who confirmed, where two must agree'
    """,
    """
CREATE TABLE identity.event_link (
    event_id BIGINT NOT NULL,
    link_id BIGINT NOT NULL,
    effect TEXT NOT NULL CONSTRAINT ck_event_link_effect CHECK (effect IN ('revoked', 'made')),
    CONSTRAINT pk_event_link PRIMARY KEY (event_id, link_id),
    CONSTRAINT fk_event_link_event_id FOREIGN KEY(event_id) REFERENCES identity.event (event_id),
    CONSTRAINT fk_event_link_link_id FOREIGN KEY(link_id) REFERENCES identity.link (link_id)
)
    """,
    """
CREATE INDEX ix_event_link_link_id ON identity.event_link (link_id)
    """,
    """
comment on table identity.event_link is 'The links an event revoked and those it made'
    """,
    """
CREATE TABLE identity.redirect (
    redirect_id BIGINT GENERATED ALWAYS AS IDENTITY,
    from_person UUID NOT NULL,
    to_person UUID NOT NULL,
    event_id BIGINT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_by BIGINT,
    CONSTRAINT pk_redirect PRIMARY KEY (redirect_id),
    CONSTRAINT ck_redirect_elsewhere CHECK (from_person <> to_person),
    CONSTRAINT fk_redirect_from_person FOREIGN KEY(from_person) REFERENCES identity.person (person_id),
    CONSTRAINT fk_redirect_to_person FOREIGN KEY(to_person) REFERENCES identity.person (person_id),
    CONSTRAINT fk_redirect_event_id FOREIGN KEY(event_id) REFERENCES identity.event (event_id),
    CONSTRAINT fk_redirect_ended_by FOREIGN KEY(ended_by) REFERENCES identity.event (event_id)
)
    """,
    """
CREATE INDEX ix_redirect_ended_by ON identity.redirect (ended_by)
    """,
    """
CREATE INDEX ix_redirect_event_id ON identity.redirect (event_id)
    """,
    """
CREATE INDEX ix_redirect_to_person ON identity.redirect (to_person)
    """,
    """
CREATE UNIQUE INDEX uq_redirect_standing ON identity.redirect (from_person) WHERE ended_by IS NULL
    """,
    """
comment on table identity.redirect is 'Where a merged person''s id leads; kept for ever'
    """,
    """
comment on column identity.redirect."ended_by" is 'The event that undid it; empty: it stands'
    """,
    """
CREATE TABLE identity.override (
    override_id BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL CONSTRAINT ck_override_kind CHECK (kind IN ('never', 'always')),
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    second_reader TEXT,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    event_id BIGINT NOT NULL,
    revoked_by BIGINT,
    CONSTRAINT pk_override PRIMARY KEY (override_id),
    CONSTRAINT fk_override_event_id FOREIGN KEY(event_id) REFERENCES identity.event (event_id),
    CONSTRAINT fk_override_revoked_by FOREIGN KEY(revoked_by) REFERENCES identity.event (event_id)
)
    """,
    """
CREATE INDEX ix_override_event_id ON identity.override (event_id)
    """,
    """
CREATE INDEX ix_override_revoked_by ON identity.override (revoked_by)
    """,
    """
comment on table identity.override is 'What a person forbids or orders, whatever the rules say: no record of side a is with one of side b, or all are'
    """,
    """
comment on column identity.override."reason" is 'Free text; must hold neither a name nor a number'
    """,
    """
comment on column identity.override."revoked_by" is 'The event that revoked it'
    """,
    """
CREATE TABLE identity.override_record (
    override_id BIGINT NOT NULL,
    record_id UUID NOT NULL,
    side TEXT NOT NULL CONSTRAINT ck_override_record_side CHECK (side IN ('a', 'b')),
    CONSTRAINT pk_override_record PRIMARY KEY (override_id, record_id),
    CONSTRAINT fk_override_record_override_id FOREIGN KEY(override_id) REFERENCES identity.override (override_id),
    CONSTRAINT fk_override_record_record_id FOREIGN KEY(record_id) REFERENCES identity.record (record_id)
)
    """,
    """
CREATE INDEX ix_override_record_record_id ON identity.override_record (record_id)
    """,
    """
comment on table identity.override_record is 'The records of each side: those the persons had when it was decided'
    """,
    """
CREATE TABLE identity.proposal (
    proposal_id BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL CONSTRAINT ck_proposal_kind CHECK (kind IN ('merge', 'split', 'always', 'undo')),
    subject JSONB NOT NULL,
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT NOT NULL CONSTRAINT ck_proposal_state CHECK (state IN ('open', 'confirmed', 'refused')),
    decided_by TEXT,
    decided_at TIMESTAMP WITH TIME ZONE,
    event_id BIGINT,
    CONSTRAINT pk_proposal PRIMARY KEY (proposal_id),
    CONSTRAINT fk_proposal_event_id FOREIGN KEY(event_id) REFERENCES identity.event (event_id)
)
    """,
    """
CREATE INDEX ix_proposal_open ON identity.proposal (proposal_id) WHERE state = 'open'
    """,
    """
comment on table identity.proposal is 'What one login decided about persons who hold open rights: it takes effect when another confirms'
    """,
    """
comment on column identity.proposal."subject" is 'Ids of the persons, records, event or suggestion it is about'
    """,
    """
comment on column identity.proposal."reason" is 'Free text; must hold neither a name nor a number'
    """,
    """
CREATE TABLE identity.audit (
    audit_id BIGINT GENERATED ALWAYS AS IDENTITY,
    stratum TEXT NOT NULL,
    link_id BIGINT NOT NULL,
    record_id UUID NOT NULL,
    compared_with UUID NOT NULL,
    population BIGINT NOT NULL,
    drawn_at TIMESTAMP WITH TIME ZONE NOT NULL,
    drawn_by TEXT NOT NULL,
    verdict TEXT,
    judged_at TIMESTAMP WITH TIME ZONE,
    judged_by TEXT,
    CONSTRAINT pk_audit PRIMARY KEY (audit_id),
    CONSTRAINT fk_audit_link_id FOREIGN KEY(link_id) REFERENCES identity.link (link_id),
    CONSTRAINT fk_audit_record_id FOREIGN KEY(record_id) REFERENCES identity.record (record_id),
    CONSTRAINT fk_audit_compared_with FOREIGN KEY(compared_with) REFERENCES identity.record (record_id)
)
    """,
    """
CREATE UNIQUE INDEX uq_audit_link ON identity.audit (link_id)
    """,
    """
comment on table identity.audit is 'Links drawn at random to be judged blind'
    """,
    """
comment on column identity.audit."stratum" is 'twins, first_january, household, prefix or other'
    """,
    """
comment on column identity.audit."population" is 'Links in the stratum when it was drawn'
    """,
    """
comment on column identity.audit."verdict" is 'same, different or unsure'
    """,
    """
CREATE TABLE identity.access (
    access_id BIGINT GENERATED ALWAYS AS IDENTITY,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    login TEXT NOT NULL,
    command TEXT NOT NULL,
    subject TEXT NOT NULL,
    CONSTRAINT pk_access PRIMARY KEY (access_id)
)
    """,
    """
comment on table identity.access is 'Who asked to see identity values of whom'
    """,
    """
comment on column identity.access."subject" is 'What was shown: ids only'
    """,
    """
create function identity.resolve(person uuid)
returns table (
    resolved_id uuid
)
language sql stable as $$
    with recursive walk as (
        select person as at_person, 0 as depth
        union all
        select r.to_person, w.depth + 1
        from walk w join identity.redirect r on r.from_person = w.at_person and r.ended_by is null
    )
    select at_person from walk order by depth desc limit 1
$$
    """,
    """
create view identity.person_resolved as
with recursive walk as (
    select from_person as person_id, to_person, 1 as depth from identity.redirect where ended_by is null
    union all
    select w.person_id, r.to_person, w.depth + 1
    from walk w join identity.redirect r on r.from_person = w.to_person and r.ended_by is null
)
select p.person_id, coalesce(furthest.to_person, p.person_id) as resolved_id
from identity.person p
left join (select distinct on (person_id) person_id, to_person from walk order by person_id, depth desc) furthest on furthest.person_id = p.person_id
    """,
    """
comment on view identity.person_resolved is 'Every id ever given, and the person it leads to today'
    """,
    """
create view identity.person_status as
select p.person_id,
       case when r.to_person is not null then 'merged_into'
            when exists (
                select from identity.event e
                join identity.event_link el on el.event_id = e.event_id and el.effect = 'revoked'
                join identity.link l on l.link_id = el.link_id and l.person_id = p.person_id
                where e.kind = 'split' and not exists (select from identity.event u where u.undoes = e.event_id)
            ) then 'split'
            else 'active' end as status,
       r.to_person as merged_into
from identity.person p
left join identity.redirect r on r.from_person = p.person_id and r.ended_by is null
    """,
    """
comment on view identity.person_status is 'active; merged_into another person; split: records were taken from it, what was known under its id may be about someone else'
    """,
    """
create view identity.change as
select e.event_id, e.kind, e.at, coalesce(o.record_id, n.record_id) as record_id, o.person_id as from_person, n.person_id as to_person
from identity.event e
join (
    select distinct el.event_id, l.record_id from identity.event_link el join identity.link l on l.link_id = el.link_id
) moved on moved.event_id = e.event_id
left join (
    select el.event_id, l.record_id, l.person_id from identity.event_link el join identity.link l on l.link_id = el.link_id where el.effect = 'revoked'
) o on o.event_id = e.event_id and o.record_id = moved.record_id
left join (
    select el.event_id, l.record_id, l.person_id from identity.event_link el join identity.link l on l.link_id = el.link_id where el.effect = 'made'
) n on n.event_id = e.event_id and n.record_id = moved.record_id
    """,
    """
comment on view identity.change is 'Every change of the person of a record after its first link, for those who keep ids: portfolio, ESF+, exports'
    """,
    """
create view identity.identifier as
select l.person_id, k.kind,
       case when k.kind = 'nir' then k.value else left(encode(sha256(convert_to(k.value, 'UTF8')), 'hex'), 32) end as value_hash,
       case when k.kind = 'nir' and exists (
                select from identity.key o join identity.link h on h.record_id = o.record_id and h.revoked_at is null
                where o.kind = 'nir' and o.value = k.value and h.person_id <> l.person_id
            ) then 'contested'
            when k.kind = 'nir' and (array_agg(s.nir_certified order by d.stamp desc, d.delivery_id desc))[1] then 'certified'
            else 'declared' end as status,
       r.source, min(d.stamp) as first_seen, max(d.stamp) as last_seen
from identity.key k
join identity.record r on r.record_id = k.record_id
join identity.link l on l.record_id = k.record_id and l.revoked_at is null
join identity.sighting s on s.record_id = k.record_id
join ledger.delivery d on d.delivery_id = s.delivery_id and d.state = 'published'
group by l.person_id, k.kind, k.value, r.source
    """,
    """
comment on view identity.identifier is 'Which numbers a person was given, by whom, from when to when; certified where the sender says so, contested where two persons have it, never told from the digits'
    """,
    """
create view identity.golden as
with said as (
    select l.person_id, r.record_id, r.birth_name, r.usage_name, r.given_name, r.other_given_names, r.birth_date, r.sex, r.postcode,
           max(d.stamp) as stamp,
           case when bool_or(s.nir_certified) then 1 when r.source = 'caf_msa' then 2 when r.source = 'france_travail' then 3 else 4 end as place
    from identity.record r
    join identity.link l on l.record_id = r.record_id and l.revoked_at is null
    join identity.sighting s on s.record_id = r.record_id
    join ledger.delivery d on d.delivery_id = s.delivery_id and d.state = 'published'
    group by l.person_id, r.record_id
)
select person_id,
       (array_agg(birth_name order by place, stamp desc, record_id) filter (where birth_name <> ''))[1] as birth_name,
       (array_agg(usage_name order by stamp desc, record_id) filter (where usage_name <> ''))[1] as usage_name,
       (array_agg(given_name order by place, stamp desc, record_id) filter (where given_name <> ''))[1] as given_name,
       (array_agg(other_given_names order by place, stamp desc, record_id) filter (where other_given_names <> ''))[1] as other_given_names,
       (array_agg(birth_date order by place, stamp desc, record_id) filter (where birth_date is not null))[1] as birth_date,
       (array_agg(sex order by place, stamp desc, record_id) filter (where sex <> ''))[1] as sex,
       (array_agg(postcode order by stamp desc, record_id) filter (where postcode <> ''))[1] as postcode
from said
group by person_id
    """,
    """
comment on view identity.golden is 'The best value of each field. Civil status: certified by the sender, then CAF and MSA, then France Travail, then others; among equals and for the rest the newest'
    """,
    """
create function identity.held_on(persons uuid[], day date)
returns table (
    person_id uuid, place integer, word text
)
language sql stable
set enable_nestloop = off
set enable_seqscan = off
set jit = off
as $$
    -- The rows of the *_current views, for a few persons. Asked for them, a view is computed for everybody: the planner, which of rows just
    -- written takes a million for one, reads whole deliveries. "offset 0" leaves it one way to each step: the index on the person or record.
    with record as materialized (
        select p.person_id, l.record_id
        from (select distinct unnest(persons) as person_id) p
        cross join lateral (
            select l.record_id from identity.link l where l.person_id = p.person_id and l.revoked_at is null offset 0
        ) l
    ), telling as materialized (
        select r.person_id, d.series, d.sender, d.original, max(d.stamp) as stamp
        from record r
        cross join lateral (select s.delivery_id from identity.sighting s where s.record_id = r.record_id offset 0) s
        cross join lateral (
            select d.series, d.sender, coalesce(d.original, d.delivery_id) as original, d.stamp
            from ledger.delivery d where d.delivery_id = s.delivery_id and d.state = 'published' offset 0
        ) d
        group by r.person_id, d.series, d.sender, d.original
    ), newest as materialized (
        select distinct on (person_id, series, sender) person_id, series, sender, original
        from telling order by person_id, series, sender, stamp desc, original desc
    ), fact as materialized (
        select r.person_id, f.*
        from record r
        cross join lateral (
            -- 1 refused, 5 and 6 closed (CNAF's ETATDOSRSA): everything else is, or may become, money someone lives on.
            select 2 as place, delivery_id, fact_key, (closed_on is null or closed_on > day) and coalesce(state_code, '') not in ('1', '5', '6') as is_open
            from warehouse.rsa_right where record_id = r.record_id
            union all
            select 3, delivery_id, fact_key, scheduled_on >= day from warehouse.appointment where record_id = r.record_id
            union all
            select 4, delivery_id, fact_key, ends_on is null or ends_on >= day from warehouse.engagement where record_id = r.record_id
            union all
            select 5, delivery_id, fact_key, ends_on is null or ends_on >= day from warehouse.designation where record_id = r.record_id
            union all
            select 6, delivery_id, fact_key, true from esf.participation where record_id = r.record_id
            offset 0
        ) f
    ), stated as materialized (
        select f.person_id, f.place, f.is_open, d.series, d.sender, d.original,
               rank() over (partition by f.person_id, f.place, d.original, f.fact_key order by f.delivery_id desc) as age
        from fact f
        cross join lateral (
            select d.series, d.sender, coalesce(d.original, d.delivery_id) as original
            from ledger.delivery d where d.delivery_id = f.delivery_id and d.state = 'published' offset 0
        ) d
    ), held as (
        select s.person_id, s.place, bool_or(s.is_open) as is_open
        from stated s
        join newest n on n.person_id = s.person_id and n.series = s.series and n.sender = s.sender and n.original = s.original
        where s.age = 1
        group by s.person_id, s.place
    )
    select h.person_id, v.place, v.word
    from held h
    join (values (2, 1, 'droit RSA ouvert'), (2, 2, 'dossier RSA'), (3, 3, 'rendez-vous à venir'), (4, 4, 'contrat d''engagement'),
                 (5, 5, 'référent désigné'), (6, 6, 'opération FSE+')) v (kind, place, word) on v.kind = h.place
    where h.is_open or v.place = 2
$$
    """,
    """
create function identity.open_right(persons uuid[], day date)
returns table (
    person_id uuid
)
language sql stable as $$
    select h.person_id from identity.held_on(persons, day) h where h.place = 1
$$
    """,
    """
create function identity.queue_on(moment timestamptz)
returns table (
    suggestion_id bigint, record_id uuid, person_id uuid, holder uuid, reason text, detail text, score double precision, state text,
    assignee text, made_at timestamptz, due_at timestamptz, age_days integer, blocks text[]
)
language sql stable as $$
    -- Every step is materialized: one that is used once would be run again for each suggestion.
    with waiting as materialized (
        select g.*, l.person_id as holder, v.resolved_id
        from identity.suggestion g
        cross join lateral (
            select l.person_id from identity.link l where l.record_id = g.record_id and l.revoked_at is null offset 0
        ) l
        cross join lateral identity.resolve(g.person_id) v
        where g.state in ('open', 'deferred', 'proposed') and l.person_id <> v.resolved_id
    ), side as materialized (
        select w.suggestion_id, w.holder as person_id from waiting w union all select w.suggestion_id, w.resolved_id from waiting w
    ), held as materialized (
        select h.* from identity.held_on(array(select distinct s.person_id from side s), moment::date) h
    ), blocked as materialized (
        select each_word.suggestion_id, array_agg(each_word.word order by each_word.place) as words
        from (select distinct s.suggestion_id, h.place, h.word from side s join held h on h.person_id = s.person_id) each_word
        group by each_word.suggestion_id
    )
    select w.suggestion_id, w.record_id, w.resolved_id, w.holder, w.reason, w.detail, w.score, w.state,
           w.assignee, w.made_at, coalesce(w.due_at, w.made_at + interval '30 days'), (moment::date - w.made_at::date),
           coalesce(b.words, '{}')
    from waiting w
    left join blocked b on b.suggestion_id = w.suggestion_id
$$
    """,
    """
create view identity.queue as select * from identity.queue_on(current_timestamp)
    """,
    """
comment on view identity.queue is 'What a person must decide, how old it is, and what of the two persons depends on it'
    """,
)


def upgrade() -> None:
    """Brings a warehouse of migration 0003 to this one; links keep what they say."""
    for statement in _STATEMENTS:
        op.execute(statement)
