"""What a partner is given to correct, and how what it sends back is judged.

A correction completes the delivery it corrects: it holds only what was set aside, so what is said of a whole file does not hold for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from passerelle.checks.inspection import Inspection
from passerelle.checks.record_keys import key_columns, read_keys
from passerelle.checks.replay import can_write, correction_name
from passerelle.contract.model import Contract, Table
from passerelle.gateway import Gateway
from passerelle.ledger.aside import SetAside
from passerelle.ledger.deliveries import Delivery
from passerelle.ledger.states import State
from passerelle.readers.envelope import opened
from passerelle.receipt.model import CorrectionFile

_GIVEN = (State.CHECKED, State.STAGED, State.RECONCILED, State.PUBLISHED)
"""States in which the partner is asked to correct; while a delivery is held, a person decides what is to be done."""


def contract_of_correction(contract: Contract) -> Contract:
    """The contract by which a correction is judged: without totals over the whole file, and without the shares above which it waits.

    Those guard against a broken export of a whole file. A correction is a handful of records, one of which may still be wrong.
    """
    tables = tuple(_unlimited(table) for table in contract.tables)
    return Contract(**{**dict(contract), "tables": tables, "hold_above": 1.0})


def _unlimited(table: Table) -> Table:
    columns = tuple(column.model_copy(update={"hold_above": None}) for column in table.columns)
    rules = tuple(rule.model_copy(update={"hold_above": None}) for rule in table.rules if rule.kind != "total")
    return Table(**{**dict(table), "columns": columns, "rules": rules})


def promised(contract: Contract, delivery: Delivery) -> CorrectionFile | None:
    """The correction file of a delivery that was checked; None when there is nothing to correct, or a person decides first."""
    records = delivery.lines_set_aside or 0
    if not records or delivery.state not in _GIVEN or not can_write(contract):
        return None
    name = correction_name(delivery.delivery_id, delivery.file_name)
    return CorrectionFile(name=name, records=records, return_as=name)


def records_aside(gateway: Gateway, contract: Contract, inspection: Inspection, file: BinaryIO) -> Iterator[SetAside]:
    """What is set aside, with the sender's own key where it can be read: every key column is as the contract wants it."""
    records = inspection.set_aside
    if not len(records):
        return
    if not key_columns(contract):
        yield from (SetAside(record) for record in records.tolist())
        return
    unsure = _with_wrong_key(contract, inspection)
    file.seek(0)
    with opened(contract, file, gateway.unlock) as inside:
        keys = read_keys(contract, inside, records, gateway.keys.hash)
        key = next(keys, None)
        for place in range(len(records)):
            record = int(records[place])
            found, key = (key, next(keys, None)) if key is not None and key.record == record else (None, key)
            yield SetAside(record) if found is None or record in unsure else SetAside(*found)


def _with_wrong_key(contract: Contract, inspection: Inspection) -> set[int]:
    """The records some key column of which breaks a rule of its own: another value would come back."""
    table = contract.record_table.name
    wrong = tuple(f"{table}.{column.name}." for column in key_columns(contract))
    numbers = {number for number, rule in enumerate(inspection.rules().values()) if rule.id.startswith(wrong)}
    if not numbers:
        return set()
    found: set[int] = set()
    for batch in inspection.columns():
        places = zip(batch.column("rule_no").to_pylist(), batch.column("record").to_pylist(), strict=True)
        found.update(record for number, record in places if number in numbers)
    return found
