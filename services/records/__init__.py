"""How was a model trained? Read from what its training wrote beside the weights."""
