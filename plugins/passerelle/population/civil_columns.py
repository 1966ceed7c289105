"""What a source writes of a person's civil status: names, sex, birth. With the errors its rates say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.population.dossiers import SAME_DOSSIER, SEPARATION
from passerelle.population.draws import Bools, Draws, Ints
from passerelle.population.families import epoch_day
from passerelle.population.frequencies import given_names, surnames
from passerelle.population.homes import births
from passerelle.population.misspelling import misspell_some
from passerelle.population.page import Page, only, taken


def civil_columns(page: Page) -> dict[str, Any]:
    """The columns ``birth_name`` to ``birth_place_name`` of design, §6."""
    birth_name, usage_name, given = _names(page)
    days, is_year_only = _dates(page)
    place = page.register.place[page.person]
    draws = page.draws("birth place")
    known = draws.chance(len(page), page.rates.birth_place)
    dated = draws.chance(len(page), page.rates.birth_date)
    name_only = known & draws.chance(len(page), 0.0 if page.has_dossiers else 0.25)
    ranked = page.has_dossiers & draws.chance(len(page), 0.9)
    return {
        "birth_name": birth_name,
        "usage_name": usage_name,
        "given_names": given,
        "sex": _sexes(page),
        "birth_date": pa.array(days.astype(np.int32), pa.int32(), mask=~dated).cast(pa.date32()),
        "birth_date_precision": only(pc.if_else(pa.array(is_year_only), "year", "day"), dated),
        "birth_rank": pa.array(page.register.families.birth_rank[page.person], pa.int8(), mask=~ranked),
        "birth_place_code": only(taken(births().code, place), known & ~name_only),
        "birth_place_name": only(taken(births().name, place), known),
    }


def _names(page: Page) -> tuple[Any, Any, Any]:
    rates, size, person = page.rates, len(page), page.person
    draws = page.draws("names")
    names = page.register.names
    by_ear = page.register.is_foreign[person]
    birth_name = _surname(page, names.surname[person])
    usage_name = _surname(page, names.usage[person])
    has_usage = names.usage[person, 0] >= 0
    known = has_usage & draws.chance(size, rates.usage_known)
    known &= page.records.case != SEPARATION
    known ^= has_usage & (page.records.case == SAME_DOSSIER) & draws.chance(size, 0.5)
    instead = has_usage & draws.chance(size, rates.usage_as_birth_name)
    first = _given(page, 0, names.given[person])
    others = [_given(page, column, names.given[person]) for column in (1, 2)]
    second = (names.given[person, 1] >= 0) & draws.chance(size, rates.second_given_name)
    first, others[0] = pc.if_else(pa.array(second), others[0], first), pc.if_else(pa.array(second), first, others[0])
    one_only = draws.chance(size, rates.given_dropped)
    others = [only(other, ~one_only) for other in others]
    foreign = np.where(by_ear, rates.transcription, 0.0)
    first = _compounds_spoilt(draws, first, (rates.hyphen_lost, rates.compound_cut))
    first = misspell_some(draws, first, draws.chance(size, rates.given_typo + foreign), by_ear)
    written = _compounds_spoilt(draws, pc.if_else(pa.array(instead), usage_name, birth_name), (0.0, rates.compound_cut))
    written = misspell_some(draws, written, draws.chance(size, rates.surname_typo + foreign), by_ear)
    usage_name = misspell_some(draws, only(usage_name, known & ~instead), draws.chance(size, rates.surname_typo + foreign), by_ear)
    swapped = pa.array(draws.chance(size, rates.names_swapped))
    first, written = pc.if_else(swapped, written, first), pc.if_else(swapped, first, written)
    return written, usage_name, pc.binary_join_element_wise(first, *others, "|", null_handling="skip")


def _compounds_spoilt(draws: Draws, names: Any, chances: tuple[float, float]) -> Any:
    """The names, some compounds of which have a blank for a hyphen (first chance) or only their first half (second chance)."""
    blank, half = (pa.array(draws.chance(len(names), chance)) for chance in chances)
    names = pc.if_else(blank, pc.replace_substring(names, "-", " "), names)
    return pc.if_else(half, pc.replace_substring_regex(names, "-.*", ""), names)


def _surname(page: Page, positions: Ints) -> Any:
    """Compounds are joined by a hyphen, or by a blank in old systems that have no hyphen."""
    table = surnames()
    values = table.ascii_upper if page.source.organisation != "ccas" else _titles()
    single = taken(values, positions[:, 0])
    double = np.flatnonzero(positions[:, 1] >= 0)
    joint = " " if page.source.organisation == "msa" else "-"
    halves = [taken(values, positions[double, column]) for column in (0, 1)]
    joined = pc.binary_join_element_wise(*halves, joint)
    return pc.replace_with_mask(single, pa.array(positions[:, 1] >= 0), joined)


def _titles() -> Any:
    return pc.utf8_title(surnames().ascii_upper)


def _given(page: Page, column: int, positions: Ints) -> Any:
    """A given name as the source writes it: in capitals without accents, but by the CCAS."""
    is_male = page.register.families.is_male[page.person]
    columns = []
    for sex, those in (("F", ~is_male), ("M", is_male)):
        table = given_names(sex)
        values = table.written if page.source.organisation == "ccas" else table.ascii_upper
        columns.append(taken(values, np.where(those, positions[:, column], -1)))
    return pc.coalesce(*columns)


def _sexes(page: Page) -> Any:
    draws = page.draws("sex")
    is_male = page.register.families.is_male[page.person] ^ draws.chance(len(page), page.rates.sex_wrong)
    return only(pc.if_else(pa.array(is_male), "M", "F"), draws.chance(len(page), page.rates.sex))


def _dates(page: Page) -> tuple[Ints, Bools]:
    """Days since 1970, and where only the year is said to be known."""
    draws, rates, size = page.draws("dates"), page.rates, len(page)
    days = page.register.born[page.person].copy()
    swapped = draws.chance(size, rates.date_swapped)
    wrong = draws.chance(size, rates.date_wrong) & ~swapped
    first_of_january = (days - days.astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)) == 0
    foreign = page.register.is_foreign[page.person]
    year_only = first_of_january & foreign & draws.chance(size, 0.5)
    last = epoch_day(page.options.as_of) - 1
    days[swapped] = _day_for_month(days[swapped])
    days[wrong] = _one_figure_off(draws, days[wrong])
    return np.minimum(days, last), year_only


def _day_for_month(days: Ints) -> Ints:
    """The dates with day and month exchanged, where that is a date."""
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    day = days - months.astype("datetime64[D]").astype(np.int64) + 1
    year_start = months.astype("datetime64[Y]").astype("datetime64[M]")
    month = (months - year_start).astype(np.int64) + 1
    other = (year_start + (day - 1)).astype("datetime64[D]").astype(np.int64) + month - 1
    return np.where(day <= 12, other, days)


def _one_figure_off(draws: Draws, days: Ints) -> Ints:
    """The dates a day, ten days, a month, a year or ten years off."""
    size = len(days)
    kind = draws.shares(size, 3, 2, 2, 3, 2)
    sign = np.where(draws.chance(size, 0.5), 1, -1)
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    day = days - months.astype("datetime64[D]").astype(np.int64)
    shift = np.array([0, 0, 1, 12, 120])[kind] * sign
    moved = (months + shift).astype("datetime64[D]").astype(np.int64) + np.minimum(day, 27)
    near = days + np.array([1, 10, 0, 0, 0])[kind] * sign
    off: Ints = np.where(kind < 2, near, moved)
    return off
