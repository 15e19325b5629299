"""What is inside a model: pictures of its parts, and of one token on its way through them."""
