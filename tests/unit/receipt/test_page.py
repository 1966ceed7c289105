import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from passerelle.findings import Effect, Finding, LineCounts, Verdict
from passerelle.receipt import build, page
from passerelle.receipt.model import (
    ChangeCounts,
    CorrectionFile,
    DeliveryFacts,
    ExpectedName,
    IgnoredLines,
    OpenFile,
    OpenFindings,
    Outcome,
    PeopleCounts,
    Receipt,
    Threshold,
    file_names,
)
from passerelle.receipt.phrases import effect_words

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
    territory="Département d’essai",
)
FINDINGS = tuple(
    Finding(
        rule="suivi.date.date",
        severity="error",
        effect=Effect.SET_ASIDE,
        table="suivi",
        column="<date>",
        line=12 + 3 * place,
        message="Date de début : la valeur reçue n'est pas une date qui existe.",
        expected="Une date AAAA-MM-JJ.",
        fix="Corrigez la date.",
    )
    for place in range(40)
)
COUNTS = LineCounts(received=1204, accepted=1064, set_aside=135, ignored=5)
CHECKED = build.Checked(
    verdict=Verdict.ACCEPTED_WITH_FINDINGS,
    counts=COUNTS,
    findings=FINDINGS,
    totals={"suivi.date.date": 150},
    labels={"suivi.<date>": "Date de début"},
    ignored=(IgnoredLines(reason="lignes vides", count=5),),
)
EVERY = {
    "received": build.acknowledge(FACTS, NOW),
    "duplicate": build.duplicate(FACTS, NOW, build.Earlier(delivery_id=1, received_at=NOW, file_name="premier.csv")),
    "unknown": build.unknown_name(FACTS, NOW, (ExpectedName(feed_name="Suivi", name="CCAS_AAAAMMJJ.csv"),)),
    "held": build.hold(FACTS, NOW, "Même nom, autre contenu."),
    "findings": build.conformity(FACTS, NOW, CHECKED),
    "integrated": build.integration(FACTS, NOW, build.Loaded(counts=COUNTS, people=PeopleCounts(known=1000, new=60, to_review=4))),
    "open": build.integration(
        FACTS,
        NOW,
        build.Loaded(
            counts=COUNTS,
            changes=ChangeCounts(created=310, updated=512, unchanged=1544),
            correction=CorrectionFile(name="<A_CORRIGER>.csv", records=135),
            open=OpenFindings.of(7, [OpenFile(delivery_id=98, name="<b>ancien.csv", received_at=NOW, count=4)]),
        ),
    ),
    "limit": build.conformity(
        FACTS,
        NOW,
        CHECKED.model_copy(
            update={
                "verdict": Verdict.HELD,
                "thresholds": (Threshold(rule="suivi.date.date", share=0.125, limit=0.05),),
                "keys": {"enregistrement n° 11": "<K>11"},
                "findings": (FINDINGS[0].model_copy(update={"record": "enregistrement n° 11", "proposal": "Écrire <2026-11-21>."}),),
            }
        ),
    ),
    "trial": build.conformity(
        FACTS.model_copy(update={"trial": True, "delivery_id": None, "unit": "dossier"}),
        NOW,
        build.Checked(verdict=Verdict.ACCEPTED, counts=LineCounts(received=1, accepted=1)),
    ),
}


class Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"[ \n]+", " ", " ".join(self.words).replace("\u00a0", " "))


@pytest.mark.parametrize("receipt", EVERY.values(), ids=EVERY.keys())
def test_a_page_stands_alone(receipt: Receipt) -> None:
    reader = Reader(page.render(receipt))
    assert not {"script", "img", "link", "iframe", "object", "form"} & {tag for tag, _ in reader.tags}
    assert not [value for _, attrs in reader.tags for name, value in attrs.items() if name in ("src", "href") or name.startswith("on")]
    assert "url(" not in page.render(receipt)


@pytest.mark.parametrize("receipt", EVERY.values(), ids=EVERY.keys())
def test_a_page_has_one_title_in_french_and_a_caption_for_every_table(receipt: Receipt) -> None:
    tags = Reader(page.render(receipt)).tags
    assert ("html", {"lang": "fr"}) in tags
    names = [tag for tag, _ in tags]
    assert names.count("h1") == 1
    assert names.count("table") == names.count("caption")
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in tags if tag == "th")


@pytest.mark.parametrize("receipt", EVERY.values(), ids=EVERY.keys())
def test_a_page_has_its_landmarks_and_each_part_has_a_name_and_headings_without_a_gap(receipt: Receipt) -> None:
    tags = Reader(page.render(receipt)).tags
    names = [tag for tag, _ in tags]
    assert [names.count(tag) for tag in ("header", "main", "footer")] == [1, 1, 1]
    assert names.index("header") < names.index("main") < names.index("footer")
    known = {attrs.get("id") for _, attrs in tags}
    assert all(attrs.get("aria-labelledby") in known for tag, attrs in tags if tag == "section")
    levels = [int(tag[1]) for tag in names if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


@pytest.mark.parametrize("receipt", EVERY.values(), ids=EVERY.keys())
def test_every_meaning_of_a_colour_is_also_said_in_words(receipt: Receipt) -> None:
    html = page.render(receipt)
    assert html.count('<article class="group') == html.count('<span class="tag">') == len(receipt.groups)
    assert not re.search(r'<span class="tag">\s*</span>', html)


@pytest.mark.parametrize("receipt", EVERY.values(), ids=EVERY.keys())
def test_french_punctuation_never_begins_a_line(receipt: Receipt) -> None:
    html = page.render(receipt)
    body = html[html.index("<body") :]
    words = re.sub(r"<(code|caption)[^>]*>.*?</\1>", "", body, flags=re.S)
    assert not re.search(r"[\w»)] [:;?!»%](?=[\s<])", words)


@pytest.mark.parametrize("receipt", EVERY.values(), ids=EVERY.keys())
def test_the_verdict_and_what_to_do_come_before_everything_else(receipt: Receipt) -> None:
    text = Reader(page.render(receipt)).text
    body = text[text.index(receipt.kind.french) :]
    assert body.index(receipt.headline) < body.index("Ce que vous avez à faire") < body.index("Les étapes")


def test_a_file_name_cannot_become_markup_nor_turn_the_text_around() -> None:
    facts = DeliveryFacts.model_validate(FACTS.model_dump() | {"file_name": "<script>alert(1)</script>\u202evsc.exe"})
    html = page.render(build.acknowledge(facts, NOW))
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;⟨U+202E⟩vsc.exe" in html


def test_a_column_name_chosen_by_the_partner_is_escaped() -> None:
    assert "<code>&lt;date&gt;</code>" in page.render(EVERY["findings"])


def test_the_counts_add_up_on_the_page() -> None:
    text = Reader(page.render(EVERY["findings"])).text.replace("\u202f", "")
    assert "1204 reçues = 1064 + 135 + 5" in text
    assert "dont : lignes vides 5" in text


def test_the_lines_are_listed_up_to_twenty_and_the_others_counted() -> None:
    text = Reader(page.render(EVERY["findings"])).text
    assert "lignes 12, 15, 18" in text
    assert "66, 69 … et 130 autres" in text
    assert "72," not in text


def test_the_label_of_a_column_is_not_repeated_when_the_message_begins_with_it() -> None:
    text = Reader(page.render(EVERY["findings"])).text
    assert "Date de début : la valeur reçue n’est pas une date qui existe." in text
    assert "Date de début : Date de début" not in text


def test_size_and_times_are_for_people() -> None:
    text = Reader(page.render(EVERY["received"])).text
    assert "1,2 Mo (1\u202f240\u202f331 octets)" in text
    assert "21 novembre 2026 à 14 h 05 (heure de Paris)" in text
    assert "ab" * 32 in text


def test_a_correction_names_the_file_to_send_back() -> None:
    text = Reader(page.render(EVERY["open"])).text
    assert "Fichier à corriger et à renvoyer Nom <A_CORRIGER>.csv Contient 135 lignes à corriger, et rien d’autre" in text
    assert "déposez ce fichier sous un nouveau nom" in text


def test_the_integration_says_what_changed_and_what_remains_by_file() -> None:
    text = Reader(page.render(EVERY["open"])).text.replace("\u202f", "")
    assert "Créées 310 Mises à jour 512 Inchangées 1544 Lignes mises à part 135" in text
    assert "7 anomalies de vos envois précédents sont corrigées. Il reste 4 anomalies à corriger" in text
    assert "<b>ancien.csv livraison n° 98 21 novembre 2026 à 14 h 05 4" in text
    assert "code d’intégration 2 (partiellement intégré)" in text


def test_a_group_shows_the_limit_passed_the_key_and_the_proposal_as_text() -> None:
    text = Reader(page.render(EVERY["limit"])).text
    assert "Seuil dépassé 12,5 % des lignes concernées, pour 5 % admis au plus" in text
    assert "Vos références <K>11 …" in text
    assert "<K>11 ligne 12 Écrire <2026-11-21>." in text


def test_the_page_names_the_workbook_that_lists_every_finding() -> None:
    receipt = EVERY["findings"]
    assert file_names(receipt)["xlsx"] in page.render(receipt)


def test_a_file_with_a_million_mistakes_gives_a_page_one_can_read() -> None:
    totals = {f"suivi.c{place}.date": 1_000_000 for place in range(20)}
    found = [
        FINDINGS[0].model_copy(update={"rule": rule, "line": line, "message": f"La valeur « {line} » est fausse."})
        for rule in totals
        for line in range(1, 250)
    ]
    counts = LineCounts(received=1_000_000, set_aside=1_000_000)
    checked = build.Checked(verdict=Verdict.HELD, counts=counts, findings=found, totals=totals)
    html = page.render(build.conformity(FACTS, NOW, checked))
    assert len(html) < 60_000
    assert "20\u202f000\u202f000 anomalies" in html
    assert "20 … et 999\u202f980 autres" in html


@pytest.mark.parametrize(
    ("effect", "receipt", "words"),
    [
        (Effect.SET_ASIDE, "findings", "Ligne mise à part"),
        (Effect.SET_ASIDE_LINE, "findings", "Ligne mise à part"),
        (Effect.SET_ASIDE, "dossiers", "Dossier mis à part"),
        (Effect.SET_ASIDE_LINE, "dossiers", "Élément mis à part"),
        (Effect.SET_ASIDE, "trial", "Dossier à corriger"),
        (Effect.SET_ASIDE, "refused", "Ligne à corriger"),
        (Effect.REFUSE, "refused", "Fichier refusé"),
        (Effect.WARN, "refused", "Observation"),
    ],
)
def test_what_became_of_a_line_is_true_for_the_document(effect: Effect, receipt: str, words: str) -> None:
    dossiers = EVERY["findings"].model_copy(update={"delivery": FACTS.model_copy(update={"unit": "dossier"})})
    refused = EVERY["findings"].model_copy(update={"outcome": Outcome.REFUSED})
    assert effect_words(effect, (EVERY | {"dossiers": dossiers, "refused": refused})[receipt]) == words


def test_a_trial_says_that_nothing_was_sent() -> None:
    text = Reader(page.render(EVERY["trial"])).text
    assert "Essai avant envoi : rien n’a été déposé" in text
    assert "1 dossier sur 1 pourra être chargé." in text


def test_people_are_counted_not_named() -> None:
    text = Reader(page.render(EVERY["integrated"])).text
    assert "Déjà connues 1\u202f000 Nouvelles 60 À vérifier par le Département (rien à faire pour vous) 4" in text


def test_the_same_receipt_gives_the_same_page() -> None:
    assert page.render(EVERY["findings"]) == page.render(Receipt.from_json(EVERY["findings"].to_json()))


def test_every_colour_of_text_is_readable_on_its_ground() -> None:
    """WCAG AA asks a contrast of 4.5 for text."""
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", page.render(EVERY["received"])))
    pairs = [(tone, f"{tone}-bg") for tone in ("good", "notice", "warning", "bad")]
    pairs += [(tone, "paper") for tone in ("good", "notice", "warning", "bad", "ink", "soft", "brand")]
    pairs += [("soft", "ground"), ("ink", "ground"), ("brand", "ground")]
    for ink, ground in pairs:
        light, dark = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
