"""The pages made from the declarations are up to date."""

from pathlib import Path

import pytest

from webapp.handbook import permissions_page
from workflows.handbook import workflows_page


@pytest.mark.parametrize("name", ["workflows.md", "permissions.md"])
def test_the_page_is_as_the_declarations_say(app, name):
    made = workflows_page() if name == "workflows.md" else permissions_page(app)
    stored = (Path(__file__).parents[2] / "docs" / name).read_text(encoding="utf-8")
    assert stored == made, f"docs/{name} is out of date: run `make docs`."
