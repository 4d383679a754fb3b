"""Sharing groups: who shares which functions with whom, on which days, and who could."""
