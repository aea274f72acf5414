"""The only conversation loop in the program: an event in, the provider's answer out, and all of it kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hotline.channels.base import Inbound, Spoken, Written
from hotline.domain.keeping import Earlier, Effect, Erase, Kept, bound, wishes
from hotline.errors import StoreDown
from hotline.flow.model import Channel
from hotline.flow.render import spoken, written
from hotline.flow.turn import HungUp, Line, Said, Session, Turn
from hotline.memory.limits import Verdict
from hotline.memory.turns import Done, Opened
from hotline.service.erase import JOB as ERASE
from hotline.service.late import late
from hotline.service.meeting import arrival, asker_of, meet, new_session, who_is
from hotline.service.needs import Answers, Moment, Needs
from hotline.service.ports.base import Asker
from hotline.service.ports.person import open_case
from hotline.service.records import Outcome, event_of, met, not_understood, said, session_to_keep, text_of
from hotline.service.talk import talk
from hotline.service.words import only

_NOTICES = {Verdict.LOOP: "loop", Verdict.FLOOD: "busy"}


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
        verdict = opened.verdict_on(text_of(moment)) if turn.moved else opened.verdict
        confirmed = moment.inbound.opt_out is not None
        if moment.who.mute or verdict is not Verdict.OK or confirmed:
            turn = replace(turn, session=before, moved=False)
            if moment.who.mute:
                effects = ()
            elif verdict is not Verdict.OK:
                # The conversation stays where it was: what nobody is told of must not be done, but a STOP and its kin.
                effects = wishes(effects)
            reply = Written("") if confirmed else self._quietly(moment, verdict, before)
        else:
            effects += not_understood(needs, moment, before, turn, asker)
            reply = self._reply(turn)
        sent = reply.text if isinstance(reply, Written) else ""
        if moment.inbound.sent:
            effects, reply = late(needs, moment, turn, sent, effects), Written("")
        # A text apart from the conversation leaves that where it is.
        body = channel.answer(reply)
        session = opened.session if moment.inbound.apart else session_to_keep(needs, moment, turn)
        earlier = self._keep(event_of(needs, moment, Outcome(before, turn, body, session, effects)), moment)
        if earlier is not None:
            # What is remembered belongs to a later event: this one has left its mark already.
            needs.memory.abandon(opened)
            return self._earlier_body(moment.inbound, earlier, channel)
        live = None if isinstance(moment.inbound.event, HungUp) else session
        needs.memory.close(opened, Done(body, live, text_of(moment), sent, turn.moved))
        if any(isinstance(effect, Erase) for effect in effects):
            needs.ring(ERASE)
        return body

    def apologise(self, channel: Answers, inbound: Inbound, now: datetime) -> bytes:
        """The answer when our own code failed: one sentence, the event kept as well as can be, a counsellor told.

        Raises StoreDown as `answer` does: what is kept nowhere must not be promised.
        """
        needs = self.needs
        moment = Moment(inbound, who_is(needs, inbound), now)
        before = new_session(needs, moment)
        turn, effects = self._sorry(moment, before, asker_of(needs, moment, before))
        reply = Written("") if moment.who.mute else self._reply(turn)
        if moment.inbound.sent and isinstance(reply, Written):
            effects, reply = late(needs, moment, turn, reply.text, effects), Written("")
        body = channel.answer(reply)
        self._keep(event_of(needs, moment, Outcome(before, turn, body, None, effects)), moment)
        return body

    def _turn(self, moment: Moment, before: Session, asker: Asker) -> tuple[Turn, tuple[Effect, ...]]:
        """The turn and its effects; when the database is down, an apology in the person's language."""
        needs, opt_out = self.needs, moment.inbound.opt_out
        event = Said(opt_out.value) if opt_out else moment.inbound.event
        try:
            turn, effects = talk(needs.book, needs.ports, before, event, asker)
        except StoreDown:
            needs.count("store_down")
            return self._sorry(moment, before, asker)
        return turn, met(needs, moment, before, turn.session) + effects

    def _sorry(self, moment: Moment, before: Session, asker: Asker) -> tuple[Turn, tuple[Effect, ...]]:
        """An apology that keeps what it promises: a case, so that a counsellor looks at the message or calls back."""
        needs = self.needs
        apology = "sorry" if before.channel is Channel.SMS else "sorry_call"
        turn = Turn(before, (Line(needs.book.always.texts[apology], {}),), moved=False)
        if not moment.who.number or moment.who.mute or isinstance(moment.inbound.event, HungUp):
            return turn, ()
        hours = needs.settings.districts[asker.centre].desk.call_back_hours
        case = open_case(needs.vault, asker, said(needs, moment, before), hours)
        # One a day: whoever tries again while it is broken waits for the same call.
        once = needs.vault.index("sorry", f"{asker.now.date()}|{moment.who.number}").hex()
        return turn, (replace(case, once=f"sorry:{once}"),)

    def _reply(self, turn: Turn) -> Written | Spoken:
        book = self.needs.book
        return written(book, turn) if turn.session.channel is Channel.SMS else spoken(book, turn)

    def _quietly(self, moment: Moment, verdict: Verdict, before: Session) -> Written | Spoken:
        """One notice to who sends too much or in a loop, then nothing; nothing to a sender that is no person."""
        self.needs.count("quiet", verdict.name.lower())
        notice = _NOTICES.get(verdict)
        if notice is None or moment.who.mute:
            return Written("")
        return only(self.needs.book, notice, before.locale, before.channel)

    def _keep(self, kept: Kept, moment: Moment) -> Earlier | None:
        try:
            return self.needs.store.keep(kept)
        except StoreDown:
            self.needs.count("store_down")
            if moment.inbound.sent:
                # The provider still has it. A worker's disk may be one that nobody empties.
                raise
            self.needs.store.spool(kept)
            return None

    def _earlier_body(self, inbound: Inbound, earlier: Earlier, channel: Answers) -> bytes:
        """The answer given before; once its keeping time is over, the answer that says nothing."""
        if earlier.reply is None:
            return channel.answer(Written(""))
        place = bound("inbound", "reply", inbound.provider, earlier.external_id)
        return self.needs.vault.open("reply", earlier.reply, place)
