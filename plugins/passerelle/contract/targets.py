"""Warehouse tables that a contract may feed (its ``publish`` entries), with the columns it may fill. Technical columns are not listed."""

from __future__ import annotations

TARGETS: dict[str, tuple[str, ...]] = {
    "rsa_right": (
        "dossier_number", "role_code", "organisation_code", "state_code", "opened_on", "closed_on", "close_reason_code",
        "subject_to_duties", "family_status_code",
    ),
    "residence": ("postcode", "commune_code", "commune_name"),
    "registration": (
        "france_travail_number", "category_code", "registered_on", "agency_code", "commune_code", "ended_on", "end_reason_code",
    ),
    "designation": (
        "role_code", "referent_name", "structure_name", "structure_siret", "phone", "email", "modality_code", "starts_on", "ends_on",
    ),
    "appointment": ("scheduled_on", "status_code", "kind_code"),
    "engagement": ("signed_on", "starts_on", "ends_on", "weekly_hours"),
    "brake": ("mobility", "housing", "health", "childcare", "language", "digital", "family", "finances", "administrative"),
    "participation": (
        "operation_id", "entry_date", "sex", "birth_date", "labour_at_entry", "unemployment_months", "in_education_at_entry", "isced_level",
        "participation_number", "disability", "nationality_group", "foreign_background", "minority", "housing_exclusion", "commune_code",
        "direct_support_days", "attempt_on",
    ),
    "participation_pending": ("operation_id", "entry_date", "participation_number", "status"),
    "participation_exit": (
        "participation_number", "operation_id", "entry_date", "exit_date", "exit_reason_code", "information_source",
    ),
    "participation_event": ("operation_id", "event_date", "event", "withdrawn"),
    "participation_observation": (
        "operation_id", "observed_on", "situation", "stability", "hours", "responsibility", "promotion", "sampled", "withdrawn",
    ),
}  # fmt: skip
"""``participation`` and what begins with it are in the schema ``esf``, the others in ``warehouse``."""

CONSTANTS: dict[str, dict[str, tuple[str, ...]]] = {"designation": {"role_code": ("social", "emploi")}}
"""The only constants (``values``) some columns take."""
