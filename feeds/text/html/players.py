"""Pages of known players: the URL that people watch, for the URL of a frame."""

import re
from urllib.parse import parse_qs, quote, unquote, urlsplit

from feeds.text import urls

_NAME = re.compile(r"[A-Za-z0-9_.@:-]{1,100}")
_YOUTUBE = frozenset({"youtube.com", "youtube-nocookie.com"})
# Host and path of the player, and the page. {0} is the rest of the path up to the next slash.
_PAGES = {
    ("dailymotion.com", "/embed/video/"): "https://www.dailymotion.com/video/{0}",
    ("embed.ted.com", "/talks/"): "https://www.ted.com/talks/{0}",
    ("streamable.com", "/e/"): "https://streamable.com/{0}",
    ("streamable.com", "/o/"): "https://streamable.com/{0}",
    ("loom.com", "/embed/"): "https://www.loom.com/share/{0}",
    ("archive.org", "/embed/"): "https://archive.org/details/{0}",
    ("instagram.com", "/p/"): "https://www.instagram.com/p/{0}/",
    ("instagram.com", "/reel/"): "https://www.instagram.com/reel/{0}/",
}
# Host and path of the player, the parameter with an id, and the page.
_PARAMETERS = {
    ("geo.dailymotion.com", ""): ("video", "https://www.dailymotion.com/video/{0}"),
    ("clips.twitch.tv", "/embed"): ("clip", "https://clips.twitch.tv/{0}"),
    ("platform.twitter.com", "/embed/"): ("id", "https://twitter.com/i/status/{0}"),
    ("player.bilibili.com", "/player.html"): ("bvid", "https://www.bilibili.com/video/{0}"),
}
# Hosts of the player and the parameter with the URL of the page.
_TARGETS = {"w.soundcloud.com": "url", "facebook.com": "href"}


def page_of(player: str) -> str | None:
    """Return the page for the URL of a known player, or None."""
    parts = urlsplit(player)
    host, path, query = parts.netloc.removeprefix("www."), parts.path, parse_qs(parts.query)
    name = path.rstrip("/").rsplit("/", 1)[-1]
    if host in _YOUTUBE:
        return _youtube_page(path, name, query)
    if host == "player.vimeo.com":
        secret = query.get("h", [""])[0]
        return f"https://vimeo.com/{name}" + (f"/{secret}" if secret.isalnum() else "") if name.isdecimal() else None
    if host == "player.twitch.tv":
        return _twitch_page(query)
    if host == "open.spotify.com" and "embed" in path.split("/")[:3]:
        return f"https://open.spotify.com{path.replace('/embed', '', 1)}"
    if host in ("embed.podcasts.apple.com", "embed.music.apple.com"):
        return urls.url(player.replace("//embed.", "//", 1))
    if host == "codepen.io" and "/embed/" in path:
        return f"https://codepen.io{path.replace('/embed/preview/', '/pen/').replace('/embed/', '/pen/')}"
    if "/videos/embed/" in path:  # PeerTube, on any host
        return f"https://{parts.netloc}{path.replace('/videos/embed/', '/videos/watch/', 1)}"
    if host == "cdn.embedly.com":
        return urls.url(query.get("url", [""])[0])
    if host in _TARGETS and (host != "facebook.com" or path.startswith("/plugins/")):
        target = urls.url(query.get(_TARGETS[host], [""])[0]) or ""
        return target if urlsplit(target).netloc.removeprefix("www.") in ("soundcloud.com", "facebook.com") else None
    for (known, start), page in _PAGES.items():
        if host == known and path.startswith(start):
            rest = path[len(start) :].partition("/")[0]
            return page.format(rest) if _NAME.fullmatch(rest) else None
    for (known, start), (parameter, page) in _PARAMETERS.items():
        value = query.get(parameter, [""])[0]
        if host == known and path.startswith(start) and _NAME.fullmatch(value):
            return page.format(value)
    return None


def _youtube_page(path: str, name: str, query: dict[str, list[str]]) -> str | None:
    if path.startswith("/v/"):
        name = name.partition("&")[0]
    elif not path.startswith("/embed/"):
        return None
    if name == "videoseries":
        return urls.url(f"https://www.youtube.com/playlist?list={quote(query.get('list', [''])[0])}")
    if name == "live_stream":
        return urls.url(f"https://www.youtube.com/channel/{quote(query.get('channel', [''])[0])}/live")
    return urls.url(f"https://www.youtube.com/watch?v={quote(unquote(name))}")


def _twitch_page(query: dict[str, list[str]]) -> str | None:
    video, channel = query.get("video", [""])[0], query.get("channel", [""])[0]
    if _NAME.fullmatch(video):
        return f"https://www.twitch.tv/videos/{video.removeprefix('v')}"
    return f"https://www.twitch.tv/{channel}" if _NAME.fullmatch(channel) else None
