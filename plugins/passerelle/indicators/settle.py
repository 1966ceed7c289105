"""Which participations count at a cut-off, and why each other one does not.

Of each participation the last version recorded by the cut-off is the one that speaks; of each person in each operation one
participation counts, the first, with its entry data, once it is complete (Regulation (EU) 2021/1057, Article 17(5)). Everything
received comes out exactly once: counted, or excluded with its reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from passerelle.indicators.definitions import counted_in
from passerelle.indicators.intake import Intake, Rejected, Remark, Severity
from passerelle.indicators.parameters import Rules
from passerelle.indicators.participation import Entry, Origin, Participation, Status, contradiction, entry_of, missing


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reason(StrEnum):
    """Why a participation is not counted; in the order in which they are looked at."""

    REJECTED = "rejected"
    DRAFT = "draft"
    WITHDRAWN = "withdrawn"
    AFTER_CUTOFF = "after_cutoff"
    NOT_PARTICIPANT = "not_participant"
    MERGED_REENTRY = "merged_reentry"
    INCOMPLETE = "incomplete"


class Counted(_Frozen):
    """One participant of one operation, and the indicators in which he or she counts."""

    participation: Participation
    entry: Entry
    indicators: tuple[str, ...]


class Excluded(_Frozen):
    """One participation that does not count."""

    reason: Reason
    detail: str
    """French."""
    operation_id: str
    participation_id: str | None
    participant_id: str | None
    entry_date: date | None
    origin: Origin


class Settlement(_Frozen):
    """Every participation received, once."""

    counted: tuple[Counted, ...]
    excluded: tuple[Excluded, ...]
    remarks: tuple[Remark, ...]


NAMES = {
    "sex": "le sexe",
    "birth_date": "la date de naissance",
    "entry_date": "la date d’entrée",
    "labour_at_entry": "la situation sur le marché du travail",
    "unemployment_months": "la durée de chômage en mois",
    "isced_level": "le niveau CITE du diplôme obtenu",
}
"""How a missing item of Annex I point 1.1 is called in French."""


def settle(intake: Intake, cutoff: date, rules: Rules) -> Settlement:
    """Every participation of the intake, counted or excluded, as known at the end of the cut-off day."""
    return _Settling(cutoff, rules).run(intake)


def received(intake: Intake) -> int:
    """How many participations came in: versions of one participation are one, a rejected row without its key is one."""
    keys = {row.participation_id for row in intake.participations} | {row.participation_id for row in intake.rejected}
    return len(keys - {None}) + sum(1 for row in intake.rejected if row.participation_id is None)


class _Settling:
    def __init__(self, cutoff: date, rules: Rules) -> None:
        self._cutoff = cutoff
        self._rules = rules
        self._excluded: list[Excluded] = []
        self._remarks: list[Remark] = []

    def run(self, intake: Intake) -> Settlement:
        versions: dict[str, list[Participation]] = defaultdict(list)
        broken: dict[str, list[Rejected]] = defaultdict(list)
        for version in intake.participations:
            versions[version.participation_id].append(version)
        for row in intake.rejected:
            if row.participation_id is None:
                self._exclude_row(row)
            else:
                broken[row.participation_id].append(row)
        speaking = [self._effective(versions[key], broken[key]) for key in sorted({*versions, *broken})]
        admitted = [version for version in speaking if version is not None and self._is_admitted(version)]
        counted = [one for person in _by_person(admitted) for one in self._merge(person)]
        order = sorted(self._excluded, key=lambda one: (one.operation_id, one.reason, one.participation_id or "", one.origin.line or 0))
        return Settlement(counted=tuple(counted), excluded=tuple(order), remarks=tuple(self._remarks))

    def _effective(self, versions: list[Participation], broken: list[Rejected]) -> Participation | None:
        """The version that speaks at the cut-off; an unreadable row that may be more recent silences the participation."""
        known = sorted((one for one in versions if one.recorded_on <= self._cutoff), key=_recorded)
        last = known[-1] if known else None
        unreadable = [row for row in broken if row.recorded_on is None or row.recorded_on <= self._cutoff]
        newer = [row for row in unreadable if last is None or row.recorded_on is None or row.recorded_on >= last.recorded_on]
        if newer:
            self._exclude_row(newer[-1], last)
            return None
        if last is None:
            self._not_yet_known(versions, broken)
            return None
        self._look_at_versions(known)
        return last

    def _not_yet_known(self, versions: list[Participation], broken: list[Rejected]) -> None:
        if versions:
            self._exclude(min(versions, key=_recorded), Reason.AFTER_CUTOFF, "Enregistrée après la date d’arrêté.")
        else:
            self._exclude_row(broken[0], reason=Reason.AFTER_CUTOFF)

    def _is_admitted(self, version: Participation) -> bool:
        obstacle = self._obstacle(version)
        if obstacle is None:
            return True
        reason, detail = obstacle
        self._exclude(version, reason, detail)
        if reason is Reason.REJECTED:
            self._remark("esf.dates.contradiction", Severity.ERROR, version, detail)
        return False

    def _obstacle(self, version: Participation) -> tuple[Reason, str] | None:
        if version.status is Status.DRAFT:
            return Reason.DRAFT, "Brouillon : la fiche n’a pas été déposée."
        if version.status is Status.WITHDRAWN:
            return Reason.WITHDRAWN, "Fiche retirée."
        if version.entry_date is not None and version.entry_date > self._cutoff:
            return Reason.AFTER_CUTOFF, "Entrée postérieure à la date d’arrêté."
        if wrong := contradiction(version, self._rules):
            return Reason.REJECTED, wrong
        days, most = version.direct_support_days, self._rules.not_participant_up_to_days
        if days is not None and days <= most:
            return Reason.NOT_PARTICIPANT, f"Accompagnement direct de {most} jour(s) ou moins : pas un participant."
        return None

    def _merge(self, person: list[Participation]) -> list[Counted]:
        """The first participation of a person in an operation, if complete; the later ones are re-entries."""
        person = sorted(person, key=lambda one: (one.entry_date or date.max, *_recorded(one), one.participation_id))
        undated = [one for one in person if one.entry_date is None]
        dated = [one for one in person if one.entry_date is not None]
        for one in dated[1:]:
            self._exclude(one, Reason.MERGED_REENTRY, "Retour dans la même opération : fusionné avec la première participation.")
        return [counted for one in (*undated, *dated[:1]) if (counted := self._complete(one)) is not None]

    def _complete(self, version: Participation) -> Counted | None:
        empty = missing(version, self._rules)
        if not empty:
            entry = entry_of(version)
            return Counted(participation=version, entry=entry, indicators=counted_in(entry, self._rules))
        detail = f"Dossier incomplet, il manque : {', '.join(NAMES[column] for column in empty)}."
        self._exclude(version, Reason.INCOMPLETE, detail)
        self._remark("esf.incomplete", Severity.WARNING, version, f"{detail} La personne n’est comptée dans aucun indicateur (art. 17(5)).")
        return None

    def _look_at_versions(self, known: list[Participation]) -> None:
        last = known[-1]
        if any((one.operation_id, one.participant_id) != (last.operation_id, last.participant_id) for one in known):
            message = (
                "Les versions de cette participation ne portent pas toutes la même personne et la même opération ; la dernière est retenue."
            )
            self._remark("esf.version.identity", Severity.WARNING, last, message)
        if any(_recorded(one) == _recorded(last) and not _is_same(one, last) for one in known[:-1]):
            message = "Deux versions différentes enregistrées le même jour : la dernière du fichier est retenue."
            self._remark("esf.version.same_day", Severity.WARNING, last, message)

    def _exclude_row(self, row: Rejected, readable: Participation | None = None, reason: Reason = Reason.REJECTED) -> None:
        self._excluded.append(
            Excluded(
                reason=reason,
                detail=row.reason,
                operation_id=row.operation_id or (readable.operation_id if readable else ""),
                participation_id=row.participation_id,
                participant_id=row.participant_id or (readable.participant_id if readable else None),
                entry_date=None,
                origin=row.origin,
            )
        )

    def _exclude(self, version: Participation, reason: Reason, detail: str) -> None:
        keys = {name: getattr(version, name) for name in ("operation_id", "participation_id", "participant_id", "entry_date", "origin")}
        self._excluded.append(Excluded.model_validate({**keys, "reason": reason, "detail": detail}))

    def _remark(self, rule: str, severity: Severity, version: Participation, message: str) -> None:
        self._remarks.append(
            Remark(
                rule=rule,
                severity=severity,
                operation=version.operation_id,
                participant=version.participant_id,
                line=version.origin.line,
                message=message,
            )
        )


def _recorded(version: Participation) -> tuple[date, datetime]:
    return version.recorded_on, version.recorded_at or datetime.min.replace(tzinfo=UTC)


def _is_same(left: Participation, right: Participation) -> bool:
    return left.model_copy(update={"origin": right.origin}) == right


def _by_person(versions: Iterable[Participation]) -> list[list[Participation]]:
    people: dict[tuple[str, str], list[Participation]] = defaultdict(list)
    for version in versions:
        people[version.operation_id, version.participant_id].append(version)
    return [people[key] for key in sorted(people)]
