"""Housing and place of residence at entry. Where somebody is domiciled is not where somebody lives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from passerelle.indicators.feeds.evidence import DOMICILIATION, HOUSEHOLD, RESIDENCE
from passerelle.indicators.feeds.model import Derived, Evidence, Subject, at
from passerelle.indicators.snapshot.known import Rurality

Statements = Mapping[str, Sequence[Evidence]]


def exclusion(subject: Subject, statements: Statements, derived: Derived) -> None:
    """A domiciliation valid that day, or a household without fixed abode at the CAF: proposed yes (EECO16); an expired one is asked."""
    day = subject.day("entry_date")
    if day is None or not subject.lacks("housing_exclusion"):
        return
    elected = domiciled(statements, day)
    if elected is not None:
        basis = f"Élection de domicile en cours le jour de l’entrée ({day:%d/%m/%Y})."
        derived.propose(subject, ("housing_exclusion", "yes", day), ("ccas.domiciliation", basis), elected)
    elif any(one.values["date_debut"] and one.values["date_debut"] <= day for one in statements.get(DOMICILIATION, ())):
        derived.ask(
            subject, "housing_exclusion", "L’élection de domicile n’était plus valable le jour de l’entrée : demander la situation."
        )
    homeless = [one for one in statements.get(HOUSEHOLD, ()) if one.values["topsansdomfixe"]]
    for one in homeless[:1]:
        basis = "Foyer sans domicile fixe dans le dossier de la CAF."
        derived.propose(subject, ("housing_exclusion", "yes", day), ("caf.homeless", basis), one)


def rural(subject: Subject, statements: Statements, derived: Derived, grid: Rurality) -> None:
    """The rural level of the commune where the CAF knows the person to live at entry; nothing for somebody who is domiciled or homeless."""
    day = subject.day("entry_date")
    if day is None or not subject.lacks("rural"):
        return
    if domiciled(statements, day) is not None or any(one.values["topsansdomfixe"] for one in statements.get(HOUSEHOLD, ())):
        derived.ask(subject, "rural", "L’adresse connue est une domiciliation : ce n’est pas une résidence. Zone rurale non déterminée.")
        return
    living = at(day, list(statements.get(RESIDENCE, ())))
    level = grid.of(living.values["commune_code"]) if living is not None else None
    if living is not None and level is not None:
        words = "rurale" if level == "yes" else "non rurale"
        basis = f"Commune de résidence au dossier de la CAF du {living.stamp:%d/%m/%Y} : {words} (grille de densité {grid.year})."
        derived.propose(subject, ("rural", level, day), ("caf.residence", basis), living)


def domiciled(statements: Statements, day: date) -> Evidence | None:
    """The domiciliation that was valid on a day, not withdrawn before it."""
    for one in statements.get(DOMICILIATION, ()):
        begun, ends, ended = (one.values[name] for name in ("date_debut", "date_fin", "date_radiation"))
        if begun and begun <= day and (ends is None or ends >= day) and (ended is None or ended > day):
            return one
    return None
