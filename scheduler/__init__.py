"""Everything done by the clock."""
