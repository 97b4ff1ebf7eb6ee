"""The demo's till: what a visitor buys in the sample café, with their promo code or without."""

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.demo.dice import Dice
from bot.demo.names import PRODUCTS, Product
from bot.webchat.parts import Bought, Buyer
from loyalty import campaigns
from loyalty.promo_codes import Issued
from loyalty.purchases import KnownAlready, Recorded, Sale, record
from storage.kinds import Language, PurchaseSource
from storage.models import Customer
from storage.store import Store

if TYPE_CHECKING:
    from bot.demo.clock import Clock
    from storage.database import Database


class Till:
    """Sells drinks. `language` is what the café calls its products in."""

    def __init__(self, database: "Database", clock: "Clock", zone: ZoneInfo, language: Language) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._language = language

    async def buy(self, buyer: Buyer, *, with_code: bool) -> Bought | None:
        """One drink; None when there is no code to buy it with."""
        now = self._clock()
        drink = drink_of(Dice(f"drink {buyer.key}"), now, self._zone)
        return await self._database.write(lambda store: self._sell(store, buyer, drink, now, with_code=with_code))

    def _sell(self, store: Store, buyer: Buyer, drink: Product, now: datetime, *, with_code: bool) -> Bought | None:
        customer = _customer_of(store, buyer, now)
        own = _newest_code(store, customer, now) if with_code else None
        if with_code and own is None:
            return None
        done = record(store, _sale(buyer, customer, drink, self._language, own), now, self._zone)
        if not isinstance(done, Recorded | KnownAlready):
            return None
        points = done.points if isinstance(done, Recorded) else 0
        is_member = store.points.membership(customer.id) is not None
        worth = campaigns.worth(buyer.language, own.campaign) if own else ""
        return Bought(done.purchase.product, done.purchase.amount_minor, points, is_member, worth)


def drink_of(dice: Dice, now: datetime, zone: ZoneInfo) -> Product:
    """Something nice that is sold in this month."""
    month = now.astimezone(zone).month
    sold = [one for one in PRODUCTS if one.is_drink and (not one.months or month in one.months)]
    return dice.choices(sold, [one.weight for one in sold])[0]


def _customer_of(store: Store, buyer: Buyer, now: datetime) -> Customer:
    """The visitor's customer; who has not said a word yet becomes one here, as they would at the door in."""
    store.customers.lock(buyer.bot_id, buyer.visitor_id)
    identity = store.customers.identity(buyer.bot_id, buyer.visitor_id)
    known = store.customers.get(identity.customer_id) if identity else None
    return known or store.customers.add(buyer.bot_id, buyer.visitor_id, "", buyer.language, now)


def _newest_code(store: Store, customer: Customer, now: datetime) -> Issued | None:
    codes = sorted(store.promos.usable_by(customer.id, now), key=lambda code: code.issued_at)
    return Issued(codes[-1], store.promos.campaign_of(codes[-1])) if codes else None


def _sale(buyer: Buyer, customer: Customer, drink: Product, language: Language, own: Issued | None) -> Sale:
    return Sale(
        f"demo:{buyer.visitor_id}:{buyer.key}",
        customer,
        drink.price,
        PurchaseSource.DEMO,
        product=drink.name(language),
        code=own.code.code if own else "",
    )
