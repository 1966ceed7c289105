"""No personal value leaves the database: not by a log, an error, an alert or a receipt; and a NIR is never in clear, not even there."""

from __future__ import annotations

import logging
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import installation
import oracle
from installation import AS_OF, FEEDS, Installation, product_contract
from passerelle import journey
from passerelle.contract.model import IdentityRole
from passerelle.demo.postgres import EmbeddedPostgres
from passerelle.derive.mutate import Mutation, mutate
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.errors import PasserelleError
from passerelle.gateway import Gateway
from passerelle.ledger.states import State
from runners import Place, intercept
from servers import Sftp

NIR = re.compile(rb"(?<!\d)[1-478]\d{4}[0-9AB]\d{7}(?!\d)|(?<!\d)[1-478]\d{4}[0-9AB]\d{9}(?!\d)")
_NAMES = (IdentityRole.BIRTH_NAME, IdentityRole.USAGE_NAME)


@pytest.fixture
def place(tmp_path: Path, sftp_server: Sftp, warehouse: str, hasty_contracts: Path) -> Installation:
    senders = ["caf", "msa", "francetravail", "ccas-valcombe"]
    return installation.build(tmp_path, sftp_server, warehouse, senders, contracts=hasty_contracts)


def files_of(place: Installation, rows: int) -> dict[str, Path]:
    """A file of every sender; the MSA's own, whose dossiers are numbered by a NIR."""
    found = {sender: place.sample(sender, rows).path for sender in ("caf", "francetravail", "ccas-valcombe")}
    request = SampleRequest(rows=rows, seed=7, as_of=AS_OF, organisation="MSA")
    return {**found, "msa": write_sample(product_contract(FEEDS["msa"]), place.folder / "made" / "msa", request=request).path}


def nirs(files: dict[str, Path]) -> set[bytes]:
    """The 13 characters of every NIR that occurs in the files."""
    found = {match[:13] for path in files.values() for match in NIR.findall(path.read_bytes())}
    assert len(found) > 20
    return found


def personal(files: dict[str, Path]) -> set[str]:
    """Every NIR, surname and birth date in the files, as they are written there and as a program would print them."""
    found = {nir.decode() for nir in nirs(files)}
    for sender, path in files.items():
        contract = product_contract(FEEDS[sender])
        text = path.read_text(encoding=contract.layout.encoding)
        for table in contract.tables:
            for column in table.columns:
                if column.identity in (*_NAMES, IdentityRole.BIRTH_DATE):
                    values = values_of(text, column.source, contract.layout.format)
                    found |= values if column.identity in _NAMES else {form for value in values for form in forms_of_date(value)}
    assert len(found) > 60
    return {value for value in found if len(value) > 3}


def values_of(text: str, source: str, kind: str) -> set[str]:
    if kind == "xml":
        return set(re.findall(rf"<{source.rpartition('/')[2]}>([^<]+)<", text))
    header, *lines = (line.split(";") for line in text.splitlines())
    return {cells[header.index(source)] for cells in lines} - {""}


def forms_of_date(value: str) -> set[str]:
    digits = re.sub(r"\D", "", value)
    year, month, day = (digits[:4], digits[4:6], digits[6:]) if digits[:2] in ("19", "20") else (digits[4:], digits[2:4], digits[:2])
    return {
        f"{year}-{month}-{day}",
        f"{year}{month}{day}",
        f"{day}/{month}/{year}",
        f"{day}{month}{year}",
        f"{year}, {int(month)}, {int(day)}",
    }


REFUSING = (
    "staging.caf__rsa_beneficiaires_mensuel__v1__personne",
    "identity.record",
    "identity.sighting",
    "warehouse.rsa_right",
    "ledger.receipt",
)
"""Tables each of which refuses every row for one run, in the order in which a delivery comes to them."""


def refuse_rows(opened: Gateway, table: str) -> None:
    """From now on the database refuses every new row of the table, and quotes it: ``DETAIL: Failing row contains (…)``."""
    with opened.engine.begin() as connection:
        connection.execute(sa.text(f"alter table {table} add constraint refused check (false) not valid"))


def accept_rows(opened: Gateway, table: str) -> None:
    with opened.engine.begin() as connection:
        connection.execute(sa.text(f"alter table {table} drop constraint refused"))


def drop_broken(place: Installation, files: dict[str, Path]) -> None:
    for sender, path in files.items():
        contract = product_contract(FEEDS[sender])
        for day, mistake in enumerate((Mutation.IMPOSSIBLE_DATE, Mutation.NUL_BYTE, Mutation.TRUNCATED, Mutation.DUPLICATE_KEY), start=1):
            broken = mutate(contract, path, mistake, place.folder / "broken" / f"{sender}-{mistake}")
            place.drop(sender, broken, broken.name.replace("20261120", f"2026110{day}"))


def test_no_failure_lets_a_personal_value_into_a_log_an_error_an_alert_or_a_receipt(
    place: Installation,
    opened: Gateway,
    postgres: EmbeddedPostgres,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    files = files_of(place, 20)
    secrets = personal(files)
    caplog.set_level(logging.INFO)
    errors: list[str] = []

    def run() -> None:
        try:
            journey.run(opened, with_expectations=False)
        except PasserelleError as error:
            hidden = error.__suppress_context__ and error.__cause__ is None
            errors.append(f"{error!r} {'' if hidden else repr(error.__cause__ or error.__context__)}")

    for sender, path in files.items():
        place.drop(sender, path)
    with pytest.MonkeyPatch.context() as patch:
        before_loading = Place("adbc_driver_manager.dbapi:Cursor.adbc_ingest", after=False)
        intercept(patch, before_loading, lambda: refuse_rows(opened, "load.d1__personne"))
        run()
    for table in REFUSING:
        refuse_rows(opened, table)
        run()
        accept_rows(opened, table)
    drop_broken(place, files)
    run()

    tables = oracle.dump(opened)
    assert len(errors) == 1 + len(REFUSING), "each of them failed"
    assert {row["state"] for row in tables["ledger.delivery"]} >= {State.PUBLISHED, State.REFUSED}
    output = capfd.readouterr()
    outboxes = [path for sender in files for path in (place.sftp.root(sender) / "retours").iterdir()]
    documents = [path for path in outboxes if not path.name.startswith("CORRECTION_")]
    assert len(documents) < len(outboxes), "what was set aside goes back to its own sender, and only that file quotes it"
    written = {
        "log": "\n".join(f"{record.getMessage()} {record.exc_text}" for record in caplog.records),
        "output": output.out + output.err,
        "errors": "\n".join(errors),
        "PostgreSQL's log": (postgres.folder / "postgres.log").read_text(encoding="utf-8", errors="replace"),
        "alerts": repr(tables["ledger.alert"]),
        "findings": repr(tables["ledger.finding"]) + repr(tables["ledger.broken_rule"]) + repr(tables["ledger.set_aside"]),
        "reasons": repr(tables["ledger.transition"]),
        "receipts": "\n".join(map(text_of, documents)),
    }
    assert {name for name, text in written.items() if not text} <= {"output"}
    pattern = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, sorted(secrets, key=len, reverse=True)))})(?!\w)")
    assert {name: pattern.findall(text) for name, text in written.items() if pattern.search(text)} == {}


def text_of(path: Path) -> str:
    """What the document says; of a workbook, all its parts."""
    if path.suffix != ".xlsx":
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as book:
        return "\n".join(book.read(name).decode() for name in book.namelist())


def test_no_nir_is_in_clear_in_any_column_of_any_table_or_in_any_file_of_ours(place: Installation, opened: Gateway) -> None:
    files = files_of(place, 25)
    secrets = nirs(files)
    for sender, path in files.items():
        place.drop(sender, path)
    assert {delivery.state for delivery in oracle.run(opened)} == {State.PUBLISHED}

    tables = oracle.dump(opened)
    assert sum(map(len, tables.values())) > 500
    msa = [row for row in tables["staging.caf__rsa_beneficiaires_mensuel__v1__dossier"] if row["matricule_cipher"]]
    assert msa, "the allocataire number is kept as ciphertext"
    values = ((f"{name}.{column}", value) for name, rows in tables.items() for row in rows for column, value in row.items())
    leaks = {name for name, value in values if holds(as_bytes(value), secrets)}
    assert not leaks
    assert holds(b"(2790699123456)", {b"2790699123456"}), "the scan sees what there is to see"
    ours = [*(place.folder / "vault").rglob("*.vault"), *(p for sender in files for p in (place.sftp.root(sender) / "retours").iterdir())]
    assert len(ours) >= 4 + 4 * 6
    assert not [path.name for path in ours if holds(text_of(path).encode() if path.suffix == ".xlsx" else path.read_bytes(), secrets)]


def as_bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def holds(content: bytes, secrets: set[bytes]) -> bool:
    return any(match[:13] in secrets for match in re.findall(rb"(?=([1-478]\d{4}[0-9AB]\d{7}))", content))
