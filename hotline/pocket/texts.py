"""Texts in both directions: a handset writes to the hotline, the hotline writes to a handset, and receipts go back."""

from __future__ import annotations

import re
import threading
import time

from hotline.frozen import frozen
from hotline.pocket.account import API_VERSION, geography, new_sid
from hotline.pocket.desk import Desk, Refusal
from hotline.pocket.ledger import What
from hotline.pocket.messages import Messages, Text
from hotline.pocket.twiml import Message
from hotline.pocket.webhooks import Question
from hotline.pocket.wire import Answer
from hotline.text.parts import count

MAX_BODY = 1600
QUEUE_SECONDS = 36_000
SWITCHED_OFF, EXPIRED = 30003, 30036
NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")


@frozen
class Order:
    """What a customer asks to be sent, and for how many seconds it may wait in the queue."""

    to: str
    sender: str
    body: str
    callback: str = ""
    valid: int = QUEUE_SECONDS


@frozen
class Exchange:
    """A text from a handset and what came of it. `trouble` is Twilio's error number if the hotline did not answer."""

    sid: str
    replies: tuple[Text, ...]
    trouble: int = 0
    fell_back: bool = False


class Texts:
    """The SMS side of the carrier."""

    def __init__(self, desk: Desk) -> None:
        """Starts with no text and every handset switched on."""
        self.kept = Messages()
        self._desk = desk
        self._blocked: set[str] = set()
        self._off: dict[str, int] = {}
        self._pace = threading.Lock()
        self._free_at = 0.0

    def write(self, handset: str, body: str, to: str = "") -> Exchange:
        """A handset sends a text; its replies are in the inbox when this returns."""
        desk = self._desk
        body = body.encode("utf-8", "replace").decode()
        text = self._keep("inbound", Order(to or desk.account.number, handset, body), "received")
        desk.ledger.write(What.TEXT, text.sid, handset, "received")
        question = Question(desk.account.webhook("sms"), text.sid, handset, self._form(text), key=text.sid)
        outcome = desk.webhooks.ask(question)
        replies = tuple(self._reply(text, verb) for verb in outcome.document.verbs if isinstance(verb, Message))
        return Exchange(text.sid, replies, outcome.trouble, outcome.fell_back)

    def replay(self, sid: str) -> Answer:
        """Post a handset's text again, byte for byte."""
        return self._desk.webhooks.replay(sid)

    def send(self, order: Order) -> Text:
        """Take a customer's order and send it on in the background. Raises Refusal, and then nothing was taken."""
        self._check(order)
        text = self._keep("outbound-api", order, "queued")
        self._desk.ledger.write(What.ACCEPTED, text.sid, text.to, order.callback)
        self._desk.later.work(lambda: self._journey(text), self._slot(text.length.parts))
        return text

    def block(self, number: str) -> None:
        """The number opted out at the carrier: sends are refused with 21610."""
        self._blocked.add(number)

    def switch_off(self, number: str, error: int = SWITCHED_OFF) -> None:
        """From now on texts to this handset end `undelivered` with `error`."""
        self._off[number] = error

    def _check(self, order: Order) -> None:
        if not order.to:
            raise Refusal(400, 21604, "A 'To' phone number is required.")
        if not NUMBER.fullmatch(order.to):
            raise Refusal(400, 21211, f"Invalid 'To' Phone Number: {order.to}")
        if not order.sender:
            raise Refusal(400, 21603, "A 'From' phone number is required.")
        if not order.body.strip():
            raise Refusal(400, 21602, "Message body is required.")
        if len(order.body) > MAX_BODY:
            raise Refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        if not 1 <= order.valid <= QUEUE_SECONDS:
            raise Refusal(400, 20001, "ValidityPeriod must be from 1 to 36000 seconds")
        if order.to in self._blocked:
            raise Refusal(400, 21610, "Attempt to send to unsubscribed recipient")
        if self._free_at - time.monotonic() > QUEUE_SECONDS:
            raise Refusal(429, 21611, "This 'From' number has exceeded the maximum number of queued messages")

    def _keep(self, direction: str, order: Order, status: str) -> Text:
        now = self._desk.now()
        sent = now if status == "received" else None
        sid, length, kept = new_sid("SM"), count(order.body), self._desk.clock()
        return self.kept.add(
            Text(
                sid=sid, place=0, direction=direction, sender=order.sender, to=order.to, body=order.body, length=length,
                status=status, created=now, updated=now, kept=kept, sent=sent, callback=order.callback,
                valid=order.valid,
            )
        )  # fmt: skip

    def _form(self, text: Text) -> dict[str, str]:
        return {
            **geography("To", text.to), **geography("From", text.sender),
            "SmsMessageSid": text.sid, "SmsSid": text.sid, "MessageSid": text.sid, "AccountSid": self._desk.account.sid,
            "From": text.sender, "To": text.to, "Body": text.body, "NumMedia": "0",
            "NumSegments": str(text.length.parts), "SmsStatus": "received", "ReferralNumMedia": "0",
            "ApiVersion": API_VERSION,
        }  # fmt: skip

    def _reply(self, text: Text, verb: Message) -> Text:
        order = Order(verb.to or text.sender, text.to, verb.body, verb.callback)
        reply = self._keep("outbound-reply", order, "queued")
        if order.callback:
            self._desk.later.work(lambda: self._tell(reply, ("sent", "delivered")))
        return self._advance(reply, "delivered")

    def _slot(self, parts: int) -> float:
        """Seconds until the line is free for this text: parts per second, one after another."""
        if not self._desk.account.mps:
            return 0.0
        with self._pace:
            now = time.monotonic()
            starts = max(now, self._free_at)
            self._free_at = starts + parts / self._desk.account.mps
            return starts - now

    def _journey(self, text: Text) -> None:
        if (self._desk.now() - text.created).total_seconds() > text.valid:
            self._tell(self._advance(text, "failed", EXPIRED), ("failed",))
            return
        error = self._off.get(text.to, 0)
        last = "undelivered" if error else "delivered"
        for status in ("sending", "sent", last):
            text = self._advance(text, status, error if status == last else 0)
        self._tell(text, tuple(last if status == "delivered" else status for status in self._desk.account.receipts))

    def _advance(self, text: Text, status: str, error: int = 0) -> Text:
        moved = self.kept.move(text.sid, status, self._desk.now(), error)
        if status == "delivered":
            self.kept.land(text.sid)
            self._desk.ledger.write(What.LANDED, text.sid, moved.to, f"{moved.length.alphabet} {moved.length.parts}")
        self._desk.ledger.write(What.STATUS, text.sid, moved.to, status)
        return moved

    def _tell(self, text: Text, statuses: tuple[str, ...]) -> None:
        if not text.callback:
            return
        for status, arrives in self._desk.faults.receipts(statuses):
            if arrives:
                self._desk.webhooks.tell(text.callback, text.sid, text.to, self._receipt(text, status))
            else:
                self._desk.ledger.write(What.RECEIPT_LOST, text.sid, text.to, status)

    def _receipt(self, text: Text, status: str) -> dict[str, str]:
        fields = {
            "SmsSid": text.sid, "SmsStatus": status, "MessageStatus": status, "MessageSid": text.sid, "To": text.to,
            "From": text.sender, "AccountSid": self._desk.account.sid, "ApiVersion": API_VERSION,
        }  # fmt: skip
        if status in {"undelivered", "failed"}:
            fields["ErrorCode"] = str(text.error)
        if status in {"delivered", "undelivered"}:
            fields["RawDlrDoneDate"] = f"{self._desk.now():%y%m%d%H%M}"
        return fields
