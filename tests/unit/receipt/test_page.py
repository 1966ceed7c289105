import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from passerelle.findings import Effect, Finding, LineCounts, Verdict
from passerelle.receipt import build, page
from passerelle.receipt.model import DeliveryFacts, ExpectedName, IgnoredLines, PeopleCounts, Receipt

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
