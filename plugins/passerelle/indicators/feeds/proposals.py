"""Proposals in the warehouse: looked for, kept once, confirmed or refused by a login. Rows are only added.

Looking for them again adds nothing that is there already; a partner who states something else makes a new proposal beside the old one.
"""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, text
from sqlalchemy.dialects.postgresql import insert as pg_insert

from passerelle.errors import ConfigurationError
from passerelle.gateway import Gateway
from passerelle.identity.register.acts import refuse_personal
from passerelle.indicators.feeds import evidence, housing
from passerelle.indicators.feeds.derive import derive
from passerelle.indicators.feeds.model import Derived, Draft, Subject
from passerelle.indicators.participation import Status
from passerelle.indicators.snapshot import confirmed, known, rural
from passerelle.indicators.snapshot.known import Known, Rurality
from passerelle.indicators.snapshot.statements import operations_known
from passerelle.warehouse.connect import transaction
from passerelle.warehouse.schema_esf import decision as _decision
from passerelle.warehouse.schema_esf import proposal as _proposal

_log = logging.getLogger(__name__)
CONFIRMED, REFUSED = "confirmed", "refused"


@dataclass(frozen=True)
class Looked:
    """What one look at the feeds found for some operations."""

    derived: Derived
    subjects: tuple[Subject, ...]
    added: int
    """Proposals that were not there before."""
    current: frozenset[str]
    """Content hashes of what the feeds still say and nobody knows yet: an open proposal that is not among them has become idle."""


def look(gateway: Gateway, operation_id: str | None = None) -> Looked:
    """Looks for proposals in what partners stated, for one operation or all, and keeps the new ones."""
    now = gateway.now()
    with transaction(gateway.engine) as connection:
        grid = rural.rurality(connection, rural.contract_of(gateway), now)
        named = [operation_id] if operation_id else list(operations_known(connection, now))
        subjects = [subject for name in named for subject in _subjects(connection, name, now, grid)]
        found = evidence.read(gateway, connection, sorted({subject.person_id for subject in subjects}))
        derived = derive(subjects, found)
        for subject in subjects:
            if subject.participation_id is not None:
                housing.rural(subject, found.get(subject.person_id, {}), derived, grid)
        rows = {row["content_hash"]: row for row in (_row(draft, now) for draft in derived.drafts)}
        added = _keep(connection, list(rows.values()))
    _log.info("esf proposals looked for operations=%d subjects=%d added=%d", len(named), len(subjects), added)
    return Looked(derived, tuple(subjects), added, frozenset(rows))


def waiting(connection: Connection, operation_id: str | None = None, looked: Looked | None = None) -> list[dict[str, Any]]:
    """The proposals nobody decided yet, of one operation or of all, the oldest first; with a look, only those that still matter."""
    found = listed(connection, operation_id, "open")
    return found if looked is None else [row for row in found if row["content_hash"] in looked.current]


def listed(connection: Connection, operation_id: str | None, state: str) -> list[dict[str, Any]]:
    """The proposals in a state: ``open``, ``confirmed`` or ``refused``."""
    query = text("""
        select * from esf.proposal_state
        where state = :state and (cast(:operation as text) is null or operation_id = :operation) order by proposal_id
    """)
    return [dict(row) for row in connection.execute(query, {"operation": operation_id, "state": state}).mappings()]


@dataclass(frozen=True)
class Verdict:
    """What a login decides, why and when; ``word`` is ``confirmed`` or ``refused``."""

    word: str
    login: str
    reason: str
    at: datetime


def decide(connection: Connection, proposal_ids: Sequence[int], verdict: Verdict) -> None:
    """Keeps the decision about each proposal. A decision may be taken back by the other one later; both stay.

    Raises ConfigurationError when a proposal does not exist or was decided so already, or the reason holds a number.
    """
    refuse_personal(verdict.reason, ())
    for number in sorted(set(proposal_ids)):
        query = text("select pg_advisory_xact_lock(hashtextextended('esf proposal ' || :id, 0))")
        connection.execute(query, {"id": str(number)})
        state = connection.scalar(text("select state from esf.proposal_state where proposal_id = :id"), {"id": number})
        if state is None:
            raise ConfigurationError(f"La proposition n° {number} n’existe pas. Rien n’a été changé.")
        if state == verdict.word:
            words = "confirmée" if state == CONFIRMED else "refusée"
            raise ConfigurationError(f"La proposition n° {number} est déjà {words}. Rien n’a été changé.")
        values = {"proposal_id": number, "verdict": verdict.word, "login": verdict.login, "reason": verdict.reason, "at": verdict.at}
        connection.execute(insert(_decision).values(**values))


def _subjects(connection: Connection, operation_id: str, now: datetime, grid: Rurality) -> list[Subject]:
    with known.read(connection, operation_id, now, grid, traced=False) as found:
        confirmed.complete(connection, found, operation_id, now)
        participations, events, observed = found.participations(), _events(found), _observed(found)
    query = text("select * from esf.operation where operation_id = :operation order by version_id desc limit 1")
    described = connection.execute(query, {"operation": operation_id}).mappings().one_or_none()
    modality = described["modality_code"] if described else None

    def known_of(row: dict[str, Any]) -> tuple[frozenset[tuple[str, date]], frozenset[date]]:
        return frozenset(events[row["participant_id"]]), frozenset(observed[row["participant_id"]])

    subjects = [
        Subject(operation_id, UUID(row["participant_id"]), row["participation_id"], row, modality, *known_of(row))
        for row in participations
        if row["status"] in (Status.SUBMITTED, Status.CORRECTED)
    ]
    entered = {subject.person_id for subject in subjects}
    absent = [person for person in evidence.in_modality(connection, modality) if person not in entered] if modality else []
    return subjects + [Subject(operation_id, person, None, {}, modality) for person in absent]


def _events(found: Known) -> dict[str, list[tuple[str, date]]]:
    events: dict[str, list[tuple[str, date]]] = defaultdict(list)
    for row in found.events():
        if row["withdrawn"] == "no":
            events[row["participant_id"]].append((row["event"], date.fromisoformat(row["event_date"])))
    return events


def _observed(found: Known) -> dict[str, list[date]]:
    observed: dict[str, list[date]] = defaultdict(list)
    for row in found.observations():
        if row["withdrawn"] == "no":
            observed[row["participant_id"]].append(date.fromisoformat(row["observed_on"]))
    return observed


def _keep(connection: Connection, rows: Sequence[dict[str, Any]]) -> int:
    if not rows:
        return 0
    query = pg_insert(_proposal).on_conflict_do_nothing(index_elements=["content_hash"]).returning(_proposal.c.proposal_id)
    return len(connection.execute(query, list(rows)).all())


def _row(draft: Draft, now: datetime) -> dict[str, Any]:
    place = draft.evidence
    same = (draft.subject.operation_id, draft.subject.person_id, draft.subject.participation_id, draft.variable, draft.value)
    parts = "|".join(map(str, (*same, draft.happened_at, draft.rule, place.sender)))
    return {
        "operation_id": draft.subject.operation_id,
        "person_id": draft.subject.person_id,
        "participation_id": draft.subject.participation_id,
        "variable": draft.variable,
        "value": draft.value,
        "happened_at": draft.happened_at,
        "rule": draft.rule,
        "basis": draft.basis,
        "feed": place.feed,
        "sender": place.sender,
        "delivery_id": place.delivery_id,
        "line": place.line,
        "recorded_at": place.recorded_at,
        "made_at": now,
        "content_hash": hashlib.sha256(parts.encode("utf-8")).hexdigest(),
    }
