"""The GSM 7-bit default alphabet and its extension (3GPP TS 23.038), and the typewriter form of typographic signs."""

from __future__ import annotations

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""127 characters of one septet each; the escape itself is not a character."""

EXTENSION = frozenset("\f^{}\\[~]|€")
"""10 characters of two septets each: an escape and a code, which no part may separate."""

GSM = BASIC | EXTENSION

PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´ʹʼ", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−⁃", "-"),
        **dict.fromkeys("•‣·∙●", "*"),
        **dict.fromkeys(
            "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "
        ),
        **dict.fromkeys("\u2028\u2029", "\n"),
        **dict.fromkeys(
            "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff", ""
        ),
        "…": "...",
        "‹": "<",
        "›": ">",
        "×": "x",
        "÷": "/",
        "⁄": "/",
        "½": "1/2",
        "¼": "1/4",
        "¾": "3/4",
        "™": "(TM)",
        "©": "(c)",
        "®": "(R)",
        "₨": "Rs",
        "→": "->",
    }
)
"""What a text editor makes of plain signs, turned back; every key is outside the alphabet, every value inside it."""
