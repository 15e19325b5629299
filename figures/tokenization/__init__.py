"""How is a text cut into tokens? Pictures of the answers."""
