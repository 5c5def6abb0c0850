"""Generate inputs for the fuzz targets: grammar first, mutation after it.

Every generator takes a `Random` and returns bytes. The same `Random` gives the same
bytes on every machine, so a seed and an index are enough to make an input again.
"""

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

from feeds.config import schema
from feeds.content.schema import ENTRY

PROJECT = Path(__file__).parent.parent.parent
MARK = "zq7mark"
"""A word in requests that no response may repeat."""
FRONT = "---\ntitle: A title\npublishedDateTime: 2026-01-02\nwebUrl: https://news.example/a/b?c=d#e\n---\n"

# The base of a body's URLs may be longer than the body.
_FAR = FRONT.replace("?c=d#e", "b" * 3900 + "/")
_WORDS = "a the feed entry Robots 2026-01-02 é 漢字 שלום 👩‍🚀 ﷺ İ ß ǆ x".split()
# Texts that parsers, formats and terminals treat in a special way.
_AWKWARD = [
    *(
        "\0",
        "\x07",
        "\x1b[31m",
        "\x7f",
        "\x85",
        "\x9b",
        "\xa0",
        "\xad",
        "\u0130",
        "\u200b",
        "\u2028",
        "\u2029",
        "\u202e",
    ),
    *("\ufeff", "\ufffe", "\uffff", "\U0001fffe", "\U000e0001", "\U0010ffff", "e\u0301", "\u1e9b\u0323"),
    *(
        "\r",
        "\r\n",
        "\n",
        "\t",
        " ",
        "\n\n",
        "\\",
        "'",
        '"',
        "`",
        "%",
        "%00",
        "%zz",
        "%25",
        "%2e%2e",
        "${x}",
        "{{ x }}",
    ),
    *(
        "&",
        "&amp;",
        "&amp;amp;",
        "&lt;",
        "&#0;",
        "&#7;",
        "&#x1D;",
        "&#xFFFE;",
        "&#xD800;",
        "&#128;",
        "&#1114112;",
        "&#x;",
    ),
    *(
        "&nbsp;",
        "&copy",
        "&copy=",
        "&NotEqualTilde;",
        "&#99999999;",
        "]]>",
        "<![CDATA[",
        "<!--",
        "-->",
        "<?xml ?>",
        "<!x>",
    ),
    *(
        "0",
        "-1",
        "1e309",
        "nan",
        "inf",
        "٣",
        "²",
        "012",
        "0x1F",
        "1_000",
        "9" * 30,
        "1:2:3",
        "P1D",
        "PT9M",
        "2026-02-31",
    ),
    *(
        "0001-01-01",
        "9999-12-31T23:59:59-23:59",
        "1900-01-01T00:00:00+14:00",
        "2026-01-02T24:00:00Z",
        "null",
        "~",
        "yes",
    ),
]
_URLS = [
    *(
        "https://a.example/",
        "http://a.example:80/x?y=1&amp;z#f",
        "//a.example",
        "/assets/a.png",
        "a/../b",
        "?q",
        "#f",
        "",
    ),
    *(
        "javascript:alert(1)",
        " java\nscript:alert(1)",
        "JaVaScRiPt&colon;alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
    ),
    *(
        "mailto:a@b.example",
        "mailto:",
        "ftp://a/",
        "http://",
        "http://[::1]/",
        "http://[",
        "http://a:99999/",
        "http://u:p@a/",
    ),
    *(
        "https://é.example/é?é#é",
        "https://xn--/",
        "https://a..b/",
        "https://a_b.example/",
        "http://a/%",
        "http:a",
        "tag:a,1:b",
    ),
    *("http://\u2100.example/", "http://a\\b/", "https://" + "a" * 64 + ".example/", "https://a.example/" + "b" * 4080),
    *(
        "https://www.youtube.com/embed/%ff%00x",
        "https://www.youtube.com/embed/videoseries?list=%zz",
        "http://a.example:/",
    ),
    *(
        "https://player.vimeo.com/video/²",
        "http://0x7f.1/",
        "http://1.2.3.4:0/",
        "urn:x",
        "https://a.example/a b\"<>'`{}|^",
    ),
]
_TAGS = (
    "a abbr b blockquote br caption cite code dd del div dl dt em figure h1 h6 hr i img ins kbd li mark ol p pre q rp rt"
    " ruby s small span strong sub sup table tbody td th thead time tr u ul var script style title iframe object embed"
    " noscript template svg math textarea select option form input button base meta link body html head plaintext xmp"
    " frameset nobr font big center marquee video audio source details summary bdo mi mtext annotation-xml foreignObject"
    " desc x-y isindex image keygen listing noembed noframes param portal dialog menu main"
).split()
_ATTRIBUTES = (
    "href src cite title alt class id style width height start colspan rowspan datetime onclick onerror srcset srcdoc"
    " xlink:href xmlns action formaction dir lang type rel target name background poster data value reversed"
).split()
_MARKDOWN = [
    *(
        "# ",
        "## ",
        "- ",
        "1. ",
        "> ",
        "```\n",
        "~~~",
        "    ",
        "***",
        "---",
        "===",
        "* * *",
        "|a|b|\n|-|-|\n|",
        "[a]: ",
        "\\",
    ),
    *(
        "*",
        "**",
        "_",
        "__",
        "~~",
        "`",
        "``",
        "[",
        "](",
        ")",
        "![",
        "![](",
        "<",
        ">",
        "<https://a.example/>",
        "[a][b]",
        "[^1]",
    ),
    *(
        "  \n",
        "\n\n",
        "\n",
        "\t",
        "&amp;",
        "[x](<a b> 'c')",
        "<!-- more -->",
        "{% raw %}",
        "{% endraw %}",
        "|",
        ":-:",
        "+++\n",
    ),
]
_YAML = [
    *(
        ": ",
        ":",
        "- ",
        "-",
        "? ",
        "| ",
        "|\n  ",
        ">-\n  ",
        "|2+\n",
        "&a ",
        "*a",
        "<<: *a",
        "!!python/object:x ",
        "!!str ",
        "!x ",
    ),
    *(
        "!!set ",
        "!!binary ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "# ",
        " #",
        "%YAML 1.1\n",
        "---\n",
        "...\n",
        "'",
        '"',
        "''",
        '"\\x07"',
    ),
    *(
        '"\\ud800"',
        '"\\U00110000"',
        '"\\',
        "\n",
        "\n  ",
        "\n\n",
        "\t",
        "~",
        "null",
        "@",
        "`",
        "%",
        "[[[[",
        "{a: {a: {a: ",
        "\u2028",
    ),
]
_REGEX = [
    *(
        "a",
        "b",
        ".",
        r"\w",
        r"\d",
        r"\s",
        r"\b",
        r"\S",
        "[a-z]",
        "[^a]",
        "(?:",
        "(",
        ")",
        ")*",
        ")+",
        "|",
        "*",
        "+",
        "?",
        "*?",
    ),
    *(
        "{2,}",
        "{0,999}",
        "{,5}",
        "^",
        "$",
        "(?i)",
        "(?=",
        "(?!",
        "(?<=",
        "(?<!",
        r"\1",
        "(?P<n>",
        "(?P=n)",
        "(?(1)a|b)",
        r"\Z",
    ),
    *(
        "[[:alpha:]]",
        "[a",
        r"\p{L}",
        "(?x)",
        "[a-z&&b]",
        "{999999999999}",
        "(?>a+)",
        "a++",
        r"\N{DASH}",
        r"\u12",
        "é",
        "ß",
        "ſ",
    ),
]


def words(random: Random, most: int = 12) -> str:
    return " ".join(random.choices(_WORDS, k=random.randint(0, most)))


def value(random: Random) -> str:
    """Return a text of the kind that a field gets: words, a URL or something awkward."""
    kind = random.random()
    if kind < 0.35:
        return words(random)
    if kind < 0.6:
        return random.choice(_URLS)
    return "".join(random.choices((*_AWKWARD, *_WORDS), k=random.randint(0, 5)))


def mutate(random: Random, data: str, tokens: Sequence[str], other: str = "") -> str:
    """Return the text with a few tokens inserted, and parts cut, doubled, moved or taken from another text."""
    for _ in range(random.choice((0, 1, 1, 2, 3, 8))):
        start = random.randint(0, len(data))
        end = min(len(data), start + random.choice((0, 1, 3, 10, 50)))
        data = data[:start] + _instead(random, data[start:end], tokens, other) + data[end:]
    return data


def _instead(random: Random, part: str, tokens: Sequence[str], other: str) -> str:
    match random.randrange(7):
        case 0:
            return ""
        case 1:
            return random.choice(tokens)
        case 2:
            return random.choice(_AWKWARD)
        case 3:
            return part * random.choice((2, 3, 20))
        case 4:
            return "".join(random.choices(tokens, k=random.randint(1, 6)))
        case 5:
            return chr(random.choice((random.randrange(0x20), random.randrange(0x100), random.randrange(0xD800))))
    start = random.randint(0, len(other))
    return other[start : start + random.randint(1, 80)]


def pump(random: Random, tokens: Sequence[str], least: int = 200, most: int = 4000) -> str:
    """Return a text that repeats one group of tokens, which finds superlinear work fastest."""
    group = "".join(random.choices(tokens, k=random.randint(1, 3)))
    times = random.randint(least, most) // max(1, len(group))
    end = "".join(random.choices(tokens, k=random.randint(0, 2)))
    return random.choice(tokens) + group * times + end


def html(random: Random, depth: int = 0) -> str:
    """Return badly written HTML."""
    made = []
    for _ in range(random.randint(1, 4)):
        kind = random.random()
        if kind < 0.3 or depth > 5:
            made.append(value(random))
        elif kind < 0.4:
            made.append(f"<!--{value(random)}{random.choice(('-->', '--!>', '>', ''))}")
        else:
            tag = random.choice(_TAGS)
            attributes = "".join(f" {attribute(random)}" for _ in range(random.choice((0, 0, 1, 2))))
            close = random.choice((f"</{tag}>", f"</{tag}>", f"</{tag}>", "", f"</{random.choice(_TAGS)}>", "/>"))
            made.append(f"<{tag}{attributes}>{html(random, depth + 1)}{close}")
    return "".join(made)


def attribute(random: Random) -> str:
    name, text, quote = random.choice(_ATTRIBUTES), value(random), random.choice(('"', "'", '"', ""))
    return f"{name}={quote}{text}{quote}" if random.random() < 0.9 else name


@cache
def _html_tokens() -> list[str]:
    tags = [form.format(tag) for tag in _TAGS for form in ("<{}>", "</{}>", "<{} class=a>", "<{}")]
    return [*tags, *(f"{name}=" for name in _ATTRIBUTES), *_URLS, *_AWKWARD, "<a href=", "<img src=x>", "<", ">", "</"]


@cache
def _corpus(kind: str) -> list[str]:
    """Return the bodies, the front matter or the configs of the repository."""
    if kind == "config":
        return [path.read_text("utf-8") for path in (PROJECT / "config.yaml", PROJECT / "tests/data/site/config.yaml")]
    files = sorted(path for folder in ("content", "tests/data") for path in (PROJECT / folder).rglob("*.md"))
    parts = [path.read_bytes().decode("utf-8", "replace").partition("\n---\n") for path in files]
    return [part for front, _, body in parts if (part := (body if kind == "body" else front.removeprefix("---\n")))]


def _grown(random: Random, tokens: Sequence[str], grammar: Callable[[Random], str], kind: str) -> str:
    """Return a text by the grammar, from the corpus, or pumped."""
    chance = random.random()
    if chance < 0.02:
        return pump(random, tokens, 4000, 16_000)
    if chance < 0.08:
        return pump(random, tokens)
    if chance < 0.3:
        return mutate(random, random.choice(_corpus(kind)), tokens, random.choice(_corpus(kind)))
    if chance < 0.45:
        return "".join(random.choices(tokens, k=random.randint(1, 40)))
    return mutate(random, grammar(random), tokens)


def html_body(random: Random) -> bytes:
    start = random.choice(("", "<p>", "<div>"))
    return (_front(random) + start + _grown(random, _html_tokens(), html, "body")).encode("utf-8", "surrogatepass")


def _front(random: Random) -> str:
    """Return front matter, sometimes with a body that its link makes longer."""
    if random.random() < 0.98:
        return FRONT
    return _FAR + pump(random, ["<a href=x>a", "<img src=x>", "<q cite=x>", "[a](x) ", "![](x)"])


def markdown(random: Random) -> str:
    lines = []
    for _ in range(random.randint(1, 8)):
        start = random.choice(("", "", *_MARKDOWN))
        inner = random.choice((words, value, attribute, html))(random)
        lines.append(start + inner + random.choice(("", *_MARKDOWN)))
    return random.choice(("\n", "\n\n", " ")).join(lines)


def markdown_body(random: Random) -> bytes:
    tokens = [*_MARKDOWN, *_MARKDOWN, *_AWKWARD, *_URLS, "a", "<b>", "<p>", "</p>"]
    return (_front(random) + _grown(random, tokens, markdown, "body")).encode("utf-8", "surrogatepass")


_WILD = (0.0, 0.0, 0.02, 0.1, 0.4)
"""The share of values with another type than the schema allows."""


def _scalar(random: Random, rule: dict[str, Any], wild: float) -> str:
    """Return a value for a key as YAML, mostly one that its schema admits."""
    examples = [*rule.get("examples", ()), *rule.get("enum", ())]
    text = value(random) if not examples or random.random() < wild else random.choice(examples)
    if not isinstance(text, str):
        return json.dumps(text)
    form = random.random()
    if form < 0.7 or wild < 0.1:
        return json.dumps(text, ensure_ascii=random.random() < 0.5)
    if form < 0.8:
        return "'" + text.replace("'", "''") + "'"
    return text


def _node(random: Random, rule: dict[str, Any], wild: float, depth: int = 0) -> str:
    """Return YAML in flow or scalar style for a part of a schema; `wild` is how often it is something else."""
    if random.random() < wild / 5 or depth > 5:
        return _scalar(random, {}, wild)
    if "anyOf" in rule:
        return _node(random, random.choice(rule["anyOf"]), wild, depth)
    if "items" in rule:
        example = random.choice([each for each in rule.get("examples", [[]]) if isinstance(each, list)] or [[]])
        items = [_node(random, rule["items"], wild, depth + 1) for _ in range(random.randint(0, 3))]
        return json.dumps(example) if example and random.random() > wild else "[" + ", ".join(items) + "]"
    if "properties" in rule or isinstance(rule.get("additionalProperties"), dict):
        keys = dict(rule.get("properties", {}))
        if not keys:
            names = (
                ["ai", "providers/a.example", "all", "new"] if "properties" in str(rule) else ["a", "b", "new", "ai"]
            )
            names = ["a.example", "b.example"] if "license" in str(rule) else names
            names = random.sample(names, random.randint(1, 2)) + ([value(random)] if random.random() < wild else [])
            keys = {json.dumps(name): rule["additionalProperties"] for name in names}
        needed = [key for key in rule.get("required", ()) if random.random() > wild]
        some = dict.fromkeys([*needed, *random.sample(sorted(keys), random.randint(0, min(5, len(keys))))])
        return "{" + ", ".join(f"{key}: {_node(random, keys[key], wild, depth + 1)}" for key in some) + "}"
    return _scalar(random, rule, wild)


def _keys(random: Random, table: dict[str, Any], most: int, wild: float) -> str:
    some = random.sample(sorted(table), random.randint(0, most))
    if random.random() < wild / 5:
        some += some[:1]
    return "".join(f"{key}: {_node(random, table[key], wild)}\n" for key in some)


def _yaml(random: Random, grammar: Callable[[Random], str], kind: str) -> str:
    # The grammar alone must often give valid text, otherwise the code after the reader never runs.
    return grammar(random) if random.random() < 0.7 else _grown(random, [*_YAML, *_AWKWARD, *_WORDS], grammar, kind)


def front_matter(random: Random) -> bytes:
    def grammar(random: Random) -> str:
        held = ("published", "draft", "removed", "deleted")
        entry = {key: rule for key, rule in ENTRY.items() if key not in held or random.random() < 0.1}
        start = "title: A title\npublishedDateTime: 2026-01-02\nwebUrl: https://news.example/a\n"
        return (start if random.random() < 0.9 else "") + _keys(random, entry, 12, random.choice(_WILD))

    body = "\nA *body*.\n" if random.random() < 0.5 else ""
    return f"---\n{_yaml(random, grammar, 'front')}\n---\n{body}".encode("utf-8", "surrogatepass")


def config(random: Random) -> bytes:
    def grammar(random: Random) -> str:
        wild = random.choice(_WILD)
        site = "site: {title: A site, url: 'https://feeds.example/', tag: 'feeds.example,2026'}\n"
        table = schema.CONFIG if random.random() < 0.1 else {k: v for k, v in schema.CONFIG.items() if k != "site"}
        inner = {key: rule for key, rule in schema.SITE.items() if key not in ("title", "url", "tag")}
        if random.random() < 0.3:
            site = site.replace("}", f", {_node(random, {'properties': inner}, wild)[1:-1]}}}")
        return site + _keys(random, table, 5, wild)

    return _yaml(random, grammar, "config").encode("utf-8", "surrogatepass")


_PATHS = [
    *("/feeds/ai.xml", "/feeds/all.atom", "/feeds/ai.json", "/feeds/ai.html", "/", "/index.html", "/manifest.json"),
    *(
        "/feeds/old.xml",
        "/feeds/old",
        "/feeds/ai",
        "/feeds",
        "/feeds/",
        "/assets/a.png",
        "/assets/",
        "/feed.css",
        "/robots.txt",
    ),
    *(
        "/favicon.ico",
        "/healthz",
        "/readyz",
        "/hub",
        "/hub/",
        "/feeds.opml",
        "/sitemap.xml",
        "//evil.example/",
        "*",
        "/icon.png",
    ),
    *(
        "/feeds/providers/a.example.xml",
        "/feeds/ai/2026-01.xml",
        "/../config.yaml",
        "/%2e%2e/config.yaml",
        "/.removed.json",
    ),
]
_HEADERS: dict[str, list[str]] = {
    "Accept-Encoding": [
        "gzip",
        "br;q=0.5, zstd",
        "*;q=0",
        "identity;q=0",
        "gzip;q=nan",
        "gzip;q=1e9",
        ",,,",
        "x-gzip",
        ";q=1",
    ],
    "If-None-Match": [
        "*",
        '"x"',
        'W/"x"',
        '"',
        '"a", "b"',
        "W/",
        '"a"b"c"',
        "x",
        '"{etag}"',
        '"{etag}-gzip"',
        'W/"{etag}-br", *',
    ],
    "If-Match": ["*", '"x"', 'W/"{etag}"', '"{etag}"', ""],
    "If-Modified-Since": [
        "Mon, 01 Jun 2026 12:00:00 GMT",
        "0",
        "Sun, 06 Nov 99999 08:49:37 GMT",
        "Mon Jun  1 12:00:00 2026",
    ],
    "If-Unmodified-Since": [
        "Mon, 01 Jun 2026 12:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 -9999",
        "x",
        "31 Feb 2026 25:61:61",
    ],
    "A-IM": ["feed", "feed;q=0", "FEED, gzip", "feed;q=x", ","],
    "Range": ["bytes=0-1", "bytes=-", "bytes=9-1, 1-2", "x=1"],
    "Host": ["feeds.example", "evil.example:80", "a, b", "[::1]:80", "[", "a:99999", ""],
    "User-Agent": [
        f"Reader/{MARK} (1 subscribers; feed-id=2)",
        "Feedly/1.0 (9999999999999999999999 subscribers)",
        "Mozilla/5.0",
    ],
    "X-Forwarded-For": ["1.2.3.4", "::1, x", ",", "1.2.3.4.5", "fe80::1%eth0"],
    "Content-Type": [
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=x",
        "text/plain",
        ";",
    ],
    "Accept": ["*/*", "text/html", ";q"],
    "Origin": ["https://evil.example", "null"],
    "Access-Control-Request-Headers": [f"x-{MARK}", "a,,b"],
    "Expect": ["100-continue"],
    "Cookie": [f"a={MARK}"],
    "Forwarded": ['for="[::1]"'],
    MARK: ["1"],
}
_FORM = {
    "hub.mode": ["subscribe", "unsubscribe", "publish", "denied", ""],
    "hub.topic": [
        "https://feeds.example/feeds/ai.xml",
        "https://feeds.example/feeds/%61i.xml",
        "https://evil.example/",
        "",
    ],
    "hub.callback": [
        "https://r.example/cb",
        "http://127.0.0.1/",
        "https://[2606:4700::1]:8443/x?y",
        "https://r.example:0/",
        *_URLS,
    ],
    "hub.secret": ["s", "é" * 99, "é" * 100, "\0"],
    "hub.lease_seconds": ["1", "0", "-1", "²", "9" * 500, "3600"],
    "hub.url": ["https://feeds.example/feeds/ai.xml"],
}
_HTTP = [
    *_PATHS,
    *(part for parts in _HEADERS.values() for part in parts),
    ",",
    ";",
    "q=",
    '"',
    "W/",
    "=",
    "\t",
    "%",
    "/",
    "..",
    "?",
]


def _form(random: Random) -> str:
    # Each has its own callback, because the requests of a host per minute are limited.
    own = f"https://r{random.getrandbits(40)}.example/cb"
    fields = {
        name: own
        if name == "hub.callback" and random.random() < 0.6
        else random.choice(values[: random.choice((1, 9))])
        for name, values in _FORM.items()
        if random.random() < (0.95 if name in ("hub.mode", "hub.topic", "hub.callback") else 0.3)
    }
    pairs = [*fields.items(), *random.sample(sorted(fields.items()), random.choice((0, 0, 0, min(1, len(fields)))))]
    return "&".join(f"{name}={text.replace('&', '%26').replace('+', '%2B')}" for name, text in pairs)


def _head(random: Random, method: str, path: str, names: Sequence[str]) -> str:
    lines = [f"{method} {path} HTTP/{random.choice(('1.1', '1.1', '1.1', '1.0', '2'))}"]
    for name in names:
        text = random.choice(_HEADERS[name])
        if random.random() < 0.3:
            text = mutate(random, text, _HTTP)
        if random.random() < 0.03:
            text = pump(random, _HTTP, 1000, 16_000)
        lines.append(f"{name}: {text}")
    return "\r\n".join(lines)


def http(random: Random) -> bytes:
    path = random.choice(_PATHS)
    if random.random() < 0.4:
        path = quote(mutate(random, path, _HTTP), safe=random.choice(("/", '/%?&=;\\"')))
    if random.random() < 0.4:
        path += "?" + random.choice((MARK, value(random), _form(random)))
    if random.random() < 0.02:
        path += quote(pump(random, _HTTP, 1000, 16_000), safe="/%?&=;")
    method = random.choice(
        ("GET", "GET", "GET", "HEAD", "OPTIONS", "POST", "PUT", "get", "TRACE", "X" * 50, "CONNECT", "PROPFIND")
    )
    names = [name for name in _HEADERS if random.random() < (0.05 if name in ("Host", "If-Match") else 0.2)]
    lines = "" if random.random() < 0.05 or "Host" in names else "\r\nHost: feeds.example"
    body = _form(random) if random.random() < 0.2 else ""
    return (_head(random, method, path, names) + lines + "\r\n\r\n" + body).encode("utf-8", "surrogatepass")


def hub(random: Random) -> bytes:
    body = _form(random)
    if random.random() < 0.4:
        body = mutate(random, body, [*_FORM, *_FORM["hub.callback"], "&", "=", "%", "%ff", ";", "+", *_AWKWARD])
    if random.random() < 0.02:
        body += pump(random, ["&", "=", "%41", "%", "a", *_FORM], 1000, 12_000)
    head = "POST /hub HTTP/1.1\r\nHost: feeds.example\r\nContent-Type: application/x-www-form-urlencoded"
    if random.random() < 0.1:
        head = _head(random, "POST", "/hub", [name for name in _HEADERS if random.random() < 0.3])
    return (head + "\r\n\r\n" + body).encode("utf-8", "surrogatepass")


_LOG = [
    *(
        '"',
        '\\"',
        "\\x",
        "\\xff",
        "\\",
        "[",
        "]",
        " - ",
        " ",
        "- -",
        "GET ",
        "/feeds/ai.xml",
        "/feeds/",
        ".xml",
        "HTTP/1.1",
        " 200 ",
    ),
    *(
        "04/May/2026:03:02:01 +0000",
        "99/Foo/0000:99:99:99 +9999",
        "203.0.113.7",
        "2001:db8::1",
        "999.1.1.1",
        "feed-id",
        "feedid=",
    ),
    *(
        "5 subscribers",
        " subscribers",
        "Feedly/1.0",
        "Mozilla/5.0 (compatible; ",
        "compatible; ",
        "Reader",
        "bot",
        "(",
        ";",
        "Gecko",
    ),
    *(
        '{"time":',
        '"request":{',
        "null",
        "1e999",
        "-1",
        "[]",
        "{}",
        "true",
        '"\\ud800"',
        "NaN",
        "Infinity",
        ",",
        ":",
        "ts",
        "-",
    ),
]


def log_lines(random: Random) -> bytes:
    """Return a few lines of an access log, which the same client may have caused."""
    lines = []
    for _ in range(random.randint(1, 4)):
        agent = random.choice((*_HEADERS["User-Agent"], words(random), pump(random, _LOG, 10, 300)))
        path = random.choice((*_PATHS, value(random)))
        status = random.choice((200, 304, 404, 410, 226, 301, 503, 999))
        moment = f"{random.randint(1, 31):02}/May/2026:03:{random.randint(0, 59):02}:01 +0000"
        form = random.random()
        if form < 0.5:
            line = f'203.0.113.{random.randint(0, 3)} - - [{moment}] "GET {path} HTTP/1.1" {status} 5120 "-" "{agent}"'
        else:
            fields: dict[str, Any] = {
                "status": status,
                "size": 10,
                "bytes": random.choice((10, 2**62, -1, 1.5, None, True)),
            }
            if form < 0.75:
                fields |= {"time": random.choice(("2026-05-04T03:02:01Z", *_AWKWARD)), "method": "GET", "path": path}
                fields |= {"agent": agent, "client": random.choice((None, "x", "1.2.3.4", 7, [])), "conditional": None}
            else:
                headers = random.choice(
                    ({"User-Agent": [agent]}, {"User-Agent": agent}, {"User-Agent": []}, [], None, 5)
                )
                request = {
                    "method": "GET",
                    "uri": path,
                    "headers": headers,
                    "client_ip": "::1",
                    "remote_ip": "2001:db8::1",
                }
                fields |= {"ts": random.choice((1777863721.25, 1e300, -1e18, "x", None, 10**400)), "request": request}
            for _ in range(random.choice((0, 0, 1))):
                fields[random.choice(sorted(fields))] = random.choice((None, [], {}, "", 0, 1e400, "x", {"a": [[]]}))
            line = json.dumps(fields, ensure_ascii=random.random() < 0.5)
        if random.random() < 0.5:
            line = mutate(random, line, _LOG)
        if random.random() < 0.03:
            line = pump(random, _LOG, 1000, 16_000)
        lines.append(line)
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def rule(random: Random) -> bytes:
    """Return a rule as YAML flow style on the first line, and after it a title and a body."""
    kind = random.choice(("title_pattern", "text_pattern", "title_pattern", "text_pattern", "title", "text"))
    pattern = "".join(random.choices(_REGEX, k=random.randint(1, 9))) if "pattern" in kind else value(random)
    if random.random() < 0.1:
        group = "".join(
            random.choices(("a", "a?", "a*", "a+", ".*", r"\w*", "(a|a)", "(a|aa)", "[ab]"), k=random.randint(1, 3))
        )
        pattern = f"{random.choice(('', '^'))}({group}){random.choice(('*', '+', '{2,}', '{0,30}'))}{random.choice(('$', 'b', 'c'))}"
    text = random.choice(
        (words(random), "a" * random.choice((20, 400, 4000)), value(random), pump(random, ["a", "b", " ", "ß"]))
    )
    return f"{{{kind}: [{json.dumps(pattern)}]}}\n{text}".encode("utf-8", "surrogatepass")


_PLAIN = "The quick brown fox reads <em>feeds</em> &amp; [links](https://a.example/) every day.\n\n"


def plain_body(size: int) -> bytes:
    """Return an ordinary body of this size, to compare the time with."""
    return (FRONT + _PLAIN * (1 + size // len(_PLAIN))).encode()


def plain_yaml(size: int) -> bytes:
    tags = "".join(f"- an ordinary tag {number}\n" for number in range(size // 20))
    return f"{FRONT[:-4]}tags:\n{tags}---\n".encode()


def plain_config(size: int) -> bytes:
    site = "site: {title: A, url: 'https://feeds.example/', tag: 'feeds.example,2026'}\n"
    return (site + "hubs:\n" + "- https://hub.example/a\n" * (size // 24)).encode()


def plain_http(size: int) -> bytes:
    return f"GET /nothing HTTP/1.1\r\nHost: a\r\nX: {'a' * size}\r\n\r\n".encode()


def plain_hub(size: int) -> bytes:
    return f"POST /hub HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n\r\nhub.mode={'a' * size}".encode()


def plain_log(size: int) -> bytes:
    line = b'203.0.113.7 - - [04/May/2026:03:02:01 +0000] "GET /feeds/ai.xml HTTP/1.1" 200 5120 "-" "Newsboat/2.32"\n'
    return line * (1 + size // len(line))


def plain_rule(size: int) -> bytes:
    return b'{title: ["language model"]}\n' + b"an ordinary text " * (size // 17)
