"""The files of several sources about one large invented country: hard, reproducible, and true to what was asked."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from passerelle.errors import ConfigurationError
from passerelle.population.dossiers import CASES
from passerelle.population.frequencies import given_names, surnames
from passerelle.population.measures import measure
from passerelle.population.nir import nir_key
from passerelle.population.options import CAF, FRANCE_TRAVAIL, Options, Source
from passerelle.population.register import Register, make_register
from passerelle.population.sources import COLUMNS, Files, make_files, write_files

OPTIONS = Options(seed=11, records=20_000)
SMALL = Options(seed=5, records=400)


@pytest.fixture(scope="module")
def files() -> Files:
    return make_files(OPTIONS)


@pytest.fixture(scope="module")
def register() -> Register:
    return make_register(OPTIONS)


def fingerprint(files: Files) -> str:
    text = "".join(str(table.to_pydict()) for table in [*files.sources.values(), files.truth])
    return hashlib.sha256(text.encode()).hexdigest()


def share(mask: pa.ChunkedArray) -> float:
    return pc.mean(pc.cast(mask, pa.float64())).as_py()


def with_truth(files: Files, source: str) -> pa.Table:
    """The file and the truth side by side: the truth has the records in the order of the files."""
    table = files.sources[source]
    truth = files.truth.filter(pc.equal(files.truth["source"], source))
    assert truth["record_id"].to_pylist() == table["record_id"].to_pylist()
    return table.append_column("truth_id", truth["truth_id"]).append_column("case", truth["case"])


def true_value(register: Register, files: Files, source: str, values: pa.Array) -> pa.Array:
    positions = pc.cast(pc.utf8_slice_codeunits(with_truth(files, source)["truth_id"], 1), pa.int64())
    return pc.take(values, positions.combine_chunks())


def test_the_same_seed_gives_the_same_files() -> None:
    assert fingerprint(make_files(SMALL)) == fingerprint(make_files(SMALL))


def test_another_seed_gives_other_files() -> None:
    assert fingerprint(make_files(SMALL)) != fingerprint(make_files(replace(SMALL, seed=6)))


def test_the_files_of_a_seed_are_those_of_every_machine() -> None:
    """Written down: a change here changes every benchmark figure, so it must be meant, and said in the changelog."""
    assert fingerprint(make_files(SMALL)) == WRITTEN_DOWN


def test_the_bytes_written_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    one, two = (write_files(make_files(SMALL), tmp_path / name) for name in ("one", "two"))
    assert [path.name for path in one] == ["caf.parquet", "msa.parquet", "france_travail.parquet", "ccas.parquet", "truth.parquet"]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    assert pq.read_table(one[0]).column_names == list(COLUMNS)


def test_each_file_has_the_columns_of_the_matcher_and_the_records_asked_for(files: Files) -> None:
    assert {name: table.num_rows for name, table in files.sources.items()} == {
        "CAF": 20_000,
        "MSA": 1_200,
        "FRANCE_TRAVAIL": 20_000,
        "CCAS": 3_000,
    }
    for table in files.sources.values():
        assert table.column_names == list(COLUMNS)


def test_the_truth_says_who_each_record_is_about_once(files: Files) -> None:
    records = pa.concat_tables([table.select(["record_id"]) for table in files.sources.values()])
    assert sorted(files.truth["record_id"].to_pylist()) == sorted(records["record_id"].to_pylist())
    assert pc.count_distinct(files.truth["record_id"]).as_py() == files.truth.num_rows
    assert files.truth["truth_id"].null_count == 0


@pytest.mark.parametrize("source", [CAF, FRANCE_TRAVAIL], ids=lambda source: source.name)
def test_rates_come_out_as_asked(files: Files, register: Register, source: Source) -> None:
    table = with_truth(files, source.name)
    rates = source.rates
    assert share(pc.is_valid(table["nir"])) == pytest.approx(rates.nir, abs=0.015)
    assert share(pc.is_valid(table["birth_place_name"])) == pytest.approx(rates.birth_place, abs=0.015)
    sex = pc.if_else(true_value(register, files, source.name, pa.array(register.families.is_male)), "M", "F")
    assert share(pc.not_equal(table["sex"], sex)) == pytest.approx(rates.sex_wrong, abs=0.001)
    born = true_value(register, files, source.name, pa.array(register.born.astype("int32"), pa.int32()).cast(pa.date32()))
    expected = rates.date_wrong + rates.date_swapped * 0.35
    assert share(pc.not_equal(table["birth_date"], born)) == pytest.approx(expected, abs=0.003)
    assert share(pc.is_valid(table["case"])) == pytest.approx(source.duplicates, abs=0.002)


def test_the_overlap_is_the_one_asked_for(files: Files) -> None:
    known = set(with_truth(files, "CAF")["truth_id"].to_pylist())
    people = set(with_truth(files, "FRANCE_TRAVAIL")["truth_id"].to_pylist())
    assert len(people & known) / len(people) == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize("share_asked", [0.015, 0.06])
def test_twins_are_as_many_as_asked_and_hard_to_tell_apart(share_asked: float) -> None:
    options = replace(OPTIONS, twins=share_asked)
    register = make_register(options)
    families, names = register.families, register.names
    elder = [at for at in range(len(register)) if families.twin[at] >= 0 and families.birth_rank[at] == 1]
    assert 2 * len(elder) / len(register) == pytest.approx(share_asked, rel=0.03)
    same_sex = consecutive = 0
    for one in elder:
        two = families.twin[one]
        assert register.born[one] == register.born[two]
        assert register.place[one] == register.place[two]
        assert names.surname[one].tolist() == names.surname[two].tolist()
        if families.is_male[one] == families.is_male[two]:
            same_sex += 1
            assert names.given[one, 0] != names.given[two, 0]
            consecutive += int(register.nir[int(two)].as_py()[10:]) - int(register.nir[one].as_py()[10:]) == 1
    assert consecutive == same_sex
    assert same_sex / len(elder) == pytest.approx(0.64, abs=0.1)


def test_some_twins_share_the_stem_of_a_compound_given_name(files: Files) -> None:
    truth = files.truth
    rows = pa.concat_tables(
        [table.select(["record_id", "birth_name", "birth_date", "sex", "given_names"]) for table in files.sources.values()]
    )
    twins = rows.filter(truth["is_twin"]).to_pylist()
    pairs: dict[tuple[object, ...], set[str]] = {}
    for row in twins:
        first = (row["given_names"] or "").upper().split("|")[0]
        if first.count("-") == 1:
            pairs.setdefault((row["birth_name"], row["birth_date"], row["sex"], first.split("-")[0]), set()).add(first)
    assert any(len(names) > 1 for names in pairs.values())


def test_no_twins_bear_one_compound_name_written_with_and_without_accents() -> None:
    register = make_register(replace(OPTIONS, records=5_000, twins=0.5, twins_common_stem=1.0))
    families, given = register.families, register.names.given
    for sex, is_male in (("F", False), ("M", True)):
        written = given_names(sex).ascii_upper.to_pylist()
        pairs = [
            (one, two) for one, two in enumerate(families.twin) if one < two and {families.is_male[one], families.is_male[two]} == {is_male}
        ]
        assert len(pairs) > 300
        assert not [one for one, two in pairs if written[given[one, 0]] == written[given[two, 0]]]


def test_no_two_people_have_one_nir_and_keys_are_right(register: Register) -> None:
    numbers = register.nir.to_pylist() + register.provisional_nir.to_pylist()
    keys = register.nir_key.to_pylist() + register.provisional_key.to_pylist()
    assert len(set(numbers)) == len(numbers)
    assert all(nir_key(number) == key for number, key in zip(numbers, keys, strict=True))
    assert any("2A" in number for number in numbers)
    assert any("2B" in number for number in numbers)


def test_a_nir_says_sex_and_month_of_birth(register: Register) -> None:
    months = register.born.astype("datetime64[D]").astype(str)
    for at in range(0, len(register), 7):
        number = register.nir[at].as_py()
        assert number[0] == ("1" if register.families.is_male[at] else "2")
        assert number[1:5] == months[at][2:4] + months[at][5:7]


def test_a_provisional_number_is_built_like_the_final_one_and_is_another(register: Register) -> None:
    had = [at for at in range(len(register)) if register.provisional[at] >= 0]
    assert len(had) / len(register) == pytest.approx(0.01, abs=0.002)
    for at in had:
        provisional = register.provisional_nir[int(register.provisional[at])].as_py()
        assert provisional[:10] == register.nir[at].as_py()[:10]
        assert provisional != register.nir[at].as_py()


def test_a_nir_in_a_file_is_right_unless_it_is_of_someone_else_provisional_junk_or_mistyped(files: Files, register: Register) -> None:
    table = with_truth(files, "CAF")
    right = true_value(register, files, "CAF", register.nir).to_pylist()
    off = [(shown, true) for shown, true in zip(table["nir"].to_pylist(), right, strict=True) if shown is not None and shown != true]
    assert 0.003 < len(off) / table.num_rows < 0.02
    everyone = set(register.nir.to_pylist())
    provisional = set(register.provisional_nir.to_pylist())
    kinds = {
        "junk": sum(bool(re.fullmatch(r"(.)\1{12}", shown)) for shown, _ in off),
        "provisional": sum(shown in provisional for shown, _ in off),
        "someone else": sum(shown in everyone for shown, _ in off),
    }
    assert all(kinds.values()), kinds
    assert sum(kinds.values()) < len(off)


def test_the_nir_of_someone_else_is_that_of_a_member_of_the_family(files: Files, register: Register) -> None:
    table = with_truth(files, "CAF")
    owner = {number: at for at, number in enumerate(register.nir.to_pylist())}
    wrong = [
        (owner[row["nir"]], int(row["truth_id"][1:]))
        for row in table.select(["nir", "truth_id"]).to_pylist()
        if row["nir"] in owner and owner[row["nir"]] != int(row["truth_id"][1:])
    ]
    related = [register.families.family[left] == register.families.family[right] for left, right in wrong]
    assert len(related) > 8
    assert sum(related) / len(related) > 0.8, "a typing error may hit another person's number, rarely"


def test_only_a_source_that_knows_says_whether_the_nir_is_certified(files: Files) -> None:
    assert files.sources["FRANCE_TRAVAIL"]["nir_certified"].null_count == 20_000
    assert share(files.sources["CAF"]["nir_certified"]) == pytest.approx(0.9 * 0.97, abs=0.02)


def test_every_kind_of_second_record_occurs(files: Files) -> None:
    assert set(files.truth.filter(pc.equal(files.truth["source"], "CAF"))["case"].to_pylist()) == {None, *CASES}


def first_and_second(files: Files, source: str, case: str) -> list[tuple[dict[str, object], dict[str, object]]]:
    rows = with_truth(files, source).to_pylist()
    first = {row["truth_id"]: row for row in rows if row["case"] is None}
    return [(first[row["truth_id"]], row) for row in rows if row["case"] == case]


def test_after_a_move_the_new_dossier_names_the_former_one(files: Files) -> None:
    pairs = first_and_second(files, "CAF", "move")
    assert len(pairs) > 50
    for before, after in pairs:
        assert after["previous_dossier_number"] == before["dossier_number"]
        assert after["dossier_number"] != before["dossier_number"]
    assert sum(before["organisation"] != after["organisation"] for before, after in pairs) > len(pairs) * 0.9


def test_twice_in_one_dossier_keeps_the_dossier_and_two_dossiers_do_not(files: Files) -> None:
    for before, after in first_and_second(files, "CAF", "same_dossier"):
        assert (before["dossier_number"], before["caf_number"]) == (after["dossier_number"], after["caf_number"])
    for before, after in first_and_second(files, "CAF", "two_dossiers"):
        assert before["dossier_number"] != after["dossier_number"]


def test_after_a_separation_the_person_has_a_dossier_and_an_address_of_their_own(files: Files, register: Register) -> None:
    for before, after in first_and_second(files, "CAF", "separation"):
        is_adult = register.families.is_adult[int(str(after["truth_id"])[1:])]
        assert after["role"] == ("DEM" if is_adult else "ENF")
        assert after["usage_name"] is None
        assert after["dossier_number"] != before["dossier_number"]
        assert after["address"] != before["address"]


def test_a_provisional_number_becomes_final_within_a_file(files: Files, register: Register) -> None:
    pairs = first_and_second(files, "CAF", "final_nir")
    assert len(pairs) > 20
    provisional, final = set(register.provisional_nir.to_pylist()), set(register.nir.to_pylist())
    assert sum(before["nir"] in provisional for before, _ in pairs) / len(pairs) > 0.9
    assert sum(after["nir"] in final for _, after in pairs) / len(pairs) > 0.9
    assert not any(before["nir_certified"] for before, _ in pairs)


def test_a_matricule_is_of_one_dossier_in_one_caisse_and_another_caisse_gives_it_too(files: Files) -> None:
    table = files.sources["CAF"].select(["organisation", "caf_number", "dossier_number"]).to_pylist()
    dossiers: dict[tuple[str, str], set[str]] = {}
    caisses: dict[str, set[str]] = {}
    for row in table:
        dossiers.setdefault((row["organisation"], row["caf_number"]), set()).add(row["dossier_number"])
        caisses.setdefault(row["caf_number"], set()).add(row["organisation"])
    assert all(len(found) == 1 for found in dossiers.values())
    assert any(len(found) > 1 for found in caisses.values())


def test_the_matricule_of_the_msa_is_the_nir_of_the_applicant(files: Files) -> None:
    rows = files.sources["MSA"].filter(pc.equal(files.sources["MSA"]["role"], "DEM")).to_pylist()
    same = [row["nir"][:13] == row["caf_number"] for row in rows if row["nir"]]
    assert sum(same) / len(same) > 0.95


def test_france_travail_numbers_have_8_or_11_characters_and_some_are_zeros(files: Files) -> None:
    numbers = files.sources["FRANCE_TRAVAIL"]["france_travail_number"].to_pylist()
    assert {len(number) for number in numbers} == {8, 11}
    assert numbers.count("00000000") > 5


def test_the_traps_of_real_files_are_there(files: Files, register: Register) -> None:
    caf, ccas = files.sources["CAF"], files.sources["CCAS"]
    assert pc.any(pc.match_substring(caf["given_names"], "-")).as_py()
    assert pc.any(pc.match_substring(caf["birth_name"], "-")).as_py()
    assert pc.any(pc.match_substring(ccas["nir"], " ")).as_py(), "no NIR written in groups"
    assert set(pc.unique(pc.utf8_length(ccas["nir"])).to_pylist()) >= {13, 15}
    assert pc.any(pc.match_substring(caf["phone"], "|")).as_py()
    assert share(pc.is_valid(caf["usage_name"])) > 0.1
    foreign = pc.match_substring_regex(caf["birth_place_code"], "^99")
    assert share(pc.fill_null(foreign, False)) == pytest.approx(0.92 * 0.235, abs=0.05)
    new_year = pc.match_substring_regex(pc.cast(caf["birth_date"], pa.string()), "01-01$")
    assert 0.015 < share(new_year) < 0.05
    assert set(caf["birth_date_precision"].to_pylist()) == {"day", "year"}
    assert 0.005 < share(pc.is_null(ccas["birth_date"])) < 0.04
    assert pc.any(pc.equal(ccas["phone"], "0600000000")).as_py()
    assert pc.any(pc.match_substring_regex(ccas["phone"], r"^\+33")).as_py()
    assert pc.any(pc.equal(ccas["other_id"], "0000000")).as_py()
    assert len(set(register.homes.commune.tolist())) > 4_000


def test_compound_given_names_lose_their_hyphen_or_their_second_half(files: Files, register: Register) -> None:
    row = register.names.given[:, 0]
    written = {sex: given_names(sex).ascii_upper for sex in "FM"}
    true = pa.array([written["M" if male else "F"][int(at)].as_py() for at, male in zip(row, register.families.is_male, strict=True)])
    pairs = zip(
        files.sources["FRANCE_TRAVAIL"]["given_names"].to_pylist(),
        true_value(register, files, "FRANCE_TRAVAIL", true).to_pylist(),
        strict=True,
    )
    compounds = [(shown.split("|")[0], name) for shown, name in pairs if "-" in name]
    assert sum(shown == name.replace("-", " ") for shown, name in compounds) / len(compounds) == pytest.approx(0.24, abs=0.06)
    assert 0.02 < sum(shown == name.split("-")[0] for shown, name in compounds) / len(compounds) < 0.07


def test_names_of_people_born_abroad_are_written_by_ear(files: Files, register: Register) -> None:
    names = surnames().ascii_upper.take(pa.array(register.names.surname[:, 0]))
    simple = pa.array((register.names.surname[:, 1] < 0) & (register.names.usage[:, 0] < 0))
    wrong = pc.not_equal(files.sources["CAF"]["birth_name"], true_value(register, files, "CAF", names))
    foreign, single = (true_value(register, files, "CAF", values) for values in (pa.array(register.is_foreign), simple))
    here = share(wrong.filter(pc.and_(single, pc.invert(foreign))))
    abroad = share(wrong.filter(pc.and_(single, foreign)))
    assert here == pytest.approx(CAF.rates.surname_typo + CAF.rates.names_swapped, abs=0.008)
    assert abroad == pytest.approx(here + CAF.rates.transcription, abs=0.012)


def test_some_dates_have_day_and_month_exchanged(files: Files, register: Register) -> None:
    born = true_value(register, files, "FRANCE_TRAVAIL", pa.array(register.born.astype("int32"), pa.int32()).cast(pa.date32())).to_pylist()
    pairs = list(zip(files.sources["FRANCE_TRAVAIL"]["birth_date"].to_pylist(), born, strict=True))
    exchanged = sum(shown != true and (shown.year, shown.month, shown.day) == (true.year, true.day, true.month) for shown, true in pairs)
    assert exchanged / len(pairs) == pytest.approx(FRANCE_TRAVAIL.rates.date_swapped * 0.36, abs=0.001)


def test_a_phone_or_an_email_that_changed_is_nobody_elses(files: Files) -> None:
    people: dict[str, set[str]] = {}
    for source in ("CAF", "FRANCE_TRAVAIL"):
        for row in with_truth(files, source).select(["email", "truth_id"]).to_pylist():
            if row["email"]:
                people.setdefault(re.sub(r"\D", "", row["email"].split("@")[0]), set()).add(row["truth_id"])
    assert max(len(sharing) for sharing in people.values()) <= 8, "no more than a household"


def test_contacts_are_shared_within_households_and_by_nobody_else(files: Files, register: Register) -> None:
    families = register.families
    owners: dict[str, set[int]] = {}
    for row in with_truth(files, "CAF").select(["email", "truth_id"]).to_pylist():
        if row["email"]:
            owners.setdefault(row["email"], set()).add(int(row["truth_id"][1:]))
    shared = [people for people in owners.values() if len(people) > 1]
    assert len(shared) > 100
    assert all(len({int(families.dwelling[person]) for person in people}) == 1 for people in shared)


def test_some_people_have_the_civil_status_of_a_stranger_and_some_the_name_of_a_parent(register: Register) -> None:
    families, names = register.families, register.names
    met = [at for at in range(len(register)) if register.namesake[at] >= 0]
    assert len(met) / len(register) == pytest.approx(0.001, abs=0.0003)
    for at in met:
        other = register.namesake[at]
        assert families.family[at] != families.family[other]
        assert register.born[at] == register.born[other]
        assert names.given[at].tolist() == names.given[other].tolist()
        assert names.surname[at].tolist() == names.surname[other].tolist()
    children = [at for at in range(len(register)) if families.place[at] == 2]
    like = [at for at in children if _is_called_like_a_parent(register, at)]
    assert 0.006 < len(like) / len(children) < 0.03


def _is_called_like_a_parent(register: Register, child: int) -> bool:
    families, given = register.families, register.names.given
    parents = [parent for parent in (families.head[child], families.partner[child]) if parent >= 0]
    return any(families.is_male[parent] == families.is_male[child] and given[parent, 0] == given[child, 0] for parent in parents)


def test_households_hold_together(register: Register) -> None:
    families = register.families
    for at in range(len(register)):
        if families.place[at] == 2 and not families.is_adult[at]:
            assert families.dwelling[at] == families.dwelling[families.head[at]]
        if families.place[at] == 1:
            assert families.partner[families.head[at]] == at
    assert 0.1 < sum(families.place == 1) / len(register) < 0.3


def test_the_population_is_hard(files: Files) -> None:
    hardness = measure(files)
    assert hardness.is_hard
    assert hardness.people < hardness.records
    assert hardness.twins == pytest.approx(0.015, abs=0.004)
    assert hardness.same_civil_status > 0.0004
    assert hardness.second_records == pytest.approx(0.027, abs=0.003)
    between = {(one.left, one.right): one for one in hardness.same_nir}[("CAF", "FRANCE_TRAVAIL")]
    assert 0.70 < between.recall < 0.80
    assert any("same NIR CAF x FRANCE_TRAVAIL" in line for line in hardness.lines())


def test_a_population_without_false_nirs_is_told_to_be_too_easy() -> None:
    clean = replace(CAF.rates, nir_of_member=0.0, nir_digit=0.0, nir_provisional=0.0)
    sources = tuple(replace(source, rates=replace(clean, nir=0.9)) for source in (CAF, FRANCE_TRAVAIL))
    assert not measure(make_files(replace(SMALL, records=3_000, sources=sources))).is_hard


def test_same_nir_is_counted_by_pairs() -> None:
    """Two people share a NIR, one of them has two records in each file: five pairs are right and four wrong, counted by hand."""
    columns = {name: pa.nulls(3, pa.string()) for name in COLUMNS}
    civil = {"nir": ["1850578006084"] * 3, "birth_name": ["A", "A", "B"], "given_names": ["C|D", "c", "E"], "sex": ["M"] * 3}
    civil["birth_date"] = [date(1985, 5, 1)] * 3
    left = pa.table({**columns, **civil, "record_id": ["L1", "L2", "L3"], "source": ["LEFT"] * 3})
    right = pa.table({**columns, **civil, "record_id": ["R1", "R2", "R3"], "source": ["RIGHT"] * 3})
    truth = pa.table(
        {
            "record_id": ["L1", "L2", "L3", "R1", "R2", "R3"],
            "truth_id": ["P1", "P1", "P2"] * 2,
            "source": ["LEFT"] * 3 + ["RIGHT"] * 3,
            "case": pa.nulls(6, pa.string()),
            "is_twin": [False] * 6,
        }
    )
    counted = {(one.left, one.right): one for one in measure(Files({"LEFT": left, "RIGHT": right}, truth)).same_nir}
    assert (counted["LEFT", "RIGHT"].pairs, counted["LEFT", "RIGHT"].wrong, counted["LEFT", "RIGHT"].true_pairs) == (9, 4, 5)
    assert (counted["LEFT", "LEFT"].pairs, counted["LEFT", "LEFT"].wrong) == (3, 2)


def test_stress_means_few_nirs_and_many_twins() -> None:
    stressed = make_files(replace(OPTIONS, records=5_000).of_two().stressed())
    assert set(stressed.sources) == {"CAF", "FRANCE_TRAVAIL"}
    assert share(pc.is_valid(stressed.sources["CAF"]["nir"])) == pytest.approx(0.6, abs=0.02)
    assert share(pc.is_valid(stressed.sources["FRANCE_TRAVAIL"]["nir"])) == pytest.approx(0.5, abs=0.02)
    assert measure(stressed).twins == pytest.approx(0.06, abs=0.01)


def test_few_nirs_leave_the_twins_as_they_were() -> None:
    options = replace(OPTIONS, records=5_000).of_two()
    assert replace(options.of_few_nirs(), sources=options.sources) == options
    assert [source.rates.nir for source in options.of_few_nirs().sources] == [0.6, 0.5]


def test_people_can_be_made_to_live_in_some_departements() -> None:
    register = make_files(replace(SMALL, departements=("59", "2A")))
    assert {code[:2] for code in register.sources["CAF"]["commune_code"].to_pylist()} <= {"59", "2A", *_elsewhere(register)}
    with pytest.raises(ConfigurationError, match="00"):
        make_files(replace(SMALL, departements=("00",)))


def test_more_people_than_there_are_numbers_are_refused_before_anything_is_made() -> None:
    with pytest.raises(ConfigurationError, match="au plus"):
        make_files(replace(SMALL, records=3_000_000))


def _elsewhere(files: Files) -> set[str]:
    """Where people went who left the département."""
    moved = pc.equal(files.truth["case"], "move")
    records = set(files.truth.filter(pc.fill_null(moved, False))["record_id"].to_pylist())
    return {row["commune_code"][:2] for row in files.sources["CAF"].to_pylist() if row["record_id"] in records}


WRITTEN_DOWN = "49ef468aef1c11c0341546b7f77766e20c0e589fa5490b80f423fd9c73931c64"
