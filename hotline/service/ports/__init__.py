"""What flows may find and do: each port declares its outcomes and typed fields, and lint holds flows to them."""

from __future__ import annotations

from collections.abc import Mapping

from hotline.flow.model import Shape
from hotline.service.ports import agency, offices, person
from hotline.service.ports.base import Answer, Asker, Port, Ports

__all__ = ["SHAPES", "Answer", "Asker", "Port", "Ports"]

SHAPES: Mapping[str, Shape] = {"agency": agency.SHAPE, **offices.SHAPES, **person.SHAPES}
