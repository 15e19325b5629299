"""Files of the Hugging Face Hub: fetched once, resumed, verified; errors become sentences."""
