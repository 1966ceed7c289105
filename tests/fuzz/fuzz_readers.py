"""Bytes into each reader for a fixed time: no exception but an answer to the partner, no hang, counts that add up, bounded memory.

::

    python tests/fuzz/fuzz_readers.py --seconds 60
    python tests/fuzz/fuzz_readers.py --seconds 600 --feed caf/rsa_financier --seed 7
    python tests/fuzz/fuzz_readers.py --replay run/fuzz/xml-0a1b2c3d.bin --feed caf/rsa_financier

An input that breaks something is written to ``run/fuzz``, with the feed and the error beside it; the status is then 1.
"""

from __future__ import annotations

import argparse
import faulthandler
import hashlib
import resource
import sys
from collections.abc import Callable
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

import battery  # noqa: E402 -- found beside this folder
import fuzzing  # noqa: E402

FOLDER = TESTS.parent / "run" / "fuzz"
CURRENT = FOLDER / "current.bin"
"""The input that is being judged."""
MOST_FAILURES = 20


def main() -> int:
    """The command; 1 when something broke."""
    options = _options()
    if options.replay:
        _, wrong = fuzzing.judge(battery.lenient(options.feed), options.replay.read_bytes())
        _say(wrong or "The answer keeps all laws.")
        return int(bool(wrong))
    FOLDER.mkdir(parents=True, exist_ok=True)
    readers = [reader for reader in options.reader or fuzzing.READERS if fuzzing.seeds_of(reader, options.feed)]
    seconds = options.seconds / max(len(readers), 1)
    _say(f"{'reader':<12}{'inputs':>9}{'per s':>8}{'answers':>9}{'slowest':>9}{'failures':>10}")
    reports = []
    for reader in readers:
        report = fuzzing.fuzz(fuzzing.Breaker(reader, options.seed, options.feed), _until(seconds), _watched)
        rate = report.inputs / max(report.seconds, 1e-9)
        told = f"{report.inputs:>9}{rate:>8.0f}{len(report.outcomes):>9}{report.slowest:>8.2f}s{len(report.failures):>10}"
        _say(f"{reader:<12}{told}")
        reports.append(report)
    faulthandler.cancel_dump_traceback_later()
    CURRENT.unlink(missing_ok=True)
    _say(f"\n{sum(report.inputs for report in reports)} inputs, at most {_megabytes()} MB of memory.")
    for report in reports:
        _save(report)
    return int(any(report.failures for report in reports))


def _until(seconds: float) -> Callable[[fuzzing.Report], bool]:
    return lambda report: report.seconds >= seconds or len(report.failures) >= MOST_FAILURES


def _watched(seed: fuzzing.Seed, data: bytes) -> None:
    """What no handler of ours stops, a loop or a crash in a library, ends the program and leaves its input behind."""
    CURRENT.write_bytes(data)
    faulthandler.dump_traceback_later(3 * fuzzing.SECONDS_PER_INPUT, exit=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=60.0, help="for all readers together")
    parser.add_argument("--feed", choices=battery.FEEDS, help="only files of this feed")
    parser.add_argument("--reader", action="append", choices=fuzzing.READERS, help="only this reader; may be given several times")
    parser.add_argument("--seed", type=int, default=1, help="another number makes other inputs")
    parser.add_argument("--replay", type=Path, help="judge one input again; needs --feed")
    options = parser.parse_args()
    if options.replay and not options.feed:
        parser.error("--replay needs --feed")
    return options


def _save(report: fuzzing.Report) -> None:
    for seed, data, wrong in report.failures:
        path = FOLDER / f"{report.reader}-{hashlib.sha256(data).hexdigest()[:8]}.bin"
        path.write_bytes(data)
        path.with_suffix(".txt").write_text(f"{seed.contract.id}\n{wrong}", encoding="utf-8")
        _say(f"\n{path} ({seed.contract.id}, {len(data)} bytes)\n{wrong}")


def _megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
