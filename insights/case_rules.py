"""Which words and scores call a person: the business's own ordered rules, of which the first that fits decides."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, NamedTuple

from insights.classification import ABUSIVE, Classification
from insights.normalisation import normalise, tokenise
from insights.policy import is_angry, is_clearly_negative
from storage.kinds import CaseOrigin, ScoreGroup, SurveyKind, Urgency

KEY: Final = "case_rules"
"""The setting's."""
MOST_RULES: Final = 50
MOST_WORDS: Final = 50
LONGEST_LABEL: Final = 40
MOST_BETWEEN: Final = 2
"""Words between two that belong together: «верните мне мои деньги» is «верните деньги»."""


class When(StrEnum):
    """What a rule looks at. `TOXIC`: abuse and threats. `ANGRY`: a clear complaint, unless the score is content;
    `DISPLEASED`: the same whatever the score. `WORDS`: the rule's own, in any of their forms."""

    TOXIC = "toxic"
    ANGRY = "angry"
    PERSON = "person"
    WORDS = "words"
    DETRACTOR = "detractor"
    LOW_CSAT = "low_csat"
    DISPLEASED = "displeased"


ORIGIN: Final = {
    When.TOXIC: CaseOrigin.ANGRY_MESSAGE,
    When.ANGRY: CaseOrigin.ANGRY_MESSAGE,
    When.PERSON: CaseOrigin.ASKED_FOR_PERSON,
    When.WORDS: CaseOrigin.KEYWORD,
    When.DETRACTOR: CaseOrigin.LOW_SCORE,
    When.LOW_CSAT: CaseOrigin.LOW_SCORE,
    When.DISPLEASED: CaseOrigin.ANGRY_MESSAGE,
}


class Rule(NamedTuple):
    """`branch`: whose people get it; "" those of the visit. `label`: put on the case; "" none."""

    when: When
    urgency: Urgency
    words: tuple[str, ...] = ()
    branch: str = ""
    label: str = ""
    is_on: bool = True


class Heard(NamedTuple):
    """What a customer said. Outside surveys without `group` and `kind`; no `classification` where it told nothing."""

    text: str
    classification: Classification | None
    group: ScoreGroup | None = None
    kind: SurveyKind | None = None


class Call(NamedTuple):
    """A person is needed: how fast, why, whose, and under which label."""

    urgency: Urgency
    origin: CaseOrigin
    branch: str = ""
    label: str = ""


USUAL: Final = (
    Rule(When.TOXIC, Urgency.NOW),
    Rule(When.ANGRY, Urgency.NOW),
    Rule(When.PERSON, Urgency.TODAY),
    Rule(When.WORDS, Urgency.TODAY, ("верните деньги", "вернуть деньги", "возврат", "refund", "money back")),
    Rule(When.DETRACTOR, Urgency.TODAY),
    Rule(When.LOW_CSAT, Urgency.TODAY),
    Rule(When.DISPLEASED, Urgency.TODAY),
)


def call(rules: Sequence[Rule], heard: Heard) -> Call | None:
    """What the first rule that fits wants. Angry words call a person even where no rule says so."""
    place = which(rules, heard)
    if place is not None:
        rule = rules[place]
        return Call(rule.urgency, ORIGIN[rule.when], rule.branch, rule.label)
    if heard.classification is not None and is_angry(heard.classification, heard.group):
        return Call(Urgency.NOW, CaseOrigin.ANGRY_MESSAGE)
    return None


def which(rules: Sequence[Rule], heard: Heard) -> int | None:
    """The place of the first rule that is on and fits."""
    return next((place for place, rule in enumerate(rules) if rule.is_on and _fits(rule, heard)), None)


def _fits(rule: Rule, heard: Heard) -> bool:
    read, is_low = heard.classification, heard.group is ScoreGroup.DETRACTOR
    match rule.when:
        case When.TOXIC:
            return read is not None and read.severity >= ABUSIVE
        case When.ANGRY:
            return read is not None and is_angry(read, heard.group)
        case When.PERSON:
            return read is not None and read.wants_person
        case When.DISPLEASED:
            return read is not None and is_clearly_negative(read)
        case When.DETRACTOR:
            return is_low and heard.kind is not SurveyKind.CSAT
        case When.LOW_CSAT:
            return is_low and heard.kind is SurveyKind.CSAT
        case When.WORDS:
            stems = _stems(heard.text)
            return any(_stands_in(_stems(phrase), stems) for phrase in rule.words)


def _stands_in(phrase: Sequence[str], stems: Sequence[str]) -> bool:
    """Whether the phrase's words follow each other there, with few others between two of them."""
    reached = set(range(len(stems)))
    for word in phrase:
        found = [at for at in reached if stems[at] == word]
        reached = {at + step for at in found for step in range(1, MOST_BETWEEN + 2) if at + step < len(stems)}
        if not found:
            return False
    return bool(phrase)


@lru_cache(maxsize=1000)
def _stems(text: str) -> tuple[str, ...]:
    return tuple(_root(token) for token in tokenise(normalise(text)) if token[0].isalnum())


@lru_cache(maxsize=10_000)
def _root(token: str) -> str:
    """Stemmed until nothing more comes off: once, «тараканов» gives «таракан», and that word itself «тарака»."""
    # Here, because it imports the whole of nltk: see insights.classifier.
    from insights.lexicon import stem

    while (shorter := stem(token)) != token:
        token = shorter
    return token


# --- as they are kept: [{"when": "words", "words": ["возврат"], "urgency": "today", "branch": "", "label": ""}, …]


class Flaw(StrEnum):
    """What is wrong with a rule. The values are phrases of the console: `case_rule_flaw.<value>`."""

    NO_RULE = "no_rule"
    UNKNOWN_WHEN = "unknown_when"
    UNKNOWN_URGENCY = "unknown_urgency"
    NO_WORDS = "no_words"
    TOO_MANY = "too_many"
    TOO_LONG = "too_long"


class Unfit(ValueError):
    """`flaws`: by the place of the rule, from 0; -1 for the list itself."""

    def __init__(self, flaws: Mapping[int, Flaw]) -> None:
        super().__init__(", ".join(f"{place}: {flaw}" for place, flaw in flaws.items()))
        self.flaws = flaws


def parse(document: Any) -> tuple[Rule, ...]:
    """Raises Unfit with each rule's first flaw."""
    if not isinstance(document, list):
        raise Unfit({-1: Flaw.NO_RULE})
    if len(document) > MOST_RULES:
        raise Unfit({-1: Flaw.TOO_MANY})
    read = [_rule(values) for values in document]
    if flaws := {place: one for place, one in enumerate(read) if isinstance(one, Flaw)}:
        raise Unfit(flaws)
    return tuple(one for one in read if isinstance(one, Rule))


def as_json(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    return [{**rule._asdict(), "words": list(rule.words)} for rule in rules]


def _rule(values: Any) -> Rule | Flaw:
    if not isinstance(values, Mapping):
        return Flaw.NO_RULE
    when, urgency = values.get("when"), values.get("urgency")
    words = tuple(" ".join(str(one).split()) for one in values.get("words") or ())
    label = " ".join(str(values.get("label") or "").split())
    if when not in set(When):
        return Flaw.UNKNOWN_WHEN
    if urgency not in set(Urgency):
        return Flaw.UNKNOWN_URGENCY
    if when == When.WORDS and not any(words):
        return Flaw.NO_WORDS
    if len(words) > MOST_WORDS:
        return Flaw.TOO_MANY
    if len(label) > LONGEST_LABEL:
        return Flaw.TOO_LONG
    return Rule(
        When(when),
        Urgency(urgency),
        tuple(one for one in words if one),
        str(values.get("branch") or ""),
        label,
        bool(values.get("is_on", True)),
    )
