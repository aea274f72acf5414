"""Every clip a caller can hear that is known beforehand: prompts, options and values, in each spoken language."""

from __future__ import annotations

from collections.abc import Iterator

from hotline.flow.book import Book, every_message
from hotline.flow.model import SPOKEN, Choice, Menu, Message, Pick, Step
from hotline.flow.render import fragments, option_template
from hotline.flow.turn import Line, Option
from hotline.text.values import inventory

SPOKEN_LOCALES = tuple(dict.fromkeys(SPOKEN.values()))
KEYS = "123456789"


def clips(book: Book) -> Iterator[tuple[str, str]]:
    """(spoken locale, text), each once. Only agencies' names are missing: the register has them."""
    yield from dict.fromkeys(_all(book))


def _all(book: Book) -> Iterator[tuple[str, str]]:
    labels = {choice.label.id for step in book.steps.values() for choice in _choices(step)}
    labels |= {step.label.id for step in book.steps.values() if isinstance(step, Pick)}
    labels |= {book.always.texts[name].id for name in ("choice", "person", "written", "none", "more_rows", "yes", "no")}
    heard = {name: flow for name, flow in book.flows.items() if not flow.push}
    for locale in SPOKEN_LOCALES:
        for _, message in every_message(book.always, heard):
            if message.id not in labels and not message.id.endswith(".title"):
                for text in fragments(book.texts[locale][message.voice_key]):
                    yield locale, text
        yield from inventory(book.values[locale])
    for label, key, locale in _options(book):
        for text in fragments(option_template(book, Option(key, Line(label, {})), locale)):
            yield locale, text


def _options(book: Book) -> Iterator[tuple[Message, str, str]]:
    """Every label with every key it can stand at, in every language it is spoken in."""
    texts = book.always.texts
    for step in book.steps.values():
        for choice in _choices(step):
            for locale in (choice.spoken_in,) if choice.spoken_in else SPOKEN_LOCALES:
                yield choice.label, choice.key, locale
    picks = [step.label for step in book.steps.values() if isinstance(step, Pick)]
    moving = [(label, KEYS) for label in (*picks, texts["none"], texts["more_rows"])]
    universal = [(texts[name], book.always.keys[name]) for name in ("person", "written")]
    fixed = [*universal, (texts["yes"], "1"), (texts["no"], "2")]
    for label, keys in (*moving, *fixed):
        for key in keys:
            for locale in SPOKEN_LOCALES:
                yield label, key, locale


def _choices(step: Step) -> tuple[Choice, ...]:
    return step.choices if isinstance(step, Menu) else ()
