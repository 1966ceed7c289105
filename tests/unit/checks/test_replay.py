"""A file of only some records: the partner's own bytes, readable as the first file was."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import installation
import text_contracts
import typed_contracts
from installation import AS_OF
from invented_contracts import CSV
from passerelle.checks import replay, tag_bytes
from passerelle.checks.inspector import inspect
from passerelle.checks.record_keys import hash_key, keys_of, read_keys
from passerelle.contract.load import feed_ids
from passerelle.contract.model import Contract
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.errors import InvariantError
from passerelle.findings import Verdict
from passerelle.readers.envelope import opened
from passerelle.readers.reading import read
from passerelle.readers.survey import survey
from passerelle.steps.correction import contract_of_correction

ROWS = 12
SOME = (0, 4, 5, 11)
_INVENTED = {**text_contracts.ALL, "jsonl": typed_contracts.JSONL, "workbook": typed_contracts.WORKBOOK}
NAMES = [*feed_ids(installation.REPOSITORY / "contracts"), *(name for name in _INVENTED if name != "encrypted")]
XML_FEED = "caf/rsa_beneficiaires_mensuel"


def contract_named(name: str) -> Contract:
    return _INVENTED[name] if name in _INVENTED else installation.product_contract(name)


def inside_of(contract: Contract, folder: Path) -> bytes:
    """The inside of a synthetic file."""
    path = write_sample(contract, folder, request=SampleRequest(rows=ROWS, seed=2, as_of=AS_OF)).path
    with path.open("rb") as file, opened(contract, file) as inside:
        return inside.read()


def copied(contract: Contract, data: bytes, records: tuple[int, ...]) -> bytes:
    out = io.BytesIO()
    replay.write_aside(contract, io.BytesIO(data), records, out)
    return out.getvalue()


def unwrapped(contract: Contract) -> Contract:
    return contract.model_copy(update={"layout": contract.layout.model_copy(update={"envelope": ()})})


def texts(contract: Contract, data: bytes) -> list[list[object]]:
    """Every value of the record table, row by row."""
    with io.BytesIO(data) as file:
        found = survey(contract.layout, file)
        chunks = [chunk.tables.get(contract.record_table.name) for chunk in read(contract, file, found)]
    return [list(row.values()) for rows in chunks if rows is not None for row in rows.values.to_pylist()]


@pytest.mark.parametrize("name", NAMES)
def test_the_file_of_all_records_is_the_file_itself(name: str, tmp_path: Path) -> None:
    contract = contract_named(name)
    data = inside_of(contract, tmp_path)
    again = copied(contract, data, tuple(range(ROWS)))
    assert texts(contract, again) == texts(contract, data)
    if contract.layout.format != "xlsx":
        assert again == data


@pytest.mark.parametrize("name", NAMES)
def test_the_file_of_some_records_holds_them_as_they_were_and_checks_clean(name: str, tmp_path: Path) -> None:
    contract = contract_named(name)
    data = inside_of(contract, tmp_path)

    some = copied(contract, data, SOME)

    assert texts(contract, some) == [texts(contract, data)[record] for record in SOME]
    judged = inspect(unwrapped(contract_of_correction(contract)), io.BytesIO(some))
    assert (judged.counts.received, judged.counts.accepted) == (len(SOME), len(SOME)), judged.reason
    assert judged.verdict is Verdict.ACCEPTED
    assert list(keys_of(contract, io.BytesIO(some), range(len(SOME))).values()) == list(keys_of(contract, io.BytesIO(data), SOME).values())


@pytest.mark.parametrize("name", NAMES)
def test_a_workbook_or_file_made_twice_is_the_same(name: str, tmp_path: Path) -> None:
    contract = contract_named(name)
    data = inside_of(contract, tmp_path)
    assert copied(contract, data, SOME) == copied(contract, data, SOME)


@pytest.mark.parametrize("name", [XML_FEED, "ccas/accompagnement", "fixed", "jsonl", "workbook"])
def test_a_record_the_file_does_not_have_is_an_error_never_a_shorter_file(name: str, tmp_path: Path) -> None:
    contract = contract_named(name)
    with pytest.raises(InvariantError):
        copied(contract, inside_of(contract, tmp_path), (3, ROWS))
    with pytest.raises(InvariantError):
        copied(contract, inside_of(contract, tmp_path), ())


# Lines


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_lines_that_a_quote_swallowed_go_with_the_record_that_swallowed_them(end: bytes, bom: bytes, tmp_path: Path) -> None:
    contract = installation.product_contract("ccas/accompagnement")
    lines = [line + end for line in inside_of(contract, tmp_path).removeprefix(b"\xef\xbb\xbf").splitlines()]
    cut = lines[4].index(b";") + 1
    lines[4] = lines[4][:cut] + b'"' + lines[4][cut:]
    lines[6] = lines[6][: -len(end)] + b'"' + end
    data = bom + b"".join(lines)
    found = inspect(contract, io.BytesIO(data))
    assert found.set_aside.tolist() == [3]
    assert found.counts.set_aside == 3

    assert copied(contract, data, (3, 6)) == bom + b"".join([lines[0], *lines[4:7], lines[9]])


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), text=st.lists(st.text('ab";\r\n', max_size=8), min_size=1, max_size=8))
def test_whatever_the_lines_those_of_all_records_and_those_of_none_make_the_file(seed: int, text: list[str]) -> None:
    """Every physical line belongs to exactly one record, or is blank, or the header: copying all set aside and the rest separately."""
    dice = random.Random(seed)
    names = [column.source for column in CSV.record_table.columns]
    delimiter = CSV.layout.delimiter
    rows = [delimiter.join([cell, *("x" for _ in names[1:])]) + dice.choice(["\n", "\r\n"]) for cell in text]
    data = (delimiter.join(names) + "\n" + "".join(rows)).encode(CSV.layout.encoding)
    found = inspect(CSV, io.BytesIO(data))
    if found.verdict is Verdict.REFUSED or not len(found.set_aside):
        return
    part = copied(CSV, data, tuple(found.set_aside.tolist()))
    header, rest = part.splitlines(keepends=True)[0], part.splitlines(keepends=True)[1:]
    assert header == data.splitlines(keepends=True)[0]
    assert len(rest) == found.counts.set_aside
    assert is_part_of(rest, data.splitlines(keepends=True)[1:])


def is_part_of(some: list[bytes], lines: list[bytes]) -> bool:
    """Whether these are lines of the file, in its order."""
    remaining = iter(lines)
    return all(line in remaining for line in some)


def test_a_trailers_count_keeps_its_place_and_its_width(tmp_path: Path) -> None:
    data = inside_of(text_contracts.FIXED, tmp_path)
    before, after = (content.splitlines(keepends=True)[-1] for content in (data, copied(text_contracts.FIXED, data, SOME)))
    assert len(after) == len(before)
    assert before != after
    assert after[10:18].strip().lstrip(b"0") == b"4"


# XML


HEAD = b"""<?xml version="1.0" encoding="windows-1252"?>
<!-- <InfosFoyerRSA>nobody</InfosFoyerRSA> --><Racine note='a > "b"'>
 <IdentificationFlux/>
 """
FOOT = b"""
 <TransmissionFlux><NBTOTDOSRSATRANSM>0005</NBTOTDOSRSATRANSM><NBTOTDOSRSATRANSMANO> 2 </NBTOTDOSRSATRANSMANO></TransmissionFlux>
</Racine><?end <InfosFoyerRSA> ?>
"""
DOSSIERS = [
    b"<InfosFoyerRSA><A>1</A></InfosFoyerRSA>",
    b"<InfosFoyerRSA ><![CDATA[</InfosFoyerRSA><InfosFoyerRSA>]]></InfosFoyerRSA >",
    b"<InfosFoyerRSA><InfosFoyerRSA/><X><InfosFoyerRSA>in</InfosFoyerRSA></X><!--</InfosFoyerRSA>--></InfosFoyerRSA>",
    b"<InfosFoyerRSA x='>'\n/>",
    b"<InfosFoyerRSA><InfosFoyerRSABIS>\xe9</InfosFoyerRSABIS></InfosFoyerRSA>",
]


@pytest.mark.parametrize("block", [1, 2, 5, 64, 1 << 20])
@pytest.mark.parametrize("wanted", [(0,), (3,), (4,), (0, 2, 4), (1, 2), (0, 1, 2, 3, 4)])
def test_dossiers_are_found_whatever_stands_in_them_and_wherever_a_block_ends(
    wanted: tuple[int, ...], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tag_bytes, "_BLOCK", block)
    out = io.BytesIO()
    data = HEAD + b"\n\t".join(DOSSIERS) + FOOT
    replay.write_aside(installation.product_contract(XML_FEED), io.BytesIO(data), wanted, out, received=5)
    count = b"%04d" % (len(wanted) + 2)
    assert out.getvalue() == HEAD + b"\n\t".join(DOSSIERS[at] for at in wanted) + FOOT.replace(b"0005", count)


def test_dossiers_that_the_reader_did_not_count_are_an_error() -> None:
    data = HEAD + b"\n".join(DOSSIERS) + FOOT
    with pytest.raises(InvariantError):
        replay.write_aside(installation.product_contract(XML_FEED), io.BytesIO(data), (0,), io.BytesIO(), received=4)


# Keys


def test_a_key_shows_no_secret_column_and_nothing_that_may_be_a_nir(tmp_path: Path) -> None:
    contract = typed_contracts.JSONL
    table = contract.record_table.model_copy(update={"key": ("number", "birth_name")})
    keyed = contract.model_copy(update={"tables": (table,)})
    data = inside_of(keyed, tmp_path)
    lines = data.splitlines(keepends=True)
    lines[2] = lines[2].replace(b'"P-', b'"185127512345612", "x": "')
    found = keys_of(keyed, io.BytesIO(b"".join(lines)), (1, 2, 3))
    assert set(found) == {1, 3}
    assert " / " in found[1]


def test_the_same_record_in_another_feed_of_the_series_has_another_hash_when_its_key_means_another_thing() -> None:
    contract = installation.product_contract("ccas/accompagnement")
    other = installation.product_contract("france_travail/inscriptions")
    assert hash_key(contract, ["a"], str) == hash_key(contract, ["a"], str)
    assert hash_key(contract, ["a"], str) != hash_key(other, ["a"], str)
    assert hash_key(contract, [None], str) is None


def test_the_hash_of_a_key_does_not_depend_on_how_the_value_is_written(tmp_path: Path) -> None:
    contract = installation.product_contract("france_travail/inscriptions")
    data = inside_of(contract, tmp_path)
    quoted = b"".join(
        line if place == 0 else b";".join(b'"' + cell.strip() + b'"' for cell in line.split(b";")) + b"\n"
        for place, line in enumerate(data.splitlines(keepends=True))
    )
    plain, other = ([key.hash for key in read_keys(contract, io.BytesIO(each), SOME, str)] for each in (data, quoted))
    assert plain == other
    assert len(set(plain)) == len(SOME)
