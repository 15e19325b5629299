"""Which words fit in place of a masked one? Pictures of the guesses."""
