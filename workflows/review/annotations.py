"""What an annotation is, whom it is for, and who may see it when.

An annotation is a remark on one figure in one version of the return, with the value that it was made on (the W3C's Web
Annotation model: body, target, state). The narrowest audience is the default: a remark is for the reviewers alone until it is
addressed to somebody else, and then it is seen by these only when it is sent, or when the review itself is shown to them.
"""

from collections.abc import Mapping
from typing import Literal

from workflows.roles import Side

Kind = Literal["comment", "query", "correction", "good_practice"]
KINDS: Mapping[str, str] = {"comment": "Comment", "query": "Query", "correction": "Correction wanted", "good_practice": "Good practice"}
ASKING = ("query", "correction")
"""The kinds that ask for an answer, and are to be resolved."""

Addressee = Literal["reviewers", "body", "auditor"]
ADDRESSEES: Mapping[str, str] = {
    "reviewers": "The partnership’s reviewers alone",
    "body": "The body",
    "auditor": "The auditor, once the review is final",
}
DECISIONS: Mapping[str, str] = {"accepted": "Accepted", "not_accepted": "Not accepted"}
"""What becomes of a comment of the body on a point of the draft."""
STATES = ("open", "answered", "resolved", "withdrawn")


def goes_with_questions(kind: str, addressee: str) -> bool:
    """Whether an annotation goes to the body with the reviewer's questions: it asks, and the body is asked."""
    return kind in ASKING and addressee == "body"


def audience_after(addressee: str, audience: Side, shown_to: Side) -> Side:
    """Who may see an annotation once the review is shown to more sides.

    What is for the body goes wherever the review goes, what is for the auditor to the auditor alone, and what is for the reviewers
    stays with them.
    """
    match addressee:
        case "body":
            return audience | shown_to
        case "auditor":
            return audience | (shown_to & Side.AUDITOR)
        case _:
            return audience


def when_seen(kind: str, addressee: str, audience: Side) -> str:
    """When somebody beyond the partnership will see an annotation, in words; empty where they do already, or never will."""
    if addressee == "body" and not audience & Side.BODY:
        with_questions = goes_with_questions(kind, addressee)
        return "the body sees it with your next questions" if with_questions else "the body sees it with the draft review"
    if addressee == "auditor" and not audience & Side.AUDITOR:
        return "the auditor sees it once the review is final"
    return ""
