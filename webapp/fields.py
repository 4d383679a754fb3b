"""Form fields that more than one topic uses."""

from datetime import date
from typing import Any

from govuk_frontend_wtf.wtforms_widgets import GovDateInput
from wtforms import DateField
from wtforms.validators import InputRequired


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
