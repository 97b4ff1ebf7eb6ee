"""Everything a customer can say, and how we answer."""
