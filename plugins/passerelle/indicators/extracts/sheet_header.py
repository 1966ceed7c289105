"""Sheet « En-tête »: what the figures are, as known when, by which rules, and who stands for them."""

from __future__ import annotations

from datetime import date, datetime

from passerelle.indicators.deadlines import kept_until
from passerelle.indicators.extracts.content import Extract
from passerelle.indicators.extracts.measures import alert_sentence, alert_shown, conservation
from passerelle.indicators.extracts.subject import Circle, Subject
from passerelle.indicators.page import Page
from passerelle.receipt.wording import PARIS

WIDTHS = (34, 74, 12, 66, 14)
CERTAINTIES = {"lu": "lu dans le texte", "memoire": "à confirmer", "deduction": "déduit"}
_CIRCLES = {
    Circle.RESTRICTED: "Cercle restreint : une ligne par participation, réponses comprises. Ne pas transmettre.",
    Circle.OFFICERS: "Gestionnaires : chiffres exacts ; les participations à corriger sous leur seule référence.",
    Circle.PUBLIC: "Diffusion : aucune participation, petits effectifs masqués.",
}
OFFICIAL = "Les saisies officielles dans « Ma démarche FSE+ » font foi."
PRIVATE = "Ni nom, ni numéro de sécurité sociale, ni numéro d’allocataire."


def fill(page: Page, extract: Extract) -> None:
    """Writes the sheet."""
    page.title("Indicateurs communs FSE+ : réalisations et résultats")
    subject = extract.subject
    page.paragraph(subject.state, 5, 22, "frozen" if subject.is_frozen else "provisional")
    if alert_shown(extract):
        page.paragraph(alert_sentence(extract), 5, 22, "provisional")
    for label, value in facts(extract):
        page.write([(label, "label"), (value, "fact")], 14 * (1 + len(value) // 88))
    page.row += 1
    page.header(("Paramètre", "Valeur retenue", "Par défaut", "Source", "Certitude"), repeated=True)
    described = [*subject.document["parameters"], *extract.parameters.described()]
    for one in described:
        page.write(
            [
                (one["name"], "text"),
                (one["sentence"], "wrap"),
                ("oui" if one["is_default"] else "NON", "center" if one["is_default"] else "warning"),
                (one["source"], "wrap"),
                (CERTAINTIES[one["certainty"]], "center"),
            ],
            14 * (1 + max(len(one["sentence"]) // 78, len(one["source"]) // 68)),
        )
    page.row += 1
    page.line("Règles établies", "label")
    for fact in subject.document["facts"]:
        page.paragraph(f"• {fact['sentence']} ({fact['source']})", 5, 15)


def facts(extract: Extract) -> list[tuple[str, str]]:
    """Label and value of what heads every extract; logins only inside the restricted circle and for officers."""
    subject, operation = extract.subject, extract.subject.operation
    return [
        ("Opération", subject.operation_id),
        ("Priorité", operation.get("priority") or "non renseignée"),
        ("Objectif spécifique", operation.get("specific_objective") or "h (par défaut)"),
        ("Catégorie de région", operation.get("region_category") or "non renseignée"),
        ("Dates de l’opération", _period(operation.get("start", ""), operation.get("end", ""))),
        ("Annexe du règlement", operation.get("annex") or "I (par défaut)"),
        ("Arrêté au", f"{subject.cut_off:%d/%m/%Y} (valeurs cumulées depuis le début de l’opération)"),
        ("Enregistré au plus tard le", moment(subject.known_at)),
        *_snapshot(subject, named=not extract.is_public),
        ("Participations", conservation(extract)),
        ("Règles de calcul", str(subject.document["rules"]["version"])),
        ("Paramètres de l’extrait", extract.parameters.version),
        ("Cibles", _targets(extract)),
        ("Pièces justificatives", _kept(operation.get("end", ""))),
        ("Destinataires", _CIRCLES[extract.circle]),
        ("Mentions", f"{OFFICIAL} {PRIVATE}"),
    ]


def moment(at: datetime) -> str:
    """A moment, in Paris."""
    return f"{at.astimezone(PARIS):%d/%m/%Y à %H:%M} (heure de Paris)"


def _snapshot(subject: Subject, *, named: bool) -> list[tuple[str, str]]:
    found = subject.snapshot
    if found is None:
        return [("Arrêté", "aucun : ce calcul n’est gardé nulle part, il peut changer demain")]
    by, other = (f" par {found.proposed_by}", f" par {found.frozen_by}") if named else ("", " par un autre agent")
    frozen = f"{moment(found.frozen_at)}{other}" if found.frozen_at else "non figé"
    return [
        ("Arrêté n°", str(found.snapshot_id)),
        ("Empreinte SHA-256", found.sha256),
        ("Proposé le", f"{moment(found.proposed_at)}{by}"),
        ("Figé le", frozen),
        ("Version du moteur", found.engine_version),
    ]


def _period(start: str, end: str) -> str:
    if not start and not end:
        return "non renseignées"
    begin, finish = (datetime.fromisoformat(one).strftime("%d/%m/%Y") if one else "?" for one in (start, end))
    return f"du {begin} au {finish}"


def _kept(end: str) -> str:
    words = "à garder cinq ans à partir du 31 décembre de l’année du dernier paiement (règlement (UE) 2021/1060, article 82)"
    until = kept_until(date.fromisoformat(end)) if end else None
    return f"{words} : jusqu’au {until:%d/%m/%Y} s’il est fait l’année de la fin de l’opération" if until else words


def _targets(extract: Extract) -> str:
    targets = extract.targets
    if not targets.file_name:
        return "non fixées (aucun fichier de cibles)"
    return f"{targets.file_name}, empreinte {targets.sha256[:12]}, en vigueur au {extract.subject.cut_off:%d/%m/%Y}"
