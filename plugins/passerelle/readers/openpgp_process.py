"""The process that decrypts one OpenPGP message: from its standard input to its standard output.

A process of its own, because the library holds Python's lock while it works and keeps a message given as bytes in memory as a whole:
here a message of any size passes through in bounded memory, the reader counts what comes out and may end it at any moment, and what a
hostile message could do to a parser is done to nothing else. It is run as a file and imports nothing of the package.

Input: length (8 bytes) and JSON of the keys in hexadecimal, then the message. The exit status says what happened.
"""

from __future__ import annotations

import json
import os
import sys

from pysequoia import Cert, Tsk, decrypt_file

_OK, _BAD_KEY, _OTHER_KEY, _BAD_SIGNATURE, _DAMAGED, _COMPRESSED = 0, 3, 4, 5, 6, 7
_SAID = {
    "No key to decrypt": _OTHER_KEY,
    "Signature verification failed": _BAD_SIGNATURE,
    "Unexpected message structure": _COMPRESSED,
}
"""What the library says; it does not look for a signature inside data that is compressed within the encryption, as GnuPG does by itself."""


def _exactly(size: int) -> bytes:
    """Bytes of the standard input; unbuffered, so that the message after them stays there."""
    data = b""
    while len(data) < size:
        part = os.read(0, size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def main() -> int:
    """The exit status."""
    keys = json.loads(_exactly(int.from_bytes(_exactly(8), "big")))
    try:
        decryptor = Tsk.from_bytes(bytes.fromhex(keys["key"])).decryptor()
        signers = Cert.split_bytes(bytes.fromhex(keys["signers"])) if keys["signers"] else []
    except RuntimeError:
        return _BAD_KEY
    try:
        decrypt_file("/dev/fd/0", "/dev/fd/1", decryptor=decryptor, store=(lambda _ids: signers) if signers else None)
    except RuntimeError as error:
        return next((status for words, status in _SAID.items() if words in str(error)), _DAMAGED)
    return _OK


if __name__ == "__main__":
    sys.exit(main())
