"""The conversation: a session and what the person did, to a turn. It returns what should happen and does nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hotline.flow.answers import read_answer
from hotline.flow.book import Book
from hotline.flow.model import (
    Ask,
    Call,
    Channel,
    Event,
    Found,
    HungUp,
    Keyed,
    Line,
    Menu,
    Option,
    Pick,
    Record,
    Said,
    Session,
    Silence,
    Started,
    Turn,
    Wait,
)
from hotline.flow.model import Say as SayStep
from hotline.flow.understand import Heard, understand
from hotline.flow.walk import Waiting, Walk, shown_rows
from hotline.text import script
from hotline.text.phone import without_numbers

LONGEST_ANSWER = 300
"""Characters of an answer that are kept."""


def hear(book: Book, session: Session, event: Event, today: date) -> Turn:
    """The turn that follows an event. While the turn has a `call`, ask the port and go on with `found`."""
    walk = Walk(book, replace(session, step=session.step + 1))
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
    return _with_languages(book, turn)


def found(book: Book, turn: Turn, answer: Found) -> Turn:
    """Go on with what a port answered."""
    call = turn.call
    if call is None:
        return turn
    step = book.steps[call.step]
    walk = Walk(book, turn.session, turn.lines)
    walk.change(facts={**turn.session.facts, **answer.fields}, rows=answer.rows, first_row=0)
    if answer.locale:
        walk.change(locale=answer.locale, known=True, offered=True)
    branches = getattr(step, "branches", {})
    on = walk.go(branches[answer.outcome] if branches else getattr(step, "then", ""))
    return _with_languages(book, replace(on, missed=turn.missed, moved=turn.moved))


# --- events ---


def _said(walk: Walk, text: str, today: date) -> Turn:
    heard = understand(walk.book.vocabulary, text)
    step = walk.step
    if walk.session.guesses:
        guesses = walk.session.guesses
        walk.change(guesses=())
        if heard.key and 1 <= int(heard.key or 0) <= len(guesses):
            return _to(walk, guesses[int(heard.key) - 1])
    if isinstance(step, Ask | Record) and _is_answer(step, walk.session.channel, heard):
        return _answer(walk, step, heard.text, today)
    if heard.key and (turn := _chosen(walk, heard.key)):
        return turn
    if heard.word:
        return _word(walk, heard, today)
    if isinstance(step, Ask) and (turn := _read(walk, step, heard.text, today)):
        return turn
    if _looks_numbered(heard):
        return _to(walk, walk.book.always.numbers, heard.text, today)
    return _not_understood(walk, heard)


def _keyed(walk: Walk, keys: str, today: date) -> Turn:
    step = walk.step
    if isinstance(step, Ask) and step.accept[Channel.VOICE].reader != "yesno":
        if keys == walk.book.always.keys["back"]:
            return _back(walk)
        return _read(walk, step, keys, today) or _miss(walk, "not_read")
    if step is None:
        return walk.go(walk.book.always.main)
    return _chosen(walk, keys[-1:]) or _miss(walk, "wrong_key")


def _silent(walk: Walk) -> Turn:
    walk.change(silences=walk.session.silences + 1)
    if walk.session.silences >= walk.book.always.goodbye:
        return walk.finish()
    if walk.step is None:
        return walk.go(walk.book.always.main)
    return _miss(walk, "silence")


def _beginning(book: Book, session: Session) -> str:
    """Where a call begins: at the languages, at the main menu, or where the last one was cut off."""
    if session.detour:
        return book.always.cut_off
    return book.always.main if session.known else book.always.voice


def _hung_up(walk: Walk) -> Turn:
    flow = walk.book.flows.get(walk.session.at.partition(".")[0])
    if flow is None or not flow.hangup:
        return Turn(walk.session)
    return Turn(walk.session, call=Call(walk.session.at, flow.hangup, (), effect=True))


# --- what a message or key does ---


def _is_answer(step: Ask | Record, channel: Channel, heard: Heard) -> bool:
    """Whether a text is the answer to an open question: it is, unless a word stands alone, or first with a number."""
    if isinstance(step, Ask) and step.accept[channel].reader != "text":
        return False
    if heard.text in ("*", "#"):
        return False
    leaves = heard.place == "alone" or (heard.place == "first" and heard.readable_rest)
    return not (heard.word and leaves and heard.word.then not in ("yes", "no"))


def _answer(walk: Walk, step: Ask | Record, text: str, today: date) -> Turn:
    if isinstance(step, Ask):
        return _read(walk, step, text, today) or _miss(walk, "not_read")
    walk.change(facts={**walk.session.facts, step.key: text[:LONGEST_ANSWER]}, misses=0)
    return walk.go(step.then)


def _read(walk: Walk, step: Ask, text: str, today: date) -> Turn | None:
    """Keep the answer and go on; None when it cannot be read as what was asked."""
    value = read_answer(walk.book, step.accept[walk.session.channel], text[:LONGEST_ANSWER], today)
    if value is None:
        return None
    walk.change(facts={**walk.session.facts, step.key: value}, misses=0)
    return walk.go(step.then)


def _chosen(walk: Walk, key: str) -> Turn | None:
    """What a key does at the step that waits; None when it does nothing there."""
    always, step = walk.book.always, walk.step
    if key == always.keys["back"]:
        return _back(walk)
    if key == always.keys["main"]:
        return _to(walk, always.main)
    if not isinstance(step, Menu | Pick) and not _asks_yes_no(step, walk.session.channel):
        return None
    if key == always.keys["person"]:
        return _to(walk, always.person)
    if key == always.keys["repeat"]:
        return _repeat(walk)
    match step:
        case Menu():
            return _choice(walk, step, key)
        case Pick():
            return _picked(walk, step, key)
        case Ask():
            return _yes_no(walk, step, key)
    return None


def _choice(walk: Walk, step: Menu, key: str) -> Turn | None:
    for choice in step.choices:
        if choice.key == key and choice.only in (None, walk.session.channel):
            walk.change(misses=0)
            if choice.keep:
                walk.change(facts={**walk.session.facts, step.key: choice.keep})
            if _is_detour(walk, choice.then):
                walk.leave_for(choice.then)
            return walk.go(choice.then)
    return None


def _picked(walk: Walk, step: Pick, key: str) -> Turn | None:
    shown = shown_rows(walk.book, walk.session)
    number = int(key) if key.isdecimal() else 0
    more = walk.session.first_row + len(shown) < len(walk.session.rows)
    if 1 <= number <= len(shown):
        row = shown[number - 1]
        walk.change(facts={**walk.session.facts, step.key: row.id}, misses=0)
        return walk.go(step.then)
    if more and number == len(shown) + 1:
        walk.change(first_row=walk.session.first_row + len(shown), misses=0)
        return walk.wait(step)
    if number == len(shown) + 1 + more:
        walk.change(misses=0)
        return walk.go(step.none)
    return None


def _asks_yes_no(step: object, channel: Channel) -> bool:
    return isinstance(step, Ask) and step.accept[channel].reader == "yesno"


def _yes_no(walk: Walk, step: Ask, key: str) -> Turn | None:
    if key not in ("1", "2"):
        return None
    walk.change(facts={**walk.session.facts, step.key: "yes" if key == "1" else "no"}, misses=0)
    return walk.go(step.then)


def _word(walk: Walk, heard: Heard, today: date) -> Turn:
    """A word acts: where the person is, or by leading somewhere with the rest of the message as its argument."""
    word = heard.word
    if word is None:
        return _not_understood(walk, heard)
    if word.then == "back":
        return _back(walk)
    if word.then == "repeat":
        return _repeat(walk)
    if word.then == "more":
        return _more(walk)
    if word.then in ("yes", "no"):
        return _said_yes_no(walk, word.then) or _not_understood(walk, heard)
    return _to(walk, word.then, heard.rest, today)


def _to(walk: Walk, target: str, rest: str = "", today: date | None = None) -> Turn:
    """Go to a flow or step a word or key names; what followed the word answers its first question."""
    walk.leave_for(target)
    walk.change(misses=0, guesses=())
    step = walk.book.steps[walk.book.place(target)]
    if rest and today and isinstance(step, Ask):
        value = read_answer(walk.book, step.accept[walk.session.channel], rest[:LONGEST_ANSWER], today)
        if value is not None:
            here = walk.session.at
            walk.change(facts={**walk.session.facts, step.key: value}, at=step.name)
            if here and here != step.name and here in walk.book.steps:
                walk.change(back=(*walk.session.back, here)[-6:])
            return walk.go(step.then)
    return walk.go(target)


def _said_yes_no(walk: Walk, word: str) -> Turn | None:
    """Yes and no answer a yes-or-no question, and a menu of two: yes is the first, no the second."""
    step = walk.step
    if isinstance(step, Ask) and _asks_yes_no(step, walk.session.channel):
        return _yes_no(walk, step, "1" if word == "yes" else "2")
    if isinstance(step, Menu) and len(step.choices) == 2:
        return _choice(walk, step, step.choices[0 if word == "yes" else 1].key)
    return None


def _back(walk: Walk) -> Turn:
    *rest, place = walk.session.back or ("",)
    walk.change(back=tuple(rest), misses=0)
    step = walk.book.steps.get(place)
    if isinstance(step, Waiting) and not (isinstance(step, Pick) and not walk.session.rows):
        return walk.wait(step, remember=False)
    return walk.go(walk.book.always.main)


def _repeat(walk: Walk) -> Turn:
    step = walk.step
    if not isinstance(step, Waiting):
        return walk.go(walk.book.always.main)
    return replace(walk.present(step), moved=False)


def _more(walk: Walk) -> Turn:
    """The next page of what was too long; more rows of a pick; or a word that there is nothing more."""
    name, _, number = walk.session.more.partition(":")
    step = walk.book.steps.get(name)
    if isinstance(step, SayStep) and int(number) < len(step.pages):
        walk.lines.append(Line(step.pages[int(number)], walk.session.facts))
        last = int(number) + 1 == len(step.pages)
        walk.change(more="" if last else f"{name}:{int(number) + 1}")
        if not last:
            walk.tell("more")
        return Turn(walk.session, tuple(walk.lines))
    pick = walk.step
    if isinstance(pick, Pick):
        shown = len(shown_rows(walk.book, walk.session))
        if walk.session.first_row + shown < len(walk.session.rows):
            return _picked(walk, pick, str(shown + 1)) or _repeat(walk)
    walk.tell("nothing_more")
    return _repeat(walk)


# --- when it does not work out ---


def _not_understood(walk: Walk, heard: Heard) -> Turn:
    """Ask "did you mean", or show the menu again; the reason goes to staff."""
    if heard.near and not isinstance(walk.step, Ask):
        walk.tell("meant")
        walk.change(guesses=tuple(word.then for word in heard.near))
        options = tuple(
            Option(str(number), Line(walk.book.title(word.then), {})) for number, word in enumerate(heard.near, 1)
        )
        return Turn(walk.session, tuple(walk.lines), Wait(options), missed=heard.reason, moved=False)
    return replace(_miss(walk, "not_understood"), missed=heard.reason)


def _miss(walk: Walk, why: str) -> Turn:
    """One more wrong or missing answer: say so and ask again; after `patience` of them offer a person."""
    always, step = walk.book.always, walk.step
    walk.change(misses=walk.session.misses + 1)
    stuck = walk.book.place(always.stuck)
    if walk.session.misses >= always.patience:
        if walk.session.at == stuck and walk.session.channel is Channel.VOICE:
            return walk.finish()
        if walk.session.at != stuck:
            walk.leave_for(always.stuck)
            return replace(walk.go(always.stuck), moved=False)
    if not isinstance(step, Waiting):
        walk.tell(why)
        return replace(walk.go(always.main), moved=False)
    if isinstance(step, Ask) and step.again and why != "silence":
        walk.lines.append(Line(step.again, walk.session.facts))
        turn = walk.present(step)
        return replace(turn, lines=turn.lines[:-1], moved=False)
    walk.tell(why)
    return replace(walk.present(step), moved=False)


def _is_detour(walk: Walk, arrow: str) -> bool:
    return walk.book.place(arrow.partition(" with ")[0]).partition(".")[0] in walk.book.always.detours


def _looks_numbered(heard: Heard) -> bool:
    """Whether a message is a number of three to five digits with little around it, such as a licence's."""
    words = script.fold(without_numbers(heard.text)).split()
    return 0 < len(words) <= 6 and any(word.isdecimal() and 3 <= len(word) <= 5 for word in words)


def _with_languages(book: Book, turn: Turn) -> Turn:
    """On first contact by SMS, offer the languages after the answer."""
    session = turn.session
    if turn.call or session.offered or session.channel is not Channel.SMS:
        return turn
    footer = () if session.known else (Line(book.always.texts["languages"], {}),)
    return replace(turn, session=replace(session, offered=True), footer=footer)
