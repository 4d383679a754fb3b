"""Forms that write: an annotation, and two transitions with their deadline and notice."""

from collections.abc import Iterator
from itertools import count

from sqlalchemy import select

from tests.bench.declare import Row, benchmark
from tests.bench.pages import form_beside_floor
from tests.bench.timing import Asked
from tests.bench.world import Site, World
from webapp.accounts.models import Person
from webapp.cases.models import Assignment, Case, Stay
from webapp.register.models import Body

ITEM = "FIN_COST_EMP"


@benchmark("annotation", "a reviewer saves a query for the body: with event, once-only key and commit", ratio=3)
def annotation(world: World) -> Iterator[Row]:
    """Sent 200 times to one case in review, on both databases."""
    for site in world.sites:
        with site.twins() as (written, twin):
            yield from form_beside_floor(written, twin, annotating(written))


@benchmark("annotation_in_row", "the same from the row of an open page, which is given the annotation to show", ratio=3)
def annotation_in_row(world: World) -> Iterator[Row]:
    """Sent 200 times to one case in review, on both databases."""
    for site in world.sites:
        with site.twins() as (written, twin):
            yield from form_beside_floor(written, twin, annotating(written, in_row=True))


def annotating(site: Site, *, in_row: bool = False) -> Asked:
    """The annotation form of the reviewer of a case in review, filled in a little differently each time."""
    here = select(Case.ref, Person.email).join(Stay, Stay.case_id == Case.id).join(Assignment, Assignment.case_id == Case.id)
    here = here.join(Person, Person.id == Assignment.person_id).where(Assignment.kind == "reviewer", Assignment.until.is_(None))
    here = here.where(Stay.track == "review", Stay.state == "in_review", Stay.until.is_(None))
    with site.app.database.reading() as session:
        ref, email = session.execute(here.order_by(Case.id).limit(1)).one()
    reviewer, numbers = site.signed_in(email.partition("@")[0]), count()
    hidden = reviewer.form(f"/cases/{ref}/review?item={ITEM}")

    def form() -> dict[str, str]:
        return hidden | {"kind": "query", "addressee": "body", "text": f"Why is staff cost high beside the invoices, {next(numbers)}?"}

    send = reviewer.in_row if in_row else reviewer.sends
    return send(f"/cases/{ref}/review/items/{ITEM}/annotations", form)


@benchmark("move", "a preparer submits a return for sign-off or takes it back: event, deadline, notice, once-only key, commit", ratio=3)
def move(world: World) -> Iterator[Row]:
    """The two transitions in turn, 100 times each, on both databases."""
    for site in world.sites:
        with site.twins() as (written, twin):
            yield from form_beside_floor(written, twin, *moving(written))


def moving(site: Site) -> Iterator[Asked]:
    """The forms of the two transitions, for the preparer of a return that is filled in and was taken back."""
    database = site.app.database
    back = select(Case.id, Case.ref, Body.code).join(Body, Body.id == Case.body_id).join(Stay, Stay.case_id == Case.id)
    back = back.where(Stay.until.is_(None), Stay.transition == "take_back")
    with database.reading() as session:
        case = session.execute(back.order_by(Case.id).limit(1)).one()
    preparer, path = site.signed_in(f"preparer-{case.code.lower()}"), f"/cases/{case.ref}/moves/return"
    hidden = preparer.form(f"{path}/submit_for_sign_off")

    def form() -> dict[str, str]:
        with database.reading() as session:
            return hidden | {"version": str(session.scalar(select(Case.version).where(Case.id == case.id)))}

    for name in ("submit_for_sign_off", "take_back"):
        yield preparer.sends(f"{path}/{name}", form)
