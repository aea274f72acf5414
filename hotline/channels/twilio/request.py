"""One webhook as it came over the wire, before anything in it is believed."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote_to_bytes, urlsplit

from hotline.frozen import frozen

MAX_FIELDS = 100
FORM = "application/x-www-form-urlencoded"
SIGNATURE = "x-twilio-signature"
_PATH_SAFE = "/:@!$&'()*+,;=~%"


@frozen
class Raw:
    """`path` and `query` as requested (escapes kept), header names in lower case, the body unread by any framework."""

    path: str
    query: bytes
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"

    @classmethod
    def from_environ(cls, environ: Mapping[str, object], body: bytes) -> Raw:
        """Read a WSGI environment (PEP 3333); `body` is what the door has read within its size limit."""
        target = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
        if target.startswith("/"):
            path = target.partition("?")[0]
        elif "://" in target:
            path = urlsplit(target).path
        else:
            path = quote(f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}", _PATH_SAFE, "latin-1")
        return cls(
            path=path.encode("latin-1", "replace").decode("utf-8", "surrogateescape"),
            query=str(environ.get("QUERY_STRING", "")).encode("latin-1", "replace"),
            headers={
                SIGNATURE: str(environ.get("HTTP_X_TWILIO_SIGNATURE", "")),
                "content-type": str(environ.get("CONTENT_TYPE", "")),
            },
            body=body,
            method=str(environ.get("REQUEST_METHOD", "")),
        )

    @property
    def is_form(self) -> bool:
        """Whether the body says that it is URL-encoded."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM


@frozen
class Fields:
    """The parameters of a body in order, as the bytes that were sent."""

    octets: tuple[tuple[bytes, bytes], ...]

    @classmethod
    def parse(cls, body: bytes) -> Fields:
        """Read application/x-www-form-urlencoded (WHATWG URL); empty values are kept, empty pieces skipped."""
        octets = []
        for piece in body.split(b"&"):
            if piece:
                name, _, value = piece.partition(b"=")
                # Most have nothing to undo, and to find that out at once is a third of reading a form.
                if not name.isalnum():
                    name = _plain(name)
                if value and not value.isalnum():
                    value = _plain(value)
                octets.append((name, value))
        return cls(tuple(octets))

    @property
    def text(self) -> tuple[tuple[str, str], ...]:
        """The same as the text they show, bad UTF-8 as U+FFFD."""
        return tuple((name.decode("utf-8", "replace"), value.decode("utf-8", "replace")) for name, value in self.octets)


def _plain(quoted: bytes) -> bytes:
    if b"+" in quoted:
        quoted = quoted.replace(b"+", b" ")
    return unquote_to_bytes(quoted) if b"%" in quoted else quoted


@frozen
class Trusted:
    """A webhook whose signature was right: where it went, what it carried, the signature and the octets it covers."""

    path: str
    fields: Fields
    signature: str
    signed: bytes
