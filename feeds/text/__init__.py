"""Safe text, URLs, slugs and HTML from untrusted input. The formats do the escaping."""
