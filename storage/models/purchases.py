"""What was sold, and what the business sells."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from storage.columns import UtcDateTime, new_id, stored
from storage.kinds import PurchaseSource
from storage.models.row import Row


class Purchase(Row, table=True):
    """One line of an order; lines of one order share `order_key`. A negative amount is a return that came by itself."""

    __table_args__ = (
        Index(None, "customer_id", "at"),
        Index(None, "at"),
        Index(
            "ix_purchase_recorded",
            "recorded_by",
            "at",
            sqlite_where=text("recorded_by IS NOT NULL"),
            postgresql_where=text("recorded_by IS NOT NULL"),
        ),
        # Who bought this, who bought there: segments ask it of the whole base, eight times faster so.
        *(
            Index(
                f"ix_purchase_kept_{column}",
                column,
                "customer_id",
                "at",
                sqlite_where=text("amount_minor > returned_minor"),
                postgresql_where=text("amount_minor > returned_minor"),
            )
            for column in ("product", "branch")
        ),
    )
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID = Field(foreign_key="customer.id")
    at: datetime = Field(sa_type=UtcDateTime)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = "RUB"
    discount_minor: int = Field(default=0, sa_type=BigInteger, description="taken off by a promo code")
    points_minor: int = Field(
        default=0, sa_type=BigInteger, description="covered by points; the amount was paid besides"
    )
    returned_minor: int = Field(default=0, sa_type=BigInteger, description="how much of the amount was given back")
    product: str = ""
    quantity_milli: int = Field(default=1000, sa_type=BigInteger, description="thousandths: 1500 is one and a half")
    order_key: str | None = Field(default=None, description="none: the line is an order of its own")
    branch: str = ""
    seller: str = Field(default="", description="who served, as the till or the file calls them")
    source: PurchaseSource = Field(default=PurchaseSource.IMPORT, sa_type=stored(PurchaseSource))
    import_id: UUID | None = None
    key: str | None = Field(default=None, unique=True, description="the same purchase brought again changes nothing")
    recorded_by: UUID | None = Field(default=None, foreign_key="staff.id")


class Service(Row, table=True):
    """What the business sells: a purchase's `product` names it."""

    key: str = Field(primary_key=True, description="the name as names are compared: see loyalty.services")
    name: str
    category: str = ""
    price_minor: int | None = Field(default=None, sa_type=BigInteger)
    margin_percent: float | None = Field(default=None, description="of the price")
    usual_interval_days: int | None = Field(default=None, description="after which people need it again")
    import_id: UUID | None = None
    changed_at: datetime = Field(sa_type=UtcDateTime)
