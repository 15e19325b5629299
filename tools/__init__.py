"""Commands for whoever works on the house: what they write is committed, and tests hold it."""
