"""The penalty question: the rule of a round, what it would indicate, and the figures that an indication rested on."""
