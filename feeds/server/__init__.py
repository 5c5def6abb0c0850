"""HTTP over an exported edition: never reads content."""
