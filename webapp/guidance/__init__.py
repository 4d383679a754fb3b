"""The catalogue of a round: every question, indicator and check, with its code and what it means."""
