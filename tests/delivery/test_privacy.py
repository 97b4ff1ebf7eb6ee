"""What customers say never reaches a log, not even when the database refuses it (invariant I13)."""

import pytest

from messaging.outbox import enqueue
from storage.kinds import Channel
from tests.talk import Talk, a_message

SECRET = "мой телефон 8 900 123-45-67"


async def test_an_error_of_the_database_does_not_carry_the_customers_words(database):
    talk = Talk(Channel.TELEGRAM, database)

    def unit(store):
        for _ in range(2):
            enqueue(store, talk.me, [a_message(SECRET)], talk.now, dedupe_key="same")

    with pytest.raises(Exception) as failed:  # each driver has its own class
        await database.write(unit)
    assert SECRET not in str(failed.value)
    assert SECRET not in repr(failed.value)
