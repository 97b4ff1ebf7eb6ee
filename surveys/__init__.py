"""What we ask, and what the answers say."""
