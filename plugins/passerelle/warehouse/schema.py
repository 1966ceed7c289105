"""Every fixed table of the warehouse, gathered: what the migrations must build."""

from __future__ import annotations

from passerelle.warehouse import schema_esf, schema_facts, schema_identity, schema_ledger, schema_register
from passerelle.warehouse.metadata import metadata

TABLES = metadata.sorted_tables
"""All fixed tables, in an order in which they can be made."""

MODULES = (schema_ledger, schema_register, schema_identity, schema_facts, schema_esf)
SCHEMAS = ("ledger", "identity", "warehouse", "esf", "staging", "load")
