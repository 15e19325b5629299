"""What does a picture show, in words? Pictures of the answers."""
