"""All flows, words, translations and voices, read once, joined and shared; nothing in it changes afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hotline.errors import FlowError
from hotline.flow.always import Always, load_always, load_words
from hotline.flow.catalogue import Catalogue, Template, load_catalogue, template
from hotline.flow.load import load_flow
from hotline.flow.model import (
    FALLBACK,
    LOCALES,
    SOURCE,
    Ask,
    Flow,
    Menu,
    Message,
    Pick,
    Record,
    Say,
    Shape,
    Step,
)
from hotline.flow.turn import Clip
from hotline.flow.words import Vocabulary, gather
from hotline.flow.yaml import plain, read
from hotline.frozen import frozen
from hotline.text.clipname import Voices
from hotline.text.values import Kind, Words, words

READ_AS = {"text": Kind.TEXT, "digits": Kind.DIGITS, "number": Kind.NUMBER, "amount": Kind.NUMBER, "date": Kind.DATE}
"""What an `ask` keeps, by how it was read."""


@frozen
class Sources:
    """The files of a book, as (name, text): flows by name, and per locale its catalogues, words and values."""

    flows: tuple[tuple[str, str], ...]
    always: tuple[str, str]
    catalogues: Mapping[str, tuple[tuple[str, str], ...]]
    words: Mapping[str, tuple[str, str]]
    values: Mapping[str, tuple[str, str]]


@frozen
class Book:
    """What engine and renderers read. `texts[locale][key]` falls back as the language does; keys are msgctxt."""

    always: Always
    flows: Mapping[str, Flow]
    steps: Mapping[str, Step]
    shapes: Mapping[str, Shape]
    kinds: Mapping[str, Kind]
    vocabulary: Vocabulary
    catalogues: Mapping[str, Catalogue]
    texts: Mapping[str, Mapping[str, Template]]
    values: Mapping[str, Words]
    voices: Voices
    private: frozenset[str] = frozenset()
    """The names private answers are kept under."""

    def place(self, target: str) -> str:
        """The full step name an arrow's target leads to: a flow means its first step."""
        flow = self.flows.get(target)
        return flow.first if flow else target

    def title(self, target: str) -> Message:
        """How the place a word leads to is called."""
        return self.flows[target.partition(".")[0]].title

    def kind(self, hole: str) -> Kind:
        """What a hole's value is; KeyError for a hole nobody fills."""
        return self.kinds[hole]

    def clip(self, locale: str, text: str) -> Clip:
        """The clip that speaks `text` in a spoken language."""
        return Clip(self.voices.name(locale, text), locale, text)


def build(sources: Sources, shapes: Mapping[str, Shape], voices: Voices) -> Book:
    """Read and join everything. Raises FlowError for the first file that breaks the grammar."""
    always = load_always(*sources.always)
    flows: dict[str, Flow] = {}
    for file, source in sources.flows:
        flow = load_flow(file, source)
        if flow.name in flows:
            raise FlowError(file, 1, f"flow {flow.name!r} stands in {flows[flow.name].file} too")
        flows[flow.name] = flow
    steps = {name: step for flow in flows.values() for name, step in flow.steps.items()}
    lists = {locale: load_words(*pair) for locale, pair in sources.words.items()}
    catalogues = {
        locale: {
            key: entry
            for file, source in sources.catalogues.get(locale, ())
            for key, entry in load_catalogue(file, source, locale).items()
        }
        for locale in LOCALES
        if locale != SOURCE
    }
    return Book(
        always=always,
        flows=flows,
        steps=steps,
        shapes=shapes,
        kinds=_kinds(shapes, steps),
        vocabulary=gather(always, flows.values(), lists),
        catalogues=catalogues,
        texts=_texts(tuple(every_message(always, flows)), catalogues),
        values={locale: _values(locale, *sources.values[locale]) for locale in LOCALES},
        voices=voices,
        private=frozenset(step.key for step in steps.values() if isinstance(step, Ask | Record) and step.private),
    )


def every_message(always: Always, flows: Mapping[str, Flow]) -> Iterator[tuple[str, Message]]:
    """(file, message) for every text anybody is ever told, in the order of the files."""
    for message in always.texts.values():
        yield always.file, message
    for flow in flows.values():
        yield flow.file, flow.title
        for step in flow.steps.values():
            for message in messages_of(step):
                yield flow.file, message


def messages_of(step: Step) -> Iterator[Message]:
    """The texts of one step."""
    match step:
        case Say():
            yield from step.pages
        case Ask():
            yield step.prompt
            if step.again:
                yield step.again
        case Menu():
            yield step.prompt
            for choice in step.choices:
                yield choice.label
        case Pick():
            yield step.prompt
            yield step.label
        case Record():
            yield step.prompt
        case _:
            pass


def _kinds(shapes: Mapping[str, Shape], steps: Mapping[str, Step]) -> dict[str, Kind]:
    kinds = {name: kind for shape in shapes.values() for name, kind in shape.fields.items()}
    kinds |= {"key": Kind.DIGITS, "label": Kind.TEXT}
    for step in steps.values():
        if isinstance(step, Ask):
            readers = {accept.reader for accept in step.accept.values()}
            kinds[step.key] = READ_AS.get(readers.pop(), Kind.TEXT) if len(readers) == 1 else Kind.TEXT
    return kinds


def _texts(
    messages: tuple[tuple[str, Message], ...], catalogues: Mapping[str, Catalogue]
) -> dict[str, dict[str, Template]]:
    """Every text in every locale, after fallback; a translation whose English has changed since is not used."""
    found: dict[str, dict[str, Template]] = {locale: {} for locale in LOCALES}
    for file, message in messages:
        for key, english in ((message.sms_key, message.sms), (message.voice_key, message.voice)):
            for locale in LOCALES:
                text = next(
                    (
                        entry.text
                        for step in FALLBACK[locale]
                        if step != SOURCE
                        and (entry := catalogues[step].get(key))
                        and entry.source == english
                        and entry.text
                        and not entry.fuzzy
                    ),
                    english,
                )
                try:
                    found[locale][key] = template(text)
                except ValueError as error:
                    raise FlowError(file, message.line, f"{key} ({locale}): {error}") from None
    return found


def _values(locale: str, file: str, source: str) -> Words:
    table = plain(read(file, source))
    if not isinstance(table, dict):
        raise FlowError(file, 1, "here a block of `key: value` lines is needed")
    return words(locale, table, file)
