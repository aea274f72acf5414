"""Which language a first message is in: a guess from its script and a few telling words, until the person chooses."""

from __future__ import annotations

from hotline.text.script import fold, scripts

PUNJABI = frozenset(
    [
        "دا",
        "دی",
        "دے",
        "دیاں",
        "نوں",
        "وچ",
        "توں",
        "نال",
        "نیں",
        "سی",
        "ایہ",
        "اوہ",
        "جیہڑا",
        "ویلے",
        "گل",
        "مینوں",
        "تینوں",
        "تسیں",
        "اسیں",
        "کیہ",
        "کیویں",
        "اے",
        "نئیں",
        "ہن",
        "دسو",
    ]
)
"""Words that Punjabi in Shahmukhi has and Urdu has not (language.md §4)."""
PUNJABI_SIGNS = frozenset("\u0768\u08c7")
ROMAN = frozenset(
    [
        "ka",
        "ki",
        "ke",
        "ko",
        "kya",
        "hai",
        "he",
        "hain",
        "hy",
        "mein",
        "mai",
        "main",
        "se",
        "say",
        "nahi",
        "nhi",
        "nahin",
        "aur",
        "yeh",
        "ye",
        "woh",
        "wo",
        "hum",
        "tum",
        "aap",
        "mera",
        "meri",
        "mujhe",
        "mjhe",
        "karna",
        "krna",
        "karo",
        "kro",
        "kar",
        "chahiye",
        "kaise",
        "kaisy",
        "kahan",
        "bhai",
        "theek",
        "thik",
        "agar",
        "jana",
        "ja",
        "raha",
        "rahi",
        "da",
        "di",
        "de",
        "nu",
        "vich",
        "licence",
        "license",
        "k",
        "liye",
        "lye",
        "pata",
        "batao",
        "btao",
        "bata",
    ]
) - {"licence", "license", "he", "main", "say", "ja"}
"""Words of Roman Urdu and Roman Punjabi that are not English ones."""


def guess(text: str) -> str:
    """`en`, `ur`, `pa_Arab` or `ur_Latn`; "" when nothing tells, as in digits alone."""
    found = scripts(text)
    words = fold(text).split()
    if "Arab" in found:
        told = {fold(word) for word in PUNJABI}
        return "pa_Arab" if PUNJABI_SIGNS & set(text) or told & set(words) else "ur"
    if "Latn" not in found:
        return ""
    return "ur_Latn" if ROMAN & set(words) else "en"
