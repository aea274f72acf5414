"""What a flow promises is what a claim will do: nobody is told of messages that would never go."""

from __future__ import annotations

from dataclasses import replace

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
from hotline.store import consents
from hotline.store.database import Database
from tests.outbox import NOON, Outbox, settings_of

NUMBER = "+923001234567"


@pytest.fixture
def box(database: Database, vault: Vault) -> Outbox:
    return Outbox(settings_of(), database, vault)


def asking(box: Outbox) -> Asker:
    return Asker(NUMBER, box.vault.index("number", NUMBER), "en", Channel.SMS, "lahore", "test|1", NOON)


def standing_of(box: Outbox, topic: Topic) -> consents.Standing:
    return consents.standing(box.database, [box.vault.index("number", NUMBER)], topic, "")


@pytest.mark.parametrize("wish", ["hidden", "voice_only"])
def test_who_is_to_be_sent_nothing_is_promised_nothing(box: Outbox, wish: str) -> None:
    box.person(NUMBER, **{wish: True})
    asker = asking(box)
    alerts = AgreeToAlerts(lambda *_: Asked("en", "sms"), lambda index: standing_of(box, Topic.ALERTS).stopped)
    reminders = SubscribePort(Topic.REMINDERS, lambda indexes, topic, detail: standing_of(box, topic))
    assert alerts(asker, ("yes",)).found.outcome == "stopped"
    assert reminders(asker, ()).found.outcome == "stopped"


def test_a_number_we_do_not_write_to_is_promised_nothing(box: Outbox) -> None:
    asker = replace(asking(box), reachable=False)
    alerts = AgreeToAlerts(lambda *_: Asked("en", "sms"), lambda index: False)
    reminders = SubscribePort(Topic.REMINDERS, lambda indexes, topic, detail: standing_of(box, topic))
    for port, args in ((alerts, ("yes",)), (reminders, ())):
        answer = port(asker, args)
        assert (answer.found.outcome, answer.effects) == ("no_sms", ())


def test_who_names_hours_in_which_nobody_is_written_to_is_told_so_and_disturbed_at_no_other(box: Outbox) -> None:
    port = SafeHours((), lambda number: Window(9 * 60, 21 * 60))
    never = port(asking(box), ("22:00", "06:00"))
    assert (never.found.outcome, never.effects) == ("night", (SetReach(asking(box).index, safe=(1320, 360)),))
    assert never.found.fields == {"window.from": "09:00", "window.until": "21:00"}
    assert port(asking(box), ("20:00", "06:00")).found.outcome == "done"
