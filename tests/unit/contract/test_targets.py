"""What contracts may publish is what the warehouse has."""

from __future__ import annotations

from passerelle.contract.targets import CONSTANTS, TARGETS
from passerelle.warehouse import metadata
