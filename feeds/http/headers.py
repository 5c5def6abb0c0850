"""HTTP headers that all responses share."""

# Feeds can hold content from any source. Pages load images from anywhere, and nothing else.
FEED_POLICY = "default-src 'none'; style-src 'self'; sandbox"
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src * data:; script-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
COMMON_HEADERS = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "strict-origin-when-cross-origin"))
