"""Size bands: bodies of about as many people, for a comparison across classes.

The bands are proposed here. Their lines are those of the Operational Efficiency Programme, 250 and 1,000 people, and what the
classes of local bodies divide by.
"""

BANDS = ((250, "up to 250 people"), (500, "251 to 500 people"), (1000, "501 to 1,000 people"), (5000, "1,001 to 5,000 people"))
LARGEST = "more than 5,000 people"


def size_band(people: int | None) -> str:
    """The band of a number of people; empty where it is not known."""
    if people is None:
        return ""
    return next((words for most, words in BANDS if people <= most), LARGEST)
