"""What reports are added up and told apart by: keyed hashes of a name no list has, and of who reported it."""

from __future__ import annotations

from hotline.sealing import Vault

Mark = tuple[str, bytes]
"""(agency, reporter): the licence, or a keyed hash of the name, or "" where none was named; and who reported it."""


def report_marks(vault: Vault, licence: str, name: str, number: str) -> tuple[Mark, ...]:
    """The marks of a report under every live data key, newest first. `name` as it is compared (folded), `number` E.164.

    All who withhold their number, "", are one reporter: else one caller could be a crowd.
    """
    names, reporters = vault.indexes("agency", name), vault.indexes("reporter", f"{licence or name}|{number}")
    return tuple(
        (licence or (f"name:{named.hex()[:32]}" if name else ""), reporter)
        for named, reporter in zip(names, reporters, strict=True)
    )
