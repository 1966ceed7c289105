"""Bodies of the tasks: each opens the gateway, runs one stage over a batch of delivery ids, and maps our errors to Airflow's.

The stages are imported inside the functions: parsing a DAG must not load pyarrow, lxml or a database driver.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from passerelle.errors import PasserelleError, TransientError

_Result = TypeVar("_Result")


def receive(feed: str) -> list[int]:
    """Takes what the feed's senders dropped; skips the rest of the run when there is nothing to go on with."""
    from passerelle import gateway, journey

    def body() -> list[int]:
        with gateway.opened() as opened:
            return list(journey.receive_all(opened, feed))

    ids = _mapped(body)
    if not ids:
        raise AirflowSkipException("Nothing is waiting.")
    return ids


def stage(name: str, delivery_ids: list[int]) -> list[int]:
    """Takes the deliveries through one stage; the ids that go on. Skips the rest when none does."""
    from passerelle import gateway, journey

    def body() -> list[int]:
        with gateway.opened() as opened:
            return list(journey.run_stage(opened, name, delivery_ids))

    ids = _mapped(body)
    if not ids:
        raise AirflowSkipException("No delivery goes on from here: see the receipts.")
    return ids


def expect(delivery_ids: list[int]) -> None:
    """Runs the expectations on what was published; fails, for a person to look, when one does not hold. Data is left as it is."""
    from passerelle import gateway, journey

    def body() -> list[str]:
        with gateway.opened() as opened:
            return journey.expectations(opened, delivery_ids)

    broken = _mapped(body)
    if broken:
        raise AirflowFailException(" ".join(broken))


def extract() -> str:
    """Writes the provisional ESF+ extracts of every operation; where."""
    from passerelle import gateway
    from passerelle.indicators.extracts.bundle import extract_everything
    from passerelle.indicators.snapshot import half_years

    def body() -> str:
        with gateway.opened() as opened:
            return "\n".join(map(str, extract_everything(opened, half_years.PROPOSER)))

    return _mapped(body)


def esf_proposals() -> int:
    """Looks for ESF+ proposals in what partners stated; how many are new."""
    from passerelle import gateway
    from passerelle.indicators.feeds import proposals

    def body() -> int:
        with gateway.opened() as opened:
            return proposals.look(opened).added

    return _mapped(body)


def esf_propose() -> list[int]:
    """Proposes the snapshots of the last half-year end; their numbers."""
    from passerelle import gateway
    from passerelle.indicators.snapshot import half_years

    def body() -> list[int]:
        with gateway.opened() as opened:
            return half_years.propose_due(opened)

    return _mapped(body)


def esf_remind() -> list[str]:
    """Raises an alert for each snapshot that nobody froze yet; the open ones."""
    from passerelle import gateway
    from passerelle.indicators.snapshot import half_years

    def body() -> list[str]:
        with gateway.opened() as opened:
            return half_years.remind(opened)

    return _mapped(body)


def esf_deliver() -> int:
    """Leaves the extracts of frozen snapshots in the funding officers' folder; how many files."""
    from passerelle import gateway
    from passerelle.indicators.snapshot import extracts

    def body() -> int:
        with gateway.opened() as opened:
            return extracts.deliver(opened)

    return _mapped(body)


def _mapped(body: Callable[[], _Result]) -> _Result:
    """TransientError is retried, every other error of ours is not; no text of a foreign error gets into the log."""
    try:
        return body()
    except TransientError as error:
        raise AirflowException(str(error)) from None
    except PasserelleError as error:
        raise AirflowFailException(str(error)) from None


def say_broken(message: str) -> None:
    """Fails with the reason why the contract cannot be loaded."""
    raise AirflowFailException(message)
