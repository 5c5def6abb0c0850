"""HTTP server for an exported edition; it never reads content."""
