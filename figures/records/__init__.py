"""Pictures of how a model was trained."""
