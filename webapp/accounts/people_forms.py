"""Forms of the people's pages."""

from govuk_frontend_wtf.wtforms_widgets import GovSelect, GovTextInput
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from webapp.fields import Form, SelectField, SendField
from workflows.roles import Role

ROLES = [("", "Choose a role"), *((role.value, role.label[0].upper() + role.label[1:]) for role in Role)]


def _role() -> SelectField:
    return SelectField("Role", widget=GovSelect(), choices=ROLES, validators=[DataRequired("Choose a role.")])


def _organisation() -> StringField:
    return StringField(
        "Organisation",
        description="The code or the name of the body or partnership, like E0724. Not needed for the auditor and the programme team",
        widget=GovTextInput(),
        validators=[Length(max=200, message="The organisation must be 200 characters or fewer.")],
    )


class RoleForm(Form):
    """A role, and where it is held."""

    role = _role()
    organisation = _organisation()
    submit = SendField("Give the role")


class PersonForm(RoleForm):
    """Somebody new, with their first role."""

    name = StringField(
        "Name",
        widget=GovTextInput(),
        validators=[DataRequired("Enter the name."), Length(max=120, message="The name must be 120 characters or fewer.")],
    )
    email = StringField(
        "E-mail address",
        widget=GovTextInput(),
        render_kw={"params": {"type": "email", "attributes": {"spellcheck": "false"}}},
        validators=[DataRequired("Enter the e-mail address."), Length(max=254, message="The address must be 254 characters or fewer.")],
    )
    role = _role()  # made anew, so that mistakes are listed in the order of the page
    organisation = _organisation()
    submit = SendField("Add the person")
