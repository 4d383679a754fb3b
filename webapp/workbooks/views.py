"""A return as a file: the template, the exports, and the upload with its preview."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from webapp import errors
from webapp.access import needs
from webapp.cases import presenter
from webapp.cases.facts import CaseFacts
from webapp.clock import in_london
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.returns import queries as returns
from webapp.returns.models import ReturnImport
from webapp.returns.verbs import Clash, Clashes
from webapp.templating import case_url
from webapp.workbooks import queries, verbs
from webapp.workbooks.apart import read_apart
from webapp.workbooks.archive import Unreadable
from webapp.workbooks.presenter import groups
from webapp.workbooks.table import csv_table
from webapp.workbooks.template import workbook
from workflows.returns.writing import Contents

blueprint = Blueprint("workbooks", __name__)

MEGABYTES = 25
"""Size of a file that may be uploaded here; everywhere else the limit of webapp.security holds."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.url_value_preprocessor
def _room_for_a_file(endpoint: str | None, _: dict[str, object] | None) -> None:
    # Before anything reads the form, as the check of its token does.
    if endpoint == "workbooks.upload":
        request.max_content_length = MEGABYTES * 1024 * 1024


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(_: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say how large a file may be."""
    text = f"The file is larger than {MEGABYTES} MB, so nothing was read. A return’s workbook takes less than 1 MB: delete "
    return errors.page(413, f"{text}pictures and sheets that do not belong to it.")


def _download(content: bytes, mimetype: str, name: str) -> Response:
    response = make_response(content)
    response.mimetype = mimetype
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/cases/<ref>/return/template.xlsx")
@needs("return.edit")
def template(ref: str) -> ResponseReturnValue:
    """The workbook to fill in away from the screen, with the answers so far."""
    here, case = work(), this_case()
    version = returns.visible_version(here.session, case, here.actor)
    contents = queries.contents_of(here.session, case, version, here.now, to_fill_in=True)
    return _download(workbook(contents), XLSX, f"{case.ref}-return.xlsx")


def _exported() -> tuple[Contents, str]:
    """The version that is asked for, as a file holds it, and the file's name without its ending. Raises NotFound."""
    here, case = work(), this_case()
    version = returns.visible_version(here.session, case, here.actor, request.args.get("version", type=int))
    if version is None:
        raise NotFound("There is no such version of this return that you may see.")
    return queries.contents_of(here.session, case, version, here.now, to_fill_in=False), f"{case.ref}-return-v{version.number}"


@blueprint.get("/cases/<ref>/return.xlsx")
@needs("case.see")
def export_xlsx(ref: str) -> ResponseReturnValue:
    """A version as a workbook, for whoever sees it."""
    contents, name = _exported()
    return _download(workbook(contents), XLSX, f"{name}.xlsx")


@blueprint.get("/cases/<ref>/return.csv")
@needs("case.see")
def export_csv(ref: str) -> ResponseReturnValue:
    """A version as CSV, for whoever sees it."""
    contents, name = _exported()
    return _download(csv_table(contents), "text/csv", f"{name}.csv")


@blueprint.get("/cases/<ref>/return/import")
@needs("return.edit")
def import_page(ref: str) -> ResponseReturnValue:
    """Where a filled-in file is uploaded."""
    facts = facts_here()
    verbs.must_be_open(facts.state("return"))
    return _upload_page(facts)


def _upload_page(facts: CaseFacts, problem: str = "") -> Response:
    html = render_template("workbook_upload.html", case=this_case(), facts=facts, head=presenter.head(facts), problem=problem,
                           megabytes=MEGABYTES)  # fmt: skip
    return make_response(html, 422 if problem else 200)


@blueprint.post("/cases/<ref>/return/import")
@needs("return.edit")
def upload(ref: str) -> ResponseReturnValue:
    """Read a file, and keep what was read for its uploader to look at. Nothing of it is saved into the return."""
    here, facts = work(), facts_here()
    verbs.must_be_open(facts.state("return"))
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _upload_page(facts, "Choose the workbook (.xlsx) or CSV file to upload.")
    content = sent.read()
    here.let_go()
    try:
        reading = verbs.understood(here.session, this_case(), read_apart(content))
    except Unreadable as problem:
        return _upload_page(facts_here(), f"“{verbs.plain_name(sent.filename)}” cannot be read. {problem}")
    if reading.refused:
        return _upload_page(facts_here(), reading.refused)
    kept = verbs.keep(here, this_case(), sent.filename, content, reading)
    return redirect(url_for("workbooks.preview", ref=ref, import_id=kept.id), 303)


def _upload(import_id: int) -> ReturnImport:
    found = queries.upload(work().session, this_case(), work().actor, import_id)
    if found is None:
        raise NotFound("There is no such file of yours. It may have made way for one that you uploaded later.")
    return found


@blueprint.get("/cases/<ref>/return/import/<int:import_id>")
@needs("return.edit")
def preview(ref: str, import_id: int) -> ResponseReturnValue:
    """Every change that an uploaded file would make, and everything in it that cannot be read."""
    facts, kept = facts_here(), _upload(import_id)
    verbs.must_be_open(facts.state("return"))
    if kept.applied_at is not None:
        flash("This file was taken over already.")
        return redirect(case_url(ref, "return"), 303)
    return _preview_page(facts, kept)


def _preview_page(
    facts: CaseFacts, kept: ReturnImport, clashes: tuple[Clash, ...] = (), chosen: frozenset[str] | None = None, status: int = 200
) -> Response:
    here, case = work(), this_case()
    found = verbs.preview_of(here.session, case, verbs.reading_of(kept), in_london(here.now).date())
    html = render_template("workbook_preview.html", case=case, facts=facts, head=presenter.head(facts), kept=kept, found=found,
                           groups=groups(case.round.programme, found), programme=case.round.programme, chosen=chosen,
                           clashes=clashes)  # fmt: skip
    return make_response(html, status)


@blueprint.post("/cases/<ref>/return/import/<int:import_id>")
@needs("return.edit")
def take_over(ref: str, import_id: int) -> ResponseReturnValue:
    """Save the chosen answers of an uploaded file, all of them or, where somebody was faster, none."""
    here, facts, kept = work(), facts_here(), _upload(import_id)
    chosen = frozenset(request.form.getlist("take"))
    seen = {code: int(said) for code in chosen if (said := request.form.get(f"was-{code}", "")).isdecimal() and len(said) < 10}
    if not chosen:
        verbs.must_be_open(facts.state("return"))
        return _preview_page(facts, kept, chosen=chosen, status=422)
    try:
        changed = verbs.take_over(here, this_case(), facts.state("return"), kept, chosen, seen)
    except Clashes as clash:
        return _preview_page(facts, kept, tuple(clash.clashes), chosen, status=409)
    done = f"Saved: {changed} answer{'s' if changed != 1 else ''} changed." if changed else "Nothing had changed."
    flash(done)
    return redirect(case_url(ref, "return"), 303)
