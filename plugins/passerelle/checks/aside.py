"""What of a file is not loaded: lines and dossiers, and rows of dossiers that are loaded without them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from passerelle.checks import wording
from passerelle.checks.columns import prepared
from passerelle.checks.fingerprints import Fingerprints, among, fingerprints
from passerelle.checks.violations import Places, Violation, at_rows, places
from passerelle.contract.model import Column, Contract, Table
from passerelle.findings import Effect
from passerelle.readers.rows import Chunk, Rows

_ASIDE = (Effect.SET_ASIDE, Effect.SET_ASIDE_LINE)


class Aside:
    """Collects, chunk by chunk, what the violations set aside."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._children = [table for table in contract.tables if table.role == "child"]
        self._lent = {(lender.name, source) for parent in contract.tables for lender, source in _lenders(contract, parent)}
        """Table and source of the fields whose values stand on the parent's row as well."""
        self._records: list[Places] = []
        self._rows: dict[str, list[Places]] = {}
        self._dossiers: list[Fingerprints] = []
        self._bad_dossiers: Fingerprints = places([])

    def take(self, chunk: Chunk, violations: Sequence[Violation]) -> None:
        """What the violations found in this chunk set aside."""
        rows: dict[str, list[Places]] = {}
        records: list[Places] = []
        for violation in violations:
            if violation.rule.effect not in _ASIDE:
                continue
            if self._is_one_row(violation):
                self._one_row(chunk, violation, rows)
            else:
                records.append(violation.records)
                self._dossier(chunk, violation)
        if records:
            self._records.append(np.unique(np.concatenate(records)))
        for name, found in self._with_descendants(chunk, rows).items():
            self._rows.setdefault(name, []).append(found)

    def records(self) -> Places:
        """The ordinals of the lines and dossiers that are not loaded, sorted."""
        return np.unique(np.concatenate(self._records)) if self._records else places([])

    def rows(self) -> dict[str, Places]:
        """Table → ordinals of the rows that are not loaded although their dossier is, sorted."""
        return {name: np.unique(np.concatenate(found)) for name, found in self._rows.items()}

    @property
    def wants_another_look(self) -> bool:
        """Whether some line has mates in its dossier that must be found; asked once, after all bad lines are known."""
        self._bad_dossiers = np.unique(np.concatenate(self._dossiers)) if self._dossiers else places([])
        return bool(len(self._bad_dossiers))

    def mates(self, chunk: Chunk) -> Iterator[Violation]:
        """The lines of this chunk that go with a bad line of their dossier and have no mistake of their own."""
        table = self._contract.record_table
        rows = chunk.tables.get(table.name)
        if rows is None:
            return
        mask = among(self._codes(rows), self._bad_dossiers) & ~np.isin(np.asarray(rows.record), self.records())
        found = at_rows(wording.dossier_rule(table, self._dossier_column), pa.array(mask), rows, (self._dossier_column,))
        if found is not None:
            yield found

    @property
    def _dossier_column(self) -> Column:
        return self._contract.record_table.column(self._contract.layout.dossier or "")

    def _codes(self, rows: Rows) -> Fingerprints:
        return fingerprints(prepared(self._contract, self._dossier_column, rows.values.column(self._dossier_column.name)))

    def _dossier(self, chunk: Chunk, violation: Violation) -> None:
        """Notes the dossiers of bad lines, in formats of one line per row."""
        is_dossier = violation.rule.effect is Effect.SET_ASIDE and violation.hits is not None
        if is_dossier and self._contract.layout.dossier is not None:
            codes = self._codes(chunk.tables[self._contract.record_table.name])
            self._dossiers.append(np.unique(codes[violation.hits]))

    def _is_one_row(self, violation: Violation) -> bool:
        """Whether a row of a child table goes alone: not with its dossier, nor with a dossier's own row that holds the same value."""
        if violation.rule.effect is not Effect.SET_ASIDE_LINE or violation.hits is None or violation.rule.table is None:
            return False
        table = self._contract.table(violation.rule.table)
        return table.role == "child" and not (self._is_lent(violation) and table.parent == self._contract.record_table.name)

    def _is_lent(self, violation: Violation) -> bool:
        """Whether a wrong value stands on the parent's row as well."""
        table = self._contract.table(violation.rule.table or "")
        return any((table.name, table.column(name).source) in self._lent for name in violation.columns)

    def _one_row(self, chunk: Chunk, violation: Violation, rows: dict[str, list[Places]]) -> None:
        """The row itself; where a wrong value stands on the parent's row as well, that row."""
        table = self._contract.table(violation.rule.table or "")
        found = chunk.tables[table.name]
        if self._is_lent(violation):
            rows.setdefault(table.parent or "", []).append(np.asarray(found.parent)[violation.hits])
        else:
            rows.setdefault(table.name, []).append(np.asarray(found.row)[violation.hits])

    def _with_descendants(self, chunk: Chunk, rows: dict[str, list[Places]]) -> dict[str, Places]:
        """These rows and all that hang on them; a dossier is never split over two chunks."""
        whole = {name: np.unique(np.concatenate(found)) for name, found in rows.items()}
        for _ in self._children if whole else ():
            for child in self._children:
                if child.parent in whole and child.name in chunk.tables:
                    hanging = chunk.tables[child.name]
                    more = np.asarray(hanging.row)[np.isin(np.asarray(hanging.parent), whole[child.parent])]
                    whole[child.name] = np.union1d(whole.get(child.name, places([])), more)
        return {name: found for name, found in whole.items() if len(found)}


def _lenders(contract: Contract, parent: Table) -> Iterator[tuple[Table, str]]:
    """The child tables, and their fields, from which columns of this table are lifted (``Prestations[NATPREST='RSA']/ROLEPERS``)."""
    for column in parent.columns:
        if column.is_lifted:
            block, _, rest = column.source.partition("[")
            path = block if parent.path == "." else f"{parent.path}/{block}"
            yield from ((table, rest.partition("]/")[2]) for table in contract.tables if table.path == path)
