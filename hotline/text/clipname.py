"""How a piece of sound is named: by what it says and who says it, so that its name is known before it is made."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from hotline.frozen import frozen

STAND_IN_ENGINE = "espeak-ng-1.52.0/145wpm/1"
"""Part of every stand-in's name. The last number counts changes of ours to the sound: names are cached for a year."""
STAND_IN_VOICES = MappingProxyType({"en": "en", "ur": "ur", "pa_Arab": "ur"})
"""Spoken language → eSpeak NG voice. Its own Punjabi voice reads Gurmukhi and spells Shahmukhi letter by letter."""


def plain_words(text: str) -> str:
    """The text as it is spoken: NFC, every run of blanks one blank, so that re-wrapping a flow changes no name."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def text_hash(text: str) -> str:
    """What `clips.toml` knows a text by: 64 hex digits, SHA-256 of its plain words in UTF-8."""
    return hashlib.sha256(plain_words(text).encode()).hexdigest()


def recording_name(content: bytes) -> str:
    """The name of a recording: 64 hex digits, SHA-256 of the file's bytes."""
    return hashlib.sha256(content).hexdigest()


def stand_in_name(locale: str, voice: str, engine: str, text: str) -> str:
    """The name of a clip a voice engine makes: 64 hex digits, SHA-256 of who speaks and what is said."""
    return hashlib.sha256("\0".join((locale, voice, engine, plain_words(text))).encode()).hexdigest()


@frozen
class Voices:
    """Who speaks which language: the recordings there are and, for every other text, the stand-in voice.

    `recorded` maps (locale, text_hash) to the recording's name. Only `en`, `ur` and `pa_Arab` are spoken (KeyError).
    """

    recorded: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def name(self, locale: str, text: str) -> str:
        """The name under which these words are played: their recording's, or else their stand-in's."""
        return self.recorded.get((locale, text_hash(text))) or self.stand_in(locale, text)

    def stand_in(self, locale: str, text: str) -> str:
        """The name of the clip the voice engine makes of these words."""
        return stand_in_name(locale, STAND_IN_VOICES[locale], STAND_IN_ENGINE, text)
