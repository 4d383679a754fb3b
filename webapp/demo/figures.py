"""Made-up figures and texts of the demo. Nothing here says anything true about a real body."""

import random
from collections.abc import Iterator, Mapping
from decimal import Decimal

from workflows.programme import Item, Programme
from workflows.returns.checks import Outcome
from workflows.returns.figures import Figures
from workflows.returns.values import Answer

HEADCOUNTS = {
    "CTY": (8000, 25000), "UA": (3000, 9000), "MD": (5000, 14000), "LBO": (4000, 9000), "CC": (3000, 4000),
    "NMD": (180, 900), "SRA": (600, 900), "police authority": (1800, 9000), "fire and rescue authority": (280, 2400),
    "waste disposal authority": (20, 90), "integrated/passenger transport authority": (200, 900),
    "national park authority": (90, 300), "regional park authority": (100, 180), "GLA group": (600, 900),
}  # fmt: skip
HEADCOUNT_SOURCE = "made up for the demo"
QUERY = "Demo: staff cost looks high beside the number of invoices. Does it hold the team that works for the pension fund?"
ANSWER = "Demo: it does, for about a tenth. The fund repays it; the income is in the accounts, not here."
SUMMARY = """Demo: the return is credible. The cost of finance is in the middle of bodies of this size, and the parts add up.

Processing invoices takes the largest share. Two of three invoices still come on paper.

What could be done: move suppliers to electronic invoices, and ask the neighbours about a shared payroll."""
REMARK = "Demo: one in five invoices comes on paper by now; the share in the note is of last summer."
JUDGED = {
    "finance": ("yes", "Demo: move suppliers to electronic invoices, and ask the neighbours about a shared payroll.", 3),
    "hr": ("partly", "Demo: say how agency staff were counted.", 2),
}
"""What the demo's reviewers say of functions: credible, what should improve, and the rating."""
TEXTS = {
    "return.send_back": "Demo: the outsourced services are missing. Please add them.",
    "return.request_correction": "Demo: creditors look like the figure of the year before. Please check.",
    "return.reopen_more": "Demo: payroll errors were counted by another rule; they belong to this correction.",
    "return.drop_request": "Demo: the body showed that the figure is right.",
    "return.withdraw_correction": "Demo: the figures were right after all; the ledger shows it.",
    "return.volunteer_correction": "Demo: we found that debtors hold a loan to a partner.",
    "return.withdraw_own_correction": "Demo: on a second look the figures were right.",
    "return.declare_headcount": "Demo: the payroll report of that month; internal audit has seen it.",
    "return.refuse_headcount": "Demo: the count leaves out the staff of the schools.",
    "return.refuse_headcount_exempt": "Demo: the payroll report is of another year.",
    "return.reopen": "Demo: the body found that debtors hold a loan.",
    "return.record_not_returned": "Demo: no return came by the last day, nor a word after two reminders.",
    "review.reallocate": "Demo: the reviewer is away until the end of the month.",
    "review.decline": "Demo: I worked there until last spring.",
    "review.comment": "Demo: the facts are right. We would add that the new finance system starts in April.",
    "review.send_back": "Demo: please say what the remark on payroll rests on.",
    "challenge.reallocate": "Demo: the caseload is spread more evenly.",
    "challenge.send_back": "Demo: please give the criterion of finding 1 more exactly.",
    "plan.request_changes": "Demo: please bring the date of action 1 forward.",
    "action.take_out": "Demo: a wider action takes its place.",
    "action.report_complete": "Demo: the service is shared since Monday; the agreement and the first month’s figures show it.",
    "action.verify": "Demo: the agreement was seen, and the figures agree with the ledger.",
    "action.reject": "Demo: the agreement is drafted but not signed yet.",
    "action.cancel": "Demo: the neighbours have withdrawn; the body asked for it.",
    "penalty.indicate": "Demo: outside every sharing group, and the cost of finance is above the average.",
    "penalty.represent": "Demo: we have been in talks with two neighbours since the summer.",
    "penalty.apply": "Demo: the talks have no date and no agreement.",
    "penalty.withdraw": "Demo: the representations show that an agreement is near.",
    "penalty.appeal": "Demo: the agreement was signed the day before the decision.",
    "penalty.confirm": "Demo: the agreement covers another function.",
    "penalty.uphold": "Demo: the agreement covers the function, and was signed in time.",
}
"""What somebody says who makes a move that asks for words, by track and move."""


def text(track: str, move: str) -> str:
    """The made-up words that a move asks for."""
    return TEXTS.get(f"{track}.{move}", "Demo: as agreed by telephone.")


EXPLANATIONS = {
    "programme": "Demo: since 2006/07 some services moved to a trust and others came here; the figure is gross and for the whole body.",
    "bounds": "Demo: two systems run side by side this year while one takes over from the other.",
    "change": "Demo: a team of eight moved here from another department in the autumn.",
    "comparator": "Demo: the work is shared with two neighbours, and the host counts all of it.",
    "earlier": "Demo: done in the spring; the new figure shows it.",
}
"""What the body says where a check asks, by where the check comes from."""
SIGNAL = "Demo: taken from the ledger and the payroll at the four quarter ends; the workings can be seen."


def explanation(outcome: Outcome) -> str:
    """The made-up words of the body on a check that does not hold."""
    return SIGNAL if outcome.kind == "signal" else EXPLANATIONS[outcome.origin]


def headcount(rng: random.Random, kind: str) -> int:
    """A made-up number of people for a kind of body."""
    low, high = HEADCOUNTS[kind]
    return rng.randint(low, high)


AMOUNTS: tuple[tuple[str, str, float, float], ...] = (
    ("ORG_STAFF_HEADCOUNT", "people", 1, 1), ("ORG_STAFF_FTE", "people", 0.78, 0.9), ("ORG_RUNNING_COST", "people", 34_000, 48_000),
    ("ORG_PAY_BILL", "ORG_RUNNING_COST", 0.5, 0.56), ("ORG_HOURS_SPENT", "one", 60, 420),
    ("FIN_COST_EMP", "ORG_RUNNING_COST", 0.006, 0.014), ("FIN_COST_IT", "ORG_RUNNING_COST", 0.0004, 0.0015),
    ("FIN_COST_ACCOM", "ORG_RUNNING_COST", 0.0003, 0.0012), ("FIN_COST_SUPPLIES", "ORG_RUNNING_COST", 0.0001, 0.0006),
    ("FIN_COST_OUTSOURCED", "ORG_RUNNING_COST", 0, 0.003), ("FIN_COST_OTHER", "ORG_RUNNING_COST", 0.0001, 0.0004),
    ("FIN_INCOME", "FIN_COST", 0.02, 0.12), ("FIN_COST_INVOICING", "FIN_COST", 0.06, 0.1), ("FIN_COST_PAYABLE", "FIN_COST", 0.12, 0.2),
    ("FIN_COST_PAYROLL", "FIN_COST", 0.1, 0.16), ("FIN_COST_DECISION", "FIN_COST", 0.2, 0.3),
    ("FIN_REPORT_CYCLE_DAYS", "one", 4, 18), ("FIN_FORECAST_M6", "ORG_RUNNING_COST", 0.98, 1.02),
    ("FIN_ACTUAL_OUTTURN", "ORG_RUNNING_COST", 0.97, 1.01), ("SPEND_COSTED_OUTPUTS", "ORG_RUNNING_COST", 0.2, 0.8),
    ("FIN_NONTRANS_FTE", "FIN_COST_EMP", 0.000016, 0.00002), ("FIN_QUALIFIED_FTE", "FIN_NONTRANS_FTE", 0.2, 0.5),
    ("FIN_INVOICES_RAISED", "people", 3, 9), ("FIN_CREDIT_NOTES", "FIN_INVOICES_RAISED", 0.01, 0.06),
    ("FIN_INVOICED_INCOME", "ORG_RUNNING_COST", 0.1, 0.3), ("FIN_DEBTORS", "FIN_INVOICED_INCOME", 0.08, 0.2),
    ("FIN_INVOICES_PAID", "people", 12, 30), ("FIN_INVOICES_PAID_30D", "FIN_INVOICES_PAID", 0.78, 0.98),
    ("FIN_PAYMENTS_ALL", "FIN_INVOICES_PAID", 1.3, 1.5), ("FIN_PAYMENTS_ELECTRONIC", "FIN_PAYMENTS_ALL", 0.7, 0.97),
    ("FIN_NONPAY_SPEND", "ORG_RUNNING_COST", 0.36, 0.43), ("FIN_CREDITORS", "FIN_NONPAY_SPEND", 0.06, 0.14),
    ("FIN_EMPLOYEES_PAID", "people", 1.02, 1.08), ("FIN_PAYSLIPS", "FIN_EMPLOYEES_PAID", 12, 12),
    ("FIN_PAYROLL_ERRORS", "FIN_PAYSLIPS", 0.0005, 0.004),
    ("HR_COST_EMP", "ORG_RUNNING_COST", 0.006, 0.013), ("HR_COST_IT", "ORG_RUNNING_COST", 0.0003, 0.001),
    ("HR_COST_ACCOM", "ORG_RUNNING_COST", 0.0002, 0.0008), ("HR_COST_SUPPLIES", "ORG_RUNNING_COST", 0.0001, 0.0004),
    ("HR_COST_OUTSOURCED", "ORG_RUNNING_COST", 0, 0.002), ("HR_COST_OTHER", "ORG_RUNNING_COST", 0.0001, 0.0004),
    ("HR_INCOME", "HR_COST", 0, 0.08), ("HR_FTE", "HR_COST_EMP", 0.000024, 0.00003), ("HR_TRAINING_DAYS", "ORG_STAFF_FTE", 1.5, 4),
    ("HR_TRAINING_COST", "ORG_PAY_BILL", 0.004, 0.014), ("HR_APPRAISED", "people", 0.5, 0.95), ("HR_POSTS_FILLED", "people", 0.06, 0.14),
    ("HR_RECRUIT_COST", "HR_POSTS_FILLED", 700, 2600), ("HR_TIME_TO_OFFER", "one", 28, 70), ("HR_RECRUITS", "HR_POSTS_FILLED", 0.7, 0.95),
    ("HR_RECRUITS_RETAINED", "HR_RECRUITS", 0.72, 0.94), ("HR_LEAVERS", "people", 0.06, 0.15), ("HR_SICK_DAYS", "ORG_STAFF_FTE", 6, 12),
    ("HR_RIDDOR", "people", 0.001, 0.008), ("HR_DISCIPLINARY", "people", 0.004, 0.016), ("HR_AGENCY_COST", "ORG_PAY_BILL", 0.02, 0.08),
    ("HR_LEADERS", "people", 0.01, 0.02), ("HR_LEADERS_WOMEN", "HR_LEADERS", 0.25, 0.55), ("HR_DISABLED", "people", 0.015, 0.05),
    ("HR_AGED50", "people", 0.26, 0.4), ("HR_BME", "people", 0.02, 0.2),
    ("ICT_COST_EMP", "ORG_RUNNING_COST", 0.006, 0.013), ("ICT_COST_HW", "ORG_RUNNING_COST", 0.003, 0.008),
    ("ICT_COST_SW", "ORG_RUNNING_COST", 0.004, 0.01), ("ICT_COST_TELECOMS", "ORG_RUNNING_COST", 0.002, 0.005),
    ("ICT_COST_OUTSOURCED", "ORG_RUNNING_COST", 0, 0.012), ("ICT_COST_OTHER", "ORG_RUNNING_COST", 0.0005, 0.002),
    ("ICT_INCOME", "ICT_COST", 0, 0.1), ("ICT_SUPPORT_COST", "ICT_COST", 0.2, 0.34), ("ICT_USERS", "people", 0.6, 0.9),
    ("ICT_INCIDENTS", "ICT_USERS", 4, 11), ("ICT_INCIDENTS_IN_SLA", "ICT_INCIDENTS", 0.78, 0.97), ("ICT_PLANNED_HOURS", "one", 5200, 8700),
    ("ICT_UNAVAILABLE_HOURS", "ICT_PLANNED_HOURS", 0.001, 0.012), ("ICT_WORKSTATIONS", "ICT_USERS", 0.85, 1.1),
    ("ICT_WORKSTATIONS_BOUGHT", "ICT_WORKSTATIONS", 0.15, 0.3), ("ICT_WORKSTATION_SPEND", "ICT_WORKSTATIONS_BOUGHT", 420, 780),
    ("ICT_USERS_ASSESSED", "ICT_USERS", 0.2, 0.6), ("ICT_USERS_COMPETENT", "ICT_USERS_ASSESSED", 0.6, 0.95),
    ("ICT_PROJECT_INDEX", "one", 45, 88), ("ICT_TXN_TOP5", "people", 40, 160), ("ICT_TXN_ECHANNEL", "ICT_TXN_TOP5", 0.1, 0.5),
    ("EST_GIA_SQM", "people", 30, 65), ("EST_COST_OCCUPANCY", "EST_GIA_SQM", 34, 62), ("EST_COST_OPERATING", "EST_GIA_SQM", 22, 48),
    ("EST_COST_MANAGEMENT", "EST_GIA_SQM", 3, 9), ("EST_INCOME", "EST_COST_TOTAL", 0.02, 0.16), ("EST_CAPEX", "EST_GIA_SQM", 8, 60),
    ("EST_NIA_SQM", "EST_GIA_SQM", 0.74, 0.88), ("EST_OFFICE_FTE", "ORG_STAFF_FTE", 0.3, 0.5),
    ("EST_OFFICE_NIA_SQM", "EST_OFFICE_FTE", 9, 16),
    ("EST_VACANT_SQM", "EST_GIA_SQM", 0.01, 0.08), ("EST_BACKLOG", "EST_GIA_SQM", 30, 190), ("EST_ENERGY_KWH", "EST_GIA_SQM", 160, 310),
    ("EST_PUBLIC_BLDGS", "people", 0.01, 0.03), ("EST_ACCESSIBLE_BLDGS", "EST_PUBLIC_BLDGS", 0.4, 0.9), ("EST_PROJECTS", "one", 6, 40),
    ("EST_PROJECTS_ONTARGET", "EST_PROJECTS", 0.5, 0.95),
    ("PRO_COST_EMP", "ORG_RUNNING_COST", 0.001, 0.0028), ("PRO_COST_OTHER", "ORG_RUNNING_COST", 0.0002, 0.0009),
    ("PRO_INCOME", "PRO_COST", 0, 0.06), ("PRO_NONPAY_SPEND", "FIN_NONPAY_SPEND", 1, 1),
    ("PRO_SPEND_ON_CONTRACT", "PRO_NONPAY_SPEND", 0.5, 0.85), ("PRO_SPEND_MANAGED", "PRO_NONPAY_SPEND", 0.3, 0.7),
    ("PRO_SPEND_COLLAB", "PRO_NONPAY_SPEND", 0.06, 0.28), ("PRO_SPEND_SME", "PRO_NONPAY_SPEND", 0.25, 0.55),
    ("PRO_SPEND_SUSTAINABLE", "PRO_NONPAY_SPEND", 0.05, 0.4), ("PRO_TOP5_BASELINE", "PRO_NONPAY_SPEND", 0.04, 0.12),
    ("PRO_TOP5_SAVING", "PRO_TOP5_BASELINE", 0.02, 0.12), ("PRO_FTE", "PRO_COST_EMP", 0.000024, 0.00003),
    ("PRO_QUALIFIED_FTE", "PRO_FTE", 0.2, 0.6), ("PRO_ORDERS", "FIN_INVOICES_PAID", 0.5, 0.8),
    ("PRO_ORDERS_ELECTRONIC", "PRO_ORDERS", 0.3, 0.85), ("PRO_INVOICES", "FIN_INVOICES_PAID", 0.96, 1.0),
    ("PRO_INVOICE_VALUE", "PRO_NONPAY_SPEND", 0.92, 0.99),
    ("LEG_COST_INHOUSE", "ORG_RUNNING_COST", 0.0018, 0.0042), ("LEG_COST_EXTERNAL", "ORG_RUNNING_COST", 0.0003, 0.0016),
    ("LEG_INCOME", "LEG_COST", 0, 0.1), ("LEG_FTE", "LEG_COST_INHOUSE", 0.00002, 0.000026), ("LEG_QUALIFIED_FTE", "LEG_FTE", 0.4, 0.6),
    ("LEG_FEE_EARNER_FTE", "LEG_FTE", 0.6, 0.85), ("LEG_CHARGEABLE_HOURS", "LEG_FEE_EARNER_FTE", 1050, 1350),
    ("TRV_COST_RAIL", "ORG_STAFF_FTE", 20, 90), ("TRV_COST_AIR", "ORG_STAFF_FTE", 0, 14), ("TRV_COST_MILEAGE", "ORG_STAFF_FTE", 150, 420),
    ("TRV_COST_HIRE", "ORG_STAFF_FTE", 10, 60), ("TRV_COST_HOTEL", "ORG_STAFF_FTE", 12, 50), ("TRV_COST_ADMIN", "ORG_STAFF_FTE", 8, 30),
    ("TRV_INCOME", "TRV_COST", 0, 0.02), ("TRV_TRANSACTIONS", "ORG_STAFF_FTE", 3, 7), ("TRV_BOOKINGS", "TRV_TRANSACTIONS", 0.2, 0.4),
    ("TRV_BOOKINGS_ONLINE", "TRV_BOOKINGS", 0.3, 0.85), ("TRV_TRIPS_RAIL_AIR", "TRV_BOOKINGS", 0.5, 0.8),
    ("TRV_BOOKED_7DAYS", "TRV_TRIPS_RAIL_AIR", 0.3, 0.8), ("TRV_SPEND_BOOKABLE", "TRV_COST_RAIL", 0.8, 1.0),
    ("TRV_SPEND_CONTRACT", "TRV_SPEND_BOOKABLE", 0.4, 0.9), ("TRV_MILES", "TRV_COST_MILEAGE", 1.9, 2.5),
    ("COM_COST_CENTRAL", "ORG_RUNNING_COST", 0.001, 0.0026), ("COM_COST_EMBEDDED", "ORG_RUNNING_COST", 0.0002, 0.0012),
    ("COM_INCOME", "COM_COST", 0, 0.08), ("COM_COST_BOUGHT_IN", "COM_COST", 0.1, 0.36), ("COM_COST_PRINT", "COM_COST", 0.08, 0.22),
    ("COM_FTE", "COM_COST_CENTRAL", 0.000016, 0.000022), ("COM_CAMPAIGNS", "one", 4, 24),
    ("COM_CAMPAIGNS_EVALUATED", "COM_CAMPAIGNS", 0.3, 0.9),
)  # fmt: skip
"""How each amount is made up: its code, what it is a multiple of (an amount before it, the people, or one), and from how
much to how much of that. Ranges are plausible, and nothing more."""

SURVEYED = ("FIN", "HR", "ICT")
"""The functions of which some bodies of the demo ran surveys."""


HOME_PEOPLE = 4130
"""The made-up number of people of the body of the offered accounts, so that whoever tries it out knows what to enter."""


class _Middle(random.Random):
    """Makes up what lies in the middle: half-way of every range, and seven of ten for yes."""

    turn = 0

    def random(self) -> float:
        self.turn = (self.turn + 3) % 10
        return self.turn / 10

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2

    def randint(self, a: int, b: int) -> int:
        return (a + b) // 2


def ordinary(people: int, programme: Programme) -> dict[str, Answer]:
    """A made-up return at which nothing is unusual: no check asks anything about it, unless for what is held elsewhere."""
    return answers(_Middle(), people, programme)


DEAR = {"FIN_COST_EMP": 3}
"""What a body that the rule for the penalty indicates spends, as a multiple of what others do: above all of their averages."""


def answers(rng: random.Random, people: int, programme: Programme, *, dear: bool = False) -> dict[str, Answer]:
    """A made-up return that holds together: parts within their wholes, a note wherever one is wanted. A `dear` one costs more."""
    said = {item.code: Answer(text="yes") for item in programme.items if item.kind == "yes_no"}
    said |= {practice.code: _practice(rng) for practice in programme.practices}
    for run in [code for code in said if code.endswith("_RUN")]:
        said |= dict(_survey(rng, run.removesuffix("_RUN"), people, programme))
    return _amounts(rng, people, programme, DEAR if dear else {}) | said


def _practice(rng: random.Random) -> Answer:
    if rng.random() < 0.7:
        return Answer(text="yes", note="Demo: set out in the function’s manual, last reviewed in May.")
    return Answer(text="no")


def _survey(rng: random.Random, base: str, people: int, programme: Programme) -> Iterator[tuple[str, Answer]]:
    if not base.startswith(SURVEYED) or rng.random() < 0.6:
        yield f"{base}_RUN", Answer(text="no", note="Demo: none was run this year; one is planned.")
        return
    yield f"{base}_RUN", Answer(text="yes")
    yield f"{base}_SAMPLE", Answer(amount=Decimal(rng.randint(12, 40) if "COMMISSIONER" in base else 100 + people // 20), basis="final")
    yield f"{base}_MONTH", Answer(text="2009-10")
    yield f"{base}_BY", Answer(text="Demo: the performance team")
    for number in range(1, 6):
        if programme.find_item(f"{base}_{number}"):
            yield f"{base}_{number}", Answer(amount=_tidy(rng.uniform(2.6, 4.4)), basis="final")


def _amounts(rng: random.Random, people: int, programme: Programme, more: Mapping[str, int]) -> dict[str, Answer]:
    made: dict[str, Answer] = {}
    for code, of, low, high in AMOUNTS:
        item = programme.find_item(code)
        if item is not None:
            base = Decimal(people) if of == "people" else Decimal(1) if of == "one" else Figures(programme, made).figure(of)
            made[code] = _amount(float(base) * rng.uniform(low, high) * more.get(code, 1), item)
    if "FIN_COST_DECISION" in made:
        found = Figures(programme, made)
        rest = found.figure("FIN_COST") - found.figure("FIN_COST_TRANS") - found.figure("FIN_COST_DECISION")
        made["FIN_COST_CONTROL"] = Answer(amount=rest, basis="final")
    return made


def _amount(value: float, item: Item) -> Answer:
    amount = Decimal(round(value)) if item.whole else Decimal(round(value, -2)) if item.unit == "GBP" and value > 1000 else _tidy(value)
    return Answer(amount=amount, basis="final")


def _tidy(value: float) -> Decimal:
    """A number as people write it, with one decimal at most."""
    return Decimal(str(value)).quantize(Decimal("0.1")).normalize() + 0
