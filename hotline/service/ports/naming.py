"""What a text that no word explains may name: a district or an agency."""

from __future__ import annotations

from hotline.domain.office import Directory
from hotline.flow.turn import Found
from hotline.frozen import frozen
from hotline.service.ports.agency import AgencyPort
from hotline.service.ports.base import Answer, Asker
from hotline.text.script import fold


@frozen
class Naming:
    """Takes the text; where a word within it was understood, the text without that too, and then no place is meant."""

    directory: Directory
    check: AgencyPort

    def __call__(self, asker: Asker, args: tuple[str, ...]) -> Answer:
        if len(args) == 1 and self.directory.is_name(fold(args[0])):
            return Answer(Found("place", {"name": args[0]}))
        name = next(filter(None, map(self.check.named_in, args)), "")
        return Answer(Found("agency", {"name": name}) if name else Found("nobody"))
