"""How the measures are told: each at once, then in tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from measure import Cost
from rich.console import Console
from rich.table import Table

from passerelle.identity.measure import bounds
from passerelle.identity.settle import WORDS


def share(count: int, of: int) -> str:
    """A share with its exact 95 % bounds; rare ones per 100,000."""
    low, high = bounds(count, of)
    if of and count / of < 0.001:
        return f"{count} sur {of} ({count / of * 1e5:.3f} pour 100 000, entre {low * 1e5:.3f} et {high * 1e5:.3f})"
    return f"{count} sur {of} ({count / of if of else 0:.5f}, entre {low:.5f} et {high:.5f})"


def false_lines(false: Iterable[dict[str, Any]]) -> list[str]:
    """Each false link: its rule in words, how the two records compare, and what they say."""
    lines = []
    for one in false:
        where = "dans un même fichier" if one["is_within"] else "entre fichiers"
        compared = " ; ".join(f"{field} {words}" for field, words in one["compared"].items())
        values = " | ".join(f"{name} {left} / {right}" for name, (left, right) in one["values"].items())
        lines.append(f"{one['pair'][0]} = {one['pair'][1]} ({where}), règle {one['rule']} : {WORDS[one['rule']]}\n  {compared}\n  {values}")
    return lines


class Report:
    """Tells each measure when it is known, and the goals again at the end."""

    def __init__(self, console: Console, title: str = "Qui est qui") -> None:
        self.console = console
        self._title = title
        self._goals: list[tuple[str, str, bool | None]] = []
        self._comparisons: list[Table] = []

    def begin(self, words: str) -> None:
        """Says what is being measured."""
        self.console.print(f"{words} …", markup=False, highlight=False)

    def told(self, words: str, cost: Cost) -> None:
        """A measure that is no goal."""
        self._line(f"  {words} : {cost.wall:.1f} s, CPU {cost.cpu:.1f} s, crête {cost.peak / 1000:.2f} Go, mesures comprises")

    def population(self, hardness: dict[str, Any], splink: dict[str, Any] | None) -> None:
        """How hard a population is; it counts for the goals only if the NIR and Splink are each wrong once in 1,000."""
        rates = {"NIR seul": (hardness["same_nir"]["wrong"], hardness["same_nir"]["pairs"])}
        if splink is not None:
            rates["Splink ≥ ,999999"] = (splink["sure"]["wrong"], splink["sure"]["links"])
        verdict = "assez dure" if all(wrong >= 0.001 * all_ for wrong, all_ in rates.values()) else "PAS assez dure"
        if splink is not None:
            rates["de même, le meilleur lien de chacun"] = (splink["sure_one"]["wrong"], splink["sure_one"]["links"])
        told = " ; ".join(f"{name} : {1000 * wrong / max(all_, 1):.2f} pour 1 000" for name, (wrong, all_) in rates.items())
        self._line(
            f"  {verdict} : faux liens, {told} ; {hardness['people']} personnes, jumeaux {hardness['twins']:.2%} (les deux présents "
            f"{hardness['both_twins']:.2%}), mêmes nom et prénom qu'un autre {hardness['same_names']:.2%}, et mêmes sexe et date "
            f"{hardness['same_civil_status']:.3%}"
        )

    def goal(self, words: str, found: str, is_reached: bool | None) -> None:
        """A figure and whether it reaches its goal; None when it has none."""
        self._goals.append((words, found, is_reached))
        self._line(f"  {_mark(is_reached)} {words} : {found}")

    def comparison(self, title: str, rows: list[tuple[str, ...]]) -> None:
        """One line per method."""
        table = Table(
            "méthode", "liens", "faux", "pour 100 000", "bornes à 95 %", "reçus retrouvés", title=title, title_justify="left"
        )  # fmt: skip
        for row in rows:
            table.add_row(*row)
        self._comparisons.append(table)
        self.console.print(table)

    def lines(self, title: str, lines: list[str]) -> None:
        """A list under a title."""
        self._line(f"{title} :")
        for line in lines:
            self._line(f"- {line}")

    def end(self) -> None:
        """All of it once more, for who did not watch."""
        table = Table("objectif", "mesure", "", title=self._title, title_justify="left")
        for words, found, is_reached in self._goals:
            table.add_row(words, found, _mark(is_reached))
        self.console.print(table)
        for comparison in self._comparisons:
            self.console.print(comparison)

    def _line(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)


def _mark(is_reached: bool | None) -> str:
    return {True: "atteint", False: "MANQUÉ", None: "·"}[is_reached]
