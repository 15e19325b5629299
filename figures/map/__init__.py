"""Which parts does a model consist of? Pictures of the answer."""
