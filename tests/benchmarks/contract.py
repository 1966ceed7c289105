"""A contract of 20 columns and 29 rules, and a large file that keeps it but for a few planted mistakes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv

from passerelle.contract.model import (
    Calendar,
    Classification,
    Code,
    CodeList,
    Column,
    Contract,
    IdentityRole,
    Layout,
    Table,
)

_BLOCK = 100_000
_YES_NO = CodeList(name="YES_NO", codes={"oui": Code(label="Oui", canonical="true"), "non": Code(label="Non", canonical="false")})
_STATES = CodeList(name="STATES", codes={str(n): Code(label=f"État {n}") for n in range(7)})
_KINDS = CodeList(name="KINDS", codes={code: Code(label=code) for code in ("DEM", "CJT", "ENF", "AUT")})


def _column(name: str, **options: object) -> Column:
    settings = {"classification": Classification.INTERNAL, **options}
    return Column(name=name, source=name, label=name, **settings)  # type: ignore[arg-type]


_DATE = {"type": "date", "format": "dd/MM/yyyy"}
LARGE = Contract(
    id="banc/large",
    version="1.0.0",
    name="Banc d'essai",
    source="banc",
    layout=Layout(format="delimited", encoding="utf-8", name_pattern=r"LARGE_\d{8}\.csv", name_template="LARGE_{date}.csv"),
    tables=(
        Table(
            name="line",
            key=("number",),
            columns=(
                _column("number", required=True, pattern="[0-9]{8}"),
                _column("nir", nir=True, identity=IdentityRole.NIR, classification=Classification.SECRET),
                _column("surname", required=True, max_length=40, classification=Classification.PERSONAL),
                _column("given_name", required=True, max_length=40, classification=Classification.PERSONAL),
                _column("born_on", required=True, classification=Classification.PERSONAL, minimum="1900-01-01", **_DATE),
                _column("state", required=True, codes=_STATES),
                _column("kind", required=True, codes=_KINDS),
                _column("opened_on", required=True, **_DATE),
                _column("closed_on", **_DATE),
                _column("amount", type="number", precision=9, scale=2, minimum="0"),
                _column("months", type="integer", minimum="0", maximum="600"),
                _column("postcode", pattern="[0-9]{5}"),
                _column("commune", max_length=38),
                _column("phone", pattern="0[0-9]{9}", classification=Classification.PERSONAL),
                _column("email", max_length=80, classification=Classification.PERSONAL),
                _column("mobility", type="boolean", codes=_YES_NO),
                _column("housing", type="boolean", codes=_YES_NO),
                _column("referent", required=True, max_length=60),
                _column("siret", pattern="[0-9]{14}"),
                _column("remark", max_length=80),
            ),
        ),
    ),
    calendar=Calendar(frequency="daily"),
    retention_months=12,
)


def write_large(path: Path, rows: int) -> None:
    """Writes the file: one date in 250,000 is 31/02/1980, one code in 250,000 is unknown."""
    rng = np.random.default_rng(7)
    days = np.array([(date(1950, 1, 1) + timedelta(days=n)).strftime("%d/%m/%Y") for n in range(25_000)])
    with path.open("wb") as file:
        file.write((";".join(column.source for column in LARGE.record_table.columns) + "\n").encode())
        options = pacsv.WriteOptions(include_header=False, delimiter=";", quoting_style="none")
        for first in range(0, rows, _BLOCK):
            table = pa.table(_columns(rng, days, first, min(_BLOCK, rows - first)))
            pacsv.write_csv(table, file, options)


def _columns(rng: np.random.Generator, days: npt.NDArray[np.str_], first: int, count: int) -> dict[str, pa.Array]:
    def words(choices: list[str]) -> npt.NDArray[np.str_]:
        return np.array(choices)[rng.integers(0, len(choices), count)]

    def digits(width: int) -> npt.NDArray[np.str_]:
        return np.char.zfill(rng.integers(0, 10 ** min(width, 9), count).astype(str), width)

    whole = rng.integers(0, 2, count) + 1
    number = (
        whole * 10**12 + rng.integers(40, 99, count) * 10**10 + rng.integers(1, 13, count) * 10**8 + rng.integers(10**6, 95 * 10**6, count)
    )
    key = np.char.zfill((97 - number % 97).astype(str), 2)
    born = days[rng.integers(0, 18_000, count)]
    states = words(["2", "3", "4", "5"])
    born[0::250_000] = "31/02/1980"
    states[5::250_000] = "9"
    columns = {
        "number": np.char.zfill(np.arange(first, first + count).astype(str), 8),
        "nir": np.char.add(number.astype(str), key),
        "surname": words(["MARTIN", "BERNARD", "NGUYEN", "DA SILVA", "BENALI", "LE GALL", "MOREAU-PETIT"]),
        "given_name": words(["JEANNE", "KARIM", "JEAN-PIERRE", "AÏCHA", "MAËL", "SOPHIE"]),
        "born_on": born,
        "state": states,
        "kind": words(["DEM", "CJT", "ENF"]),
        "opened_on": days[rng.integers(18_000, 22_000, count)],
        "closed_on": np.where(rng.random(count) < 0.7, "", days[rng.integers(22_000, 25_000, count)]),
        "amount": np.char.add(
            np.char.add(rng.integers(0, 2_000, count).astype(str), "."), np.char.zfill(rng.integers(0, 100, count).astype(str), 2)
        ),
        "months": rng.integers(0, 240, count).astype(str),
        "postcode": digits(5),
        "commune": words(["Valcombe", "Aubremont", "Saint-Loup-les-Bois", "Pré-Rond"]),
        "phone": np.char.add("06", digits(8)),
        "email": np.char.add(words(["a", "b", "c"]), "@exemple.fr"),
        "mobility": words(["oui", "non", ""]),
        "housing": words(["oui", "non", ""]),
        "referent": words(["Mme Arnoux", "M. Colin", "Mme Da Costa"]),
        "siret": digits(14),
        "remark": words(["", "à revoir", "dossier complet"]),
    }
    return {name: pa.array(values.tolist(), pa.string()) for name, values in columns.items()}
