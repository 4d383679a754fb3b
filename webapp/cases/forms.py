"""The form of a transition, made from what it asks."""

from typing import Any

from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovCharacterCount, GovRadioInput
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from webapp.fields import RadioField
from webapp.review.queries import Candidate
from workflows.engine import Transition


def transition_form(transition: Transition, candidates: list[Candidate]) -> FlaskForm:
    """A form with a field for each thing that the transition asks."""

    class Form(FlaskForm):  # type: ignore[misc]
        pass

    for ask in transition.asks:
        field: Any
        if ask.kind == "text":
            checks = [DataRequired(f"Fill in “{ask.label}”.")] if ask.required else [Optional()]
            field = TextAreaField(
                ask.label,
                description=ask.hint,
                widget=GovCharacterCount(),
                validators=[*checks, Length(max=ask.limit, message=f"{ask.label} must be {ask.limit} characters or fewer.")],
                render_kw={"params": {"maxlength": ask.limit}},
            )
        else:
            field = RadioField(
                ask.label,
                widget=GovRadioInput(),
                choices=[(str(c.id), c.name) for c in candidates],
                validate_choice=False,
                validators=[DataRequired("Choose one.")],
            )
        setattr(Form, ask.name, field)
    return Form()
