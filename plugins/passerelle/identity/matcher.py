"""The engine on a pool of records, one warm connection for as many pools as wanted: ties by rules, and what a person must look at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Any, Final, Self

import duckdb
import pyarrow as pa

from passerelle.identity.accept import RULES as ACCEPTING
from passerelle.identity.accept import judge_pairs
from passerelle.identity.certain import RULES as CERTAIN
from passerelle.identity.certain import apply_rules
from passerelle.identity.compare import FIELDS, MISSING, compare_pairs
from passerelle.identity.model import RARE, packaged, score_pairs
from passerelle.identity.plans import Plans
from passerelle.identity.pool import CERTAIN_KINDS, RANKED_KINDS, Pool, fill, pair_up
from passerelle.identity.settle import review_pairs

MEMORY: Final = "2GB"
THREADS: Final = 2
REGISTER: Final = 500_000
"""Records of a register by which scores are reckoned, whatever it has today: a score means the same tomorrow."""
_IS_FRESH: Final = "b >= (SELECT count(*) FROM record WHERE side = 0)"
_LEVELS: Final = ", ".join(f"c.{field.name}" for field in FIELDS)
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Tie:
    """A pair that a rule ties: the later record, the other one (numbers in the pool), the rule and how strong it is among all."""

    record: int
    other: int
    rule: str
    rank: int
    score: float | None
    fields: dict[str, str]

    @property
    def is_certain(self) -> bool:
        """Whether a certain rule ties it; else it was accepted among ranked candidates."""
        return self.rank < len(CERTAIN)


@dataclass(frozen=True, slots=True)
class Look:
    """A pair of two persons that someone must look at, and why."""

    record: int
    other: int
    reason: str
    score: float | None
    fields: dict[str, str]


class Matcher:
    """Compares pools. Holds nothing between two of them but plans; close it, or use it in a ``with``."""

    def __init__(self, *, is_ranked: bool = False) -> None:
        self.is_ranked = is_ranked
        self.crowded = 0
        """Keys left out of the last pool because too many of its records share them."""
        self.of_too_many = 0
        """Telephone numbers, e-mails and NIRs that say nothing in it, because so many people have them."""
        self._pairs = 0
        """How many of its pairs were compared; of none there is nothing to look at."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Forgets everything."""
        if "_plans" in self.__dict__:
            self._plans.close()

    @cached_property
    def _plans(self) -> Plans:
        """Opened when first needed: most deliveries hold known records only."""
        connection = duckdb.connect(config={"threads": str(THREADS), "memory_limit": MEMORY})
        connection.execute("SET preserve_insertion_order=false")
        return Plans(connection)

    def ties(self, pool: Pool) -> list[Tie]:
        """What the rules tie each fresh record to, the strongest first."""
        self._plans.expect(len(pool.known) + len(pool.fresh))
        self.of_too_many = fill(self._plans, pool)
        self._pairs, self.crowded = pair_up(self._plans, pool, RANKED_KINDS if self.is_ranked else CERTAIN_KINDS)
        if not self._pairs:
            return []
        compare_pairs(self._plans)
        apply_rules(self._plans)
        found = f"SELECT a, b, rule, NULL::FLOAT AS score, {_LEVELS} FROM certain AS t JOIN compared AS c USING (a, b)"
        if self.is_ranked:
            score_pairs(self._plans, packaged(), REGISTER)
            judge_pairs(self._plans)
            accepted = f"t.rule + {len(CERTAIN)}, t.score, {_LEVELS} FROM judged AS t JOIN compared AS c USING (a, b)"
            found = f"{found} UNION ALL SELECT a, b, {accepted} WHERE t.veto IS NULL"
        rules = [rule.id for rule in (*CERTAIN, *ACCEPTING)]
        rows = self._plans.execute(f"SELECT * FROM ({found}) WHERE {_IS_FRESH} ORDER BY rule, b, a").fetchall()
        return [Tie(b, a, rules[rank], rank, score, _fields(levels)) for a, b, rank, score, *levels in rows]

    def looks(self, pool: Pool, persons: Sequence[int], refused: Iterable[Pair]) -> list[Look]:
        """What someone must look at once every record has a person (a number each); ``refused`` are ties that were not followed."""
        if not self._pairs:
            return []
        # One side: that somebody is linked already raises no threshold, else the first of two records to come would be asked about.
        self._put("cluster", rid=range(len(persons)), cluster=persons, side=[0] * len(persons))
        dropped = sorted(refused)
        self._put("dropped", a=[a for a, _ in dropped], b=[b for _, b in dropped])
        review_pairs(self._plans, is_certain_only=not self.is_ranked)
        rows = self._plans.execute(f"""
            SELECT r.b, r.a, r.reason, r.score, {_LEVELS} FROM review AS r JOIN compared AS c USING (a, b)
            WHERE {_IS_FRESH} ORDER BY r.score DESC, b, a""").fetchall()
        return [Look(b, a, reason, score if self.is_ranked else None, _fields(levels)) for b, a, reason, score, *levels in rows]

    def compare(self, pool: Pool, pairs: Collection[Pair]) -> dict[Pair, dict[str, str]]:
        """Per pair (the smaller number first) and field, the level at which they agree."""
        self._plans.expect(len(pool.known) + len(pool.fresh))
        fill(self._plans, pool)
        self._put("pair", a=[a for a, _ in pairs], b=[b for _, b in pairs])
        compare_pairs(self._plans)
        rows = self._plans.execute(f"SELECT a, b, {_LEVELS} FROM compared AS c").fetchall()
        return {(a, b): _fields(levels) for a, b, *levels in rows}

    def shares(self, pool: Pool, pair: Pair) -> dict[str, float | None]:
        """Per field of :data:`model.RARE`: how many people have the more frequent of the pair's two values, as log2 of the share."""
        self.compare(pool, [pair])
        score_pairs(self._plans, packaged(), REGISTER)
        bits = ", ".join(f"max({field}_bits)" for field in RARE)
        (found,) = self._plans.execute(f"SELECT {bits} FROM rarity JOIN pair ON rid IN (a, b)").fetchall()
        return dict(zip(RARE, found, strict=True))

    def _put(self, name: str, **columns: Iterable[int]) -> None:
        self._plans.put(name, pa.table({column: pa.array(values, pa.int64()) for column, values in columns.items()}))


def _fields(levels: Sequence[Any]) -> dict[str, str]:
    return {field.name: field.levels[place - 1].name if place else MISSING for field, place in zip(FIELDS, levels, strict=True)}
