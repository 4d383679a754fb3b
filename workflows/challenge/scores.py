"""Scores of 1 to 4: what they mean. Source: use of resources 2008/09 (domain notes, process, section 2)."""

SCORE_WORDS = {1: "performs poorly", 2: "performs adequately", 3: "performs well", 4: "performs excellently"}


def score_words(level: int) -> str:
    """A level in words, such as '3, performs well'. Raises KeyError outside 1 to 4."""
    return f"{level}, {SCORE_WORDS[level]}"
