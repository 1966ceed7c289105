"""A contract, distilled from its ODCS file: what a partner promises about one feed.

Everything that differs between two partners is here; the rest of the program is written once, for any contract. The models are
frozen and forbid unknown keys. :mod:`passerelle.contract.load` makes them from the YAML files.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from passerelle.findings import Effect


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Classification(StrEnum):
    """How far a value may travel. Only ``public`` and ``internal`` values may appear in receipts, logs and errors."""

    PUBLIC = "public"
    INTERNAL = "internal"
    """Codes, dates of files, references that identify nobody."""
    PERSONAL = "personal"
    """Identifies a person: names, birth, address, phone, partner's numbers."""
    SENSITIVE = "sensitive"
    """Says something about a person's life: health, handicap, family, resources, brakes."""
    SECRET = "secret"  # noqa: S105 -- a class of values, not a value
    """The NIR, or a field whose value may be one: stored only as keyed hash and ciphertext."""

    @property
    def may_be_shown(self) -> bool:
        """Whether a received value of this class may be quoted to the partner."""
        return self in (Classification.PUBLIC, Classification.INTERNAL)


class IdentityRole(StrEnum):
    """What a column says about who the row is about."""

    NIR = "nir"
    NIR_CERTIFIED = "nir_certified"
    BIRTH_NAME = "birth_name"
    USAGE_NAME = "usage_name"
    GIVEN_NAME = "given_name"
    """First given name; compound names stay whole."""
    OTHER_GIVEN_NAME = "other_given_name"
    BIRTH_DATE = "birth_date"
    BIRTH_DATE_PRECISION = "birth_date_precision"
    BIRTH_PLACE_NAME = "birth_place_name"
    BIRTH_RANK = "birth_rank"
    SEX = "sex"
    """Canonical codes ``M`` / ``F`` / ``N`` (the code list says which received code is which)."""
    ROLE = "role"
    DOSSIER_NUMBER = "dossier_number"
    PREVIOUS_DOSSIER_NUMBER = "previous_dossier_number"
    ALLOCATAIRE_NUMBER = "allocataire_number"
    """Matricule at the paying body; for the MSA it is the NIR, so it is always stored protected."""
    FRANCE_TRAVAIL_NUMBER = "france_travail_number"
    OTHER_ID = "other_id"
    """The sender's own number for the person (a CCAS file number)."""
    POSTCODE = "postcode"
    COMMUNE_CODE = "commune_code"
    PHONE = "phone"
    EMAIL = "email"


class Code(_Frozen):
    """One entry of a code list."""

    label: str
    """French label."""
    canonical: str | None = None
    """The warehouse's own word for it, when it differs from the received code."""


class CodeList(_Frozen):
    """The allowed values of a column; anything else is a finding, never a default."""

    name: str
    codes: dict[str, Code]

    @property
    def has_canonical(self) -> bool:
        """Whether the list translates received codes to the warehouse's words."""
        return any(code.canonical is not None for code in self.codes.values())


class Sample(_Frozen):
    """How the synthetic file fills a column that does not say who the person is."""

    fill: float = Field(default=1.0, ge=0, le=1)
    """Share of rows where the value is present."""
    weights: dict[str, int] | None = None
    """Values with their relative frequency (``""`` = empty)."""
    days: tuple[int, int] | None = None
    """A date between these two numbers of days before (negative) or after the file's date."""
    range: tuple[int, int] | None = None
    """A whole number, or an amount in euros, between these bounds."""
    pick: tuple[str, ...] | None = None
    """One of these texts, all equally likely; in a list about nobody, each in its turn, so that a code and its name stay together."""
    same_as: str | None = None
    """The same value as another column of the row."""
    after: str | None = None
    """A date on or after the one in this column of the row (used with ``days`` counted from it, positive)."""
    only_if: dict[str, tuple[str, ...]] | None = None
    """Filled only where the other columns of the row hold one of these values (``"*"`` = any value), else empty."""


LogicalType = Literal["string", "date", "time", "timestamp", "integer", "number", "boolean"]
Format = Literal["delimited", "xml", "jsonlines", "xlsx", "fixed"]
Wrapping = Literal["gzip", "zip", "openpgp"]


class Column(_Frozen):
    """One field of a feed."""

    name: str
    """Name in staging, snake_case."""
    source: str
    """Name in the file: the CSV header, or the XML path from the table's element. A *lifted* XML column has the form
    ``Prestations[NATPREST='RSA']/ROLEPERS``: the value of a child table's row, repeated on its parent's row."""
    label: str
    """French name, as receipts and pages print it."""
    description: str = ""
    type: LogicalType = "string"
    format: str | None = None
    """Dates and timestamps: the format in the JDK notation of ODCS, such as ``yyyy-MM-dd`` or ``dd/MM/yyyy``."""
    start: int | None = None
    """Fixed width: place of the first character in the line, from 1."""
    width: int | None = None
    """Fixed width: number of characters."""
    precision: int | None = None
    """Numbers: digits in all."""
    scale: int = 0
    """Numbers: digits after the decimal sign."""
    required: bool = False
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    """RE2 regular expression the whole value must match."""
    minimum: str | None = None
    maximum: str | None = None
    checksum: Literal["luhn"] | None = None
    """The last digit is computed from the others (SIREN, SIRET)."""
    refers_to: str | None = None
    """The column of another feed in which its values stand: ``referentiels/structures.siret``. Others are told, and loaded."""
    codes: CodeList | None = None
    """The values it may have (in the contract: the name of a list of ``contracts/codes``, or an ``enum``)."""
    classification: Classification
    """How far a value may travel: masking, receipts and storage follow from it."""
    identity: IdentityRole | None = None
    """What it says about who the row is about."""
    nir: bool = False
    """The value is a NIR: its structure and key are checked (formats: 13 or 15 characters)."""
    help: str = ""
    """What the partner should do when the value is wrong, in French."""
    example: str = ""
    on_failure: Effect = Effect.SET_ASIDE
    """What a wrong value does: refuses the file, sets the line or dossier aside, or only warns."""
    hold_above: float | None = None
    """Share of the file's lines or dossiers whose value here may be wrong; above it the delivery waits for a person."""
    sample: Sample = Sample()
    """How the synthetic file fills it."""

    @property
    def is_lifted(self) -> bool:
        """Whether the value comes from a child table's row (and was checked there)."""
        return "[" in self.source

    @property
    def protected(self) -> bool:
        """Whether the value is stored only as keyed hash, flags and ciphertext."""
        return self.classification is Classification.SECRET


class RowRule(_Frozen):
    """A rule between columns, of one row or of several tables (ODCS quality, type custom, engine passerelle)."""

    id: str
    kind: Literal["equal", "ordered", "required_if", "empty_unless", "at_least_one", "present_in", "total", "nir_sex", "nir_birth"]
    columns: tuple[str, ...]
    """``equal``: both values are the same; ``ordered``: the first date is not after the second; ``required_if``: the first column is
    required where the second holds a value (one of ``values`` if given); ``empty_unless``: the first column is empty where the second
    does not; ``at_least_one``: one of the columns holds a value; ``present_in``: the values of these columns occur together in
    ``other``; ``total``: the amounts of the column add up to ``other``; ``nir_sex``, ``nir_birth``: the NIR (first column) agrees with
    the sex, or with the year and month of the birth date (second column)."""
    values: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    """``<table>.<column>`` of the same file: for ``present_in`` as many as ``columns``, for ``total`` one, of a header or footer table."""
    when: dict[str, tuple[str, ...]] = {}
    """``total``: only the rows whose columns hold one of these values are added up."""
    minus: dict[str, tuple[str, ...]] = {}
    """``total``: the amounts of rows whose columns hold one of these values are subtracted."""
    effect: Effect = Effect.SET_ASIDE
    hold_above: float | None = None
    """Share of the file's lines or dossiers that may break the rule; above it the delivery waits for a person."""
    message: str
    """French sentence for the receipt."""
    fix: str = ""
    """What the partner does then."""


class Publication(_Frozen):
    """Which warehouse table a staged table feeds, and how."""

    to: str
    """Warehouse table, e.g. ``rsa_right``."""
    key: tuple[str, ...]
    """Columns that say which fact this is for the sender (a later version of the same fact has the same key)."""
    columns: dict[str, str]
    """Warehouse column → staged column of the same table, or ``dossier.<column>`` of an ancestor table."""
    values: dict[str, str] = {}
    """Warehouse column → constant."""
    when: dict[str, tuple[str, ...]] = {}
    """Published only where the staged column holds one of these received values (``"*"``: any value)."""


class Table(_Frozen):
    """One table of a feed: the only one of a CSV file, one of several of an XML file."""

    name: str
    path: str = ""
    """XML: path of the element, from the record element (``.`` = the record itself) or ``/Racine/X`` for header and footer; CSV: empty."""
    label: str = ""
    role: Literal["record", "child", "header", "footer"] = "record"
    """``record``: its rows are counted (CSV lines, XML dossiers); the others hang on it, or come once per file."""
    parent: str | None = None
    """XML child: name of the table whose row it hangs on."""
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    """Columns that together occur once per file."""
    optional_blocks: tuple[str, ...] = ()
    """XML: inner elements (paths from the table's element) that may be absent; their required columns are then not required."""
    rules: tuple[RowRule, ...] = ()
    publish: tuple[Publication, ...] = ()
    """Which warehouse tables it feeds."""
    min_rows: int = 0
    """XML child: how many rows each parent row has at least."""
    max_rows: int | None = None
    """XML child: how many rows each parent row has at most."""
    sample_rows: tuple[int, int] = (1, 1)
    """Synthetic file: between how many and how many rows per parent row."""
    sample_only_if: dict[str, tuple[str, ...]] = {}
    """Synthetic file: rows only where the parent's columns hold one of these values (``"*"`` = any value), else none."""

    def column(self, name: str) -> Column:
        """The column of this name; KeyError when there is none."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def role_of(self, role: IdentityRole) -> Column | None:
        """The column that plays this part in recognising the person, if any."""
        return next((column for column in self.columns if column.identity is role), None)

    @property
    def about_people(self) -> bool:
        """Whether each row of this table is about one person to recognise."""
        return self.role_of(IdentityRole.GIVEN_NAME) is not None and self.role_of(IdentityRole.BIRTH_DATE) is not None


class Ignored(_Frozen):
    """An element or column of the file that is left out on purpose."""

    path: str
    """CSV header, or XML path from the record element."""
    reason: str
    """Why, in French: the data protection officer reads it."""


class CountCheck(_Frozen):
    """A count the file announces about itself."""

    table: str
    """Header or footer table that holds it."""
    column: str
    minus: str | None = None
    """Another column of that table to subtract."""


class Trailer(_Frozen):
    """The last line of a delimited or fixed-width file, which is no row: it says that the file is whole, and how many rows it has."""

    marker: str
    """How the line begins: its first value (delimited), or its first characters (fixed width)."""
    count: int | None = None
    """Where the number of rows stands: number of the value, or place of its first character, from 1."""
    width: int | None = None
    """Fixed width: number of characters of the count."""


class Layout(_Frozen):
    """How the file is written."""

    format: Format
    encoding: str
    """Python codec name: ``utf-8``, ``cp1252``, …"""
    name_pattern: str
    """Regular expression for the whole file name; may have the named groups ``date`` (yyyyMMdd) and ``sequence``."""
    name_template: str
    """Name of a synthetic file; ``{date}`` and ``{sequence}`` are filled in (sequence: 7 digits)."""
    envelope: tuple[Wrapping, ...] = ()
    """In what the file is wrapped, the outermost first: ``openpgp`` around ``gzip``."""
    max_inflated_bytes: int = 20_000_000_000
    """A wrapped file that becomes larger than this is refused."""
    delimiter: str = ";"
    """CSV: what stands between two values."""
    quote: str = '"'
    """CSV: what stands around a value that holds a delimiter."""
    header: bool = True
    """CSV, spreadsheet: the first line names the columns; without it they come in the contract's order."""
    trailer: Trailer | None = None
    """CSV, fixed width: the last line, which is no row."""
    decimal: str = "."
    """What stands before the decimals of a number."""
    sheet: str = ""
    """Spreadsheet: name of the sheet to read; empty: the first one."""
    dossier: str | None = None
    """Formats of one line per row: the column whose value says which lines belong together; one bad line sets all of them aside."""
    root: str = ""
    """XML: name of the root element."""
    record: str = ""
    """XML: name of the element that is one dossier, child of the root."""
    trim_right: bool = False
    """Codes are padded with blanks on the right."""
    count: CountCheck | None = None
    """XML: the number of dossiers the file says it has; another number refuses the file."""
    stamp: tuple[str, ...] = ()
    """Columns of the header table (date, then time) that say when the sender made the file; else the date in the file name."""
    ignored: tuple[Ignored, ...] = ()
    """What is left out on purpose, each with its reason."""
    max_bytes: int = 20_000_000_000
    """A larger file is refused."""
    max_line_bytes: int = 1_000_000
    """Formats of one line per row: a longer line refuses the file."""
    settle_seconds: int = 0
    """0: the sender renames the file when it is complete. Else: size and time must stay the same for so long."""

    @property
    def names_columns(self) -> bool:
        """Whether a file says what each of its values is called; else they are known by their place."""
        return self.header and self.format != "fixed"

    @property
    def is_lines(self) -> bool:
        """Whether each row is one line of text (CSV, fixed width, JSON lines)."""
        return self.format in ("delimited", "fixed", "jsonlines")

    @property
    def outer_lines(self) -> int:
        """Lines of a text file that are no rows: the header and the trailer."""
        has_header = self.format == "delimited" and self.header
        return int(has_header) + int(self.trailer is not None)


class Calendar(_Frozen):
    """When a file is expected."""

    frequency: Literal["daily", "weekly", "monthly", "on_event"]
    receipt_minutes: int = 60
    """How soon the partner is promised its receipt."""


class Contract(_Frozen):
    """One feed."""

    id: str
    """``<partner>/<feed>``, the path of its file under ``contracts/``."""
    version: str
    name: str
    purpose: str = ""
    legal_basis: str = ""
    """The text or agreement that allows the exchange."""
    source: str
    """The sender's information system; identifiers are comparable within one source only."""
    direction: Literal["inbound", "outbound"] = "inbound"
    """Who sends the file: a partner, or the Département."""
    series: str = ""
    """Feeds of one series tell the same facts (a daily flow beside a monthly one): the latest to speak of a person counts. Empty: the
    feed alone."""
    layout: Layout
    tables: tuple[Table, ...]
    calendar: Calendar
    retention_months: int
    hold_above: float = Field(default=0.1, gt=0, le=1)
    """Share of lines set aside above which the delivery waits for a person."""
    contact: str = ""
    """Whom the partner asks about the contract."""
    sha256: str = ""
    """Hash of the contract file and of the code lists it uses, recorded with every delivery."""

    @property
    def tells(self) -> str:
        """The name of its series: its own id when it has no other."""
        return self.series or self.id

    @property
    def major(self) -> int:
        """Major version: staging tables are made anew when it changes."""
        return int(self.version.split(".")[0])

    @property
    def slug(self) -> str:
        """``<partner>__<feed>``, used in names of DAGs and staging tables."""
        return self.id.replace("/", "__")

    def table(self, name: str) -> Table:
        """The table of this name; KeyError when there is none."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)

    @property
    def record_table(self) -> Table:
        """The table whose rows are counted: CSV lines, or XML dossiers."""
        return next(table for table in self.tables if table.role == "record")

    @property
    def is_grouped(self) -> bool:
        """Whether a bad row sets aside its whole dossier (XML) rather than one line."""
        return self.layout.format == "xml"
