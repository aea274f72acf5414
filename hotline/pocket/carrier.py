"""The carrier in the pocket: handsets on one side, the hotline on the other, every event written down."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

from hotline.pocket.account import Account, Clock, Hooks, utc_now
from hotline.pocket.calls import ENDED, Call
from hotline.pocket.desk import Desk, Refusal
from hotline.pocket.faults import Faults
from hotline.pocket.later import Later
from hotline.pocket.ledger import Ledger, What
from hotline.pocket.messages import Text
from hotline.pocket.rings import Ring
from hotline.pocket.texts import NUMBER, Exchange, Order, Texts
from hotline.pocket.webhooks import Webhooks
from hotline.pocket.wire import Answer


class Carrier:
    """Twilio's side of the wire for one account. Safe to share between threads; `close` ends its own."""

    def __init__(
        self, account: Account, clock: Clock = utc_now, faults: Faults | None = None, hooks: Hooks | None = None
    ) -> None:
        """`clock` gives the real time; `move_clock` adds an offset for stamps, never for waiting."""
        self.account, self.faults, self.hooks = account, faults or Faults(), hooks or Hooks()
        self.closing = threading.Event()
        self.offset = timedelta(0)
        self.ledger = Ledger(self.now)
        self._clock, self._later = clock, Later()
        webhooks = Webhooks(account, self.ledger, self.faults)
        self._desk = Desk(account, self.ledger, webhooks, self._later, self.faults, self.hooks, clock, self.now)
        self.texts = Texts(self._desk)
        self._lock = threading.Lock()
        self._calls: dict[str, Call] = {}
        self._of_handset: defaultdict[str, list[Call]] = defaultdict(list)

    # --- a handset ------------------------------------------------------------------------------------------------

    def text(self, handset: str, body: str, to: str = "") -> Exchange:
        """Send an SMS to the hotline; when this returns its replies are in the inbox."""
        return self.texts.write(handset, body, to)

    def inbox(self, handset: str) -> tuple[Text, ...]:
        """What a handset received, oldest first."""
        return tuple(text for text in self.texts.kept.conversation(handset) if text.direction != "inbound")

    def conversation(self, handset: str, limit: int = 0) -> tuple[Text, ...]:
        """What a handset wrote and received, oldest first; the last `limit` where it is not 0."""
        return self.texts.kept.conversation(handset, limit)

    def call(self, handset: str, to: str = "", *, live: bool = False) -> Call:
        """Ring the hotline. Unless `live`, every sound is heard at once; else somebody says when it has ended."""
        account = self.account
        ring = Ring(
            handset,
            to or account.number,
            url=account.webhook("voice"),
            callback=account.webhook("status/call"),
            live=live,
        )
        return self._place(ring)

    def missed_call(self, handset: str, to: str = "") -> Call:
        """Ring once and hang up, which costs the person nothing where the hotline does not answer."""
        call = self.call(handset, to, live=True)
        call.hang_up()
        return call

    def calls_of(self, handset: str) -> tuple[Call, ...]:
        """The calls from and to a handset, oldest first."""
        with self._lock:
            return tuple(self._of_handset.get(handset, ()))

    def replay(self, key: str) -> Answer:
        """Post an earlier webhook again, byte for byte. `key`: a message's sid, or `sid:step` of a call, from 1."""
        return self._desk.webhooks.replay(key)

    # --- the hotline, as a customer --------------------------------------------------------------------------------

    def send(self, order: Order) -> Text:
        """Take an order for an SMS. Raises Refusal."""
        return self.texts.send(order)

    def ring(self, ring: Ring) -> Call:
        """Ring a handset for the customer. Raises Refusal."""
        if not NUMBER.fullmatch(ring.handset):
            raise Refusal(400, 21211, f"Invalid 'To' Phone Number: {ring.handset}")
        if not ring.number:
            raise Refusal(400, 21213, "A 'From' phone number is required.")
        if not ring.url and ring.document is None:
            raise Refusal(400, 21205, "A 'Url' or 'Twiml' parameter is required.")
        return self._place(replace(ring, direction="outbound-api"))

    def change(self, call: Call, *, status: str = "", url: str = "", method: str = "POST") -> None:
        """End a call or send it to another document, in the background: the hotline may ask for it inside a webhook."""
        if status:
            self._later.work(lambda: call.end(status))
        elif url:
            self._later.work(lambda: call.go_to(url, method))

    def find_call(self, sid: str) -> Call | None:
        """A call by its sid."""
        with self._lock:
            return self._calls.get(sid)

    def all_calls(self) -> tuple[Call, ...]:
        """Every call, newest first."""
        with self._lock:
            return tuple(reversed(self._calls.values()))

    # --- time ------------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The time on the carrier's clock, moved or not."""
        return self._clock() + self.offset

    def kept_before(self, lag: float) -> datetime:
        """By the unmoved clock: what was accepted after this is not yet in a list that lags `lag` seconds."""
        return self._clock() - timedelta(seconds=lag)

    def move_clock(self, offset: timedelta) -> None:
        """Set how far the clock is from the real time, here and at the hotline."""
        self.offset = offset
        self.hooks.set_clock(offset)

    def tick(self) -> None:
        """Let every open call do what is due by the clock; needed only where the clock is not the real one."""
        for call in self.all_calls():
            if call.status not in ENDED:
                call.tick()

    def settle(self, seconds: float = 30.0) -> bool:
        """Wait until all sending and all receipts are done; False if that took longer."""
        return self._later.settle(seconds)

    def close(self) -> None:
        """End the carrier's own threads; what they had still to do is dropped."""
        self.closing.set()
        self._later.close()

    def _place(self, ring: Ring) -> Call:
        call = Call(self._desk, ring)
        with self._lock:
            self._calls[call.sid] = call
            self._of_handset[ring.handset].append(call)
        self.ledger.write(What.CALL, call.sid, ring.handset, ring.direction)
        call.connect()
        return call
