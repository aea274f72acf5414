"""Whether what a machine drafted about a licence is still what the list in force says."""

from __future__ import annotations

from datetime import datetime

from hotline.domain.agency import Licence
from hotline.domain.alarm import News, holds, standing, state_of
from hotline.domain.broadcast import EDITABLE, Broadcast, Draft, Stage, moved
from hotline.errors import Refused
from hotline.service.dry_run import Reach
from hotline.store import agencies, broadcasts


def check_news(reach: Reach, seen: Broadcast, now: datetime) -> None:
    """Raises Refused where the register says otherwise by now; what was not sent yet is then withdrawn."""
    why = why_untrue(reach, seen.draft, now)
    if not why:
        return
    with broadcasts.held(reach.database, seen.id) as held:
        if held.broadcast.stage in EDITABLE:
            held.save(moved(held.broadcast, Stage.CANCELLED, now, why))
            why = f"withdrawn: {why}"
    raise Refused(why)


def why_untrue(reach: Reach, draft: Draft, now: datetime) -> str:
    """Why it may not be said any more; "" where it may, or where the register was not its cause. Raises StoreDown."""
    said = draft.news.partition("@")[0].partition(":")[0]
    if said not in set(News) or not draft.licence:
        return ""
    licence = Licence.parse(draft.licence)
    found = agencies.lookup(reach.database, licence.serial, licence.region)
    agency = next(iter(found.agencies), None)
    today = now.astimezone(reach.settings.zone).date()
    if holds(News(said), standing(agency, today)):
        return ""
    listed = f"the list of {found.list.date}" if found.list else "no list"
    if agency is None:
        return f"it says that {licence} is {said}, and {listed} does not have it"
    state = state_of(agency, today) or agency.status or "unreadable"
    until = agency.expiry or "a day nobody can read"
    return f"it says that {licence} is {said}, and by {listed} it is {state}, until {until}"
