"""Is a sentence acceptable? Pictures of the answers."""
