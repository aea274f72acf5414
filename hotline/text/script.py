"""How Urdu, Shahmukhi, Roman Urdu and English are written: a form to show and a form to compare, never one for both."""

from __future__ import annotations

import re
import unicodedata

ALEF, ALEF_MADDA, WAW, YEH, YEH_BARREE = "\u0627", "\u0622", "\u0648", "\u06cc", "\u06d2"
HEH, HEH_DOACHASHMEE, HEH_GOAL, HEH_GOAL_HAMZA = "\u0647", "\u06be", "\u06c1", "\u06c2"
NOON, NOON_GHUNNA, YEH_HAMZA, WAW_HAMZA = "\u0646", "\u06ba", "\u0626", "\u0624"
ARABIC_YEH, ARABIC_MAKSURA, ARABIC_KAF, KEHEH = "\u064a", "\u0649", "\u0643", "\u06a9"
HAMZA_ABOVE, TATWEEL, ZWNJ, ZWJ = "\u0654", "\u0640", "\u200c", "\u200d"
ALLAH, ALLAH_LIGATURE = ALEF + "\u0644\u0644" + HEH_GOAL, "\ufdf2"

MARKS = "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08d3-\u08e1\u08e3-\u08ff"
"""Signs above and below Arabic letters, as the inside of a regular expression's set."""
LETTERS = "\u0620-\u063f\u0641-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f\u08a0-\u08c9"
"""Letters of Urdu, Punjabi and their neighbours, as the inside of a regular expression's set; tatweel is none."""
ARABIC = "\u0600-\u06ff\u0750-\u077f\u0870-\u08ff"

# A direction mark or a NUL inside a word changes nothing on the screen and everything in a comparison; U+FFFE and
# U+FFFF may not stand in XML, which is how a reply leaves.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile("[\t \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_SHAPED = re.compile(f"{ALEF}?{ALLAH_LIGATURE}|[\ufb50-\ufd3d\ufd50-\ufdf9\ufe70-\ufefc]")
_NON_JOINER = re.compile(f"(?P<kept>(?<=[{LETTERS}{MARKS}]){ZWNJ}+(?=[{LETTERS}]))|{ZWNJ}+")
_EMOJI = "\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff"
_JOINER = re.compile(f"(?P<kept>(?<=[{_EMOJI}\ufe0f]){ZWJ}(?=[{_EMOJI}]))|{ZWJ}+")
_LOW_MARKS = "\u064b-\u0652\u0655\u0656\u0670"
_HAMZA_SEAT = re.compile(f"[{YEH}{ARABIC_MAKSURA}{HEH}](?=[{_LOW_MARKS}]*{HAMZA_ABOVE})")
_LAST_HEH = re.compile(f"{HEH}(?![{MARKS}]*[{LETTERS}])")

_KEYBOARD = str.maketrans(
    {
        ARABIC_YEH: YEH, ARABIC_MAKSURA: YEH, "\u06d0": YEH, "\u06cd": YEH, "\u06ce": YEH, "\u0678": YEH_HAMZA,
        ARABIC_KAF: KEHEH, "\u06aa": KEHEH,
        HEH: HEH_GOAL, "\u0629": HEH_GOAL, "\u06c3": HEH_GOAL,
        "\u06c0": HEH_GOAL, HEH_GOAL_HAMZA: HEH_GOAL, "\u06d5": HEH_GOAL, "\u06ff": HEH_GOAL,
        "\u0623": ALEF, "\u0625": ALEF, "\u0671": ALEF, "\u06d3": YEH_HAMZA + YEH_BARREE,
        "\u0768": NOON, "\u06bb": NOON, "\u06bc": NOON, "\u08c7": "\u0644", "\u076a": "\u0644",
        "\u067b": "\u0628", "\u0684": "\u062c", "\u0759": "\u0688", "\u06b3": "\u06af",
    }
)  # fmt: skip
"""One letter for what keyboards, and the Punjabi, Saraiki and Sindhi alphabets, write apart (nisaba `ur`, `pa`)."""
_DIGITS = {0x06F0 + n: str(n) for n in range(10)} | {0x0660 + n: str(n) for n in range(10)}
_NOT_ARABIC = re.compile(f"[^{ARABIC}]+")
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])['`\u2018\u2019\u02bc\u02bb\u00b4]+(?=[^\W\d_])")
_REPEATED = re.compile(r"([a-z])\1\1+")
_ZERO_ONE = re.compile(r"(?<=[a-z])[01](?=[a-z])")
_SHORT_ZERO = re.compile(r"\b0(?=k\b)|(?<=\b[gn])0\b")
_ASCII = {code: None if _UNSEEN.match(chr(code)) else chr(code) if chr(code).isalnum() else " " for code in range(128)}
"""What becomes of a character where all of them are ASCII: most messages are, and need nothing else looked at."""
_THUMB_UP, _THUMB_DOWN = "\U0001f44d", "\U0001f44e"

_SCRIPTS = {
    "Arab": re.compile(f"[{LETTERS}\ufb50-\ufdfc\ufe70-\ufefc]"),
    "Latn": re.compile("[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a]"),
    "Guru": re.compile("[\u0a05-\u0a39\u0a59-\u0a5e]"),
    "Deva": re.compile("[\u0904-\u0939\u0958-\u0961]"),
}
NEAR_LETTERS = 6
"""A shorter word has too many everyday neighbours for "did you mean"."""


def display(text: str) -> str:
    """What we store and show: the same letters, without controls, invisible marks, stretched or pre-shaped forms.

    Idempotent. ہ and ھ, ن and ں, ی and ے, ا and آ stay apart; only a last or lone Arabic heh becomes ہ. ﷺ and its like
    stay one character.
    """
    if text.isascii() and text.isprintable():
        return _SPACES.sub(" ", text).strip(" ")
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    text = _UNSEEN.sub("", _LINE.sub("\n", text))
    text = _SHAPED.sub(_unshaped, text).replace(TATWEEL, "")
    text = _JOINER.sub(lambda joiner: ZWJ if joiner["kept"] else "", text)
    text = _NON_JOINER.sub(lambda joiner: ZWNJ if joiner["kept"] else "", text)
    text = unicodedata.normalize("NFC", text)
    if HAMZA_ABOVE in text:
        # NFC joins the hamza to the Arabic yeh only; without this the folding below would lose it.
        text = unicodedata.normalize("NFC", _HAMZA_SEAT.sub(_seat, text))
    text = _LAST_HEH.sub(HEH_GOAL, text.replace("\u06c0", HEH_GOAL_HAMZA))
    return _SPACES.sub(" ", text).strip(" \n")


def fold(text: str) -> str:
    """What we compare keywords by: folded letters, small Latin, digits 0-9, single spaces, nothing else.

    The same word typed on an Urdu, Arabic or Punjabi keyboard folds alike; different words stay different (آ, ے, ں and
    every vowel are kept: the loose key is sound.py's). A text that is only a thumb is `yes` or `no`, only `*` or `#`
    itself. ZWNJ is deleted, so compare without spaces where a compound may be written both ways. Idempotent.
    """
    # An Arabic keyboard has one heh for ہ and ھ: kept apart, its دهوكه would never be دھوکہ.
    return spell(text).replace(HEH_DOACHASHMEE, HEH_GOAL) or _sign(display(text))


def spell(text: str) -> str:
    """`fold`, but ھ stays apart from ہ, and a text without letters and digits is empty: what sound is made from."""
    folded = plain(text)
    if "0" in folded or "1" in folded:
        folded = _SHORT_ZERO.sub("o", _ZERO_ONE.sub(lambda m: "oi"[int(m[0])], folded))
    # Looking costs a fifth of replacing nothing.
    return _REPEATED.sub(r"\1", folded) if _REPEATED.search(folded) else folded


def plain(text: str) -> str:
    """`spell` without forgiving slips of a Latin keyboard (j0b, helpppp): what a registered name is compared by."""
    if text.isascii() and "'" not in text and "`" not in text:
        return " ".join(text.lower().translate(_ASCII).split())
    return _plain_of_any(text)


def _plain_of_any(text: str) -> str:
    shown = display(text)
    folded = shown if shown.isascii() else _letters(shown)
    folded = _APOSTROPHE.sub("", folded.casefold())
    return " ".join("".join([c if c.isalnum() else " " for c in folded]).split())


def digits(text: str) -> str:
    """The text with ۰-۹ and ٠-٩ written 0-9, and nothing else changed."""
    return text if text.isascii() else text.translate(_DIGITS)


def scripts(text: str) -> frozenset[str]:
    """Which of Arab, Latn, Guru and Deva (ISO 15924) have letters in the text."""
    return frozenset(name for name, letters in _SCRIPTS.items() if letters.search(text))


def near(typed: str, word: str) -> bool:
    """Is `typed` at most one letter (more, less, other, two swapped) off `word`, which has ≥ 6 letters? Both folded."""
    if typed == word:
        return True
    short, long = sorted((typed, word), key=len)
    if len(word) < NEAR_LETTERS or len(long) - len(short) > 1:
        return False
    at = 0
    while at < len(short) and short[at] == long[at]:
        at += 1
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at : at + 2] == long[at : at + 2][::-1]
    return short[at + 1 :] == long[at + 1 :] or (swapped and short[at + 2 :] == long[at + 2 :])


def _unshaped(shape: re.Match[str]) -> str:
    return ALLAH if ALLAH_LIGATURE in shape[0] else unicodedata.normalize("NFKC", shape[0])


def _seat(letter: re.Match[str]) -> str:
    return HEH_GOAL if letter[0] == HEH else ARABIC_YEH


def _letters(text: str) -> str:
    """Letters without marks. NFKD takes ئ apart into ي and a mark, so it only sees what is not Arabic."""
    text = _NOT_ARABIC.sub(lambda m: _base(_base(m[0]).casefold()), text)
    return re.sub(f"[{MARKS}{ZWNJ}]", "", text.translate(_DIGITS)).translate(_KEYBOARD)


def _base(text: str) -> str:
    return "".join([c for c in unicodedata.normalize("NFKD", text) if not unicodedata.category(c).startswith("M")])


def _sign(text: str) -> str:
    """What a message without letters or digits says."""
    up, down = _THUMB_UP in text, _THUMB_DOWN in text
    if up != down:
        return "yes" if up else "no"
    bare = _base(text).strip()
    return bare if bare in {"*", "#"} else ""
