"""How does a text go on?"""
