"""How pocket-qa was made."""
