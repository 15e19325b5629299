"""Where in a passage does the answer stand? Pictures of the answers."""
