"""The files several sources send about one large invented country, and the truth: which record is about whom.

Columns are those ``passerelle identity match`` reads. The same options give the same files, byte for byte, on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from passerelle.population.civil_columns import civil_columns
from passerelle.population.contact_columns import contact_columns
from passerelle.population.dossiers import CASES, open_dossiers
from passerelle.population.draws import Bools
from passerelle.population.number_columns import number_columns
from passerelle.population.numbering import padded
from passerelle.population.options import Options, Source
from passerelle.population.page import Page, everywhere, taken
from passerelle.population.register import make_register

COLUMNS: Final = (
    "record_id", "source", "organisation", "nir", "nir_certified", "birth_name", "usage_name", "given_names", "sex", "birth_date",
    "birth_date_precision", "birth_rank", "birth_place_code", "birth_place_name", "caf_number", "dossier_number", "previous_dossier_number",
    "role", "france_travail_number", "other_id", "address", "postcode", "city", "commune_code", "phone", "email",
)  # fmt: skip
"""The columns of each file, in order."""


@dataclass(frozen=True)
class Files:
    """What the sources sent, by name of source, and the truth about it."""

    sources: dict[str, Any]
    """Arrow tables with ``COLUMNS``."""
    truth: Any
    """``record_id``, ``truth_id`` (the person), ``source``, ``case`` (why the person is there twice), ``is_twin``, ``is_namesake``."""


def make_files(options: Options) -> Files:
    """The files of all sources and the truth.

    Raises ConfigurationError when nobody can live where the options say.
    """
    register = make_register(options)
    known: Bools | None = None
    sources: dict[str, Any] = {}
    truths: list[Any] = []
    for source in options.sources:
        records = open_dossiers(options, source, register, known)
        if known is None:
            known = np.zeros(len(register), dtype=np.bool_)
            known[records.person] = True
        page = Page(options, source, register, records)
        sources[source.name] = _file(page)
        truths.append(_truth(page))
    return Files(sources, pa.concat_tables(truths))


def write_files(files: Files, directory: Path) -> tuple[Path, ...]:
    """One Parquet file per source, and ``truth.parquet``, in a directory that is made when it is missing. Returns their paths."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in {**files.sources, "truth": files.truth}.items():
        path = directory / f"{name.lower()}.parquet"
        pq.write_table(table, path, compression="zstd")
        written.append(path)
    return tuple(written)


def _file(page: Page) -> Any:
    columns = {
        "record_id": _record_ids(page.source, len(page)),
        "source": everywhere(page.source.name, len(page)),
        **number_columns(page),
        **civil_columns(page),
        **contact_columns(page),
    }
    return pa.table({name: columns[name] for name in COLUMNS})


def _record_ids(source: Source, size: int) -> Any:
    return pc.binary_join_element_wise(source.name, padded(np.arange(1, size + 1), 8), "-")


def _truth(page: Page) -> Any:
    register = page.register
    return pa.table(
        {
            "record_id": _record_ids(page.source, len(page)),
            "truth_id": pc.binary_join_element_wise("P", padded(page.person, 8), ""),
            "source": everywhere(page.source.name, len(page)),
            "case": taken(pa.array(CASES), page.records.case),
            "is_twin": pa.array(register.families.twin[page.person] >= 0),
            "is_namesake": pa.array(register.namesake[page.person] >= 0),
        }
    )
