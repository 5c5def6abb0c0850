"""Untrusted HTML to safe HTML: `sanitiser` has the public functions, and `elements` the table of elements.

`sanitiser` reads tokens from `tokenizer` and gives each one to a module by subject: `open_elements` inserts and
closes elements, `attributes` and `internal_links` filter attributes, and `pictures`, `media`, `embeds` and
`formulas` replace what cannot stay. Section numbers are those of the WHATWG HTML standard.
"""
