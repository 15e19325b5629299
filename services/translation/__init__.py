"""How does a sentence become one of another language, word by word, and where does it look?"""
