"""Alerts as a flow sees them: who gets them and where, and whether an alert with a short code is ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo

from hotline.domain.alert_code import is_code
from hotline.domain.consent import Asked, Subscribe, Topic, Unsubscribe
from hotline.domain.office import Directory
from hotline.flow.model import Shape
from hotline.flow.turn import Found
from hotline.frozen import frozen
from hotline.service.ports.base import Answer, Asker
from hotline.store.alarm import SentAlert
from hotline.store.people import Wishes
from hotline.text.script import fold
from hotline.text.values import Kind

AGREED = Shape(
    dict.fromkeys(("done", "declined", "stopped", "shared", "no_number", "no_sms"), frozenset[str]()), {}, effect=True
)
"""What comes of asking whether somebody agrees. `stopped`, `shared`: a wish of theirs stands against it."""
SHAPES = {
    "alert": Shape(
        {
            "about_agency": frozenset({"alert.date", "alert.text", "agency.licence"}),
            "about_other": frozenset({"alert.date", "alert.text"}),
            "withdrawn": frozenset({"alert.date"}),
            "unknown": frozenset({"alert.code"}),
        },
        {
            "alert.date": Kind.DATE,
            "alert.text": Kind.TEXT,
            "alert.code": Kind.DIGITS,
            "agency.licence": Kind.LICENCE,
        },
    ),
    "district": Shape({"found": frozenset({"alert.place"}), "unknown": frozenset()}, {"alert.place": Kind.CITY}),
    "alerts_here": AGREED,
    "alerts_everywhere": AGREED,
    "no_more_alerts": Shape({"done": frozenset(), "none": frozenset()}, {}, effect=True),
}
EVERYWHERE = ""
"""The detail of alerts about every district."""

Wording = Callable[[Asker, Mapping[str, str]], Asked]
"""The words somebody was asked with, filled with what they were about."""
Wished = Callable[[Sequence[bytes]], Wishes]
"""What the person with these indexes wished."""


@frozen
class AlertPort:
    """Whether an alert with a code was sent by us, when, and what it said. `sent(code)` looks it up."""

    sent: Callable[[str], SentAlert | None]
    zone: tzinfo

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        (code,) = args
        alert = self.sent(code) if is_code(code) else None
        if alert is None:
            return Answer(Found("unknown", {"alert.code": code}))
        fields = {"alert.date": alert.at.astimezone(self.zone).date().isoformat()}
        if alert.withdrawn:
            return Answer(Found("withdrawn", fields))
        fields["alert.text"] = alert.texts.get(asker.locale) or alert.texts.get("en", "")
        if not alert.licence:
            return Answer(Found("about_other", fields))
        return Answer(Found("about_agency", fields | {"agency.licence": alert.licence}))


@frozen
class DistrictPort:
    """The district a text or a telephone code names."""

    directory: Directory

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        place = self.directory.find(fold(args[0]))
        return Answer(Found("found", {"alert.place": place.name}) if place else Found("unknown"))


@frozen
class AgreeToAlerts:
    """Subscribe to the alerts of a district, or of all where `place` is not among the arguments."""

    asked: Wording
    wished: Wished

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        *places, agree = args
        facts = {"alert.place": places[0]} if places else {}
        detail = fold(places[0]) if places else EVERYWHERE
        return agreed(asker, agree, self.wished, lambda: subscription(asker, Topic.ALERTS, detail, self.asked, facts))


@frozen
class NoMoreAlerts:
    """End the alerts of every district. `details(indexes)` are the ones somebody gets."""

    details: Callable[[Sequence[bytes]], tuple[str, ...]]

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        details = self.details(asker.indexes) if asker.number else ()
        ends = tuple(ending(asker, Topic.ALERTS, detail) for detail in details)
        return Answer(Found("done" if ends else "none"), ends)


def agreed(asker: Asker, agree: str, wished: Wished, subscribe: Callable[[], Subscribe]) -> Answer:
    """What comes of a yes or no to being written to."""
    if agree != "yes":
        return Answer(Found("declined"))
    if not asker.number:
        return Answer(Found("no_number"))
    if not asker.reachable:
        return Answer(Found("no_sms"))
    wishes = wished(asker.indexes)
    if wishes.nothing:
        return Answer(Found("stopped"))
    if wishes.shared:
        # The claim would hold back every one of them.
        return Answer(Found("shared"))
    return Answer(Found("done"), (subscribe(),))


def subscription(asker: Asker, topic: Topic, detail: str, asked: Wording, facts: Mapping[str, str]) -> Subscribe:
    """The yes as it is kept."""
    return Subscribe(asker.index, topic, detail, asked(asker, facts), asker.now)


def ending(asker: Asker, topic: Topic, detail: str) -> Unsubscribe:
    """The end of one subscription as it is kept; nobody asked for it."""
    return Unsubscribe(asker.index, topic, detail, Asked(asker.locale, asker.channel.value), asker.now)
