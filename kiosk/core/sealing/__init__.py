"""The life of a seal from its delivery to its uplift (section 8), told by entries alone."""
