"""Who fetches a feed, by what its User-Agent says (RFC 9110, section 10.1.5).

Hosted readers say there for how many people they ask. Nothing of it is verified:
anybody can say anything.

Libraries that parse user agents do not know most feed readers: ua-parser names four of
nine, and to crawlerdetect they are crawlers. So the readers are a table here; bots and
browsers are known by what they have in common.
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
        family: Its name without a version, printable if the agent was.
        kind: `hosted` asks for others, `reader` for its user; `other` may be anything.
        subscribers: For how many it says it asks; None if it does not say.
        feed_id: What it calls the feed, if it says so; it may have one feed under several.
    """

    family: str
    kind: Kind
    subscribers: int | None = None
    feed_id: str = ""


# What is found, in small letters -> what it is called. Longer ones before those they begin with.
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
    # Many are words that are in URLs too, and there they mean something else.
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
# Chrome says that it is Safari, and Edge that it is both.
_MOST_TELLING = ("Edge", "Edg", "OPR", "Opera", "Vivaldi", "SamsungBrowser", "Firefox", "FxiOS", "CriOS", "Chrome")
_READING = re.compile(
    r"(?<![a-z\d/.@])(?:rss|feeds?|newsreader|news reader|podcasts?|feed(?:fetcher|parser|reader))(?![a-z])",
    re.IGNORECASE,
)
_PRODUCT = re.compile(r"[^/;,()\d+]{1,40}")


@lru_cache(maxsize=4096)
def identify(agent: str) -> Agent:
    """Return who calls itself this; what is not known has the name it gives itself."""
    declared, known = _SUBSCRIBERS.search(agent), _READERS.search(agent)
    if declared or known:
        name = known[0].lower() if known else ""
        family = _HOSTED.get(name) or _SELF_RUN.get(name) or _product(agent)
        found = _FEED_ID.search(agent)
        if declared:
            return Agent(family, "hosted", int(declared[1]), found[1] if found else "")
        return Agent(family, "hosted" if name in _HOSTED else "reader", None, found[1] if found else "")
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
    found = _COMPATIBLE.search(agent)
    if found is None:
        found = _PRODUCT.match(agent)
        return found[0].strip(" -") or "no name" if found else "no name"
    return found[1].strip()
