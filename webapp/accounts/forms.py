"""Forms of signing in, and of one's password."""

from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput
from wtforms import PasswordField, StringField, SubmitField
from wtforms.validators import InputRequired, Length

from webapp.fields import Form, SendField

TOO_LONG = "The password must be 200 characters or fewer."


class SignInForm(Form):
    """E-mail address and password. Its template draws the fields."""

    email = StringField(
        "E-mail address",
        validators=[InputRequired("Enter your e-mail address."), Length(max=254, message="The address must be 254 characters or fewer.")],
    )
    password = PasswordField("Password", validators=[InputRequired("Enter your password."), Length(max=200, message=TOO_LONG)])
    submit = SubmitField("Sign in")


class PasswordForm(Form):
    """The password that one has, and the one that takes its place."""

    password = PasswordField(
        "Your password now", widget=GovPasswordInput(), render_kw={"params": {"autocomplete": "current-password"}},
        validators=[InputRequired("Enter the password that you have now."), Length(max=200, message=TOO_LONG)],
    )  # fmt: skip
    new_password = PasswordField(
        "New password",
        description="12 characters or more. Three random words make a good one",
        widget=GovPasswordInput(),
        render_kw={"params": {"autocomplete": "new-password"}},
        validators=[InputRequired("Enter a new password."), Length(max=200, message=TOO_LONG)],
    )
    submit = SendField("Change the password")
