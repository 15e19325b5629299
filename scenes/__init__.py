"""The drawn world: scenes of things, drawn as pictures, put into words, read back and scored."""
