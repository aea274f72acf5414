"""A key of its own for each person and each case: once it is destroyed, no copy of what it sealed can be read again."""

from __future__ import annotations

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hotline.errors import SealBroken
from hotline.frozen import frozen
from hotline.sealing import NONCE_BYTES, Vault

PURPOSE = "own"
KEY_BYTES = 32


def person_owner(person_id: str) -> str:
    """What a person's key is bound to, and how it is called in a file of keys."""
    return f"person:{person_id}"


def case_owner(case_id: str) -> str:
    """What a case's key is bound to, and how it is called in a file of keys."""
    return f"case:{case_id}"


class OwnKey:
    """The key of one owner. What it seals is a nonce (12 bytes) and AES-256-GCM, bound to owner and column."""

    def __init__(self, owner: str, secret: bytes) -> None:
        self.owner = owner
        self._secret = secret
        self._sealer = AESGCM(secret)

    @classmethod
    def new(cls, owner: str) -> OwnKey:
        """A key by chance, 32 bytes."""
        return cls(owner, os.urandom(KEY_BYTES))

    @classmethod
    def kept(cls, vault: Vault, owner: str, key_sealed: bytes) -> OwnKey:
        """The key as its owner's row holds it. Raises SealBroken, also for somebody else's key or one destroyed."""
        return cls(owner, vault.open(PURPOSE, key_sealed, owner.encode()))

    def sealed(self, vault: Vault) -> bytes:
        """As its owner's row holds it, under the newest generation of `DATA_KEYS`."""
        return vault.seal(PURPOSE, self._secret, self.owner.encode())

    def seal(self, column: str, plain: bytes) -> bytes:
        """Encrypt a value of one of the owner's columns."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._sealer.encrypt(nonce, plain, self._bound(column))

    def open(self, column: str, sealed: bytes) -> bytes:
        """What `seal` was given. Raises SealBroken."""
        try:
            return self._sealer.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._bound(column))
        except (InvalidTag, ValueError):
            raise SealBroken(f"{column}: does not open") from None

    def mark(self, column: str, value: str) -> bytes:
        """A keyed hash of a value that is kept as nothing else: HMAC-SHA-256, 32 bytes. No data key changes it."""
        return hmac.digest(
            self._secret, b"mark|" + self._bound(column) + b"|" + value.encode("utf-8", "replace"), "sha256"
        )

    def _bound(self, column: str) -> bytes:
        return f"{self.owner}|{column}".encode()


def open_number(vault: Vault, owner: str, key_sealed: bytes, number_sealed: bytes) -> str:
    """The number (E.164) of a person or case, from what the owner's row holds. Raises SealBroken."""
    return OwnKey.kept(vault, owner, key_sealed).open("number", number_sealed).decode()


@frozen
class SealedCase:
    """A case's contact and detail under a key of its own, as they are kept."""

    key_sealed: bytes
    number_sealed: bytes
    detail_sealed: bytes


def seal_case(vault: Vault, case_id: str, number: str, detail: str) -> SealedCase:
    """Make the case's key and seal both."""
    key = OwnKey.new(case_owner(case_id))
    return SealedCase(
        key.sealed(vault), key.seal("number", number.encode()), key.seal("detail", detail.encode("utf-8", "replace"))
    )


def open_detail(vault: Vault, case_id: str, key_sealed: bytes, detail_sealed: bytes) -> str:
    """What a case is about. Raises SealBroken."""
    return OwnKey.kept(vault, case_owner(case_id), key_sealed).open("detail", detail_sealed).decode()
