"""Every field of a contract, with what a change of it means and how it is called in French. A test proves that none is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from passerelle.contract import judges
from passerelle.contract.judges import Judge
from passerelle.contract.model import Calendar, Code, Column, Contract, CountCheck, Layout, RowRule, Table, Trailer


class Field(NamedTuple):
    """One field: its French name, and what a change of it means. A judge of None: compared part by part, or not at all."""

    name: str
    judge: Judge | None


_APART: Judge | None = None

CONTRACT: Mapping[str, Field] = {
    "id": Field("identifiant du flux", judges.other),
    "version": Field("version", _APART),
    "name": Field("nom", judges.silent),
    "purpose": Field("finalité", judges.told),
    "legal_basis": Field("base légale", judges.told),
    "source": Field("système d'information de l'émetteur", judges.other),
    "direction": Field("sens de l'échange", judges.other),
    "series": Field("série de flux", judges.told),
    "layout": Field("forme du fichier", _APART),
    "tables": Field("tables", _APART),
    "calendar": Field("calendrier", _APART),
    "retention_months": Field("durée de conservation (mois)", judges.told),
    "hold_above": Field("seuil de mise en attente", judges.threshold),
    "contact": Field("contact", judges.told),
    "sha256": Field("empreinte", _APART),
}
LAYOUT: Mapping[str, Field] = {
    "format": Field("format", judges.other),
    "encoding": Field("jeu de caractères", judges.other),
    "name_pattern": Field("forme du nom de fichier", judges.pattern),
    "name_template": Field("exemple de nom de fichier", _APART),
    "envelope": Field("enveloppe (compression, chiffrement)", judges.other),
    "max_inflated_bytes": Field("taille maximale une fois décompressé", judges.at_most),
    "delimiter": Field("séparateur", judges.other),
    "quote": Field("guillemet", judges.other),
    "header": Field("ligne d'en-tête", judges.other),
    "trailer": Field("ligne de fin", judges.demand),
    "decimal": Field("signe décimal", judges.other),
    "sheet": Field("feuille du classeur", judges.other),
    "dossier": Field("colonne qui réunit les lignes d'un dossier", judges.told),
    "root": Field("balise racine", judges.other),
    "record": Field("balise du dossier", judges.other),
    "trim_right": Field("blancs de fin admis", judges.leniency),
    "count": Field("nombre de dossiers annoncé", judges.demand),
    "stamp": Field("date de production lue dans le fichier", judges.told),
    "ignored": Field("éléments laissés de côté", _APART),
    "max_bytes": Field("taille maximale", judges.at_most),
    "max_line_bytes": Field("longueur maximale d'une ligne", judges.at_most),
    "settle_seconds": Field("délai sans changement avant relève", judges.told),
}
CALENDAR: Mapping[str, Field] = {
    "frequency": Field("fréquence d'envoi", judges.told),
    "receipt_minutes": Field("délai de réponse (minutes)", judges.told),
}
TABLE: Mapping[str, Field] = {
    "name": Field("nom de la table", _APART),
    "path": Field("chemin XML", judges.other),
    "label": Field("libellé", judges.silent),
    "role": Field("rôle", judges.other),
    "parent": Field("table parente", judges.other),
    "columns": Field("colonnes", _APART),
    "key": Field("clé", _APART),
    "optional_blocks": Field("blocs facultatifs", judges.blocks),
    "rules": Field("règles", _APART),
    "publish": Field("tables de l'entrepôt alimentées", judges.told),
    "min_rows": Field("nombre minimal de lignes", judges.at_least),
    "max_rows": Field("nombre maximal de lignes", judges.at_most),
    "sample_rows": Field("lignes du fichier d'essai", _APART),
    "sample_only_if": Field("condition du fichier d'essai", _APART),
}
COLUMN: Mapping[str, Field] = {
    "name": Field("nom dans l'entrepôt", judges.told),
    "source": Field("nom dans le fichier", judges.other),
    "label": Field("libellé", judges.silent),
    "description": Field("description", judges.silent),
    "type": Field("type", judges.other),
    "format": Field("forme de la date", judges.other),
    "start": Field("position dans la ligne", judges.other),
    "width": Field("largeur dans la ligne", judges.other),
    "precision": Field("nombre de chiffres", judges.other),
    "scale": Field("nombre de décimales", judges.other),
    "required": Field("valeur obligatoire", judges.demand),
    "min_length": Field("longueur minimale", judges.at_least),
    "max_length": Field("longueur maximale", judges.at_most),
    "pattern": Field("forme de la valeur", judges.pattern),
    "minimum": Field("minimum", judges.at_least),
    "maximum": Field("maximum", judges.at_most),
    "checksum": Field("chiffre de contrôle", judges.demand),
    "refers_to": Field("référentiel", judges.told),
    "codes": Field("liste de codes", _APART),
    "classification": Field("classification", judges.classification),
    "identity": Field("rôle dans la reconnaissance des personnes", judges.told),
    "nir": Field("contrôle du NIR", judges.demand),
    "help": Field("aide", judges.silent),
    "example": Field("exemple", judges.silent),
    "on_failure": Field("effet d'une valeur fausse", judges.effect),
    "hold_above": Field("seuil de mise en attente", judges.threshold),
    "sample": Field("fichier d'essai", _APART),
}
RULE: Mapping[str, Field] = {
    "id": Field("identifiant de la règle", _APART),
    "kind": Field("nature", judges.other),
    "columns": Field("colonnes", judges.other),
    "values": Field("valeurs", judges.other),
    "other": Field("colonnes comparées", judges.other),
    "when": Field("lignes retenues", judges.other),
    "minus": Field("lignes soustraites", judges.other),
    "effect": Field("effet", judges.effect),
    "hold_above": Field("seuil de mise en attente", judges.threshold),
    "message": Field("message", judges.silent),
    "fix": Field("remède", judges.silent),
}
CODE: Mapping[str, Field] = {
    "label": Field("libellé", judges.told),
    "canonical": Field("mot de l'entrepôt", judges.told),
}

OF_MODEL = {
    Contract: CONTRACT,
    Layout: LAYOUT,
    Calendar: CALENDAR,
    Table: TABLE,
    Column: COLUMN,
    RowRule: RULE,
    Code: CODE,
}
"""The fields of each part of a contract that is compared field by field."""
WHOLE = (CountCheck, Trailer)
"""Parts that are compared as one value."""
