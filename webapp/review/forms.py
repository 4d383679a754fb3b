"""Forms of the peer review."""

from collections.abc import Callable

from govuk_frontend_wtf.wtforms_widgets import GovCharacterCount, GovCheckboxInput, GovRadioInput, GovSubmitInput
from wtforms import BooleanField, Field, SubmitField, TextAreaField
from wtforms.validators import DataRequired, Length

from webapp.fields import Form, RadioField, listed
from webapp.review.verbs import ANNOTATION_LIMIT, SUMMARY_LIMIT
from workflows.programme import Programme
from workflows.review.annotations import ADDRESSEES, DECISIONS, KINDS

SMALL = {"params": {"classes": "govuk-radios--small govuk-radios--inline"}}
STACKED = {"params": {"classes": "govuk-radios--small"}}
JUDGED = listed([("yes", "Yes"), ("partly", "Partly"), ("no", "No"), ("", "Not said")])


def _long(
    label: str, empty: str, what: str, *, rows: int = 3, limit: int = ANNOTATION_LIMIT, hint: str = "", required: bool = True
) -> Field:
    rules: list[Callable[..., None]] = [DataRequired(empty)] if required else []
    rules.append(Length(max=limit, message=f"{what} must be {limit:,} characters or fewer."))
    return TextAreaField(label, description=hint, widget=GovCharacterCount(), validators=rules,
                         render_kw={"params": {"maxlength": limit, "rows": rows}})  # fmt: skip


class AnnotationForm(Form):
    """An annotation on one figure. The narrowest audience is the default, and a wider one says who that is."""

    kind = RadioField("Kind", choices=listed(KINDS.items()), default="comment", widget=GovRadioInput(), render_kw=SMALL,
                      validators=[DataRequired("Choose a kind.")])  # fmt: skip
    text = _long("Annotation", "Write the annotation.", "An annotation")
    addressee = RadioField("For", choices=listed(ADDRESSEES.items()), default="reviewers", widget=GovRadioInput(), render_kw=STACKED,
                           validators=[DataRequired("Choose whom it is for.")],
                           description="What is for the body is read by its preparers and approvers: a query or a wanted "
                                       "correction when you send your questions, anything else with the draft. It is printed "
                                       "in the final review.")  # fmt: skip
    submit = SubmitField("Save the annotation", widget=GovSubmitInput())

    @property
    def written(self) -> Field:
        """The field of the text, in which others can be called by name."""
        return self.text


class ReplyForm(Form):
    """A reviewer's reply to an annotation."""

    reply = _long("Your reply", "Write your reply.", "A reply")
    ask_again = BooleanField("Ask the body again: it goes with your next questions", widget=GovCheckboxInput(),
                             render_kw={"params": {"classes": "govuk-checkboxes--small"}})  # fmt: skip
    submit = SubmitField("Save the reply", widget=GovSubmitInput(), id="save-reply")

    @property
    def written(self) -> Field:
        """The field of the text, in which others can be called by name."""
        return self.reply


class AnswerForm(Form):
    """The body's answer to a question."""

    answer = _long("Your answer", "Write your answer.", "An answer",
                   hint="The reviewers read it when you send all the answers together.")  # fmt: skip
    submit = SubmitField("Save the answer", widget=GovSubmitInput(), id="save-answer")


class SummaryForm(Form):
    """The summary of the review."""

    summary = _long(
        "Summary of the review", "Write the summary.", "The summary", rows=8, limit=SUMMARY_LIMIT,
        hint="The draft is put together from this, from what is said of each function and from the annotations for the body: "
             "nothing need be typed twice.",
    )  # fmt: skip
    submit = SubmitField("Save the summary", widget=GovSubmitInput(), id="save-summary")


class CommentForm(Form):
    """The body's comment on one point of the draft."""

    comment = _long("Your comment on this point", "Write your comment.", "A comment", hint="Printed unedited in the final review.")
    submit = SubmitField("Save the comment", widget=GovSubmitInput(), id="save-comment")


class DecisionForm(Form):
    """Whether a comment of the body is accepted."""

    decision = RadioField("This comment is", choices=listed(DECISIONS.items()), widget=GovRadioInput(), render_kw=SMALL,
                          validators=[DataRequired("Choose whether the comment is accepted.")])  # fmt: skip
    reason = _long("Reason", "Give the reason.", "A reason", hint="The body reads it with the final review.")
    submit = SubmitField("Save the decision", widget=GovSubmitInput(), id="save-decision")


class JudgementForm(Form):
    """What a reviewer says of one function. `rated` fills in the programme's scale."""

    credible = RadioField("Are its figures credible?", choices=JUDGED, default="", widget=GovRadioInput(), render_kw=SMALL)
    explained = RadioField("Is what stands out explained?", choices=JUDGED, default="", widget=GovRadioInput(), render_kw=SMALL)
    improvement = _long("What should improve", "", "This", required=False)
    rating = RadioField("Rating", choices=[], default="", widget=GovRadioInput(), render_kw=STACKED)
    submit = SubmitField("Save the note", widget=GovSubmitInput(), id="save-note")

    def rated(self, programme: Programme) -> "JudgementForm":
        """The form with the steps of the programme's scale, each with what it means."""
        self.rating.choices = listed(
            [(str(r.value), f"{r.value}. {r.label}: {r.descriptor}") for r in programme.ratings] + [("", "Not rated")]
        )
        return self
