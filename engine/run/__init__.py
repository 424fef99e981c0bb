"""The order of the stages: this package alone knows it."""
