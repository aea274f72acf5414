"""What people sent while no webhook reached us: the provider knows it, and each text is answered like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from hotline.channels.base import Inbound
from hotline.frozen import frozen
from hotline.service.late import TOO_LATE
from hotline.service.meeting import who_is
from hotline.service.needs import Needs
from hotline.store import missed
from hotline.store.database import Database

OVERLAP = timedelta(hours=1)
"""How far before the last time we look again: the provider's list may be behind, and clocks differ."""
GRACE = timedelta(seconds=20)
"""A text younger than this may still come, or be under way in a webhook."""


class Provider(Protocol):
    """The channel, as far as it can be asked."""

    provider: str

    def numbers(self) -> Sequence[str]:
        """The numbers whose texts the provider brings to us. Raises SendError."""

    def received(self, number: str, since: datetime) -> Sequence[Inbound]:
        """Every text sent to a number of ours since a moment, with `sent`. Raises SendError."""


@frozen
class CatchUp:
    """Finds what was missed. `spooled` is how many events wait on this machine's disk."""

    needs: Needs
    database: Database
    provider: Provider
    spooled: Callable[[], int]

    def unheard(self, now: datetime) -> Iterator[Inbound]:
        """Every text that was never kept, oldest first. Who asks for one has kept the one before.

        Only when all were taken is the provider not asked for them again. Raises SendError when it cannot be asked,
        and StoreDown.
        """
        if self.spooled():
            # These were answered, and the database does not know it yet.
            return
        asked = missed.asked_until(self.database) or now
        since = min(asked, now) - OVERLAP
        districts = self.needs.settings.districts.values()
        named = [number for district in districts for number in district.numbers]
        # Whatever number of ours a text is for, its webhook is answered: so one no district names is missed as well.
        numbers = dict.fromkeys((*named, *self.provider.numbers()))
        found = [text for number in numbers for text in self.provider.received(number, since)]
        left = missed.unknown(self.database, self.provider.provider, {text.id for text in found})
        texts = sorted(
            ((text.sent, text) for text in found if text.id in left and text.sent and text.sent <= now - GRACE),
            key=lambda one: (one[0], one[1].id),
        )
        threads = {text.id: who_is(self.needs, text).threads for _, text in texts}
        heard = missed.last_heard(self.database, {one for mine in threads.values() for one in mine})
        for sent, text in texts:
            later = max((heard[one] for one in threads[text.id] if one in heard), default=None)
            # What was said since is another conversation: "1" there could answer another question.
            yield replace(text, apart=now - sent > TOO_LATE or (later is not None and later > sent))
        missed.ask_from(self.database, now)
