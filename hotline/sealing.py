"""The keys to people's data: sealing, opening, and the blind index that finds a number nobody can read."""

from __future__ import annotations

import base64
import hmac
import os
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hotline.errors import SealBroken, SettingError

NONCE_BYTES = 12
_GENERATION = re.compile(r"k([1-9]\d{0,2})")


class Vault:
    """Seals with the newest generation of `DATA_KEYS`, opens with any; every purpose has its own key (HKDF-SHA-256).

    A sealed value is: generation number (1 byte) + nonce (12 bytes) + AES-256-GCM ciphertext with tag. `bound` is what
    the value belongs to (a row, a thread): a value moved elsewhere does not open.
    """

    def __init__(self, keys: dict[int, bytes]) -> None:
        """`keys` maps a generation (1–255) to at least 32 secret bytes; insertion order is newest first."""
        if not keys:
            raise SettingError("DATA_KEYS is empty: make one with `hotline keys new`")
        self._keys = keys
        self._newest = next(iter(keys))
        self._sealers: dict[tuple[int, str], AESGCM] = {}
        self._begun: dict[tuple[int, str], hmac.HMAC] = {}

    @classmethod
    def parse(cls, text: str) -> Vault:
        """Read `k2:BASE64,k1:BASE64` (newest first; URL-safe or plain base64 of ≥ 32 bytes)."""
        keys: dict[int, bytes] = {}
        for item in filter(None, (part.strip() for part in text.split(","))):
            name, _, value = item.partition(":")
            found = _GENERATION.fullmatch(name)
            if not found or int(found[1]) > 255:
                raise SettingError("DATA_KEYS: each key is written kN:BASE64, such as k1:…; N from 1 to 255")
            try:
                secret = base64.b64decode(
                    value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4), validate=True
                )
            except ValueError:
                raise SettingError(f"DATA_KEYS: {name} is not base64") from None
            if len(secret) < 32 or len(set(secret)) < 8:
                raise SettingError(f"DATA_KEYS: {name} is too weak; make one with `hotline keys new`")
            if int(found[1]) in keys:
                raise SettingError(f"DATA_KEYS: {name} stands twice")
            keys[int(found[1])] = secret
        return cls(keys)

    @staticmethod
    def new_key(generation: int = 1) -> str:
        """A fresh key as it is written in `DATA_KEYS`."""
        return f"k{generation}:{base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip('=')}"

    def seal(self, purpose: str, plain: bytes, bound: bytes = b"") -> bytes:
        """Encrypt `plain` for `purpose`, readable only together with the same `bound`."""
        nonce = os.urandom(NONCE_BYTES)
        return bytes([self._newest]) + nonce + self._sealer(self._newest, purpose).encrypt(nonce, plain, bound)

    def open(self, purpose: str, sealed: bytes, bound: bytes = b"") -> bytes:
        """What `seal` was given. Raises SealBroken when it is not ours, for another purpose, or from another place."""
        if len(sealed) <= NONCE_BYTES + 1 or sealed[0] not in self._keys:
            raise SealBroken(f"{purpose}: no key of this generation")
        nonce, cipher = sealed[1 : NONCE_BYTES + 1], sealed[NONCE_BYTES + 1 :]
        try:
            return self._sealer(sealed[0], purpose).decrypt(nonce, cipher, bound)
        except InvalidTag:
            raise SealBroken(f"{purpose}: does not open") from None

    def index(self, purpose: str, value: str) -> bytes:
        """The blind index of a value: HMAC-SHA-256 under the newest generation, 32 bytes. Equal values, equal index."""
        return self._hashed(self._newest, purpose, _octets(value))

    def indexes(self, purpose: str, value: str) -> tuple[bytes, ...]:
        """The blind index under every live generation, newest first: what to look for while keys rotate."""
        octets = _octets(value)
        return tuple([self._hashed(generation, purpose, octets) for generation in self._keys])

    @property
    def newest(self) -> int:
        """The generation new values are sealed with."""
        return self._newest

    @property
    def generations(self) -> tuple[int, ...]:
        """Every live generation, newest first."""
        return tuple(self._keys)

    def tag(self, value: str, month: str) -> str:
        """A word for the log: 10 hex digits that name the same person for one month, and do not lead to the index."""
        return self.index("log", f"{month}|{value}")[:5].hex()

    def _sealer(self, generation: int, purpose: str) -> AESGCM:
        found = self._sealers.get((generation, purpose))
        if found is None:
            found = self._sealers[generation, purpose] = AESGCM(self._derive(generation, "seal", purpose))
        return found

    def _hashed(self, generation: int, purpose: str, octets: bytes) -> bytes:
        begun = self._begun.get((generation, purpose))
        if begun is None:
            key = self._derive(generation, "index", purpose)
            begun = self._begun[generation, purpose] = hmac.new(key, digestmod="sha256")
        # A copy of one that has read its key costs a third of beginning anew.
        own = begun.copy()
        own.update(octets)
        return own.digest()

    def _derive(self, generation: int, use: str, purpose: str) -> bytes:
        info = f"hotline/1/{use}/{purpose}".encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self._keys[generation])


def _octets(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")
