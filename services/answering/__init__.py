"""Where in a passage does the answer stand?"""
