"""The conversation: a session and what the person did, to a turn. It returns what should happen and does nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hotline.flow.answers import read_answer
from hotline.flow.book import Book
from hotline.flow.misses import asked_anew, miss, not_understood, would_lose
from hotline.flow.model import Ask, Channel, Pick, Record, Step
from hotline.flow.moves import (
    LONGEST_ANSWER,
    SKIP_KEY,
    act_on,
    chosen,
    chosen_in_words,
    go_back,
    keeps,
    lead_to,
    read_into,
    repeat,
    skip,
)
from hotline.flow.turn import (
    Call,
    Event,
    Found,
    HungUp,
    Keyed,
    Line,
    Said,
    Session,
    Silence,
    Started,
    Turn,
)
from hotline.flow.understand import Heard, understand
from hotline.flow.walk import Walk
from hotline.text import script
from hotline.text.reading import read_country

TELEPHONE = 10
"""Digits from which a keyed number is a telephone's or an identity card's: no digits we ask for are as many."""


def hear(book: Book, session: Session, event: Event, today: date) -> Turn:
    """The turn that follows an event. While the turn has a `call`, ask the port and go on with `found`."""
    walk = Walk(book, session)
    walk.session.step += 1
    match event:
        case Started():
            turn = walk.go(_beginning(book, session))
        case HungUp():
            turn = _hung_up(walk)
        case Silence():
            turn = _silent(walk)
        case Keyed(keys):
            turn = _keyed(walk, keys, today)
        case Said(text):
            turn = _said(walk, text, today)
    return with_languages(book, turn)


def found(book: Book, turn: Turn, answer: Found) -> Turn:
    """Go on with what a port answered."""
    call = turn.call
    if call is None:
        return turn
    step = book.steps[call.step]
    walk = Walk(book, turn.session, turn.lines)
    walk.flow = call.step.partition(".")[0]
    walk.session.facts = {**turn.session.facts, **answer.fields}
    if not book.private.isdisjoint(getattr(step, "by", ())):
        # A private answer is for the one port that takes it: left here, it would lie in every session after.
        walk.session.facts = {name: value for name, value in walk.session.facts.items() if name not in book.private}
    if answer.rows or not turn.session.detour:
        # A detour that finds nothing to pick must not take away what was being picked before it.
        walk.session.rows, walk.session.first_row = answer.rows, 0
    if not turn.session.detour:
        # What was found now may fill the holes of an earlier answer, which would then say what nobody heard.
        walk.session.written = ()
    if answer.locale:
        walk.change(locale=answer.locale, known=True, offered=True)
    branches = getattr(step, "branches", {})
    on = walk.go(branches[answer.outcome] if branches else getattr(step, "then", ""))
    if turn.missed or not turn.moved:
        on = replace(on, missed=turn.missed, moved=turn.moved)
    return with_languages(book, asked_anew(walk, turn.session, on))


# --- events ---


def _said(walk: Walk, text: str, today: date) -> Turn:
    heard = understand(walk.book.vocabulary, text)
    step = walk.step
    if walk.session.guesses:
        guesses = walk.session.guesses
        walk.change(guesses=())
        if heard.key.isdecimal() and 1 <= int(heard.key) <= len(guesses):
            return lead_to(walk, guesses[int(heard.key) - 1])
        if heard.key == walk.book.always.keys["person"]:
            return lead_to(walk, walk.book.always.person)
    if heard.courtesy:
        return _greeted(walk, heard)
    if isinstance(step, Ask | Record) and _is_answer(walk, step, heard):
        return _answer(walk, step, heard.text, today)
    if turn := _answer_within(walk, step, heard, today):
        return turn
    if heard.key and (turn := chosen(walk, heard.key)):
        return turn
    if heard.word and heard.word.then == "no" and (turn := skip(walk)):
        return turn
    if (turn := chosen_in_words(walk, heard.text)) or (turn := _told_at_length(walk, step, heard)):
        return turn
    # A word of what is not built yet would take a licence's number and lose it.
    if heard.word and not (heard.word.then == walk.book.always.person and heard.number_first):
        return _acted(walk, heard, today) or not_understood(walk, heard)
    if isinstance(step, Ask) and (turn := read_into(walk, step, heard.text, today)):
        return turn
    return _wordless(walk, heard, today)


def _told_at_length(walk: Walk, step: Step | None, heard: Heard) -> Turn | None:
    """A sentence where an answer is chosen: a word in it (`agent ne 4 lakh liye`) must not lead away from a report."""
    if walk.behind != walk.session.at or heard.place not in ("first", "within") or not would_lose(walk):
        return None
    first = heard.place == "first"
    if heard.word and heard.word.then.partition(".")[0] == walk.session.at.partition(".")[0]:
        return None
    if keeps(step) or (isinstance(step, Ask) and step.accept[walk.session.channel].reader == "amount"):
        return None if first and heard.rest[:1].isdecimal() else not_understood(walk, heard)
    return not_understood(walk, heard) if isinstance(step, Pick) and not (first and heard.is_short) else None


def _wordless(walk: Walk, heard: Heard, today: date) -> Turn:
    """A text without a word of ours, and no answer: its number is a code or a licence where nothing is lost by it."""
    if turn := _answer_behind(walk, heard, today):
        return turn
    # A number that cannot be what was asked for is no licence and no code: a PIN must not be looked up, and who slips
    # on a key must not lose what they have told.
    if not would_lose(walk):
        if code := _code_in(walk.book, heard):
            return lead_to(walk, walk.book.always.codes, code, today)
        if heard.looks_numbered:
            return lead_to(walk, walk.book.always.numbers, heard.text, today)
    return not_understood(walk, heard)


def _acted(walk: Walk, heard: Heard, today: date) -> Turn | None:
    """What the word in a message does; where it only stood within, the rest of the message may still be a name."""
    assert heard.word
    turn = act_on(walk, heard.word, heard.rest, today)
    if turn is None or heard.place != "within" or heard.rest:
        return turn
    return replace(
        turn, unread=(heard.text, f" {script.fold(heard.text)} ".replace(f" {heard.word.folded} ", " ").strip())
    )


def _keyed(walk: Walk, keys: str, today: date) -> Turn:
    step = walk.step
    if isinstance(step, Ask) and step.accept[Channel.VOICE].reader != "yesno":
        if keys == walk.book.always.keys["back"]:
            return go_back(walk)
        if keys == SKIP_KEY and (turn := skip(walk)):
            return turn
        if turn := read_into(walk, step, keys, today):
            return turn
        if len(keys) >= TELEPHONE and step.accept[Channel.VOICE].reader == "digits":
            walk.tell("telephone")
        return miss(walk, "not_read")
    if step is None:
        return walk.go(walk.book.always.main)
    return chosen(walk, keys[-1:]) or miss(walk, "wrong_key")


def _silent(walk: Walk) -> Turn:
    walk.change(silences=walk.session.silences + 1)
    if walk.session.silences >= walk.book.always.goodbye:
        return walk.finish()
    if walk.step is None:
        return walk.go(walk.book.always.main)
    return miss(walk, "silence")


def _beginning(book: Book, session: Session) -> str:
    """Where a call begins: at the languages, at the main menu, or where the last one was cut off."""
    if session.detour:
        return book.always.cut_off
    return book.always.main if session.known else book.always.voice


def _hung_up(walk: Walk) -> Turn:
    flow = walk.book.flows.get(walk.session.at.partition(".")[0])
    if flow is None or not flow.hangup:
        return walk.turn()
    return walk.turn(call=Call(walk.session.at, flow.hangup, (), effect=True))


def _is_answer(walk: Walk, step: Ask | Record, heard: Heard) -> bool:
    """Whether a text is the answer to an open question: it is, unless a word stands alone, or first with a number.

    Who is asked for a country and names one has answered, though its name is a word that leads elsewhere.
    """
    reader = step.accept[walk.session.channel].reader if isinstance(step, Ask) else "text"
    if reader == "country" and read_country(heard.text, walk.book.values.values()):
        return True
    if reader not in ("text", "country"):
        return False
    if heard.text in ("*", "#"):
        return False
    leaves = heard.place == "alone" or (heard.place == "first" and heard.readable_rest)
    return not (heard.word and leaves and heard.word.then not in ("yes", "no"))


def _answer_within(walk: Walk, step: Step | None, heard: Heard, today: date) -> Turn | None:
    """The day or sum that was asked for, in a sentence with a word of ours: `visa mila hai, 25 december ko jana hai`.

    CHECK 4859 is no sum.
    """
    if not isinstance(step, Ask) or heard.place not in ("first", "within"):
        return None
    reader = step.accept[walk.session.channel].reader
    if reader == "date" or (reader == "amount" and not heard.looks_numbered):
        return read_into(walk, step, heard.text, today)
    return None


def _answer(walk: Walk, step: Ask | Record, text: str, today: date) -> Turn:
    if isinstance(step, Ask):
        word = walk.book.vocabulary.words.get(script.fold(text))
        if word and word.then == "no" and (turn := skip(walk)):
            return turn
        return read_into(walk, step, text, today) or miss(walk, "not_read")
    walk.change(facts={**walk.session.facts, step.key: text[:LONGEST_ANSWER]}, misses=0)
    return walk.go(step.then)


def _answer_behind(walk: Walk, heard: Heard, today: date) -> Turn | None:
    """A number typed at a detour's menu, such as the offer of a counsellor, answers the question it was offered at."""
    name = walk.behind
    step = walk.book.steps.get(name)
    if name == walk.session.at or not isinstance(step, Ask):
        return None
    accept = step.accept[walk.session.channel]
    if accept.reader == "yesno" or (accept.reader in ("text", "country") and not heard.looks_numbered):
        return None
    if read_answer(walk.book, accept, heard.text, today) is None:
        return None
    walk.flow = name.partition(".")[0]
    walk.change(at=name, detour=walk.session.detour[:-1])
    return read_into(walk, step, heard.text, today)


def _greeted(walk: Walk, heard: Heard) -> Turn:
    """A courtesy is answered with one: thanks with a line, a greeting with what the person can choose from."""
    if heard.courtesy == "thanks":
        walk.tell("thanks")
        return replace(walk.turn(), moved=False)
    return repeat(walk)


def _code_in(book: Book, heard: Heard) -> str:
    """The short code in a message: all of its digits where it is nothing else, or one number with little around it."""
    ask = book.steps[book.place(book.always.codes)]
    return heard.number_of(ask.accept[Channel.SMS].high) if isinstance(ask, Ask) else ""


def with_languages(book: Book, turn: Turn) -> Turn:
    """On first contact by SMS, offer the languages after the answer."""
    session = turn.session
    if turn.call or session.offered or session.channel is not Channel.SMS:
        return turn
    footer = () if session.known else (Line(book.always.texts["languages"], {}),)
    return replace(turn, session=replace(session, offered=True), footer=footer)
