"""Small contracts of formats whose values have types of their own (JSON lines, spreadsheets), and workbooks made by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from invented_contracts import codes, column
from passerelle.contract.model import Calendar, Classification, Contract, IdentityRole, Ignored, Layout, Sample, Table

PERSONAL = {"classification": Classification.PERSONAL}

JSONL = Contract(
    id="france_travail/parcours",
    version="1.0.0",
    name="Parcours",
    source="france_travail",
    layout=Layout(
        format="jsonlines",
        encoding="utf-8",
        name_pattern=r"PARCOURS_(?P<date>\d{8})\.jsonl",
        name_template="PARCOURS_{date}.jsonl",
        ignored=(Ignored(path="structure/note", reason="Inutile."), Ignored(path="libre", reason="Texte libre.")),
        max_line_bytes=20_000,
    ),
    tables=(
        Table(
            name="parcours",
            label="Parcours",
            key=("number",),
            columns=(
                column("number", "usager/numero", identity=IdentityRole.OTHER_ID, example="P-0001", required=True, **PERSONAL),
                column("birth_name", "usager/nom", identity=IdentityRole.BIRTH_NAME, required=True, max_length=40, **PERSONAL),
                column("given_name", "usager/prenom", identity=IdentityRole.GIVEN_NAME, required=True, max_length=40, **PERSONAL),
                column("born_on", "usager/dateNaissance", identity=IdentityRole.BIRTH_DATE, type="date", required=True, **PERSONAL),
                column("sex", "usager/sexe", identity=IdentityRole.SEX, codes=codes("SEX", H="M", F="F"), required=True),
                column("agency", "structure/code_safir", pattern="^[0-9]{5}$", example="01234"),
                column("hours", type="integer", minimum="1", maximum="40", sample=Sample(fill=0.5, range=(1, 40))),
                column("amount", "criteres/montant", type="number", precision=8, scale=2, sample=Sample(range=(0, 500))),
                column("able", "criteres/apte", type="boolean"),
                column("comment"),
            ),
        ),
    ),
    calendar=Calendar(frequency="weekly"),
    retention_months=12,
    hold_above=1.0,
)

WORKBOOK = Contract(
    id="ccas/tableur",
    version="1.0.0",
    name="Tableur",
    source="ccas",
    layout=Layout(
        format="xlsx",
        encoding="utf-8",
        decimal=",",
        name_pattern=r"SUIVI_(?P<date>\d{8})\.xlsx",
        name_template="SUIVI_{date}.xlsx",
        ignored=(Ignored(path="Observations", reason="Texte libre."),),
    ),
    tables=(
        Table(
            name="suivi",
            label="Suivi",
            key=("file_number",),
            columns=(
                column("file_number", "ID IODAS", identity=IdentityRole.OTHER_ID, example="S-0001", required=True, **PERSONAL),
                column("nir", "NIR", identity=IdentityRole.NIR, nir=True, max_length=15, classification=Classification.SECRET),
                column("birth_name", "Nom", identity=IdentityRole.BIRTH_NAME, required=True, max_length=40, **PERSONAL),
                column("given_name", "Prénom", identity=IdentityRole.GIVEN_NAME, required=True, max_length=40, **PERSONAL),
                column(
                    "born_on",
                    "Date de\nNaissance",
                    identity=IdentityRole.BIRTH_DATE,
                    type="date",
                    format="dd/MM/yyyy",
                    required=True,
                    **PERSONAL,
                ),
                column("postcode", "CP", identity=IdentityRole.POSTCODE, pattern="^[0-9]{5}$", **PERSONAL),
                column("phone", "N° Téléphones", identity=IdentityRole.PHONE, sample=Sample(fill=0.5), **PERSONAL),
                column("insee", "Commune", min_length=5, max_length=5, sample=Sample(pick=("01004", "2A004"))),
                column("role", "Rôle", codes=codes("ROLE", "01", "02", "10"), required=True),
                column("hours", "Heures", type="integer", sample=Sample(range=(1, 40))),
                column("amount", "Montant", type="number", precision=8, scale=2, sample=Sample(range=(0, 500))),
                column("bound", "Soumis", type="boolean", sample=Sample(fill=0.9)),
                column("comment", "Commentaire"),
            ),
        ),
    ),
    calendar=Calendar(frequency="weekly"),
    retention_months=12,
    hold_above=1.0,
)

HEADER = [one.source for one in WORKBOOK.record_table.columns]

# Workbooks by hand: each cell as (attributes, content).

Cell = tuple[str, str] | None
_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
DATED, TIMED, DURATION = ' s="1"', ' s="2"', ' s="3"'
STYLES = (
    f'<styleSheet xmlns="{_SPREADSHEET}"><numFmts count="2"><numFmt numFmtId="164" formatCode="dd\\/mm\\/yyyy;@"/>'
    '<numFmt numFmtId="165" formatCode="0.00&quot; jours&quot;"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="20"/><xf numFmtId="46"/><xf numFmtId="165"/></cellXfs></styleSheet>'
)


def text(value: str) -> Cell:
    return ' t="inlineStr"', f"<is><t>{escape(value)}</t></is>"


def number(raw: object, style: str = "") -> Cell:
    return style, f"<v>{raw}</v>"


def typed(kind: str, raw: str) -> Cell:
    return f' t="{kind}"', f"<v>{raw}</v>"


def formula(raw: str | None = None, kind: str = "") -> Cell:
    return (f' t="{kind}"' if kind else ""), "<f>A1</f>" + (f"<v>{raw}</v>" if raw is not None else "")


def letters(place: int) -> str:
    return letters(place // 26 - 1) + chr(65 + place % 26) if place >= 26 else chr(65 + place)


def sheet(rows: Mapping[int, Sequence[Cell]], before: str = "", attributes: str = "") -> str:
    """A sheet; rows by their number."""
    written = "".join(
        f'<row r="{at}"{attributes}>'
        + "".join(f'<c r="{letters(place)}{at}"{cell[0]}>{cell[1]}</c>' for place, cell in enumerate(cells) if cell is not None)
        + "</row>"
        for at, cells in rows.items()
    )
    return f'<worksheet xmlns="{_SPREADSHEET}">{before}<sheetData>{written}</sheetData></worksheet>'


def parts(*sheets: str, states: Sequence[str] = (), properties: str = "", names: Sequence[str] = ()) -> dict[str, str]:
    """The parts of a workbook with these sheets."""
    count = len(sheets)
    names = names or [f"Feuil{at + 1}" for at in range(count)]
    states = states or ["visible"] * count
    listed = "".join(f'<sheet name="{names[at]}" sheetId="{at + 1}" state="{states[at]}" r:id="rId{at + 1}"/>' for at in range(count))
    relations = "".join(
        f'<Relationship Id="rId{at + 1}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{at + 1}.xml"/>' for at in range(count)
    )
    return {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": (
            f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>"
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{_SPREADSHEET}" xmlns:r="{_OFFICE}"><workbookPr{properties}/><sheets>{listed}</sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_RELATIONS}">{relations}'
            f'<Relationship Id="s1" Type="{_OFFICE}/styles" Target="/xl/styles.xml"/>'
            f'<Relationship Id="s2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
        ),
        "xl/styles.xml": STYLES,
        **{f"xl/worksheets/sheet{at + 1}.xml": sheets[at] for at in range(count)},
    }


def package(contents: Mapping[str, str | bytes]) -> bytes:
    """The parts as a zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in contents.items():
            made.writestr(name, content)
    return out.getvalue()


def person(**cells: Cell) -> list[Cell]:
    """A good row, with these cells in place of its own."""
    good = {
        "file_number": text("S-0001"),
        "birth_name": text("Aubrac"),
        "given_name": text("Zoé"),
        "born_on": number(29282, DATED),
        "postcode": text("99010"),
        "role": text("01"),
        **cells,
    }
    return [good.get(one.name) for one in WORKBOOK.record_table.columns]


def people(*rows: Sequence[Cell], **options: str) -> bytes:
    """A workbook with the header and these rows."""
    header = [text(name) for name in HEADER]
    return package(parts(sheet({1: header} | {at: row for at, row in enumerate(rows, start=2)}), **options))
