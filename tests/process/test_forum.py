"""The real process and a forum: a customer's topic, an answer in it, an edit of that, and a topic that is lost."""

import pytest

from tests.process import walk
from tests.process.walk import ANGER, APOLOGY, CUSTOMER, OPERATOR
from tests.program import GROUP, fake_telegram, program, wait_for

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("process")]


def test_a_customer_is_answered_from_their_topic_also_after_it_was_deleted(tmp_path):
    with fake_telegram() as telegram, program(tmp_path, telegram, "polling") as otklik:
        telegram.person(CUSTOMER)
        telegram.person(OPERATOR, "Ольга")
        telegram.group(CUSTOMER, OPERATOR, forum=True)
        otklik.start()
        walk.hire(otklik, telegram)
        telegram.does(CUSTOMER, "says", text=ANGER)
        alert = telegram.hears(GROUP, ANGER)
        topic = alert["message_thread_id"]

        telegram.in_group(OPERATOR, "says", text="Простити", thread_id=topic)
        wrong = telegram.hears(CUSTOMER, "Простити")
        answer = next(one for one in telegram.chat(GROUP)["messages"] if one.get("text") == "Простити")
        telegram.in_group(OPERATOR, "edits", message_id=answer["message_id"], text=APOLOGY)
        assert telegram.hears(CUSTOMER, APOLOGY)["message_id"] == wrong["message_id"]

        telegram.in_group(OPERATOR, "deletes_topic", thread_id=topic)
        telegram.does(CUSTOMER, "says", text="а деньги?")
        again = telegram.hears(GROUP, "а деньги?")
        assert again["message_thread_id"] != topic
        wait_for(lambda: not otklik.rows("SELECT id FROM outbox_message WHERE state <> 'sent'"), "all delivered")
        assert telegram.violations() == []
        assert otklik.stop() == 0
