"""Where the staff work."""
