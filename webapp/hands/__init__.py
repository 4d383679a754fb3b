"""Time in hands: with whom each case lay and for how long, and the league of delay of a round."""
