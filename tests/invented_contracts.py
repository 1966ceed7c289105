"""Two small contracts that use everything the synthetic file must respect."""

from __future__ import annotations

from passerelle.contract.model import (
    Calendar,
    Classification,
    Code,
    CodeList,
    Column,
    Contract,
    CountCheck,
    IdentityRole,
    Layout,
    Publication,
    RowRule,
    Sample,
    Table,
)


def column(name: str, source: str = "", **more: object) -> Column:
    """A column with the little that tests care about."""
    given = {"classification": Classification.INTERNAL, "label": name.replace("_", " ").capitalize(), **more}
    return Column.model_validate({"name": name, "source": source or name, **given})


def codes(name: str, *values: str, **canonical: str) -> CodeList:
    """A code list; ``canonical`` gives the warehouse's word by received code."""
    entries = {value: Code(label=value) for value in values} | {
        value: Code(label=value, canonical=word) for value, word in canonical.items()
    }
    return CodeList(name=name, codes=entries)


_MESSAGE = "Faux."
_RULES = (
    RowRule(id="same", kind="equal", columns=("nir", "nir_again"), message=_MESSAGE),
    RowRule(id="order", kind="ordered", columns=("starts_on", "ends_on"), message=_MESSAGE),
    RowRule(id="birth", kind="ordered", columns=("born_on", "starts_on"), message=_MESSAGE),
    RowRule(id="needed", kind="required_if", columns=("hours", "status"), values=("open",), message=_MESSAGE),
)

CSV = Contract(
    id="ccas/suivi",
    version="1.0.0",
    name="Suivi",
    source="ccas",
    layout=Layout(
        format="delimited",
        encoding="cp1252",
        decimal=",",
        name_pattern=r"SUIVI_(?P<date>\d{8})_(?P<sequence>\d{7})\.csv",
        name_template="SUIVI_{date}_{sequence}.csv",
    ),
    tables=(
        Table(
            name="suivi",
            key=("file_number",),
            columns=(
                column("file_number", identity=IdentityRole.OTHER_ID, example="S-0001", required=True, max_length=20),
                column("nir", identity=IdentityRole.NIR, nir=True, required=True, max_length=15, min_length=15),
                column("nir_again", max_length=15),
                column("birth_name", "Nom de naissance", identity=IdentityRole.BIRTH_NAME, required=True, max_length=40),
                column("given_name", "Prénom", identity=IdentityRole.GIVEN_NAME, required=True, max_length=40),
                column("born_on", identity=IdentityRole.BIRTH_DATE, type="date", format="dd/MM/yyyy", required=True),
                column("sex", identity=IdentityRole.SEX, codes=codes("SEX", H="M", F="F"), required=True),
                column("postcode", identity=IdentityRole.POSTCODE, pattern="^[0-9]{5}$"),
                column("town"),
                column("status", codes=codes("STATUS", "open", "closed"), sample=Sample(weights={"open": 1, "closed": 1})),
                column("hours", type="integer", minimum="1", maximum="40", sample=Sample(fill=0.2, range=(1, 40))),
                column("starts_on", type="date", format="dd/MM/yyyy", required=True, sample=Sample(days=(-40, 40))),
                column("ends_on", type="date", format="dd/MM/yyyy", sample=Sample(fill=0.7, days=(-40, 40))),
                column("amount", type="number", precision=8, scale=2, sample=Sample(range=(0, 500))),
                column("only_open", sample=Sample(only_if={"status": ("open",)}, pick=("é", "à"))),
                column("reference", pattern="^R-[0-9]{4}$", example="R-0042"),
            ),
            rules=_RULES,
            publish=(Publication(to="residence", key=("file_number",), columns={"commune_name": "town"}),),
        ),
    ),
    calendar=Calendar(frequency="weekly"),
    retention_months=12,
)

_ROLES = codes("ROLE", "DEM", "CJT", "ENF")

XML = Contract(
    id="caf/foyers",
    version="1.0.0",
    name="Foyers",
    source="caf_msa",
    layout=Layout(
        format="xml",
        encoding="cp1252",
        name_pattern=r"FOYERS_(?P<date>\d{8})_A(?P<sequence>\d{7})\.RCV",
        name_template="FOYERS_{date}_A{sequence}.RCV",
        root="Racine",
        record="Foyer",
        trim_right=True,
        count=CountCheck(table="footer", column="total", minus="set_apart"),
        stamp=("made_on", "made_at"),
    ),
    tables=(
        Table(
            name="header",
            role="header",
            path="/Racine/Entete",
            columns=(column("made_on", "DATE", type="date", required=True), column("made_at", "HEURE", type="time", required=True)),
        ),
        Table(
            name="household",
            path=".",
            key=("number",),
            optional_blocks=("Droit/Fin", "Cedant"),
            columns=(
                column("body", "Ident/FONORG", codes=codes("FONORG", "CAF", "MSA"), required=True, max_length=4),
                column("matricule", "Ident/MATRICULE", identity=IdentityRole.ALLOCATAIRE_NUMBER, required=True, max_length=15),
                column("number", "Ident/NUMDEMRSA", identity=IdentityRole.DOSSIER_NUMBER, required=True, max_length=11),
                column("former", "Cedant/FONORGCED", codes=codes("FONORG", "CAF", "MSA"), required=True, sample=Sample(fill=0.2)),
                column("former_on", "Cedant/DATE", type="date", required=True),
                column("postcode", "Adm/Adresse[Rang/RGADR='01']/Lieu/CODEPOS", identity=IdentityRole.POSTCODE),
                column("state", "Droit/Etat/ETAT", codes=codes("ETAT", "2", "5"), required=True, sample=Sample(weights={"2": 2, "5": 1})),
                column("closed_on", "Droit/Fin/DATE", type="date", required=True, sample=Sample(only_if={"state": ("5",)})),
                column("comment", "Droit/Fin/TEXTE", sample=Sample(fill=0.5, pick=("A & B < C",))),
            ),
        ),
        Table(
            name="person",
            role="child",
            parent="household",
            path="Personne",
            min_rows=1,
            sample_rows=(1, 12),
            columns=(
                column("name", "Civil/NOM", identity=IdentityRole.BIRTH_NAME, required=True, max_length=28),
                column("given_name", "Civil/PRENOM", identity=IdentityRole.GIVEN_NAME, required=True, max_length=32),
                column("born_on", "Civil/DTNAI", identity=IdentityRole.BIRTH_DATE, type="date", required=True),
                column("nir", "Civil/NIR", identity=IdentityRole.NIR, nir=True, max_length=15),
                column("family_role", "Prestations[NATPREST='PFA']/ROLEPERS", codes=_ROLES),
                column("role", "Prestations[NATPREST='RSA']/ROLEPERS", identity=IdentityRole.ROLE, codes=_ROLES, required=True),
                column("bound", "Droits/TOP", type="boolean", sample=Sample(only_if={"role": ("DEM", "CJT")})),
            ),
        ),
        Table(
            name="benefit",
            role="child",
            parent="person",
            path="Personne/Prestations",
            min_rows=2,
            max_rows=2,
            sample_rows=(2, 2),
            columns=(
                column("kind", "NATPREST", codes=codes("NATPREST", "RSA", "PFA"), required=True, max_length=3),
                column("role", "ROLEPERS", codes=_ROLES, required=True, max_length=3),
            ),
        ),
        Table(
            name="address",
            role="child",
            parent="household",
            path="Adm/Adresse",
            min_rows=1,
            max_rows=3,
            sample_rows=(1, 3),
            columns=(
                column("rank", "Rang/RGADR", codes=codes("RGADR", "01", "02", "03"), required=True),
                column("postcode", "Lieu/CODEPOS", required=True, sample=Sample(pick=("99999",))),
            ),
        ),
        Table(
            name="suspension",
            role="child",
            parent="household",
            path="Droit/Suspension",
            sample_rows=(1, 1),
            sample_only_if={"state": ("2",)},
            columns=(column("since", "DATE", type="date", required=True),),
        ),
        Table(
            name="footer",
            role="footer",
            path="/Racine/Pied",
            columns=(
                column("total", "TOTAL", type="integer", required=True),
                column("set_apart", "ANOMALIES", type="integer", required=True),
            ),
        ),
    ),
    calendar=Calendar(frequency="monthly"),
    retention_months=12,
)
