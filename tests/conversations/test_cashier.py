"""The till in a messenger: one line and one tap, only for who may sell, and never a point without the customer."""

import pytest

from loyalty.till_drafts import Step
from messaging.phrases import say
from storage.kinds import Language, Role
from tests.conversations.counter import Counter
from tests.rows import overwrite

RU = Language.RU


async def test_a_card_and_a_sum_in_one_line_are_recorded_with_one_tap(counter):
    number = await counter.member()
    await counter.till("касса")
    (panel,) = await counter.till(f"{number} 450")
    assert "Анна" in panel and "Чек 450 ₽" in panel
    (done,) = await counter.taps("Записать 450 ₽")
    assert done.startswith("✅ 450 ₽ · Анна\nНачислено 23 балла")
    (purchase,) = await counter.bought()
    assert (purchase.amount_minor, purchase.recorded_by) == (45_000, counter.cashier.id)
    assert await counter.balance() == 23


async def test_the_till_asks_for_the_sum_where_the_line_has_none(counter):
    number = await counter.member()
    await counter.till(f"касса {number}")
    (panel,) = await counter.till("1 200,50")
    assert "Чек 1 200,50 ₽" in panel
    await counter.taps("Записать")
    assert [one.amount_minor for one in await counter.bought()] == [120_050]


async def test_a_second_tap_on_the_same_button_records_nothing_more(counter):
    number = await counter.member()
    await counter.till(f"касса {number} 450")
    button = counter.tap("Записать")
    await counter.till(pressed=button)
    await counter.till(pressed=button)
    assert len(await counter.bought()) == 1


async def test_the_button_of_an_older_sale_does_nothing_while_another_one_is_entered(counter):
    number = await counter.member()
    await counter.till(f"касса {number} 450")
    old = counter.tap("Записать")
    await counter.till(f"{number} 100")
    (text,) = await counter.till(pressed=old)
    assert text.startswith(say(RU, "till.over"))
    assert await counter.bought() == []


async def test_who_may_not_sell_is_a_customer_like_any_other(counter):
    await counter.member()
    analyst = await counter.seller("88", Role.ANALYST)
    assert analyst.role is Role.ANALYST
    for account in ("88", "99"):
        assert not any("Касса" in text for text in await counter.till("касса", account=account))


async def test_a_dismissed_cashier_finds_the_till_closed_at_the_next_word(counter):
    number = await counter.member()
    await counter.till(f"касса {number} 450")
    counter.cashier.is_active = False
    await counter.database.write(lambda store: store.staff.save(counter.cashier))
    await counter.taps("Записать")
    assert await counter.bought() == []


async def test_a_cashier_who_did_not_call_the_till_talks_as_a_customer(counter):
    number = await counter.member()
    said = await counter.till(f"{number} 450")
    assert not any("Чек" in text for text in said)


async def test_ten_minutes_after_the_last_word_the_till_is_closed(counter):
    number = await counter.member()
    await counter.till("касса")
    counter.passes(minutes=11)
    said = await counter.till(f"{number} 450")
    assert not any("Чек" in text for text in said)


async def test_the_screens_code_is_typed_scanned_and_works_once(counter):
    await counter.member(points=300)
    code = await counter.screen_code()
    await counter.till("касса")
    (panel,) = await counter.till(f"{code.lower()} 1000")
    assert "списание подтвердит клиент" in panel and "Чек 1 000 ₽" in panel
    await counter.seller("88")
    await counter.till("касса", account="88")
    (refused,) = await counter.till(code, account="88")
    assert refused.startswith(say(RU, "till.code_used"))


async def test_a_code_is_worth_nothing_a_minute_later(counter):
    await counter.member(points=300)
    code = await counter.screen_code()
    counter.passes(seconds=60)
    await counter.till("касса")
    (refused,) = await counter.till(code)
    assert refused.startswith(say(RU, "till.code_old"))


async def test_the_link_in_the_picture_opens_the_till_with_the_customer(counter):
    await counter.member(points=300)
    await counter.say("/qr")
    token = await _token(counter)
    (panel,) = await counter.till("/start", payload=f"c_{token}")
    assert "👤 Анна" in panel and "300 баллов" in panel


async def test_the_same_link_says_nothing_about_anybody_to_who_is_no_seller(counter):
    await counter.member(points=300)
    await counter.say("/qr")
    token = await _token(counter)
    said = await counter.till("/start", payload=f"c_{token}", account="99")
    assert not any("Анна" in text or "300" in text for text in said)


async def test_whoever_shows_the_code_on_their_screen_is_asked_in_their_chat_all_the_same(counter):
    await counter.member(points=300)
    await counter.till(f"касса {await counter.screen_code()} 500")
    (asked,) = await counter.taps("Списать 150 баллов")
    assert "Анна подтверждает 150 баллов" in asked and "Ждём подтверждения" in asked
    assert await counter.bought() == [] and await counter.balance() == 300
    (*receipts, done) = await counter.hears(pressed=counter.button("Да, списать"))
    assert done == "Готово: 150 баллов списаны, к оплате 350 ₽." and "Списано 150 баллов" in receipts[0]
    assert [one.points_minor for one in await counter.bought()] == [15_000]


async def test_points_of_who_cannot_be_asked_pay_at_once_by_the_code_on_the_screen(counter):
    await counter.member(points=300)
    code = await counter.screen_code()
    await counter.blocks_us()
    (panel,) = await counter.till(f"касса {code} 500")
    assert "код с экрана принят: можно списывать" in panel
    (done,) = await counter.taps("Списать 150 баллов")
    assert "Списано 150 баллов" in done
    (purchase,) = await counter.bought()
    assert (purchase.amount_minor, purchase.points_minor) == (35_000, 15_000)
    assert await counter.balance() == 150 + 18  # five percent of what was paid in money, rounded up


async def test_one_scan_pays_for_one_sale(counter):
    await counter.member(points=600)
    code = await counter.screen_code()
    await counter.blocks_us()
    await counter.till(f"касса {code} 500")
    await counter.taps("Списать")
    (panel,) = await counter.till(f"{code} 500")
    assert "списать нельзя: у клиента нет чата" in panel
    assert [one.points_minor for one in await counter.bought()] == [15_000]


async def test_any_number_of_points_may_be_typed(counter):
    await counter.member(points=300)
    code = await counter.screen_code()
    await counter.till(f"касса {code} 500")
    (refused,) = await counter.till("200 б")
    assert refused == say(RU, "till.no_points.too_much", points="150 баллов")
    (sure,) = await counter.till("50 баллов")
    assert sure == "Списать 50 баллов из чека 500 ₽?" and await counter.bought() == []
    await counter.taps("Списать 50 баллов")
    await counter.hears(pressed=counter.button("Да, списать"))
    assert [one.points_minor for one in await counter.bought()] == [5_000]


async def test_a_promo_code_is_counted_before_the_tap_and_used_by_it(counter):
    number = await counter.member()
    code = await _welcome_code(counter)
    (panel,) = await counter.till(f"касса {number} 1000 {code}")
    assert f"Код {code}: −100 ₽, к оплате 900 ₽" in panel
    await counter.taps("Записать")
    assert [(one.amount_minor, one.discount_minor) for one in await counter.bought()] == [(90_000, 10_000)]


async def test_a_code_that_does_not_fit_is_said_with_its_reason_and_the_sale_goes_on(counter):
    number = await counter.member()
    (panel,) = await counter.till(f"касса {number} 1000 NOPE77")
    assert "Код NOPE77 не подошёл: такого кода нет." in panel
    await counter.taps("Записать")
    assert [one.discount_minor for one in await counter.bought()] == [0]


async def test_a_customer_is_found_by_phone_and_a_family_is_told_apart(counter):
    await counter.stranger("Борис", phone="+79161234567")
    await counter.till("касса")
    (panel,) = await counter.till("8 916 123-45-67 300")
    assert "Борис" in panel and "Чек 300 ₽" in panel
    await counter.stranger("Вика", phone="+79161234567")
    (several,) = await counter.till("89161234567")
    assert "Вика" in several and "Борис" in several


async def test_a_sum_after_a_familys_phone_is_not_sold_to_who_stood_there_before(counter):
    number = await counter.member()
    for name in ("Борис", "Вика"):
        await counter.stranger(name, phone="+79161234567")
    await counter.till(f"касса {number} 450")
    before = counter.tap("Записать")
    await counter.till("89161234567")
    assert not any("Чек" in text for text in await counter.till("300"))
    (over,) = await counter.till(pressed=before)
    assert over.startswith(say(RU, "till.over"))
    assert await counter.bought() == []


async def test_a_familys_phone_opens_the_till_as_any_other_does(counter):
    number = await counter.member()
    for name in ("Борис", "Вика"):
        await counter.stranger(name, phone="+79161234567")
    await counter.till("касса 89161234567")
    (panel,) = await counter.till(f"{number} 450")
    assert "Чек 450 ₽" in panel


async def test_a_customer_who_is_forgotten_meanwhile_leaves_no_sale_open(counter):
    boris, number = await counter.stranger()
    await counter.till(f"касса {number} 450")
    boris.erased_at = counter.now
    await counter.database.write(lambda store: overwrite(store, boris))
    button = counter.tap("Записать")
    await counter.till("540")
    await counter.till(pressed=button)
    assert await counter.bought(boris.id) == []
    form = await counter.database.read(lambda store: store.till.form(counter.bot_id, "77", counter.now))
    assert (form.step, form.customer_id) == (Step.WHO, None)


@pytest.mark.parametrize("change", ["540", "{code}"])
async def test_a_button_records_the_sum_its_message_showed_or_nothing(counter, change):
    number = await counter.member()
    code = await _welcome_code(counter)
    await counter.till(f"касса {number} 1000")
    old = counter.tap("Записать")
    await counter.till(change.format(code=code))
    changed, panel = await counter.till(pressed=old)
    assert changed == say(RU, "till.changed") and "Чек" in panel
    assert await counter.bought() == []
    await counter.taps("Записать")
    assert len(await counter.bought()) == 1


async def test_points_of_an_older_sum_are_not_spent_for_the_new_one(counter):
    await counter.member(points=300)
    await counter.till(f"касса {await counter.screen_code()} 500")
    old = counter.tap("Списать 150")
    await counter.till("1000")
    await counter.till(pressed=old)
    assert await counter.bought() == [] and await counter.balance() == 300


@pytest.mark.parametrize("line", ["0 б", "00 баллов"])
async def test_a_line_that_names_no_points_spends_none(counter, line):
    await counter.member(points=3000)
    await counter.till(f"касса {await counter.screen_code()} 5000")
    await counter.till(line)
    assert await counter.bought() == [] and await counter.balance() == 3000
    await counter.taps("Записать")
    assert [(one.amount_minor, one.points_minor) for one in await counter.bought()] == [(500_000, 0)]


async def test_typed_points_without_a_proof_are_refused_with_the_reason(counter):
    _, number = await counter.stranger(points=300)
    await counter.till(f"касса {number} 500")
    assert await counter.till("50 б") == [say(RU, "till.no_chat")]


async def test_a_word_leaves_the_sale(counter):
    number = await counter.member()
    await counter.till(f"касса {number} 450")
    (text,) = await counter.till("Отмена")
    assert text.startswith(say(RU, "till.cancelled"))
    (over,) = await counter.taps("Записать")
    assert over.startswith(say(RU, "till.over"))
    assert await counter.bought() == []


@pytest.mark.parametrize("label", ["Код ", "Промокод", "↩️ Возврат"])
async def test_a_button_that_only_shows_may_be_pressed_again(counter, label):
    number = await counter.member()
    await _welcome_code(counter)
    await counter.till(f"касса {number} 450")
    button = counter.tap(label)
    first = await counter.till(pressed=button)
    counter.passes(minutes=5)
    assert await counter.till(pressed=button) == first != []


async def test_a_mistyped_card_is_noticed_before_it_is_looked_up(counter):
    number = await counter.member()
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    await counter.till("касса")
    (text,) = await counter.till(wrong)
    assert text.startswith(say(RU, "till.card_typo"))


async def test_the_cashier_gives_back_a_part_with_a_reason(counter):
    number = await counter.member()
    await counter.till(f"касса {number} 400")
    await counter.taps("Записать")
    await counter.till(number)
    await counter.taps("↩️ Возврат")
    await counter.taps("400 ₽")
    (sure,) = await counter.till("150 остыл")
    assert sure.startswith("Вернуть 150 ₽: остыл?")
    assert [one.returned_minor for one in await counter.bought()] == [0]
    (done,) = await counter.taps("Вернуть 150 ₽")
    assert "Возврат записан: 150 ₽" in done
    (purchase,) = await counter.bought()
    assert purchase.returned_minor == 15_000
    assert await counter.balance() == 20 - 7  # what is left of 20 points, pro rata rounded down on what goes


async def test_a_return_needs_a_reason(counter):
    number = await counter.member()
    await counter.till(f"касса {number} 400")
    await counter.taps("Записать")
    await counter.till(number)
    await counter.taps("↩️ Возврат")
    await counter.taps("400 ₽")
    assert await counter.till("150") == [say(RU, "till.return.needs_reason")]
    assert [one.returned_minor for one in await counter.bought()] == [0]


async def _token(counter: Counter) -> str:
    """Out of the picture, as a camera reads it: the code is signed anew, because it is the same in this millisecond."""
    from loyalty.card_codes import screen_code

    return screen_code("key", (await counter.customer()).id, counter.now).token


async def _welcome_code(counter: Counter) -> str:
    from loyalty import gifts

    customer = await counter.customer()
    issued = await counter.database.write(lambda store: gifts.welcome(store, customer.id, RU, counter.now))
    return issued.text


@pytest.mark.parametrize("typed", ["500p", "500р", "500 руб", "500"])
async def test_a_sum_that_is_typed_where_a_code_is_asked_for_is_the_sum(counter, typed):
    number = await counter.member()
    await counter.till(f"касса {number} 450")
    await counter.taps(say(RU, "till.code_button"))
    (panel,) = await counter.till(typed)
    assert "Чек 500 ₽" in panel and "🎟" not in panel
    await counter.taps("Записать 500 ₽")
    assert [one.amount_minor for one in await counter.bought()] == [50_000]


async def test_a_sum_in_roubles_of_a_latin_keyboard_changes_the_sum_of_a_ready_sale(counter):
    number = await counter.member()
    await counter.till(f"касса {number} 450")
    (panel,) = await counter.till("500p")
    assert "Чек 500 ₽" in panel
