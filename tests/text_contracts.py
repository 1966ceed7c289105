"""Small contracts of the text formats and envelopes: each a file that some partner's program really makes."""

from __future__ import annotations

from invented_contracts import CSV, codes, column
from passerelle.contract.model import Classification, Contract, IdentityRole, Layout, Sample, Table, Trailer


def variant(contract: Contract, **layout: object) -> Contract:
    """The contract with another layout."""
    made = {**contract.layout.model_dump(), **layout}
    return contract.model_copy(update={"layout": Layout.model_validate(made)})


TAB = variant(
    CSV, delimiter="\t", header=False, encoding="cp1252", decimal=",", name_pattern=r"SUIVI_.*\.txt", name_template="SUIVI_{date}.txt"
)
"""Tabs, no header, decimal comma, Windows."""

PIPE = variant(CSV, delimiter="|", decimal=".", encoding="utf-8", trailer=Trailer(marker="FIN", count=3))
"""Bars, with a last line ``FIN||40``."""

BARE = variant(PIPE, header=False, trailer=Trailer(marker="FIN", count=2))
"""Bars, a trailer, no header."""

UTF16 = variant(CSV, delimiter="\t", encoding="utf-16")
"""What a spreadsheet calls « Texte Unicode »."""

_PERSONAL = {"classification": Classification.PERSONAL}
_COLUMNS = (
    column("file_number", start=1, width=10, identity=IdentityRole.OTHER_ID, example="S-0001", required=True, **_PERSONAL),
    column("birth_name", start=11, width=30, identity=IdentityRole.BIRTH_NAME, required=True, **_PERSONAL),
    column("given_name", start=41, width=20, identity=IdentityRole.GIVEN_NAME, required=True, **_PERSONAL),
    column("born_on", start=61, width=8, identity=IdentityRole.BIRTH_DATE, type="date", format="yyyyMMdd", required=True, **_PERSONAL),
    column("sex", start=69, width=1, identity=IdentityRole.SEX, codes=codes("SEX", H="M", F="F"), required=True, **_PERSONAL),
    column("amount", start=72, width=9, type="number", precision=8, scale=2, sample=Sample(fill=0.7, range=(0, 500))),
    column("ends_on", start=81, width=8, type="date", format="yyyyMMdd", sample=Sample(fill=0.5, days=(-40, 40))),
)

FIXED = Contract(
    id="cnaf/paiements",
    version="1.0.0",
    name="Paiements",
    source="cnaf",
    layout=Layout(
        format="fixed",
        encoding="iso-8859-15",
        name_pattern=r"PAIE_(?P<date>\d{8})\.txt(\.\w+)*",
        name_template="PAIE_{date}.txt",
        trailer=Trailer(marker="99", count=11, width=8),
    ),
    tables=(Table(name="payment", key=("file_number",), columns=_COLUMNS),),
    calendar=CSV.calendar,
    retention_months=12,
)
"""Places in the line, the two blanks before ``amount`` being nobody's, with a last line of count."""

FIXED_GZIP = variant(FIXED, envelope=("gzip",), name_template="PAIE_{date}.txt.gz")
ZIPPED = variant(PIPE, envelope=("zip",), name_pattern=r"SUIVI_.*\.zip", name_template="SUIVI_{date}.csv.zip")
ENCRYPTED = variant(CSV, envelope=("openpgp", "gzip"), name_pattern=r"SUIVI_.*\.gpg", name_template="SUIVI_{date}.csv.gz.gpg")

ALL = {
    "tab": TAB,
    "pipe": PIPE,
    "bare": BARE,
    "utf16": UTF16,
    "fixed": FIXED,
    "fixed_gzip": FIXED_GZIP,
    "zipped": ZIPPED,
    "encrypted": ENCRYPTED,
}
