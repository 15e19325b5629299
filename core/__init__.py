"""Rules that everything stands on: errors, settings, Spacefile, text. Imports nothing of ours."""
