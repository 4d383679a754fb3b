"""The peer review: figures with annotations, questions and answers, notes on functions, the draft and the comments on it."""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, urlencode

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.access import needs
from webapp.cases import presenter
from webapp.cases.facts import CaseFacts
from webapp.checks import comparators
from webapp.checks import queries as checks
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.errors import Conflict
from webapp.evidence import queries as evidence
from webapp.fields import Form
from webapp.returns import queries as returns
from webapp.returns.rests import value_of
from webapp.review import mentions, queries, sheet, verbs
from webapp.review.forms import (
    AnnotationForm,
    AnswerForm,
    CommentForm,
    DecisionForm,
    JudgementForm,
    ReplyForm,
    SummaryForm,
)  # fmt: skip
from webapp.review.material import Material
from webapp.review.models import Annotation, Review
from webapp.review.workspace import OWN_NEW, SHOW, Open, Workspace
from webapp.templating import case_url
from workflows.engine import Refused
from workflows.programme import Indicator, Item
from workflows.returns.figures import Figures
from workflows.review.anchors import Passage, locate
from workflows.review.annotations import ADDRESSEES, ASKING, DECISIONS, KINDS, when_seen
from workflows.roles import Side

blueprint = Blueprint("review", __name__)
NOT_SAID = "The body does not say these words here. Copy the passage from the row as it stands, or leave it empty."
TAKEN = "Somebody else changed this since you opened the page, so yours was not saved."


@blueprint.get("/cases/<ref>/review")
@needs("case.see")
def overview(ref: str) -> ResponseReturnValue:
    """The review workspace: what is unusual first, each figure with its annotations, the functions, the summary."""
    return _page(_asked_open())


def _asked_open() -> Open:
    """The form that an address asks to hold open."""
    for kind in ("item", "edit", "reply", "answer", "note", "comment", "decide"):
        if on := request.args.get(kind, ""):
            return Open(kind, on[:80])
    return Open()


def workspace(facts: CaseFacts, opened: Open, given: Material | None = None) -> Workspace:
    """The review as the address asks for it, for the actor of the facts: of what they see, or of what is given them to look at."""
    shown = request.args.get("show", "")
    space = Workspace(work(), facts, shown if shown in SHOW else "", request.args.get("function", "")[:40], opened, given)
    if not space.show:
        space.show = "unusual" if space.inner else "remarks" if space.notes else "all"
    return space


def _page(opened: Open, status: int = 200) -> ResponseReturnValue:
    case = this_case()
    space = workspace(facts_here(), opened)
    if opened.form is None:
        opened.form = _form_of(space, opened)
        if opened.form is None:
            space.open = opened = Open()
    summary = opened.form if opened.kind == "summary" else None
    if summary is None and space.writing:
        summary = SummaryForm(formdata=None, summary=space.review.summary if space.review else "")
    blank = AnnotationForm(formdata=None, prefix="new") if space.writing else None
    hint = mentions.in_words(name for person, name in space.names.items() if person != work().actor.person_id)
    for form in (opened.form, blank):
        if isinstance(form, AnnotationForm | ReplyForm):
            form.written.description = hint
    html = render_template(
        "review.html", case=case, facts=space.facts, head=presenter.head(space.facts), space=space, opened=opened, summary_form=summary,
        buttons=presenter.buttons(space.facts, ("review",)), move_url=presenter.move_url, shows=SHOW,
        blank_form=blank, compared_with=comparators.compared_with(case), **words(space),
    )  # fmt: skip
    return make_response(html, status)


def words(space: Workspace, page: str = "review", asking: Mapping[str, str] = {}) -> dict[str, object]:
    """What the pieces of the page need besides the workspace: words, and addresses that keep what the page is narrowed to. `asking`
    is what else an address of the page must ask."""
    case, kept = this_case(), urlencode({**asking, **_kept()})
    here = case_url(case.ref, page)
    asked = f"{here}?{kept}&" if kept else f"{here}?"
    narrowed = f"{here}?{urlencode(asking)}&show=" if asking else f"{here}?show="
    return {
        "who": space.who, "writer": space.writer, "is_new": space.new, "reader": space.reader,
        "kinds": KINDS, "asking": ASKING, "addressees": ADDRESSEES, "when_seen": when_seen, "decisions": DECISIONS,
        "marked": lambda text: mentions.marked(text, space.names),
        "programme": case.round.programme, "point_words": point_words,
        "version_number": space.version.number if space.version else None,
        "review_url": f"{here}?{kept}" if kept else here, "kept_query": f"?{kept}" if kept else "",
        "items_url": f"{here}/items/", "item_query": f"{asked}item=", "notes_url": f"{here}/annotations/",
        "query": lambda name, value: f"{asked}{name}={_quoted(str(value))}", "narrowed": lambda show: f"{narrowed}{show}#figures",
    }  # fmt: skip


_quoted = lru_cache(maxsize=4096)(quote)


def _kept() -> dict[str, str]:
    """What the page is narrowed to, for addresses that lead back to it."""
    return {name: request.args[name][:40] for name in ("show", "function") if request.args.get(name)}


def point_words(place: str) -> str:
    """A point of the draft in words."""
    kind, _, key = place.partition(":")
    return {"function": f"on {key}", "annotation": "on a remark", "summary": "on the summary"}[kind]


def _form_of(space: Workspace, opened: Open) -> Form | None:
    """The form that is asked for, filled in with what there is; None where the reader may not write it."""
    programme, here = this_case().round.programme, work()
    note = next((n for n in space.notes if str(n.id) == opened.on), None)
    match opened.kind:
        case "item" if space.writing and programme.find_figure(opened.on):
            return AnnotationForm(formdata=None)
        case "edit" if note is not None and space.can(sheet.Thread(note)).change:
            return AnnotationForm(formdata=None, kind=note.kind, text=note.text, addressee=note.addressee)
        case "reply" if note is not None and space.writing and note.state in ("open", "answered"):
            return ReplyForm(formdata=None)
        case "answer" if note is not None and space.answering:
            kept = next((reply for reply in note.replies if reply.side == int(Side.BODY) and reply.sent_at is None), None)
            return AnswerForm(formdata=None, answer=kept.text if kept else "")
        case "note" if space.writing and any(section.function.code == opened.on for section in space.sections):
            mine = [n for n in (space.review.notes if space.review else []) if n.function == opened.on]
            said = next((n for n in mine if n.person_id == here.actor.person_id), None)
            filled = {} if said is None else {"credible": said.credible, "explained": said.explained, "improvement": said.improvement,
                                              "rating": str(said.rating or "")}  # fmt: skip
            return JudgementForm(formdata=None, **filled).rated(programme)
        case "comment" if space.commenting and _is_place(opened.on, space.review, space.notes):
            kept_comment = next((c for c in space.comments_on(opened.on) if c.sent_at is None), None)
            return CommentForm(formdata=None, comment=kept_comment.text if kept_comment else "")
        case "decide" if space.deciding:
            found = next((c for c in space.comments if str(c.id) == opened.on), None)
            return DecisionForm(formdata=None, decision=found.decision or None, reason=found.reason) if found else None
    return None


def _is_place(place: str, review: Review | None, notes: list[Annotation]) -> bool:
    """Whether a text names a point of the draft, of the review and the annotations that the reader sees."""
    kind, _, key = place.partition(":")
    if kind == "annotation":
        return any(str(note.id) == key for note in notes)
    return place == "summary" or (kind == "function" and any(note.function == key for note in (review.notes if review else [])))


def _back(anchor: str) -> ResponseReturnValue:
    """Back to where one was on the page, with what it was narrowed to."""
    kept = urlencode(_kept())
    return redirect(url_for("review.overview", ref=this_case().ref) + (f"?{kept}" if kept else "") + f"#{anchor}", 303)


def _told(form: Form, refused: Refused) -> Form:
    """A form with what is wrong with what was typed beside its fields. Raises the refusal itself where it is of something else."""
    if refused.kind != "input":
        raise refused
    for reason in refused.reasons:
        field = form[reason.place.removeprefix("#")]
        field.errors = [*field.errors, reason.text]
    return form


def _seen() -> int:
    return request.form.get("revision", 0, type=int)


def _what(code: str) -> Item | Indicator:
    what = this_case().round.programme.find_figure(code)
    if what is None:
        raise NotFound(f"This return has no figure “{code}”.")
    return what


@blueprint.post("/cases/<ref>/review/items/<code>/annotations")
@needs("annotation.write")
def annotate(ref: str, code: str) -> ResponseReturnValue:
    """Annotate one item or indicator."""
    here, case = work(), this_case()
    what = _what(code)
    version = returns.visible_version(here.session, case, here.actor)
    if version is None:
        raise NotFound("There is no return to annotate.")
    if request.form.get("on", version.number, type=int) != version.number:
        raise Conflict(
            f"The body has corrected its return: this is version {version.number} now. Look at the figure anew, then annotate it."
        )
    form = AnnotationForm()
    passage = _passage(form, code) if form.validate_on_submit() else None
    if form.errors:
        return _unsaved(form, code)
    simple = isinstance(what, Item) and not what.formula
    answers = returns.answers(here.session, version.id, only=code if simple else "")
    value = value_of(Figures(case.round.programme, answers, headcount=case.headcount), what)
    facts = facts_here()
    try:
        annotation = verbs.annotate(here, case, facts.state("review"), version=version, item=code, value=value, kind=form.kind.data,
                                    text=form.text.data or "", addressee=form.addressee.data, anchor=passage)  # fmt: skip
    except Refused as refused:
        return _unsaved(_told(form, refused), code)
    here.session.flush()
    if request.headers.get("X-Fragment"):
        return _fragment(annotation, facts), 201
    later = when_seen(annotation.kind, annotation.addressee, Side(annotation.audience))
    flash(f"The annotation is saved: {later}." if later else "The annotation is saved. Only the partnership and its reviewers see it.")
    return _back(f"annotation-{annotation.id}")


def _unsaved(form: AnnotationForm, code: str) -> ResponseReturnValue:
    """What is wrong with an annotation: to the script of an open page by field, else on the page with what was typed."""
    return (form.errors, 422) if request.headers.get("X-Fragment") else _page(Open("item", code, form), 422)


def _passage(form: AnnotationForm, code: str) -> Passage | None:
    """The passage that the form names; where the body does not say it of the figure, the form has an error."""
    if not (form.passage.data or "").strip():
        return None
    found = locate(_texts(code), form.passage.data, form.before.data or "")
    if found is None:
        form.passage.errors = [*form.passage.errors, NOT_SAID]
    return found


def _texts(code: str) -> list[str]:
    """The body's own words on a figure in the newest version: one statement."""
    case = this_case()
    entered = checks.entered(work().session, case, work().actor)
    figures = Figures(case.round.programme, entered.answers if entered else {}, headcount=case.headcount)
    return sheet.texts_of(code, figures, checks.said_of(entered, figures))


def _fragment(annotation: Annotation, facts: CaseFacts) -> str:
    """An annotation as the page shows it, for a page that is open."""
    names = mentions.names_of(mentions.participants(work().session, this_case())) if "@" in annotation.text else {}
    space = workspace(facts, Open(), Material(None, None, {}, [annotation], names=names))
    return render_template("review_note.html", case=this_case(), thread=sheet.Thread(annotation), can=OWN_NEW, opened=Open(),
                           **{**words(space), "version_number": annotation.version.number})  # fmt: skip


def _annotation(annotation_id: int) -> Annotation:
    found = queries.annotation(work().session, this_case(), work().actor, annotation_id)
    if found is None:
        raise NotFound("There is no such annotation that you may see.")
    return found


@blueprint.post("/cases/<ref>/review/annotations/<int:annotation_id>")
@needs("annotation.write")
def rewrite(ref: str, annotation_id: int) -> ResponseReturnValue:
    """Write an annotation anew, before anybody else has read it."""
    found, facts, form = _annotation(annotation_id), facts_here(), AnnotationForm()
    if not form.validate_on_submit():
        return _page(Open("edit", str(annotation_id), form), 422)
    try:
        verbs.rewrite(work(), this_case(), found, facts.state("review"), facts.reviewer_ids, kind=form.kind.data,
                      text=form.text.data or "", addressee=form.addressee.data, seen=_seen())  # fmt: skip
    except verbs.Overtaken:
        raise Conflict(TAKEN) from None
    except Refused as refused:
        return _page(Open("edit", str(annotation_id), _told(form, refused)), 422)
    later = when_seen(found.kind, found.addressee, Side(found.audience))
    flash(f"The annotation is changed: {later}." if later else "The annotation is changed. Only the partnership and its reviewers see it.")
    return _back(f"annotation-{annotation_id}")


@blueprint.post("/cases/<ref>/review/annotations/<int:annotation_id>/withdrawal")
@needs("annotation.write")
def withdraw(ref: str, annotation_id: int) -> ResponseReturnValue:
    """Take back an annotation, before anybody else has read it."""
    found, facts = _annotation(annotation_id), facts_here()
    verbs.withdraw(work(), found, facts.state("review"), facts.reviewer_ids)
    flash("The annotation is taken back. The record keeps it.")
    return _back(found.item)


@blueprint.post("/cases/<ref>/review/annotations/<int:annotation_id>/confirmation")
@needs("annotation.write")
def confirm(ref: str, annotation_id: int) -> ResponseReturnValue:
    """Say that an annotation holds on the figure as it is in the newest version."""
    found, facts, here, case = _annotation(annotation_id), facts_here(), work(), this_case()
    version = returns.visible_version(here.session, case, here.actor)
    what = case.round.programme.find_figure(found.item)
    if version is None or (what is None and not found.evidence_number):
        raise NotFound("There is no such figure in the return any more.")
    figures = Figures(case.round.programme, returns.answers(here.session, version.id), headcount=case.headcount)
    texts = _texts(found.item) if isinstance(found.selector, Passage) else []
    file = evidence.file(here.session, case, here.actor, found.evidence_number) if found.evidence_number else None
    successor = file.replaced_by if file else None
    verbs.confirm(here, found, facts.state("review"), version, value_of(figures, what) if what else "", facts.reviewer_ids,
                  texts=texts, successor=successor)  # fmt: skip
    on_file = f", and on file {successor}" if successor else ""
    flash(f"The annotation stands on version {version.number} now{on_file}.")
    return _back(f"annotation-{annotation_id}")


@blueprint.post("/cases/<ref>/review/annotations/<int:annotation_id>/replies")
@needs("annotation.write")
def reply(ref: str, annotation_id: int) -> ResponseReturnValue:
    """Reply to an annotation, among the reviewers or asking the body again."""
    found, form = _annotation(annotation_id), ReplyForm()
    if not form.validate_on_submit():
        return _page(Open("reply", str(annotation_id), form), 422)
    try:
        verbs.reply(work(), this_case(), found, facts_here().state("review"), form.reply.data or "", ask_again=bool(form.ask_again.data))
    except Refused as refused:
        return _page(Open("reply", str(annotation_id), _told(form, refused)), 422)
    flash("The reply is saved: it goes to the body with your next questions." if form.ask_again.data else "The reply is saved.")
    return _back(f"annotation-{annotation_id}")


@blueprint.post("/cases/<ref>/review/annotations/<int:annotation_id>/answer")
@needs("annotation.answer")
def answer(ref: str, annotation_id: int) -> ResponseReturnValue:
    """Answer a question; the answers are sent together."""
    found, form = _annotation(annotation_id), AnswerForm()
    if not form.validate_on_submit():
        return _page(Open("answer", str(annotation_id), form), 422)
    facts = facts_here()
    try:
        verbs.answer(work(), found, facts.state("review"), form.answer.data or "", _seen())
    except verbs.Overtaken:
        raise Conflict("Somebody else of your body answered this since you opened the page, so yours was not saved.") from None
    work().session.flush()
    left = len(facts.unanswered_queries)
    flash("Your answer is saved. " + (f"{left} more to answer before you can send them." if left else "All are answered: send them now."))
    return _back(f"annotation-{annotation_id}" if left else "do")


@blueprint.post("/cases/<ref>/review/annotations/<int:annotation_id>/resolution")
@needs("annotation.write")
def resolve(ref: str, annotation_id: int) -> ResponseReturnValue:
    """Resolve an annotation: only who raised it may."""
    facts = facts_here()
    verbs.resolve(work(), _annotation(annotation_id), facts.state("review"), facts.reviewer_ids)
    flash("The annotation is resolved.")
    return _back(f"annotation-{annotation_id}")


@blueprint.post("/cases/<ref>/review/functions/<function>")
@needs("annotation.write")
def judge(ref: str, function: str) -> ResponseReturnValue:
    """Say of one function whether it is credible and explained, what should improve, and rate it."""
    case, programme = this_case(), this_case().round.programme
    if function not in {f.code for f in programme.functions}:
        raise NotFound(f"There is no function “{function}”.")
    form = JudgementForm().rated(programme)
    if not form.validate_on_submit():
        return _page(Open("note", function, form), 422)
    said = verbs.Judgement(form.credible.data or "", form.explained.data or "", form.improvement.data or "",
                           int(form.rating.data) if form.rating.data else None)  # fmt: skip
    try:
        verbs.judge(work(), case, facts_here().state("review"), function, said, _seen())
    except verbs.Overtaken:
        raise Conflict(TAKEN) from None
    flash(f"Your note on {programme.function(function).name} is saved.")
    return _back(f"function-{function}")


@blueprint.post("/cases/<ref>/review/summary")
@needs("annotation.write")
def summary(ref: str) -> ResponseReturnValue:
    """Save the summary of the review."""
    form = SummaryForm()
    if not form.validate_on_submit():
        return _page(Open("summary", "", form), 422)
    if not verbs.write_summary(work(), this_case(), facts_here().state("review"), form.summary.data or "", _seen()):
        raise Conflict("Somebody else changed the summary since you opened the page, so yours was not saved.")
    flash("The summary is saved.")
    return _back("the-summary")


@blueprint.post("/cases/<ref>/review/comments")
@needs("draft.comment")
def comment(ref: str) -> ResponseReturnValue:
    """Comment on one point of the draft; the comments are sent together."""
    form, place = CommentForm(), request.form.get("place", "")[:80]
    if not form.validate_on_submit():
        return _page(Open("comment", place, form), 422)
    here, case = work(), this_case()
    if not _is_place(place, queries.review(here.session, case, here.actor), queries.annotations(here.session, case, here.actor)):
        raise NotFound("There is no such point in the draft.")
    try:
        verbs.comment(work(), this_case(), facts_here().state("review"), place, form.comment.data or "", _seen())
    except verbs.Overtaken:
        raise Conflict("Somebody else of your body commented on this since you opened the page, so yours was not saved.") from None
    flash("Your comment is saved. It is sent with the others when the approver sends the body’s comments.")
    return _back(place.replace(":", "-") if place != "summary" else "the-summary")


@blueprint.post("/cases/<ref>/review/comments/<int:comment_id>/decision")
@needs("comment.decide")
def decide(ref: str, comment_id: int) -> ResponseReturnValue:
    """Accept a comment of the body, or not, with the reason."""
    found = queries.comment(work().session, this_case(), work().actor, comment_id)
    if found is None:
        raise NotFound("There is no such comment that you may see.")
    form = DecisionForm()
    if not form.validate_on_submit():
        return _page(Open("decide", str(comment_id), form), 422)
    try:
        verbs.decide(work(), found, facts_here().state("review"), form.decision.data, form.reason.data or "", _seen())
    except verbs.Overtaken:
        raise Conflict(TAKEN) from None
    flash("The decision is saved. The body reads it with the final review.")
    return _back(f"comment-{comment_id}")
