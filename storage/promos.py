"""Queries: promo campaigns, their codes, and each code's uses: never more than it has (feature PR4)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select, update

from storage.columns import Queries, table_of
from storage.models import PromoCampaign, PromoCode, Redemption

_CAMPAIGN = table_of(PromoCampaign)
_CODE = table_of(PromoCode)
_REDEMPTION = table_of(Redemption)


class Promos(Queries):
    def add_campaign(self, campaign: PromoCampaign) -> bool:
        """False when there is one of this slug."""
        return self._insert_new(campaign) == 1

    def campaign(self, slug: str) -> PromoCampaign | None:
        return self._one(PromoCampaign, select(_CAMPAIGN).where(_CAMPAIGN.c.slug == slug))

    def campaign_of(self, code: PromoCode) -> PromoCampaign:
        found = self._one(PromoCampaign, select(_CAMPAIGN).where(_CAMPAIGN.c.id == code.campaign_id))
        assert found is not None  # a foreign key says so
        return found

    def add_code(self, code: PromoCode) -> bool:
        """False when the code exists, or one was issued for the same reason."""
        return self._insert_new(code) == 1

    def code(self, code: str) -> PromoCode | None:
        return self._one(PromoCode, select(_CODE).where(_CODE.c.code == code))

    def issued_for(self, issue_key: str) -> PromoCode | None:
        return self._one(PromoCode, select(_CODE).where(_CODE.c.issue_key == issue_key))

    def usable_by(self, customer_id: UUID, now: datetime) -> list[PromoCode]:
        """A customer's own codes that can still be used, the one that ends first before the others."""
        own = select(_CODE).where(
            _CODE.c.customer_id == customer_id,
            _CODE.c.used < _CODE.c.max_uses,
            or_(_CODE.c.expires_at.is_(None), _CODE.c.expires_at > now),
        )
        return self._all(PromoCode, own.order_by(_CODE.c.expires_at, _CODE.c.code))

    def of_customer(self, customer_id: UUID, limit: int) -> list[PromoCode]:
        own = select(_CODE).where(_CODE.c.customer_id == customer_id)
        return self._all(PromoCode, own.order_by(_CODE.c.issued_at.desc()).limit(limit))

    # --- a use

    def claim(self, redemption: Redemption) -> bool:
        """Write the use under its request's key; False when this request was carried out before."""
        return self._insert_new(redemption) == 1

    def use(self, code: str, now: datetime) -> bool:
        """Take one use of a code, if there is one left at this moment. Both engines decide it in the statement."""
        left = update(_CODE).where(
            _CODE.c.code == code,
            _CODE.c.used < _CODE.c.max_uses,
            or_(_CODE.c.expires_at.is_(None), _CODE.c.expires_at > now),
        )
        return self._connection.execute(left.values(used=_CODE.c.used + 1)).rowcount == 1

    def unclaim(self, key: str) -> None:
        """Take back a claim that found no use left: it never was a redemption."""
        self._connection.execute(_REDEMPTION.delete().where(_REDEMPTION.c.key == key))

    def note_purchase(self, key: str, purchase_id: UUID) -> None:
        """Which purchase a use belonged to."""
        self._connection.execute(update(_REDEMPTION).where(_REDEMPTION.c.key == key).values(purchase_id=purchase_id))

    def redemption(self, key: str) -> Redemption | None:
        return self._one(Redemption, select(_REDEMPTION).where(_REDEMPTION.c.key == key))

    def redemptions_of(self, customer_id: UUID, limit: int) -> list[Redemption]:
        """The newest `limit`, newest first."""
        uses = select(_REDEMPTION).where(_REDEMPTION.c.customer_id == customer_id)
        return self._all(Redemption, uses.order_by(_REDEMPTION.c.at.desc()).limit(limit))
