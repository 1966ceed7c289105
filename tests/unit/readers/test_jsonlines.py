"""JSON lines: each line is read strictly, told with its true number, and the rest loads."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from passerelle.checks.inspection import Inspection
from passerelle.checks.inspector import chunks, inspect
from passerelle.findings import Effect, Finding, Verdict
from passerelle.readers import jsonlines, survey
from passerelle.readers.objects import ObjectReader, Refused, shown
from typed_contracts import JSONL

GOOD = (
    '{"usager": {"numero": "P-%d", "nom": "Aubrac", "prenom": "Zoé", "dateNaissance": "1980-03-02", "sexe": "F"}, '
    '"structure": {"code_safir": "01234"}, "hours": 12, "criteres": {"montant": 12.50, "apte": true}, "comment": null}'
)


def line(at: int, old: str = "", new: str = "") -> str:
    made = (GOOD % at).replace(old, new, 1) if old else GOOD % at
    assert not old or made != GOOD % at
    return made


def file_of(*lines: str, end: str = "\n") -> bytes:
    return "".join(one + end for one in lines).encode()


def judged(data: bytes) -> Inspection:
    seen = inspect(JSONL, io.BytesIO(data))
    assert seen.counts.add_up
    return seen


def told(seen: Inspection) -> list[Finding]:
    return [finding for _, finding, _ in seen.findings()]


def values(data: bytes) -> list[dict[str, str | None]]:
    return [row for chunk in chunks(JSONL, io.BytesIO(data)) for rows in chunk.tables.values() for row in rows.values.to_pylist()]


# What is read


def test_values_are_found_by_their_path() -> None:
    (row,) = values(file_of(line(1)))
    assert row == {
        "number": "P-1",
        "birth_name": "Aubrac",
        "given_name": "Zoé",
        "born_on": "1980-03-02",
        "sex": "F",
        "agency": "01234",
        "hours": "12",
        "amount": "12.50",
        "able": "true",
        "comment": None,
    }
    assert judged(file_of(line(1))).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("written", ["12345678901234567", "0.10", "-0.000000000000000000001", "1e2", "12.50"])
def test_a_number_keeps_its_text(written: str) -> None:
    assert values(file_of(line(1, '"comment": null', f'"comment": {written}')))[0]["comment"] == written


def test_a_number_has_the_decimal_sign_of_the_contract() -> None:
    french = JSONL.model_copy(update={"layout": JSONL.layout.model_copy(update={"decimal": ","})})
    seen = inspect(french, io.BytesIO(file_of(line(1))))
    assert seen.verdict is Verdict.ACCEPTED


def test_no_value_and_an_empty_text_differ_and_neither_is_a_value() -> None:
    rows = values(file_of(line(1, '"comment": null', '"comment": ""'), line(2, ', "comment": null', ""), line(3)))
    assert [row["comment"] for row in rows] == ["", None, None]
    seen = judged(file_of(line(1, '"dateNaissance": "1980-03-02"', '"dateNaissance": ""'), line(2, '"nom": "Aubrac", ', "")))
    assert [(finding.rule, finding.line) for finding in told(seen)] == [
        ("parcours.born_on.required", 1),
        ("parcours.birth_name.required", 2),
    ]


def test_an_inner_object_may_be_absent_or_null() -> None:
    data = file_of(line(1, '"structure": {"code_safir": "01234"}, ', ""), line(2, '{"code_safir": "01234"}', "null"))
    assert [row["agency"] for row in values(data)] == [None, None]
    assert judged(data).verdict is Verdict.ACCEPTED


def test_ignored_keys_are_not_told_whatever_they_hold() -> None:
    data = file_of(line(1, '"hours"', '"libre": {"a": [1, {"b": 2}]}, "hours"'), line(2, '"01234"', '"01234", "note": [1, 2]'))
    assert (judged(data).verdict, judged(data).total) == (Verdict.ACCEPTED, 0)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_line_end_is_read_and_blank_lines_are_ignored(end: str) -> None:
    data = file_of(line(1), "", " \t", line(2), line(3, "1980-03-02", "1980-02-31"), end=end)
    seen = judged(data)
    assert [(finding.rule, finding.line) for finding in told(seen)] == [("parcours.born_on.date", 5)]
    assert (seen.counts.received, seen.counts.accepted, seen.counts.set_aside, seen.counts.ignored) == (5, 2, 1, 2)


def test_a_byte_order_mark_is_no_part_of_the_first_object() -> None:
    assert judged(b"\xef\xbb\xbf" + file_of(line(1))).verdict is Verdict.ACCEPTED


# What is set aside

_BAD = {
    "json_syntax": ["{'a': 1}", "{", '{"a": 1,}', '{"a": 1} x', '{"a": 01}', '{"a": "\t"}', "hello"],
    "json_object": ["[]", "12", '"x"', "null", "true"],
    "json_repeated_key": [
        line(9, '"hours": 12', '"hours": 12, "hours": 12'),
        line(9, '"01234"', '"01234", "code_safir": "1"'),
        line(9, '"hours"', '"libre": {"x": 1, "x": 2}, "hours"'),
    ],
    "json_number": [
        line(9, "12.50", one) for one in ("NaN", "Infinity", "-Infinity", "1e999", "-1E+400", "9" * 5_000, "9" * 41, f"0.{'1' * 5_000}")
    ],
    "json_depth": [line(9, '"comment": null', f'"libre": {"[" * depth}{"]" * depth}') for depth in (16, 200, 5_000)]
    + [line(9, '"comment": null', '"libre": ' + '{"a":' * 40 + "1" + "}" * 40)],
    "json_single": [line(9, '"comment": null', f'"comment": {one}') for one in ("[]", "{}", '["x"]', '{"a": 1}')],
    "json_inner": [line(9, '{"code_safir": "01234"}', one) for one in ('"x"', "[]", "1", "false", '[{"code_safir": "01234"}]')],
    "json_text": [line(9, '"comment": null', f'"comment": "{one}"') for one in ("\\u0000", "\\ud800", "a\\udc00b")]
    + [line(9, '"comment": null', '"\\u0000": 1')],
}


@pytest.mark.parametrize(("kind", "bad"), [(kind, bad) for kind, lines in _BAD.items() for bad in lines], ids=lambda one: one[:40])
def test_a_line_that_cannot_be_read_is_set_aside_and_the_rest_loads(kind: str, bad: str) -> None:
    data = file_of(line(1), bad, line(2))
    seen = judged(data)
    assert [(finding.rule, finding.line, finding.effect) for finding in told(seen)] == [(f"structure.{kind}", 2, Effect.SET_ASIDE)]
    assert (seen.counts.received, seen.counts.accepted, seen.counts.set_aside) == (3, 2, 1)
    assert [row["number"] for row in values(data)] == ["P-1", "P-2"]


def test_half_a_pair_written_whole_is_a_character() -> None:
    assert values(file_of(line(1, '"comment": null', '"comment": "\\ud83d\\ude00"')))[0]["comment"] == "😀"


def test_no_word_about_a_line_that_cannot_be_read_holds_a_value() -> None:
    data = file_of(*(bad.replace("Aubrac", "Xylophone") for lines in _BAD.values() for bad in lines), line(1))
    assert "Xylophone" not in "".join(finding.model_dump_json() for finding in told(judged(data)))


# Unknown keys


def test_an_unknown_key_is_told_once_with_its_first_line() -> None:
    data = file_of(line(1), *(line(at, '"01234"', '"01234", "nouveau": {"x": 1}') for at in range(2, 6)))
    seen = judged(data)
    assert [(finding.rule, finding.line, finding.effect, finding.column) for finding in told(seen)] == [
        ("structure.unknown_key", 2, Effect.WARN, "structure/nouveau")
    ]
    assert seen.counts.accepted == 5


def test_the_names_of_strangers_are_short_and_hold_no_number() -> None:
    assert shown("1850378006084") == "…"
    assert shown("dossier 1850378006084 <b>{}") == "dossier … ?b???"
    assert len(shown("x" * 5_000)) == 41
    data = file_of(line(1, '"hours"', '"2800378006084": "Xylophone", "hours"'))
    assert "2800378006084" not in told(judged(data))[0].message


def test_a_file_that_invents_keys_on_every_line_is_told_a_bounded_number() -> None:
    data = file_of(*(line(at, '"hours"', f'"k{chr(97 + at % 26)}{chr(97 + at // 26)}": 1, "hours"') for at in range(300)))
    seen = judged(data)
    assert seen.total == 101
    assert {finding.column for finding in told(seen)} >= {"kaa", "et d'autres encore"}


# Files that break off


def test_every_way_to_cut_the_last_line_is_seen() -> None:
    whole = line(2, '"comment": null', '"comment": "a\\u00e9\\n\\\\ \\"b", "libre": [true, false, null, -1.5e-3]')
    reader = ObjectReader(".")
    for cut in range(1, len(whole)):
        found = reader.read(whole[:cut])
        assert isinstance(found, Refused), whole[:cut]
        assert found.is_cut, whole[:cut]


@pytest.mark.parametrize("cut", [1, 30, 100, -1])
def test_a_file_cut_in_its_last_line_is_refused(cut: int) -> None:
    data = file_of(line(1)) + line(2).encode()[:cut]
    seen = judged(data)
    assert (seen.verdict, [(finding.rule, finding.line) for finding in told(seen)]) == (Verdict.REFUSED, [("file.truncated", 2)])
    ended = judged(data + b"\n")
    assert (ended.verdict, ended.counts.accepted) == (Verdict.ACCEPTED_WITH_FINDINGS, 1)


def test_a_last_line_that_is_wrong_but_whole_is_set_aside() -> None:
    for bad in ('{"a": 1}}', "{'a': 1}", '{"a": 1} x', "[1]"):
        seen = judged(file_of(line(1)) + bad.encode())
        assert (seen.verdict, seen.counts.accepted) == (Verdict.ACCEPTED_WITH_FINDINGS, 1), bad


# Size


def test_a_line_too_long_is_refused() -> None:
    seen = judged(file_of(line(1), line(2, '"comment": null', f'"comment": "{"x" * 20_000}"')))
    assert [(finding.rule, finding.line) for finding in told(seen)] == [("file.line_length", 2)]


def test_a_line_too_long_takes_no_memory_even_when_it_ends_with_a_return() -> None:
    with patch.object(jsonlines, "_BLOCK", 1_000):
        seen = judged(b"\r".join([line(1).encode(), b"x" * 300_000]))
    assert [finding.rule for finding in told(seen)] == ["file.line_length"]


def test_a_large_file_takes_little_memory() -> None:
    rows = 12_000

    class Endless(io.RawIOBase):
        """The lines of a file of 3 MB, made as they are read."""

        def __init__(self) -> None:
            super().__init__()
            self._lines = self._made()
            self._rest = b""

        @staticmethod
        def _made() -> Iterator[bytes]:
            return (file_of(line(at)) for at in range(rows))

        def seek(self, offset: int, whence: int = 0) -> int:
            self._lines, self._rest = self._made(), b""
            return offset

        def read(self, size: int = -1) -> bytes:
            while len(self._rest) < size:
                following = next(self._lines, b"")
                if not following:
                    break
                self._rest += following
            data, self._rest = self._rest[:size], self._rest[size:]
            return data

    file = Endless()
    with (
        patch.object(jsonlines, "_LINES_PER_CHUNK", 500),
        patch.object(jsonlines, "_BLOCK", 50_000),
        patch.object(survey, "_BLOCK", 50_000),
    ):
        tracemalloc.start()
        count = sum(chunk.records for chunk in chunks(JSONL, file))  # type: ignore[arg-type]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert count == rows
    assert peak < 1_000_000


# Any bytes

_TOKENS = [b"{", b"}", b"[", b"]", b'"', b":", b",", b"\n", b"\r", b"\r\n", b" ", b"null", b"1", b"-", b"\\", b"\\u0000", b"\xc3\xa9"]
_TOKENS += [b'"usager": {', b'"nom": "x"', b'"hours": 1', GOOD.encode() % 1, GOOD.encode() % 2 + b"\n", b"\xff", b"\0"]


@given(data=st.lists(st.sampled_from(_TOKENS) | st.binary(max_size=3), max_size=30).map(b"".join), block=st.sampled_from([7, 100, 1 << 20]))
@example(data=GOOD.encode() % 1 + b"\r\n" + GOOD.encode() % 2, block=len(GOOD.encode() % 1) + 1)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_every_line_is_accounted_for(data: bytes, block: int) -> None:
    with patch.object(jsonlines, "_BLOCK", block):
        seen = judged(data)
        if seen.survey is None:
            return
        assert seen.counts.received == seen.survey.lines
        if seen.verdict is Verdict.REFUSED:
            return
        lines = data.splitlines()
        for chunk in chunks(JSONL, io.BytesIO(data)):
            for rows in chunk.tables.values():
                for number, row in zip(rows.line.to_pylist(), rows.values.to_pylist(), strict=True):
                    said = (json.loads(lines[number - 1]).get("usager") or {}).get("nom")
                    assert row["birth_name"] == said
