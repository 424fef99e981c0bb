"""What the server says of itself to those who run it: whether it can serve, what it counts, what it notes down."""
