"""What the card shows beside its number, and the code on the screen: a picture of one's own, for one minute."""

from datetime import timedelta
from types import SimpleNamespace

from loyalty.card_codes import LIVES
from loyalty.ledger import Cause, grant
from messaging.phrases import say
from scheduler.till import CODES_ARE_KEPT_FOR, forget_codes
from storage.columns import new_id
from storage.kinds import Language, PointsKind
from tests.conversations.counter import Counter
from tests.talk import NOON

RU = Language.RU


async def _give(counter: Counter, points: int, *, opens_in: int = 0, expires_in: int | None = None) -> None:
    customer = await counter.customer()
    cause = Cause(key=new_id().hex, customer_id=customer.id, kind=PointsKind.GIFT, reason="welcome")
    opens = counter.now + timedelta(days=opens_in)
    expires = counter.now + timedelta(days=expires_in) if expires_in is not None else None
    await counter.database.write(
        lambda store: grant(store, cause, points, counter.now, opens_at=opens, expires_at=expires)
    )


async def test_the_card_tells_what_opens_and_what_ends_next(counter):
    await counter.member(points=100)
    await _give(counter, 45, opens_in=13)
    await _give(counter, 30, expires_in=20)
    (card, *_) = await counter.hears("/card")
    assert "На карте 130 баллов." in card
    assert "Ещё 45 баллов откроются 14 марта." in card
    assert "⏳ 30 баллов сгорят 21 марта." in card


async def test_what_ends_in_half_a_year_is_not_mentioned(counter):
    await counter.member(points=100)
    await _give(counter, 30, expires_in=180)
    (card, *_) = await counter.hears("/card")
    assert "сгорят" not in card and "откроются" not in card


async def test_the_code_is_a_picture_of_the_customers_own_that_ends_with_it(counter):
    await counter.member()
    (text,) = await counter.hears("/qr")
    assert "до 12:01:00" in text
    photo = counter.transport.carried[-1].message.photo
    media = await counter.database.read(lambda store: store.files.get(photo))
    customer = await counter.customer()
    assert media.content.startswith(b"\x89PNG") and media.owner_id == customer.id
    assert media.expires_at == NOON + LIVES
    counter.now = NOON + CODES_ARE_KEPT_FOR + timedelta(seconds=1)
    work = SimpleNamespace(clock=lambda: counter.now, database=counter.database)
    assert await forget_codes(work) == 2  # the code and its picture
    assert await counter.database.read(lambda store: store.files.get(photo)) is None


async def test_who_has_no_card_has_no_code(counter):
    await counter.start()
    assert await counter.hears("/qr") == [say(RU, "code.no_card")]


async def test_a_new_code_is_another_one(counter):
    await counter.member()
    first = await counter.screen_code()
    counter.passes(seconds=1)
    assert await counter.screen_code() != first


async def test_beyond_the_limit_of_one_card_the_cashier_is_told_that_nothing_was_earned(counter):
    number = await counter.member()
    said = []
    for _ in range(4):
        await counter.till(f"касса {number} 100")
        said = await counter.taps("Записать")
    assert say(RU, "till.beyond.card") in said[0]
    assert len(await counter.bought()) == 4 and await counter.balance() == 15
