"""Everything found in one computation, made into sentences only when somebody reads it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.indicators.columns import Ints
from passerelle.indicators.controls import Batch, Batches, Remark, Severity
from passerelle.indicators.rows import Names, Rows

BETWEEN = ",\n    "
"""What stands between two findings of a document."""
_AT_ONCE = 50_000
_TO_ESCAPE = r'["\\\x00-\x1f]'
_Part = tuple[Rows, Batch]


@dataclass(frozen=True)
class Findings:
    """Findings about files and operations, and about rows of the three tables."""

    remarks: tuple[Remark, ...]
    batches: tuple[tuple[Rows, Batches], ...]
    operations: Names
    participants: Names

    def __len__(self) -> int:
        return len(self.remarks) + sum(len(batch.rows) for _, held in self.batches for batch in held.found)

    @property
    def by_severity(self) -> Counter[Severity]:
        """How many there are of each severity."""
        found = Counter(remark.severity for remark in self.remarks)
        for _, held in self.batches:
            for batch in held.found:
                found[batch.severity] += len(batch.rows)
        return found

    @property
    def by_rule(self) -> Counter[str]:
        """How many there are of each control."""
        found = Counter(remark.rule for remark in self.remarks)
        for _, held in self.batches:
            for batch in held.found:
                found[batch.rule] += len(batch.rows)
        return found

    def __iter__(self) -> Iterator[Remark]:
        return (Remark.model_construct(**{**one, "severity": Severity(one["severity"])}) for one in self.as_json())

    def as_json(self) -> list[dict[str, Any]]:
        """Every finding, files and operations first, then by control and row."""
        rows = [one for table, held in self.batches for one in self._rows(table, held)]
        rows.sort(key=lambda one: (one["rule"], one["operation"] or "", one["line"], one["message"]))
        return self._about_files() + rows

    def as_text(self) -> Iterator[str]:
        """The JSON of each of :meth:`as_json`, in pieces of many with :data:`BETWEEN` between two; made of whole columns at a time."""
        if self.remarks:
            yield BETWEEN.join(json.dumps(one, ensure_ascii=False) for one in self._about_files())
        parts: dict[str, list[_Part]] = defaultdict(list)
        for table, held in self.batches:
            for batch in held.found:
                parts[batch.rule].append((table, batch))
        for rule in sorted(parts):
            yield from self._texts(parts[rule])

    def _about_files(self) -> list[dict[str, Any]]:
        said = [remark.model_dump(mode="json") for remark in self.remarks]
        said.sort(key=lambda one: (one["operation"] is not None, one["operation"] or "", one["rule"], one["line"] or 0, one["message"]))
        return said

    def _texts(self, parts: Sequence[_Part]) -> Iterator[str]:
        """The findings of one control."""
        operations = [*self.operations.texts.to_pylist(), None]
        ranks = _ranks([name or "" for name in operations])
        part = np.repeat(np.arange(len(parts)), [len(batch.rows) for _, batch in parts])
        operation, who, line = (
            np.concatenate([values[batch.rows] for values, batch in held])
            for held in (
                [(table["operation_id"], batch) for table, batch in parts],
                [(table["participant_id"], batch) for table, batch in parts],
                [(table.lines, batch) for table, batch in parts],
            )
        )
        order = np.lexsort((_ranks([batch.message for _, batch in parts])[part], line, ranks[operation]))
        begin = pa.array([f'{{"rule": {_word(one.rule)}, "severity": {_word(one.severity.value)}, "operation": ' for _, one in parts])
        named = pa.array([f'{"null" if name is None else _word(name)}, "participant": ' for name in operations])
        end = pa.array([f', "message": {_word(one.message)}}}' for _, one in parts])
        for first in range(0, len(order), _AT_ONCE):
            some = order[first : first + _AT_ONCE]
            numbers = pa.array(line[some]).cast(pa.string())
            columns = (begin.take(part[some]), named.take(operation[some] % len(operations)), self._participants(who[some]))
            texts = pc.binary_join_element_wise(*columns, ', "line": ', numbers, end.take(part[some]), "")
            yield pc.binary_join(pa.ListArray.from_arrays([0, len(some)], texts), BETWEEN)[0].as_py()

    def _participants(self, numbers: Ints) -> pa.Array:
        """The JSON text of these participants."""
        names = self.participants.texts.take(pa.array(numbers, mask=numbers < 0))
        texts = pc.binary_join_element_wise('"', names, '"', "").fill_null("null")
        if pc.any(pc.match_substring_regex(names, _TO_ESCAPE)).as_py():
            texts = pa.array(["null" if name is None else encode_basestring(name) for name in names.to_pylist()])
        return texts

    def _rows(self, table: Rows, held: Batches) -> Iterator[dict[str, Any]]:
        operations = [*self.operations.texts.to_pylist(), None]
        participants = self.participants.texts
        for batch in held.found:
            named = participants.take(table["participant_id"][batch.rows]).to_pylist()
            places = zip(table["operation_id"][batch.rows].tolist(), named, table.lines[batch.rows].tolist(), strict=True)
            severity = batch.severity.value
            for operation, participant, line in places:
                yield {
                    "rule": batch.rule,
                    "severity": severity,
                    "operation": operations[operation],
                    "participant": participant,
                    "line": line,
                    "message": batch.message,
                }


def _ranks(texts: Sequence[str]) -> Ints:
    """The place of each text among them all, equal texts at the same one."""
    places = {text: place for place, text in enumerate(sorted(set(texts)))}
    return np.array([places[text] for text in texts], dtype=np.int64)


def _word(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
