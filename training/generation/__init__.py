"""How pocket-gpt2 was made."""
