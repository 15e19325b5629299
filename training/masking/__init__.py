"""How the model of the view Next sentence was made."""
