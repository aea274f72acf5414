"""What flows may find and do: each port declares its outcomes and typed fields, and lint holds flows to them."""

from __future__ import annotations

from collections.abc import Mapping

from hotline.flow.model import Shape
from hotline.service.ports import agency, alerts, consent, data, journey, offices, person, report, watch, writing
from hotline.service.ports.base import Answer, Asker, Port, Ports

__all__ = ["SHAPES", "Answer", "Asker", "Port", "Ports"]

SHAPES: Mapping[str, Shape] = {
    "agency": agency.SHAPE,
    **alerts.SHAPES,
    **consent.SHAPES,
    **data.SHAPES,
    **offices.SHAPES,
    **person.SHAPES,
    **journey.SHAPES,
    **report.SHAPES,
    **watch.SHAPES,
    **writing.SHAPES,
}
