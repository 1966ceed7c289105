"""What is not loaded: a line, the lines of a dossier, a dossier, a row of a dossier with what hangs on it; and nothing else."""

from __future__ import annotations

import io
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from checking import contract_of, inspected, told, xml, xml_contract, xml_inspected
from invented_contracts import codes, column
from passerelle.checks.inspector import chunks
from passerelle.checks.typed_rows import without
from passerelle.contract.model import Contract, RowRule, Table
from passerelle.findings import Effect, Verdict

LINE = Effect.SET_ASIDE_LINE


def kept(contract: Contract, *dossiers: str) -> dict[str, list[int]]:
    """Table → ordinals of the rows that would be staged."""
    seen = xml_inspected(contract, *dossiers)
    found: dict[str, list[int]] = {}
    for chunk in chunks(contract, io.BytesIO(xml(*dossiers))):
        for name, rows in chunk.tables.items():
            found.setdefault(name, []).extend(without(rows, seen.set_aside, seen.rows_aside.get(name)).row.to_pylist())
    return found


# Lines


def grouped(**more: Any) -> Contract:
    columns = (
        column("file", label="Numéro de dossier"),
        column("code", codes=codes("C", "A"), **more),
        column("day", type="date", format="dd/MM/yyyy", on_failure=LINE),
        column("note", max_length=2, on_failure="warn"),
    )
    return contract_of(Table(name="t", columns=columns), dossier="file")


def test_one_bad_line_sets_its_dossier_aside_wherever_its_lines_stand() -> None:
    seen = inspected(grouped(), "1;A;;", "2;A;;", "1;X;;", "3;A;;", "1;A;;long", "2;A;;")
    assert seen.set_aside.tolist() == [0, 2, 4]
    assert (seen.counts.received, seen.counts.accepted, seen.counts.set_aside) == (6, 3, 3)
    found = [(finding.rule, finding.line) for finding in told(seen)]
    assert found == [("t.dossier", 2), ("t.code.code", 4), ("t.dossier", 6), ("t.note.length", 6)]
    mate = told(seen)[0]
    assert mate.message == "La ligne est mise à part avec son dossier."
    assert (mate.effect, mate.column) == (Effect.SET_ASIDE, "file")


def test_a_line_that_goes_alone_does_not_take_its_dossier() -> None:
    seen = inspected(grouped(), "1;A;;", "1;A;31/02/2026;", "2;X;31/02/2026;", "2;A;31/02/2026;", "2;A;;")
    assert seen.set_aside.tolist() == [1, 2, 3, 4]
    assert [finding.line for finding in told(seen) if finding.rule == "t.dossier"] == [6]


def test_lines_without_a_dossier_are_no_dossier() -> None:
    seen = inspected(grouped(), ";X;;", ";A;;", "  ;A;;")
    assert seen.set_aside.tolist() == [0]


def test_a_repeated_key_takes_its_dossier_as_well() -> None:
    table = Table(name="t", key=("id",), columns=(column("id"), column("file")))
    seen = inspected(contract_of(table, dossier="file"), "1;a", "2;b", "3;b", "1;b", "4;c")
    assert seen.set_aside.tolist() == [1, 2, 3]
    assert seen.totals() == {"t.key.unique": 1, "t.dossier": 2}


def test_the_number_of_a_personal_dossier_is_not_shown() -> None:
    columns = (column("file", classification="personal"), column("code", codes=codes("C", "A")))
    seen = inspected(contract_of(Table(name="t", columns=columns), dossier="file"), "DUPONT;X", "DUPONT;A")
    assert seen.totals() == {"t.code.code": 1, "t.dossier": 1}
    assert "DUPONT" not in "".join(finding.model_dump_json() for finding in told(seen))


@given(lines=st.lists(st.tuples(st.sampled_from(["", "1", "2", "x"]), st.sampled_from(["A", "X"]), st.booleans()), min_size=1, max_size=10))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_dossiers_are_whole_or_not_at_all(lines: list[tuple[str, str, bool]]) -> None:
    seen = inspected(grouped(), *(f"{file};{code};{'31/02/2026' if alone else ''};" for file, code, alone in lines))
    bad = {file for file, code, _ in lines if code == "X" and file}
    expected = [place for place, (file, code, alone) in enumerate(lines) if code == "X" or alone or file in bad]
    assert seen.set_aside.tolist() == expected
    told_lines = {finding.line for finding in told(seen) if finding.effect is not Effect.WARN}
    assert told_lines == {place + 2 for place in expected}


def test_a_row_rule_may_set_aside_a_line_only() -> None:
    rule = RowRule(id="same", kind="equal", columns=("a", "b"), message="Différents.", effect=LINE)
    table = Table(name="t", columns=(column("file"), column("a"), column("b")), rules=(rule,))
    seen = inspected(contract_of(table, dossier="file"), "1;x;y", "1;x;x")
    assert seen.set_aside.tolist() == [0]


# Rows of XML dossiers

BAD_NAME = {"columns": (column("name", "NOM", max_length=3, on_failure=LINE), column("role", "B[KIND='RSA']/ROLE"))}
TWO = "<NUM>1</NUM><P><NOM>ABCD</NOM><B><KIND>A</KIND></B><B><KIND>B</KIND></B></P><P><NOM>ABC</NOM><B><KIND>C</KIND></B></P>"


def test_a_row_goes_with_what_hangs_on_it_and_its_dossier_is_loaded() -> None:
    contract = xml_contract(person=BAD_NAME)
    seen = xml_inspected(contract, TWO, TWO.replace("ABCD", "ABC"))
    assert {name: rows.tolist() for name, rows in seen.rows_aside.items()} == {"person": [0], "benefit": [0, 1]}
    assert (seen.set_aside.tolist(), seen.counts.accepted, seen.verdict) == ([], 2, Verdict.ACCEPTED_WITH_FINDINGS)
    (finding,) = told(seen)
    assert (finding.effect, finding.severity, finding.record) == (LINE, "error", "dossier n° 1")
    assert kept(contract, TWO, TWO.replace("ABCD", "ABC")) == {
        "header": [0],
        "dossier": [0, 1],
        "person": [1, 2, 3],
        "benefit": [2, 3, 4, 5],
        "footer": [0],
    }


def test_a_leaf_goes_alone() -> None:
    kinds = column("kind", "KIND", codes=codes("K", "A", "C"), on_failure=LINE)
    seen = xml_inspected(xml_contract(benefit={"columns": (kinds, column("role", "ROLE"))}), TWO)
    assert {name: rows.tolist() for name, rows in seen.rows_aside.items()} == {"benefit": [1]}
    assert seen.set_aside.tolist() == []


def test_a_wrong_value_that_stands_on_the_parents_row_takes_that_row() -> None:
    """The role of a person is read from its RSA benefit: a wrong role there would be loaded with the person, unjudged."""
    wrong = column("role", "ROLE", codes=codes("ROLE", "DEM"), on_failure=LINE)
    contract = xml_contract(benefit={"columns": (column("kind", "KIND"), wrong, column("amount", "MT"))})
    dossier = (
        "<NUM>1</NUM><P><NOM>A</NOM><B><KIND>RSA</KIND><ROLE>ZZZ</ROLE></B></P><P><NOM>B</NOM><B><KIND>RSA</KIND><ROLE>DEM</ROLE></B></P>"
    )
    seen = xml_inspected(contract, dossier)
    assert {name: rows.tolist() for name, rows in seen.rows_aside.items()} == {"person": [0], "benefit": [0]}


def test_on_the_dossiers_own_row_it_is_the_dossier() -> None:
    contract = xml_contract(dossier={"columns": (column("number", "NUM", max_length=1, on_failure=LINE), column("former", "ANCIEN"))})
    seen = xml_inspected(contract, "<NUM>12</NUM>", "<NUM>1</NUM>")
    assert (seen.set_aside.tolist(), seen.rows_aside) == ([0], {})


def test_in_a_header_it_refuses_the_file() -> None:
    for effect in (LINE, Effect.SET_ASIDE, Effect.REFUSE):
        header = {"columns": (column("made_on", "DATE", type="date", format="dd/MM/yyyy", on_failure=effect),)}
        seen = xml_inspected(xml_contract(header=header), "<NUM>1</NUM>")
        assert (seen.verdict, seen.counts.accepted) == (Verdict.REFUSED, 0)
        assert "2026-11-20" in seen.reason


def test_rows_found_wrong_at_the_end_take_what_hangs_on_them() -> None:
    rule = RowRule(id="known", kind="present_in", columns=("name",), other=("dossier.number",), message="Inconnu.", effect=LINE)
    contract = xml_contract(person={"rules": (rule,)})
    seen = xml_inspected(contract, TWO, "<NUM>ABC</NUM>")
    assert {name: rows.tolist() for name, rows in seen.rows_aside.items()} == {"person": [0], "benefit": [0, 1]}
