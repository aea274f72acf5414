"""An answer that a caller heard, sent to their own number as SMS: whether that may be, and why not."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from hotline.domain.claiming import ANSWER, Limits, Wanted, rule
from hotline.domain.delivery import Priority, QueueText, Reason
from hotline.domain.keeping import bound
from hotline.flow.model import Shape
from hotline.flow.turn import Found, Written
from hotline.frozen import frozen
from hotline.sealing import Vault
from hotline.service.ports.base import Answer, Asker, Ports
from hotline.service.whereabouts import locals_of
from hotline.settings import Settings
from hotline.store import writing
from hotline.store.database import Database
from hotline.store.writing import Asking
from hotline.text.phone import is_mobile
from hotline.text.values import Kind

DAY = timedelta(hours=24)
"""How long the SMS may take: hours that somebody chose come round within it."""
_REFUSED = {
    Reason.STOPPED: "quiet",
    Reason.HIDDEN: "quiet",
    Reason.VOICE_ONLY: "quiet",
    Reason.BAD_NUMBER: "no_mobile",
}
"""Why a claim would not send it, as the caller is told: whoever holds the telephone does not learn which was asked."""
SHAPES = {
    "send_written": Shape(
        {
            "sent": frozenset(),
            "later": frozenset({"window.from"}),
            "no_number": frozenset(),
            "no_mobile": frozenset(),
            "quiet": frozenset(),
            "shared": frozenset(),
            "enough": frozenset(),
            "not_now": frozenset(),
        },
        {"window.from": Kind.TIME},
        effect=True,
    )
}


@frozen
class SendWritten:
    """Queue what was heard, once a call. What the claim would refuse is refused now, in the caller's ear.

    `asking(indexes, since)` is who asks; `sender(centre)` the number the SMS comes from, "" where the centre has none.
    """

    vault: Vault
    asking: Callable[[Sequence[bytes], datetime], Asking | None]
    sender: Callable[[str], str]
    limits: Limits
    a_day: int

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        if not asker.number:
            return Answer(Found("no_number"))
        if not is_mobile(asker.number):
            return Answer(Found("no_mobile"))
        found = self.asking(asker.indexes, asker.now - DAY)
        if found is None or asker.heard is None or not self.sender(asker.centre):
            return Answer(Found("not_now"))
        ruling = rule(Wanted(Priority.REPLY, ANSWER, 0, asker.now + DAY), found.reader, self.limits, asker.now)
        if ruling.reason and ruling.until is None:
            return Answer(Found(_REFUSED.get(ruling.reason, "not_now")))
        if found.shared and asker.sensitive:
            return Answer(Found("shared"))
        if found.had >= self.a_day:
            return Answer(Found("enough"))
        effects = (self._queued(asker, asker.heard),)
        if not ruling.reason or ruling.until is None or found.reader.local is None:
            return Answer(Found("sent"), effects)
        return Answer(
            Found("later", {"window.from": f"{ruling.until.astimezone(found.reader.local.zone):%H:%M}"}), effects
        )

    def _queued(self, asker: Asker, heard: Written) -> QueueText:
        own_id = uuid.uuid5(uuid.NAMESPACE_OID, f"{asker.turn}|written").hex
        return QueueText(
            id=own_id,
            part_of=f"written:{self.vault.index('written', f'{asker.thread}|{heard.text}').hex()}",
            number_index=asker.index,
            priority=Priority.REPLY,
            locale=asker.locale,
            sender=self.sender(asker.centre),
            text_sealed=self.vault.seal("delivery", heard.text.encode(), bound("deliveries", "text", own_id)),
            parts=heard.parts,
            due_at=asker.now,
            deadline_at=asker.now + DAY,
            topic=ANSWER,
        )


def writing_ports(settings: Settings, database: Database, vault: Vault) -> Ports:
    """The port of this module, by name."""
    places = locals_of(settings)

    def asking(indexes: Sequence[bytes], since: datetime) -> Asking | None:
        return writing.asking(database, indexes, places, since)

    def sender(centre: str) -> str:
        return settings.districts[centre].sender

    limits = Limits(settings.pushing.weekly_cap, settings.sending.attempts)
    return {"send_written": SendWritten(vault, asking, sender, limits, settings.answers_a_day)}
