"""What does a picture show, in words?"""
