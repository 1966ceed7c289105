"""What to write instead of a wrong value, where it can be computed: a sentence for the partner.

The value itself is quoted only where the column's classification allows it; of a personal value only the form is described. Nothing is
proposed unless the proposed value passes the column's own rules, and nothing is ever corrected by the program.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from passerelle.checks.columns import ColumnCheck
from passerelle.checks.rewriting import Rewriting, rewritings
from passerelle.checks.violations import shown

_WITHOUT = ("required", "range", "checksum", "nir_key", "nir_example", "excel_error", "excel_formula", "excel_date", "excel_exact")
"""Kinds of rules for which nothing can be computed."""
_COUNT = "{count}"


def proposals(check: ColumnCheck, kind: str, values: pa.Array) -> pa.Array | None:
    """The sentence for each of these wrong values (a dictionary array, null where there is none); None when there is none at all."""
    if kind in _WITHOUT:
        return None
    encoded = values.dictionary_encode()
    sentences = _sentences(check, encoded.dictionary)
    if sentences.null_count == len(sentences):
        return None
    found = sentences.dictionary_encode()
    return pa.DictionaryArray.from_arrays(pc.take(found.indices, encoded.indices), found.dictionary)


def _sentences(check: ColumnCheck, texts: pa.Array) -> pa.Array:
    """A sentence for each distinct text: that of the first rewriting that makes a good value of it."""
    sentences = pa.nulls(len(texts), pa.string())
    for rewriting in rewritings(check.contract, check.column, texts):
        open_ = pc.and_(pc.is_null(sentences), pc.fill_null(pc.not_equal(rewriting.texts, texts), False))
        candidates = pc.if_else(open_, rewriting.texts, None)
        if candidates.null_count < len(texts):
            good = pc.if_else(_passes(check, candidates), candidates, None)
            sentences = pc.coalesce(sentences, _said(check, Rewriting(good, rewriting.form)))
            if sentences.null_count == 0:
                break
    return sentences


def _passes(check: ColumnCheck, candidates: pa.Array) -> pa.Array:
    good = pc.is_valid(candidates)
    for _, broken in check.violations(candidates, None):
        good = pc.and_not(good, pc.fill_null(broken, False))
    return good


def _said(check: ColumnCheck, rewriting: Rewriting) -> pa.Array:
    if check.column.classification.may_be_shown:
        return pc.binary_join_element_wise("Écrivez « ", shown(rewriting.texts), " ».", "")
    before, counted, after = rewriting.form.partition(_COUNT)
    if not counted:
        return pc.if_else(pc.is_valid(rewriting.texts), before, None)
    return pc.binary_join_element_wise(before, pc.cast(pc.utf8_length(rewriting.texts), pa.string()), after, "")
