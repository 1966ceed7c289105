from datetime import UTC, datetime

import pytest

from passerelle.findings import Effect, Finding, LineCounts, Verdict
from passerelle.receipt import build
from passerelle.receipt.model import DeliveryFacts, Step

NOW = datetime(2026, 11, 21, 13, 5, tzinfo=UTC)
FACTS = DeliveryFacts(delivery_id=7, file_name="CCAS.csv", sha256="0" * 64, bytes=12, received_at=NOW)


def steps(verdict: Verdict, *found: tuple[str, Effect]) -> tuple[Step, ...]:
    findings = [Finding(rule=rule, severity=effect.severity, effect=effect, line=2, message="Faux.") for rule, effect in found]
    counts = LineCounts(received=3, accepted=3)
    return build.conformity(FACTS, NOW, build.Checked(verdict=verdict, counts=counts, findings=findings)).steps


def test_the_steps_of_a_certificate_are_numbered_from_zero_in_the_order_of_the_check() -> None:
    assert [(step.number, step.name, step.result.value) for step in steps(Verdict.ACCEPTED)] == [
        (0, "Réception", "réussie"),
        (1, "Lecture du fichier", "réussie"),
        (2, "Structure du fichier", "réussie"),
        (3, "Contenu, valeur par valeur", "réussie"),
        (4, "Cohérence entre les valeurs", "réussie"),
        (5, "Seuils convenus", "réussie"),
        (6, "Intégration", "en attente"),
    ]


@pytest.mark.parametrize(
    ("rule", "number"),
    [
        ("file.encoding", 1),
        ("file.inflated", 1),
        ("file.header", 2),
        ("file.count", 2),
        ("structure.columns", 2),
        ("suivi.date_debut.date", 3),
        ("suivi.nir.nir_key", 3),
        ("suivi.key.unique", 4),
        ("suivi.structure.reference", 4),
        ("personne.rows", 4),
        ("suivi.dates_dans_l_ordre", 4),
    ],
)
def test_a_finding_is_told_at_the_step_that_looked_for_it(rule: str, number: int) -> None:
    found = steps(Verdict.ACCEPTED_WITH_FINDINGS, (rule, Effect.WARN))
    assert [step.number for step in found if step.result.value == "avec observations"] == [number]
    assert found[number].detail == "1 anomalie, 1 règle"


@pytest.mark.parametrize(("rule", "done"), [("file.header", 1), ("file.encoding", 0)])
def test_what_comes_after_a_refusal_is_not_called_checked(rule: str, done: int) -> None:
    found = steps(Verdict.REFUSED, (rule, Effect.REFUSE))
    values = [step.result.value for step in found]
    assert values == [*["réussie"] * (done + 1), "en échec", *["non traitée"] * (5 - done)]


def test_what_was_found_after_a_refusal_is_told_all_the_same() -> None:
    found = steps(Verdict.REFUSED, ("file.count", Effect.REFUSE), ("a.b.code", Effect.WARN))
    assert [step.result.value for step in found[2:5]] == ["en échec", "avec observations", "non traitée"]


def test_a_value_that_refuses_the_file_does_not_hide_that_the_rest_was_checked() -> None:
    found = steps(Verdict.REFUSED, ("a.b.code", Effect.REFUSE))
    assert [step.result.value for step in found[3:6]] == ["en échec", "réussie", "non traitée"]


def test_a_file_refused_for_its_header_line_has_a_step_that_failed() -> None:
    assert [step.result.value for step in steps(Verdict.REFUSED, ("entete.date.date", Effect.SET_ASIDE))][3] == "en échec"


@pytest.mark.parametrize(("trial", "why"), [(False, "jamais reçu"), (True, "non disponible ici")])
def test_values_that_could_not_be_looked_up_are_not_passed_over(trial: bool, why: str) -> None:
    facts = FACTS.model_copy(update={"trial": trial})
    names = ("SIRET de la structure", "Commune")
    for verdict, rules in ((Verdict.ACCEPTED, ()), (Verdict.ACCEPTED_WITH_FINDINGS, ("suivi.key.unique",))):
        found = [Finding(rule=rule, severity=Effect.WARN.severity, effect=Effect.WARN, line=2, message="Faux.") for rule in rules]
        checked = build.Checked(verdict=verdict, counts=LineCounts(received=3, accepted=3), findings=found, unverified=names)
        step = build.conformity(facts, NOW, checked).steps[4]
        assert step.detail.startswith("1 anomalie" if rules else "aucune anomalie")
        assert step.detail.endswith(f" ; référentiel {why} : références non vérifiées (SIRET de la structure, Commune)")


def test_of_a_step_that_was_not_done_nothing_is_said() -> None:
    finding = Finding(rule="file.header", severity=Effect.REFUSE.severity, effect=Effect.REFUSE, message="Faux.")
    checked = build.Checked(verdict=Verdict.REFUSED, counts=LineCounts(), findings=[finding], unverified=("Commune",))
    assert build.conformity(FACTS, NOW, checked).steps[4].detail == ""
