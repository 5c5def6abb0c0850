"""Headers that responses have in common."""

# Feeds may hold what was copied from anywhere; pages load pictures from everywhere, and nothing else.
FEED_POLICY = "default-src 'none'; style-src 'self'; sandbox"
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src * data:; script-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
COMMON_HEADERS = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "strict-origin-when-cross-origin"))
