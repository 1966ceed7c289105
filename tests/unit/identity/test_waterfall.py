"""What each field adds to a pair's score, told and drawn: the sum is the score, and nothing is left to be guessed."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET

import pytest

from passerelle.identity.compare import FIELDS, MISSING
from passerelle.identity.model import PACKAGED, RARE, read_model
from passerelle.identity.picture import html, svg
from passerelle.identity.waterfall import VERDICTS, Compared, Verdict, Waterfall, bits_told, start_of, told, waterfall

MODEL = read_model(PACKAGED)
REVIEW = Verdict("review", "other_place", "Le lieu de naissance diffère.")
LEVELS = {"surname": "near", "given": "same_first", "dob": "exact", "sex": "same", "place": "different", "phone": "same", "nir": MISSING}
SVG = "{http://www.w3.org/2000/svg}"


def account(levels: dict[str, str] | None = None, **known: object) -> Waterfall:
    pair = Compared(LEVELS if levels is None else levels, **known)  # type: ignore[arg-type]
    return waterfall(MODEL, start_of(MODEL, 400_000), pair, REVIEW)


def weight(field: str, level: str) -> float:
    (found,) = (each.weight for one in MODEL.fields if one.name == field for each in one.levels if each.name == level)
    return found


def test_each_field_is_one_step_and_what_is_missing_adds_nothing() -> None:
    steps = {step.name: step for step in account().steps}
    assert list(steps) == [field.name for field in FIELDS]
    assert (steps["surname"].bits, steps["sex"].bits) == (weight("surname", "near"), weight("sex", "same"))
    assert (steps["nir"].bits, steps["nir"].words, steps["email"].bits) == (0.0, "absent d'un côté au moins", 0.0)
    assert steps["place"].bits == weight("place", "different") < 0


def test_the_start_and_the_steps_add_up_to_the_score() -> None:
    found = account()
    assert found.total == pytest.approx(found.start + sum(step.bits for step in found.steps))
    assert found.start == pytest.approx(-18.35, abs=0.01)


def test_a_rare_value_says_more_than_a_frequent_one() -> None:
    rare, frequent, unknown = (account(shares={"dob": share}).steps[2] for share in (-20.0, -3.0, None))
    assert rare.bits > unknown.bits > frequent.bits
    assert rare.bits - frequent.bits == pytest.approx(17.0)
    assert unknown.rarity == 0
    rows = told(account(shares={"dob": -20.0}))
    assert next(words for what, words, _ in rows if what == "date de naissance").startswith("identique (valeur rare\u00a0: +")


def test_what_this_version_does_not_compare_is_left_out() -> None:
    found = account({"surname": "birth", "given_name": "agrees", "dob": "agrees"})
    assert {step.name: step.bits for step in found.steps if step.bits} == {"surname": found.steps[0].bits}


@pytest.mark.parametrize(("bits", "words"), [(0.04, "0"), (-0.04, "0"), (0.06, "+0,1"), (-12.0, "−12,0")])
def test_bits_are_told_with_their_sign(bits: float, words: str) -> None:
    assert bits_told(bits) == words


# The picture


def bars(found: Waterfall) -> list[dict[str, str]]:
    return [dict(bar.attrib) for bar in ET.fromstring(svg(found)).iter(f"{SVG}rect") if bar.get("height") == "18"]


def test_every_figure_of_the_picture_is_there_as_text() -> None:
    found = account(shares={field: -9.0 for field in RARE})
    tree = ET.fromstring(svg(found))
    texts = {text.text for text in tree.iter(f"{SVG}text")}
    for row in told(found):
        assert set(row) <= texts
    assert f"Ce qui a décidé (other_place) : {REVIEW.words}" in texts
    assert (tree.get("role"), tree.get("aria-labelledby"), tree.get("lang")) == ("img", "title desc", "fr")
    title, description = (tree.find(f"{SVG}{name}") for name in ("title", "desc"))
    assert title is not None
    assert title.text == f"Deux enregistrements : {VERDICTS['review']}"
    assert description is not None
    assert all(f"{what} : {words}, {bits} bits" in (description.text or "") for what, words, bits in told(found))


def test_a_bar_begins_where_the_one_before_ended() -> None:
    drawn = bars(account({"surname": "birth", "given": "different", "sex": "same"}))
    edges = [(float(bar["x"]), float(bar["x"]) + float(bar["width"])) for bar in drawn]
    (start, zero), surname, given, sex, total = edges
    assert surname[0] == pytest.approx(start, abs=0.2)
    assert given[1] == pytest.approx(surname[1], abs=0.2)
    assert sex[0] == pytest.approx(given[0], abs=0.2)
    assert total == (pytest.approx(sex[1], abs=0.2), pytest.approx(zero, abs=0.2))


def test_for_and_against_differ_in_colour_and_in_sign() -> None:
    _, surname, given, _, _ = bars(account({"surname": "birth", "given": "different", "sex": "same"}))
    assert surname["fill"] != given["fill"]


def test_what_adds_nothing_has_no_bar() -> None:
    assert len(bars(account({"surname": "birth", "nir": "near"}))) == 3


def test_everything_is_within_the_picture() -> None:
    found = waterfall(MODEL, -40.0, Compared(LEVELS), Verdict("same", "A8", "mot " * 90))
    tree = ET.fromstring(svg(found))
    width, height = float(tree.get("width", 0)), float(tree.get("height", 0))
    for each in itertools.chain(tree.iter(f"{SVG}rect"), tree.iter(f"{SVG}text")):
        across = float(each.get("x", 0)) + float(each.get("width", 0))
        assert 0 <= across <= width
        assert float(each.get("y", 0)) + float(each.get("height", 0)) <= height


def test_words_cannot_break_the_picture_and_it_needs_nothing_else() -> None:
    made = svg(waterfall(MODEL, 0.0, Compared({}), Verdict("different", "<b>", 'a < b & "c"')))
    texts = [text.text for text in ET.fromstring(made).iter(f"{SVG}text")]
    assert 'Ce qui a décidé (<b>) : a < b & "c"' in texts
    assert made.count("http") == 1, "the namespace, and no address"
    assert all(word not in made for word in ("href", "<script", "url(", "@import"))


def test_the_page_holds_the_picture() -> None:
    page = html(account())
    assert page.startswith('<!doctype html>\n<html lang="fr">')
    assert svg(account()) in page
