"""How alike are two texts? Pictures of the answers."""
