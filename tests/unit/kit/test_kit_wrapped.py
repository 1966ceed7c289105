"""The kit of a feed whose files are of fixed width, or come in an envelope: no contract of the product is, a partner's may be."""

from __future__ import annotations

import base64
import io
import re
from datetime import date
from pathlib import Path

import pytest

import fixed_feed
from passerelle.checks.inspector import inspect
from passerelle.contract.load import find
from passerelle.contract.model import Contract
from passerelle.derive.synthetic import wrapping
from passerelle.errors import ConfigurationError
from passerelle.findings import Verdict
from passerelle.kit.blank import blank, has_blank
from passerelle.kit.build import write_kit
from passerelle.readers.openpgp import Unlock
from text_contracts import BARE, CSV, ENCRYPTED, PIPE, ZIPPED, variant
from typed_contracts import WORKBOOK

DAY = date(2026, 11, 20)
KEY = wrapping.new_key()
CERTIFICATE = wrapping.certificate_of(KEY)
CLEAR = "SUIVI_ML_20261120_0000001.txt"


def judged(contract: Contract, path: Path) -> tuple[Verdict, int]:
    seen = inspect(contract, io.BytesIO(path.read_bytes()), Unlock(KEY))
    return seen.verdict, seen.counts.accepted


@pytest.mark.parametrize("envelope", [(), ("gzip",), ("zip",), ("openpgp",), ("openpgp", "gzip")], ids="-".join)
def test_the_example_is_there_to_be_read_and_as_it_is_dropped(envelope: tuple[str, ...], tmp_path: Path) -> None:
    contract = find(fixed_feed.contracts_with_it(tmp_path / "contracts", *envelope), fixed_feed.FEED)
    page, *files = write_kit(contract, tmp_path / "kit", DAY, CERTIFICATE)
    names = {path.relative_to(page.parent).as_posix(): path for path in files}
    wrapped = f"exemple/{CLEAR}" + "".join(fixed_feed.ENDINGS[one] for one in reversed(envelope))
    assert judged(contract, names[wrapped]) == (Verdict.ACCEPTED, 5)
    assert judged(wrapping.without_envelope(contract), names[f"exemple/{CLEAR}"]) == (Verdict.ACCEPTED, 5)
    assert set(names) == {f"exemple/{CLEAR}", wrapped, "regles.csv", *(["cle-publique.asc"] if "openpgp" in envelope else [])}
    text = page.read_text(encoding="utf-8")
    assert set(names) == set(re.findall(r'href="([^#"]+)"', text))
    assert ("check VOTRE_FICHIER --feed mission_locale/suivi --unwrapped" in text) is ("openpgp" in envelope)
    assert "fichier vide" not in text


def test_the_page_says_where_each_value_stands(tmp_path: Path) -> None:
    contract = find(fixed_feed.contracts_with_it(tmp_path / "contracts"), fixed_feed.FEED)
    page, example, _ = write_kit(contract, tmp_path / "kit", DAY)
    text = re.sub("<[^>]+>", "", page.read_text(encoding="utf-8"))
    for column in contract.record_table.columns:
        assert column.start
        assert column.width
        last = column.start + column.width - 1
        place = f"caractères {column.start} à {last}" if column.width > 1 else f"caractère {last}"
        assert re.search(rf"{re.escape(column.label)}\n{re.escape(column.source)}\n[^\n]*{place}\b", text), column.name
    width = max(map(len, example.read_text(encoding="iso8859-15").splitlines()))
    assert f"une ligne de {width} caractères" in text
    assert "elle commence par FIN ; le nombre de lignes y figure à partir du caractère 11, sur 8." in text
    assert "décimales après ,." in text
    assert "Nom dans le fichier" not in text
    assert "Rien d'autre ne doit figurer dans le fichier" in text


def test_an_encrypted_example_needs_the_key_that_is_then_in_the_kit(tmp_path: Path) -> None:
    _, *clear = write_kit(ENCRYPTED, tmp_path / "clear", DAY)
    assert sorted(path.name for path in clear if path.parent.name == "exemple") == ["SUIVI_20261120.csv"]
    page, *files = write_kit(ENCRYPTED, tmp_path / "whole", DAY, CERTIFICATE)
    key = next(path for path in files if path.name == "cle-publique.asc").read_bytes()
    found = wrapping.public_key(key)
    assert b"PUBLIC KEY BLOCK" in key
    assert found.fingerprint == wrapping.public_key(CERTIFICATE).fingerprint
    assert found.fingerprint in page.read_text(encoding="utf-8").replace(" ", "")
    assert judged(ENCRYPTED, next(path for path in files if path.suffix == ".gpg")) == (Verdict.ACCEPTED, 5)
    assert [path for path in files if path.parent.name == "modele"][0].name == "SUIVI_20261120.csv"


def test_a_private_key_is_never_taken_for_a_public_one() -> None:
    armoured = b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n%b\n-----END PGP PRIVATE KEY BLOCK-----\n" % base64.encodebytes(KEY)
    for wrong in (KEY, armoured, b"no key", b""):
        with pytest.raises(ConfigurationError, match="OpenPGP key"):
            wrapping.public_key(wrong)
    with pytest.raises(ConfigurationError, match="private OpenPGP key"):
        wrapping.public_key(armoured)


def test_a_name_without_ending_does_not_hide_the_wrapped_example(tmp_path: Path) -> None:
    bare = variant(CSV, envelope=("gzip",), name_pattern="SUIVI_.*", name_template="SUIVI_{date}")
    _, inside, wrapped, *_ = write_kit(bare, tmp_path, DAY)
    assert (inside.name, wrapped.name) == ("SUIVI_20261120.clair", "SUIVI_20261120")
    assert judged(bare, wrapped) == (Verdict.ACCEPTED, 5)


def test_the_empty_file_ends_as_a_file_without_rows_must() -> None:
    for contract in (PIPE, wrapping.without_envelope(ZIPPED)):
        seen = inspect(contract, io.BytesIO(blank(contract, DAY)))
        assert (list(seen.findings()), seen.counts.received, seen.verdict) == ([], 0, Verdict.HELD)


def test_there_is_no_empty_file_where_columns_have_no_names() -> None:
    assert not has_blank(BARE)
    assert not has_blank(variant(WORKBOOK, header=False))
    assert has_blank(WORKBOOK)
