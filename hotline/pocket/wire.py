"""The wire to the hotline: how a webhook is signed, posted, tried again and found wanting, as Twilio does it."""

from __future__ import annotations

import base64
import hmac
import http.client
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit, urlunsplit

from hotline.frozen import frozen

MAX_BODY = 64 * 1024
HTTP_FAILED, CONNECT_FAILED = 11200, 11205
_KEEP = "%/?#[]@!$&'()*+,;=:~"


@frozen
class Patience:
    """Twilio's connection overrides: seconds to connect and to answer, extra tries, and after which failures to try."""

    connect: float = 5.0
    read: float = 15.0
    retries: int = 1
    when: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, url: str) -> Patience:
        """Read the fragment of an address: `#rc=3&rp=ct,rt,5xx&ct=2000&rt=5000` (milliseconds). Nonsense is ignored."""
        given = dict(parse_qsl(urlsplit(url).fragment))
        patience = cls()
        if given.get("ct", "").isdigit():
            patience = replace(patience, connect=min(10_000, max(100, int(given["ct"]))) / 1000)
        if given.get("rt", "").isdigit():
            patience = replace(patience, read=min(15_000, max(100, int(given["rt"]))) / 1000)
        if given.get("rc", "").isdigit():
            patience = replace(patience, retries=min(5, int(given["rc"])))
        if "rp" in given:
            patience = replace(patience, when=frozenset(given["rp"].split(",")))
        return patience


@frozen
class Request:
    """A signed webhook, ready to be sent again byte for byte. `url` has no fragment and no user name."""

    method: str
    url: str
    body: bytes
    headers: Mapping[str, str]
    patience: Patience = Patience()


@frozen
class Answer:
    """What came back. `failure` is "" or Twilio's class: `ct` connect, `rt` too slow, `4xx`, `5xx` (or broken off)."""

    status: int
    body: bytes = b""
    content_type: str = ""
    failure: str = ""
    tries: int = 1

    @property
    def error(self) -> int:
        """Twilio's error number, 0 where it answered."""
        if not self.failure:
            return 0
        return CONNECT_FAILED if self.failure == "ct" else HTTP_FAILED


def sign(token: str, url: str, params: Mapping[str, str]) -> str:
    """`X-Twilio-Signature`: base64 of HMAC-SHA1, keyed by the token, over the URL and the sorted names with values."""
    text = url + "".join(name + value for name, value in sorted(params.items()))
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()


def signed_url(url: str, *, voice: bool) -> str:
    """The form of an address that is signed: no fragment, no user name; for voice over HTTPS no port either."""
    parts = urlsplit(quote(url, safe=_KEEP))
    host = parts.netloc.rpartition("@")[2]
    if voice and parts.scheme == "https":
        host = host.removesuffix(f":{parts.port}")
    return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))


def prepare(token: str, url: str, params: Mapping[str, str], *, method: str = "POST", voice: bool = False) -> Request:
    """Sign a webhook. A GET carries its parameters in the query, and the signature covers the address alone."""
    patience = Patience.of(url)
    headers = {"User-Agent": "TwilioProxy/1.1", "Accept": "*/*", "Connection": "close"}
    if method == "GET" and params:
        bare, _, fragment = url.partition("#")
        url = f"{bare}{'&' if '?' in bare else '?'}{urlencode(params)}#{fragment}"
    form = dict(params) if method == "POST" else {}
    headers["X-Twilio-Signature"] = sign(token, signed_url(url, voice=voice), form)
    if method == "POST":
        headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
    return Request(method, signed_url(url, voice=False), urlencode(form).encode(), headers, patience)


def deliver(request: Request) -> Answer:
    """Send a webhook, and again where its patience says so. A redirect is a failure: following it loses the form."""
    answer = _once(request)
    while answer.failure and answer.tries <= request.patience.retries and _again(answer.failure, request.patience):
        answer = replace(_once(request), tries=answer.tries + 1)
    return answer


def _again(failure: str, patience: Patience) -> bool:
    return failure in patience.when or "all" in patience.when


def _once(request: Request) -> Answer:
    parts = urlsplit(request.url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return Answer(0, failure="ct")
    line = _line(parts, request.patience.connect)
    try:
        try:
            line.connect()
        except OSError:
            return Answer(0, failure="ct")
        line.sock.settimeout(request.patience.read)
        return _exchange(line, request, parts)
    finally:
        line.close()


def _line(parts: SplitResult, timeout: float) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname or "", parts.port, timeout=timeout)


def _exchange(line: http.client.HTTPConnection, request: Request, parts: SplitResult) -> Answer:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        line.request(request.method, path, request.body, dict(request.headers))
        response = line.getresponse()
        body = response.read(MAX_BODY + 1)
    except TimeoutError:
        return Answer(0, failure="rt")
    except (OSError, http.client.HTTPException):
        return Answer(0, failure="5xx")
    status = response.status
    failure = "" if 200 <= status < 300 else "5xx" if status >= 500 else "4xx"
    return Answer(status, body, response.headers.get("Content-Type", ""), failure)
