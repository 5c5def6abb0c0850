"""Make text, URLs, slugs and HTML from outside safe. Escaping is left to the formats."""
