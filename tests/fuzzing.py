"""Broken bytes for the readers: how they are made from good files, and what must hold of the answer to each.

Inputs that give an answer not seen before are kept and broken further. The libraries underneath (Arrow, libxml2, zlib) are fuzzed by
their own projects; here it is our code between them that is looked at, and what it makes of their answers.
"""

from __future__ import annotations

import gzip
import io
import random
import resource
import signal
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import battery
import laws
import text_contracts
from passerelle.checks.inspection import Inspection
from passerelle.contract.model import Contract
from passerelle.derive.sample import write_sample
from passerelle.derive.synthetic import wrapping
from passerelle.derive.synthetic.records import SampleRequest
from passerelle.readers.openpgp import Unlock

ROWS = 5
KEPT = 300
LONGEST = 200_000
"""Bytes of an input that is kept to be broken further."""
BOMB = 2_000_000
SECONDS_PER_INPUT = 10
MEGABYTES_PER_INPUT = 400
KEY = wrapping.new_key()
UNLOCK = Unlock(KEY)

TOKENS: dict[str, list[bytes]] = {
    "any": [b"\0", b"\n", b"\r", b"\r\n", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xc3\xa9", b"\xe9", b"\x1a", b"\\.", b"9" * 20, b" "],
    "delimited": [b";", b"\t", b"|", b'"', b'""', b'"\n"', b";;", b"\n\n", b"FIN", b"FIN||3"],
    "fixed": [b"99", b"9900000003", b"\r\n99", b"\t", b"\xa4"],
    "jsonlines": [b"{", b"}", b"[", b"]", b":", b",", b'"', b"null", b"true", b"NaN", b"1e999", b"\\u0000", b"\\ud800", b"{}", b'{"":1}'],
    "xml": [
        b"<X>",
        b"</X>",
        b"<X/>",
        b"<",
        b">",
        b"&amp;",
        b"&#0;",
        b"&x;",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"<?x?>",
        b"<!DOCTYPE x>",
    ],
    "xlsx": [
        b"<row>",
        b"</row>",
        b'<row r="1048577">',
        b'<c r="XFE1"/>',
        b' t="s"',
        b' t="e"',
        b' t="d"',
        b"<v>",
        b"</v>",
        b"<f/>",
        b"1e400",
    ],
}


class HangError(Exception):
    """An input took too long."""


@dataclass(frozen=True)
class Seed:
    """A good file and who reads it."""

    contract: Contract
    data: bytes
    """As it is inside its envelope."""


@dataclass
class Report:
    """What became of one reader."""

    reader: str
    inputs: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    outcomes: set[tuple[object, ...]] = field(default_factory=set)
    failures: list[tuple[Seed, bytes, str]] = field(default_factory=list)


# Seeds


@cache
def seeds_of(reader: str, feed: str | None = None) -> tuple[Seed, ...]:
    """The good files of one reader; of one feed only, if it is named."""
    if reader in ("gzip", "zip", "openpgp", "fixed"):
        names = {"gzip": "fixed_gzip", "zip": "zipped", "openpgp": "encrypted", "fixed": "fixed"}
        return (_made(text_contracts.ALL[names[reader]]),) if feed is None else ()
    feeds = [one for one in battery.of_format(reader) if feed in (None, one)]
    found = [Seed(battery.lenient(one), battery.sample(one, ROWS)[1]) for one in feeds]
    if reader == "delimited" and feed is None:
        found += [_made(text_contracts.ALL[name]) for name in ("tab", "pipe", "bare", "utf16")]
    return tuple(found)


def _made(contract: Contract) -> Seed:
    with TemporaryDirectory() as folder:
        request = SampleRequest(rows=ROWS, seed=3, as_of=date(2026, 11, 20))
        path = write_sample(contract, Path(folder), request=request, certificate=wrapping.certificate_of(KEY)).path
        return Seed(contract.model_copy(update={"hold_above": 1.0}), wrapping.unwrapped(contract, path.read_bytes(), KEY))


# Breaking


class Breaker:
    """Breaks the files of one reader; the same numbers make the same files."""

    def __init__(self, reader: str, seed: int, feed: str | None = None) -> None:
        self.reader = reader
        self.rng = random.Random(f"{reader} {seed}")
        self.pool = list(seeds_of(reader, feed))
        self._seeds = len(self.pool)
        self._ways: tuple[Callable[[bytes], bytes], ...] = (
            self._flip,
            self._flip,
            self._put,
            self._put,
            self._delete,
            self._delete,
            self._repeat,
            self._move,
            self._splice,
            self._digits,
            self._cut,
            self._bomb,
        )
        self._tokens: list[bytes] = []

    def next(self) -> tuple[Seed, bytes]:
        """A seed, or a kept input, and the bytes to judge in its place."""
        seed = self.rng.choice(self.pool)
        layout = seed.contract.layout
        self._tokens = TOKENS["any"] + TOKENS[layout.format] + _names(seed.contract)
        if layout.format == "xlsx" and self.rng.random() < 0.85:
            return seed, self._in_a_part(seed.data)
        inside = seed.data if layout.envelope and self.rng.random() < 0.4 else self.broken(seed.data)
        if not layout.envelope:
            return seed, inside
        whole = wrapped(seed.contract, inside)
        return seed, whole if inside is not seed.data and self.rng.random() < 0.7 else self.broken(whole)

    def keep(self, seed: Seed, data: bytes) -> None:
        """Adds an input that was answered in a new way."""
        if len(data) <= LONGEST and not seed.contract.layout.envelope:
            if len(self.pool) >= KEPT:
                del self.pool[self.rng.randrange(self._seeds, len(self.pool))]
            self.pool.append(Seed(seed.contract, data))

    def broken(self, data: bytes) -> bytes:
        """The data, broken in one to five places."""
        for _ in range(self.rng.choice((1, 1, 1, 2, 3, 5))):
            data = self.rng.choice(self._ways)(data)
        return data

    def _in_a_part(self, data: bytes) -> bytes:
        """A workbook of which one part is broken; the archive itself is whole."""
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as package:
                parts = {name: package.read(name) for name in package.namelist()}
        except Exception:  # a kept input may be no archive any more
            return self.broken(data)
        name = self.rng.choice([*parts, *(["xl/worksheets/sheet1.xml"] * 12), *(["xl/workbook.xml", "xl/styles.xml"] * 2)])
        parts[name] = self.broken(parts.get(name, b""))
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
            for part, content in parts.items():
                package.writestr(part, content)
        return out.getvalue()

    def _at(self, data: bytes) -> int:
        return self.rng.randrange(len(data) + 1)

    def _span(self, data: bytes) -> tuple[int, int]:
        start = self._at(data)
        return start, min(len(data), start + int(2 ** self.rng.uniform(0, 10)))

    def _flip(self, data: bytes) -> bytes:
        if not data:
            return data
        at = self.rng.randrange(len(data))
        other = data[at] ^ (1 << self.rng.randrange(8)) if self.rng.random() < 0.7 else self.rng.randrange(256)
        return data[:at] + bytes([other]) + data[at + 1 :]

    def _put(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + self.rng.choice(self._tokens) + data[at:]

    def _delete(self, data: bytes) -> bytes:
        start, stop = self._span(data)
        return data[:start] + data[stop:]

    def _repeat(self, data: bytes) -> bytes:
        start, stop = self._span(data)
        return data[:stop] + data[start:stop] * self.rng.choice((1, 1, 2, 20)) + data[stop:]

    def _move(self, data: bytes) -> bytes:
        start, stop = self._span(data)
        rest = data[:start] + data[stop:]
        at = self._at(rest)
        return rest[:at] + data[start:stop] + rest[at:]

    def _splice(self, data: bytes) -> bytes:
        other = self.rng.choice(self.pool).data
        return data[: self._at(data)] + other[self._at(other) :]

    def _digits(self, data: bytes) -> bytes:
        places = [at for at, byte in enumerate(data[: 1 << 16]) if 0x30 <= byte <= 0x39]
        if not places:
            return data
        at = self.rng.choice(places)
        return data[:at] + self.rng.choice((b"", b"-", b"0", b"99999999999999999999", b"1e9", b".", b",", b"NaN")) + data[at + 1 :]

    def _cut(self, data: bytes) -> bytes:
        return data[: self._at(data)]

    def _bomb(self, data: bytes) -> bytes:
        """One token, many times."""
        bomb = (self.rng.choice(self._tokens) * int(2 ** self.rng.uniform(4, 17)))[:BOMB]
        at = self._at(data)
        return data[:at] + bomb + data[at:]


def _names(contract: Contract) -> list[bytes]:
    """Words of the contract's own files."""
    if contract.is_grouped:
        tags = {contract.layout.root, contract.layout.record, *(table.path.rsplit("/", 1)[-1] for table in contract.tables)} - {"."}
        return [form % tag.encode() for tag in sorted(tags) for form in (b"<%b>", b"</%b>", b"<%b/>")]
    return [f'"{column.source}"'.encode() for column in contract.record_table.columns]


def wrapped(contract: Contract, data: bytes) -> bytes:
    """The data in the contract's envelope."""
    for wrapping_name in reversed(contract.layout.envelope):
        if wrapping_name == "gzip":
            data = gzip.compress(data, 1, mtime=0)
        elif wrapping_name == "zip":
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("inside.txt", data)
            data = out.getvalue()
        else:
            data = wrapping.encrypted(data, wrapping.certificate_of(KEY))
    return data


# Judging


@contextmanager
def _limits() -> Iterator[None]:
    """Raises HangError when an input takes too long, MemoryError when it took too much memory at any moment."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise HangError(f"more than {SECONDS_PER_INPUT} s")

    before = _memory(anew=True)
    former = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS_PER_INPUT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
    grown = (_memory() - before) // 1024
    if grown > MEGABYTES_PER_INPUT:
        raise MemoryError(f"{grown} MB for one input")


def _memory(*, anew: bool = False) -> int:
    """The most kilobytes the process has held; ``anew``: from now on. Only Linux can begin anew, elsewhere it is since the start."""
    try:
        if anew:
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0])
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def outcome(seen: Inspection) -> tuple[object, ...]:
    """What kind of answer it is."""
    survey = seen.survey
    return (
        seen.contract.id,
        seen.verdict,
        frozenset(seen.totals()),
        survey is not None,
        bool(seen.counts.ignored),
        bool(seen.set_aside.size),
    )


def judge(contract: Contract, data: bytes) -> tuple[tuple[object, ...] | None, str]:
    """The kind of answer to one input, and what went wrong in giving it."""
    try:
        with _limits():
            return outcome(laws.kept(contract, data, UNLOCK if "openpgp" in contract.layout.envelope else None)), ""
    except Exception:  # whatever it is, it is what we look for
        return None, traceback.format_exc(limit=-4)


Watch = Callable[[Seed, bytes], None]


def fuzz(breaker: Breaker, is_over: Callable[[Report], bool], watch: Watch | None = None) -> Report:
    """Breaks and judges until it is over; an exception other than an answer to the partner, a hang or a broken law is a failure.

    ``watch`` sees every input before it is judged.
    """
    report = Report(breaker.reader)
    started = time.monotonic()
    while breaker.pool and not is_over(report):
        one, data = breaker.next()
        if watch is not None:
            watch(one, data)
        begun = time.monotonic()
        found, wrong = judge(one.contract, data)
        report.slowest = max(report.slowest, time.monotonic() - begun)
        report.inputs += 1
        if found is None:
            report.failures.append((one, data, wrong))
        elif found not in report.outcomes:
            report.outcomes.add(found)
            breaker.keep(one, data)
        report.seconds = time.monotonic() - started
    return report


READERS: Sequence[str] = ("delimited", "fixed", "jsonlines", "xlsx", "xml", "gzip", "zip", "openpgp")
