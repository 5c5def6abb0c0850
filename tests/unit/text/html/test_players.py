"""Known players have a page."""

import pytest

from feeds.text.html import players


@pytest.mark.parametrize(
    ("player", "page"),
    [
        ("https://www.youtube-nocookie.com/embed/x1?start=3", "https://www.youtube.com/watch?v=x1"),
        ("https://www.youtube.com/embed/videoseries?list=P1", "https://www.youtube.com/playlist?list=P1"),
        ("https://www.youtube.com/v/x1&hl=en", "https://www.youtube.com/watch?v=x1"),
        ("https://www.youtube.com/feed", None),
        ("https://player.vimeo.com/video/12", "https://vimeo.com/12"),
        ("https://player.vimeo.com/video/12?h=ab1", "https://vimeo.com/12/ab1"),
        ("https://www.dailymotion.com/embed/video/x1", "https://www.dailymotion.com/video/x1"),
        ("https://open.spotify.com/embed/episode/a1?si=2", "https://open.spotify.com/episode/a1"),
        ("https://player.twitch.tv/?video=v12&parent=a", "https://www.twitch.tv/videos/12"),
        ("https://player.twitch.tv/?channel=a&parent=a", "https://www.twitch.tv/a"),
        ("https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/a/b", "https://soundcloud.com/a/b"),
        ("https://w.soundcloud.com/player/?url=https%3A//evil.example/", None),
        ("https://embed.ted.com/talks/a_b", "https://www.ted.com/talks/a_b"),
        ("https://tube.example/videos/embed/1-2", "https://tube.example/videos/watch/1-2"),
        ("https://codepen.io/a/embed/b", "https://codepen.io/a/pen/b"),
        ("https://cdn.embedly.com/widgets/media.html?url=https%3A%2F%2Fa.example%2Fv", "https://a.example/v"),
        ("https://cdn.embedly.com/widgets/media.html?url=javascript:x", None),
        ("https://maps.example/embed", None),
    ],
)
def test_a_known_player_has_a_page(player: str, page: str | None) -> None:
    assert players.page_of(player) == page
