"""Forms of the peer review."""

import re
from collections.abc import Callable, Mapping

from govuk_frontend_wtf.wtforms_widgets import (
    GovCharacterCount,
    GovCheckboxInput,
    GovRadioInput,
    GovSubmitInput,
    GovTextArea,
    GovTextInput,
)
from wtforms import BooleanField, Field, HiddenField, StringField, SubmitField, TextAreaField
from wtforms.validators import DataRequired, Length

from webapp.fields import Form, RadioField, listed
from webapp.review.verbs import ANNOTATION_LIMIT, SUMMARY_LIMIT
from workflows.programme import Programme
from workflows.review.anchors import PAGE_LIMIT, PASSAGE_LIMIT, Area, Place
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


def _per_cent(label: str) -> Field:
    shape = {"classes": "govuk-input--width-3", "inputmode": "decimal", "suffix": {"text": "%"}}
    return StringField(label, widget=GovTextInput(), render_kw={"params": shape})


class RemarkForm(Form):
    """A remark, on whatever. The narrowest audience is the default, and a wider one says who that is."""

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


class AnnotationForm(RemarkForm):
    """An annotation on one figure, or on a passage of the body's words on it; `before` is what stood before the words chosen there."""

    passage = TextAreaField("Passage, in the body’s words (leave empty for the whole answer)", widget=GovTextArea(),
                            render_kw={"params": {"rows": 2}},
                            validators=[Length(max=PASSAGE_LIMIT, message=f"A passage must be {PASSAGE_LIMIT:,} characters or fewer.")],
                            description="Copy it from the row as it stands. Of words that stand there twice the first ones are meant: "
                                        "copy some more to mean the others.")  # fmt: skip
    before = HiddenField()


SIDES = {"left": "from the left", "top": "from the top", "width": "wide", "height": "high"}


class PlaceForm(RemarkForm):
    """A remark on a file, or on a place in it: a page, an area of it in per cent, or both. `read` checks these together."""

    page = StringField("Page (leave empty for the file as a whole)", widget=GovTextInput(),
                       render_kw={"params": {"classes": "govuk-input--width-3", "inputmode": "numeric"}})  # fmt: skip
    left = _per_cent("Left")
    top = _per_cent("Top")
    width = _per_cent("Width")
    height = _per_cent("Height")

    def read(self, *, paged: bool, picture: bool, pages: int | None) -> Place | None:
        """The place that was entered; None for the file as a whole, or where a field has an error, which says what to enter."""
        page = self._page(pages) if paged else None
        typed = {name: (self[name].data or "").strip().removesuffix("%").strip() for name in SIDES} if paged or picture else {}
        area = self._area(typed) if any(typed.values()) else None
        if area and paged and page is None and not self.page.errors:
            self._wrong("page", "Enter the page that the area is on.")
        return None if self.errors or not (page or area) else Place(page, area)

    def _page(self, pages: int | None) -> int | None:
        typed, most = (self.page.data or "").strip(), pages or PAGE_LIMIT
        if typed and not (typed.isascii() and typed.isdigit() and len(typed) <= 4 and 1 <= int(typed) <= most):
            has = f"The file has {most} page{'' if most == 1 else 's'}. " if pages else ""
            self._wrong("page", f"{has}Enter the number of a page from 1 to {most:,}, or leave it empty.")
            return None
        return int(typed) if typed else None

    def _area(self, typed: Mapping[str, str]) -> Area | None:
        found = {}
        for name, text in typed.items():
            called, least = name.capitalize(), "above 0" if name in ("width", "height") else "from 0"
            if not text:
                self._wrong(name, f"Enter {name} too, or leave all four of the area empty.")
            elif not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", text, re.ASCII) or float(text) > 100 or (least == "above 0" and not float(text)):
                self._wrong(name, f"{called} must be a number {least} up to 100, like 12.5.")
            else:
                found[name] = float(text)
        if len(found) < len(typed):
            return None
        for begins, goes in (("left", "width"), ("top", "height")):
            if round(found[begins] + found[goes], 2) > 100:
                self._wrong(goes, f"The area must end within the page: {begins} and {goes} come to {found[begins] + found[goes]:g}%.")
        return None if self.errors else Area(found["left"], found["top"], found["width"], found["height"])

    def _wrong(self, name: str, text: str) -> None:
        self[name].errors = [*self[name].errors, text]


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
