"""Whether a webhook was signed with one of the account's tokens, over the address we gave the provider.

Source: Twilio, "Webhooks security": base64 of HMAC-SHA-1 over the URL and the sorted parameters, names before values.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from hotline.channels.twilio.request import MAX_FIELDS, SIGNATURE, Fields, Raw, Trusted
from hotline.errors import SettingError, Untrusted

_PORTS = {"http": 80, "https": 443}


def sign(token: str, url: str, pairs: Iterable[tuple[str, str]]) -> str:
    """The signature Twilio puts into X-Twilio-Signature for a form POST of `pairs` to `url`."""
    octets = ((name.encode(), value.encode()) for name, value in pairs)
    return base64.b64encode(hmac.digest(token.encode(), url.encode() + _joined(octets), "sha1")).decode()


class Guard:
    """Checks requests against PUBLIC_BASE_URL and every token; never against a header that names our own address."""

    def __init__(self, base_url: str, tokens: Sequence[str]) -> None:
        """`base_url` is scheme, host and perhaps a path; `tokens` may hold any characters, empty ones do not count."""
        # Each has read the token and the address: a copy of it goes on with what was asked for.
        self._begun = tuple(
            hmac.new(token.encode(), base, "sha1") for base in _spellings(base_url) for token in tokens if token
        )

    def check(self, raw: Raw) -> Trusted:
        """The request, now trusted. Raises Untrusted: method, no_token, no_signature, shape or signature."""
        if raw.method != "POST":
            raise Untrusted("method")
        if not self._begun:
            raise Untrusted("no_token")
        given = raw.headers.get(SIGNATURE, "")
        if not given:
            raise Untrusted("no_signature")
        # A JSON webhook is signed without its body, and nothing of ours asks for one.
        if not raw.is_form or raw.body.count(b"&") >= MAX_FIELDS:
            raise Untrusted("shape")
        fields = Fields.parse(raw.body)
        return Trusted(raw.path, fields, given, self._signed(raw, fields, given.encode("utf-8", "surrogatepass")))

    def _signed(self, raw: Raw, fields: Fields, given: bytes) -> bytes:
        """What the signature covers behind our address. Raises Untrusted where it covers nothing of this."""
        target = raw.path.encode("utf-8", "surrogateescape") + (b"?" + raw.query if raw.query else b"")
        signed = target + _joined(fields.octets)
        if self._fits(signed, given):
            return signed
        signed = target + _joined([(name.encode(), value.encode()) for name, value in fields.text])
        if self._fits(signed, given):
            return signed
        raise Untrusted("signature")

    def _fits(self, signed: bytes, given: bytes) -> bool:
        # Voice over HTTPS is signed without the port, a message with it.
        for begun in self._begun:
            own = begun.copy()
            own.update(signed)
            if hmac.compare_digest(base64.b64encode(own.digest()), given):
                return True
        return False


def _spellings(base_url: str) -> tuple[bytes, ...]:
    """The address as configured, and as it reads without or with its port; user and password are never signed."""
    parts = urlsplit(base_url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.query or parts.fragment:
        raise SettingError("PUBLIC_BASE_URL: write scheme and host, such as https://hotline.example.org")
    host = parts.netloc.rpartition("@")[2]
    bare = host.rpartition(":")[0] if parts.port is not None else host
    with_port = f"{bare}:{parts.port or _PORTS[parts.scheme]}"
    ordered = (with_port, bare) if parts.port is not None else (bare, with_port)
    return tuple(f"{parts.scheme}://{name}{parts.path.rstrip('/')}".encode() for name in ordered)


def _joined(pairs: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Names in order, each before its values in order, a repeated pair once; UTF-8 sorts as its code points do."""
    return b"".join([name + value for name, value in sorted(set(pairs))])
