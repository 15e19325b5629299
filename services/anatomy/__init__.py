"""What is inside a model: how many numbers it has, and what it does with one token?"""
