"""What files brought, and what they changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field

from storage.columns import UtcDateTime, new_id, stored
from storage.kinds import ImportKind, ImportState
from storage.models.row import Row


class ImportRun(Row, table=True):
    """One file taken in: how far it came, and until when it can be taken back."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: ImportKind = Field(sa_type=stored(ImportKind))
    file_name: str
    mapping: dict[str, Any] = Field(sa_type=JSON, description="our column -> the file's")
    options: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, description="how its cells are read: currency…")
    state: ImportState = Field(default=ImportState.RUNNING, sa_type=stored(ImportState))
    by: UUID | None = Field(default=None, foreign_key="staff.id", description="none: the command line")
    started_at: datetime = Field(sa_type=UtcDateTime, index=True)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rows: int = Field(default=0, description="read so far")
    new: int = 0
    changed: int = 0
    known: int = 0
    kept: int = Field(default=0, description="fields that stayed as the customer or the staff said them")
    customers: int = Field(default=0, description="nobody knew before")
    refused: int = 0
    share: float = Field(default=0.0, description="of the file, read so far")
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="its last page; none: no page yet")
    error: str = ""
    undo_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    undone: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True)), description="what was taken back, and what stays"
    )


class ImportChange(Row, table=True):
    """A row that an import changed or made, as it was before; a purchase and a new customer know their import."""

    __table_args__ = (Index(None, "import_id", "id"), Index(None, "customer_id"))
    id: UUID = Field(default_factory=new_id, primary_key=True)
    import_id: UUID = Field(foreign_key="import_run.id")
    customer_id: UUID | None = Field(default=None, foreign_key="customer.id", description="whose row, for erasure")
    changed_table: str
    row_key: dict[str, Any] = Field(sa_type=JSON)
    before: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True)), description="none: it was not there"
    )
    after: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True)), description="what was changed since is not undone"
    )


class ColumnMapping(Row, table=True):
    """Which column is which in files with this header, as somebody decided last."""

    kind: ImportKind = Field(primary_key=True, sa_type=stored(ImportKind))
    header_hash: str = Field(primary_key=True)
    mapping: dict[str, Any] = Field(sa_type=JSON)
    saved_at: datetime = Field(sa_type=UtcDateTime)
