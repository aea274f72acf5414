"""The agencies a person watches, as a flow sees them: watch one, list them, watch it no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from hotline.domain.agency import Agency, Licence, short_names
from hotline.domain.consent import Topic
from hotline.flow.model import Shape
from hotline.flow.turn import Found, Row
from hotline.frozen import frozen
from hotline.service.ports.alerts import AGREED, Wished, Wording, agreed, ending, subscription
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


@frozen
class Watch:
    """Be told when a licence changes. Takes the licence, and yes or no."""

    asked: Wording
    wished: Wished

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        licence, agree = args
        facts = {"agency.licence": licence}
        return agreed(asker, agree, self.wished, lambda: subscription(asker, Topic.WATCH, licence, self.asked, facts))


@frozen
class Watched:
    """What somebody watches, with the names of today; one that is in no list any more is told by its number alone.

    `watched(indexes)` are the licences, in order, with their agencies.
    """

    watched: Callable[[Sequence[bytes]], Mapping[Licence, Agency | None]]

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        watched = self.watched(asker.indexes) if asker.number else {}
        if not watched:
            return Answer(Found("nothing"))
        licences = list(watched)[:MOST_ROWS]
        known = [agency for agency in map(watched.get, licences) if agency is not None]
        shorts = dict(zip([agency.licence for agency in known], short_names(known), strict=True))
        rows = (
            Row(str(licence), {"agency.licence": str(licence), "agency.short": shorts.get(licence, "")})
            for licence in licences
        )
        return Answer(Found("some", rows=tuple(rows)))


def unwatch(asker: Asker, args: tuple[str, ...]) -> Answer:
    """Watch one of them no more."""
    return Answer(Found("done"), (ending(asker, Topic.WATCH, args[0]),))
