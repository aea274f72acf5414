"""What the addresses in the environment must look like."""

from __future__ import annotations

import re

from hotline.errors import SettingError

_REDIS = ("redis://", "rediss://", "unix://")


def base_url(url: str) -> str:
    """What the provider calls, without a slash at its end, or "". Raises SettingError."""
    if url and not re.fullmatch(r"https?://[^/?#\s]+(?:/[^?#\s]*)?", url):
        raise SettingError("PUBLIC_BASE_URL: write the address the provider calls, such as https://hotline.example.org")
    return url.rstrip("/")


def redis_url(url: str) -> str:
    """Where Redis is, or "". Raises SettingError: any other address would end in a stack trace at its first use."""
    if url and not url.startswith(_REDIS):
        raise SettingError(f"REDIS_URL must begin with {', '.join(_REDIS)}, such as redis://127.0.0.1:6379/0")
    return url
