"""Importing this module makes every declared effect known."""

from webapp.challenge import verbs as challenge
from webapp.checks import verbs as checks
from webapp.plans import verbs as plans
from webapp.returns import verbs as returns
from webapp.review import verbs as review

__all__ = ["challenge", "checks", "plans", "returns", "review"]
