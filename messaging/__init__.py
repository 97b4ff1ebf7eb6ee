"""What we say, to whom, and how it gets there."""
