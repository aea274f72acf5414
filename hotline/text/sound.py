"""How words sound, whichever script they stand in: sounds to compare letter by letter, skeletons to look up."""

from __future__ import annotations

import re

from hotline.text.script import HEH_GOAL, NOON, YEH, YEH_BARREE, spell

FIRST_ALEF, GLIDING_ALEF, LAST_HEH, LAST_YEH, LAST_BARREE, PH = "^", "A", "$", "Y", "E", "P"
"""Urdu letters that sound otherwise where they stand, and پھ, which Latin writes like ف."""

_TOGETHER = (
    ("tion", "San"), ("sion", "San"), ("sch", "sk"), ("tch", "C"), ("ght", "t"), ("dge", "je"), ("sh", "S"),
    ("ch", "C"), ("kh", "K"), ("gh", "G"), ("th", "T"), ("ph", "F"), ("bh", "B"), ("dh", "D"), ("jh", "J"), ("rh", "R"),
    ("ck", "k"), ("x", "ks"), ("q", "k"),
)  # fmt: skip
_DOUBLED = re.compile(r"([a-z])\1+")
_SOFT_C = re.compile("c(?=[eiy])")
_BREATH = re.compile("(?<=[aeiouy])h$")
_PROP = re.compile("^as(?=[klmnpt])")
_SILENT_E = re.compile("(?<=[^aeiouyH])e$")
_LONG = {"e": "i", "o": "u"}

_SOUND_ALIKE = {
    "b": "بٻBb", "p": "پPpفFf", "t": "تٹطTt", "s": "ثسصشSs", "j": "جJj", "c": "چC", "h": "حہh", "k": "خکقKk",
    "d": "دڈDd", "z": "ذزژضظz", "r": "رڑRr", "g": "غگGg", "l": "لl", "m": "مm", "n": "نںn",
}  # fmt: skip
_CONSONANT = {letter: sound for sound, letters in _SOUND_ALIKE.items() for letter in letters}
_OPENING = {"و": "w", "v": "w", "ی": "y", "y": "y", LAST_YEH: "y", LAST_BARREE: "y"}

_LAST = {HEH_GOAL: LAST_HEH, YEH: LAST_YEH, YEH_BARREE: LAST_BARREE}

_ROMAN = str.maketrans(
    {
        "ا": "a", "آ": "aa", "ب": "b", "پ": "p", "ت": "t", "ٹ": "t", "ث": "s", "ج": "j", "چ": "ch", "ح": "h", "خ": "kh",
        "د": "d", "ڈ": "d", "ذ": "z", "ر": "r", "ڑ": "r", "ز": "z", "ژ": "zh", "س": "s", "ش": "sh", "ص": "s", "ض": "z",
        "ط": "t", "ظ": "z", "ع": "a", "غ": "gh", "ف": "f", "ق": "q", "ک": "k", "گ": "g", "ل": "l", "م": "m", "ن": "n",
        "ں": "n", "و": "o", "ؤ": "o", "ہ": "h", "ھ": "h", "ء": "", "ئ": "", "ی": "i", "ے": "e",
    }
)  # fmt: skip


def sounds(word: str) -> str:
    """One spelled word (script.spell), a character a sound. Latin sounds and Urdu letters keep their own alphabets."""
    if not word:
        return ""
    return _latin(word) if word.isascii() else _urdu(word)


def skeleton(sound: str) -> str:
    """The consonants of `sounds`, alike in both scripts: رحمان, Rehman and rahmaan are all `rhmn`.

    No و, ی, ع, vowels or breath, but a word that opens with a vowel, w or y says so. A last h is silent.
    """
    if not sound:
        return ""
    first = _OPENING.get(sound[0]) or ("" if sound[0] in _CONSONANT or sound[0].isdecimal() else "a")
    bones: list[str] = []
    for letter in sound:
        bone = _CONSONANT.get(letter) or (letter if letter.isdecimal() else "")
        if bone and (bone.isdecimal() or not bones or bones[-1] != bone):
            bones.append(bone)
    if len(bones) > 1 and sound[-1] in "hحہ":
        bones.pop()
    # Without this اسکول is never found by school: the alef is spoken by some, written by all in Urdu, by few in Latin.
    return _PROP.sub("s", first + "".join(bones))


def romanise(text: str) -> str:
    """Urdu or Shahmukhi in Latin letters as written, no vowel guessed: for a register that keeps a name in Urdu."""
    return spell(text).translate(_ROMAN)


def _latin(word: str) -> str:
    word = _DOUBLED.sub(lambda m: _LONG.get(m[1], m[1]), word)
    for letters, sound in _TOGETHER:
        word = word.replace(letters, sound)
    word = _SOFT_C.sub("s", word).replace("c", "k").replace("w", "v")
    return _SILENT_E.sub("W", _BREATH.sub("H", word))


def _urdu(word: str) -> str:
    if word[0] == "ا":
        word = FIRST_ALEF + word[1:]
    if len(word) > 1:
        word = word[:-1] + _LAST.get(word[-1], word[-1])
    return word.replace("نڑ", NOON).replace("پھ", PH).replace("ائ", GLIDING_ALEF + "ئ")
