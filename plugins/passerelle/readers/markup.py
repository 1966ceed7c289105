"""The tags of a piece of XML found all at once, with array operations instead of one event after another.

Only plain markup is understood: elements and text. Whatever is more — attributes, comments, CDATA, processing instructions, numeric
character references, text beside elements — and whatever is not well formed makes :func:`tags_of` answer None, and the piece is left to
a full XML parser. So everything this module accepts is well formed, and means to a parser what it means here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

PADDING = 32
"""Bytes that must follow the piece in its buffer: words are read beyond its end."""

_FORBIDDEN = bytes(code for code in range(32) if code not in (9, 10, 13))
_OTHER_ENTITY = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)")
_BARE_RETURN = re.compile(rb"\r(?!\n)")
_LESS, _SLASH, _SPACE, _NEW_LINE = ord("<"), ord("/"), ord(" "), ord("\n")
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], dtype=np.uint64)
_FIRST, _NEXT, _SIZE = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9)
_ABOVE_BLANK, _HIGH = np.uint64(0x5F5F5F5F5F5F5F5F), np.uint64(0x8080808080808080)
_DEEPEST = 64


@dataclass(frozen=True)
class Tags:
    """All tags of one piece, in its order; positions count bytes from the beginning of the piece."""

    less: Ints
    """Place of ``<``."""
    greater: Ints
    """Place of ``>``."""
    is_open: Flags
    """Opening tags, empty elements included."""
    is_empty: Flags
    """``<TAG/>``."""
    depth: npt.NDArray[np.int16]
    """How deep the element stands, from 1; meaningful where ``is_open``."""
    name: Words
    """A number for the name (see :func:`name_number`)."""
    words: Words
    """The eight bytes at each place of the piece, as one number."""


def words_of(buffer: bytes | bytearray) -> Words:
    """The eight bytes that begin at each place, as one little-endian number, without copying."""
    return np.ndarray(shape=(len(buffer) - 7,), dtype="<u8", buffer=buffer, strides=(1,))


def head(words: Words, places: Ints, sizes: Ints) -> Words:
    """The first eight bytes, at most ``sizes`` of them, at each place."""
    return words[places] & _MASKS[np.minimum(sizes, 8)]


def name_number(name: str) -> int:
    """The number of a name, as :class:`Tags` has it."""
    text = name.encode()
    buffer = bytes(text) + bytes(PADDING)
    place, size = np.zeros(1, dtype=np.int64), np.array([len(text)], dtype=np.int64)
    return int(_numbers(words_of(buffer), place, size)[0])


def _numbers(words: Words, starts: Ints, sizes: Ints) -> Words:
    number = head(words, starts, sizes) * _FIRST + sizes.astype(np.uint64) * _SIZE
    rest, done = np.flatnonzero(sizes > 8), 8
    while len(rest):
        more = head(words, starts[rest] + done, sizes[rest] - done)
        number[rest] = (number[rest] ^ more) * _NEXT + (number[rest] >> np.uint64(29))
        done += 8
        rest = rest[sizes[rest] > done]
    return number


def tags_of(buffer: bytearray, size: int) -> Tags | None:
    """The tags of the first ``size`` bytes of the buffer (UTF-8, whole elements side by side), or None when it is not plain markup."""
    if not _is_plain(buffer):
        return None
    octets = np.frombuffer(buffer, dtype=np.uint8)
    less, greater = np.flatnonzero(octets[:size] == _LESS), np.flatnonzero(octets[:size] == ord(">"))
    if not _alternate(less, greater):
        return None
    marks = octets[less + 1]
    if ((marks == ord("!")) | (marks == ord("?"))).any():
        return None
    is_close, is_empty = marks == _SLASH, octets[greater - 1] == _SLASH
    starts = less + 1 + is_close
    ends = greater - is_empty
    ends -= is_empty & (octets[ends - 1] == _SPACE)
    if (ends <= starts).any() or (is_close & is_empty).any():
        return None
    words = words_of(buffer)
    name = _numbers(words, starts, ends - starts)
    depth = _depths(name, is_close, is_empty)
    if depth is None or not _only_blanks_between(words, less, greater, _leaves(is_close, is_empty)):
        return None
    return Tags(less, greater, ~is_close, is_empty, depth, name, words)


def _is_plain(piece: bytearray) -> bool:
    """Whether there are only characters XML allows, and of its entities only the five that have a name."""
    if len(piece.translate(None, _FORBIDDEN)) != len(piece) - PADDING:  # the padding is forbidden too
        return False
    if b"&" in piece and _OTHER_ENTITY.search(piece):
        return False
    if b"\r" in piece and _BARE_RETURN.search(piece):
        return False
    return piece.isascii() or not (b"\xef\xbf\xbe" in piece or b"\xef\xbf\xbf" in piece)


def _alternate(less: Ints, greater: Ints) -> bool:
    """Whether every ``<`` is followed by its ``>`` before the next one."""
    return len(less) == len(greater) > 0 and bool((less < greater).all() and (greater[:-1] < less[1:]).all())


def _depths(name: Words, is_close: Flags, is_empty: Flags) -> npt.NDArray[np.int16] | None:
    """The depth of every opening tag; None when the tags do not close one another in turn."""
    steps = np.where(is_close, -1, 1).astype(np.int16)
    steps[is_empty] = 0
    after = np.cumsum(steps, dtype=np.int32)
    if after[-1] != 0 or after.min() < 0 or after.max() > _DEEPEST:
        return None
    depth = (after + is_empty).astype(np.int16)
    spans = ~is_empty
    for level in range(1, int(after.max()) + 1):
        opened = np.flatnonzero(spans & ~is_close & (depth == level))
        closed = np.flatnonzero(is_close & (after == level - 1))
        if len(opened) != len(closed) or (name[opened] != name[closed]).any():
            return None
    return depth


def _leaves(is_close: Flags, is_empty: Flags) -> Flags:
    """Opening tags that the next tag closes."""
    closed_next: Flags = np.append(is_close[1:], False)
    return closed_next & ~is_close & ~is_empty


def _only_blanks_between(words: Words, less: Ints, greater: Ints, is_leaf: Flags) -> bool:
    """Whether there is text only between an opening tag and the closing tag after it."""
    starts, sizes = greater[:-1] + 1, less[1:] - greater[:-1] - 1
    rest = np.flatnonzero(~is_leaf[:-1] & (sizes > 0))
    starts, sizes = starts[rest], sizes[rest]
    while len(starts):
        # Control characters were excluded before, so a blank is what is not above a space.
        text = head(words, starts, sizes)
        if ((text | (text + _ABOVE_BLANK)) & _HIGH).any():
            return False
        more = sizes > 8
        starts, sizes = starts[more] + 8, sizes[more] - 8
    return True
