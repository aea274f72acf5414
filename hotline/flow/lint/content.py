"""What is proved: the book with the files it was made from, and where in them each thing stands."""

from __future__ import annotations

from collections.abc import Iterator

from hotline.flow.book import Book, Sources, every_message
from hotline.flow.catalogue import Catalogue, Template, load_catalogue
from hotline.flow.lint.graph import pushed
from hotline.flow.model import FALLBACK, LOCALES, SOURCE, SPOKEN, Channel, Menu, Message, Step
from hotline.flow.words import Word
from hotline.flow.yaml import Mapping as Block
from hotline.flow.yaml import Node, Sequence, read
from hotline.frozen import frozen

SPOKEN_LOCALES = tuple(dict.fromkeys(SPOKEN.values()))


@frozen
class Told:
    """One text as one language has it on one channel, and the file and line where its words are written."""

    message: Message
    channel: Channel
    locale: str
    template: Template
    file: str
    line: int

    @property
    def key(self) -> str:
        """The text's msgctxt."""
        return key_of(self.message, self.channel)

    @property
    def words(self) -> str:
        """What stands between the holes, each hole left as a blank."""
        return " ".join(piece if isinstance(piece, str) else " " for piece in self.template)

    @property
    def holes(self) -> tuple[str, ...]:
        """The holes in their order."""
        return tuple(piece.name for piece in self.template if not isinstance(piece, str))


class Content:
    """The content of one house, opened for proving. `book` must have been built from these `sources`."""

    def __init__(self, book: Book, sources: Sources) -> None:
        self.book = book
        self.sources = sources
        self.files: dict[str, dict[str, Catalogue]] = {
            locale: {file: load_catalogue(file, text, locale) for file, text in sources.catalogues.get(locale, ())}
            for locale in LOCALES
            if locale != SOURCE
        }
        self._english = {
            key: (file, message.line)
            for file, message in every_message(book.always, book.flows)
            for key in (message.sms_key, message.voice_key)
        }
        self._translated = {
            (locale, key): (file, entry.line)
            for locale, files in self.files.items()
            for file, catalogue in files.items()
            for key, entry in catalogue.items()
        }

    def file(self, step: str) -> str:
        """The flow file a step stands in."""
        return self.book.flows[step.partition(".")[0]].file

    def english(self, key: str) -> tuple[str, int]:
        """Where the English of a text stands."""
        return self._english[key]

    def told(self, message: Message, channel: Channel) -> Iterator[Told]:
        """The text in every language it is told in on this channel, after fallback."""
        key = key_of(message, channel)
        for locale in LOCALES if channel is Channel.SMS else SPOKEN_LOCALES:
            file, line = self._place(locale, key, message.sms if channel is Channel.SMS else message.voice)
            yield Told(message, channel, locale, self.book.texts[locale][key], file, line)

    def everything(self) -> Iterator[Told]:
        """Every text anybody is told, on both channels and in every language."""
        silent = {
            choice.label.id
            for step in self.book.steps.values()
            if isinstance(step, Menu)
            for choice in step.choices
            if choice.only is Channel.SMS
        }
        silent |= {page.id for say in pushed(self.book).values() for page in say.pages}
        for _, message in every_message(self.book.always, self.book.flows):
            yield from self.told(message, Channel.SMS)
            if message.id not in silent:
                yield from self.told(message, Channel.VOICE)

    def where(self, step: Step) -> tuple[str, int]:
        """The file and line of a step."""
        return self.file(step.name), step.line

    def word_at(self, word: Word) -> tuple[str, int]:
        """The file and line where a spelling is listed."""
        if word.locale == SOURCE:
            concept = self.book.always.concepts.get(word.name)
            if concept:
                return self.book.always.file, concept.line
            return self.flow_line(word.name, "keywords")
        file, text = self.sources.words[word.locale]
        block = read(file, text)
        listed = block.items.get(word.name) if isinstance(block, Block) else None
        if isinstance(listed, Sequence):
            for item in listed.items:
                if getattr(item, "text", None) == word.spelling:
                    return file, item.line
        return file, 1

    def flow_line(self, flow: str, key: str) -> tuple[str, int]:
        """The file and line of a key at the head of a flow."""
        file = self.book.flows[flow].file
        block = read(file, dict(self.sources.flows)[file])
        return file, block.key_lines.get(key, 1) if isinstance(block, Block) else 1

    def always_line(self, *keys: str) -> tuple[str, int]:
        """The file and line of a key in the `always` file, such as `always`, `keys`."""
        return _line_of(*self.sources.always, keys)

    def value_line(self, locale: str, *keys: str) -> tuple[str, int]:
        """The file and line of a key in a language's table of values, such as `states`, `invalid`."""
        return _line_of(*self.sources.values[locale], keys)

    def _place(self, locale: str, key: str, english: str) -> tuple[str, int]:
        for step in FALLBACK[locale]:
            entry = self.book.catalogues[step].get(key) if step != SOURCE else None
            if entry and entry.source == english and entry.text:
                return self._translated[step, key]
        return self._english[key]


def _line_of(file: str, text: str, keys: tuple[str, ...]) -> tuple[str, int]:
    node: Node | None = read(file, text)
    line = 1
    for key in keys:
        if isinstance(node, Block):
            line = node.key_lines.get(key, line)
            node = node.items.get(key)
    return file, line


def key_of(message: Message, channel: Channel) -> str:
    """The msgctxt of a message on a channel."""
    return message.sms_key if channel is Channel.SMS else message.voice_key
