"""Everything a customer can say to us, and everything an operator can say in the group. The first match answers."""

from collections.abc import Callable
from typing import NamedTuple

from handlers import channel, consent, language, menu, operators, support, survey, welcome
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
    Route(command("start"), welcome.greet),
    Route(menu.is_pressed_again, menu.say_it_worked),
    Route(consent.is_decision, consent.decide),
    Route(consent.wants_offers, consent.ask_about_offers),
    Route(language.is_choice, language.choose),
    Route(language.wants_to_choose, language.ask),
    Route(survey.presses_a_score, survey.take_pressed_score),
    Route(survey.wants_to_rate, survey.ask_to_rate),
    Route(menu.is_asked_for, menu.show),
    Route(channel.shares_contact, channel.take_contact),
    Route(support.is_human_talking, support.leave_to_human),
    Route(survey.types_a_score, survey.take_typed_score),
    Route(support.asks_for_person, support.call_a_person),
    Route(menu.is_pressed, menu.say_it_is_old),
    Route(survey.gives_a_comment, survey.take_comment),
    Route(survey.speaks_without_a_score, survey.take_words),
    Route(anything, support.answer),
)

STAFF_ROUTES = (
    StaffRoute(operators.presses_take, operators.take),
    StaffRoute(operators.answers, operators.answer),
    StaffRoute(anything, operators.stay_silent),
)


def answer(turn: Turn) -> list[Message]:
    return next(route.answer for route in ROUTES if route.when(turn))(turn)


def answer_staff(turn: StaffTurn) -> list[Message]:
    return next(route.answer for route in STAFF_ROUTES if route.when(turn))(turn)
