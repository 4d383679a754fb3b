"""The versions of one return with what was entered in them, each read once, as guards, pages and effects need them."""

from collections.abc import Iterable
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.access import sees
from webapp.accounts.models import Person
from webapp.cases.models import Stay
from webapp.checks import queries
from webapp.checks.queries import Entered
from webapp.returns.models import ReturnVersion
from workflows.returns.explanations import Explanation
from workflows.returns.values import Answer
from workflows.roles import Actor


class History:
    """What there is of one return. A version that was withdrawn is among `versions`, and stands for nothing."""

    def __init__(self, session: Session, case_id: int) -> None:
        self.session = session
        self.case_id = case_id
        self._entered: dict[int, Entered] = {}

    @cached_property
    def _read(self) -> list[tuple[ReturnVersion, str, str | None]]:
        stood = select(Stay.state).where(Stay.case_id == self.case_id, Stay.track == "return", Stay.state.in_(("submitted", "accepted")))
        query = select(ReturnVersion, Person.name, stood.order_by(Stay.id.desc()).limit(1).scalar_subquery())
        query = query.outerjoin(Person, Person.id == ReturnVersion.signed_by).where(ReturnVersion.case_id == self.case_id)
        return [(version, name or "", state) for version, name, state in self.session.execute(query.order_by(ReturnVersion.number))]

    @cached_property
    def versions(self) -> list[ReturnVersion]:
        """Every version, oldest first: one statement."""
        return [version for version, *_ in self._read]

    @property
    def stood(self) -> str | None:
        """Where the signed return stood last, now or before it was taken up for a correction: submitted or accepted."""
        return self._read[0][2] if self._read else None

    def signer(self, version: ReturnVersion) -> str:
        """The name of who signed a version off; empty where nobody did."""
        return next(name for one, name, _ in self._read if one is version)

    @property
    def newest(self) -> ReturnVersion | None:
        """The newest version that counts: the draft, or else the one signed off last."""
        return next((v for v in reversed(self.versions) if v.withdrawn_at is None), None)

    def seen(self, actor: Actor) -> list[ReturnVersion]:
        """The versions that an actor may see, oldest first."""
        return [version for version in self.versions if sees(actor, version.audience)]

    def one_seen(self, actor: Actor, number: int | None) -> ReturnVersion | None:
        """The version of that number, if an actor may see it; without a number the newest that counts and that they may see."""
        if number is not None:
            return next((v for v in self.seen(actor) if v.number == number), None)
        return next((v for v in reversed(self.seen(actor)) if v.withdrawn_at is None), None)

    @property
    def draft(self) -> ReturnVersion | None:
        """The version that is being filled in."""
        newest = self.newest
        return newest if newest is not None and newest.frozen_at is None else None

    @property
    def signed(self) -> ReturnVersion | None:
        """The version that was signed off last."""
        return next((v for v in reversed(self.versions) if v.frozen_at is not None), None)

    def before(self, version: ReturnVersion) -> ReturnVersion | None:
        """The signed-off version that a version follows upon."""
        return next((v for v in reversed(self.versions) if v.frozen_at is not None and v.number < version.number), None)

    def load(self, versions: Iterable[ReturnVersion]) -> None:
        """Read what was entered in several versions in one statement."""
        missing = [v.id for v in versions if v.id not in self._entered]
        if missing:
            self._entered |= queries.entered_in(self.session, self.case_id, missing)

    def entered(self, version: ReturnVersion | None) -> Entered | None:
        """What was entered in a version; with a draft, the version that it corrects is read too."""
        if version is None:
            return None
        if version.id not in self._entered:
            before = self.before(version) if version is self.draft else None
            self.load([version, *([before] if before else [])])
        return self._entered[version.id]

    def answers(self, version: ReturnVersion | None) -> dict[str, Answer]:
        """The answers of a version by item."""
        found = self.entered(version)
        return found.answers if found is not None else {}

    def explanations(self, version: ReturnVersion | None) -> dict[str, Explanation]:
        """What the body says in a version on checks, by check."""
        found = self.entered(version)
        return found.explanations if found is not None else {}
