"""The states of a delivery and the ways between them."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a delivery stands."""

    RECEIVED = "received"
    CHECKED = "checked"
    STAGED = "staged"
    RECONCILED = "reconciled"
    PUBLISHED = "published"
    REFUSED = "refused"
    """The partner must correct the whole file, or a person refused it."""
    HELD = "held"
    """A person must look before it goes on."""
    QUARANTINED = "quarantined"
    """Not recognisable as any feed of its sender."""
    DUPLICATE = "duplicate"
    """The same content was received before."""
    UNDONE = "undone"
    """Was published, then withdrawn by a person; its rows no longer count."""


OPEN = (State.RECEIVED, State.CHECKED, State.STAGED, State.RECONCILED)
"""States from which the gateway goes on by itself."""

CLOSED = (State.PUBLISHED, State.REFUSED, State.QUARANTINED, State.DUPLICATE, State.UNDONE)
"""States nothing leaves by itself. A held delivery waits for a person."""

WAYS: dict[State, tuple[State, ...]] = {
    State.RECEIVED: (State.CHECKED, State.REFUSED, State.HELD),
    State.CHECKED: (State.STAGED,),
    State.STAGED: (State.RECONCILED,),
    State.RECONCILED: (State.PUBLISHED,),
    State.PUBLISHED: (State.UNDONE,),
    State.HELD: (State.RECEIVED, State.CHECKED, State.REFUSED),
    State.REFUSED: (State.RECEIVED,),
    State.QUARANTINED: (),
    State.DUPLICATE: (),
    State.UNDONE: (State.RECEIVED,),
}
"""From each state, the states that may follow."""
