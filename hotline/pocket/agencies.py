"""A fictional register for demo, training and tests: as long and as untidy as the bureau's, and of no real firm."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import astuple
from datetime import date, timedelta
from pathlib import Path

from hotline.domain.agency import Licence, Notice, Status
from hotline.frozen import frozen

HEADER = (
    "Licence No",
    "Proprietor Name",
    "Licence Title",
    "Status",
    "Expiry Date",
    "Head Office",
    "Branch Office(s)",
)
SHOWN = Licence(4859, "LHR")
"""The licence the examples use: active and valid, its number in one region only."""
TWO_REGIONS = 2567
"""The number the examples use for two agencies: valid in LHR, expired in MLK."""

_SEED = 4859
_LAST_SERIAL = 5200
_GAPS = 140
_TWINS = 40
_CITIES = {
    "LHR": ("Lahore", "Lahore", "Lahore", "Gujranwala", "Faisalabad", "Gujrat", "Sheikhupura", "Mandi Bahauddin"),
    "RWP": ("Rawalpindi", "Rawalpindi", "Islamabad", "Islamabad", "Chakwal", "Jhelum", "Attock"),
    "KAR": ("Karachi", "Karachi", "Karachi", "Hyderabad", "Sukkur"),
    "PWR": ("Peshawar", "Peshawar", "Mardan", "Kohat", "Swabi", "Bannu"),
    "SKT": ("Sialkot", "Daska", "Narowal"),
    "MLK": ("Batkhela", "Mingora", "Timergara", "Dir"),
}
_REGIONS = {"LHR": 36, "RWP": 34, "KAR": 12, "PWR": 9, "MLK": 5, "SKT": 4}
# As many of each as were reported of the real list in November 2024 (docs: of 5,104 registered, 2,760 valid).
_STATES = {
    Status.ACTIVE: 2760,
    Status.SURRENDERED: 832,
    Status.CANCELED: 807,
    Status.EXPIRED: 668,
    Status.SUSPENDED: 24,
    Status.INVALID: 13,
}
_FIRST = (
    "Zar", "Mehr", "Gul", "Mah", "Dil", "Rah", "Sehr", "Khush", "Nau", "Sang", "Bahar", "Taj", "Lal", "Shab", "Far",
    "Abr", "Sar", "Pesh", "Zeb", "Roz", "Jahan", "Mish", "Kesh", "Nig", "Tar", "Hum", "Val", "Firo", "Bel", "Sham",
)  # fmt: skip
_SECOND = (
    "vand", "kash", "afza", "nama", "bakhsh", "rawan", "tara", "zeen", "mand", "saar", "girr", "yaab", "naaz", "dana",
    "kadah", "shan", "wareed", "posh", "rang", "bina", "khez", "parwar", "numa", "band", "sitan", "dost", "avar", "gah",
)  # fmt: skip
_TRADES = (
    "International", "Overseas", "Manpower", "Travels", "Enterprises", "Recruiting Agency", "Trading Company",
    "Overseas Employment Promoters", "Manpower Services", "International Recruiting Agency", "Employment Bureau",
    "Human Resources", "Overseas Corporation", "Manpower Consultants", "Trade Test and Recruiting Centre",
)  # fmt: skip
_GIVEN = (
    "Muhammad", "Abdul", "Ghulam", "Sajid", "Imran", "Nasreen", "Khalid", "Tariq", "Shazia", "Waqas", "Bushra",
    "Faisal", "Rukhsana", "Javed", "Nadeem", "Asma", "Kashif", "Rashid", "Zahida", "Usman",
)  # fmt: skip
_STREETS = ("Main Bazar", "Mall Road", "Station Road", "Circular Road", "Old GPO Street", "College Road", "Link Road")


@frozen
class DemoRow:
    """One row as the bureau prints it: seven cells."""

    licence: str
    proprietor: str
    title: str
    status: str
    expiry: str
    office: str
    branches: str


def rows(today: date) -> Iterator[DemoRow]:
    """About 5,100 rows, half of them not active, the same for the same day; expiry dates lie around `today`."""
    chance = random.Random(_SEED)  # noqa: S311  a demo's rows must be the same every time, not secret
    pinned = {row.licence: row for row in _pinned(today)}
    titles: list[str] = []
    for licence in _licences(chance):
        row = _row(chance, licence, today, titles)
        yield pinned.get(row.licence, row)


def write_csv(path: Path, today: date) -> None:
    """The register as the file that staff would import."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(astuple(row) for row in rows(today))


def notices(today: date) -> tuple[Notice, ...]:
    """Open notices: what makes an active licence a cautioned one."""
    titles = ("Show cause notice", "Personal hearing notice", "Complaint under process", "Issuance of warning")
    active = [row for row in rows(today) if row.status == "Active" and _is_later(row.expiry, today)]
    chosen = [licence for row in active[::331] if (licence := _licence(row)).serial not in (SHOWN.serial, TWO_REGIONS)]
    return tuple(
        Notice(licence, title, today - timedelta(days=20 + 9 * place))
        for place, (licence, title) in enumerate(zip(chosen, titles, strict=False))
    )


def _licences(chance: random.Random) -> list[Licence]:
    """Serials with gaps, most in one region, some in two."""
    fixed = {SHOWN.serial, TWO_REGIONS}
    gaps = set(chance.sample(range(1, _LAST_SERIAL + 1), _GAPS)) - fixed
    regions, weights = list(_REGIONS), list(_REGIONS.values())
    found = []
    for serial in range(1, _LAST_SERIAL + 1):
        region = chance.choices(regions, weights)[0]
        if serial not in gaps:
            found.append(Licence(serial, "LHR" if serial in fixed else region))
    for licence in chance.sample([licence for licence in found if licence.serial not in fixed], _TWINS):
        found.append(Licence(licence.serial, chance.choice([region for region in regions if region != licence.region])))
    found.append(Licence(TWO_REGIONS, "MLK"))
    return sorted(found)


def _row(chance: random.Random, licence: Licence, today: date, titles: list[str]) -> DemoRow:
    status = chance.choices(list(_STATES), list(_STATES.values()))[0]
    title = _title(chance, titles)
    city = chance.choice(_CITIES[licence.region])
    expiry = today + timedelta(days=chance.randint(10, 1095))
    # The bureau forgets some: active in one column, past in the other.
    if status is not Status.ACTIVE or chance.random() < 0.03:
        expiry = today - timedelta(days=chance.randint(1, 4000))
    branch = f"Shop {chance.randint(1, 90)}, {chance.choice(_STREETS)}, {city}" if chance.random() < 0.1 else ""
    return DemoRow(
        licence=_printed(licence),
        proprietor=f"{chance.choice(_GIVEN)} {chance.choice(_FIRST)}{chance.choice(_SECOND)}",
        title=title,
        status=status.value.capitalize(),
        expiry=f"{expiry:%d-%m-%Y}",
        office=f"Office No. {chance.randint(1, 60)}, {chance.choice(_STREETS)}, {city}",
        branches=branch,
    )


def _title(chance: random.Random, titles: list[str]) -> str:
    """A name nobody bears; one in twelve is a near twin of an earlier one, and one in two hundred the same."""
    throw = chance.random()
    if titles and throw < 0.005:
        return chance.choice(titles)
    if titles and throw < 0.085:
        return _twin(chance, chance.choice(titles))
    article = chance.choices(("", "Al ", "New "), (8, 2, 1))[0]
    title = f"{article}{chance.choice(_FIRST)}{chance.choice(_SECOND)} {chance.choice(_TRADES)}"
    titles.append(title)
    return title


def _twin(chance: random.Random, title: str) -> str:
    """As an impostor, or a clerk, would write it."""
    ways = (
        title.replace("aa", "a") if "aa" in title else title.replace("a", "aa", 1),
        title.replace("Enterprises", "Enterprise").replace("International", "Intl"),
        title.upper(),
        f"New {title}" if not title.startswith("New") else title.removeprefix("New "),
        f"{title} (Pvt) Ltd",
    )
    return chance.choice(ways)


def _pinned(today: date) -> tuple[DemoRow, ...]:
    """The rows the examples speak of."""
    later, past = f"{today + timedelta(days=500):%d-%m-%Y}", f"{today - timedelta(days=300):%d-%m-%Y}"
    return (
        DemoRow(
            _printed(SHOWN), "Nasreen Zarvand", "Sehrtara Overseas Employment Promoters", "Active", later,
            "Office No. 7, Mall Road, Lahore", "",
        ),
        DemoRow(
            _printed(Licence(TWO_REGIONS, "LHR")), "Khalid Mehrkash", "Chiragh Travels", "Active", later,
            "Office No. 21, Circular Road, Lahore", "",
        ),
        DemoRow(
            _printed(Licence(TWO_REGIONS, "MLK")), "Tariq Gulnama", "Parwaz Manpower", "Expired", past,
            "Office No. 3, Main Bazar, Malakand", "",
        ),
    )  # fmt: skip


def _printed(licence: Licence) -> str:
    """With the bureau's loose blanks."""
    return f"{licence.serial:04d}  / {licence.region}"


def _licence(row: DemoRow) -> Licence:
    serial, region = row.licence.split("/")
    return Licence(int(serial), region.strip())


def _is_later(expiry: str, today: date) -> bool:
    day, month, year = map(int, expiry.split("-"))
    return date(year, month, day) > today
