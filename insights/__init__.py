"""What we understand."""
