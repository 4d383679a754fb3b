"""What the tests of evidence begin with."""

import pytest

from tests.support.evidence import start
from tests.support.site import Browser


@pytest.fixture
def preparer(app):
    """The preparer of the offered case, whose return is in progress."""
    start(app)
    return Browser(app, "preparer")
