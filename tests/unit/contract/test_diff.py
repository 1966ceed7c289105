"""Comparing two versions of a contract: who is concerned by a change, and whether the version number says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from battery import contract_of
from passerelle.contract.diff import Verdict, compare
from passerelle.contract.fields import OF_MODEL, WHOLE
from passerelle.contract.model import (
    Calendar,
    Classification,
    Code,
    CodeList,
    Contract,
    CountCheck,
    IdentityRole,
    RowRule,
    Table,
    Trailer,
)
from passerelle.findings import Effect

CSV = contract_of("ccas/accompagnement")
XML = contract_of("caf/rsa_beneficiaires_mensuel")
BREAKING, NOTICE, COMPATIBLE = Verdict.BREAKING, Verdict.NOTICE, Verdict.COMPATIBLE


def with_(model: Any, **changes: Any) -> Any:
    return model.model_copy(update=changes)


def layout(contract: Contract, **changes: Any) -> Contract:
    return with_(contract, layout=with_(contract.layout, **changes))  # type: ignore[no-any-return]


def table(contract: Contract, change: Callable[[Table], Table], place: int = 0) -> Contract:
    tables = list(contract.tables)
    tables[place] = change(tables[place])
    return with_(contract, tables=tuple(tables))  # type: ignore[no-any-return]


def column(contract: Contract, name: str, **changes: Any) -> Contract:
    def change(found: Table) -> Table:
        return with_(found, columns=tuple(with_(item, **changes) if item.name == name else item for item in found.columns))  # type: ignore[no-any-return]

    return table(contract, change)


def outbound(contract: Contract) -> Contract:
    return with_(contract, direction="outbound")  # type: ignore[no-any-return]


def verdicts(old: Contract, new: Contract) -> set[Verdict]:
    return {change.verdict for change in compare(old, new).changes}


LIST = CodeList(name="ETAT", codes={"1": Code(label="Un"), "2": Code(label="Deux")})
CODED = column(CSV, "referent", codes=LIST)
RULE = RowRule(id="essai", kind="equal", columns=("referent", "structure"), message="Différents.")
RULED = table(CSV, lambda found: with_(found, rules=(*found.rules, RULE)))
XML_COLUMN = next(place for place, item in enumerate(XML.tables) if item.role == "child")


@pytest.mark.parametrize(
    ("old", "new", "inbound", "outward"),
    [
        pytest.param(CSV, layout(CSV, delimiter="|"), BREAKING, BREAKING, id="separator"),
        pytest.param(CSV, layout(CSV, encoding="cp1252"), BREAKING, BREAKING, id="encoding"),
        pytest.param(CSV, layout(CSV, quote="'"), BREAKING, BREAKING, id="quote"),
        pytest.param(CSV, layout(CSV, header=False), BREAKING, BREAKING, id="header"),
        pytest.param(CSV, layout(CSV, trailer=Trailer(marker="FIN", count=2)), BREAKING, COMPATIBLE, id="trailer asked"),
        pytest.param(CSV, layout(CSV, envelope=("gzip",)), BREAKING, BREAKING, id="envelope"),
        pytest.param(CSV, layout(CSV, name_pattern="X_.*"), BREAKING, BREAKING, id="another file name"),
        pytest.param(CSV, layout(CSV, name_pattern=CSV.layout.name_pattern + "|X"), COMPATIBLE, BREAKING, id="one file name more"),
        pytest.param(CSV, layout(CSV, max_bytes=10), BREAKING, COMPATIBLE, id="smaller files"),
        pytest.param(CSV, layout(CSV, settle_seconds=60), NOTICE, NOTICE, id="later pick-up"),
        pytest.param(CSV, with_(CSV, retention_months=12), NOTICE, NOTICE, id="retention"),
        pytest.param(CSV, with_(CSV, calendar=Calendar(frequency="daily")), NOTICE, NOTICE, id="calendar"),
        pytest.param(CSV, with_(CSV, contact="Autre service"), NOTICE, NOTICE, id="contact"),
        pytest.param(CSV, with_(CSV, name="Autre nom"), COMPATIBLE, COMPATIBLE, id="name"),
        pytest.param(CSV, column(CSV, "referent", classification=Classification.PUBLIC), NOTICE, NOTICE, id="classification"),
        pytest.param(CSV, column(CSV, "referent", classification=Classification.SECRET), BREAKING, BREAKING, id="becomes secret"),
        pytest.param(CSV, column(CSV, "referent", source="REFERENT"), BREAKING, BREAKING, id="renamed in the file"),
        pytest.param(CSV, column(CSV, "date_fin_designation", format="yyyy-MM-dd"), BREAKING, BREAKING, id="form of a date"),
        pytest.param(CSV, column(CSV, "date_fin_designation", required=True), BREAKING, COMPATIBLE, id="becomes required"),
        pytest.param(column(CSV, "referent", required=True), column(CSV, "referent", required=False), COMPATIBLE, BREAKING, id="optional"),
        pytest.param(column(CSV, "referent", max_length=60), column(CSV, "referent", max_length=9), BREAKING, COMPATIBLE, id="shorter"),
        pytest.param(column(CSV, "referent", max_length=60), column(CSV, "referent", max_length=99), COMPATIBLE, BREAKING, id="longer"),
        pytest.param(
            column(CSV, "referent", pattern="A"), column(CSV, "referent", pattern="A|B"), COMPATIBLE, BREAKING, id="one form more"
        ),
        pytest.param(
            column(CSV, "referent", pattern="A|B"), column(CSV, "referent", pattern="A"), BREAKING, COMPATIBLE, id="one form less"
        ),
        pytest.param(
            column(CSV, "referent", pattern="A"), column(CSV, "referent", pattern="[AB]"), BREAKING, BREAKING, id="undecidable form"
        ),
        pytest.param(CSV, column(CSV, "referent", on_failure=Effect.REFUSE), BREAKING, COMPATIBLE, id="graver effect"),
        pytest.param(CSV, column(CSV, "referent", on_failure=Effect.WARN), COMPATIBLE, BREAKING, id="lighter effect"),
        pytest.param(CSV, column(CSV, "referent", hold_above=0.02), NOTICE, NOTICE, id="threshold of a column"),
        pytest.param(CSV, column(CSV, "referent", identity=IdentityRole.OTHER_ID), NOTICE, NOTICE, id="identity role"),
        pytest.param(CSV, column(CSV, "referent", refers_to="referentiels/referents.nom"), NOTICE, NOTICE, id="referential"),
        pytest.param(CSV, column(CSV, "referent", help="Autre aide."), COMPATIBLE, COMPATIBLE, id="help"),
        pytest.param(CSV, CODED, BREAKING, COMPATIBLE, id="codes asked"),
        pytest.param(
            CODED, column(CODED, "referent", codes=with_(LIST, codes={"1": Code(label="Un")})), BREAKING, COMPATIBLE, id="code gone"
        ),
        pytest.param(
            CODED,
            column(CODED, "referent", codes=with_(LIST, codes={**LIST.codes, "3": Code(label="Trois")})),
            COMPATIBLE,
            BREAKING,
            id="code added",
        ),
        pytest.param(
            CODED,
            column(CODED, "referent", codes=with_(LIST, codes={**LIST.codes, "2": Code(label="Ii")})),
            NOTICE,
            NOTICE,
            id="label of a code",
        ),
        pytest.param(CSV, RULED, BREAKING, COMPATIBLE, id="rule added"),
        pytest.param(RULED, CSV, COMPATIBLE, BREAKING, id="rule gone"),
        pytest.param(CSV, table(CSV, lambda found: with_(found, key=("referent",))), BREAKING, BREAKING, id="another key"),
        pytest.param(CSV, table(CSV, lambda found: with_(found, key=())), COMPATIBLE, BREAKING, id="no key"),
        pytest.param(CSV, table(CSV, lambda found: with_(found, columns=found.columns[:-1])), NOTICE, BREAKING, id="column gone"),
        pytest.param(table(CSV, lambda found: with_(found, columns=found.columns[:-1])), CSV, BREAKING, NOTICE, id="column added"),
        pytest.param(CSV, table(CSV, lambda found: with_(found, columns=found.columns[::-1])), COMPATIBLE, NOTICE, id="order of columns"),
        pytest.param(XML, layout(XML, record="Foyer"), BREAKING, BREAKING, id="XML record"),
        pytest.param(XML, layout(XML, count=None), COMPATIBLE, BREAKING, id="count not announced"),
        pytest.param(
            layout(XML, count=None), layout(XML, count=CountCheck(table="transmission", column="x")), BREAKING, COMPATIBLE, id="count asked"
        ),
        pytest.param(XML, layout(XML, ignored=XML.layout.ignored[1:]), NOTICE, NOTICE, id="no longer left out"),
        pytest.param(XML, table(XML, lambda found: with_(found, path="Ailleurs"), XML_COLUMN), BREAKING, BREAKING, id="XML path"),
        pytest.param(XML, table(XML, lambda found: with_(found, min_rows=5), XML_COLUMN), BREAKING, COMPATIBLE, id="more rows asked"),
        pytest.param(XML, with_(XML, tables=XML.tables[:-1]), NOTICE, BREAKING, id="table gone"),
    ],
)
def test_a_change_concerns_who_sends_or_who_reads(old: Contract, new: Contract, inbound: Verdict, outward: Verdict) -> None:
    assert verdicts(old, new) == {inbound}
    assert verdicts(outbound(old), outbound(new)) == {outward}


def test_in_a_file_without_header_the_order_of_columns_is_the_promise() -> None:
    bare = layout(CSV, header=False)
    assert verdicts(bare, table(bare, lambda found: with_(found, columns=found.columns[::-1]))) == {BREAKING}
    assert verdicts(bare, table(bare, lambda found: with_(found, columns=found.columns[:-1]))) == {BREAKING}


@pytest.mark.parametrize(
    ("changed", "version", "refused"),
    [
        (layout(CSV, delimiter="|"), "1.9.9", True),
        (layout(CSV, delimiter="|"), "2.0.0", False),
        (with_(CSV, contact="Autre"), "1.0.1", True),
        (with_(CSV, contact="Autre"), "1.1.0", False),
        (with_(CSV, name="Autre"), "1.0.0", True),
        (with_(CSV, name="Autre"), "1.0.1", False),
        (CSV, "1.0.0", False),
    ],
)
def test_a_version_number_that_does_not_say_the_change_is_refused(changed: Contract, version: str, refused: bool) -> None:
    old = with_(CSV, version="1.0.0")
    assert compare(old, with_(changed, version=version)).is_refused is refused


@pytest.mark.parametrize("model", OF_MODEL, ids=lambda model: model.__name__)
def test_every_field_of_a_contract_is_judged_or_left_out_on_purpose(model: type[BaseModel]) -> None:
    assert set(OF_MODEL[model]) == set(model.model_fields)
    assert all(set(part.model_fields) for part in WHOLE)


@given(st.sampled_from([CSV, XML]))
def test_a_contract_does_not_differ_from_itself(contract: Contract) -> None:
    assert compare(contract, contract).changes == ()


def test_every_change_that_is_not_compatible_says_why() -> None:
    for change in compare(layout(CSV, delimiter="|"), with_(CSV, contact="Autre")).changes:
        assert change.why.endswith(".")
        assert change.old != change.new
