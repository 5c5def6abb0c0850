"""Begin a site or an entry."""
