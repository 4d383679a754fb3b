"""Bodies, figures and memberships made up by Hypothesis, for the rule for the penalty."""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from workflows.benchmarks.penalty import Figure, Saving, Subject
from workflows.benchmarks.rules import Rule
from workflows.benchmarks.sharing import Belonging, Span

AT = date(2010, 2, 1)
INDICATORS = ("FIN-P1", "HR-P1a")
days = st.dates(date(2009, 1, 1), date(2011, 1, 1))


@st.composite
def spans(draw):
    first = draw(days)
    return Span(first, draw(st.none() | st.dates(first, date(2012, 1, 1))))


values = st.one_of(st.floats(0.01, 50), st.sampled_from([-2.0, 0.0, 1.0, 5.0]))
figures = st.builds(
    Figure, value=st.none() | values, provisional=st.booleans(), scope_differs=st.booleans(), known_by=st.none() | days
).map(lambda f: f if f.value is None else Figure(f.value, f.provisional, f.scope_differs))
sound = st.builds(Figure, value=st.floats(0.01, 50))
rules = st.builds(
    Rule, code=st.just("cost"), version=st.just(1), name=st.just("Cost"), statement=st.just("Why."),
    indicators=st.sampled_from([INDICATORS[:1], INDICATORS]), functions=st.sampled_from([("finance",), ("finance", "hr"), ()]),
    average=st.sampled_from(["median", "mean"]), group=st.sampled_from(["class", "region"]),
    margin=st.decimals(0, 100, places=1).map(Decimal), minimum=st.integers(5, 9),
)  # fmt: skip


SINCE_MAY = Span(date(2009, 5, 1))


def belonging(body, kind="client", functions=("finance",), span=SINCE_MAY, of_group=SINCE_MAY):
    return Belonging(body, 1, "Demo share", frozenset(functions), kind, span, of_group)


@st.composite
def worlds(draw, each=figures):
    """Subjects, their figures by body and indicator, and memberships."""
    codes = [f"E{number:02}" for number in range(draw(st.integers(1, 16)))]
    found: dict[tuple[str, str], Figure] = {}
    subjects, belongings = [], []
    for code in codes:
        groups = {"class": draw(st.sampled_from(["UA", "CTY"])), "region": draw(st.sampled_from(["North", "South"]))}
        standing = draw(st.sampled_from(["returned"] * 5 + ["not_returned", "awaited", "exempt"]))
        savings = draw(st.sampled_from([(), (Saving(1000, AT, "Joined payrolls"),)]))
        subjects.append(Subject(code, f"Body {code}", standing, groups, savings=savings))
        found |= {(code, indicator): draw(each) for indicator in INDICATORS}
        if draw(st.integers(0, 4)) == 0:
            functions = draw(st.sampled_from([("finance",), ("hr",), ("finance", "hr")]))
            belongings.append(belonging(code, draw(st.sampled_from(["host", "client", "talks"])), functions, draw(spans()), draw(spans())))
    return subjects, found, belongings
