"""Calendar feeds: a person's open deadlines, to be subscribed to in a calendar."""
