"""Pictures of a translation: its words, where it looked, how it was made."""
