"""What access logs say of who fetches the feeds, and how."""
