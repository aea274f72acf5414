"""How messages, calls, lists and refusals are written in Twilio's JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import urlencode

from hotline.frozen import frozen
from hotline.pocket.account import API_VERSION
from hotline.pocket.calls import Call
from hotline.pocket.messages import Text

Json = dict[str, object]


@frozen
class Sheet:
    """One page of a list: its rows, where it stands, what was asked for, and whether more follow (`token`)."""

    key: str
    rows: Sequence[Json]
    path: str
    asked: Sequence[tuple[str, str]]
    number: int
    size: int
    token: str


def message_paper(text: Text, account_sid: str) -> Json:
    """A message as `GET Messages/<sid>.json` shows it."""
    return {
        "sid": text.sid,
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": text.body,
        "date_created": _stamp(text.created),
        "date_sent": _stamp(text.sent),
        "date_updated": _stamp(text.updated),
        "direction": text.direction,
        "error_code": text.error or None,
        "error_message": None,
        "from": text.sender,
        "to": text.to,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(text.length.parts),
        "price": None,
        "price_unit": "USD",
        "status": text.status,
        "subresource_uris": {"media": f"{_home(account_sid)}/Messages/{text.sid}/Media.json"},
        "uri": f"{_home(account_sid)}/Messages/{text.sid}.json",
    }


def call_paper(call: Call, account_sid: str) -> Json:
    """A call as `GET Calls/<sid>.json` shows it."""
    ring = call.ring
    inbound = ring.direction == "inbound"
    return {
        "sid": call.sid,
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "answered_by": None,
        "date_created": _stamp(call.created),
        "date_updated": _stamp(call.ended or call.answered or call.created),
        "direction": ring.direction,
        "duration": str(call.seconds) if call.ended else None,
        "start_time": _stamp(call.answered),
        "end_time": _stamp(call.ended),
        "from": ring.handset if inbound else ring.number,
        "to": ring.number if inbound else ring.handset,
        "parent_call_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "status": call.status,
        "subresource_uris": {},
        "uri": f"{_home(account_sid)}/Calls/{call.sid}.json",
    }


def list_paper(sheet: Sheet) -> Json:
    """One page of a list, with the address of the next where there is one."""
    kept = [(name, value) for name, value in sheet.asked if name not in {"Page", "PageSize", "PageToken"}]

    def uri(number: int, token: str) -> str:
        place = [("PageSize", str(sheet.size)), ("Page", str(number))] + ([("PageToken", token)] if token else [])
        return f"{sheet.path}?{urlencode([*kept, *place])}"

    start = sheet.number * sheet.size
    return {
        sheet.key: list(sheet.rows),
        "first_page_uri": uri(0, ""),
        "next_page_uri": uri(sheet.number + 1, sheet.token) if sheet.token else None,
        "previous_page_uri": None,
        "page": sheet.number,
        "page_size": sheet.size,
        "start": start,
        "end": start + max(0, len(sheet.rows) - 1),
        "uri": uri(sheet.number, ""),
    }


def refusal_paper(status: int, number: int, message: str) -> Json:
    """An error, in the older of Twilio's two shapes, which the client raises as TwilioRestException."""
    info = f"https://www.twilio.com/docs/errors/{number}"
    return {"code": number, "message": message, "more_info": info, "status": status}


def _home(account_sid: str) -> str:
    return f"/{API_VERSION}/Accounts/{account_sid}"


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else format_datetime(at)
