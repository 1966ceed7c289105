from datetime import UTC, datetime

import pytest

from passerelle.errors import DeliveryError, InvariantError
from passerelle.findings import Effect, Finding, LineCounts, Verdict
from passerelle.receipt import build, told
from passerelle.receipt.model import (
    MOST_LINES,
    CorrectionFile,
    DeliveryFacts,
    ExpectedName,
    IgnoredLines,
    Integration,
    Kind,
    OpenFile,
    OpenFindings,
    Outcome,
    PeopleCounts,
    StepResult,
    Threshold,
)
from passerelle.receipt.phrases import open_words

NOW = datetime(2026, 11, 21, 13, 5, tzinfo=UTC)
FACTS = DeliveryFacts(
    delivery_id=123,
    feed="ccas/accompagnement",
    feed_name="Accompagnement par le CCAS",
    contract_version="1.2.0",
    file_name="CCAS_20261121_0000042.csv",
    sha256="ab" * 32,
    bytes=1_240_331,
    received_at=NOW,
    sender_id="ccas-essai",
    sender_name="CCAS d’Essai",
    territory="Département d’essai",
    contact="passerelle@departement.example",
    promised_minutes=30,
)
DOSSIERS = FACTS.model_copy(update={"unit": "dossier"})


def finding(
    line: int | None, *, rule: str = "suivi.date.date", effect: Effect = Effect.SET_ASIDE, message: str = "La date est fausse."
) -> Finding:
    return Finding(
        rule=rule,
        severity=effect.severity,
        effect=effect,
        table="suivi",
        column="date_debut",
        line=line,
        message=message,
        expected="Une date AAAA-MM-JJ.",
        fix="Corrigez la date.",
    )


def checked(verdict: Verdict, accepted: int, set_aside: int = 0, findings: tuple[Finding, ...] = ()) -> build.Checked:
    counts = LineCounts(received=accepted + set_aside, accepted=accepted, set_aside=set_aside)
    return build.Checked(verdict=verdict, counts=counts, findings=findings, labels={"suivi.date_debut": "Date de début"})


def test_the_three_documents_of_a_delivery_share_one_number() -> None:
    ar = build.acknowledge(FACTS, NOW)
    cc = build.conformity(FACTS, NOW, checked(Verdict.ACCEPTED, 3))
    cri = build.integration(FACTS, NOW, build.Loaded(counts=LineCounts(received=3, accepted=3)))
    assert [ar.number, cc.number, cri.number] == ["AR-2026-000123", "CC-2026-000123", "CRI-2026-000123"]


def test_the_year_of_the_number_is_the_one_in_paris() -> None:
    new_year = FACTS.model_copy(update={"received_at": datetime(2026, 12, 31, 23, 30, tzinfo=UTC)})
    assert build.acknowledge(new_year, NOW).number == "AR-2027-000123"


def test_a_file_without_delivery_is_numbered_by_its_content() -> None:
    assert build.acknowledge(FACTS.model_copy(update={"delivery_id": None}), NOW).number == "AR-2026-abababab"


def test_an_acknowledgement_says_until_when_to_wait_for_the_next_document() -> None:
    receipt = build.acknowledge(FACTS, NOW)
    assert receipt.kind is Kind.AR
    assert "« Accompagnement par le CCAS » (contrat version 1.2.0)" in receipt.summary
    assert "CC-2026-000123" in receipt.next_steps[1]
    assert "21 novembre 2026 à 14 h 35 (sous 30 minutes)" in receipt.next_steps[1]


def test_a_duplicate_names_the_first_delivery() -> None:
    earlier = build.Earlier(delivery_id=101, received_at=datetime(2026, 11, 1, 8, tzinfo=UTC), file_name="premier.csv")
    receipt = build.duplicate(FACTS, NOW, earlier)
    assert receipt.outcome is Outcome.DUPLICATE
    assert "« premier.csv », reçu le 1er novembre 2026 à 9 h 00 (livraison n° 101)" in receipt.summary


def test_an_unknown_name_is_answered_with_the_expected_ones() -> None:
    names = (ExpectedName(feed_name="Accompagnement", name="CCAS_AAAAMMJJ_NNNNNNN.csv"),)
    assert build.unknown_name(FACTS, NOW, names).expected_names == names
    assert "Demandez au Département" in build.unknown_name(FACTS, NOW, ()).next_steps[0]


def test_a_file_held_before_its_check_says_who_decides() -> None:
    receipt = build.hold(FACTS, NOW, "Un fichier de ce nom, au contenu différent, a déjà été reçu.")
    assert receipt.outcome is Outcome.HELD
    assert receipt.summary.endswith("Rien n’est chargé pour l’instant.")
    assert "passerelle@departement.example" in receipt.next_steps[0]


@pytest.mark.parametrize(
    ("facts", "given", "headline", "summary", "first_step"),
    [
        pytest.param(
            FACTS,
            checked(Verdict.ACCEPTED, 1204),
            "Fichier conforme",
            "1\u202f204 lignes sur 1\u202f204 vont être chargées.",
            "Vous n’avez rien à faire.",
            id="clean",
        ),
        pytest.param(
            FACTS,
            checked(Verdict.ACCEPTED_WITH_FINDINGS, 9, 1, (finding(4),)),
            "Fichier accepté, 1 ligne mise à part",
            "9 lignes sur 10 vont être chargées.",
            "« Date de début » (ligne 4) : Corrigez la date.",
            id="one-line-aside",
        ),
        pytest.param(
            DOSSIERS,
            checked(Verdict.ACCEPTED_WITH_FINDINGS, 8, 2, (finding(4), finding(9))),
            "Fichier accepté, 2 dossiers mis à part",
            "8 dossiers sur 10 vont être chargés.",
            "« Date de début » (lignes 4 et 9) : Corrigez la date.",
            id="two-dossiers-aside",
        ),
        pytest.param(
            FACTS,
            checked(Verdict.ACCEPTED_WITH_FINDINGS, 10, 0, (finding(4, effect=Effect.WARN),)),
            "Fichier accepté, avec des observations",
            "10 lignes sur 10 vont être chargées.",
            "Rien à renvoyer pour cette fois.",
            id="observations",
        ),
        pytest.param(
            FACTS,
            checked(Verdict.HELD, 6, 4, (finding(4),)),
            "Fichier en attente d’une décision",
            "Trop d’anomalies pour charger sans avis : 4 lignes mises à part sur 10. Rien n’est chargé pour l’instant.",
            "Attendez : une personne du Département examine ce fichier et décide (passerelle@departement.example).",
            id="held",
        ),
        pytest.param(
            FACTS,
            checked(Verdict.REFUSED, 0, 10, (finding(None, effect=Effect.REFUSE),)),
            "Fichier refusé",
            "Rien n’est chargé ; les données de vos envois précédents restent en place, inchangées.",
            "« Date de début » : Corrigez la date.",
            id="refused",
        ),
    ],
)
def test_each_verdict_is_said_in_plain_french(
    facts: DeliveryFacts, given: build.Checked, headline: str, summary: str, first_step: str
) -> None:
    receipt = build.conformity(facts, NOW, given)
    assert (receipt.headline, receipt.summary, receipt.next_steps[0]) == (headline, summary, first_step)


def test_lines_set_aside_are_sent_again_alone_but_dossiers_come_back_with_the_next_flow() -> None:
    given = checked(Verdict.ACCEPTED_WITH_FINDINGS, 8, 2, (finding(4), finding(9)))
    assert "Déposez ces 2 lignes corrigées dans un nouveau fichier" in build.conformity(FACTS, NOW, given).next_steps[-1]
    assert "prochain envoi" in build.conformity(DOSSIERS, NOW, given).next_steps[-1]


def test_a_file_that_cannot_be_read_has_no_counts_and_says_what_to_do() -> None:
    error = DeliveryError("file.encoding", "Le fichier n'est pas en UTF-8.", line=88, expected="UTF-8", fix="Enregistrez en UTF-8.")
    receipt = build.refusal(FACTS, NOW, error)
    assert receipt.outcome is Outcome.REFUSED
    assert receipt.counts is None
    assert receipt.next_steps[0] == "Ligne 88 : Enregistrez en UTF-8."
    assert receipt.groups[0].lines == (88,)
    assert {step.name: step.result.value for step in receipt.steps} == {
        "Réception": "réussie",
        "Lecture du fichier": "en échec",
        "Structure du fichier": "non traitée",
        "Contenu, valeur par valeur": "non traitée",
        "Cohérence entre les valeurs": "non traitée",
        "Seuils convenus": "non traitée",
        "Intégration": "non traitée",
    }


def test_findings_are_grouped_by_rule_with_capped_lines_and_true_totals() -> None:
    findings = tuple(finding(12 + 3 * i) for i in range(40)) + (
        finding(7, rule="suivi.code.code", effect=Effect.WARN, message="Code inconnu."),
    )
    given = checked(Verdict.ACCEPTED_WITH_FINDINGS, 1000, 133, findings).model_copy(update={"totals": {"suivi.date.date": 133}})
    receipt = build.conformity(FACTS, NOW, given)
    assert [(group.rule, group.count, len(group.lines)) for group in receipt.groups] == [
        ("suivi.date.date", 133, MOST_LINES),
        ("suivi.code.code", 1, 1),
    ]
    assert receipt.findings_total == 134


def test_what_refuses_the_file_comes_before_what_sets_lines_aside() -> None:
    findings = (
        finding(1, rule="b", effect=Effect.WARN),
        finding(2, rule="c"),
        finding(3, rule="c"),
        finding(4, rule="d"),
        finding(None, rule="a", effect=Effect.REFUSE),
    )
    receipt = build.conformity(FACTS, NOW, checked(Verdict.REFUSED, 0, 5, findings))
    assert [group.rule for group in receipt.groups] == ["a", "c", "d", "b"]


def test_a_group_whose_values_differ_says_what_they_share_and_shows_each() -> None:
    findings = tuple(finding(i, message=f"Modalité : la valeur « {v} » est inconnue.") for i, v in enumerate(["XX", "Y", "XX"], 1))
    group = build.conformity(FACTS, NOW, checked(Verdict.ACCEPTED_WITH_FINDINGS, 1, 3, findings)).groups[0]
    assert group.message == "Modalité : la valeur « … » est inconnue."
    assert [(example.line, example.message[-18:]) for example in group.examples] == [(1, "XX » est inconnue."), (2, " Y » est inconnue.")]


def test_only_the_first_corrections_are_on_the_first_screen_and_the_others_are_announced() -> None:
    findings = tuple(finding(i, rule=f"suivi.r{i}") for i in range(1, 8))
    steps = build.conformity(FACTS, NOW, checked(Verdict.ACCEPTED_WITH_FINDINGS, 1, 7, findings)).next_steps
    assert len(steps) == 6
    assert "3 autres points" in steps[4]


@pytest.mark.parametrize(
    ("counts", "observations", "code", "headline"),
    [
        pytest.param(LineCounts(received=3, accepted=3), 0, Integration.FULL, "Fichier intégré", id="0"),
        pytest.param(LineCounts(received=3, accepted=3), 2, Integration.WITH_FINDINGS, "Fichier intégré, avec des observations", id="1"),
        pytest.param(LineCounts(received=3, accepted=2, set_aside=1), 0, Integration.PARTIAL, "Fichier partiellement intégré", id="2"),
        pytest.param(LineCounts(received=3, set_aside=3), 0, Integration.NONE, "Fichier non intégré", id="3"),
        pytest.param(LineCounts(), 0, Integration.FULL, "Fichier intégré", id="empty"),
    ],
)
def test_the_integration_code_says_how_much_was_loaded(counts: LineCounts, observations: int, code: Integration, headline: str) -> None:
    receipt = build.integration(FACTS, NOW, build.Loaded(counts=counts, observations=observations))
    assert (receipt.code, receipt.headline) == (code, headline)


def test_a_partial_integration_sends_back_to_the_control_document() -> None:
    people = PeopleCounts(known=1, new=1, to_review=0)
    receipt = build.integration(FACTS, NOW, build.Loaded(counts=LineCounts(received=3, accepted=2, set_aside=1), people=people))
    assert receipt.summary == "2 lignes chargées sur 3."
    assert "CC-2026-000123" in receipt.next_steps[0]
    assert receipt.people == people


def test_a_delivery_refused_by_a_person_is_not_integrated_and_gives_the_reason() -> None:
    receipt = build.not_integrated(FACTS, NOW, "fichier du mois précédent")
    assert receipt.code is Integration.NONE
    assert receipt.summary == "Fichier du mois précédent. Aucune donnée de ce fichier n’est utilisée."


def test_counts_that_do_not_add_up_are_never_sent() -> None:
    wrong = LineCounts(received=10, accepted=8, set_aside=1)
    with pytest.raises(InvariantError, match="add up"):
        build.integration(FACTS, NOW, build.Loaded(counts=wrong))
    with pytest.raises(InvariantError, match="add up"):
        build.conformity(FACTS, NOW, build.Checked(verdict=Verdict.ACCEPTED, counts=wrong))


def test_ignored_lines_all_have_a_reason_or_none_is_given() -> None:
    counts = LineCounts(received=10, accepted=8, ignored=2)
    with pytest.raises(InvariantError, match="ignored"):
        build.integration(FACTS, NOW, build.Loaded(counts=counts, ignored=(IgnoredLines(reason="ligne vide", count=1),)))


@pytest.mark.parametrize(
    ("verdict", "headline", "last_step"),
    [
        (
            Verdict.ACCEPTED_WITH_FINDINGS,
            "Fichier accepté, 2 lignes mises à part",
            "Corrigez ces 2 lignes, vérifiez de nouveau le fichier, puis déposez-le.",
        ),
        (Verdict.HELD, "Fichier à corriger avant envoi", "Corrigez ces 2 lignes, vérifiez de nouveau le fichier, puis déposez-le."),
        (Verdict.REFUSED, "Fichier refusé", "Vérifiez de nouveau le fichier corrigé, puis déposez-le."),
    ],
)
def test_a_trial_asks_to_correct_before_sending(verdict: Verdict, headline: str, last_step: str) -> None:
    trial = FACTS.model_copy(update={"trial": True, "delivery_id": None})
    receipt = build.conformity(trial, NOW, checked(verdict, 8, 2, (finding(4), finding(9))))
    assert (receipt.headline, receipt.next_steps[-1]) == (headline, last_step)
    assert receipt.steps[0].result.value == receipt.steps[-1].result.value == "non traitée"


def record(line: int, message: str = "La date est fausse.", proposal: str = "") -> Finding:
    return finding(line, message=message).model_copy(update={"record": f"enregistrement n° {line - 1}", "proposal": proposal})


KEYS = {f"enregistrement n° {place}": f"CCAS-{place}" for place in range(1, 100)}


def test_examples_carry_the_proposal_and_the_senders_own_key() -> None:
    findings = (record(2, "Valeur « A ».", "Écrire a."), record(3, "Valeur « B ».", ""), record(4, "Valeur « A ».", "Écrire a."))
    given = checked(Verdict.ACCEPTED_WITH_FINDINGS, 1, 3, findings).model_copy(update={"keys": KEYS})
    examples = build.conformity(FACTS, NOW, given).groups[0].examples
    assert [(one.line, one.key, one.proposal) for one in examples] == [
        (2, "CCAS-1", "Écrire a."),
        (3, "CCAS-2", ""),
        (4, "CCAS-3", "Écrire a."),
    ]


def test_different_mistakes_are_shown_before_further_places_of_the_same() -> None:
    findings = (*(record(place) for place in range(2, 30)), record(30, "Autre chose."))
    given = checked(Verdict.ACCEPTED_WITH_FINDINGS, 1, 29, findings).model_copy(update={"keys": KEYS})
    assert [one.line for one in build.conformity(FACTS, NOW, given).groups[0].examples] == [2, 30, 3, 4, 5]


def test_the_places_of_one_mistake_are_kept_so_that_keys_can_be_added_but_the_page_does_not_repeat_it() -> None:
    given = checked(Verdict.ACCEPTED_WITH_FINDINGS, 1, 2, (record(2), record(3)))
    group = build.conformity(FACTS, NOW, given).groups[0]
    assert [(one.line, one.record) for one in group.examples] == [(2, "enregistrement n° 1"), (3, "enregistrement n° 2")]
    assert told.shown_examples(group) == ()


def test_the_same_proposal_is_shown_once_where_no_key_tells_the_places_apart() -> None:
    given = checked(Verdict.ACCEPTED_WITH_FINDINGS, 1, 2, (record(2, proposal="Écrire a."), record(3, proposal="Écrire a.")))
    assert [one.line for one in told.shown_examples(build.conformity(FACTS, NOW, given).groups[0])] == [2]
    keyed = build.conformity(FACTS, NOW, given.model_copy(update={"keys": KEYS}))
    assert [one.key for one in told.shown_examples(keyed.groups[0])] == ["CCAS-1", "CCAS-2"]


def test_a_trial_shows_no_key_and_no_file_to_send_back() -> None:
    trial = FACTS.model_copy(update={"trial": True, "delivery_id": None})
    given = checked(Verdict.ACCEPTED_WITH_FINDINGS, 1, 2, (record(2), record(3, "Autre.")))
    given = given.model_copy(update={"keys": KEYS, "correction": CorrectionFile(name="X.csv", records=2)})
    receipt = build.conformity(trial, NOW, given)
    assert receipt.correction is None
    assert [one.key for one in receipt.groups[0].examples] == [None, None]
    assert "CCAS-" not in receipt.to_json()


@pytest.mark.parametrize(
    ("facts", "records", "return_as", "sentence"),
    [
        (
            FACTS,
            12,
            "",
            "ne contient que ces 12 lignes. Corrigez-les, puis déposez ce fichier sous un nouveau nom (date ou numéro suivant).",
        ),
        (FACTS, 1, "", "ne contient que cette ligne. Corrigez-la, puis déposez ce fichier sous un nouveau nom (date ou numéro suivant)."),
        (FACTS, 2, "A_CORRIGER.csv", "ne contient que ces 2 lignes. Corrigez-les, puis déposez ce fichier sous le même nom."),
        (DOSSIERS, 1, "B.xml", "ne contient que ce dossier. Corrigez-le, puis déposez ce fichier sous le nom « B.xml »."),
    ],
)
def test_the_file_of_what_was_set_aside_is_named_with_how_to_return_it(
    facts: DeliveryFacts, records: int, return_as: str, sentence: str
) -> None:
    correction = CorrectionFile(name="A_CORRIGER.csv", records=records, return_as=return_as)
    given = checked(Verdict.ACCEPTED_WITH_FINDINGS, 9, records, (finding(4),)).model_copy(update={"correction": correction})
    for receipt in (
        build.conformity(facts, NOW, given),
        build.integration(facts, NOW, build.Loaded(counts=given.counts, correction=correction)),
    ):
        assert f"Le fichier « A_CORRIGER.csv », dans votre dossier de retours, {sentence}" in receipt.next_steps[-1]
        assert receipt.correction == correction


def test_a_part_of_a_dossier_set_aside_is_neither_hidden_nor_counted_as_a_dossier() -> None:
    receipt = build.conformity(DOSSIERS, NOW, checked(Verdict.ACCEPTED_WITH_FINDINGS, 8, 0, (finding(4, effect=Effect.SET_ASIDE_LINE),)))
    assert receipt.headline == "Fichier accepté, sauf quelques éléments mis à part"
    assert receipt.next_steps[0] == "« Date de début » (ligne 4) : Corrigez la date."
    assert "reviendront dans votre prochain envoi" in receipt.next_steps[1]
    loaded = build.Loaded(counts=LineCounts(received=8, accepted=8), parts_set_aside=1)
    integrated = build.integration(DOSSIERS, NOW, loaded)
    assert (integrated.code, integrated.summary) == (Integration.PARTIAL, "8 dossiers chargés sur 8, sans quelques éléments mis à part.")


def test_a_held_file_says_which_limit_was_passed() -> None:
    limits = (Threshold(share=0.4, limit=0.1), Threshold(rule="suivi.date.date", share=0.344, limit=0.2))
    given = checked(Verdict.HELD, 6, 4, (finding(4), finding(5, rule="suivi.autre.code"))).model_copy(update={"thresholds": limits})
    receipt = build.conformity(FACTS, NOW, given)
    by_rule = {group.rule: group.threshold for group in receipt.groups}
    assert by_rule == {"suivi.date.date": limits[1], "suivi.autre.code": None}
    step = next(step for step in receipt.steps if step.name == "Seuils convenus")
    assert step.result is StepResult.HELD
    assert step.detail.replace("\u00a0", " ") == (
        "40 % des lignes mises à part, pour 10 % admis au plus ; 34,4 % des lignes concernées, pour 20 % admis au plus"
    )


def test_a_reason_that_says_nothing_is_loaded_is_not_followed_by_the_same_again() -> None:
    given = checked(Verdict.HELD, 6, 4, (finding(4),)).model_copy(update={"reason": "Trop d'erreurs : rien n'est chargé sans avis."})
    assert build.conformity(FACTS, NOW, given).summary == "Trop d'erreurs : rien n'est chargé sans avis."


def open_of(*delivery_ids: int) -> OpenFindings:
    return OpenFindings.of(2, [OpenFile(delivery_id=one, name="a.csv", received_at=NOW, count=3) for one in delivery_ids])


def test_what_earlier_files_left_open_is_among_what_to_do() -> None:
    loaded = build.Loaded(counts=LineCounts(received=3, accepted=3), open=open_of(90, 123))
    steps = build.integration(FACTS, NOW, loaded).next_steps
    assert steps[0] == "Pour ce fichier, vous n’avez rien à faire."
    assert "Ce qui reste à corriger" in steps[1]


def test_what_only_this_file_left_open_is_not_asked_for_twice() -> None:
    loaded = build.Loaded(counts=LineCounts(received=3, accepted=2, set_aside=1), open=open_of(123))
    assert not [step for step in build.integration(FACTS, NOW, loaded).next_steps if "envois précédents" in step]


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (OpenFindings.of(0, []), "Il ne reste rien à corriger."),
        (OpenFindings.of(1, []), "Grâce à ce fichier, 1 anomalie de vos envois précédents est corrigée. Il ne reste rien à corriger."),
        (
            open_of(98),
            "Grâce à ce fichier, 2 anomalies de vos envois précédents sont corrigées. "
            "Il reste 3 anomalies à corriger ; la plus ancienne date du 21 novembre 2026 à 14 h 05 (livraison n° 98).",
        ),
    ],
)
def test_what_was_corrected_and_what_remains_is_said_in_a_sentence(found: OpenFindings, sentence: str) -> None:
    assert open_words(found) == sentence


def test_the_three_documents_name_one_another() -> None:
    steps = build.integration(FACTS, NOW, build.Loaded(counts=LineCounts(received=3, accepted=3))).steps
    assert [step.detail for step in steps] == ["AR-2026-000123", "CC-2026-000123", "CRI-2026-000123 : 3 lignes chargées"]


def test_many_lines_are_counted_on_the_first_screen_and_listed_below() -> None:
    findings = tuple(finding(place) for place in range(1, 6))
    receipt = build.conformity(FACTS, NOW, checked(Verdict.ACCEPTED_WITH_FINDINGS, 90, 5, findings))
    assert receipt.next_steps[0] == "« Date de début » (5 fois) : Corrigez la date."
    assert receipt.groups[0].lines == (1, 2, 3, 4, 5)
