"""One module for each family of things that a scene can hold."""
