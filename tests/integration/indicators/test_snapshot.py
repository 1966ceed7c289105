"""A frozen snapshot says the same for ever; what is learnt later stands in later ones."""

from __future__ import annotations

import dataclasses
import json
import zlib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from participants import CUT_OFF, LATER, OPERATION, desk, entry, leaving, person
from passerelle.errors import ConfigurationError, DeliveryError, InvariantError
from passerelle.indicators.compare import decreases
from passerelle.indicators.parameters import load_rules
from passerelle.indicators.snapshot import canonical, changes, engine, store
from passerelle.indicators.snapshot.freeze import freeze
from passerelle.indicators.snapshot.grants import estimated
from passerelle.indicators.snapshot.propose import Request, propose
from passerelle.indicators.snapshot.store import Snapshot
from passerelle.indicators.snapshot.tracing import Cell, trace
from passerelle.indicators.snapshot.verify import verify
from passerelle.warehouse.connect import transaction

JANUARY = datetime(2026, 1, 15, 8, tzinfo=UTC)
JUNE = date(2026, 6, 30)
JULY = datetime(2026, 7, 1, 5, tzinfo=UTC)


def taken(warehouse: Engine, cut_off: date = CUT_OFF, at: datetime = LATER, login: str = "agent-1") -> Snapshot:
    return propose(warehouse, Request(OPERATION, cut_off, login, at, load_rules(None)))


def total(warehouse: Engine, snapshot: Snapshot, indicator: str = "EECO01", column: str = "T") -> int:
    with transaction(warehouse) as connection:
        document = engine.document(store.files(connection, snapshot.snapshot_id))
    return int(document["operations"][OPERATION][indicator][column])


def rows(warehouse: Engine, snapshot: Snapshot, name: str) -> list[dict[str, str]]:
    with transaction(warehouse) as connection:
        return canonical.read(store.file(connection, snapshot.snapshot_id, name))


def test_a_snapshot_holds_the_canonical_files_without_a_name_a_number_or_a_partners_key(warehouse: Engine) -> None:
    snapshot = taken(warehouse)

    assert (total(warehouse, snapshot), total(warehouse, snapshot, column="F"), total(warehouse, snapshot, "EECO03", "M")) == (3, 2, 1)
    found = rows(warehouse, snapshot, "participations.csv")
    assert list(found[0]) == list(canonical.PARTICIPATIONS)
    assert {row["exit_date"] for row in found} == {"", "2025-12-01"}
    assert not {row["participation_id"] for row in found} & {"P1", "P2", "P3"}
    assert {row["rural"] for row in found} == {"unknown"}, "without a grid nobody is said to live in a town"
    columns = {name for file in ("participations.csv", "sources.csv", "counted.csv") for name in rows(warehouse, snapshot, file)[0]}
    assert not {name for name in columns if "nir" in name or "caf" in name or "name" in name} - {"file_name"}


def test_what_was_recorded_after_the_cut_off_is_only_in_the_next_snapshot(warehouse: Engine) -> None:
    """Case G09: entered on 20 December, recorded on 15 January."""
    with desk(warehouse) as office:
        late = entry("dora", "P4", entry_date=date(2025, 12, 20))
        everyone = [entry("anne", "P1"), entry("berthe", "P2", isced_level=6), entry("carl", "P3", sex="M"), late]
        office.deliver("fse/entrees", JANUARY, {"participation": everyone})
    first = freeze(warehouse, taken(warehouse, at=JANUARY).snapshot_id, "agent-2", JANUARY)
    second = taken(warehouse, JUNE, JULY)

    assert (total(warehouse, first), total(warehouse, second)) == (3, 4)
    assert (total(warehouse, first, "EECO10"), total(warehouse, second, "EECO10")) == (3, 3)
    assert second.previous_id == first.snapshot_id
    told = rows(warehouse, second, "changes.csv")
    assert sorted((row["change"], row["detail"]) for row in told) == [("corrected", "isced_level"), ("late", "")]
    corrected = next(row for row in told if row["change"] == "corrected")
    assert "EECO10" in corrected["indicators_before"]
    assert "EECO11" in corrected["indicators_now"]
    assert changes.summary(told)["late"] == 1


def test_half_past_eleven_on_new_years_eve_in_paris_belongs_to_the_year(warehouse: Engine) -> None:
    with desk(warehouse) as office:
        night = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)  # half past midnight in Paris
        office.deliver("fse/entrees", night, {"participation": [entry("emma", "P5")]})

    snapshot = taken(warehouse)
    assert (total(warehouse, snapshot), len(rows(warehouse, snapshot, "participations.csv"))) == (3, 3)


def test_a_frozen_snapshot_gives_the_same_figures_after_corrections_withdrawals_and_merges(warehouse: Engine) -> None:
    """Case G10."""
    frozen = freeze(warehouse, taken(warehouse).snapshot_id, "agent-2", LATER)
    with transaction(warehouse) as connection:
        before = store.files(connection, frozen.snapshot_id)
    with desk(warehouse) as office:
        office.merge("berthe", "anne", "fse", JANUARY)
        office.deliver(
            "fse/entrees", JANUARY, {"participation": [entry("anne", "P1", labour_at_entry="inactive", unemployment_months=None)]}
        )
        office.undo(1, JANUARY)

    proof = verify(warehouse, frozen.snapshot_id)
    assert proof.holds, proof.differences
    assert proof.cells >= 44
    with transaction(warehouse) as connection:
        assert store.files(connection, frozen.snapshot_id) == before
    # Taken again at the same cut-off, the warehouse still says what it knew then.
    assert total(warehouse, taken(warehouse, at=JULY, login="agent-3")) == 3
    later = taken(warehouse, JUNE, JULY)
    assert total(warehouse, later) == 2
    assert total(warehouse, later, "EECO04") == 1


def test_a_delivery_undone_before_the_cut_off_counts_for_nothing(warehouse: Engine) -> None:
    with desk(warehouse) as office:
        office.undo(2, datetime(2025, 12, 31, 22, 45, tzinfo=UTC))

    assert total(warehouse, taken(warehouse, at=LATER)) == 2


def test_of_a_file_and_its_correction_the_corrections_row_counts_once(warehouse: Engine) -> None:
    with desk(warehouse) as office:
        told = entry("zoe", "Z1", labour_at_entry="inactive", unemployment_months=None)
        first = office.deliver("fse/entrees", datetime(2025, 5, 1, tzinfo=UTC), {"participation": [told]})
        second = office.deliver("fse/entrees", datetime(2025, 5, 2, tzinfo=UTC), {"participation": [entry("zoe", "Z1")]})
        query = "update ledger.delivery set original = :first where delivery_id = :second"
        office.connection.execute(text(query), {"first": first, "second": second})

    found = [row for row in rows(warehouse, taken(warehouse), "participations.csv") if row["participant_id"] == str(person("zoe"))]
    assert [row["labour_at_entry"] for row in found] == ["unemployed"]


def test_who_proposed_does_not_freeze_and_nothing_is_frozen_twice(warehouse: Engine) -> None:
    snapshot = taken(warehouse)
    with pytest.raises(ConfigurationError, match="autre agent"):
        freeze(warehouse, snapshot.snapshot_id, "agent-1", LATER)
    other = taken(warehouse, login="agent-3")
    freeze(warehouse, snapshot.snapshot_id, "agent-2", LATER)
    with pytest.raises(ConfigurationError, match="déjà figé"):
        freeze(warehouse, snapshot.snapshot_id, "agent-2", LATER)
    with pytest.raises(ConfigurationError, match="déjà figé"):
        freeze(warehouse, other.snapshot_id, "agent-2", LATER)


def test_the_database_itself_refuses_one_login_for_both_and_any_change(warehouse: Engine) -> None:
    snapshot = taken(warehouse)
    with pytest.raises(InvariantError), transaction(warehouse) as connection:
        store.freeze(connection, snapshot, "agent-1", LATER)
    with pytest.raises(InvariantError), transaction(warehouse) as connection:
        store.freeze(connection, snapshot.model_copy(update={"sha256": "0"}), "agent-2", LATER)
    freeze(warehouse, snapshot.snapshot_id, "agent-2", LATER)
    for statement in ("update esf.snapshot set manifest = ''", "delete from esf.snapshot_freeze", "update esf.snapshot_file set rows = 0"):
        with pytest.raises(InvariantError), transaction(warehouse) as connection:
            connection.execute(text(statement))
    assert verify(warehouse, snapshot.snapshot_id).holds


def test_a_snapshot_that_was_tampered_with_is_told_and_not_frozen(warehouse: Engine) -> None:
    snapshot = taken(warehouse)
    with transaction(warehouse) as connection:
        connection.execute(text("alter table esf.snapshot_file disable trigger all"))
        forged = store.file(connection, snapshot.snapshot_id, "participations.csv").replace(b";unemployed;", b";employed;", 1)
        connection.execute(
            text("update esf.snapshot_file set content = :content, sha256 = :sha256 where name = 'participations.csv'"),
            {"content": zlib.compress(forged), "sha256": store.digest(forged)},
        )
    assert not verify(warehouse, snapshot.snapshot_id).holds
    with pytest.raises(ConfigurationError, match="n’est pas figé"):
        freeze(warehouse, snapshot.snapshot_id, "agent-2", LATER)


def forged(outcome: engine.Outcome, what: str) -> engine.Outcome:
    """An outcome that says one figure less, or of one person one indicator less."""
    if what == "figure":
        document = outcome.document
        document["operations"][OPERATION]["EECO02"]["F"] -= 1
        return dataclasses.replace(outcome, figures=json.dumps(document).encode("utf-8"))
    first, *others = outcome.counted
    return dataclasses.replace(outcome, counted=({**first, "indicators": "EECO01"}, *others))


@pytest.mark.parametrize(
    ("what", "said"), [("figure", "operations.FSE-2025-AG-01.EECO02.F : 2 à l’arrêté, 1"), ("member", "comptée autrement")]
)
def test_a_release_that_computes_something_else_is_told_by_the_proof(
    warehouse: Engine, monkeypatch: pytest.MonkeyPatch, what: str, said: str
) -> None:
    snapshot = taken(warehouse)
    calculate = engine.calculate
    monkeypatch.setattr(engine, "calculate", lambda files, cut_off: forged(calculate(files, cut_off), what))

    proof = verify(warehouse, snapshot.snapshot_id)
    assert (proof.holds, len(proof.differences)) == (False, 1)
    assert said in proof.differences[0]


def pending(who: str, number: str, status: str) -> dict[str, object]:
    about = {"operation_id": OPERATION, "entry_date": date(2025, 3, 3), "participation_number": number, "status": status}
    return {"who": who, "key": f"{OPERATION}|{number}"} | about


def test_a_draft_and_a_form_taken_back_are_left_out_with_their_reason_and_stay_in_the_sum(warehouse: Engine) -> None:
    frozen = freeze(warehouse, taken(warehouse).snapshot_id, "agent-2", LATER)
    with desk(warehouse) as office:
        forms = {
            "participation": [entry("anne", "P1"), entry("berthe", "P2")],
            "participation_pending": [pending("carl", "P3", "withdrawn"), pending("dora", "P4", "draft")],
        }
        office.deliver("fse/entrees", JANUARY, forms)

    later = taken(warehouse, JUNE, JULY)
    assert (total(warehouse, frozen), total(warehouse, later)) == (3, 2)
    with transaction(warehouse) as connection:
        document = engine.document(store.files(connection, later.snapshot_id))
    assert {reason: number for reason, number in document["excluded"][OPERATION].items() if number} == {"draft": 1, "withdrawn": 1}
    assert (document["received"]["participations"], document["received"]["counted"]) == (4, 2)
    assert [row["change"] for row in rows(warehouse, later, "changes.csv")] == ["withdrawn"], "a draft is no change"
    sources = {row["id"] for row in rows(warehouse, later, "sources.csv")}
    assert {row["participation_id"] for row in rows(warehouse, later, engine.EXCLUDED)} <= sources
    with desk(warehouse) as office:
        office.deliver("fse/entrees", JULY, {"participation": [entry("dora", "P4")]})
    submitted = taken(warehouse, date(2026, 7, 1), JULY.replace(day=2))
    told = {row["change"]: row["participant_id"] for row in rows(warehouse, submitted, "changes.csv")}
    assert told["late"] == str(person("dora"))


def test_changes_are_told_against_what_was_frozen_and_not_against_a_proposal(warehouse: Engine) -> None:
    taken(warehouse)
    assert taken(warehouse, JUNE, JULY).previous_id is None


def test_proposed_twice_by_one_login_it_is_one_proposal(warehouse: Engine) -> None:
    assert taken(warehouse).snapshot_id == taken(warehouse).snapshot_id


def test_a_day_to_come_and_an_operation_nobody_knows_are_refused(warehouse: Engine) -> None:
    with pytest.raises(ConfigurationError, match="à venir"):
        taken(warehouse, date(2026, 1, 3))
    with pytest.raises(DeliveryError, match="aucun arrêté"):
        propose(warehouse, Request("INCONNUE", CUT_OFF, "agent-1", LATER, load_rules(None)))


def test_a_cell_leads_to_partner_file_line_and_receipt(warehouse: Engine) -> None:
    snapshot = taken(warehouse)
    found = trace(warehouse, Cell(OPERATION, "EECO02", "F"), snapshot.snapshot_id)

    assert found.figure == len(found.participations) == 2
    assert {one["participant_id"] for one in found.participations} == {str(person("anne")), str(person("berthe"))}
    left = next(one for one in found.participations if one["exit_date"])
    assert [source["subject"] for source in left["sources"]] == ["participation", "exit"]
    source = left["sources"][0]
    assert source["receipts"] == f"AR-2026-{int(source['delivery_id']):05}+CRI-2026-{int(source['delivery_id']):05}"
    assert (source["sender"], source["first_recorded_on"], source["recorded_on"]) == ("fse", "2025-04-01", "2025-12-31")
    with warehouse.connect() as connection:
        known = connection.execute(
            text("select count(*) from esf.participation where delivery_id = :id and line = :line"),
            {"id": int(source["delivery_id"]), "line": int(source["line"])},
        )
        assert known.scalar_one() == 1
    with pytest.raises(ConfigurationError, match="ne contient pas"):
        trace(warehouse, Cell(OPERATION, "EECO99", "F"), snapshot.snapshot_id)


@pytest.mark.parametrize("annex", ["I", "II"])
def test_every_cell_has_as_many_participations_as_it_says(warehouse: Engine, annex: str) -> None:
    with desk(warehouse) as office:
        query = """insert into esf.operation (operation_id, specific_objective, annex, recorded_at, recorded_by)
                   values (:operation, :objective, :annex, '2025-02-01Z', 'agent-1')"""
        values = {"operation": OPERATION, "objective": "h" if annex == "I" else "l", "annex": annex}
        office.connection.execute(text(query), values)
    snapshot = taken(warehouse)
    with transaction(warehouse) as connection:
        document = engine.document(store.files(connection, snapshot.snapshot_id))
    tables = [document[part].get(OPERATION, {}) for part in ("operations", "annex_2", "combined")]
    cells = [
        Cell(OPERATION, code, column)
        for table in tables
        for code, cell in table.items()
        if set(cell) >= {"F", "M", "N", "T"}
        for column in "FMNT"
    ]
    assert {cell.indicator for cell in cells} >= ({"EECO02", "EECO02+04"} if annex == "I" else {"II.1", "II.4"})
    for cell in cells:
        found = trace(warehouse, cell, snapshot.snapshot_id)
        assert len(found.participations) == found.figure, cell
    counted = {code for row in rows(warehouse, snapshot, engine.COUNTED) for code in row["indicators"].split("+")}
    assert {code.startswith("II.") for code in counted} == {annex == "II"}, "what an operation does not report holds nobody"


def happened(who: str, number: str, event: str, day: date) -> dict[str, object]:
    return {"who": who, "key": number, "operation_id": OPERATION, "event_date": day, "event": event, "withdrawn": False}


def test_without_any_file_of_events_results_are_not_collected_and_with_one_they_are_counted(warehouse: Engine) -> None:
    first = taken(warehouse)
    with transaction(warehouse) as connection:
        document = engine.document(store.files(connection, first.snapshot_id))
    assert document["operations"][OPERATION]["EECR04"]["status"] == "not_collected"
    with desk(warehouse) as office:
        job = happened("anne", "E1", "employed", date(2025, 12, 20))
        office.deliver("fse/evenements", JANUARY, {"participation_event": [job]})

    second = taken(warehouse, JUNE, JULY)
    assert (total(warehouse, second, "EECR04"), total(warehouse, second, "EECR04", "M"), total(warehouse, second, "EECR02")) == (1, 0, 0)
    found = trace(warehouse, Cell(OPERATION, "EECR04", "F"), second.snapshot_id)
    assert [source["subject"] for source in found.participations[0]["sources"]] == ["participation", "exit", "event"]


def test_where_partners_give_results_of_other_operations_none_of_this_one_is_0_and_not_unknown(warehouse: Engine) -> None:
    autumn, codes = date(2025, 10, 1), ("EECR04", "EECR05")

    def figures(login: str) -> list[object]:
        snapshot = taken(warehouse, autumn, login=login)
        with transaction(warehouse) as connection:
            cells = engine.document(store.files(connection, snapshot.snapshot_id))["operations"][OPERATION]
        return [cells[code].get("T", cells[code].get("status")) for code in codes]

    assert figures("agent-1") == ["not_collected", "not_collected"], "nobody has left, and nobody gives results"
    with desk(warehouse) as office:
        job = happened("berthe", "E1", "employed", autumn) | {"operation_id": "AUTRE"}
        later = seen("berthe", "O1", "employed", autumn) | {"operation_id": "AUTRE"}
        office.deliver("fse/evenements", datetime(2025, 9, 1, tzinfo=UTC), {"participation_event": [job]})
        office.deliver("fse/six_mois", datetime(2025, 9, 1, tzinfo=UTC), {"participation_observation": [later]})
    assert figures("agent-3") == [0, 0]


def test_a_return_after_the_freeze_withdraws_the_result_in_the_next_snapshot_only(warehouse: Engine) -> None:
    """Cases C01 and G12."""
    with desk(warehouse) as office:
        job = happened("anne", "E1", "employed", date(2025, 12, 2))
        office.deliver("fse/evenements", datetime(2025, 12, 31, 12, tzinfo=UTC), {"participation_event": [job]})
    frozen = freeze(warehouse, taken(warehouse).snapshot_id, "agent-2", LATER)
    assert total(warehouse, frozen, "EECR04") == 1
    with desk(warehouse) as office:
        again = entry("anne", "P9", entry_date=date(2026, 2, 1), labour_at_entry="employed", unemployment_months=None)
        office.deliver("fse/entrees", JULY.replace(month=5), {"participation": [entry("anne", "P1"), again]})

    later = taken(warehouse, JUNE, JULY)
    assert (total(warehouse, later), total(warehouse, later, "EECR04"), total(warehouse, later, "EECO05")) == (3, 0, 0)
    with transaction(warehouse) as connection:
        documents = [engine.document(store.files(connection, one.snapshot_id)) for one in (frozen, later)]
    assert {(one.operation, one.message.split(" alors ")[0]) for one in decreases(*documents)} >= {
        (OPERATION, "ID11 : EECR04 passe de 1 à 0")
    }
    assert changes.summary(rows(warehouse, later, "changes.csv"))["results_lost"] == 1
    assert verify(warehouse, frozen.snapshot_id).holds
    assert total(warehouse, frozen, "EECR04") == 1


def seen(who: str, number: str, situation: str, day: date, **more: object) -> dict[str, object]:
    return {"who": who, "key": number, "operation_id": OPERATION, "observed_on": day, "situation": situation} | more


def test_situations_six_months_after_leaving_are_counted_and_traced_and_without_any_they_are_not_collected(warehouse: Engine) -> None:
    first = taken(warehouse, JUNE, JULY)
    with transaction(warehouse) as connection:
        document = engine.document(store.files(connection, first.snapshot_id))
    assert document["operations"][OPERATION]["EECR05"] == {"status": "not_collected"}
    with desk(warehouse) as office:
        at_work = entry("emma", "P6", labour_at_entry="employed", unemployment_months=None)
        everyone = [entry("anne", "P1"), entry("berthe", "P2"), entry("carl", "P3", sex="M"), at_work]
        office.deliver("fse/entrees", JANUARY, {"participation": everyone})
        gone = [leaving("anne", "P1", date(2025, 12, 1)), leaving("emma", "P6", date(2025, 12, 20))]
        office.deliver("fse/sorties", JANUARY, {"participation_exit": gone})
        better = seen("emma", "O2", "self_employed", date(2026, 6, 20), stability=True, promotion=True)
        wrong = seen("berthe", "O3", "employed", date(2026, 6, 1), withdrawn=True)
        observed = [seen("anne", "O1", "employed", date(2026, 6, 2), sampled=False), better, wrong]
        office.deliver("fse/six_mois", JULY.replace(month=6), {"participation_observation": observed})

    second = taken(warehouse, JUNE, JULY, "agent-3")
    assert (total(warehouse, second, "EECR05"), total(warehouse, second, "EECR06"), total(warehouse, second, "EECR06", "M")) == (1, 1, 0)
    told = {row["participant_id"]: row for row in rows(warehouse, second, "six_months.csv")}
    assert told[str(person("emma"))]["improvement"] == "stability+promotion"
    assert {row["withdrawn"] for row in told.values()} == {"yes", "no"}
    found = trace(warehouse, Cell(OPERATION, "EECR06", "F"), second.snapshot_id)
    assert [source["subject"] for source in found.participations[0]["sources"]] == ["participation", "exit", "observation"]
    assert verify(warehouse, second.snapshot_id).holds


def test_an_estimate_counts_from_the_moment_it_was_recorded_and_its_last_version_speaks(warehouse: Engine, tmp_path: Path) -> None:
    path = tmp_path / "estimations.csv"
    for moment, value in ((datetime(2025, 12, 1, tzinfo=UTC), 1), (datetime(2025, 12, 1, 1, tzinfo=UTC), 2), (JANUARY, 3)):
        line = f"{OPERATION};EECO16;T;{value};échantillon de 50;2025-11-01"
        path.write_text(f"{';'.join(canonical.ESTIMATES)}\n{line}\n", encoding="utf-8")
        with transaction(warehouse) as connection:
            assert estimated(connection, path, "agent-1", moment) == (OPERATION,)
    path.write_text(f"{';'.join(canonical.ESTIMATES)}\n{OPERATION};EECO16;T;9;;2025-11-01\n", encoding="utf-8")
    with pytest.raises(DeliveryError, match="Ligne 2"), transaction(warehouse) as connection:
        estimated(connection, path, "agent-1", JANUARY)

    year, later = taken(warehouse), taken(warehouse, JUNE, JULY)
    assert (total(warehouse, year, "EECO16"), total(warehouse, later, "EECO16")) == (2, 3)
    with transaction(warehouse) as connection:
        cell = engine.document(store.files(connection, year.snapshot_id))["operations"][OPERATION]["EECO16"]
    assert (cell["status"], cell["method"]) == ("estimate", "échantillon de 50")
    assert verify(warehouse, year.snapshot_id).holds
    with pytest.raises(InvariantError), transaction(warehouse) as connection:
        connection.execute(text("update esf.estimate set value = 0"))
