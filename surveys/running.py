"""One run on its way through its questions: what is asked, what was answered, what comes next."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from messaging.messages import Message
from storage.models import Customer, SurveyAnswer, SurveyRun
from storage.store import Store
from surveys import answering, asking, recovery
from surveys.builtin import builtin
from surveys.questionnaire import Question, QuestionKind, Questionnaire, next_question, next_unanswered, places


@dataclass(slots=True)
class Running:
    """A run, what it asks, and what it needs to go on. `said` is read when it is first needed."""

    store: Store
    customer: Customer
    run: SurveyRun
    questionnaire: Questionnaire
    business: str
    now: datetime
    _said: dict[str, SurveyAnswer] | None = field(default=None, init=False)
    _unsaved: dict[str, SurveyAnswer] = field(default_factory=dict, init=False)

    @property
    def waiting(self) -> Question | None:
        """The question whose answer is waited for; nothing where the run's time is over, or the question is gone."""
        if not answering.is_waiting(self.run, self.now):
            return None
        return self.questionnaire.waiting(self.run.step)

    @property
    def score(self) -> Question | None:
        return self.questionnaire.score

    @property
    def answers(self) -> dict[str, Any]:
        """By question, those that were answered or skipped."""
        return {name: one.value for name, one in self._rows().items() if one.answered_at is not None}

    # --- answers

    def take(self, question: Question, value: Any, words: str = "") -> Question | None:
        """Keep an answer (None: skipped) and go on; None at the end, where the caller finishes.

        Words that came with it, or before the score, answer a question for words that comes next.
        """
        self._keep(question, value)
        told = words
        if question == self.score and value is not None:
            answering.record(self.run, value, self.now)
            recovery.note(self.store, self.run)
            told = "\n".join(part for part in (self.run.comment, words) if part)
        self.run.answered_at = self.run.answered_at or self.now
        if comment := value if question.kind is QuestionKind.TEXT else words:
            answering.add_comment(self.run, comment)
        following = next_question(self.questionnaire, self.answers, question.id)
        if told and following is not None and following.kind is QuestionKind.TEXT:
            self._keep(following, told)
            following = next_question(self.questionnaire, self.answers, following.id)
        return self._go_to(following)

    def change_score(self, score: int) -> Question | None:
        """Another score. An open run goes on where the new one leads; None where nothing more is asked."""
        question = self.score
        assert question is not None
        is_open = self.waiting is not None
        self._said = {one.question: one for one in self.store.questionnaires.answers(self.run.id)}
        answering.change(self.run, score, self.now)
        recovery.note(self.store, self.run)
        self._keep(question, score)
        following = next_unanswered(self.questionnaire, self.answers, question.id) if is_open else None
        if following is None and is_open:
            self.finish()
        elif following is None:
            self._save()
        return self._go_to(following)

    def mark(self, question: Question, option_id: str, *, is_on: bool) -> None:
        """One of several, chosen or not: the answer itself is given with «done»."""
        row = self._rows().setdefault(question.id, asking.shown(self.run, question, self.now))
        marked = {*(row.value or []), option_id} if is_on else {*(row.value or [])} - {option_id}
        row.value = [one.id for one in question.options if one.id in marked]
        self.store.questionnaires.mark(row)

    def marked(self, question: Question) -> list[str]:
        row = self._rows().get(question.id)
        return list(row.value or []) if row is not None else []

    def finish(self) -> None:
        answering.close(self.run, self.now)
        self._save()

    def save_words(self, words: str) -> None:
        """Something was told where something else was asked; the question stays."""
        answering.add_comment(self.run, words)
        self.store.surveys.save(self.run)

    # --- words for it

    def message(self, question: Question, lead: str = "") -> Message:
        return asking.question_message(
            self.questionnaire, question, self.run, self.customer, self._shown_back(question), self.business, lead=lead
        )

    def again(self, question: Question, wording: str = "again") -> Message:
        answers = self._shown_back(question)
        return asking.again(
            self.questionnaire, question, self.run, self.customer, answers, self.business, wording=wording
        )

    def _shown_back(self, question: Question) -> dict[str, Any]:
        """What the words and marks of a question depend on; nothing is read for one that says nothing back."""
        if question.kind is QuestionKind.MULTIPLE:
            return self.answers | {question.id: self.marked(question)}
        return self.answers if any(places(text) for text in question.texts.values()) else {}

    def _rows(self) -> dict[str, SurveyAnswer]:
        if self._said is None:
            self._said = self._read()
        return self._said

    def _read(self) -> dict[str, SurveyAnswer]:
        run, score = self.run, self.score
        if self.questionnaire is not builtin(run.survey):
            return {one.question: one for one in self.store.questionnaires.answers(run.id)}
        if score is None or run.score is None:
            return {}
        # What is built in goes by its score alone, and that stands in the run.
        row = asking.shown(run, score, run.asked_at)
        row.value, row.answered_at = run.score, run.answered_at
        return {score.id: row}

    def _keep(self, question: Question, value: Any) -> None:
        rows = self._rows()
        row = rows.setdefault(question.id, asking.shown(self.run, question, self.now))
        if row.answered_at is not None and row.value != value:
            row.earlier = [*(row.earlier or []), row.value]
        row.value, row.answered_at = value, self.now
        self._unsaved[question.id] = row

    def _go_to(self, question: Question | None) -> Question | None:
        if question is not None:
            self.run.step = question.id
            self._unsaved.setdefault(question.id, asking.shown(self.run, question, self.now))
            self._save()
        return question

    def _save(self) -> None:
        self.store.surveys.save(self.run)
        self.store.questionnaires.note(list(self._unsaved.values()))
        self._unsaved.clear()
