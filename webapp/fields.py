"""Form fields that more than one topic uses."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovDateInput, GovSubmitInput, GovTextInput
from wtforms import DateField, IntegerField, SubmitField
from wtforms import RadioField as AnyRadioField
from wtforms import SelectField as AnySelectField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, ValidationError

from workflows.asks import Misfit, read_number


class Form(FlaskForm):  # type: ignore[misc]
    """A form of a page. Its token is checked before any view is reached, whatever it sends (webapp/security.py), so no form
    makes and checks one of its own."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """What all forms have in common."""

        csrf = False


def listed(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """What can be chosen, of pairs of a code and its words."""
    return [SelectChoice(code, words) for code, words in pairs]


class DayField(DateField):  # type: ignore[misc]
    """A date in three boxes: day, month, year. Whatever is sent, and however much of it, is read or asked for anew."""

    def __init__(self, label: str, *, missing: str, **more: Any) -> None:
        super().__init__(label, widget=GovDateInput(), format="%d %m %Y", validators=[InputRequired(missing)], **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the three boxes. Raises ValueError with a message that says what to do."""
        self.raw_data = [*(part.strip() for part in valuelist), "", "", ""][:3]
        self.data: date | None = None
        try:
            super().process_formdata(self.raw_data)
        except ValueError:
            raise ValueError(f"{self.label.text} must be a real date, like 31 3 2011.") from None
        self._within(self.data)

    def _within(self, day: date | None) -> None:
        if day is not None and not 1990 <= day.year <= 2100:
            self.data = None
            raise ValueError(f"{self.label.text} must be in the years 1990 to 2100.")


class WholeField(IntegerField):  # type: ignore[misc]
    """A whole number from 0 to `highest`; `called` is what a message calls it. What is none is told with an example."""

    def __init__(self, label: str, *, called: str, highest: int, **more: Any) -> None:
        self.called, self.highest = called, highest
        super().__init__(label, widget=GovTextInput(), **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the box; thousands may be separated. Raises ValueError with a message that says what to do."""
        self.data: int | None = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        try:
            number = read_number(text)
        except Misfit as problem:
            raise ValueError(f"{self.called} {problem}.") from None
        if not 0 <= number <= self.highest:
            raise ValueError(f"{self.called} must be from 0 to {self.highest:,}.")
        self.data = number


class _OneOfThese:
    """A choice that is not in the list is told like one that was not made: with what to choose."""

    def pre_validate(self, form: Any) -> None:
        """Check that the choice is one of the list. Raises ValidationError with a message that says what to do."""
        try:
            super().pre_validate(form)  # type: ignore[misc]
        except ValidationError:
            asked = (v.message for v in self.validators if isinstance(v, DataRequired | InputRequired))  # type: ignore[attr-defined]
            raise ValidationError(next(asked, None) or "Choose one from the list.") from None


class SelectField(_OneOfThese, AnySelectField):  # type: ignore[misc]
    """One of a list, drawn as a list to open."""


class RadioField(_OneOfThese, AnyRadioField):  # type: ignore[misc]
    """One of a few, drawn one below another."""


class SendField(SubmitField):  # type: ignore[misc]
    """The button that sends a form. A double click on it sends once: what the second is answered would take the place of the first."""

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(label, widget=GovSubmitInput(), render_kw={"params": {"preventDoubleClick": True}}, **more)
