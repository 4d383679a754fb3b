"""What everybody sees first: the sign-in page, and their work today."""

from collections.abc import Iterator
from typing import Any

from tests.bench.declare import Row, benchmark
from tests.bench.floor import Found
from tests.bench.pages import page_beside_floor
from tests.bench.timing import Asked
from tests.bench.world import World, asking

SIGN_IN = """{% extends 'frame.html' %}
{% block title %}Sign in{% endblock %}
{% block content %}
<h1 class="govuk-heading-l">Sign in</h1>
<form method="post" novalidate><div class="govuk-form-group"><label class="govuk-label" for="email">E-mail address</label><input class="govuk-input" id="email" name="email" type="email" autocomplete="username" spellcheck="false"></div><div class="govuk-form-group govuk-password-input" data-module="govuk-password-input"><label class="govuk-label" for="password">Password</label><div class="govuk-input__wrapper govuk-password-input__wrapper"><input class="govuk-input govuk-password-input__input" id="password" name="password" type="password" autocomplete="current-password"><button type="button" class="govuk-button govuk-button--secondary govuk-password-input__toggle" hidden>Show</button></div></div><button class="govuk-button" type="submit">Sign in</button></form>
<h2 class="govuk-heading-m">Accounts of this demo</h2><p class="govuk-body">This is a demo: these people are made up. Sign in as one of them with its button, or with its address and the password.</p>
<table class="govuk-table ys-table--dense ys-stack ys-accounts"><thead class="govuk-table__head"><tr class="govuk-table__row"><th scope="col" class="govuk-table__header">Acts as</th><th scope="col" class="govuk-table__header">E-mail address</th><th scope="col" class="govuk-table__header">Sign in</th></tr></thead><tbody class="govuk-table__body">
{% for one in accounts %}
<tr class="govuk-table__row"><td class="govuk-table__cell"><strong>{{ one.role }}</strong>, {{ one.name }}</td><td class="govuk-table__cell"><code class="ys-code">{{ one.email }}</code></td><td class="govuk-table__cell"><form method="post" class="ys-inline"><input type="hidden" name="token" value="an-equal-length-of-characters-as-the-token-of-the-form-which-the-floor-does-not-have"><input type="hidden" name="once" value="sixteen-in-length"><input type="hidden" name="email" value="{{ one.email }}"><input type="hidden" name="password" value="of the demo"><button class="ys-link-button" type="submit">Sign in<span class="govuk-visually-hidden"> as {{ one.role }}</span></button></form></td></tr>
{% endfor %}
</tbody></table>
<p class="govuk-body-s">Every body has its own people as well, under its code in small letters.</p>
{% endblock %}
"""  # noqa: E501
TODAY = """{% extends 'frame.html' %}
{% block title %}Your work today{% endblock %}
{% block content %}
<h1 class="govuk-heading-l">Your work today</h1><h2 class="govuk-heading-m" id="waiting">What waits for you <span class="ys-count">{{ total }}</span></h2>
<table class="govuk-table ys-table--dense ys-stack"><thead class="govuk-table__head"><tr class="govuk-table__row"><th scope="col" class="govuk-table__header">Body</th><th scope="col" class="govuk-table__header">What</th><th scope="col" class="govuk-table__header">Status</th><th scope="col" class="govuk-table__header">With you</th><th scope="col" class="govuk-table__header">Due</th></tr></thead><tbody class="govuk-table__body">
{% for one in waiting %}
<tr class="govuk-table__row"><td class="govuk-table__cell"><a class="govuk-link" href="/cases/{{ one.ref }}/{{ one.track }}">{{ one.name }}</a><br><span class="ys-quiet">{{ one.ref }}</span></td><td class="govuk-table__cell" data-label="What">{{ one.track }} {{ one.what or '' }}</td><td class="govuk-table__cell" data-label="Status"><a class="govuk-tag govuk-tag--grey ys-tag" href="/cases/{{ one.ref }}/status/{{ one.track }}">{{ one.state }}<span class="govuk-visually-hidden">: why the {{ one.track }} stands there</span></a></td><td class="govuk-table__cell" data-label="With you">{{ one.since }}</td><td class="govuk-table__cell" data-label="Due">{{ one.due_at }}<br><span class="ys-quiet">{{ one.due_at }}</span></td></tr>
{% endfor %}
</tbody></table>
<h2 class="govuk-heading-m" id="news">What changed since you last looked</h2><ol class="ys-timeline">
{% for one in news %}
<li class="ys-timeline__item"><time datetime="{{ one.at }}">{{ one.at }}</time><p class="govuk-body"><a class="govuk-link" href="/cases/{{ one.ref }}">{{ one.name }}</a>: <strong>{{ one.name_1 }}</strong> ({{ one.role }}) {{ one.label }} {{ one.new }}: “{{ one.why }}”</p></li>
{% endfor %}
</ol>
{% endblock %}
"""  # noqa: E501


def sign_in(found: Found) -> dict[str, Any]:
    """What the sign-in page's statement gives, as its template needs it."""
    return {"me": None, "accounts": found("memberships")}


def today(found: Found) -> dict[str, Any]:
    """What the statements of one's work today give, as its template needs it."""
    return {
        "me": found("memberships")[0],
        "total": found("stays", "count_1")[0][0],
        "waiting": found("stays", "ref"),
        "news": found("events"),
    }


@benchmark("sign_in", "the sign-in page, with the accounts of the demo", statements=8, ratio=3)
def sign_in_page(world: World) -> Iterator[Row]:
    """The page itself, on both databases; a sound password hash takes 70 ms by itself, so that signing in is left out."""
    for site in world.sites:
        yield from page_beside_floor(site, Asked(site.app, asking("/sign-in")), SIGN_IN, sign_in)


@benchmark("today", "the work of an audit manager today, out of over 1,000 cases, with the 30 latest news", statements=8, ratio=2.5)
def work_today(world: World) -> Iterator[Row]:
    """The first page after signing in, on both databases."""
    for site in world.sites:
        yield from page_beside_floor(site, site.signed_in("manager").asks("/today"), TODAY, today)
