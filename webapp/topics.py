"""Importing this module makes every declared effect and brief known, and the guard on frozen versions watch."""

from webapp.challenge import verbs as challenge
from webapp.checks import verbs as checks
from webapp.penalties import presenting as penalties_shown
from webapp.penalties import verbs as penalties
from webapp.plans import verbs as plans
from webapp.publication import verbs as publication
from webapp.returns import changes_verbs, corrections_verbs, frozen, headcount_verbs, whole
from webapp.returns import verbs as returns
from webapp.review import sending
from webapp.review import verbs as review

__all__ = [
    "challenge", "changes_verbs", "checks", "corrections_verbs", "frozen", "headcount_verbs", "penalties", "penalties_shown",
    "plans", "publication", "returns", "review", "sending", "whole",
]  # fmt: skip
