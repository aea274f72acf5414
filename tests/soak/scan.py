"""Looking for planted numbers and texts in the bytes of files: as they are, inside compressed values, and in UTF-16."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

_COMPRESSED = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_INFLATED_MOST = 1 << 20


def forms(number: str) -> Iterator[bytes]:
    """A number as it could stand somewhere: +92300…, which holds 92300… and 300…, and those again in UTF-16."""
    national = number.removeprefix("+92")
    yield national.encode()
    yield national.encode("utf-16-le")


def hits(files: Iterable[Path], planted: Iterable[bytes]) -> list[tuple[str, bytes]]:
    """Every planted value that a file holds, with the file's name."""
    wanted = re.compile(b"|".join(map(re.escape, planted)))
    found = []
    for file in files:
        for octets in _readings(file.read_bytes()):
            found += [(file.name, hit) for hit in set(wanted.findall(octets))]
    return found


def all_files(folder: Path) -> list[Path]:
    """Everything under a folder that can be read."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def _readings(octets: bytes) -> Iterator[bytes]:
    yield octets
    for place in _COMPRESSED.finditer(octets):
        try:
            yield zlib.decompressobj().decompress(octets[place.start() :], _INFLATED_MOST)
        except zlib.error:
            continue
