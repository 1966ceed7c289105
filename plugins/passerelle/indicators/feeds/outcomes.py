"""Events after the exit, out of the feeds: a job taken up, a training, a search for work, dated within 28 days.

Within four weeks of leaving: Commission's answers on ESF+ monitoring (April 2023). Job search is proposed only for somebody who was
inactive at entry, the reference population of EECR01.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType

from passerelle.indicators.feeds.evidence import ACTIVITY, REGISTRATION
from passerelle.indicators.feeds.model import Derived, Evidence, Subject
from passerelle.indicators.feeds.work import EMPLOYED, OWN_ACCOUNT

WINDOW = timedelta(days=28)
EVENT = "event"
_REASONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"01": ("employed", "reprise d’emploi déclarée"), "02": ("in_education", "entrée en stage ou en formation")}
)

Statements = Mapping[str, Sequence[Evidence]]


def events(subject: Subject, statements: Statements, derived: Derived) -> None:
    """What the feeds show between the exit and 28 days later."""
    left = subject.day("exit_date")
    if left is None:
        return
    for one in statements.get(REGISTRATION, ()):
        _ended(subject, one, left, derived)
        _searching(subject, one, left, derived)
    for one in statements.get(ACTIVITY, ()):
        begun = one.values["ddact"]
        event = "self_employed" if one.values["act"] in OWN_ACCOUNT else "employed"
        if one.values["act"] in EMPLOYED and _is_in_window(begun, left) and not _is_known(subject, event, left):
            basis = f"Activité déclarée à la CAF à compter du {begun:%d/%m/%Y}, {_after(begun, left)}."
            derived.propose(subject, (EVENT, event, begun), ("caf.activity_start", basis), one)


def _ended(subject: Subject, one: Evidence, left: date, derived: Derived) -> None:
    day, reason = one.values["ended_on"], one.values["end_reason_code"]
    event, words = _REASONS.get(reason, ("", ""))
    if event and _is_in_window(day, left) and not _is_known(subject, event, left):
        basis = f"Fin d’inscription à France Travail le {day:%d/%m/%Y}, {words}, {_after(day, left)}."
        derived.propose(subject, (EVENT, event, day), ("ft.end_reason", basis), one)


def _searching(subject: Subject, one: Evidence, left: date, derived: Derived) -> None:
    day = one.values["registered_on"]
    was_inactive = subject.values.get("labour_at_entry") == "inactive"
    if one.values["category_code"] == "A" and was_inactive and _is_in_window(day, left) and not _is_known(subject, "job_searching", left):
        basis = f"Inscription à France Travail en catégorie A le {day:%d/%m/%Y}, {_after(day, left)}."
        derived.propose(subject, (EVENT, "job_searching", day), ("ft.registered_after", basis), one)


def has_outcome(subject: Subject, left: date) -> bool:
    """Whether any event of the window is known."""
    return any(_is_in_window(day, left) for _, day in subject.events)


def _is_known(subject: Subject, event: str, left: date) -> bool:
    return any(name == event and _is_in_window(day, left) for name, day in subject.events)


def _is_in_window(day: date | None, left: date) -> bool:
    return day is not None and left <= day <= left + WINDOW


def _after(day: date, left: date) -> str:
    return f"{(day - left).days} jour(s) après la sortie"
