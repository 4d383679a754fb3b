"""Evidence: the files of a case, one file, what is done with it, and where this installation keeps them."""

import logging
import shutil
from pathlib import Path

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, send_file, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from webapp import errors
from webapp.access import may, may_now, needs
from webapp.app import yardstick
from webapp.cases import presenter
from webapp.clock import in_london
from webapp.context import case as this_case
from webapp.context import facts_here, receives, work
from webapp.evidence import forms, queries, receiving, showing, verbs
from webapp.evidence.looking import LINES, beginning
from webapp.evidence.models import Evidence
from webapp.evidence.queries import File
from webapp.evidence.receiving import Receipt
from webapp.evidence.sniff import ACCEPTED, ENDINGS
from webapp.evidence.store import Absent, Damaged
from webapp.record import note
from webapp.returns import queries as returns
from webapp.returns.rests import value_of
from webapp.review import queries as reviews
from webapp.review import verbs as review
from webapp.review.forms import PlaceForm
from webapp.review.names import Reviewers
from webapp.review.sheet import Thread
from workflows.engine import Reason, Refused
from workflows.returns.figures import Figures
from workflows.review.annotations import ASKING, KINDS, when_seen
from workflows.roles import Side

blueprint = Blueprint("evidence", __name__)
log = logging.getLogger("yardstick.evidence")

DOWNLOAD_POLICY = "sandbox; default-src 'none'"
VIEW_POLICY = (
    "sandbox allow-same-origin allow-downloads; default-src 'none'; img-src 'self'; style-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""A page that shows somebody's file: no script, no form, and nothing but its own picture and style sheet."""
CACHED = "private, no-cache"
"""A browser may keep the file, but asks every time whether it may still be shown."""


@blueprint.app_context_processor
def _templates() -> dict[str, object]:
    """What tables and forms of files need, on whichever page they stand."""
    return {"evidence_rules": RULES, "size_words": verbs.size_words, "place_words": queries.place_words, "place_path": queries.place_path}


@blueprint.url_value_preprocessor
def _room(endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Files may be larger than forms: more is read of a request to whoever takes files, from somebody who is signed in."""
    takes = hasattr(yardstick().view_functions.get(endpoint or ""), "receives")
    if takes and "_user_id" in cookie:
        request.max_content_length = receiving.REQUEST_LIMIT


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_much(_: RequestEntityTooLarge) -> ResponseReturnValue:
    most, each = verbs.size_words(receiving.REQUEST_LIMIT), verbs.size_words(verbs.FILE_LIMIT)
    text = f"A file may have up to {each}, and all that are sent at once up to {most}. Nothing was saved. Send fewer or smaller files."
    return errors.page(413, text, back=request.path)


RULES = {
    "accepted": ACCEPTED, "endings": ",".join(ENDINGS), "file_limit": verbs.FILE_LIMIT, "case_limit": verbs.CASE_LIMIT,
    "at_once": receiving.AT_ONCE,
}  # fmt: skip


def _take_in() -> None:
    """Before the transaction: refuse whoever may not add files now, then take in what they sent."""
    if why := verbs.why_not(facts_here()):
        raise Refused("state", (Reason(why, "evidence"),))
    here, case, app = work(), this_case(), yardstick()
    case_id = case.id
    here.let_go()  # a scanner may take long
    whose = [here.actor.person_id, case_id]
    found, problems = receiving.sent_again(app.settings.secret_key, request.form.getlist("received"), whose, app.evidence)
    receipt = receiving.take(app.evidence, app.settings.scan_command, request.files.getlist("files"))
    receipt.contents[:0] = found
    receipt.problems[:0] = problems
    g.receipt = receipt
    if receipt.infected:
        with app.database.work(here.actor, here.now) as apart:
            for name in receipt.infected:
                text = f"was refused the file “{name}”, in which the virus scanner found something"
                note(apart, "evidence.infected", entity="upload", key="", label=text, audience=Side.BODY | Side.PROGRAMME, case_id=case_id)


def _receipt() -> Receipt:
    receipt: Receipt = g.receipt
    return receipt


@blueprint.get("/cases/<ref>/evidence")
@needs("case.see")
def overview(ref: str) -> ResponseReturnValue:
    """The files of a case, or of one place in it, newest first; for the body, the form that adds some."""
    return _list_page(forms.Typed(place=request.args.get("place", "")[:60]), version=request.args.get("version", type=int))


def _list_page(
    typed: forms.Typed, problems: tuple[Reason, ...] = (), receipt: Receipt | None = None, version: int | None = None
) -> ResponseReturnValue:
    here, facts, case = work(), facts_here(), this_case()
    programme = case.round.programme
    known = programme.find_item(typed.place) or programme.find_function(typed.place)
    if version is not None and not 0 < version < 100_000:
        raise NotFound(f"There is no version {version} of this return.")
    narrowed = typed.place if known and request.method == "GET" else ""
    page = max(1, min(request.args.get("page", 1, type=int), 100_000))
    files, more = queries.files(here.session, case, here.actor, place=narrowed, version=version, page=page)
    adding = version is None and showing.adding(facts)
    html = render_template(
        "evidence.html", case=case, facts=facts, head=presenter.head(facts), programme=programme, files=files, more=more, page=page,
        place=narrowed, version=version, words=showing.words(facts, files),
        adding=adding, typed=typed, problems=problems, received=_again(receipt),
        used=queries.held(here.session, case).size if adding else 0,
    )  # fmt: skip
    return make_response(html, 422 if problems else 200)


def _again(receipt: Receipt | None) -> list[tuple[str, verbs.Content]]:
    """The files that came with a form that has to be sent again: they need not."""
    if receipt is None:
        return []
    return receiving.given_back(yardstick().settings.secret_key, receipt.contents, [work().actor.person_id, this_case().id])


@blueprint.post("/cases/<ref>/evidence")
@needs("evidence.upload")
@receives(_take_in)
def upload(ref: str) -> ResponseReturnValue:
    """Add files to a place: all of them, or with problems none, and then none need be sent twice."""
    here, facts, case, receipt = work(), facts_here(), this_case(), _receipt()
    typed = forms.read_upload(request.form, case.round.programme, in_london(here.now).date(), placed=False)
    problems = _problems(typed, receipt)
    if not problems:
        try:
            added, there = verbs.add(here, facts, typed.place, receipt.contents, typed.until)
        except Refused as refused:
            if refused.kind != "input":
                raise
            problems = refused.reasons
    if problems:
        return _list_page(typed, problems, receipt)
    here.session.flush()
    flash(_told(added, there))
    item = case.round.programme.find_item(typed.place)
    if request.form.get("then") == "item" and item is not None:
        return redirect(url_for("returns.item", ref=case.ref, function=item.function, code=item.code, _anchor="evidence"), 303)
    return redirect(url_for("evidence.overview", ref=case.ref), 303)


def _problems(typed: forms.Typed, receipt: Receipt) -> tuple[Reason, ...]:
    problems = [*typed.problems, *(Reason(text, "#files") for text in receipt.problems)]
    if not receipt.contents and not receipt.problems:
        problems.append(Reason("Choose a file.", "#files"))
    return tuple(problems)


def _told(added: list[Evidence], there: list[int]) -> str:
    told = []
    if len(added) == 1:
        told.append(f"“{added[0].name}” is added as file {added[0].number}.")
    elif added:
        told.append(f"{len(added)} files are added.")
    for number in there:
        told.append(f"One of the files stood there already, as file {number}, and was not added again.")
    return " ".join(told)


def _file(number: int) -> File:
    found = queries.file(work().session, this_case(), work().actor, number)
    if found is None:
        raise NotFound(f"There is no file {number} in this case that you may see.")
    return found


@blueprint.get("/cases/<ref>/evidence/<int:number>")
@needs("case.see")
def one(ref: str, number: int) -> ResponseReturnValue:
    """One file: what it stands behind, where it came from, what was made of it; for whoever may, what can be done with it."""
    return _file_page(_file(number))


def _file_page(
    found: File, problems: tuple[Reason, ...] = (), *, typed: forms.Typed | None = None, receipt: Receipt | None = None,
    withdrawal: forms.Words | None = None, verdict: forms.Words | None = None, remark: PlaceForm | None = None,
) -> ResponseReturnValue:  # fmt: skip
    here, facts, case = work(), facts_here(), this_case()
    threads = [Thread(note) for note in reviews.annotations(here.session, case, here.actor, file=found.evidence.number)]
    writing = found.current and may_now(here.actor, "annotation.write", facts.state("review")) and facts.accepted
    changing = found.current and showing.adding(facts)
    judging = may(here.actor, "evidence.judge") and not verbs.why_no_verdict(facts, found)
    html = render_template(
        "evidence_file.html", case=case, facts=facts, head=presenter.head(facts), file=found, programme=case.round.programme,
        words=showing.words(facts, [found]),
        changing=changing, judging=judging, problems=problems, typed=typed or forms.Typed(), received=_again(receipt),
        withdrawal=withdrawal or forms.Words(), verdicts=verbs.VERDICTS,
        verdict=verdict or forms.Words(),  # the reason for the last verdict is none for another
        threads=threads, areas=[(thread, thread.area) for thread in threads if thread.area], kinds=KINDS, asking=ASKING,
        remark=remark or (PlaceForm(formdata=None) if writing else None),
        reviewers=Reviewers(case.round.programme.review.names, work().actor.side, facts.reviewer_numbers) if threads else None,
    )  # fmt: skip
    return make_response(html, 422 if problems or (remark and remark.errors) else 200)


@blueprint.post("/cases/<ref>/evidence/<int:number>/replacement")
@needs("evidence.upload")
@receives(_take_in)
def replace(ref: str, number: int) -> ResponseReturnValue:
    """Put another file in the place of this one, which stays listed."""
    here, facts, case, receipt = work(), facts_here(), this_case(), _receipt()
    old = _file(number)
    typed = forms.read_upload(request.form, case.round.programme, in_london(here.now).date(), placed=True)
    problems = _problems(typed, receipt)
    if not problems and len(receipt.contents) > 1:
        problems = (Reason("Choose one file: it takes the place of this one.", "#files"),)
    if not problems:
        try:
            new = verbs.replace(here, facts, old, receipt.contents[0], typed.until)
        except Refused as refused:
            if refused.kind != "input":
                raise
            problems = refused.reasons
    if problems:
        return _file_page(old, problems, typed=typed, receipt=receipt)
    here.session.flush()
    flash(f"File {number} is replaced by “{new.name}”, which is file {new.number}.")
    return redirect(url_for("evidence.one", ref=case.ref, number=new.number), 303)


@blueprint.post("/cases/<ref>/evidence/<int:number>/withdrawal")
@needs("evidence.upload")
def withdraw(ref: str, number: int) -> ResponseReturnValue:
    """Withdraw a file, with the reason."""
    found = _file(number)
    words = forms.read_withdrawal(request.form)
    if words.problems:
        return _file_page(found, tuple(words.problems), withdrawal=words)
    verbs.withdraw(work(), facts_here(), found, words.why)
    flash(f"File {number} is withdrawn.")
    return redirect(url_for("evidence.one", ref=this_case().ref, number=number), 303)


@blueprint.post("/cases/<ref>/evidence/<int:number>/verdict")
@needs("evidence.judge")
def judge(ref: str, number: int) -> ResponseReturnValue:
    """Accept or refuse a file."""
    found = _file(number)
    words = forms.read_verdict(request.form)
    if words.problems:
        return _file_page(found, tuple(words.problems), verdict=words)
    verbs.judge(work(), facts_here(), found, words.choice, words.why)
    flash(f"File {number} is {words.choice}." + (" The body can see the reason." if words.choice == "refused" else ""))
    return redirect(url_for("evidence.one", ref=this_case().ref, number=number), 303)


@blueprint.post("/cases/<ref>/evidence/<int:number>/annotations")
@needs("annotation.write")
def annotate(ref: str, number: int) -> ResponseReturnValue:
    """Annotate a file, or a place in it."""
    here, facts, case, found, form = work(), facts_here(), this_case(), _file(number), PlaceForm()
    verbs.must_stand(found, "be annotated")
    version = returns.visible_version(here.session, case, here.actor)
    if version is None:
        raise NotFound("There is no return to annotate.")
    form.validate_on_submit()
    place = form.read(paged=found.kind.paged, picture=found.kind.shown == "image", pages=found.evidence.pages)
    if form.errors:
        return _file_page(found, remark=form)
    programme, on = case.round.programme, found.evidence.place
    figure = programme.find_figure(on)
    figures = Figures(programme, returns.answers(here.session, version.id), headcount=case.headcount)
    value = value_of(figures, figure) if figure else ""
    annotation = review.annotate(here, case, facts.state("review"), version=version, item=on, value=value, kind=form.kind.data,
                                 text=form.text.data or "", addressee=form.addressee.data, anchor=place,
                                 evidence_number=number)  # fmt: skip
    here.session.flush()
    later = when_seen(annotation.kind, annotation.addressee, Side(annotation.audience))
    flash(f"The annotation is saved: {later}." if later else "The annotation is saved. Only the partnership and its reviewers see it.")
    return redirect(url_for("evidence.one", ref=ref, number=number, _anchor=f"annotation-{annotation.id}"), 303)


class _Broken(Exception):
    """The file of a piece of evidence is not there, or holds something else than was kept."""


def _path(found: File) -> Path:
    try:
        return yardstick().evidence.verified(found.evidence.sha256)
    except (Absent, Damaged) as problem:
        log.error("evidence %s of case %s cannot be served: %s", found.evidence.number, this_case().ref, problem)
        raise _Broken from None


@blueprint.errorhandler(_Broken)
def _broken(_: _Broken) -> ResponseReturnValue:
    text = (
        "It is listed, but what is kept of it is missing or is no longer what was sent, so it is not shown. "
        "Tell the programme team, who can bring it back from a backup."
    )
    return errors.page(500, text, title="This file is damaged")


@blueprint.get("/cases/<ref>/evidence/<int:number>/file")
@needs("case.see")
def download(ref: str, number: int) -> ResponseReturnValue:
    """The file itself, always to be saved: a browser is never to open what somebody sent as if it were a page of ours."""
    found = _file(number)
    evidence = found.evidence
    response = send_file(_path(found), mimetype=evidence.media_type, as_attachment=True, download_name=evidence.name,
                         etag=evidence.sha256, last_modified=evidence.uploaded_at, conditional=True)  # fmt: skip
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    response.headers["Cache-Control"] = CACHED
    return response


@blueprint.get("/cases/<ref>/evidence/<int:number>/view")
@needs("case.see")
def view(ref: str, number: int) -> ResponseReturnValue:
    """A picture, or the first lines of a text, on a page that can do nothing else."""
    found = _file(number)
    if not found.kind.shown:
        raise NotFound(f"File {number} cannot be looked at here. Download it instead.")
    path = _path(found)
    text = beginning(path) if found.kind.shown == "text" else None
    response = make_response(render_template("evidence_view.html", case=this_case(), file=found, text=text, most=LINES))
    response.headers["Content-Security-Policy"] = VIEW_POLICY
    return response


@blueprint.get("/evidence")
@needs("evidence.store")
def store() -> ResponseReturnValue:
    """Where this installation keeps evidence, how much of it, and whether it is scanned for viruses."""
    here, app = work(), yardstick()
    query = select(func.count(), func.count(Evidence.sha256.distinct()), func.coalesce(func.sum(Evidence.size), 0))
    files, contents, size = here.session.execute(query.select_from(Evidence)).one()
    there = app.evidence.folder if app.evidence.folder.is_dir() else app.settings.var
    return render_template("evidence_store.html", folder=app.evidence.folder, files=files, contents=contents, size=int(size),
                           free=shutil.disk_usage(there).free if there.is_dir() else None,
                           scanner=app.settings.scan_command[:1], limits=(verbs.FILE_LIMIT, verbs.CASE_LIMIT))  # fmt: skip
