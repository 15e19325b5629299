"""How pocket-translator was made."""
