"""The catalogue of a round: every question, indicator and check by its code, for anybody."""

from tests.support.figures import PROGRAMME
from tests.support.html import assert_strict_html
from workflows.returns.rules import rules


def test_every_code_of_the_programme_is_in_the_catalogue_for_anybody(app):
    client = app.test_client()
    whole = client.get("/guidance/2009").text
    assert_strict_html(whole)
    for function in PROGRAMME.functions:
        assert f'href="/guidance/2009/{function.code}"' in whole
        page = client.get(f"/guidance/2009/{function.code}").text
        assert_strict_html(page)
        codes = [i.code for i in PROGRAMME.items_of(function.code)] + [i.code for i in PROGRAMME.indicators if i.function == function.code]
        codes += [rule.code for rule in rules(PROGRAMME) if rule.function == function.code]
        assert [code for code in codes if f'id="{code}"' not in page] == []
    finance = client.get("/guidance/2009/finance").text
    assert "FIN_COST</a> / <a" in finance, "a formula links to its items"
    for told in (
        "Lower is better",
        "seen in a published source",
        "Definition 1",
        "before any charge to your own services",
        "from 0.2% to 10%",
    ):
        assert told in finance
    for nowhere in ("/guidance/1999", "/guidance/2009/astrology", "/guidance/1999/finance"):
        assert client.get(nowhere).status_code == 404
