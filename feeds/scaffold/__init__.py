"""Creation of new sites and new entries."""
