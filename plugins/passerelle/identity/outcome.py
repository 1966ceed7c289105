"""What a row is told about the person it speaks of."""

from __future__ import annotations

from passerelle.identity.reasons import NEW

KNOWN, MINTED, REVIEW = "known", "new", "review"
"""About a person known before; about a new one; about a new one that may be a known one, which a reviewer must say."""


def outcome_of(rule: str | None, has_doubts: bool) -> str:
    """The outcome of the row by which a record came in.

    >>> outcome_of("N1", True), outcome_of("NEW", False), outcome_of("NEW", True)
    ('known', 'new', 'review')
    """
    if rule != NEW:
        return KNOWN
    return REVIEW if has_doubts else MINTED
