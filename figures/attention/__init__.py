"""Where does each head look? Pictures of the answers."""
