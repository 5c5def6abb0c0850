"""Feed readers by their User-Agent (RFC 9110, section 10.1.5).

Hosted readers declare their number of subscribers there. Nothing is verified: a client can send
any text.

Parsers of user agents do not know most feed readers: ua-parser names four of nine, and
crawlerdetect calls them crawlers. So this module has its own table of readers; bots and browsers
are recognised by common patterns.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["hosted", "reader", "other", "bot", "browser"]


@dataclass(frozen=True, slots=True)
class Agent:
    """A kind of client.

    Attributes:
        family: Name without version; printable if the User-Agent was printable.
        kind: `hosted` polls for many users, `reader` for one; `other` is unknown.
        subscribers: Declared number of subscribers; None if not declared.
        feed_id: The reader's id of the feed, if declared; one feed can have several ids.
    """

    family: str
    kind: Kind
    subscribers: int | None = None
    feed_id: str = ""


# Text in the User-Agent, in lower case -> name. A longer text comes before its own prefix.
_HOSTED = {
    "artemis web reader": "Artemis",
    "bazqux": "BazQux",
    "blogtrottr": "Blogtrottr",
    "bloglovin": "Bloglovin",
    "buttondown": "Buttondown",
    "dreamwidth": "Dreamwidth",
    "feed wrangler": "Feed Wrangler",
    "feedbin": "Feedbin",
    "feedburner": "FeedBurner",
    "feeder.co": "Feeder.co",
    "feedfetcher-google": "Google FeedFetcher",
    "feedly": "Feedly",
    "feedlybot": "Feedly",
    "feedpress": "FeedPress",
    "feedspot": "Feedspot",
    "feedspotbot": "Feedspot",
    "flipboardrss": "Flipboard",
    "g2reader-bot": "G2Reader",
    "gwene": "Gwene",
    "ifttt": "IFTTT",
    "inoreader": "Inoreader",
    "inoreader.com": "Inoreader",
    "livejournal": "LiveJournal",
    "monitorss": "MonitoRSS",
    "netvibes": "Netvibes",
    "newsblur": "NewsBlur",
    "newsify": "Newsify",
    "overcast": "Overcast",
    "pocketcasts": "Pocket Casts",
    "slackbot": "Slack",
    "superfeedr": "Superfeedr",
    "theoldreader": "The Old Reader",
    "theoldreader.com": "The Old Reader",
    "zapier": "Zapier",
}
_SELF_RUN = {
    "akregator": "Akregator",
    "antennapod": "AntennaPod",
    "apple-pubsub": "Apple PubSub",
    "blogbridge": "BlogBridge",
    "canto": "Canto",
    "capyreader": "Capy Reader",
    "commafeed": "CommaFeed",
    "elfeed": "Elfeed",
    "feeder": "Feeder",
    "feeddemon": "FeedDemon",
    "feedflow": "FeedFlow",
    "feedparser": "feedparser",
    "fever": "Fever",
    "fiery feeds": "Fiery Feeds",
    "fieryfeeds": "Fiery Feeds",
    "fluent reader": "Fluent Reader",
    "freshrss": "FreshRSS",
    "gofeed": "gofeed",
    "gnus": "Gnus",
    "jarr": "JARR",
    "liferea": "Liferea",
    "lire": "lire",
    "magpierss": "MagpieRSS",
    "miniflux": "Miniflux",
    "netnewswire": "NetNewsWire",
    "newsbeuter": "newsbeuter",
    "newsboat": "newsboat",
    "newsflash": "NewsFlash",
    "news_flash": "NewsFlash",
    "nextcloud-news": "Nextcloud News",
    "nextcloud news": "Nextcloud News",
    "quiterss": "QuiteRSS",
    "raven reader": "Raven Reader",
    "readkit": "ReadKit",
    "readyou": "Read You",
    "reeder": "Reeder",
    "rome client": "ROME",
    "rss guard": "RSS Guard",
    "rssguard": "RSS Guard",
    "rss-parser": "rss-parser",
    "rss2email": "rss2email",
    "rssowl": "RSSOwl",
    "rssowlnix": "RSSOwl",
    "selfoss": "selfoss",
    "sfeed": "sfeed",
    "simplepie": "SimplePie",
    "snarfer": "Snarfer",
    "stringer": "Stringer",
    "thunderbird": "Thunderbird",
    "tiny tiny rss": "Tiny Tiny RSS",
    "tt-rss": "Tiny Tiny RSS",
    "universalfeedparser": "feedparser",
    "unread": "Unread",
    "vienna": "Vienna",
    "windows-rss-platform": "Windows RSS Platform",
    "yarr": "yarr",
}
_READERS = re.compile(
    # Many of these words also occur in URLs, where they have another meaning.
    rf"(?<![\w/.@-])(?:{'|'.join(map(re.escape, sorted(_HOSTED | _SELF_RUN, key=len, reverse=True)))})(?![a-z])",
    re.IGNORECASE,
)
_SUBSCRIBERS = re.compile(r"(?<![\d.,])(\d{1,9}) (?:subscribers?(?![a-z])|readers?(?=[;)]))", re.IGNORECASE)
_FEED_ID = re.compile(r"feed-?id[:=] ?([\w-]{1,64})", re.IGNORECASE)
_BOT = re.compile(
    r"[\w.-]{0,30}(?:bot|crawl|crawler|spider|scraper|archiver)(?![a-z])"
    r"|yandex\w*|heritrix|httrack|turnitin|embedly|qwantify|coccoc|panscient|proximic"
    r"|facebookexternalhit|meta-externalagent|mediapartners-google|googleother|google-inspectiontool|bingpreview"
    r"|chatgpt-user|perplexity-user|oai-searchbot|slurp|headlesschrome|scrapy|barkrowler|censysinspect|zgrab|masscan"
    r"|nmap|nuclei|nikto|sqlmap|expanse|internetmeasurement|pingdom|statuscake|uptime|site24x7|lighthouse|w3c_validator"
    r"|feedvalidator|siteaudit",
    re.IGNORECASE,
)
_COMPATIBLE = re.compile(r"[(;] ?compatible; *+(?!MSIE|Konqueror)([^;/()+]{1,40})", re.IGNORECASE)
_BROWSERS = re.compile(r"Edge?|OPR|Opera|Vivaldi|SamsungBrowser|Firefox|Chrome|CriOS|FxiOS|Safari|MSIE|Trident|Gecko")
_BROWSER_NAMES = {
    "Edg": "Edge",
    "OPR": "Opera",
    "CriOS": "Chrome",
    "FxiOS": "Firefox",
    "MSIE": "Internet Explorer",
    "Trident": "Internet Explorer",
    "Gecko": "a browser",
}
# Chrome's User-Agent also names Safari, and Edge's names both.
_MOST_TELLING = ("Edge", "Edg", "OPR", "Opera", "Vivaldi", "SamsungBrowser", "Firefox", "FxiOS", "CriOS", "Chrome")
_READING = re.compile(
    r"(?<![a-z\d/.@])(?:rss|feeds?|newsreader|news reader|podcasts?|feed(?:fetcher|parser|reader))(?![a-z])",
    re.IGNORECASE,
)
_PRODUCT = re.compile(r"[^/;,()\d+]{1,40}")


@lru_cache(maxsize=4096)
def identify(agent: str) -> Agent:
    """Return the kind of client; an unknown client keeps the name in its User-Agent."""
    declared, reader = _SUBSCRIBERS.search(agent), _READERS.search(agent)
    if declared or reader:
        name = reader[0].lower() if reader else ""
        family = _HOSTED.get(name) or _SELF_RUN.get(name) or _product(agent)
        feed_id = _FEED_ID.search(agent)
        if declared:
            return Agent(family, "hosted", int(declared[1]), feed_id[1] if feed_id else "")
        return Agent(family, "hosted" if name in _HOSTED else "reader", None, feed_id[1] if feed_id else "")
    if bot := _BOT.search(agent):
        return Agent(bot[0][:40], "bot")
    compatible = _COMPATIBLE.search(agent)
    if not compatible and agent.startswith(("Mozilla/", "Opera/")):
        engines = set(_BROWSERS.findall(agent))
        if engines:
            telling = next((name for name in _MOST_TELLING if name in engines), min(engines - {"Gecko"} or engines))
            return Agent(_BROWSER_NAMES.get(telling, telling), "browser")
    return Agent(_product(agent), "reader" if _READING.search(agent) else "other")


def _product(agent: str) -> str:
    match = _COMPATIBLE.search(agent)
    if match is None:
        match = _PRODUCT.match(agent)
        return match[0].strip(" -") or "no name" if match else "no name"
    return match[1].strip()
