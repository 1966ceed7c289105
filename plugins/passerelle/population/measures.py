"""How hard a large invented population is: how often "same NIR" is wrong, how many namesakes and twins its files have.

A population counts for the goals only if it is hard: :func:`measure` gives the figures to print.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from passerelle.population.sources import Files

HARD_ENOUGH: Final = 0.001
"""The NIR alone must be wrong this often among the pairs it links."""


@dataclass(frozen=True, slots=True)
class SameNir:
    """Pairs of records that have the same thirteen first characters of a NIR."""

    left: str
    right: str
    """The same name for pairs within one file."""
    pairs: int
    wrong: int
    """Pairs of two different people."""
    true_pairs: int
    """Pairs of one person, whatever their NIR."""

    @property
    def error_rate(self) -> float:
        """Wrong pairs among those linked."""
        return self.wrong / self.pairs if self.pairs else 0.0

    @property
    def recall(self) -> float:
        """True pairs found."""
        return (self.pairs - self.wrong) / self.true_pairs if self.true_pairs else 0.0


@dataclass(frozen=True, slots=True)
class Hardness:
    """The figures of one population."""

    records: int
    people: int
    twins: float
    """Of the people in the files: one of a pair of twins."""
    both_twins: float
    """Of the people in the files: a twin whose twin is there too, as far as surname and date of birth tell."""
    same_civil_status: float
    """Of the people in the files: another one has the same surname, first given name, sex and date of birth as written."""
    same_names: float
    """Of the people in the files: another one has the same surname and first given name as written."""
    second_records: float
    """Of the records: about someone the file already has."""
    same_nir: tuple[SameNir, ...]

    @property
    def is_hard(self) -> bool:
        """Whether the NIR alone is wrong often enough between the files, taken together."""
        between = [one for one in self.same_nir if one.left != one.right]
        linked = sum(one.pairs for one in between or self.same_nir)
        return linked > 0 and sum(one.wrong for one in between or self.same_nir) / linked >= HARD_ENOUGH

    def lines(self) -> Iterator[str]:
        """The figures, as lines to print."""
        yield f"{self.records} records about {self.people} people, {self.second_records:.2%} about someone the file already has"
        yield f"twins {self.twins:.2%} (both in the files {self.both_twins:.2%})"
        yield f"same surname and given name as someone else {self.same_names:.2%}, and same sex and birth date {self.same_civil_status:.3%}"
        for one in self.same_nir:
            where = f"{one.left} x {one.right}" if one.left != one.right else f"within {one.left}"
            yield f"same NIR {where}: {one.wrong} wrong of {one.pairs} ({one.error_rate * 1000:.2f} in 1,000), recall {one.recall:.1%}"
        yield "hard enough" if self.is_hard else "NOT hard enough: the NIR alone is wrong less than once in 1,000"


def measure(files: Files) -> Hardness:
    """The figures for these files."""
    truth = files.truth
    known = {name: _known(table, truth) for name, table in files.sources.items()}
    everyone = pa.concat_tables(known.values())
    people = everyone.group_by("truth_id").aggregate([("is_twin", "any"), ("birth_name", "min"), ("birth_date", "min")])
    people_count = people.num_rows
    pairs_of_twins = people.filter(people["is_twin_any"]).group_by(["birth_name_min", "birth_date_min"]).aggregate([("truth_id", "count")])
    names = list(known)
    return Hardness(
        records=truth.num_rows,
        people=people_count,
        twins=_share(pc.sum(people["is_twin_any"]).as_py(), people_count),
        both_twins=_share(_in_company(pairs_of_twins["truth_id_count"]), people_count),
        same_civil_status=_share(_sharing(everyone, ["birth_name", "given", "sex", "birth_date"]), people_count),
        same_names=_share(_sharing(everyone, ["birth_name", "given"]), people_count),
        second_records=_share(truth.num_rows - truth["case"].null_count, truth.num_rows),
        same_nir=tuple(_same_nir(known, left, right) for at, left in enumerate(names) for right in names[at:]),
    )


def _known(table: Any, truth: Any) -> Any:
    """What the measures read of one file, with the truth beside it; both have the records in the same order."""
    of_source = truth.filter(pc.equal(truth["source"], table["source"][0]))
    nir = pc.utf8_slice_codeunits(pc.replace_substring(table["nir"], " ", ""), 0, 13)
    first = pc.utf8_upper(pc.replace_substring_regex(table["given_names"], r"\|.*", ""))
    junk = pc.or_kleene(pc.match_substring_regex(nir, "^0+$"), pc.match_substring_regex(nir, "^(1+|9+)$"))
    return pa.table(
        {
            "truth_id": of_source["truth_id"],
            "is_twin": of_source["is_twin"],
            "nir": pc.if_else(pc.fill_null(junk, True), None, nir),
            "birth_name": pc.utf8_upper(table["birth_name"]),
            "given": first,
            "sex": table["sex"],
            "birth_date": table["birth_date"],
        }
    )


def _share(part: int | None, whole: int) -> float:
    return (part or 0) / whole if whole else 0.0


def _in_company(counts: Any) -> int:
    return int(pc.sum(counts.filter(pc.greater(counts, 1))).as_py() or 0)


def _sharing(everyone: Any, columns: list[str]) -> int:
    """How many people have the same values in these columns as somebody else."""
    distinct = everyone.select(["truth_id", *columns]).group_by(["truth_id", *columns]).aggregate([])
    groups = distinct.group_by(columns).aggregate([("truth_id", "count")])
    alike = distinct.join(groups.filter(pc.greater(groups["truth_id_count"], 1)), columns, join_type="inner")
    return int(pc.count_distinct(alike["truth_id"]).as_py())


def _same_nir(known: dict[str, Any], left: str, right: str) -> SameNir:
    pairs, same = _pairs(known, (left, right), ["nir"]), _pairs(known, (left, right), ["nir", "truth_id"])
    return SameNir(left, right, pairs, pairs - same, _pairs(known, (left, right), ["truth_id"]))


def _pairs(known: dict[str, Any], names: tuple[str, str], columns: list[str]) -> int:
    """How many pairs of records agree on these columns; within one file no record with itself."""
    left, right = (
        table.filter(pc.is_valid(table[columns[0]])).group_by(columns).aggregate([([], "count_all")])
        for table in (known[name] for name in names)
    )
    if names[0] == names[1]:
        count = left["count_all"]
        return int(pc.sum(pc.divide(pc.multiply(count, pc.subtract(count, 1)), 2)).as_py() or 0)
    both = left.join(right, columns, join_type="inner", right_suffix="_right")
    return int(pc.sum(pc.multiply(both["count_all"], both["count_all_right"])).as_py() or 0)
