"""The desk, the nearest office and the numbers, as a flow sees them: only what is confirmed is said."""

from __future__ import annotations

from collections.abc import Mapping

from hotline.domain.fact import Fact
from hotline.domain.office import Directory, is_confirmed, is_open
from hotline.flow.model import Shape
from hotline.flow.turn import Found
from hotline.frozen import frozen
from hotline.service.ports.base import Answer, Asker
from hotline.settings import District
from hotline.text import script
from hotline.text.values import Kind

_HOURS = frozenset({"desk.number", "desk.days", "desk.from", "desk.until"})
SHAPES = {
    "desk": Shape(
        {"open": _HOURS, "closed": _HOURS, "number_only": frozenset({"desk.number"}), "unlisted": frozenset()},
        {"desk.number": Kind.PHONE, "desk.days": Kind.DAYS, "desk.from": Kind.TIME, "desk.until": Kind.TIME},
    ),
    "office": Shape(
        {
            "found": frozenset({"office.place", "office.city", "office.date"}),
            "unknown": frozenset(),
            "unconfirmed": frozenset(),
        },
        {"office.place": Kind.CITY, "office.city": Kind.CITY, "office.date": Kind.DATE},
    ),
    "numbers": Shape(
        {
            "all": frozenset({"mrc.number", "opf.number", "fia.number"}),
            "centre": frozenset({"mrc.number"}),
            "none": frozenset(),
        },
        {"mrc.number": Kind.PHONE, "opf.number": Kind.PHONE, "fia.number": Kind.PHONE},
    ),
}


@frozen
class Desk:
    """When a counsellor can be reached, and at which number."""

    districts: Mapping[str, District]
    facts: Mapping[str, Fact]

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        desk = self.districts[asker.centre].desk
        phone = self.facts["mrc_phone"]
        if not phone.may_be_said(asker.now.date()):
            return Answer(Found("unlisted"))
        if not is_confirmed(desk.confirmed, desk.review_days, asker.now.date()):
            return Answer(Found("number_only", {"desk.number": phone.value}))
        now = "open" if is_open(desk.days, desk.opens, desk.closes, asker.now) else "closed"
        fields = {
            "desk.number": phone.value,
            "desk.days": desk.days,
            "desk.from": desk.opens,
            "desk.until": desk.closes,
        }
        return Answer(Found(now, fields))


@frozen
class NearestOffice:
    """The Protector of Emigrants nearest to a district."""

    directory: Directory
    offices: Fact

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        if not self.offices.may_be_said(asker.now.date()):
            return Answer(Found("unconfirmed"))
        place = self.directory.find(script.fold(args[0]))
        if place is None:
            return Answer(Found("unknown"))
        return Answer(
            Found(
                "found",
                {
                    "office.place": place.name,
                    "office.city": place.near,
                    "office.date": self.offices.as_of.isoformat(),
                },
            )
        )


@frozen
class Numbers:
    """The numbers that are confirmed today."""

    facts: Mapping[str, Fact]

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        said = {
            f"{key}.number": self.facts[f"{key}_phone"].value
            for key in ("mrc", "opf", "fia")
            if self.facts[f"{key}_phone"].may_be_said(asker.now.date())
        }
        if len(said) == 3:
            return Answer(Found("all", said))
        if "mrc.number" in said:
            return Answer(Found("centre", {"mrc.number": said["mrc.number"]}))
        return Answer(Found("none"))
