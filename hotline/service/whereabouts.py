"""Where people may be: the clock, the window and the holidays of each country, for the dry run and for the claim."""

from __future__ import annotations

from hotline.domain.claiming import Local
from hotline.domain.window import DAY_MINUTES, Window
from hotline.settings import Settings


def locals_of(settings: Settings) -> dict[str, Local]:
    """By the country's code."""
    return {
        one.code: Local(one.zone, Window(one.opens % DAY_MINUTES, one.closes % DAY_MINUTES), one.holidays)
        for one in settings.countries.values()
    }
