"""The improvement plan and its actions."""

from datetime import date
from decimal import Decimal

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovSelect, GovTextArea, GovTextInput
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from webapp.access import may_now, needs
from webapp.cases import presenter
from webapp.cases.facts import CaseFacts
from webapp.challenge import queries as challenge
from webapp.clock import in_london
from webapp.context import case as this_case
from webapp.context import facts_here, work
from webapp.fields import DayField, Form, RadioField, SelectField, SendField, listed
from webapp.plans import queries, verbs
from workflows.programme import Item
from workflows.returns.values import BadAnswer, read_amount

blueprint = Blueprint("plans", __name__)

SAVING = Item(code="saving", function="", label="Target saving", unit="GBP", minimum=Decimal(0))


class ActionForm(Form):
    """One action of the plan."""

    finding = SelectField("Recommendation", widget=GovSelect(), validators=[DataRequired("Choose a recommendation.")])
    what = TextAreaField(
        "What will be done",
        widget=GovTextArea(),
        validators=[
            DataRequired("Say what will be done."),
            Length(max=2000, message="What will be done must be 2,000 characters or fewer."),
        ],
    )
    owner = RadioField("Owner", widget=GovRadioInput(), validators=[DataRequired("Choose the owner.")])
    due_on = DayField("Due date", missing="Enter the due date: day, month and year.")
    saving = StringField(
        "Target saving a year, in pounds", description="Leave empty where the action is not about money", widget=GovTextInput(),
        render_kw={"params": {"classes": "govuk-input--width-10", "prefix": {"text": "£"}}},
        validators=[Optional(), Length(max=30, message="The target saving must be 30 characters or fewer.")],
    )  # fmt: skip
    submit = SendField("Add the action")
    today: date

    def validate_due_on(self, field: DayField) -> None:
        """A due date lies ahead."""
        if field.data is not None and field.data <= self.today:
            raise ValidationError("The due date must be in the future.")

    def validate_saving(self, field: StringField) -> None:
        """A saving is an amount in pounds."""
        try:
            read_amount(field.data or "", SAVING)
        except BadAnswer as problem:
            raise ValidationError(str(problem)) from None


@blueprint.get("/cases/<ref>/plan")
@needs("case.see")
def overview(ref: str) -> ResponseReturnValue:
    """The plan with its actions."""
    return _page(None)


def _offered(form: ActionForm) -> ActionForm:
    here, case = work(), this_case()
    findings = [f for f in challenge.findings(here.session, case, here.actor) if f.recommendation and f.decision != "withdrawn"]
    form.finding.choices = listed((str(f.id), f"Finding {f.number}: {f.title}") for f in findings)
    form.owner.choices = listed((str(person), name) for person, name in queries.possible_owners(here.session, case))
    form.today = in_london(here.now).date()
    form.due_on.description = f"For example, 31 3 {form.today.year + 1}"
    return form


def _page(form: ActionForm | None, status: int = 200) -> ResponseReturnValue:
    here, facts, case = work(), facts_here(), this_case()
    writing = may_now(here.actor, "plan.write", facts.state("plan"))
    if writing and form is None:
        form = _offered(ActionForm(formdata=None))
    found = queries.actions(here.session, case, here.actor)
    rows = [
        (action, facts.stay("action", action.id),
         presenter.buttons(CaseFacts(here.session, case, here.actor, here.now, facts.stays, action), ("action",), action))
        for action in found
    ]  # fmt: skip
    gone = [action for action, stay, _ in rows if action.came_from_id is not None or (stay is not None and stay.state == "moved")]
    html = render_template("plan.html", case=case, facts=facts, head=presenter.head(facts), rows=rows, form=form if writing else None,
                           elsewhere=queries.elsewhere(here.session, gone, here.actor) if gone else {},
                           rejections=queries.rejections(here.session, case) if found else {},
                           due=queries.dues(here.session, found) if found else {},
                           buttons=presenter.buttons(facts, ("plan",)), move_url=presenter.move_url)  # fmt: skip
    return make_response(html, status)


@blueprint.post("/cases/<ref>/plan/actions")
@needs("plan.write")
def add(ref: str) -> ResponseReturnValue:
    """Add an action."""
    here, case = work(), this_case()
    form = _offered(ActionForm())
    if not form.validate_on_submit() or form.due_on.data is None:
        return _page(form, 422)
    action = verbs.add_action(
        here, case, facts_here().state("plan"), what=form.what.data or "", finding_id=int(form.finding.data),
        owner_id=int(form.owner.data), due_on=form.due_on.data, saving=read_amount(form.saving.data or "", SAVING),
    )  # fmt: skip
    flash(f"Action {action.number} is added.")
    return redirect(url_for("plans.overview", ref=case.ref, _anchor=f"action-{action.number}"), 303)
