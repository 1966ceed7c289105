"""The one place to make a document: pure functions, the time is an argument, nothing is read or written.

::

    acknowledge     AR   the file came
    duplicate       AR   its content was received before
    unknown_name    AR   no contract recognises its name
    hold            AR   a person must look before it is checked
    conformity      CC   what the check found (accepted, held, refused)
    refusal         CC   it cannot be read as what it claims to be
    integration     CRI  what was loaded (code 0 to 3)
    not_integrated  CRI  a person refused or withdrew it (code 3)
"""

from __future__ import annotations

from passerelle.receipt.arrival import Earlier, acknowledge, duplicate, hold, unknown_name
from passerelle.receipt.control import Checked, conformity, refusal
from passerelle.receipt.grouping import column_labels, expected_names
from passerelle.receipt.loading import Loaded, integration, integration_code, not_integrated

__all__ = [
    "Checked",
    "Earlier",
    "Loaded",
    "acknowledge",
    "column_labels",
    "conformity",
    "duplicate",
    "expected_names",
    "hold",
    "integration",
    "integration_code",
    "not_integrated",
    "refusal",
    "unknown_name",
]
