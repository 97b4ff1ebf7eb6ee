"""The till in a messenger: whose purchase it is, the sale, what comes back, and the words for all of it."""
