"""What the café's people set up and brought in, by the program's own flows.

Ready answers, labels, pages on maps, reviews, the community's wall, and a questionnaire of their own.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from bot.demo import said, staff_words
from bot.demo.dice import Dice
from bot.demo.names import BRANCHES
from bot.demo.people import BOT_ID, HISTORY, Person
from bot.demo.visits import ZONE, by_day
from insights.classifier import classify_text
from messaging import labels
from messaging.desk import NO_DESK
from messaging.messages import Address, Author, IncomingMessage, Public
from storage.kinds import Language, RunEnding, SurveyKind, Touchpoint
from storage.models import CannedReply, Customer, ReviewSite, Staff, SurveyRun
from storage.store import Store
from surveys import answering, listening, making, public_reviews, reviews
from surveys.asking import ANSWERABLE_FOR, questionnaire_of, shown
from surveys.public_reviews import PublicReview
from surveys.questionnaire import Question
from surveys.running import Running

PAGES_SINCE: Final = timedelta(days=120)
LED_TO_PAGES: Final = 60
"""So many finished surveys ended with the links."""
OPENED, SAID_LEFT = 0.35, 0.5
ASKED_ABOUT_MENU, ANSWERED, GOES_ON = 90, 0.5, 0.85
MENU_SINCE: Final = timedelta(days=40)
COMMUNITY: Final = "vk:sample"
OUR_ADDRESS: Final = "https://cafe.example"


def arrange(
    store: Store, people: Sequence[Person], runs: Sequence[SurveyRun], owner: Staff, now: datetime, language: Language
) -> None:
    """All of it, as the café stands at `now`; after everything else was written."""
    _ready_answers(store, owner, now, language)
    _pages(store, people, runs, now, language)
    _reviews(store, owner, now, language)
    _wall(store, owner, now)
    _own_questionnaire(store, people, owner, now, language)


def _ready_answers(store: Store, owner: Staff, now: datetime, language: Language) -> None:
    for place, (shortcut, russian, english) in enumerate(staff_words.CANNED):
        at = now - HISTORY
        reply_id = Dice(f"ready answer {place}").id_at(at)
        reply = CannedReply(id=reply_id, shortcut=shortcut[language], text_ru=russian, text_en=english, changed_at=at)
        store.case_pages.add_reply(reply)
    known = labels.cleaned(staff_words.LABELS[language].values())
    store.business.change(labels.KEY, list(known), owner.id, now - HISTORY)


# --- pages on maps, and what is written there


def _branch(place: int | None, language: Language) -> str:
    if place is None:
        return ""
    return BRANCHES[place].ru if language is Language.RU else BRANCHES[place].en


def _pages(
    store: Store, people: Sequence[Person], runs: Sequence[SurveyRun], now: datetime, language: Language
) -> None:
    since = now - PAGES_SINCE
    for number, (place, branch, url) in enumerate(said.PAGES):
        site_id = Dice(f"page {number}").id_at(since)
        site = ReviewSite(id=site_id, branch=_branch(branch, language), place=place, url=url, created_at=since)
        store.reviews.add_site(site)
    dice, by_id = Dice("links to pages"), {one.customer.id: one.customer for one in people}
    finished = [run for run in runs if run.ending is RunEnding.FINISHED and run.branch and run.asked_at > since]
    for run in sorted(dice.sample(finished, min(LED_TO_PAGES, len(finished))), key=lambda one: one.asked_at):
        assert run.closed_at is not None
        _leads(store, by_id[run.customer_id], run, run.closed_at, dice)


def _leads(store: Store, customer: Customer, run: SurveyRun, at: datetime, dice: Dice) -> None:
    if not reviews.links(store, customer, run, OUR_ADDRESS, at, ZONE) or not dice.happens(OPENED):
        return
    opened = dice.choice(store.reviews.of_run(customer.id, run.id))
    store.reviews.click(opened.id, at + timedelta(minutes=1))
    if dice.happens(SAID_LEFT):
        reviews.say_left(store, customer, run.id, at + timedelta(minutes=6))


def _reviews(store: Store, owner: Staff, now: datetime, language: Language) -> None:
    found = [
        PublicReview(
            place=one.place,
            text=one.words,
            rating=one.stars,
            at=by_day(now - timedelta(days=one.days_ago)),
            author=one.author,
            branch=_branch(one.branch, language),
        )
        for one in said.ON_MAPS
    ]
    public_reviews.take(store, found, owner.id, now, ZONE, language)


def _wall(store: Store, owner: Staff, now: datetime) -> None:
    for number, one in enumerate(said.ON_THE_WALL):
        at = by_day(now - timedelta(days=one.days_ago))
        author = f"sample-stranger-{number}"
        thing = f"topic-210000000_{number}" if one.is_topic else f"wall-210000000_{340 + number}"
        listening.hear(
            store,
            IncomingMessage(
                event_id=f"sample-wall-{number}",
                chat=Address(COMMUNITY, author),
                author=Author(author, one.author, Language.RU),
                sent_at=at,
                text=one.words,
                public=Public(
                    "topic_comment" if one.is_topic else "wall_reply", thing, f"https://vk.com/{thing}", key=thing
                ),
            ),
            classify_text(one.words),
            at,
            NO_DESK,
        )
        item = store.feedback.held(f"{COMMUNITY}:{thing}")
        if item is not None and one.is_done:
            store.feedback.answer(item.id, owner.id, at + timedelta(hours=3))


# --- a questionnaire of their own


def _own_questionnaire(store: Store, people: Sequence[Person], owner: Staff, now: datetime, language: Language) -> None:
    """It ran for five weeks and is off: what it told can be read, and where people stopped."""
    since = now - MENU_SINCE
    survey = making.make(store, {**said.AUTUMN, "title": said.AUTUMN_TITLE[language]}, since, by=owner.id)
    dice = Dice("autumn menu")
    for person in dice.sample([one for one in people if one.customer.created_at < since], ASKED_ABOUT_MENU):
        at = since + timedelta(days=dice.uniform(0, 35), hours=1)
        run = SurveyRun(
            id=dice.id_at(at),
            customer_id=person.customer.id,
            survey=survey.slug,
            kind=SurveyKind.OWN,
            touchpoint=Touchpoint.RELATION,
            bot_id=BOT_ID,
            language=person.customer.language,
            asked_at=at,
            expires_at=at + ANSWERABLE_FOR,
        )
        _goes_through(store, person, run, survey.slug, dice, now)


def _goes_through(store: Store, person: Person, run: SurveyRun, slug: str, dice: Dice, now: datetime) -> None:
    """Half answer nothing; of the others some stop before the last question."""
    stored = store.questionnaires.newest(slug)
    asked = questionnaire_of(slug, stored.definition if stored else None)
    assert asked is not None
    store.surveys.add(run)
    store.questionnaires.note([shown(run, asked.first, run.asked_at)])
    at, running = run.asked_at, None
    question: Question | None = asked.first
    answers = _answers(dice, run.language)
    while question is not None and dice.happens(ANSWERED if running is None else GOES_ON):
        at += timedelta(seconds=dice.around(25, 0.8))
        running = Running(store, person.customer, run, asked, "", at)
        question = running.take(question, answers[question.id])
    if running is not None and question is None:
        running.finish()
    elif min(answering.waits_until(run), now) < now:
        answering.close(run, answering.waits_until(run), RunEnding.EXPIRED)
        store.surveys.save(run)


def _answers(dice: Dice, language: Language) -> dict[str, Any]:
    liked = [one for one, share in (("raf", 0.7), ("tea", 0.4), ("pie", 0.3)) if dice.happens(share)]
    return {
        "tried": "yes" if dice.happens(0.65) else "no",
        "liked": liked or ["raf"],
        "more": dice.choice(said.MISSING[language]) if dice.happens(0.6) else None,
    }
