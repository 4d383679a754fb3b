"""Forms made from what is asked, by a transition or elsewhere, and what was filled into them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from govuk_frontend_wtf.wtforms_widgets import (
    GovCharacterCount,
    GovCheckboxInput,
    GovDateInput,
    GovRadioInput,
    GovTextInput,
)
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, SelectMultipleField, StringField, TextAreaField

from webapp.fields import Form, RadioField, listed
from workflows.asks import YES, Ask, Misfit, read_day
from workflows.engine import Reason

ONE_LINE = 200
"""Characters up to which a text is asked for in one line: a name, not a reason."""


class _Day(DateField):  # type: ignore[misc]
    """A date in three boxes, which gives back whatever was typed into them; the engine reads it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Keep the three boxes as typed."""
        self.raw_data = [*(part.strip() for part in valuelist), "", "", ""][:3]
        self.data: date | None = None


def _text(ask: Ask) -> Any:
    if ask.limit <= ONE_LINE:
        return StringField(ask.label, description=ask.hint, widget=GovTextInput())
    return TextAreaField(ask.label, description=ask.hint, widget=GovCharacterCount(), render_kw={"params": {"maxlength": ask.limit}})


def _choice(ask: Ask) -> Any:
    return RadioField(ask.label, description=ask.hint, widget=GovRadioInput(), choices=listed(ask.choices), validate_choice=False)


def _confirm(ask: Ask) -> Any:
    return BooleanField("I confirm this", widget=GovCheckboxInput())


def _items(ask: Ask) -> Any:
    return SelectMultipleField(ask.label, description=ask.hint, choices=[], validate_choice=False)


def _date(ask: Ask) -> Any:
    return _Day(ask.label, description=ask.hint, widget=GovDateInput())


def _number(ask: Ask) -> Any:
    params = {"inputmode": "numeric", "classes": "govuk-input--width-10"}
    return StringField(ask.label, description=ask.hint, widget=GovTextInput(), render_kw={"params": params})


def _person(ask: Ask) -> Any:
    return RadioField(ask.label, choices=[], validate_choice=False)


FIELDS: Mapping[str, Callable[[Ask], Any]] = {
    "text": _text, "choice": _choice, "confirm": _confirm, "items": _items, "date": _date, "number": _number,
    "reviewer": _person, "inspector": _person,
}  # fmt: skip
"""The field of each kind of ask."""


def form_of(asks: Iterable[Ask], reasons: Iterable[Reason] = ()) -> Form:
    """A form with a field for each thing that is asked; `reasons` stand beside the fields that they name."""

    class Asked(Form):
        pass

    asks = tuple(asks)
    for ask in asks:
        setattr(Asked, ask.name, FIELDS[ask.kind](ask))
    form = Asked()
    for ask in asks:
        form[ask.name].errors = [r.text for r in reasons if r.place == f"#{ask.name}"]
    return form


def read_inputs(asks: Iterable[Ask], form: "MultiDict[str, str]") -> dict[str, str]:
    """What was filled in, by name, as the engine reads it."""
    return {ask.name: _read(ask, form.getlist(ask.name)) for ask in asks}


def _read(ask: Ask, values: list[str]) -> str:
    match ask.kind:
        case "confirm":
            return YES if any(values) else ""
        case "items":
            return " ".join(values)
        case "date":
            text = " ".join(value.strip() for value in values if value.strip())
            try:
                return read_day(text).isoformat()
            except Misfit:
                return text
    return values[0] if values else ""


def with_anchors(reasons: Iterable[Reason], asks: Iterable[Ask]) -> tuple[Reason, ...]:
    """The reasons, each leading to the first box of the field that it is about."""
    first = {f"#{ask.name}": f"#{ask.name}-day" for ask in asks if ask.kind == "date"}
    return tuple(Reason(r.text, first.get(r.place, r.place)) for r in reasons)
