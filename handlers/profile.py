"""What customers tell about themselves: the page in the settings, an answer to the open question, or a «skip»."""

from handlers.turn import Turn
from loyalty.phones import normalised
from messaging.menu import PERSON, menu
from messaging.messages import Button, Message
from messaging.phrases import say
from messaging.settings import HOME, PROFILE
from storage.kinds import ConsentPurpose, FieldOrigin, Language, ProfileAnswer, ProfileField, Sentiment
from surveys import likes, profile
from surveys.profile_answers import Birthday, Impossible, read_birthday, read_city, read_name

# --- the page in the settings


def wants_profile(turn: Turn) -> bool:
    return turn.pressed == PROFILE


def show(turn: Turn) -> list[Message]:
    """What we know, and a button for each thing that may be told."""
    lines = [turn.say("profile.title"), ""]
    lines += [turn.say(f"profile.{field.value}.line", value=_known(turn, field)) for field in ProfileField]
    allowed = [field for field in ProfileField if profile.is_allowed(field, turn.consents)]
    if not turn.has_given(ConsentPurpose.PERSONAL_DATA):
        lines += ["", turn.say("profile.needs_data")]
    elif len(allowed) < len(ProfileField):
        lines += ["", turn.say("profile.needs_programme")]
    buttons = [Button(turn.say(f"profile.{field.value}.name"), f"{profile.ASK}{field.value}") for field in allowed]
    if likes.is_allowed(turn.consents) and likes.groups_of(turn.store):
        buttons.append(Button(turn.say("likes.name"), likes.SHOW))
        liked = likes.liked_by(turn.store, turn.customer.id)
        lines.insert(2 + len(ProfileField), turn.say("likes.line", value=_listed(turn, liked)))
    buttons.append(Button(turn.say("settings.back"), HOME))
    return [turn.in_place(Message("\n".join(lines), tuple(buttons), columns=2))]


def _listed(turn: Turn, liked: list[str]) -> str:
    return likes.listed(liked, turn.customer.language) or turn.say("profile.unknown")


def _known(turn: Turn, field: ProfileField) -> str:
    return profile.told(turn.customer, field) or turn.say("profile.unknown")


def _birthday(turn: Turn) -> str:
    return profile.told(turn.customer, ProfileField.BIRTHDAY)


def wants_to_tell(turn: Turn) -> bool:
    return (turn.pressed or "").startswith(profile.ASK)


def ask(turn: Turn) -> list[Message]:
    """The question, because they want it: the limits of unasked ones do not count, their consents do."""
    field = ProfileField((turn.pressed or "").removeprefix(profile.ASK))
    if not profile.is_allowed(field, turn.consents):
        return show(turn)
    if field is ProfileField.BIRTHDAY and not profile.may_change_birthday(turn.customer):
        return [_staff_changes_it(turn)]
    return [profile.ask(turn.store, turn.customer, field, turn.now)]


# --- the open question


def skips(turn: Turn) -> bool:
    """The button; or its word typed, which is what a keyboard that asks for a phone number makes of a button."""
    if (turn.pressed or "").startswith(profile.SKIP):
        return True
    word = turn.incoming.text.strip(" .!").lower()
    is_the_word = any(word == say(language, "profile.skip").lower() for language in Language)
    return is_the_word and turn.question is not None


def skip(turn: Turn) -> list[Message]:
    """Not asked again by itself. The button of a question that is not open any more changes nothing."""
    of = (turn.pressed or "").removeprefix(profile.SKIP)
    asked = turn.question
    if asked is None or (turn.pressed and asked.field != of):
        return [menu(turn.customer.language, turn.say("menu.old_button"))]
    return [_closed(turn, ProfileAnswer.SKIPPED, turn.say("profile.skipped"))]


def answers(turn: Turn) -> bool:
    return _read(turn) is not None


def take(turn: Turn) -> list[Message]:
    answer = _read(turn)
    match answer:
        case Impossible():
            return [_ask_once_more(turn, answer)]
        case Birthday():
            return [_take_birthday(turn, answer)]
        case str() if turn.question and turn.question.field is ProfileField.PHONE:
            profile.note_phone(turn.customer, answer, is_verified=False)
            return [_given(turn, turn.say("contact.thanks"))]
        case str():
            turn.customer.name = answer
            return [_given(turn, turn.say("profile.name.given", name=answer))]
        case (city, zone):
            turn.customer.city, turn.customer.time_zone = city, zone
            return [_given(turn, turn.say("profile.city.given", city=city))]
        case None:
            raise AssertionError("a route reads the answer first")


def _read(turn: Turn) -> str | Birthday | Impossible | tuple[str, str | None] | None:
    """The answer to the open question, if the words are one: anything else is for the other flows."""
    asked = turn.question
    if asked is None or not turn.incoming.text or not profile.is_waiting(asked, turn.now):
        return None
    if not profile.is_allowed(asked.field, turn.consents):
        return None
    match asked.field:
        case ProfileField.BIRTHDAY:
            return read_birthday(turn.incoming.text, turn.today)
        case ProfileField.PHONE:
            return normalised(turn.incoming.text, turn.business.region)
        case ProfileField.NAME:
            return None if _is_about_something_else(turn) else read_name(turn.incoming.text)
        case ProfileField.CITY:
            return None if _is_about_something_else(turn) else read_city(turn.incoming.text)


def _is_about_something_else(turn: Turn) -> bool:
    """Any word may be a name or a city, but not one of praise or anger, and not after a newer question of ours."""
    assert turn.question is not None
    run = turn.survey
    is_older = run is not None and (run.answered_at or run.asked_at) > turn.question.asked_at
    feels = turn.classification is not None and turn.classification.sentiment is not Sentiment.NEUTRAL
    return is_older or feels


def _ask_once_more(turn: Turn, why: Impossible) -> Message:
    """Once; after a second impossible date nobody is pressed any further."""
    assert turn.question is not None
    if turn.question.answered_at is not None:
        return _closed(turn, ProfileAnswer.SKIPPED, turn.say("profile.birthday.given_up"))
    turn.store.preferences.note_try(turn.customer.id, turn.now)
    return profile.question(turn.customer, ProfileField.BIRTHDAY, turn.say(f"profile.birthday.{why.value}"))


def _take_birthday(turn: Turn, told: Birthday) -> Message:
    if not profile.note_birthday(turn.customer, told, turn.now):
        turn.store.preferences.answer_open(turn.customer.id, ProfileAnswer.SKIPPED, turn.now)
        return _staff_changes_it(turn)
    # Greetings are advertising by law: without that consent we promise none.
    is_welcome = turn.has_given(ConsentPurpose.ADVERTISING)
    key = "profile.birthday.given" if is_welcome else "profile.birthday.given_quietly"
    return _given(turn, turn.say(key, day=_birthday(turn)))


def _staff_changes_it(turn: Turn) -> Message:
    person = Button(turn.say("menu.person"), PERSON)
    return Message(turn.say("profile.birthday.ask_staff", day=_birthday(turn)), (person,))


def _given(turn: Turn, text: str) -> Message:
    assert turn.question is not None
    turn.store.customers.save(turn.customer, *profile.COLUMNS[turn.question.field])
    turn.store.fields.note(turn.customer.id, turn.question.field, FieldOrigin.CUSTOMER, turn.now)
    return _closed(turn, ProfileAnswer.GIVEN, text)


def _closed(turn: Turn, answer: ProfileAnswer, text: str) -> Message:
    turn.store.preferences.answer_open(turn.customer.id, answer, turn.now)
    return menu(turn.customer.language, text)
