"""Is a sentence acceptable?"""
