"""How pocket-grammar and pocket-masked were made."""
