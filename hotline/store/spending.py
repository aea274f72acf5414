"""What a centre's messages cost a day; past its cap nothing more leaves from its numbers until the next day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from hotline.frozen import frozen
from hotline.store import breakers
from hotline.store.database import Database
from hotline.store.reach import spending

_KEY = ["centre", "day"]


@frozen
class Spent:
    """Messages of one centre that the provider took, or may have, on a local `day` that ends at `until`.

    `cap` is in rupees, for the whole day; 0 is none. `senders` are all numbers of the centre.
    """

    centre: str
    senders: tuple[str, ...]
    day: date
    until: datetime
    cap: int
    parts: int
    rupees: float


def _more(insert: postgresql.Insert | sqlite.Insert) -> postgresql.Insert | sqlite.Insert:
    sums = {name: spending.c[name] + insert.excluded[name] for name in ("parts", "paisa")}
    return insert.on_conflict_do_update(index_elements=_KEY, set_=sums)


_SPEND = {
    "sqlite": _more(sqlite.insert(spending)).returning(spending.c.paisa),
    "postgresql": _more(postgresql.insert(spending)).returning(spending.c.paisa),
}


def spend(connection: Connection, spent: Spent, now: datetime) -> bool:
    """Add to what the day has cost; whether the centre rests from now on, because its cap is reached."""
    paisa = round(spent.rupees * 100)
    row = {"centre": spent.centre, "day": spent.day, "parts": spent.parts, "paisa": paisa}
    whole: int = connection.execute(_SPEND[connection.dialect.name], row).scalar_one()
    if not spent.cap or whole < spent.cap * 100:
        return False
    why = f"{whole // 100:,} rupees are spent today, the cap of {spent.centre} is {spent.cap:,}"
    for sender in spent.senders:
        breakers.out_of_money(connection, breakers.Breaker(sender, now, spent.until, why))
    return True


def of_day(database: Database, day: date) -> Mapping[str, float]:
    """Rupees by centre."""
    wanted = select(spending.c.centre, spending.c.paisa).where(spending.c.day == day)
    with database.reading() as connection:
        return {row.centre: row.paisa / 100 for row in connection.execute(wanted)}
