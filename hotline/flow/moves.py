"""What a key or a word does where the person is: choose, pick, answer yes or no, go back, repeat, lead elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hotline.flow.answers import read_answer
from hotline.flow.model import LOCALES, Ask, Channel, Choice, Menu, Pick, Say
from hotline.flow.turn import Line, Turn
from hotline.flow.walk import BACK_STEPS, Waiting, Walk, shown_rows
from hotline.flow.words import Word
from hotline.flow.writing import is_asked
from hotline.text import script
from hotline.text.reading import read_country

LONGEST_ANSWER = 300
"""Characters of an answer that are kept."""
TELLING = 3
"""Letters of the shortest word by which a choice is known: `me` and `ne` stand in too many."""
SKIP_KEY = "0"
"""What a caller keys, alone, to leave out an answer that may be left out; by SMS it is the word NO."""


def read_into(walk: Walk, step: Ask, text: str, today: date) -> Turn | None:
    """Keep the answer and go on; None when it cannot be read as what was asked."""
    value = read_answer(walk.book, step.accept[walk.session.channel], text[:LONGEST_ANSWER], today)
    if value is None:
        return None
    # Where it leads back to this very question it was no answer; anywhere else the count begins anew.
    walk.change(facts={**walk.session.facts, step.key: value}, misses=walk.session.misses + 1)
    return walk.go(step.then)


def skip(walk: Walk) -> Turn | None:
    """Go on without an answer, where that is allowed; an answer given before is forgotten."""
    step = walk.step
    if not isinstance(step, Ask) or not step.skip:
        return None
    facts = {name: value for name, value in walk.session.facts.items() if name != step.key}
    walk.change(facts=facts, misses=0)
    return walk.go(step.skip)


def chosen(walk: Walk, key: str) -> Turn | None:
    """What a key does at the step that waits; None when it does nothing there."""
    always, step = walk.book.always, walk.step
    if key == always.keys["back"]:
        return go_back(walk)
    if key == always.keys["main"]:
        return lead_to(walk, always.main)
    if not isinstance(step, Menu | Pick) and not asks_yes_no(step, walk.session.channel):
        return None
    if is_asked(walk.book, walk.session, step, key):
        return walk.write()
    if key == always.keys["person"]:
        return lead_to(walk, always.person)
    if key == always.keys["repeat"]:
        return repeat(walk)
    match step:
        case Menu():
            return _choice(walk, step, key)
        case Pick():
            return _picked(walk, step, key)
        case Ask():
            return _yes_no(walk, step, key)
    return None


def keeps(step: object) -> bool:
    """Whether a step is a menu whose choice is the answer to a question, rather than the way to somewhere."""
    return isinstance(step, Menu) and any(choice.keep for choice in step.choices)


def chosen_in_words(walk: Walk, text: str) -> Turn | None:
    """The one answer of a menu that a text gives in the words of its label: `agent`, `saudi arabia`."""
    step = walk.step
    if not isinstance(step, Menu) or not keeps(step):
        return None
    typed = frozenset(script.fold(text).split())
    if not any(len(word) >= TELLING for word in typed):
        return None
    found = [choice for choice in step.choices if any(_says(walk, typed, words) for words in _labelled(walk, choice))]
    return _choice(walk, step, found[0].key) if len(found) == 1 else None


def _says(walk: Walk, typed: frozenset[str], label: frozenset[str]) -> bool:
    """Whether all that was typed stands in a label, and its no too: `number rakhein` is not `number na rakhein`."""
    words = walk.book.vocabulary.words
    nos = {word for word in label if word in words and words[word].then == "no"}
    return typed <= label and (not nos or not nos.isdisjoint(typed))


def _labelled(walk: Walk, choice: Choice) -> list[frozenset[str]]:
    """The folded words of a choice's label, one set a language."""
    texts = (walk.book.texts[locale][choice.label.sms_key] for locale in LOCALES)
    plain = (" ".join(piece for piece in text if isinstance(piece, str)) for text in texts)
    return [frozenset(script.fold(text).split()) for text in plain]


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


def asks_yes_no(step: object, channel: Channel) -> bool:
    return isinstance(step, Ask) and step.accept[channel].reader == "yesno"


def _yes_no(walk: Walk, step: Ask, key: str) -> Turn | None:
    if key not in ("1", "2"):
        return None
    walk.change(facts={**walk.session.facts, step.key: "yes" if key == "1" else "no"}, misses=0)
    return walk.go(step.then)


def act_on(walk: Walk, word: Word, rest: str, today: date) -> Turn | None:
    """A word acts: where the person is, or by leading somewhere with the rest of the message as its argument.

    None for a yes or no where nothing was asked that it answers.
    """
    if word.then == "back":
        return go_back(walk)
    if word.then == "repeat":
        return repeat(walk)
    if word.then == "more":
        return _more(walk)
    if word.then in ("yes", "no"):
        return _said_yes_no(walk, word.then)
    if turn := _offered(walk, word, rest):
        return turn
    return lead_to(walk, word.then, rest, today)


def _offered(walk: Walk, word: Word, rest: str) -> Turn | None:
    """A word for what the open menu offers with what it knows is that choice: led there otherwise, it would be lost.

    So is the word with others that name nobody: `report this`, `watch it`.
    """
    step = walk.step
    for choice in step.choices if isinstance(step, Menu) else ():
        target, _, handed = choice.then.partition(" with ")
        if isinstance(step, Menu) and handed and target.partition(".")[0] == word.then and _names_nobody(walk, rest):
            return _choice(walk, step, choice.key)
    return None


def _names_nobody(walk: Walk, rest: str) -> bool:
    return all(word in walk.book.vocabulary.idle for word in script.fold(rest).split())


def lead_to(walk: Walk, target: str, rest: str = "", today: date | None = None) -> Turn:
    """Go to a flow or step a word or key names; what followed the word answers its first question."""
    asked, misses = walk.session.at, walk.session.misses
    walk.leave_for(target)
    walk.session.misses, walk.session.guesses = 0, ()
    flow = walk.book.flows.get(target)
    step = walk.book.steps[flow.argument if rest and flow and flow.argument else walk.book.place(target)]
    if rest and today and isinstance(step, Ask):
        value = _argument(walk, step, rest, today)
        if value is not None:
            here = walk.session.at
            if asked == step.name:
                walk.session.misses = misses + 1
            # Entering the flow later than its answer would forget the answer.
            walk.flow = step.name.partition(".")[0]
            walk.session.facts, walk.session.at = {**walk.session.facts, step.key: value}, step.name
            if here and here != step.name and here in walk.book.steps:
                walk.session.back = (*walk.session.back, here)[-BACK_STEPS:]
            return walk.go(step.then)
    return walk.go(target)


def _argument(walk: Walk, step: Ask, rest: str, today: date) -> str | None:
    """What follows a word as the answer to a question; a country only where it is one we know."""
    accept = step.accept[walk.session.channel]
    if accept.reader == "country":
        return read_country(rest, walk.book.values.values())
    return read_answer(walk.book, accept, rest[:LONGEST_ANSWER], today)


def _said_yes_no(walk: Walk, word: str) -> Turn | None:
    """Yes and no answer a yes-or-no question, and a menu of two: yes is the first, no the second."""
    step = walk.step
    if isinstance(step, Ask) and asks_yes_no(step, walk.session.channel):
        return _yes_no(walk, step, "1" if word == "yes" else "2")
    if isinstance(step, Menu) and len(step.choices) == 2:
        return _choice(walk, step, step.choices[0 if word == "yes" else 1].key)
    return None


def go_back(walk: Walk) -> Turn:
    *rest, place = walk.session.back or ("",)
    walk.change(back=tuple(rest), misses=0)
    step = walk.book.steps.get(place)
    if isinstance(step, Waiting) and not (isinstance(step, Pick) and not walk.session.rows):
        return walk.wait(step, remember=False)
    return walk.go(walk.book.always.main)


def repeat(walk: Walk) -> Turn:
    step = walk.step
    if not isinstance(step, Waiting):
        return walk.go(walk.book.always.main)
    return replace(walk.present(step), moved=False)


def _more(walk: Walk) -> Turn:
    """The next page of what was too long; more rows of a pick; or a word that there is nothing more."""
    name, _, number = walk.session.more.partition(":")
    step = walk.book.steps.get(name)
    if isinstance(step, Say) and int(number) < len(step.pages):
        walk.lines.append(Line(step.pages[int(number)], walk.session.facts))
        last = int(number) + 1 == len(step.pages)
        walk.change(more="" if last else f"{name}:{int(number) + 1}")
        if not last:
            walk.tell("more")
        return walk.turn()
    pick = walk.step
    if isinstance(pick, Pick):
        shown = len(shown_rows(walk.book, walk.session))
        if walk.session.first_row + shown < len(walk.session.rows):
            return _picked(walk, pick, str(shown + 1)) or repeat(walk)
    walk.tell("nothing_more")
    return repeat(walk)


def _is_detour(walk: Walk, arrow: str) -> bool:
    return walk.book.place(arrow.partition(" with ")[0]).partition(".")[0] in walk.book.always.detours
