"""What is computed: a package for each capability; its verbs give frozen results."""
