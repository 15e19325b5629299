"""How does a text go on? Pictures of the answers."""
