"""The checks of a return: what does not hold, what the body says on it, and what others' figures say."""
