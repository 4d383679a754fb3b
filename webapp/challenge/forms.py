"""Forms of the challenge."""

from typing import Any

from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovSelect, GovTextArea, GovTextInput
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from webapp.challenge.verbs import DECISIONS, RESPONSES
from webapp.fields import Form, RadioField, SelectField, SendField, listed
from workflows.challenge.scores import SCORE_WORDS
from workflows.programme import Programme

LIMIT = 4000


def _text(label: str, hint: str = "", required: str = "") -> Any:
    checks = [DataRequired(required)] if required else []
    return TextAreaField(label, description=hint, widget=GovTextArea(), render_kw={"params": {"rows": 3}},
                         validators=[*checks, Length(max=LIMIT, message=f"{label} must be {LIMIT} characters or fewer.")])  # fmt: skip


class FindingForm(Form):
    """A finding as audit practice has it."""

    title = StringField(
        "Title",
        widget=GovTextInput(),
        validators=[DataRequired("Give the finding a title."), Length(max=160, message="The title must be 160 characters or fewer.")],
    )
    kloe = SelectField("Line of enquiry (KLOE)", widget=GovSelect(), validators=[DataRequired("Choose a line of enquiry.")])
    item = SelectField("Figure that it rests on", widget=GovSelect(), validators=[Optional()])
    severity = RadioField(
        "Severity",
        widget=GovRadioInput(),
        render_kw={"params": {"classes": "govuk-radios--small govuk-radios--inline"}},
        validators=[DataRequired("Choose a severity.")],
    )
    condition = _text("Condition", "What was found", "Say what was found.")
    criterion = _text("Criterion", "What it was measured against", "Say what it was measured against.")
    cause = _text("Cause", "Why it is so, where known")
    effect = _text("Effect", "What follows from it", "Say what follows from it.")
    recommendation = _text("Recommendation", "Leave empty where nothing needs to change; then no plan is needed for it")
    submit = SendField("Record the finding", id="record-finding")

    def offer(self, programme: Programme, sector: str) -> "FindingForm":
        """Fill in what the programme offers to choose from."""
        self.kloe.choices = listed(kloe_choices(programme, sector))
        self.item.choices = listed([("", "None"), *((i.code, i.label) for i in programme.items)])
        self.severity.choices = listed((s, s.capitalize()) for s in programme.severities)
        return self


class ScoreForm(Form):
    """A score for one line of enquiry."""

    kloe = SelectField("Line of enquiry (KLOE)", id="score-kloe", widget=GovSelect(),
                       validators=[DataRequired("Choose a line of enquiry.")])  # fmt: skip
    level = RadioField(
        "Score",
        choices=listed((str(n), f"{n}: {words}") for n, words in SCORE_WORDS.items()),
        widget=GovRadioInput(),
        render_kw={"params": {"classes": "govuk-radios--small"}},
        validators=[DataRequired("Choose a score.")],
    )
    reason = _text("Reason", "The evidence that the score rests on", "Give the reason for the score.")
    submit = SendField("Record the score", id="record-score")

    def offer(self, programme: Programme, sector: str) -> "ScoreForm":
        """Fill in what the programme offers to choose from."""
        self.kloe.choices = listed(kloe_choices(programme, sector))
        return self


class ResponseForm(Form):
    """The body's response to one finding."""

    response = RadioField("Response", choices=listed(RESPONSES.items()), widget=GovRadioInput(),
                          render_kw={"params": {"classes": "govuk-radios--small govuk-radios--inline"}},
                          validators=[DataRequired("Choose a response.")])  # fmt: skip
    reason = _text("Reason", "Printed unedited beside the finding, everywhere. Needed unless you agree.")
    submit = SendField("Save the response")

    def validate_reason(self, field: TextAreaField) -> None:
        """A disagreement has a reason."""
        if self.response.data in ("partly", "not_agreed") and not (field.data or "").strip():
            raise ValidationError("Give the reason, since you do not wholly agree.")


class DecisionForm(Form):
    """The inspector's decision on the body's response."""

    decision = RadioField("Decision", choices=listed(DECISIONS.items()), widget=GovRadioInput(),
                          render_kw={"params": {"classes": "govuk-radios--small govuk-radios--inline"}},
                          validators=[DataRequired("Choose a decision.")])  # fmt: skip
    reason = _text("Reason", "Printed beside the response", "Give the reason for the decision.")
    submit = SendField("Save the decision")


def kloe_choices(programme: Programme, sector: str) -> list[tuple[str, str]]:
    """The lines of enquiry that bear on a sector."""
    return [(k.code, f"{k.code} {k.title}") for k in programme.kloe if sector in k.sectors] or [
        (k.code, f"{k.code} {k.title}") for k in programme.kloe
    ]
