"""A quarter of a whole business: customers with habits, operators with hours, and the clock between them."""
