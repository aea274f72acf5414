"""Which encoding a file of text is in: UTF-8, UTF-16 or Windows-1256; a mixture is none."""

from __future__ import annotations

import codecs
import re

from hotline.errors import BadFile

_ADVICE = "save the list again as CSV UTF-8"
_BOMS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# Two bytes of Windows-1256 may happen to be valid UTF-8, but then of a letter that no list of ours has.
_BY_CHANCE = re.compile("[\u0250-\u05ff\u0700-\u074f\u0780-\u07ff]")
_CUT = "the file ends inside a character, so it is cut short"


class Detector:
    """Told a file's bytes in order, says at the end what they are. Holds no more than one line."""

    def __init__(self) -> None:
        self._start = b""
        self._wide: codecs.IncrementalDecoder | None = None
        self._wide_name = ""
        self._line = b""
        self._number = 1
        self._first_utf8 = self._first_other = 0

    def feed(self, chunk: bytes) -> None:
        """Raises BadFile when UTF-16 breaks off."""
        if not self._start:
            self._start = chunk[:4096]
            self._wide_name = _wide(self._start)
            if self._wide_name:
                self._wide = codecs.getincrementaldecoder(self._wide_name)()
        if self._wide:
            self._number += self._decode_wide(chunk)
            return
        *lines, self._line = (self._line + chunk).split(b"\n")
        for line in lines:
            self._judge(line)
            self._number += 1

    def close(self) -> tuple[str, str]:
        """(Python's name, what people call it). Raises BadFile for a mixture or a character that is cut in two."""
        if self._wide:
            self._decode_wide(b"", final=True)
            return self._wide_name, "UTF-16"
        if self._first_utf8 or not self._first_other:
            self._refuse_a_cut_character()
        self._judge(self._line)
        bom = self._start.startswith(codecs.BOM_UTF8)
        if self._first_other and (self._first_utf8 or bom):
            here = max(self._first_other, self._first_utf8)
            raise BadFile(f"row {here}: here the encoding changes between UTF-8 and Windows-1256; {_ADVICE}")
        return ("cp1256", "Windows-1256") if self._first_other else ("utf-8-sig", "UTF-8")

    def _judge(self, line: bytes) -> None:
        if line.isascii():
            return
        try:
            utf8 = not _BY_CHANCE.search(line.decode())
        except UnicodeDecodeError:
            utf8 = False
        if utf8:
            self._first_utf8 = self._first_utf8 or self._number
        else:
            self._first_other = self._first_other or self._number

    def _refuse_a_cut_character(self) -> None:
        try:
            self._line.decode()
        except UnicodeDecodeError as error:
            if error.reason == "unexpected end of data":
                raise BadFile(f"row {self._number}: {_CUT}; {_ADVICE}") from None

    def _decode_wide(self, chunk: bytes, *, final: bool = False) -> int:
        assert self._wide is not None
        try:
            return self._wide.decode(chunk, final).count("\n")
        except UnicodeDecodeError as error:
            here = self._number + error.object[: error.start].count(b"\n")
            what = _CUT if final else "the encoding is no longer UTF-16"
            raise BadFile(f"row {here}: {what}; {_ADVICE}") from None


def _wide(start: bytes) -> str:
    """UTF-16 says so in its first bytes, or shows it: every other byte of Latin text is NUL."""
    for bom, name in _BOMS.items():
        if start.startswith(bom):
            return name
    odd, even = start[1::2].count(0), start[::2].count(0)
    if max(odd, even) * 4 < len(start) or len(start) < 4:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"
