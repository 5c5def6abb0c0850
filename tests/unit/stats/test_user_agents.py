"""Recognition of clients by their User-Agent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.stats.user_agents import Agent, identify

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36"
)
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/14.0.1 Safari/605.1.15"


@pytest.mark.parametrize(
    ("agent", "family", "subscribers", "feed_id"),
    [
        ("Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher-Google)", "Feedly", 16, ""),
        ("Feedly/1.0 (+http://www.feedly.com/fetcher.html; like FeedFetcher-Google)", "Feedly", None, ""),
        ("Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 12 subscribers; )", "Inoreader", 12, ""),
        ("Mozilla/5.0 (compatible; inoreader.com; 114 subscribers)", "Inoreader", 114, ""),
        ("Mozilla/5.0 (compatible; theoldreader.com; 3 subscribers; feed-id=cead6c)", "The Old Reader", 3, "cead6c"),
        (f'NewsBlur Feed Fetcher - 5 subscribers - https://www.newsblur.com/site/77/x ("{SAFARI}")', "NewsBlur", 5, ""),
        ("Feedbin feed-id:123 - 7 subscribers", "Feedbin", 7, "123"),
        ("Bloglovin/1.0 (http://www.bloglovin.com; 2 subscribers)", "Bloglovin", 2, ""),
        ("Mozilla/5.0 (compatible; BazQux/2.4; +https://bazqux.com/fetcher; 4 subscribers)", "BazQux", 4, ""),
        (
            "Feed Wrangler/1.0 (1 subscriber; feed-id=9; http://feedwrangler.net; Allow like Gecko)",
            "Feed Wrangler",
            1,
            "9",
        ),
        (
            "Feedfetcher-Google; (+http://www.google.com/feedfetcher.html; 3 subscribers; feed-id=76)",
            "Google FeedFetcher",
            3,
            "76",
        ),
        ("Dreamwidth Studios (webmaster@dreamwidth.org; for https://x.example; 2 readers)", "Dreamwidth", 2, ""),
        ("NewReader/3 (+https://new.example/bot; 12 subscribers)", "NewReader", 12, ""),
        ("Slackbot 1.0 (+https://api.slack.com/robots)", "Slack", None, ""),
        ("NewReader/3 (1,234 subscribers; of 2 subscribers)", "NewReader", 2, ""),
    ],
)
def test_a_hosted_reader_declares_its_subscribers(
    agent: str, family: str, subscribers: int | None, feed_id: str
) -> None:
    assert identify(agent) == Agent(family, "hosted", subscribers, feed_id)


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        ("Newsboat/2.32 (Linux x86_64)", "newsboat"),
        ("rss2email/3.14 (https://github.com/rss2email/rss2email)", "rss2email"),
        ("FreshRSS/1.11.2 (Linux; https://freshrss.org) like Googlebot", "FreshRSS"),
        ("Mozilla/5.0 (compatible; Miniflux/2.2.5; +https://miniflux.app)", "Miniflux"),
        ("Tiny Tiny RSS/23.05-7a1b (https://tt-rss.org/)", "Tiny Tiny RSS"),
        ("NetNewsWire (RSS Reader; https://netnewswire.com/)", "NetNewsWire"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.3.1", "Thunderbird"),
        ("feedparser/6.0.11 +https://github.com/kurtmckee/feedparser/", "feedparser"),
        ("UniversalFeedParser/5.2.1 +https://code.google.com/p/feedparser/", "feedparser"),
        ("Emacs Elfeed 3.4.1", "Elfeed"),
        ("Mozilla/5.0 (compatible; SomeReader/1.0; RSS Reader)", "SomeReader"),
    ],
)
def test_a_reader_on_a_device_polls_for_one_user(agent: str, family: str) -> None:
    assert identify(agent) == Agent(family, "reader")


@pytest.mark.parametrize(
    ("agent", "family", "kind"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot", "bot"),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "bingbot", "bot"),
        (
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            "GPTBot",
            "bot",
        ),
        ("Mozilla/5.0 (compatible; ClaudeBot/1.0)", "ClaudeBot", "bot"),
        ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "AhrefsBot", "bot"),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "facebookexternalhit", "bot"),
        (CHROME, "Chrome", "browser"),
        (f"{CHROME} Edg/128.0", "Edge", "browser"),
        (SAFARI, "Safari", "browser"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox", "browser"),
        ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)", "Internet Explorer", "browser"),
        ("curl/8.5.0", "curl", "other"),
        ("Go-http-client/2.0", "Go-http-client", "other"),
        ("Mozilla/5.0 (compatible; Something; +https://x.example/feeds/vienna)", "Something", "other"),
        ("Mozilla/5.0", "Mozilla", "other"),
        ("", "no name", "other"),
    ],
)
def test_bots_browsers_and_other_clients_are_distinguished(agent: str, family: str, kind: str) -> None:
    assert identify(agent) == Agent(family, kind)  # type: ignore[arg-type]


@given(st.text(max_size=500))
def test_every_user_agent_has_a_short_name(agent: str) -> None:
    assert 1 <= len(identify(agent).family) <= 40
