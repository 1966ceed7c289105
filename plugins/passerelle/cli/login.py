"""Who acts: the account the process runs under, as the operating system knows it.

Never ``LOGNAME`` or ``USER``: anyone may set those, and then confirm under another name what they proposed under their own.
"""

from __future__ import annotations

import os
import pwd


def login() -> str:
    """The account's name, kept with every decision and every look at personal values; ``uid:1234`` where the account has no name."""
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid:{uid}"
