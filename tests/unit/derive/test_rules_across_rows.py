"""Rules that look further than one row hold in the synthetic file: totals, values of another table, the NIR against the civil status."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from invented_contracts import CSV, XML, codes, column
from passerelle.contract.model import Column, Contract, Layout, RowRule, Sample, Table
from passerelle.derive.mutate import mutate
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest, rows_for
from passerelle.population.generate import generate
from passerelle.population.views import seen_by

REQUEST = SampleRequest(rows=60, seed=1, as_of=date(2026, 3, 2))


def _amounts(name: str, path: str, *rules: RowRule) -> Table:
    columns = (
        column("kind", "KIND", codes=codes("KIND", "A", "B"), sample=Sample(weights={"A": 1, "B": 1})),
        column("sense", "SENSE", codes=codes("SENSE", "PLUS", "LESS"), sample=Sample(weights={"PLUS": 2, "LESS": 1})),
        column("amount", "AMOUNT", type="number", precision=9, scale=2, sample=Sample(fill=0.9, range=(1, 90))),
    )
    return Table(name=name, role="child", parent="household", path=path, columns=columns, rules=rules, sample_rows=(0, 3))


def _total(to: str, **more: object) -> RowRule:
    return RowRule.model_validate({"id": to, "kind": "total", "columns": ("amount",), "other": (to,), "message": "Faux.", **more})


def _sums(role: str, element: str) -> Table:
    names = ("bills", "gifts", "all")
    made = tuple(column(name, f"Sums/{name.upper()}", type="number", precision=11, scale=2) for name in names)
    return Table.model_validate({"name": "sums", "role": role, "path": f"/Racine/{element}", "columns": made})


def _changed(table: Table, **update: object) -> Table:
    """A table made anew: a copy would keep what the first one remembers of its columns."""
    return Table.model_validate({**{name: getattr(table, name) for name in Table.model_fields}, **update})


def _with_totals(role: str = "footer", **layout: str) -> Contract:
    only_a = {"when": {"kind": ("A",)}, "minus": {"sense": ("LESS",)}}
    bills = _amounts("bill", "Money/Bill", _total("sums.bills", **only_a), _total("sums.all"))
    gifts = _amounts("gift", "Money/Gift", _total("sums.gifts"), _total("sums.all"))
    kept = [table for table in XML.tables if table.name in ("header", "household", "footer")]
    plain = _changed(kept[1], columns=tuple(item for item in kept[1].columns if not item.is_lifted))
    tables = (kept[0], plain, bills, gifts, _sums(role, "Totals"), kept[2])
    return XML.model_copy(update={"tables": tables, "layout": Layout.model_validate({**XML.layout.model_dump(), **layout})})


def _file(contract: Contract, folder: Path, request: SampleRequest = REQUEST) -> ElementTree.Element:
    return ElementTree.fromstring(write_sample(contract, folder, request=request).path.read_bytes())


def _expected(root: ElementTree.Element, decimal: str = ".") -> dict[str, Decimal]:
    def amount(row: ElementTree.Element) -> Decimal:
        return Decimal((row.findtext("AMOUNT") or "0").replace(decimal, "."))

    bills, gifts = root.findall("Foyer/Money/Bill"), root.findall("Foyer/Money/Gift")
    only_a = [amount(row) * (-1 if row.findtext("SENSE", "").strip() == "LESS" else 1) for row in bills if row.findtext("KIND") == "A"]
    return {
        "BILLS": sum(only_a, Decimal(0)),
        "GIFTS": sum(map(amount, gifts), Decimal(0)),
        "ALL": sum(map(amount, [*bills, *gifts]), Decimal(0)),
    }


def _announced(root: ElementTree.Element) -> dict[str, Decimal]:
    return {name: Decimal(root.findtext(f"Totals/Sums/{name}", "")) for name in ("BILLS", "GIFTS", "ALL")}


@pytest.mark.parametrize("role", ["header", "footer"])
def test_the_totals_are_those_of_the_rows_wherever_they_stand(role: str, tmp_path: Path) -> None:
    root = _file(_with_totals(role), tmp_path)
    told = _announced(root)
    assert told == _expected(root)
    assert told["BILLS"] != told["GIFTS"] != told["ALL"] > 0
    assert [child.tag for child in root].index("Totals") == (1 if role == "header" else len(root) - 2)


def test_totals_are_written_with_the_files_decimal_sign(tmp_path: Path) -> None:
    root = _file(_with_totals(decimal=","), tmp_path)
    told = root.findtext("Totals/Sums/ALL", "")
    assert told == f"{_expected(root, ',')['ALL']:.2f}".replace(".", ",")
    assert told.count(",") == 1


def test_a_file_without_an_amount_announces_zero(tmp_path: Path) -> None:
    root = _file(_with_totals(), tmp_path, SampleRequest(rows=10, seed=1, as_of=REQUEST.as_of, population=generate(1, 0, REQUEST.as_of)))
    assert [child.text for child in root.iter("Sums") for child in child] == ["0.00"] * 3


def test_totals_are_those_of_the_file_as_it_should_be(tmp_path: Path) -> None:
    """A sender adds up before a value is spoilt on the way."""
    spoilt, clean = (
        _file(_with_totals(), tmp_path / str(share), SampleRequest(rows=300, seed=1, as_of=REQUEST.as_of, defects=share))
        for share in (1, 0)
    )
    assert [item.text for item in spoilt.iter("BILLS")] == [item.text for item in clean.iter("BILLS")]
    assert _expected(spoilt)["BILLS"] != _expected(clean)["BILLS"]


def test_a_dossier_repeated_by_mistake_is_in_the_totals(tmp_path: Path) -> None:
    contract = _with_totals()
    made = write_sample(contract, tmp_path / "good", request=REQUEST)
    again = ElementTree.fromstring(mutate(contract, made.path, "duplicate_key", tmp_path / "bad").read_bytes())
    assert _announced(again) == _expected(again)
    assert _announced(again)["ALL"] > _expected(ElementTree.fromstring(made.path.read_bytes()))["ALL"]


def _rows(contract: Contract, table: str) -> list[dict[str, str]]:
    return [row.values for node in rows_for(contract, REQUEST) for row in node.walk() if row.table.name == table]


def _pointing(columns: tuple[str, ...], other: tuple[str, ...]) -> RowRule:
    return RowRule(id="known", kind="present_in", columns=columns, other=other, message="Faux.")


def test_what_a_row_names_is_in_the_other_table_of_its_record() -> None:
    named = (
        column("of_name", "De/NOM", sample=Sample(fill=0.7, pick=("PERSONNE",))),
        column("of_given", "De/PRENOM", sample=Sample(pick=("PERSONNE",))),
    )
    link = Table(
        name="link",
        role="child",
        parent="household",
        path="Lien",
        columns=named,
        sample_rows=(0, 2),
        rules=(_pointing(("of_name", "of_given"), ("person.name", "person.given_name")),),
    )
    contract = XML.model_copy(update={"tables": (*XML.tables, link)})
    filled = 0
    for node in rows_for(contract, REQUEST):
        people = [(row.values["name"], row.values["given_name"]) for row in node.children["person"]]
        for row in node.children.get("link", ()):
            if row.values["of_name"]:
                filled += 1
                assert (row.values["of_name"], row.values["of_given"]) in people
    assert filled > 10


def test_what_a_line_names_stands_in_another_line() -> None:
    head = column("head", sample=Sample(fill=0.8, pick=("X",)))
    contract = _one_table(CSV, [*CSV.record_table.columns, head], _pointing(("head",), ("suivi.file_number",)))
    rows = _rows(contract, "suivi")
    numbers = {row["file_number"] for row in rows}
    heads = [row["head"] for row in rows if row["head"]]
    assert len(heads) > 30
    assert set(heads) <= numbers


def _one_table(contract: Contract, columns: list[Column], *rules: RowRule) -> Contract:
    table = _changed(contract.record_table, columns=tuple(columns), rules=(*contract.record_table.rules, *rules))
    return contract.model_copy(update={"tables": (table,)})


def _nir_contract() -> Contract:
    birth = column("birth", type="date", format="dd/MM/yyyy", sample=Sample(fill=0.9, days=(-9000, -8000)))
    sex = column("sex_told", codes=codes("TOLD", "X", "Y", U="M", V="F"), sample=Sample(fill=0.9, weights={"U": 1}))
    rules = (
        RowRule(id="nir_birth", kind="nir_birth", columns=("nir", "birth"), message="Faux."),
        RowRule(id="nir_sex", kind="nir_sex", columns=("nir", "sex_told"), message="Faux."),
        RowRule(id="own_birth", kind="nir_birth", columns=("nir", "born_on"), message="Faux."),
    )
    return _one_table(CSV, [*CSV.record_table.columns, birth, sex], *rules)


def test_the_sex_and_the_birth_beside_a_nir_are_the_ones_it_says() -> None:
    rows = _rows(_nir_contract(), "suivi")
    assert {row["sex_told"] for row in rows} == {"", "U", "V"}
    for row in rows:
        assert not row["sex_told"] or row["nir"][0] == {"U": "1", "V": "2"}[row["sex_told"]]
        assert not row["birth"] or row["nir"][1:5] == row["birth"][8:10] + row["birth"][3:5]
        assert row["nir"][1:5] == row["born_on"][8:10] + row["born_on"][3:5]
    assert "" in {row["birth"] for row in rows}


def test_a_birth_date_the_sender_wrote_down_wrong_stays_wrong() -> None:
    seen = seen_by(generate(1, 4000, REQUEST.as_of), "ccas", 1)
    rows = [node.values for node in rows_for(_nir_contract(), SampleRequest(rows=10_000, seed=1, as_of=REQUEST.as_of, population=seen))]
    apart = [row for row in rows if row["nir"][1:5] != row["born_on"][8:10] + row["born_on"][3:5]]
    assert 0 < len(apart) < len(rows) / 20


def test_what_may_be_empty_is_so_only_where_it_may() -> None:
    phone = column("first_phone", sample=Sample(fill=0.3, pick=("1",)))
    mail = column("first_mail", sample=Sample(fill=0.3, pick=("2",)))
    state = column("state", codes=codes("STATE", "OPEN", "SHUT"), sample=Sample(fill=0.8, weights={"OPEN": 1, "SHUT": 1}))
    ended = column("ended", sample=Sample(fill=0.6, pick=("X",)))
    rules = (
        RowRule(id="contact", kind="at_least_one", columns=("first_phone", "first_mail"), message="Faux."),
        RowRule(id="ended", kind="empty_unless", columns=("ended", "state"), values=("SHUT",), message="Faux."),
    )
    rows = _rows(_one_table(CSV, [*CSV.record_table.columns, phone, mail, state, ended], *rules), "suivi")
    assert {(row["first_phone"], row["first_mail"]) for row in rows} == {("1", ""), ("", "2"), ("1", "2")}
    assert {(row["state"], row["ended"]) for row in rows} == {("", ""), ("OPEN", ""), ("SHUT", ""), ("SHUT", "X")}


def test_an_absent_block_is_not_opened_to_hold_one_of_several_values() -> None:
    leader = column("leader", "Bloc/A", required=True, sample=Sample(fill=0.3, pick=("1",)))
    inner = column("inner", "Bloc/B", sample=Sample(fill=0.5, pick=("2",)))
    other = column("other", "C", sample=Sample(fill=0.2, pick=("3",)))
    rule = RowRule(id="some", kind="at_least_one", columns=("inner", "other"), message="Faux.")
    piece = Table(
        name="piece",
        role="child",
        parent="household",
        path="P",
        columns=(leader, inner, other),
        rules=(rule,),
        optional_blocks=("Bloc",),
        sample_rows=(2, 3),
    )
    rows = _rows(XML.model_copy(update={"tables": (*XML.tables, piece)}), "piece")
    assert {row["leader"] for row in rows} == {"", "1"}
    assert all(row["inner"] or row["other"] for row in rows)
    assert not any(row["inner"] for row in rows if not row["leader"])
