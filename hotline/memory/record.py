"""What is remembered of one thread between two turns: the last answer, where it stood, and how much it was answered."""

from __future__ import annotations

import struct
from dataclasses import field

from hotline.frozen import frozen
from hotline.memory.limits import Count

_HEAD = struct.Struct(">BBBL?")
"""Lengths in octets of provider, id, counts and reply; whether there is a session, which is the rest."""
_MOST = 255


@frozen
class Record:
    """The thread's last event, the bytes it was answered with, its conversation (None: none), and its counts.

    Only the last answer is remembered: an older event is known by its row in the database.
    """

    provider: str = ""
    id: str = ""
    reply: bytes = b""
    session: bytes | None = None
    count: Count = field(default_factory=Count)

    def write(self) -> bytes:
        """The record as it is sealed. An id no provider would give, longer than 255 octets, is not remembered."""
        provider, own_id, count = self.provider.encode(), self.id.encode("utf-8", "replace"), self.count.write()
        if len(own_id) > _MOST:
            own_id = b""
        session = self.session
        head = _HEAD.pack(len(provider), len(own_id), len(count), len(self.reply), session is not None)
        return b"".join((head, provider, own_id, count, self.reply, session or b""))

    @classmethod
    def read(cls, octets: bytes) -> Record:
        """What `write` wrote. Raises ValueError for anything else."""
        try:
            *lengths, live = _HEAD.unpack_from(octets)
            at, parts = _HEAD.size, []
            for length in lengths:
                parts.append(octets[at : at + length])
                at += length
            if len(octets) < at:
                raise ValueError("half a record")
            provider, own_id, count, reply = parts
            return cls(provider.decode(), own_id.decode(), reply, octets[at:] if live else None, Count.read(count))
        except struct.error:
            raise ValueError("not a record") from None
