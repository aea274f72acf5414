"""The only conversation loop in the program: an event in, the provider's answer out, and all of it kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hotline.channels.base import Inbound, Spoken, Written
from hotline.domain.keeping import Earlier, Effect, Kept, bound
from hotline.errors import StoreDown
from hotline.flow.model import Channel, HungUp, Line, Session, Turn
from hotline.flow.render import spoken, written
from hotline.flow.save import dump
from hotline.memory.limits import Verdict
from hotline.memory.turns import Done, Opened
from hotline.service.meeting import arrival, meet, who_is
from hotline.service.needs import Answers, Moment, Needs
from hotline.service.ports.base import Asker
from hotline.service.records import event_of, met, not_understood, session_to_keep, text_of
from hotline.service.talk import talk
from hotline.service.words import only


class Converse:
    """Answers events. Threads may share it."""

    def __init__(self, needs: Needs) -> None:
        self.needs = needs

    def answer(self, channel: Answers, inbound: Inbound, now: datetime) -> bytes:
        """The body to answer with; the same body for the same event, always. `now` is aware, any zone.

        Raises StoreDown only when the event could be kept neither in the database nor on disk.
        """
        moment = Moment(inbound, who_is(self.needs, inbound), now)
        opened = self.needs.memory.open(arrival(inbound, moment.who))
        if opened.down:
            self.needs.count("memory_down")
        if opened.reply is not None:
            return opened.reply
        try:
            return self._new(channel, moment, opened)
        except BaseException:
            self.needs.memory.abandon(opened)
            raise

    def _new(self, channel: Answers, moment: Moment, opened: Opened) -> bytes:
        """Answer an event that was not answered before."""
        needs = self.needs
        asker, before = meet(needs, moment, opened)
        turn, effects = self._turn(moment, before, asker)
        reply: Written | Spoken
        if moment.who.mute or opened.verdict is not Verdict.OK:
            # What was asked for (STOP) is done and kept; the conversation stays where it was.
            turn = replace(turn, session=before, moved=False)
            reply = self._quietly(moment, opened.verdict, before)
        else:
            effects += not_understood(needs, moment, turn, asker)
            reply = written(needs.book, turn) if before.channel is Channel.SMS else spoken(needs.book, turn)
        body = channel.answer(reply)
        earlier = self._keep(event_of(needs, moment, turn, body, effects))
        session = None if isinstance(moment.inbound.event, HungUp) else session_to_keep(needs, moment, turn)
        if earlier is not None:
            body, session = self._earlier_body(moment.inbound, earlier, channel), dump(before)
        sent = reply.text if isinstance(reply, Written) else ""
        needs.memory.close(opened, Done(body, session, text_of(moment), sent, turn.moved))
        return body

    def _turn(self, moment: Moment, before: Session, asker: Asker) -> tuple[Turn, tuple[Effect, ...]]:
        """The turn and its effects; when the database is down, an apology in the person's language."""
        needs = self.needs
        try:
            turn, effects = talk(needs.book, needs.ports, before, moment.inbound.event, asker)
        except StoreDown:
            needs.count("store_down")
            apology = "sorry" if before.channel is Channel.SMS else "sorry_call"
            return Turn(before, (Line(needs.book.always.texts[apology], {}),), moved=False), ()
        return turn, met(needs, moment, before, turn.session) + effects

    def _quietly(self, moment: Moment, verdict: Verdict, before: Session) -> Written | Spoken:
        """One notice to who sends too much, then nothing; never anything to a sender that is no person."""
        self.needs.count("quiet", verdict.name.lower())
        if verdict is Verdict.NOTICE and not moment.who.mute:
            return only(self.needs.book, "busy", before.locale, before.channel)
        return Written("")

    def _keep(self, kept: Kept) -> Earlier | None:
        try:
            return self.needs.store.keep(kept)
        except StoreDown:
            self.needs.count("store_down")
            self.needs.store.spool(kept)
            return None

    def _earlier_body(self, inbound: Inbound, earlier: Earlier, channel: Answers) -> bytes:
        """The answer given before; once its keeping time is over, the answer that says nothing."""
        if earlier.reply is None:
            return channel.answer(Written(""))
        place = bound("inbound", "reply", inbound.provider, earlier.external_id)
        return self.needs.vault.open("reply", earlier.reply, place)
