"""The content tree: parses files into entries and problems."""
