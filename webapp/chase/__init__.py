"""Chasing returns that are not there: who has not filed, what was said to them, and what they promised."""
