"""What every table is made of: its name from its class, and names of constraints that both engines keep."""

import re

from sqlalchemy import MetaData
from sqlalchemy.orm import declared_attr
from sqlmodel import SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING
METADATA: MetaData = SQLModel.metadata


class Row(SQLModel):
    """A table named after its class, in snake case."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805  # SQLAlchemy hands the class over
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
