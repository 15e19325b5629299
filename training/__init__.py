"""How the pocket models that ship in assets/models were made: one script per model."""
