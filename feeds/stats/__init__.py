"""Statistics from access logs: who fetches the feeds, and how."""
