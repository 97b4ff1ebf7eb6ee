"""Everything a customer can say to us, and everything an operator can say at the desk. The first match answers."""

from collections.abc import Callable
from typing import NamedTuple

from handlers import (
    card,
    channel,
    consent,
    donation,
    duty,
    feedback,
    friends,
    language,
    likes,
    linking,
    menu,
    operators,
    own_data,
    preferences,
    profile,
    promo,
    public_review,
    returning,
    review,
    screen_code,
    spending,
    statement,
    support,
    survey,
    usual,
    welcome,
)
from handlers.till import cashier, returns
from handlers.turn import StaffTurn, Turn
from messaging.messages import Message


class Route(NamedTuple):
    when: Callable[[Turn], bool]
    answer: Callable[[Turn], list[Message]]


class StaffRoute(NamedTuple):
    when: Callable[[StaffTurn], bool]
    answer: Callable[[StaffTurn], list[Message]]


def command(name: str) -> Callable[[Turn], bool]:
    return lambda turn: turn.incoming.text.partition(" ")[0] == f"/{name}"


def anything(turn: Turn | StaffTurn) -> bool:
    return True


ROUTES = (
    Route(channel.says_reach, channel.note_reach),
    Route(consent.is_stop_word, consent.stop),
    Route(channel.is_staff_link, channel.link_staff),
    Route(duty.changes_duty, duty.change_duty),
    Route(linking.opens_link, linking.ask_who_came),
    Route(cashier.calls_till, cashier.open_till),
    Route(command("start"), welcome.greet),
    Route(menu.is_pressed_again, menu.say_it_worked),
    # Whoever speaks without a name is heard by nothing else, lest their words stay somewhere.
    Route(feedback.speaks_without_name, feedback.take_without_name),
    # While a cashier has the till open, what they type is for it.
    Route(returns.presses, returns.press),
    Route(returns.says_why, returns.take_reason),
    Route(cashier.presses, cashier.press),
    Route(cashier.types, cashier.take_line),
    Route(spending.answers, spending.take_answer),
    Route(card.agrees_to_join, card.take_part),
    Route(consent.is_decision, consent.decide),
    Route(consent.wants_offers, consent.ask_about_offers),
    Route(language.is_choice, language.choose),
    Route(language.wants_to_choose, language.ask),
    Route(preferences.wants_settings, preferences.show),
    Route(preferences.switches_topic, preferences.switch_topic),
    Route(preferences.wants_quiet_hours, preferences.ask_quiet_hours),
    Route(preferences.chooses_quiet_hours, preferences.set_quiet_hours),
    Route(preferences.wants_pause, preferences.pause),
    Route(own_data.wants_to_see, own_data.show),
    Route(own_data.wants_to_go, own_data.confirm),
    Route(own_data.withdraws, own_data.withdraw),
    Route(own_data.leaves, own_data.leave),
    Route(own_data.wants_back, own_data.ask_again),
    Route(own_data.wants_to_be_forgotten, own_data.warn),
    Route(own_data.deletes, own_data.delete),
    Route(linking.wants_link, linking.show),
    Route(linking.wants_to_type, linking.ask_for_code),
    Route(linking.answers, linking.take_answer),
    Route(profile.wants_profile, profile.show),
    Route(profile.wants_to_tell, profile.ask),
    Route(profile.skips, profile.skip),
    Route(review.confirms, review.take),
    Route(card.wants_card, card.show),
    Route(statement.wants_statement, statement.show),
    Route(screen_code.wants_code, screen_code.show),
    Route(returning.wants_to_return, returning.show_purchases),
    Route(returning.picks_purchase, returning.ask_reason),
    Route(returning.gives_reason, returning.take_reason),
    Route(promo.wants_codes, promo.show_codes),
    Route(friends.wants_to_invite, friends.show),
    Route(donation.wants_to_give, donation.choose_charity),
    Route(donation.names_charity, donation.choose_amount),
    Route(donation.gives, donation.give),
    Route(likes.wants_to_choose, likes.show),
    Route(likes.presses, likes.choose),
    Route(likes.ends, likes.thank),
    Route(usual.wants_the_usual, usual.ask),
    Route(usual.confirms, usual.order),
    Route(survey.presses, survey.take_press),
    Route(feedback.wants_to_tell, feedback.show),
    Route(feedback.presses, feedback.begin),
    Route(survey.wants_to_rate, survey.ask_to_rate),
    Route(public_review.says_left, public_review.take),
    Route(menu.is_asked_for, menu.show),
    Route(channel.shares_contact, channel.take_contact),
    Route(linking.types_code, linking.take_code),
    Route(feedback.speaks, feedback.take),
    Route(survey.tells_a_human, survey.take_for_human),
    Route(support.is_human_talking, support.leave_to_human),
    Route(preferences.types_quiet_hours, preferences.take_typed_hours),
    Route(survey.types_an_answer, survey.take_typed),
    Route(survey.sends_a_file, survey.take_file),
    Route(support.asks_for_person, support.call_a_person),
    Route(profile.answers, profile.take),
    Route(friends.types_code, friends.take_code),
    Route(promo.types_a_code, promo.tell_about_code),
    Route(menu.is_pressed, menu.say_it_is_old),
    Route(survey.gives_a_comment, survey.take_comment),
    Route(survey.speaks_of_something_else, survey.take_words),
    Route(anything, support.answer),
)

STAFF_ROUTES = (
    StaffRoute(operators.corrects, operators.correct),
    StaffRoute(operators.presses_take, operators.take),
    StaffRoute(operators.notes, operators.write_note),
    StaffRoute(operators.answers, operators.answer),
    StaffRoute(anything, operators.stay_silent),
)


def answer(turn: Turn) -> list[Message]:
    return next(route.answer for route in ROUTES if route.when(turn))(turn)


def answer_staff(turn: StaffTurn) -> list[Message]:
    return next(route.answer for route in STAFF_ROUTES if route.when(turn))(turn)
