"""Who is speaking, and where their conversation stood: from memory, else from the database, else anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hotline.channels.base import Inbound
from hotline.domain.keeping import KeptSession, bound
from hotline.errors import SealBroken, StoreDown
from hotline.flow.model import SOURCE, Ask, Channel, Pick
from hotline.flow.save import restore
from hotline.flow.turn import Said, Session, Started
from hotline.flow.understand import understand
from hotline.memory.turns import Arrival, Opened
from hotline.service.needs import Moment, Needs, Who
from hotline.service.ports.base import Asker
from hotline.text.phone import is_person
from hotline.text.tongue import guess


def who_is(needs: Needs, inbound: Inbound) -> Who:
    """The person behind an event, and the centre it was meant for."""
    number = inbound.sender if is_person(inbound.sender) and not inbound.withheld else ""
    ours = bool(inbound.sender) and (inbound.sender == inbound.to or needs.settings.is_own(inbound.sender))
    # A word or short code cannot be written to, and answering ourselves would never end.
    mute = inbound.channel is Channel.SMS and (ours or (not number and inbound.thread == inbound.sender))
    return Who(
        number=number,
        indexes=needs.vault.indexes("number", number or f"nobody|{inbound.thread}"),
        threads=needs.vault.indexes("thread", f"{inbound.channel}|{inbound.thread}"),
        district=needs.settings.district_of(inbound.to),
        mute=mute,
    )


def arrival(inbound: Inbound, who: Who) -> Arrival:
    """The event as memory knows it. Only texts are counted: a caller may press as many keys as the menus ask for."""
    counted = inbound.channel is Channel.SMS and bool(who.number) and not who.mute
    return Arrival(inbound.provider, inbound.id, who.threads, inbound.channel, counted)


def meet(needs: Needs, moment: Moment, opened: Opened) -> tuple[Asker, Session]:
    """The conversation as it stood, and for whom ports work."""
    session = None if moment.inbound.apart else _restored(needs, opened.session)
    # A call under way has a session; that memory has none means that memory lost it.
    if session is None and (opened.down or moment.inbound.step) and not moment.inbound.apart:
        session = _from_store(needs, moment)
    if session is None:
        session = new_session(needs, moment)
    if session.step < moment.inbound.step:
        # The step in the address is the caller's: what we remember may be older.
        session = replace(session, step=moment.inbound.step)
    return asker_of(needs, moment, session), session


def asker_of(needs: Needs, moment: Moment, session: Session) -> Asker:
    """For whom ports work in this turn."""
    inbound, who = moment.inbound, moment.who
    return Asker(
        number=who.number,
        index=who.indexes[0],
        locale=session.locale,
        channel=inbound.channel,
        centre=who.district.key,
        turn=f"{inbound.provider}|{inbound.id}",
        now=moment.now.astimezone(needs.settings.zone),
        older=who.indexes[1:],
        thread=inbound.thread,
        reachable=needs.settings.country_of(who.number) is not None,
    )


def new_session(needs: Needs, moment: Moment) -> Session:
    """A conversation that begins: in the person's language, or the one we guess."""
    inbound, who = moment.inbound, moment.who
    try:
        person = needs.store.person(who.indexes) if who.number else None
        if person is not None and isinstance(inbound.event, Started):
            cut_off = _cut_off(needs, moment)
            if cut_off is not None:
                return cut_off
    except StoreDown:
        person = None
    if person is not None:
        # A guess from a text is no choice: who first rings is still asked which language they want to hear.
        known = person.chosen or inbound.channel is Channel.SMS
        return Session(person.locale, inbound.channel, offered=True, known=known)
    guessed = _guessed(needs, inbound.event.text) if isinstance(inbound.event, Said) else ""
    return Session(guessed or who.district.languages[0], inbound.channel)


def _guessed(needs: Needs, text: str) -> str:
    """The language of a first text: from its letters and telling words, and from whose word it is understood by."""
    guessed = guess(text)
    heard = understand(needs.book.vocabulary, text)
    word = heard.word
    if word and word.locale == SOURCE and heard.place == "alone":
        # Our English texts print it: small words of Roman Urdu are spelled alike (menu).
        return SOURCE
    if word and (guessed, word.locale) in (("en", "ur_Latn"), ("ur", "pa_Arab")):
        return word.locale
    return guessed


def _cut_off(needs: Needs, moment: Moment) -> Session | None:
    """The caller's last conversation, if it ended in the middle of a public question a short while ago."""
    since = moment.now - timedelta(minutes=needs.settings.continue_minutes)
    session = _opened(needs, needs.store.cut_off(moment.who.indexes, since))
    if session is None or not can_go_on(needs, session):
        return None
    return replace(session, detour=(session.at,), at="", step=0, misses=0, silences=0)


def can_go_on(needs: Needs, session: Session) -> bool:
    """Whether a call cut off here is worth going on with: something was being answered, and nothing private."""
    step = needs.book.steps.get(session.at)
    return session.known and (isinstance(step, Pick) or (isinstance(step, Ask) and not step.private))


def _from_store(needs: Needs, moment: Moment) -> Session | None:
    try:
        return _opened(needs, needs.store.last_session(moment.who.threads, moment.now))
    except StoreDown:
        return None


def _opened(needs: Needs, kept: KeptSession | None) -> Session | None:
    if kept is None:
        return None
    try:
        place = bound("inbound", "session", kept.provider, kept.external_id)
        return _restored(needs, needs.vault.open("session", kept.sealed, place))
    except SealBroken:
        return None


def _restored(needs: Needs, data: bytes | None) -> Session | None:
    """A stored session; None when there is none; at no step when it stands where this version has none."""
    if data is None:
        return None
    try:
        session = restore(data)
    except ValueError:
        return None
    if session.at and session.at not in needs.book.steps:
        return replace(session, at="", back=(), detour=(), rows=(), guesses=())
    return session
