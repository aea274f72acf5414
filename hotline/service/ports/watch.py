"""The agencies a person watches, as a flow sees them: watch one, list them, watch it no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from hotline.domain.agency import Agency, Licence, short_names
from hotline.domain.consent import Topic
from hotline.flow.model import Shape
from hotline.flow.turn import Found, Row
from hotline.service.ports.alerts import AGREED, Stopped, Wording, agreed, ending, subscription
from hotline.service.ports.base import Answer, Asker
from hotline.text.values import Kind

SHAPES = {
    "watch": AGREED,
    "watched": Shape(
        {"some": frozenset(), "nothing": frozenset()},
        {"agency.licence": Kind.LICENCE, "agency.short": Kind.NAME},
        rows=frozenset({"agency.licence", "agency.short"}),
    ),
    "unwatch": Shape({"done": frozenset()}, {}, effect=True),
}
MOST_ROWS = 9


class Rows(Protocol):
    """The register in force."""

    def of(self, licences: Sequence[Licence]) -> tuple[Agency, ...]:
        """The agencies of these licences that the list knows."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Be told when a licence changes. Takes the licence, and yes or no."""

    asked: Wording
    stopped: Stopped

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        licence, agree = args
        facts = {"agency.licence": licence}
        return agreed(asker, agree, self.stopped, lambda: subscription(asker, Topic.WATCH, licence, self.asked, facts))


@dataclass(frozen=True, slots=True)
class Watched:
    """What somebody watches, with the names of today; one that is in no list any more is told by its number alone."""

    details: Callable[[bytes], tuple[str, ...]]
    register: Rows

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        licences = [Licence.parse(detail) for detail in (self.details(asker.index) if asker.number else ())][:MOST_ROWS]
        if not licences:
            return Answer(Found("nothing"))
        known = {agency.licence: agency for agency in self.register.of(licences)}
        shorts = dict(zip(known, short_names(list(known.values())), strict=True))
        rows = (
            Row(str(licence), {"agency.licence": str(licence), "agency.short": shorts.get(licence, "")})
            for licence in licences
        )
        return Answer(Found("some", rows=tuple(rows)))


def unwatch(asker: Asker, args: tuple[str, ...]) -> Answer:
    """Watch one of them no more."""
    return Answer(Found("done"), (ending(asker, Topic.WATCH, args[0]),))
