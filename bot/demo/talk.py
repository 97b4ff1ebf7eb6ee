"""Conversations as they lie in the tables: what customers said, what we answered, and how its delivery ended."""

import re
from datetime import datetime, timedelta
from uuid import UUID

from bot.demo.people import BOT_ID, Person
from messaging.menu import consent_question, text_version
from messaging.messages import Address, Author, IncomingMessage, Message
from messaging.pacing import PRIORITY
from messaging.phrases import say
from storage.bulk import Row
from storage.kinds import ConsentAction, ConsentPurpose, DeliveryState, Journey, MessageKind, ScoreGroup
from storage.models import SurveyRun
from surveys.asking import first_question
from surveys.builtin import SCORE

SOON = timedelta(seconds=2)
_THANKS = "consent.personal_data.given"
BLOCKED = "the customer blocked the bot"


class Talk:
    """Collects the rows of all conversations."""

    def __init__(self, business: str, now: datetime) -> None:
        self.business = business
        self._now = now
        self.events: list[Row] = []
        self.messages: list[Row] = []
        self.consents: list[Row] = []
        self.answers: list[Row] = []

    def hear(self, person: Person, text: str, at: datetime) -> str:
        """The customer says something; returns the event's id."""
        event_id = f"sample-{len(self.events)}"
        chat = Address(BOT_ID, person.identity.user_id)
        author = Author(chat.user_id, person.customer.name, person.customer.language)
        self.events.append(
            {
                "id": person.dice.id_at(at),
                "bot_id": BOT_ID,
                "event_id": event_id,
                "chat_id": chat.user_id,
                "customer_id": person.customer.id,
                "text": text,
                "incoming": IncomingMessage(event_id, chat, author, at, text=text).to_json(),
                "received_at": at,
                "answered_at": at,
                "due_at": at,
                "attempts": 1,
            }
        )
        person.identity.seen_at = max(person.identity.seen_at, at)
        return event_id

    def tell(
        self,
        person: Person,
        message: Message,
        at: datetime,
        *,
        case_id: UUID | None = None,
        staff_id: UUID | None = None,
        state: DeliveryState = DeliveryState.SENT,
        reason: str | None = None,
        journey: Journey | None = None,
    ) -> UUID:
        """We say something; it ended in `state`, since nothing of a sample may still be waiting to be sent."""
        if state is DeliveryState.SENT and person.blocks_at and at > person.blocks_at:
            state, reason = DeliveryState.FAILED, BLOCKED
        was_tried = state is not DeliveryState.CANCELLED
        row_id = person.dice.id_at(at)
        self.messages.append(
            {
                "id": row_id,
                "bot_id": BOT_ID,
                "user_id": person.identity.user_id,
                "customer_id": person.customer.id,
                "kind": message.kind,
                "priority": PRIORITY[message.kind],
                "body": message.body(),
                "nonce": person.dice.token(),
                "state": state,
                "not_before": at,
                "attempts": int(was_tried),
                "first_attempt_at": at if was_tried else None,
                "reason": reason,
                "survey_run_id": message.survey_run_id,
                "case_id": case_id,
                "staff_id": staff_id,
                "journey": journey,
                "created_at": at,
                "sent_at": at + SOON if state is DeliveryState.SENT else None,
            }
        )
        return row_id

    # --- what repeats in every customer's life

    def agree(self, person: Person) -> ConsentAction | None:
        """Both questions of consent at the first visit; the answer about advertising (70 % say yes)."""
        at = person.customer.created_at
        self._ask_consent(person, ConsentPurpose.PERSONAL_DATA, ConsentAction.GIVEN, at)
        fate = person.dice.random()
        if fate > 0.97:
            return None  # never answered
        action = ConsentAction.GIVEN if fate < 0.75 else ConsentAction.REFUSED
        self._ask_consent(person, ConsentPurpose.ADVERTISING, action, at + timedelta(minutes=1))
        if fate < 0.05:
            return self._withdraw(person, at + timedelta(days=40))
        return action

    def join(self, person: Person, at: datetime, card_number: str) -> None:
        """They ask for the card, agree to what the programme keeps about them, and have it."""
        language, purpose = person.customer.language, ConsentPurpose.PROGRAMME
        lead = say(language, "card.what_it_gives", business=self.business)
        asked = consent_question(language, purpose, lead=lead, business=self.business)
        self.hear(person, say(language, "menu.card"), at)
        self.tell(person, asked, at + SOON)
        answered_at = at + timedelta(seconds=30)
        evidence = self.hear(person, say(language, "consent.programme.agree"), answered_at)
        self._decide(person, purpose, ConsentAction.GIVEN, answered_at, evidence, text_version(asked.text))
        number = " ".join(re.findall("...", card_number))
        self.tell(person, Message(say(language, "card.joined", number=number)), answered_at + SOON)

    def ask(self, person: Person, run: SurveyRun, text: str = "") -> None:
        """The question, and the answer if there is one: a pressed score, then perhaps a comment.

        `text`: where it asks in other words than its survey does.
        """
        language = person.customer.language
        asked = first_question(person.customer, run, self.business)
        run.outbox_id = self.tell(person, _survey(asked, text), run.asked_at)
        self._note(run, SCORE, run.score, run.asked_at, run.answered_at)
        if run.answered_at is None or run.score is None or run.score_group is None:
            return
        self.hear(person, str(run.score), run.answered_at)
        why = say(language, f"survey.{run.kind.value}.{run.score_group.value}.why")
        self.tell(person, Message(why), run.answered_at + SOON)
        at = run.answered_at + timedelta(minutes=1)
        self._note(run, run.score_group.value, run.comment, run.answered_at, at if run.comment else None)
        if run.comment:
            self.hear(person, run.comment, at)
            is_case = run.score_group is ScoreGroup.DETRACTOR
            key = "survey.operator_comes" if is_case else f"survey.thanks.{run.score_group.value}"
            self.tell(person, Message(say(language, key)), at + SOON)

    def _note(
        self, run: SurveyRun, question: str, value: int | str | None, shown_at: datetime, answered_at: datetime | None
    ) -> None:
        self.answers.append(
            {
                "run_id": run.id,
                "question": question,
                "customer_id": run.customer_id,
                "value": value,
                "earlier": None,
                "shown_at": shown_at,
                "answered_at": answered_at,
            }
        )

    def _ask_consent(self, person: Person, purpose: ConsentPurpose, action: ConsentAction, at: datetime) -> None:
        language = person.customer.language
        # One question begins with a hello, the other with thanks for the first answer.
        hello, lead = say(language, "welcome.hello", business=self.business), say(language, _THANKS)
        asked = consent_question(language, purpose, hello=hello, lead=lead, business=self.business)
        self.tell(person, asked, at)
        word = "agree" if action is ConsentAction.GIVEN else "refuse"
        answered_at = at + timedelta(seconds=20)
        evidence = self.hear(person, say(language, f"consent.{purpose.value}.{word}"), answered_at)
        self._decide(person, purpose, action, answered_at, evidence, text_version(asked.text))

    def _withdraw(self, person: Person, at: datetime) -> ConsentAction:
        at = min(at, self._now - timedelta(hours=1))
        evidence = self.hear(person, "/stop", at)
        self.tell(person, Message(say(person.customer.language, "consent.stopped")), at + SOON)
        self._decide(person, ConsentPurpose.ADVERTISING, ConsentAction.WITHDRAWN, at, evidence, text_version("/stop"))
        return ConsentAction.WITHDRAWN

    def _decide(
        self,
        person: Person,
        purpose: ConsentPurpose,
        action: ConsentAction,
        at: datetime,
        evidence: str,
        version: str,
    ) -> None:
        self.consents.append(
            {
                "id": person.dice.id_at(at),
                "customer_id": person.customer.id,
                "purpose": purpose,
                "action": action,
                "text_version": version,
                "language": person.customer.language,
                "bot_id": BOT_ID,
                "evidence": evidence,
                "at": at,
            }
        )


def _survey(message: Message, text: str) -> Message:
    return Message(
        text or message.text,
        message.buttons,
        columns=message.columns,
        kind=MessageKind.SURVEY,
        survey_run_id=message.survey_run_id,
    )
