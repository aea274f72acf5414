"""What stands in a message and to whom it goes, opened only when it is needed, and where people may be."""

from __future__ import annotations

from typing import Protocol

from hotline.domain.keeping import bound
from hotline.sealing import Vault


class Letter(Protocol):
    """A row of the outbox with its person."""

    @property
    def id(self) -> str: ...
    @property
    def text_sealed(self) -> bytes | None: ...
    @property
    def text(self) -> str: ...


def text_of(vault: Vault, letter: Letter) -> str:
    """The words of a message: its own, or its broadcast's. Raises SealBroken."""
    if letter.text_sealed is None:
        return letter.text
    return vault.open("delivery", letter.text_sealed, bound("deliveries", "text", letter.id)).decode()


def receipt_id(message: str, attempt: int) -> str:
    """The id under which receipts of one try come back, so that those of an earlier try are known for what they are."""
    return f"{message}-{attempt}"


def read_receipt_id(own_id: str) -> tuple[str, int]:
    """The message and the try; 0 where the id is none of ours."""
    message, _, attempt = own_id.rpartition("-")
    return (message, int(attempt)) if message and attempt.isdecimal() and len(attempt) < 6 else (own_id, 0)
