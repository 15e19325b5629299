"""How is a text cut into tokens?"""
