"""What a source writes of addresses, phones and e-mails: shared in households, changed since, or missing, as its rates say."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.population.dossiers import MOVE, SEPARATION
from passerelle.population.draws import Draws, Ints
from passerelle.population.families import PARTNER
from passerelle.population.frequencies import communes, given_names, surnames
from passerelle.population.homes import streets
from passerelle.population.numbering import phone_numbers
from passerelle.population.page import Page, only, taken
from passerelle.population.register import Register

_HOSTS: Final = ("courriel.example", "messagerie.example", "poste.example")


def contact_columns(page: Page) -> dict[str, Any]:
    """The columns ``address`` to ``email`` of design, §6."""
    draws, size, records = page.draws("contacts"), len(page), page.records
    homes, person = page.register.homes, page.person
    stays = ~np.isin(records.case, (MOVE, SEPARATION))
    former = stays & draws.chance(size, page.rates.former_address)
    commune = np.where(former, homes.former_commune[person], records.commune)
    address = np.where(former, homes.former_address[person], records.address)
    table = communes()
    return {
        "address": streets(address),
        "postcode": taken(table.postcode, commune),
        "city": taken(table.name if page.source.organisation == "ccas" else table.ascii_upper, commune),
        "commune_code": taken(table.code, commune),
        "phone": _phones(page, draws),
        "email": _emails(page, draws),
    }


def _owners(register: Register, purpose: Draws, sharing: float) -> Ints:
    """Whose phone or e-mail each person gives: their own, or that of the head of the family they live with; children have none."""
    families = register.families
    size = len(register)
    together = families.dwelling == families.dwelling[families.head]
    share = np.where(families.is_adult, np.where(families.place == PARTNER, sharing, sharing * 0.7), 0.5)
    owner = np.where(together & purpose.chance(size, share), families.head, np.arange(size))
    return np.where(families.is_adult[owner], owner, -1)


def _phones(page: Page, draws: Draws) -> Any:
    register, size = page.register, len(page)
    owner = _owners(register, Draws(page.options.seed, "phones"), 0.35)[page.person]
    changed = draws.chance(size, page.rates.contact_changed)
    number = np.where(changed, owner + len(register), owner)
    present = (owner >= 0) & draws.chance(size, page.rates.phone)
    agency = present & draws.chance(size, page.rates.agency_contact)
    mobile = phone_numbers(np.where(agency, 2 * len(register) + page.records.commune, number))
    mobile = pc.if_else(pa.array(draws.chance(size, page.rates.junk)), "0600000000", _spaced(page, draws, mobile))
    second = only(phone_numbers(owner + 2 * len(register) + len(communes().population)), present & draws.chance(size, 0.06))
    return only(pc.binary_join_element_wise(mobile, second, "|", null_handling="skip"), present)


def _spaced(page: Page, draws: Draws, numbers: Any) -> Any:
    """The numbers as they come, but in pairs or with the country's prefix in some CCAS."""
    if page.source.organisation != "ccas":
        return numbers
    style = draws.uniform(len(page))
    pairs = pc.binary_join_element_wise(*(pc.utf8_slice_codeunits(numbers, at, at + 2) for at in range(0, 10, 2)), " ")
    abroad = pc.binary_join_element_wise("+33", pc.utf8_slice_codeunits(numbers, 1), "")
    return pc.if_else(pa.array(style < 0.5), numbers, pc.if_else(pa.array(style < 0.9), pairs, abroad))


def _emails(page: Page, draws: Draws) -> Any:
    register, size = page.register, len(page)
    owner = _owners(register, Draws(page.options.seed, "e-mails"), 0.2)[page.person]
    present = (owner >= 0) & draws.chance(size, page.rates.email)
    changed = draws.chance(size, page.rates.contact_changed)
    return only(_email_text(register, owner, np.where(changed, owner + len(register), owner)), present)


def _email_text(register: Register, owner: Ints, number: Ints) -> Any:
    """``given.name123@courriel.example``: the number makes it nobody else's."""
    whose = np.maximum(owner, 0)
    is_male = register.families.is_male[whose]
    first = register.names.given[whose, 0]
    given = pc.coalesce(*(taken(given_names(sex).plain, np.where(is_male == (sex == "M"), first, -1)) for sex in "FM"))
    surname = taken(surnames().plain, register.names.surname[whose, 0])
    style = pa.array(whose % 4)
    front = pc.if_else(pc.equal(style, 1), surname, pc.if_else(pc.equal(style, 2), pc.utf8_slice_codeunits(given, 0, 1), given))
    back = pc.if_else(pc.equal(style, 1), given, surname)
    host = pa.array(_HOSTS).take(pa.array(whose % len(_HOSTS)))
    local = pc.binary_join_element_wise(front, pc.binary_join_element_wise(back, pc.cast(pa.array(number), pa.string()), ""), ".")
    return pc.binary_join_element_wise(local, host, "@")
