"""Forms of the peer review."""

from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovCharacterCount, GovCheckboxInput, GovRadioInput, GovSubmitInput
from wtforms import BooleanField, SubmitField, TextAreaField
from wtforms.validators import DataRequired, Length

from webapp.fields import RadioField
from webapp.review.verbs import ANNOTATION_LIMIT, KINDS, SUMMARY_LIMIT


class AnnotationForm(FlaskForm):  # type: ignore[misc]
    """An annotation on one item. The narrowest audience is the default."""

    kind = RadioField("Kind", choices=list(KINDS.items()), default="comment", widget=GovRadioInput(),
                      render_kw={"params": {"classes": "govuk-radios--small govuk-radios--inline"}},
                      validators=[DataRequired("Choose a kind.")])  # fmt: skip
    text = TextAreaField(
        "Annotation",
        widget=GovCharacterCount(),
        validators=[
            DataRequired("Write the annotation."),
            Length(max=ANNOTATION_LIMIT, message=f"An annotation must be {ANNOTATION_LIMIT} characters or fewer."),
        ],
        render_kw={"params": {"maxlength": ANNOTATION_LIMIT, "rows": 3}},
    )
    share = BooleanField("Share it with the body now", widget=GovCheckboxInput(),
                         render_kw={"params": {"classes": "govuk-checkboxes--small"}},
                         description="The body can only answer what it sees. Otherwise only the partnership and its "
                                     "reviewers see it, and you can share it later.")  # fmt: skip
    submit = SubmitField("Add the annotation", widget=GovSubmitInput(), id="add-annotation")


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """The body's answer to a query."""

    answer = TextAreaField(
        "Your answer",
        widget=GovCharacterCount(),
        validators=[
            DataRequired("Write your answer."),
            Length(max=ANNOTATION_LIMIT, message=f"An answer must be {ANNOTATION_LIMIT} characters or fewer."),
        ],
        render_kw={"params": {"maxlength": ANNOTATION_LIMIT, "rows": 3}},
    )
    submit = SubmitField("Send the answer", widget=GovSubmitInput(), id="send-answer")


class SummaryForm(FlaskForm):  # type: ignore[misc]
    """The summary of the review."""

    summary = TextAreaField(
        "Summary of the review",
        description="What is credible, what is explained, what should improve. The body reads it when you issue the draft.",
        widget=GovCharacterCount(),
        validators=[
            DataRequired("Write the summary."),
            Length(max=SUMMARY_LIMIT, message=f"The summary must be {SUMMARY_LIMIT:,} characters or fewer."),
        ],
        render_kw={"params": {"maxlength": SUMMARY_LIMIT, "rows": 8}},
    )
    submit = SubmitField("Save the summary", widget=GovSubmitInput(), id="save-summary")
