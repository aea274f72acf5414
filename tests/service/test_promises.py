"""What a flow promises is what a claim will do: nobody is told of messages that would never go."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from hotline.domain.consent import Asked, Topic
from hotline.domain.keeping import SetReach
from hotline.domain.window import Window
from hotline.flow.model import Channel
from hotline.sealing import Vault
from hotline.service.ports.alerts import AgreeToAlerts
from hotline.service.ports.base import Asker
from hotline.service.ports.consent import SubscribePort
from hotline.service.ports.data import SafeHours
from hotline.store import consents, people
from hotline.store.database import Database
from tests.outbox import NOON, Outbox, settings_of

NUMBER = "+923001234567"


@pytest.fixture
def box(database: Database, vault: Vault) -> Outbox:
    return Outbox(settings_of(), database, vault)


def asking(box: Outbox) -> Asker:
    return Asker(NUMBER, box.vault.index("number", NUMBER), "en", Channel.SMS, "lahore", "test|1", NOON)


def ports(box: Outbox) -> tuple[AgreeToAlerts, SubscribePort, SubscribePort]:
    """Alerts as they are asked for, and after START; reminders after START."""

    def asked(*_: object) -> Asked:
        return Asked("en", "sms")

    standing = partial(consents.standing, box.database)
    return (
        AgreeToAlerts(asked, partial(people.wishes, box.database)),
        SubscribePort(Topic.ALERTS, standing),
        SubscribePort(Topic.REMINDERS, standing),
    )


@pytest.mark.parametrize("wish", ["hidden", "voice_only"])
def test_who_is_to_be_sent_nothing_is_promised_nothing(box: Outbox, wish: str) -> None:
    box.person(NUMBER, **{wish: True})
    asker = asking(box)
    alerts, *after_start = ports(box)
    for answer in (alerts(asker, ("yes",)), *(port(asker, ()) for port in after_start)):
        assert (answer.found.outcome, answer.effects) == ("stopped", ())


def test_a_phone_that_others_use_is_promised_reminders_and_no_alerts(box: Outbox) -> None:
    box.person(NUMBER, shared=True)
    asker = asking(box)
    alerts, alerts_after_start, reminders = ports(box)
    for answer in (alerts(asker, ("yes",)), alerts_after_start(asker, ())):
        assert (answer.found.outcome, answer.effects) == ("shared", ())
    assert reminders(asker, ()).found.outcome == "done"


def test_a_number_we_do_not_write_to_is_promised_nothing(box: Outbox) -> None:
    asker = replace(asking(box), reachable=False)
    alerts, *after_start = ports(box)
    for answer in (alerts(asker, ("yes",)), *(port(asker, ()) for port in after_start)):
        assert (answer.found.outcome, answer.effects) == ("no_sms", ())


def test_who_names_hours_in_which_nobody_is_written_to_is_told_so_and_disturbed_at_no_other(box: Outbox) -> None:
    port = SafeHours((), lambda number: Window(9 * 60, 21 * 60))
    never = port(asking(box), ("22:00", "06:00"))
    assert (never.found.outcome, never.effects) == ("night", (SetReach(asking(box).index, safe=(1320, 360)),))
    assert never.found.fields == {"window.from": "09:00", "window.until": "21:00"}
    assert port(asking(box), ("20:00", "06:00")).found.outcome == "done"
