"""Made-up figures and texts of the demo. Nothing here says anything true about a real body."""

import random
from decimal import Decimal

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
TEXTS = {
    "return.send_back": "Demo: the outsourced services are missing. Please add them.",
    "return.request_correction": "Demo: creditors look like the figure of the year before. Please check.",
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


def headcount(rng: random.Random, kind: str) -> int:
    """A made-up number of people for a kind of body."""
    low, high = HEADCOUNTS[kind]
    return rng.randint(low, high)


def answers(rng: random.Random, people: int) -> dict[str, Answer]:
    """A made-up return that holds together: parts within their wholes."""
    running = people * rng.randint(28_000, 46_000)
    lines = {
        "FIN_COST_EMP": running * rng.uniform(0.006, 0.014),
        "FIN_COST_IT": running * rng.uniform(0.0004, 0.0015),
        "FIN_COST_ACCOM": running * rng.uniform(0.0003, 0.0012),
        "FIN_COST_SUPPLIES": running * rng.uniform(0.0001, 0.0006),
        "FIN_COST_OUTSOURCED": running * rng.choice([0, 0, 0.001, 0.004]),
        "FIN_COST_OTHER": running * rng.uniform(0.0001, 0.0004),
    }
    numbers: dict[str, float] = {code: round(value, -2) for code, value in lines.items()}
    cost = sum(numbers.values())
    invoices, paid = people * rng.randint(3, 9), people * rng.randint(12, 30)
    staff = round(cost / 33_000, 1)
    numbers |= {
        "ORG_RUNNING_COST": round(running, -3),
        "FIN_COST_INVOICING": round(cost * rng.uniform(0.06, 0.1), -2),
        "FIN_COST_PAYABLE": round(cost * rng.uniform(0.12, 0.2), -2),
        "FIN_COST_PAYROLL": round(cost * rng.uniform(0.1, 0.16), -2),
        "FIN_COST_DECISION": round(cost * rng.uniform(0.2, 0.3), -2),
        "FIN_COST_CONTROL": round(cost * rng.uniform(0.15, 0.25), -2),
        "FIN_REPORT_CYCLE_DAYS": rng.randint(4, 18),
        "FIN_FORECAST_M6": round(running * rng.uniform(0.98, 1.02), -3),
        "FIN_ACTUAL_OUTTURN": round(running * rng.uniform(0.97, 1.01), -3),
        "SPEND_COSTED_OUTPUTS": round(running * rng.uniform(0.2, 0.8), -3),
        "FIN_NONTRANS_FTE": round(staff * 0.6, 1),
        "FIN_QUALIFIED_FTE": round(staff * 0.6 * rng.uniform(0.2, 0.5), 1),
        "FIN_INVOICES_RAISED": invoices,
        "FIN_CREDIT_NOTES": int(invoices * rng.uniform(0.01, 0.06)),
        "FIN_DEBTORS": round(running * rng.uniform(0.01, 0.04), -3),
        "FIN_INVOICED_INCOME": round(running * rng.uniform(0.1, 0.3), -3),
        "FIN_INVOICES_PAID": paid,
        "FIN_INVOICES_PAID_30D": int(paid * rng.uniform(0.78, 0.98)),
        "FIN_PAYMENTS_ALL": int(paid * 1.4),
        "FIN_PAYMENTS_ELECTRONIC": int(paid * 1.4 * rng.uniform(0.7, 0.97)),
        "FIN_CREDITORS": round(running * rng.uniform(0.02, 0.06), -3),
        "FIN_NONPAY_SPEND": round(running * rng.uniform(0.35, 0.5), -3),
        "FIN_EMPLOYEES_PAID": int(people * 1.05),
        "FIN_PAYSLIPS": int(people * 1.05 * 12),
        "FIN_PAYROLL_ERRORS": int(people * 12 * rng.uniform(0.0005, 0.004)),
    }
    return {code: Answer(amount=Decimal(str(value)).quantize(Decimal("0.1")).normalize() + 0) for code, value in numbers.items()}
