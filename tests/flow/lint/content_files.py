"""The content as it is shipped, read from disk, and what it is with one place changed."""

from __future__ import annotations

from dataclasses import replace

from hotline.flow.book import Book, Sources, build
from hotline.flow.lint import Finding, lint
from hotline.making import read_sources
from hotline.service.ports import SHAPES
from hotline.settings import ROOT
from hotline.text.clipname import Voices


def shipped() -> Sources:
    """Every flow, catalogue, list of words and table of values, under its path from the root."""
    return read_sources(ROOT)


def book_of(sources: Sources) -> Book:
    """The book the house would build, without recordings."""
    return build(sources, SHAPES, Voices())


def findings(sources: Sources) -> list[Finding]:
    """What lint says of these files."""
    return lint(book_of(sources), sources)


def text_of(sources: Sources, file: str) -> str:
    """The text of one file, "" when there is none."""
    return _all(sources).get(file, "")


def with_text(sources: Sources, file: str, text: str | None) -> Sources:
    """The same files with one changed, added or (None) taken out."""
    folder, _, name = file.rpartition("/")
    if file == sources.always[0]:
        return replace(sources, always=(file, str(text)))
    if folder == "flows":
        return replace(sources, flows=_put(sources.flows, file, text))
    locale = folder.split("/")[1]
    if name == "words.yaml":
        return replace(sources, words={**sources.words, locale: (file, str(text))})
    if name == "values.yaml":
        return replace(sources, values={**sources.values, locale: (file, str(text))})
    return replace(sources, catalogues={**sources.catalogues, locale: _put(sources.catalogues[locale], file, text)})


def _put(files: tuple[tuple[str, str], ...], file: str, text: str | None) -> tuple[tuple[str, str], ...]:
    kept = {name: source for name, source in files if name != file}
    return tuple(sorted((kept | ({file: text} if text is not None else {})).items()))


def _all(sources: Sources) -> dict[str, str]:
    pairs = [sources.always, *sources.flows, *sources.words.values(), *sources.values.values()]
    for catalogue in sources.catalogues.values():
        pairs.extend(catalogue)
    return dict(pairs)
