"""How pocket-captioner was made."""
