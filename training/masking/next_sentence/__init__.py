"""How pocket-nsp was made."""
