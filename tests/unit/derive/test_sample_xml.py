"""The synthetic XML file: dossiers with their blocks, child rows and lifted values."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from invented_contracts import CSV, XML
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic.records import SampleRequest, rows_for
from passerelle.population.generate import generate
from passerelle.population.nir import nir_key

AS_OF = date(2026, 3, 2)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(XML, tmp_path_factory.mktemp("xml"), request=SampleRequest(rows=200, seed=1, as_of=AS_OF)).path


@pytest.fixture(scope="module")
def root(path: Path) -> ElementTree.Element:
    return ElementTree.fromstring(path.read_bytes())


def _texts(element: ElementTree.Element, path: str) -> list[str]:
    return [(found.text or "").rstrip() for found in element.findall(path)]


def test_header_first_dossiers_then_footer_with_the_right_counts(root: ElementTree.Element) -> None:
    assert [child.tag for child in root] == ["Entete", *["Foyer"] * 200, "Pied"]
    assert root.findtext("Pied/TOTAL") == "200"
    assert root.findtext("Pied/ANOMALIES") == "0"


def test_the_stamp_is_the_files_date_and_grows_with_the_sequence(tmp_path: Path) -> None:
    stamps = []
    for sequence in (1, 2):
        made = write_sample(XML, tmp_path, request=SampleRequest(rows=1, seed=1, as_of=AS_OF, sequence=sequence))
        header = ElementTree.fromstring(made.path.read_bytes()).find("Entete")
        assert header is not None
        stamps.append((header.findtext("DATE"), header.findtext("HEURE")))
    assert stamps == [("2026-03-02", "06:01:00.0000"), ("2026-03-02", "06:02:00.0000")]


def test_the_declaration_names_the_encoding_as_windows_does(path: Path) -> None:
    assert path.read_bytes().startswith(b'<?xml version="1.0" encoding="windows-1252"?>\n<Racine>')


def test_elements_stand_in_the_order_of_the_contract(root: ElementTree.Element) -> None:
    order = ["Ident", "Cedant", "Personne", "Adm", "Droit"]
    for household in root.iter("Foyer"):
        tags = [child.tag for child in household]
        assert tags == sorted(tags, key=order.index)
        assert {"Ident", "Personne", "Adm", "Droit"} <= set(tags)
    assert {child.tag for person in root.iter("Personne") for child in person} == {"Civil", "Prestations", "Droits"}


def test_each_person_carries_each_named_benefit_once(root: ElementTree.Element) -> None:
    for person in root.iter("Personne"):
        assert _texts(person, "Prestations/NATPREST") == ["PFA", "RSA"]


def test_lifted_roles_are_those_of_the_household(root: ElementTree.Element) -> None:
    for household in root.iter("Foyer"):
        roles = [_texts(person, "Prestations/ROLEPERS")[1] for person in household.findall("Personne")]
        assert roles[0] == "DEM"
        assert set(roles[1:]) <= {"CJT", "ENF"}
        for person, role in zip(household.findall("Personne"), roles, strict=True):
            assert (person.find("Droits/TOP") is not None) == (role != "ENF")


def test_only_the_first_of_a_household_are_written_where_the_contract_wants_fewer(tmp_path: Path) -> None:
    tables = tuple(table.model_copy(update={"sample_rows": (1, 1)}) if table.name == "person" else table for table in XML.tables)
    contract = XML.model_copy(update={"tables": tables})
    made = write_sample(contract, tmp_path, request=SampleRequest(rows=50, seed=1, as_of=AS_OF))
    for household in ElementTree.fromstring(made.path.read_bytes()).iter("Foyer"):
        assert [_texts(person, "Prestations/ROLEPERS")[1] for person in household.findall("Personne")] == ["DEM"]


def test_the_current_address_comes_first_and_earlier_ones_are_numbered(root: ElementTree.Element) -> None:
    ranks = [_texts(household, "Adm/Adresse/Rang/RGADR") for household in root.iter("Foyer")]
    assert all(rank == ["01", "02", "03"][: len(rank)] for rank in ranks)
    assert {len(rank) for rank in ranks} == {1, 2, 3}
    for household in root.iter("Foyer"):
        first, *others = _texts(household, "Adm/Adresse/Lieu/CODEPOS")
        assert first.startswith("99")
        assert first != "99999", "the lifted postcode is not that of the household"
        assert set(others) <= {"99999"}


def test_optional_blocks_are_whole_or_absent(root: ElementTree.Element) -> None:
    former = [household.find("Cedant") for household in root.iter("Foyer")]
    present = [block for block in former if block is not None]
    assert 0 < len(present) < len(former)
    assert all(block.findtext("FONORGCED") and block.findtext("DATE") for block in present)
    for household in root.iter("Foyer"):
        assert (household.find("Droit/Fin") is not None) == (household.findtext("Droit/Etat/ETAT", "").strip() == "5")


def test_child_rows_follow_the_condition_on_their_parent(root: ElementTree.Element) -> None:
    for household in root.iter("Foyer"):
        assert (household.find("Droit/Suspension") is not None) == (household.findtext("Droit/Etat/ETAT", "").strip() == "2")


def test_matricule_and_nir_follow_the_paying_body(root: ElementTree.Element) -> None:
    bodies = set()
    for household in root.iter("Foyer"):
        body, matricule = household.findtext("Ident/FONORG", "").strip(), household.findtext("Ident/MATRICULE", "")
        bodies.add(body)
        nirs = _texts(household, "Personne/Civil/NIR")
        if body == "CAF":
            assert matricule.endswith("00000000")
            assert all(len(nir) == 13 for nir in nirs)
        else:
            assert matricule == nirs[0]
            assert all(nir[13:] == nir_key(nir[:13]) for nir in nirs)
        assert len(matricule) == 15
    assert bodies == {"CAF", "MSA"}


def test_only_one_paying_bodys_households_are_written_when_asked(tmp_path: Path) -> None:
    request = SampleRequest(rows=15, seed=1, as_of=AS_OF, organisation="MSA")
    root = ElementTree.fromstring(write_sample(XML, tmp_path, request=request).path.read_bytes())
    assert {text.strip() for text in _texts(root, "Foyer/Ident/FONORG")} == {"MSA"}
    assert len(root.findall("Foyer")) == 15


def test_names_are_capitals_without_accents_and_codes_are_padded(path: Path, root: ElementTree.Element) -> None:
    for name in _texts(root, "Foyer/Personne/Civil/NOM") + _texts(root, "Foyer/Personne/Civil/PRENOM"):
        assert name.isascii()
        assert name == name.upper()
    assert b"<FONORG>CAF </FONORG>" in path.read_bytes()


def test_text_is_escaped(path: Path) -> None:
    assert b"<TEXTE>A &amp; B &lt; C</TEXTE>" in path.read_bytes()


def test_the_footer_counts_what_a_population_that_ends_gave(tmp_path: Path) -> None:
    population = generate(1, 12, AS_OF)
    made = write_sample(XML, tmp_path, request=SampleRequest(rows=100, seed=1, as_of=AS_OF, population=population))
    root = ElementTree.fromstring(made.path.read_bytes())
    assert made.rows == len(root.findall("Foyer")) == 12
    assert root.findtext("Pied/TOTAL") == "12"


def test_the_same_people_have_the_same_numbers_in_another_partners_file(tmp_path: Path) -> None:

    population = generate(1, 60, AS_OF)
    request = SampleRequest(rows=1000, seed=1, as_of=AS_OF, population=population)
    lines = {node.values["nir"][:13] for node in rows_for(CSV, request)}
    adults = {
        person.values["nir"][:13]
        for household in rows_for(XML, request)
        for person in household.children["person"]
        if person.values["role"] != "ENF"
    }
    assert lines == adults
