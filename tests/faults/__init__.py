"""Kill it, freeze it, lie to it, and count what was lost."""
