"""Where the people of a large invented population live, lived before and were born."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from passerelle.errors import ConfigurationError
from passerelle.population.draws import Draws, Ints
from passerelle.population.families import CHILD, Families
from passerelle.population.frequencies import Communes, Pool, communes, pool_of
from passerelle.population.options import Options
from passerelle.population.origins import ORIGINS

_STREETS: Final = (
    "DES TILLEULS", "DE LA GARE", "DU MARCHE", "DES ECOLES", "DES VIGNES", "DU LAVOIR", "LOUISE MICHEL", "DES ERABLES", "DU MOULIN",
    "VICTOR HUGO", "DES COTEAUX", "JEAN JAURES", "PASTEUR", "DES FORGES", "DES TANNEURS", "DU 8 MAI 1945", "DES ROSIERS",
    "DE LA FONTAINE", "BASSE", "HAUTE", "DE LA REPUBLIQUE", "DU GENERAL DE GAULLE", "DU STADE", "DES LILAS", "DE L EGLISE", "EMILE ZOLA",
    "ANATOLE FRANCE", "DU CHATEAU", "DES ACACIAS", "DE VERDUN", "JULES FERRY", "DES PEUPLIERS", "DU PONT", "DE BRETAGNE", "DES CHENES",
    "GEORGES BRASSENS", "DU COLOMBIER", "DE LA LIBERATION", "DES HIRONDELLES", "MOLIERE", "SAINT MARTIN", "DES CERISIERS", "DU PRESSOIR",
    "DE LA MAIRIE", "NEUVE", "DES JONQUILLES", "ROGER SALENGRO", "DE PARIS", "DES ALOUETTES", "DU BOIS", "MARIE CURIE", "DE LA PAIX",
    "DES GENETS", "DU PUITS", "PABLO PICASSO", "DES PINS", "SAINT EXUPERY", "DE LA CROIX", "DES BLEUETS", "DE LA POSTE",
)  # fmt: skip
_WAYS: Final = ("RUE", "RUE", "RUE", "RUE", "AVENUE", "CHEMIN", "IMPASSE", "BOULEVARD", "ALLEE", "PLACE", "RESIDENCE", "ROUTE")


@dataclass(frozen=True)
class Homes:
    """Parallel arrays, one position per person: positions in the table of communes, and a number from which the address is made."""

    commune: Ints
    address: Ints
    former_commune: Ints
    former_address: Ints


@dataclass(frozen=True)
class Births:
    """Every place of birth: the communes where people are born, then the countries."""

    code: Any
    name: Any
    numeric: Ints
    """The code as a number, 2A as 19 and 2B as 18: what the key of the NIR is computed from."""
    anywhere: Pool
    by_departement: dict[int, Pool]
    country_pools: tuple[Pool, ...]
    """By position in ``ORIGINS``."""


def settle(options: Options, families: Families) -> Homes:
    """Homes for everyone: one for each dwelling now, one for each person before.

    Raises ConfigurationError when no commune of the table is in the départements asked for.
    """
    draws = Draws(options.seed, "homes")
    table = communes()
    pool = _where_people_live(table, options.departements)
    size = int(families.dwelling.max()) + 1
    of_family = pool.draw(draws, size)
    elsewhere = draws.chance(size, 0.4)
    family_of_dwelling = np.zeros(size, dtype=np.int64)
    family_of_dwelling[families.dwelling] = families.family
    commune = np.where(elsewhere, pool.draw(draws, size), of_family[family_of_dwelling])
    address = draws.whole(size, 0, 10**9)
    former = np.where(draws.chance(size, 0.6), commune, pool.draw(draws, size))
    return Homes(
        commune=commune[families.dwelling],
        address=address[families.dwelling],
        former_commune=former[families.dwelling],
        former_address=draws.whole(size, 0, 10**9)[families.dwelling],
    )


def _where_people_live(table: Communes, departements: tuple[str, ...]) -> Pool:
    positions = np.arange(len(table.population))
    if departements:
        wanted = np.isin(np.array(table.departement.distinct.to_pylist()), departements)
        positions = positions[wanted[table.departement.which]]
    if not len(positions):
        raise ConfigurationError("Aucune commune de la table n'est dans les départements demandés : " + ", ".join(departements[:5]))
    return pool_of(positions, table.population[positions])


def streets(numbers: Ints) -> Any:
    """Addresses of these numbers, as text: ``12 RUE DES TILLEULS``."""
    ways = pa.array(_WAYS).take(pa.array(numbers // 200 % len(_WAYS)))
    names = pa.array(_STREETS).take(pa.array(numbers // 3000 % len(_STREETS)))
    return pc.binary_join_element_wise(pc.cast(pa.array(numbers % 180 + 1), pa.string()), ways, names, " ")


@cache
def births() -> Births:
    """The places of birth and how often people are born there."""
    table = communes()
    codes = table.birth_code.to_pylist()
    where = np.array([position for position, code in enumerate(codes) if code])
    countries = [(code, name, weight, rank) for rank, origin in enumerate(ORIGINS) for code, name, weight in origin.countries]
    code = [codes[position] for position in where.tolist()] + [country[0] for country in countries]
    name = table.ascii_upper.take(pa.array(where)).to_pylist() + [country[1] for country in countries]
    places = np.arange(len(where))
    weights = table.population[where]
    departement = table.departement.which[where]
    pools = {int(one): pool_of(places[departement == one], weights[departement == one]) for one in np.unique(departement)}
    abroad = tuple(
        pool_of(
            np.array([len(where) + at for at, country in enumerate(countries) if country[3] == rank]),
            np.array([country[2] for country in countries if country[3] == rank]),
        )
        for rank in range(len(ORIGINS))
    )
    numeric = np.array([int(one.replace("2A", "19").replace("2B", "18")) for one in code])
    return Births(pa.array(code), pa.array(name), numeric, pool_of(places, weights), pools, abroad)


def birth_places(options: Options, families: Families, origin: Ints, homes: Homes) -> tuple[Ints, Ints]:
    """Positions in :func:`births`, and who was born abroad (as 0 or 1); ``origin`` is that of the family, -1 for none."""
    draws = Draws(options.seed, "births")
    size = len(families)
    here = births()
    abroad = (origin >= 0) & ~((families.place == CHILD) & draws.chance(size, 0.65))
    place = here.anywhere.draw(draws, size)
    near = draws.chance(size, 0.6)
    departement = communes().departement.which[homes.commune]
    for one, pool in here.by_departement.items():
        those = np.flatnonzero(near & (departement == one))
        place[those] = pool.draw(draws, len(those))
    for rank, pool in enumerate(here.country_pools):
        those = np.flatnonzero(abroad & (origin == rank))
        place[those] = pool.draw(draws, len(those))
    younger = np.flatnonzero(families.birth_rank == 2)
    place[younger] = place[families.twin[younger]]
    abroad[younger] = abroad[families.twin[younger]]
    return place, abroad.astype(np.int64)
