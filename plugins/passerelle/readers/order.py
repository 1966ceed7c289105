"""Header and footer of an XML file: each exactly once, the one before the first dossier, the other after the last."""

from __future__ import annotations

from lxml import etree

from passerelle.contract.model import Contract
from passerelle.errors import DeliveryError
from passerelle.readers.dossier import Walker


class Order:
    """Header exactly once and first, footer exactly once and last."""

    def __init__(self, contract: Contract, walker: Walker) -> None:
        self._walker = walker
        roles = {table.path.rsplit("/", 1)[-1]: table.role for table in contract.tables if table.role in ("header", "footer")}
        self.roles = roles
        self.known = {*roles, contract.layout.record}
        self.seen: list[str] = []

    def dossier(self, line: int) -> None:
        """A dossier begins on this line."""
        headers = {tag for tag, role in self.roles.items() if role == "header"}
        if headers - set(self.seen):
            raise self._misplaced(sorted(headers - set(self.seen))[0], "doit venir avant le premier dossier", line)
        if any(self.roles[tag] == "footer" for tag in self.seen):
            raise self._misplaced(self.seen[-1], "doit venir après le dernier dossier", line)

    def outer(self, element: etree._Element) -> None:
        """A header or footer ends."""
        tag = str(element.tag)
        if tag in self.seen:
            raise self._misplaced(tag, "figure plus d'une fois", self._walker.line_of(element))
        self.seen.append(tag)

    def end(self) -> None:
        """Every header and footer must have come."""
        for tag, role in self.roles.items():
            if tag not in self.seen:
                name = "header" if role == "header" else "footer"
                raise DeliveryError(
                    f"file.{name}",
                    f"La balise <{tag}> est absente : le fichier est incomplet.",
                    expected=f"La balise <{tag}> exactement une fois.",
                    fix="Le fichier a sans doute été coupé pendant sa production ou son envoi : produisez-le et déposez-le de nouveau.",
                )

    def _misplaced(self, tag: str, what: str, line: int) -> DeliveryError:
        return DeliveryError(
            f"file.{self.roles[tag]}",
            f"La balise <{tag}> {what}.",
            line=line,
            expected=f"La balise <{tag}> exactement une fois, à sa place.",
            fix="Produisez de nouveau le fichier et redéposez-le.",
        )
