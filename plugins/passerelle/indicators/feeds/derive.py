"""What follows from partners' statements, rule by rule, and what does not: pure functions of a participation and its evidence.

Whatever is proposed names its rule and says in French what it rests on. Nothing is proposed for a variable that is already known. The end
of a right to RSA proposes no exit (case H11), a domiciliation no residence (E15), categories F and G no unemployment (H08, V56).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

from passerelle.indicators.feeds import housing, outcomes, work
from passerelle.indicators.feeds.evidence import DIFFICULTY, DIPLOMA, MODALITY
from passerelle.indicators.feeds.model import Derived, Evidence, Subject

Statements = Mapping[str, Sequence[Evidence]]
Rule = Callable[[Subject, Statements, Derived], None]

LEVELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "2601": ("6", "licence à doctorat : CITE 6 à 8, préciser"),
        "2602": ("5", "bac + 2 (ancien niveau III) : CITE 5"),
        "2603": ("3", "baccalauréat (ancien niveau IV) : CITE 3"),
        "2604": ("3", "CAP ou BEP (ancien niveau V, à ne pas confondre avec le niveau 5) : CITE 3"),
        "2605": ("2", "sans diplôme ou brevet : CITE 0 à 2, préciser"),
    }
)
"""Diplomas of the CAF's file: ISCED level and why. 2606 (none at all) is not mapped: ISCED 0 is for those who were never schooled (I11)."""
_RECOGNISED_AS_DISABLED = "0403"


def derive(subjects: Sequence[Subject], found: Mapping[UUID, Statements]) -> Derived:
    """Everything that can be proposed, and everything of which the feeds speak without settling it."""
    derived = Derived()
    for subject in subjects:
        statements = found.get(subject.person_id, {})
        for rule in _RULES if subject.participation_id is not None else (entry,):
            rule(subject, statements, derived)
    return derived


def entry(subject: Subject, statements: Statements, derived: Derived) -> None:
    """France Travail shows the person in the operation's modality: its first day is proposed as the entry."""
    if not subject.lacks("entry_date") or subject.modality is None:
        return
    shown = [one for one in statements.get(MODALITY, ()) if one.values["modality_code"] == subject.modality and one.values["starts_on"]]
    for one in sorted(shown, key=lambda one: one.values["starts_on"])[:1]:
        day = one.values["starts_on"]
        basis = f"Suivi en accompagnement « {subject.modality} » depuis le {day:%d/%m/%Y} ; l’entrée est le jour de la première action."
        derived.propose(subject, ("entry_date", day.isoformat(), day), ("ft.modality_start", basis), one)


def leaving(subject: Subject, statements: Statements, derived: Derived) -> None:
    """The modality ended: its last day is proposed as the exit."""
    entered = subject.day("entry_date")
    if not subject.lacks("exit_date") or subject.modality is None or entered is None:
        return
    shown = [one for one in statements.get(MODALITY, ()) if one.values["modality_code"] == subject.modality]
    if not shown or any(one.values["ends_on"] is None for one in shown):
        return
    last = max(shown, key=lambda one: one.values["ends_on"])
    day = last.values["ends_on"]
    if day >= entered:
        basis = f"Accompagnement « {subject.modality} » terminé le {day:%d/%m/%Y} ; la sortie est le jour de la dernière action."
        derived.propose(subject, ("exit_date", day.isoformat(), day), ("ft.modality_end", basis), last)


def diploma(subject: Subject, statements: Statements, derived: Derived) -> None:
    """The highest diploma of the CAF's file, where it leads to one band of ISCED."""
    day = subject.day("entry_date")
    if day is None or not subject.lacks("isced_level"):
        return
    for one in list(statements.get(DIPLOMA, ()))[-1:]:
        code = one.values["nivdipmaxobt"]
        if code in LEVELS:
            level, words = LEVELS[code]
            derived.propose(subject, ("isced_level", level, day), ("caf.diploma", f"Diplôme déclaré à la CAF : {words}."), one)
        elif code is not None:
            derived.ask(subject, "isced_level", "Aucun diplôme selon la CAF : le niveau CITE 0 est réservé à qui n’a jamais été scolarisé.")


def disability(subject: Subject, statements: Statements, derived: Derived) -> None:
    """Recognition as a disabled worker; its absence says nothing."""
    day = subject.day("entry_date")
    if day is None or not subject.lacks("disability"):
        return
    for one in [item for item in statements.get(DIFFICULTY, ()) if item.values["difsoc"] == _RECOGNISED_AS_DISABLED][:1]:
        basis = (
            "Reconnaissance de la qualité de travailleur handicapé déclarée à la CAF ; "
            "donnée sensible (RGPD, art. 9) : vérifier la base légale."
        )
        derived.propose(subject, ("disability", "yes", day), ("caf.rqth", basis), one)


_RULES: tuple[Rule, ...] = (
    leaving,
    work.labour,
    work.education,
    work.duration,
    diploma,
    disability,
    housing.exclusion,
    outcomes.events,
)
"""In the order in which they are shown; the rural level needs the grid and is in :func:`passerelle.indicators.feeds.housing.rural`."""
