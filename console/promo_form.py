"""The form of a promo campaign: its fields as text, what was wrong with them, and the campaign they describe."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from console.customers import tidy, uuid_of
from loyalty.amounts import Wrong, minor_units
from loyalty.promo_rules import is_pattern, pattern_of
from storage.kinds import Channel, PromoKind
from storage.models import PromoCampaign

LONGEST_NAME: Final = 80
LONGEST_GIFT: Final = 120
LONGEST_LIST: Final = 2000
MOST_NAMES: Final = 50
LONGEST_LIFE: Final = 1830
MOST_USES: Final = 100_000_000
MOST_POINTS: Final = 1_000_000
LIMITS: Final = ("max_uses", "max_per_customer", "max_per_day", "max_per_branch")
LISTS: Final = ("only_services", "not_services", "branches")
CHECKBOXES: Final = ("is_first_order_only", "is_guarded")
TEXTS: Final = ("name", "gift", "code_prefix", "code_pattern", "exclusive_group")
_MINUTES: Final = 24 * 60


@dataclass(slots=True)
class CampaignForm:
    """`values` are what stands in the fields; `problems`: by field the phrase of what is wrong, `promo.wrong.<…>`."""

    values: dict[str, str]
    problems: dict[str, str] = field(default_factory=dict)


def blank() -> CampaignForm:
    """What a new campaign begins with."""
    days = {f"weekday_{day}": "yes" for day in range(7)}
    return CampaignForm({"kind": PromoKind.PERCENT.value, "value": "10", "code_lives_days": "30", **days})


def shown(campaign: PromoCampaign, zone: ZoneInfo) -> CampaignForm:
    """A campaign as its form shows it."""
    values = {name: str(getattr(campaign, name)) for name in TEXTS}
    values |= {name: "\n".join(getattr(campaign, name)) for name in LISTS}
    values |= {name: _text(getattr(campaign, name)) for name in (*LIMITS, "min_order_percent", "code_lives_days")}
    values |= {name: "yes" for name in CHECKBOXES if getattr(campaign, name)}
    values |= {f"weekday_{day}": "yes" for day in range(7) if campaign.weekdays >> day & 1}
    is_money = campaign.kind is PromoKind.FIXED
    values["kind"] = campaign.kind.value
    values["value"] = _money(campaign.value) if is_money else _text(campaign.value or None)
    values["max_discount"] = _money(campaign.max_discount_minor)
    values["min_order"] = _money(campaign.min_order_minor or None)
    values["starts_at"], values["ends_at"] = _local(campaign.starts_at, zone), _local(campaign.ends_at, zone)
    values["from"], values["until"] = _clock(campaign.from_minute), _clock(campaign.until_minute)
    values["channel"] = campaign.channel.value if campaign.channel else ""
    values["segment"] = str(campaign.segment_id) if campaign.segment_id else ""
    values["holdout_percent"] = _text(campaign.holdout_percent or None)
    return CampaignForm(values)


def read(form: Mapping[str, str], zone: ZoneInfo, kind: PromoKind | None = None) -> tuple[CampaignForm, dict[str, Any]]:
    """The form as it was sent and the columns it asks for; what is wrong stands in its problems. `kind`: of a campaign
    that is there already, which it keeps: its codes are in people's hands."""
    sent = CampaignForm({name: value.strip() for name, value in form.items()})
    if kind is not None:
        sent.values["kind"] = kind.value
    reading = _Reading(sent, zone)
    columns = reading.columns()
    return sent, columns


class _Reading:
    """One form on its way to columns."""

    def __init__(self, form: CampaignForm, zone: ZoneInfo) -> None:
        self._form = form
        self._zone = zone

    def columns(self) -> dict[str, Any]:
        kind = self._kind()
        columns: dict[str, Any] = {
            "name": tidy(self._text("name"), LONGEST_NAME),
            "kind": kind,
            "value": self._value(kind),
            "gift": tidy(self._text("gift"), LONGEST_GIFT),
            "max_discount_minor": self._amount("max_discount"),
            "code_prefix": self._text("code_prefix")[:12].upper(),
            "code_pattern": self._text("code_pattern")[:40].upper(),
            "code_lives_days": self._whole("code_lives_days", 1, LONGEST_LIFE) or 30,
            "starts_at": self._moment("starts_at"),
            "ends_at": self._moment("ends_at"),
            "weekdays": sum(1 << day for day in range(7) if self._text(f"weekday_{day}")),
            "from_minute": self._minute("from"),
            "until_minute": self._minute("until"),
            "min_order_minor": self._amount("min_order") or 0,
            "min_order_percent": self._whole("min_order_percent", 1, 1000),
            "channel": self._channel(),
            "segment_id": self._segment(),
            "exclusive_group": tidy(self._text("exclusive_group"), LONGEST_NAME),
            "holdout_percent": self._whole("holdout_percent", 0, 90) or 0,
            **{name: self._whole(name, 1, MOST_USES) for name in LIMITS},
            **{name: self._names(name) for name in LISTS},
            **{name: bool(self._text(name)) for name in CHECKBOXES},
        }
        self._check(columns)
        return columns

    def _check(self, columns: Mapping[str, Any]) -> None:
        if not columns["name"]:
            self._wrong("name", "empty")
        if columns["kind"] in (PromoKind.GIFT, PromoKind.SERVICE) and not columns["gift"]:
            self._wrong("gift", "empty")
        if not columns["weekdays"]:
            self._wrong("weekdays", "empty")
        if not is_pattern(pattern_of(columns["code_prefix"], columns["code_pattern"])):
            self._wrong("code_pattern" if columns["code_pattern"] else "code_prefix", "pattern")
        starts, ends = columns["starts_at"], columns["ends_at"]
        if starts and ends and ends <= starts:
            self._wrong("ends_at", "order")
        if (columns["from_minute"] is None) is not (columns["until_minute"] is None):
            self._wrong("until", "pair")
        if columns["is_guarded"] and not columns["holdout_percent"]:
            self._wrong("holdout_percent", "guard")

    def _text(self, name: str) -> str:
        return self._form.values.get(name, "")

    def _wrong(self, name: str, problem: str) -> None:
        self._form.problems.setdefault(name, problem)

    def _kind(self) -> PromoKind:
        text = self._text("kind")
        if text not in set(PromoKind):
            self._wrong("kind", "unknown")
            return PromoKind.PERCENT
        return PromoKind(text)

    def _value(self, kind: PromoKind) -> int:
        match kind:
            case PromoKind.FIXED:
                value = self._amount("value")
            case PromoKind.PERCENT:
                value = self._whole("value", 1, 100)
            case PromoKind.POINTS:
                value = self._whole("value", 1, MOST_POINTS)
            case PromoKind.GIFT | PromoKind.SERVICE:
                return 0
        if value is None:
            self._wrong("value", "empty")
        return value or 0

    def _whole(self, name: str, low: int, high: int) -> int | None:
        text = self._text(name).replace(" ", "").replace("\u00a0", "").rstrip("%")
        if not text:
            return None
        if not (text.isascii() and text.isdecimal()) or len(text) > 12 or not low <= int(text) <= high:
            self._wrong(name, "number")
            return None
        return int(text)

    def _amount(self, name: str) -> int | None:
        text = self._text(name)
        if not text:
            return None
        amount = minor_units(text)
        if isinstance(amount, Wrong):
            self._wrong(name, "amount")
            return None
        return amount

    def _moment(self, name: str) -> datetime | None:
        """As a browser's datetime field writes it, on the business's clock."""
        text = self._text(name)
        if not text:
            return None
        try:
            return datetime.fromisoformat(text).replace(tzinfo=self._zone).astimezone(UTC)
        except (ValueError, OverflowError):
            self._wrong(name, "moment")
            return None

    def _minute(self, name: str) -> int | None:
        hour, _, minute = self._text(name).partition(":")
        if not hour:
            return None
        if not (hour.isdecimal() and minute.isdecimal() and len(hour) < 3 and len(minute) < 3):
            self._wrong(name, "moment")
            return None
        number = int(hour) * 60 + int(minute)
        if int(minute) > 59 or number >= _MINUTES:
            self._wrong(name, "moment")
            return None
        return number

    def _names(self, name: str) -> list[str]:
        lines = (tidy(line, LONGEST_GIFT) for line in self._text(name)[:LONGEST_LIST].splitlines())
        return list(dict.fromkeys(line for line in lines if line))[:MOST_NAMES]

    def _channel(self) -> Channel | None:
        text = self._text("channel")
        return Channel(text) if text in set(Channel) else None

    def _segment(self) -> UUID | None:
        return uuid_of(self._text("segment"))


def _text(value: int | None) -> str:
    return "" if value is None else str(value)


def _money(minor: int | None) -> str:
    if minor is None:
        return ""
    return str(minor // 100) if minor % 100 == 0 else f"{minor / 100:.2f}".replace(".", ",")


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%dT%H:%M}" if at else ""


def _clock(minute: int | None) -> str:
    return "" if minute is None else f"{minute // 60:02d}:{minute % 60:02d}"
