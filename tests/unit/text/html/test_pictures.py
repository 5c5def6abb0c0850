"""The best file of a picture is shown once."""

import pytest

from feeds.text.html import sanitiser
from tests.support.html import SITE, resolve


@pytest.mark.parametrize(
    ("markup", "source"),
    [
        ("<img src=a.png>", "a.png"),
        ("<img src=a.png srcset='b.png 2x, c.png 1.5x'>", "b.png"),
        ("<img src=a.png srcset='a.png 1x'>", "a.png"),
        ("<img srcset='b.png 320w,\n c.png 1600w ,d.png 800w'>", "c.png"),
        ("<img srcset='data:image/png,x,y 9000w, c,d.png 10w'>", "c,d.png"),
        ("<img srcset='a.png, b.png 3x'>", "b.png"),
        ("<img src=data:image/gif;base64,R0 data-src=a.png>", "a.png"),
        ("<img src=blank.gif data-original='/a.png'>", "a.png"),
        ("<img src=blank.gif data-lazy-src=a.png data-lazy-srcset='b.png 900w'>", "b.png"),
        ("<img src=a.png data-src=12>", "a.png"),
        ("<picture><source srcset='b.avif 2x' type=image/avif><img src=a.jpg></picture>", "a.jpg"),
        ("<picture><source srcset='b.avif'><source srcset=c.webp><img alt=''></picture>", "c.webp"),
        ("<picture><source srcset='b.jpg 900w'><img src=a.jpg srcset='a.jpg 90w'></picture>", "b.jpg"),
        ("<picture><source data-srcset=b.jpg><img src=data:x></picture>", "b.jpg"),
        ("<noscript><img src=a.png></noscript>", "a.png"),
        ("<img src=data:x data-src=a.png><noscript><img src=a.png></noscript>", "a.png"),
        ("<noscript><img src=a.png></noscript><img src=data:x data-src=a.png>", "a.png"),
        ("<img src=b.png data-lazy-src=a.png> <noscript><img src=https://cdn.example/a.png></noscript>", "a.png"),
        ("<amp-img src=a.png></amp-img>", "a.png"),
        ("<embed src=a.svg type=image/svg+xml>", "a.svg"),
    ],
)
def test_the_best_picture_is_shown_once(markup: str, source: str) -> None:
    made = sanitiser.sanitise(markup, resolve)
    assert made.html.count("<img ") == made.html.count(f'src="{SITE}/{source}"') == 1
    assert not made.lost
