"""The annotations of a case as a file: W3C Web Annotation (JSON-LD), out and in."""

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from msgspec import json
from werkzeug.exceptions import NotFound, UnprocessableEntity

from webapp.access import needs
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.evidence import queries as evidence
from webapp.notices.verbs import base_url
from webapp.returns import queries as returns
from webapp.review import queries, verbs
from webapp.review.models import Annotation
from webapp.review.names import Reviewers
from workflows.review.exchange import NotAnnotations, Note, Said, collection, read
from workflows.roles import Side

blueprint = Blueprint("exchange", __name__)


def _note(note: Annotation, reviewers: Reviewers) -> Note:
    """An annotation free of the database, with its people called as the reader may know them."""
    replies = [
        Said(r.text, r.at, r.author.name if r.side == int(Side.BODY) else reviewers.called(r.author_id, r.author.name), r.side,
             r.for_other, r.sent_at)
        for r in note.replies
    ]  # fmt: skip
    return Note(note.item, note.version.number, note.value_seen, note.kind, note.text, note.addressee, note.state, note.at,
                reviewers.called(note.author_id, note.author.name), note.sent_at, tuple(replies), note.selector,
                note.evidence_number)  # fmt: skip


@blueprint.get("/cases/<ref>/review/annotations.jsonld")
@needs("case.see")
def annotations(ref: str) -> ResponseReturnValue:
    """Every annotation of the case that the reader may see, as W3C Web Annotations."""
    here, case = work(), this_case()
    reviewers = Reviewers.of(here.session, case, here.actor.side)
    found = [_note(note, reviewers) for note in queries.annotations(here.session, case, here.actor)]
    address = f"{base_url(here.session)}/cases/{ref}/return"
    content = json.format(json.encode(collection(address, found)), indent=2)
    response = Response(content, mimetype="application/ld+json")
    response.headers["Content-Disposition"] = f'attachment; filename="{ref}-annotations.jsonld"'
    return response


@blueprint.post("/cases/<ref>/review/annotations.jsonld")
@needs("annotation.write")
def take_in(ref: str) -> ResponseReturnValue:
    """Add the annotations of a file that are not there yet, as the acting reviewer's own. All of it, or with a reason nothing."""
    here, case, facts = work(), this_case(), facts_here()
    given = request.files.get("file")
    try:
        notes = read(given.read() if given else b"")
    except NotAnnotations as problem:
        raise UnprocessableEntity(str(problem)) from None
    version = returns.visible_version(here.session, case, here.actor)
    if version is None:
        raise NotFound("There is no return to annotate.")
    programme = case.round.programme
    figures = [note.item for note in notes if note.file is None or programme.find_function(note.item) is None]
    unknown = sorted({code for code in figures if programme.find_figure(code) is None})
    if unknown:
        raise UnprocessableEntity(
            f"The file has annotations on figures that this return does not ask: {', '.join(unknown[:5])}. Nothing was added."
        )
    places = evidence.places(here.session, case, here.actor) if any(note.file for note in notes) else {}
    missing = sorted({note.file for note in notes if note.file is not None and places.get(note.file) != note.item})
    if missing:
        numbers = ", ".join(map(str, missing[:5]))
        raise UnprocessableEntity(
            f"The file has annotations on evidence that does not stand behind their figures in this case: {numbers}. Nothing was added."
        )
    there = {(n.item, n.kind, n.text, n.selector, n.evidence_number) for n in queries.annotations(here.session, case, here.actor)}
    new = [note for note in notes if (note.item, note.kind, note.text, note.anchor, note.file) not in there]
    for note in new:
        verbs.annotate(here, case, facts.state("review"), version=version, item=note.item, value=note.value_seen, kind=note.kind,
                       text=note.text, addressee=note.addressee, anchor=note.anchor, evidence_number=note.file)  # fmt: skip
    flash(f"{len(new)} annotation{'' if len(new) == 1 else 's'} added, {len(notes) - len(new)} were there already.")
    return redirect(url_for("review.overview", ref=ref, show="remarks"), 303)
