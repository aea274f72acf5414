"""GET /audio/NAME.wav: clips, which never change under one name."""

from __future__ import annotations

import re

from flask import Blueprint, Response

from hotline.errors import SpeechError
from hotline.house import House

_NAME = re.compile(r"[0-9a-f]{64}")
FOREVER = "public, max-age=31536000, immutable"


def sound(house: House) -> Blueprint:
    """Public: what is heard in a call is in every call."""
    door = Blueprint("sound", __name__)

    @door.get("/audio/<name>.wav")
    def clip(name: str) -> Response:
        if not _NAME.fullmatch(name):
            return Response(status=404)
        try:
            content = house.clip(name)
        except SpeechError as error:
            house.metrics.count("no_clip", error.code)
            return Response(status=404)
        if content is None:
            return Response(status=404)
        headers = {"Cache-Control": FOREVER, "ETag": f'"{name}"', "Accept-Ranges": "none"}
        return Response(content, content_type="audio/x-wav", headers=headers)

    return door
