"""What is computed: one module per capability, one verb and one frozen result each."""
