"""The indicators of signed-off versions, computed once: what the figures of other bodies are compared with."""

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base


class Measures(Base):
    """The value of every indicator in one signed-off version, by code; one that cannot be computed is left out.

    Derived, so that it is no part of the record: a frozen version never changes, and its measures can be computed anew from
    it at any time (`webapp.checks.verbs.measure`). One row holds them all, for a thousand of these are read in one
    statement, while a row for each would be a hundred thousand.
    """

    __tablename__ = "measures"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("return_versions.id"), unique=True)
    by_code: Mapped[dict[str, float]] = mapped_column(JSON)
