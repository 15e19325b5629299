"""The numbers that README quotes, each measured against what one would write otherwise."""
