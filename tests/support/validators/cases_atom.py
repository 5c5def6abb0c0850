"""List what breaks an Atom sample, and the rule it breaks.

Does not repeat the cases of RSS about links, Media RSS, HTML and XML.

Spec: RFC 4287, RFC 5005, RFC 6721; each case is (sample, old, new, codes).
"""

ENTRY = "<title>Drawn</title>"
STONE = '<at:deleted-entry ref="tag:example.org,2026:1" when="2026-01-01T00:00:00Z"/>'
SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'
LINK = '<link href="https://example.org/1" type="text/html"/>'

FEED = [
    ("minimal.atom", "feed", "entry", "atom-root"),
    ("full.atom", "<rights>", "<tagline>x</tagline><rights>", "atom-schema"),
    ("full.atom", "<rights>", '<rights mode="escaped">', "atom-schema"),
    ("full.atom", "<logo>", "stray<logo>", "atom-schema"),
    ("full.atom", "<at:by><name>", '<at:by><x xmlns="urn:x:y"/><name>', "xml-namespace"),
    ("minimal.atom", "<id>https://example.org/gardens</id>", "", "atom-required atom-schema"),
    ("minimal.atom", "<title>Gardens</title>", "", "atom-required atom-title-empty atom-schema"),
    ("minimal.atom", "<updated>2026-02-03T12:30:00Z</updated>", "", "atom-required atom-schema"),
    ("minimal.atom", "<title>Gardens", "<title> ", "atom-title-empty"),
    ("minimal.atom", "</updated>", "</updated><rights>a</rights><rights>b</rights>", "atom-repeated atom-schema"),
    ("minimal.atom", "https://example.org/gardens<", "gardens<", "atom-id"),
    ("minimal.atom", "https://example.org/gardens<", " https://example.org/gardens<", "atom-id"),
    ("minimal.atom", "https://example.org/gardens<", "tag:example.org:gardens<", "atom-id"),
    ("minimal.atom", "https://example.org/gardens<", "urn:uuid:1<", "atom-id"),
    ("minimal.atom", "12:30:00Z", "12:30:00", "atom-date"),
    ("minimal.atom", "12:30:00Z", "12:30:00z", "atom-date atom-schema"),
    ("minimal.atom", "2026-02-03T", "2026-02-03 ", "atom-date atom-schema"),
    ("minimal.atom", "2026-02-03T", "2026-02-30T", "atom-date atom-schema"),
    ("full.atom", "12:30:00+01:00", "12:29:00+01:00", "atom-feed-updated"),
    ("full.atom", "application/atom+xml", "application/xml", "link-self-type"),
    ("minimal.atom", "minimal.atom", "other.atom", "link-self-url"),
    ("full.atom", "</feed>", "<category term='late'/></feed>", "atom-metadata-order"),
    ("full.atom", "https://example.org/icon.png", "/icon.png", "atom-image"),
    ("full.atom", ">Gardener<", "><", "atom-generator"),
    ("full.atom", 'uri="https://example.org/gardener"', 'uri="gardener"', "atom-generator"),
    ("full.atom", 'hreflang="de"', 'hreflang="d"', "link-hreflang"),
    ("full.atom", 'href="https://example.org/odd" ', "", "link-href atom-schema"),
    ("paged.atom", "paged-2.atom", "paged.atom", "paging-loop"),
    ("paged.atom", 'rel="next"', 'rel="prev"', "paging-previous"),
    ("paged.atom", 'rel="last"', 'rel="next"', "paging-repeated"),
    ("paged.atom", 'rel="last"', 'rel="prev-archive"', "paging-mixed"),
]

ENTRIES = [
    (
        "full.atom",
        ENTRY,
        f'{ENTRY}<media:content url="https://example.org/3.mp4" type="video/mp4"/>',
        "media-enclosure",
    ),
    ("full.atom", f"{ENTRY}\n    <updated>2026-02-01T12:00:00Z</updated>", ENTRY, "atom-required atom-schema"),
    ("full.atom", "<author><name>Rose Field</name></author>", "", "atom-author"),
    ("full.atom", "<author><name>Someone Else</name></author>", "", "atom-author"),
    ("full.atom", "<name>Rose Field</name>", "<name> </name>", "atom-person-name"),
    ("full.atom", "<name>Rose Field</name>", "", "atom-person-name atom-schema"),
    ("full.atom", "https://example.org/rose<", "rose<", "atom-person-uri"),
    ("full.atom", "rose@example.org", "rose at example", "atom-person-email atom-schema"),
    ("full.atom", "2026-02-02T08:00:00Z", "2026-02-03T11:30:00Z", "atom-updated-published"),
    ("full.atom", 'term="roses" ', "", "atom-category-term atom-schema"),
    ("full.atom", 'term="roses"', 'term=""', "atom-category-term"),
    ("full.atom", 'scheme="https://example.org/topics"', 'scheme="topics"', "atom-category-scheme"),
    ("full.atom", LINK, f"{LINK}{LINK}", "atom-alternate-repeated"),
    ("full.atom", ' type="audio/mpeg"', "", "link-enclosure"),
    ("full.atom", 'length="100"', 'length="None"', "link-length xml-placeholder"),
    ("full.atom", "https://example.org/4</id>", "https://example.org/3</id>", "atom-id-repeated"),
    ("full.atom", "https://example.org/4</id>", "tag:example.org,2026:gardens</id>", "atom-id-repeated"),
    ("full.atom", "<title>Elsewhere</title>", "", "atom-source"),
    ("full.atom", f'<content type="image/svg+xml">{SVG}</content>', "", "atom-content-or-alternate"),
]

TEXTS = [
    ("full.atom", ENTRY, '<title type="text/plain">Drawn</title>', "atom-text-type atom-schema"),
    ("full.atom", ENTRY, "<title>Drawn <b>x</b></title>", "atom-text-children atom-schema"),
    ("full.atom", "Roses, 1 &lt; 2", "&lt;p&gt;Roses&lt;/p&gt;", "atom-undeclared-html"),
    ("full.atom", '<content type="html">', "<content>", "atom-undeclared-html"),
    ("full.atom", '<content type="html">', '<content type="CDATA">', "atom-content-type"),
    ("full.atom", "&lt;p&gt;Roses", "&lt;p&gt;&lt;script&gt;x()&lt;/script&gt;Roses", "html-script"),
    ("full.atom", "&lt;em&gt;of", "&lt;em onclick=x&gt;of", "html-event"),
    ("full.atom", "Tulips <em>", 'Tulips <em style="x">', "html-style"),
    ("full.atom", '<title type="xhtml">', '<title type="xhtml">x', "atom-xhtml-div atom-schema"),
    (
        "full.atom",
        "today</em></div>",
        'today</em></div><div xmlns="http://www.w3.org/1999/xhtml"/>',
        "atom-xhtml-div atom-schema",
    ),
    ("full.atom", "https://example.com/tulips.png", "tulips.png", "atom-content-src"),
    ("full.atom", 'tulips.png"/>', 'tulips.png">x</content>', "atom-content-src atom-schema"),
    ("full.atom", 'type="image/png" src', "src", "atom-content-src-type"),
    ("full.atom", "<summary>A picture of tulips</summary>", "", "atom-content-summary"),
    ("full.atom", "<summary>A small file</summary>", "", "atom-content-summary"),
    ("full.atom", "Um9zZXM=", "Roses!", "atom-content-inline"),
    ("full.atom", SVG, f"{SVG}{SVG}", "atom-content-inline"),
]

TOMBSTONES = [
    ("full.atom", STONE, f"{STONE}{STONE}", "tombstone-repeated"),
    ("full.atom", 'ref="tag:example.org,2026:gone"', "", "tombstone-ref"),
    ("full.atom", 'when="2026-02-01T00:00:00Z"', 'when="yesterday"', "tombstone-when"),
    ("full.atom", "2026-01-01T00:00:00Z", "2026-02-03T11:29:59.25Z", "tombstone-listed"),
    ("full.atom", 'when="2026-02-01T00:00:00Z"', 'when="2026-02-03T12:00:00Z"', "tombstone-feed-updated"),
    ("full.atom", "<at:by><name>Will Web</name></at:by>", "<at:by/>", "tombstone-by"),
    ("full.atom", "<at:comment>", "<at:comment>x</at:comment><at:comment>", "tombstone-child"),
    ("full.atom", "<at:comment>", '<at:comment type="plain">', "tombstone-comment"),
    (
        "full.atom",
        ENTRY,
        f'{ENTRY}<at:deleted-entry ref="tag:a.org,2026:x" when="2026-01-01T00:00:00Z"/>',
        "tombstone-place",
    ),
]

CASES = [*FEED, *ENTRIES, *TEXTS, *TOMBSTONES]
