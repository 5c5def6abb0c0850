"""Selection of entries for each feed, with stable ids and paging."""
