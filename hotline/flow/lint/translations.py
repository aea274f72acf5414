"""Proof 7: no translation is missing, orphaned or stale, and each is in letters its readers' phones have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hotline.flow import po
from hotline.flow.catalogue import Entry, holes
from hotline.flow.lint.content import Content
from hotline.flow.lint.finding import Finding
from hotline.flow.model import SOURCE
from hotline.flow.yaml import Mapping as Block
from hotline.flow.yaml import Node, Scalar, Sequence, read
from hotline.text import parts, script
from hotline.text.gsm import GSM

LATIN = ("en", "ur_Latn")
"""Languages for phones that may not draw Urdu letters."""
_PLURAL = re.compile(r'^"Plural-Forms:\s*(.*?)\s*(?:\\n)?"$', re.MULTILINE)
_ARABIC = re.compile(f"[{script.ARABIC}]")


def prove(content: Content) -> Iterator[Finding]:
    """Findings at the entry of a catalogue, or at the English that has no entry."""
    for locale in po.TRANSLATED:
        wanted = _wanted(content, locale)
        for name, texts in wanted.items():
            yield from _catalogue(content, locale, name, texts)
        for file in content.files[locale]:
            if po.domain(file).removesuffix(".po") not in wanted:
                yield Finding(file, 1, 7, "no flow has this name: take the file out")
    for told in content.everything():
        if told.locale == SOURCE and told.key == told.message.sms_key and _ARABIC.search(told.words):
            yield Finding(told.file, told.line, 7, f"{told.key}: English goes to phones without Urdu letters")
    for locale in LATIN:
        file, source = content.sources.values[locale]
        for scalar in _scalars(read(file, source)):
            if _ARABIC.search(scalar.text):
                yield Finding(file, scalar.line, 7, f"{scalar.text!r}: {locale} goes to phones without Urdu letters")


def _wanted(content: Content, locale: str) -> dict[str, tuple[po.Text, ...]]:
    sources = dict((content.sources.always, *content.sources.flows))
    return po.texts(content.book.always, content.book.flows, sources, locale)


def _catalogue(content: Content, locale: str, name: str, texts: tuple[po.Text, ...]) -> Iterator[Finding]:
    file = next((file for file in content.files[locale] if po.domain(file).removesuffix(".po") == name), "")
    if not file:
        flow = texts[0].place.rpartition(":")[0]
        yield Finding(flow, 1, 7, f"there is no translations/{locale}/LC_MESSAGES/{name}.po")
        return
    entries = content.files[locale][file]
    yield from _plural(locale, file, dict(content.sources.catalogues[locale])[file])
    for text in texts:
        entry = entries.get(text.key)
        if entry is None or not entry.text:
            place, _, line = text.place.rpartition(":")
            yield Finding(place, int(line), 7, f"{text.key} is not translated: write it in {file}")
        else:
            yield from (Finding(file, entry.line, 7, f"{text.key} {wrong}") for wrong in _entry(locale, text, entry))
    spoken = {text.key for text in _wanted(content, "ur").get(name, ())}
    for key in entries.keys() - {text.key for text in texts} - spoken:
        yield Finding(file, entries[key].line, 7, f"{key} is said by no flow any more: take it out")


def _plural(locale: str, file: str, source: str) -> Iterator[Finding]:
    """Unicode CLDR's rule, not Babel's: for Punjabi 0 and 1 are one."""
    found = _PLURAL.search(source)
    if found is None or found[1] != po.PLURALS[locale]:
        line = source[: found.start()].count("\n") + 1 if found else 1
        yield Finding(file, line, 7, f"the header must have `Plural-Forms: {po.PLURALS[locale]}`")


def _entry(locale: str, text: po.Text, entry: Entry) -> Iterator[str]:
    if entry.fuzzy or entry.source != text.english:
        yield "is stale: the English has changed; look at it again and take the fuzzy mark out"
    missing, extra = holes(text.english) - holes(entry.text), holes(entry.text) - holes(text.english)
    if missing or extra:
        names = [f"lacks {{{hole}}}" for hole in sorted(missing)] + [f"invents {{{hole}}}" for hole in sorted(extra)]
        yield f"{', '.join(names)}: a translation has the holes of the English"
    if locale in LATIN:
        # One letter outside the alphabet makes the whole message dearer; rendering mends only typographic signs.
        if parts.alphabet(entry.text) is not parts.Alphabet.GSM:
            odd = sorted(set(entry.text) - GSM)
            yield f"has {', '.join(map(ascii, odd))}, which GSM 03.38 has not"
    elif any(letter in entry.text for letter in (script.ARABIC_YEH, script.ARABIC_KAF)):
        yield "has an Arabic yeh or kaf: write the Urdu letters"


def _scalars(node: Node) -> Iterator[Scalar]:
    """What is written for people; what people type may be in any letters."""
    match node:
        case Scalar():
            yield node
        case Sequence():
            for item in node.items:
                yield from _scalars(item)
        case Block():
            for key, item in node.items.items():
                if key != "typed":
                    yield from _scalars(item)
