"""SQLite cache of parsed content."""
