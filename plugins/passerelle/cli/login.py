"""Who acts: the login of the process, which no environment variable can change."""

from __future__ import annotations

import os
import pwd


def login() -> str:
    """The name of the process's user in the system's accounts; its number when it has no account.

    ``getpass.getuser`` would believe ``LOGNAME``: one person could then be two.
    """
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"
