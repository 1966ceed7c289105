"""The check digit of SIREN and SIRET: Luhn's formula, and the one exception to it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_POSTE = "356000000"
"""SIREN of La Poste: the digits of its many SIRET add up to a multiple of five instead."""
_SIRET_LENGTH = 14
_ZERO = ord("0")


def luhn(values: pa.Array) -> pa.Array:
    """Mask: the check digit is right; false where the value is not made of digits, null where there is none."""
    good = np.zeros(len(values), dtype=bool)
    is_number = pc.fill_null(pc.ascii_is_decimal(values), False)
    lengths = np.asarray(pc.if_else(is_number, pc.binary_length(values), 0))
    for length in np.unique(lengths[lengths > 0]).tolist():
        at = np.flatnonzero(lengths == length)
        good[at] = _is_sound(_digits(values.take(pa.array(at)), length), values.take(pa.array(at)))
    return pc.if_else(pc.is_valid(values), pa.array(good), None)


def _digits(values: pa.Array, length: int) -> npt.NDArray[np.int64]:
    """One row of digits per value; all have this length."""
    data = pc.cast(values, pa.binary(length)).buffers()[1]
    return np.frombuffer(data, dtype=np.uint8, count=len(values) * length).reshape(-1, length).astype(np.int64) - _ZERO


def _is_sound(digits: npt.NDArray[np.int64], values: pa.Array) -> npt.NDArray[np.bool_]:
    doubled = digits.copy()
    doubled[:, -2::-2] *= 2
    doubled[doubled > 9] -= 9
    good: npt.NDArray[np.bool_] = doubled.sum(axis=1) % 10 == 0
    if digits.shape[1] == _SIRET_LENGTH:
        good |= np.asarray(pc.starts_with(values, _POSTE)) & (digits.sum(axis=1) % 5 == 0)
    return good
