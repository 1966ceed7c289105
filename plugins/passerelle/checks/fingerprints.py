"""Texts as 64-bit numbers, to compare the keys of a file of any size in little memory.

Two different texts never have the same number when both are digits (up to 18); else practically never: their numbers are hashes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Fingerprints = npt.NDArray[np.int64]

NO_VALUE = np.iinfo(np.int64).min
"""Where the text is null."""
_MOST_DIGITS = 18
_WORD = 8
_MIXERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
_SHIFT = np.uint64(32)
_SIGN = np.uint64(1 << 63)
_ENDS = np.array([(1 << (_WORD * n)) - 1 for n in range(_WORD)] + [2**64 - 1], dtype=np.uint64)
"""Masks that keep the first n bytes of a word."""


def fingerprints(texts: pa.Array) -> Fingerprints:
    """One number per text: of digits their own (with their count, so that 012 is not 12), of others a negative hash."""
    is_number = pc.and_(pc.ascii_is_decimal(texts), pc.less_equal(pc.binary_length(texts), _MOST_DIGITS))
    if texts.null_count == 0 and pc.all(is_number).as_py():
        return _numbers(texts)
    codes = np.full(len(texts), NO_VALUE, dtype=np.int64)
    digits = np.asarray(pc.fill_null(is_number, False))
    others = np.asarray(pc.is_valid(texts)) & ~digits
    codes[digits] = _numbers(texts.filter(pa.array(digits)))
    codes[others] = hashes(texts.filter(pa.array(others)))
    return codes


def _numbers(texts: pa.Array) -> Fingerprints:
    lengths = np.asarray(pc.binary_length(texts)).astype(np.int64)
    return np.asarray(pc.cast(texts, pa.int64())) + 10**lengths


def hashes(texts: pa.Array, seed: int = 0) -> Fingerprints:
    """Negative numbers that are different for different texts, as good as always; another ``seed`` (0 or 1) gives other numbers."""
    _, starts, data = texts.buffers()
    offsets = np.frombuffer(starts, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    lengths = np.diff(offsets)
    padded = np.concatenate([np.frombuffer(data or b"", dtype=np.uint8), np.zeros(_WORD, dtype=np.uint8)])
    words = np.ndarray(shape=(len(padded) - _WORD + 1,), dtype="<u8", buffer=padded, strides=(1,))
    mixer = _MIXERS[seed]
    state = lengths.astype(np.uint64) * mixer
    for start in range(0, int(lengths.max(initial=0)), _WORD):
        live = np.flatnonzero(lengths > start)
        word = words[offsets[live] + start] & _ENDS[np.minimum(lengths[live] - start, _WORD)]
        mixed = (state[live] ^ word) * mixer
        state[live] = (mixed ^ (mixed >> _SHIFT)) * mixer
    codes = (state | _SIGN).view(np.int64)
    codes[codes == NO_VALUE] = -1
    return codes


def among(codes: Fingerprints, wanted: Fingerprints) -> npt.NDArray[np.bool_]:
    """Mask of the codes that are in ``wanted``, which is sorted; what has no value never is."""
    if not len(wanted):
        return np.zeros(len(codes), dtype=bool)
    at = np.minimum(np.searchsorted(wanted, codes), len(wanted) - 1)
    mask: npt.NDArray[np.bool_] = (wanted[at] == codes) & (codes != NO_VALUE)
    return mask
