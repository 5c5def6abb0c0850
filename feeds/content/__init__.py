"""Read the content tree: files become entries and problems."""
