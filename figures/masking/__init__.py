"""Which words fit in the place of a hidden one? Pictures of the guesses."""
