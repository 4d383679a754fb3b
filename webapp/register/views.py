"""Rounds: what is open, and opening one."""

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovSelect, GovTextInput
from wtforms import StringField
from wtforms.validators import DataRequired, InputRequired, Length, Regexp

from config import programmes
from webapp.access import needs
from webapp.clock import in_london
from webapp.context import work
from webapp.fields import DayField, Form, SelectField, SendField, WholeField, listed
from webapp.register import queries, verbs

blueprint = Blueprint("register", __name__)


class RoundForm(Form):
    """What an officer says when opening a round."""

    programme = SelectField("Programme", widget=GovSelect(), validators=[DataRequired("Choose a programme.")])
    code = StringField(
        "Code of the round",
        description="Short, for references such as 2009-E0724",
        widget=GovTextInput(),
        validators=[
            DataRequired("Enter a code, like 2010."),
            Regexp(r"^[A-Za-z0-9]{2,12}$", message="The code must be 2 to 12 letters and digits, like 2010."),
        ],
    )
    name = StringField(
        "Name of the round",
        widget=GovTextInput(),
        validators=[DataRequired("Enter a name."), Length(max=120, message="The name must be 120 characters or fewer.")],
    )
    return_due = DayField("Last day for returns", missing="Enter the last day for returns, like 26 2 2010.")
    threshold = WholeField(
        "More than how many people must return",
        description="A body with exactly this many people is exempt",
        called="The number of people",
        highest=1_000_000,
        render_kw={"params": {"inputmode": "numeric", "classes": "govuk-input--width-10"}},
        validators=[InputRequired("Enter the number of people, like 250.")],
    )
    submit = SendField("Open the round")


@blueprint.get("/rounds")
@needs("round.open")
def rounds() -> ResponseReturnValue:
    """The rounds, with how many cases stand at each stage."""
    return render_template("rounds.html", rounds=queries.rounds(work().session))


@blueprint.route("/rounds/new", methods=["GET", "POST"])
@needs("round.open")
def new_round() -> ResponseReturnValue:
    """Open a round: cases arise for every body above the threshold."""
    form = RoundForm()
    form.programme.choices = listed((code, programmes.read(code).name) for code in programmes.codes())
    if not form.is_submitted():
        first = programmes.read(programmes.codes()[0])
        form.threshold.data = first.threshold
    if not form.validate_on_submit():
        return make_response(render_template("round_new.html", form=form), 422 if form.is_submitted() else 200)
    assert form.return_due.data is not None and form.threshold.data is not None
    if form.return_due.data <= in_london(work().now).date():
        form.return_due.errors = ["The last day for returns must be in the future."]
        return make_response(render_template("round_new.html", form=form), 422)
    programme = programmes.read(form.programme.data)
    try:
        report = verbs.open_round(work(), code=form.code.data or "", name=form.name.data or "",
                                  programme=programme,
                                  dates={"return_due": form.return_due.data.isoformat()},
                                  threshold=form.threshold.data)  # fmt: skip
    except verbs.RegisterProblem as problem:
        form.code.errors = [str(problem)]
        return make_response(render_template("round_new.html", form=form), 422)
    flash(f"The round is open: {report.opened} cases, {report.exempt} exempt, {report.warned} within "
          f"{programme.threshold_warning_percent}% of the line, {report.no_headcount} without a headcount.")  # fmt: skip
    return redirect(url_for("register.rounds"), 303)
