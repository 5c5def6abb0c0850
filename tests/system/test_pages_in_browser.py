"""A real browser shows the pages: search and copy work, without errors and without other requests.

Screenshots for review are in tests/screenshots. FEEDS_SCREENSHOT=1 writes the one of the README again.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from tests.support.exhaustive import default_or_all
from tests.support.factories import article
from tests.support.processes import free_port, run, serving, until
from tests.support.trees import CONFIG, PROJECT, config_of

PROGRAMS = [shutil.which("chromium"), shutil.which("chromedriver")]
AXE = PROJECT / "tests" / "node" / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS = PROJECT / "tests" / "screenshots"

needs_chromium = pytest.mark.skipif(
    not all(PROGRAMS), reason="no browser: apt-get install chromium chromium-driver, or run tests/system.sh as root"
)
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="no axe-core: npm ci in tests/node")
pytestmark = needs_chromium

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars"
).split()


@contextmanager
def browsing(folder: Path) -> Iterator[Any]:
    """Start a browser with a new profile, and end it."""
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    program, driver_program = PROGRAMS
    options.binary_location = program or ""
    for flag in (*FLAGS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(driver_program))
    try:
        driver.set_page_load_timeout(30)
        yield driver
    finally:
        driver.quit()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the sample content, which has its own pictures."""
    folder = tmp_path_factory.mktemp("site")
    config = config_of(PROJECT, folder)
    with free_port() as port:
        address = f"http://127.0.0.1:{port}"
        config.write_text(config.read_text("utf-8").replace("http://127.0.0.1:8000", address), "utf-8")
        run("build", "--config", config, "--output", folder / "out", cwd=folder)
        with serving(folder / "out", cwd=folder, port=port):
            yield address


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with browsing(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


def show(browser: Any, url: str, width: int = 1280, theme: str = "light", media: str = "") -> None:
    """Open a page in a window of this width."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": theme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
    browser.get(url)


def keep(browser: Any, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    browser.save_screenshot(str(SCREENSHOTS / f"{name}.png"))


def find(browser: Any, selector: str) -> Any:
    return browser.find_element("css selector", selector)


def complaints(browser: Any) -> list[str]:
    """Return the console messages about our own documents; hosts of pictures may be unreachable."""
    return [
        entry["message"]
        for entry in browser.get_log("browser")
        if entry["level"] in ("SEVERE", "WARNING") and "net::ERR" not in entry["message"]
    ]


PAGES = ["/", "/feeds/all.html", "/feeds/robotics.html", "/feeds/providers/nature.com.html", "/404.html"]


SCREENS = [(320, "light"), (320, "dark"), (768, "light"), (1280, "dark"), (2000, "light")]


@pytest.mark.parametrize(
    ("path", "width", "theme"),
    default_or_all(
        [*((path, 320, "light") for path in PAGES), *(("/feeds/all.html", *screen) for screen in SCREENS)],
        [(path, *screen) for path in PAGES for screen in SCREENS],
    ),
)
def test_a_page_fits_every_screen_without_console_errors(
    browser: Any, site: str, path: str, width: int, theme: str
) -> None:
    show(browser, site + path, width, theme)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    background = browser.execute_script("return getComputedStyle(document.documentElement).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", background)[:3])) < 200) == (theme == "dark")
    assert complaints(browser) == []
    keep(browser, f"{path.strip('/').replace('/', '-') or 'index'}-{width}-{theme}")


@needs_axe
@pytest.mark.parametrize(
    ("path", "width", "theme"),
    default_or_all(
        [*((path, 1280, "light") for path in PAGES), ("/feeds/all.html", 320, "dark")],
        [(path, width, theme) for path in PAGES for width, theme in [(320, "dark"), (1280, "light"), (1280, "dark")]],
    ),
)
def test_axe_reports_no_violation(browser: Any, site: str, path: str, width: int, theme: str) -> None:
    show(browser, site + path, width, theme)
    # Folded parts are checked too.
    browser.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")
    browser.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text("utf-8")})
    found = browser.execute_async_script("axe.run().then(arguments[arguments.length - 1])")
    assert found["passes"]
    assert [(each["impact"], each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []


def visible(browser: Any) -> list[str]:
    items = browser.find_elements("css selector", "li[data-name]:not(.above)")
    return [each.find_element("css selector", "h3").text for each in items if each.is_displayed()]


def test_search_filters_as_you_type_and_keeps_parent_topics(browser: Any, site: str) -> None:
    show(browser, site + "/")
    everything = visible(browser)
    search = find(browser, "#search")
    search.send_keys("robo")
    assert visible(browser) == ["Robotics"]
    assert find(browser, "[role=status]").get_attribute("textContent") == "1 feed"
    shown = [each.text for each in browser.find_elements("css selector", ".group > h2") if each.is_displayed()]
    assert shown == ["Topics"]
    # Robotics is a child of AI, which stays visible above it.
    assert find(browser, "li.above:not([hidden]) > .row h3").text == "AI"
    keep(browser, "search")
    search.send_keys("xyz")
    assert visible(browser) == []
    assert find(browser, ".nothing").is_displayed()
    search.send_keys("\ue00c")  # Escape
    assert visible(browser) == everything


def test_copy_puts_the_url_into_the_clipboard_and_confirms_it(browser: Any, site: str) -> None:
    grant = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"], "origin": site}
    browser.execute_cdp_cmd("Browser.grantPermissions", grant)
    show(browser, site + "/feeds/ai.html")
    button = find(browser, "[data-copy]")
    button.send_keys("\ue007")  # Enter: the keyboard does
    until_text(browser, f"Copied: {site}/feeds/ai.xml")
    read = "navigator.clipboard.readText().then(arguments[arguments.length - 1])"
    assert browser.execute_async_script(read) == f"{site}/feeds/ai.xml"
    assert button.text.startswith("Copied")


def test_copy_works_without_the_clipboard_api(browser: Any, site: str) -> None:
    show(browser, site + "/feeds/ai.html")
    browser.execute_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    find(browser, "[data-copy]").click()
    until_text(browser, f"Copied: {site}/feeds/ai.xml")


def until_text(browser: Any, text: str) -> None:
    from selenium.webdriver.support.wait import WebDriverWait

    WebDriverWait(browser, 30).until(lambda _: find(browser, "[role=status]").get_attribute("textContent") == text)


def test_pages_work_without_javascript(browser: Any, site: str) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        show(browser, site + "/")
        assert not find(browser, "#search").is_displayed()
        assert len(visible(browser)) > 30
        find(browser, "summary").click()
        assert find(browser, ".readers a").is_displayed()
        assert not find(browser, "[data-copy]").is_displayed()
        show(browser, site + "/feeds/ai.html")
        assert find(browser, "code").text == f"{site}/feeds/ai.xml"
        assert len(browser.find_elements("css selector", "article")) == 50
        keep(browser, "without-javascript")
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_first_tab_stop_skips_to_the_entries(browser: Any, site: str) -> None:
    show(browser, site + "/feeds/ai.html")
    find(browser, "body").send_keys("\ue004")  # Tab
    assert browser.switch_to.active_element.text == "Skip to the entries"
    keep(browser, "keyboard")


def test_only_pictures_are_loaded_from_other_hosts(browser: Any, site: str) -> None:
    import json

    browser.get_log("performance")
    for path in PAGES:
        show(browser, site + path)
    asked = [json.loads(each["message"])["message"] for each in browser.get_log("performance")]
    requests = [each["params"] for each in asked if each["method"] == "Network.requestWillBeSent"]
    own = urlsplit(site).netloc
    others = {
        (each["type"], each["request"]["url"]) for each in requests if urlsplit(each["request"]["url"]).netloc != own
    }
    assert len(requests) > 10
    assert {kind for kind, _ in others} <= {"Image"}


def test_every_picture_is_lazy_and_has_its_size(browser: Any, site: str) -> None:
    # In one script call, because unavailable pictures are hidden meanwhile.
    asked = "return [...document.querySelectorAll('article img')].map(e => [e.loading, e.getAttribute('width') > 0, e.getAttribute('height') > 0])"
    found = []
    for path in PAGES:
        show(browser, site + path)
        found += browser.execute_script(asked)
    assert len(found) > 5
    assert {tuple(each) for each in found} == {("lazy", True, True)}


def test_a_missing_picture_is_hidden(browser: Any, tmp_path: Path) -> None:
    def images(number: int) -> str:
        return f"images: [{{url: /assets/{number}.png, width: 160, height: 90}}]\n"

    (tmp_path / "config.yaml").write_text(CONFIG)
    for number in range(2):
        path = tmp_path / f"content/news/{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(article(str(number), url=f"https://news.example/{number}", more=images(number)))
    (tmp_path / "content/assets").mkdir()
    shutil.copy(PROJECT / "feeds/formats/templates/icon.png", tmp_path / "content/assets/1.png")
    run("build", cwd=tmp_path)
    with serving(tmp_path / "public", cwd=tmp_path) as address:
        show(browser, f"{address}/feeds/all.html")
        until(lambda: len(browser.find_elements("css selector", "article img")) == 1)
        # Pictures of the site itself are found on any host.
        shown = find(browser, "article img")
        assert shown.get_dom_attribute("src") == "/assets/1.png"
        until(lambda: bool(shown.get_property("naturalWidth")))
        browser.get_log("browser")


def test_an_unknown_page_address_shows_the_404_page(browser: Any, site: str) -> None:
    show(browser, f"{site}/feeds/nonsense.html")
    assert find(browser, "h1").text == "There is no such document"
    find(browser, "main a").click()
    assert find(browser, "h1").text == "Everyday AI"
    # Only the status of the request.
    assert [each for each in complaints(browser) if "404" not in each] == []


def test_the_readme_has_a_screenshot_of_a_page(browser: Any, tmp_path: Path) -> None:
    config = config_of(PROJECT, tmp_path)
    config.write_text(
        config.read_text("utf-8").replace("http://127.0.0.1:8000/", "https://feeds.example.org/"), "utf-8"
    )
    run("build", "--config", config, "--output", tmp_path / "out", cwd=tmp_path)
    with serving(tmp_path / "out", cwd=tmp_path) as address:
        show(browser, f"{address}/feeds/ai-policy.html", 1200)
        until(lambda: bool(find(browser, "article img").get_property("naturalWidth")))
        keep(browser, "readme")
    made = (SCREENSHOTS / "readme.png").read_bytes()
    if os.environ.get("FEEDS_SCREENSHOT"):
        (PROJECT / "docs/screenshot.png").write_bytes(made)
    # PNG, section 5.6: the width comes first.
    assert int.from_bytes((PROJECT / "docs/screenshot.png").read_bytes()[16:20]) == 1200
    assert (PROJECT / "docs/screenshot.png").stat().st_size < 150_000


def test_a_printed_page_has_no_controls_and_unfolds_its_parts(browser: Any, site: str) -> None:
    show(browser, site + "/feeds/ai.html", media="print")
    assert not find(browser, ".readers").is_displayed()
    assert not find(browser, "[data-copy]").is_displayed()
    assert find(browser, "article h2").is_displayed()
    # Folded parts are unfolded on paper.
    assert browser.execute_script("return document.querySelector('article details li').checkVisibility()")
    keep(browser, "print")


@pytest.mark.parametrize("suffix", ["xml", "atom"])
def test_a_feed_served_as_xml_is_readable_in_a_browser(browser: Any, site: str, tmp_path: Path, suffix: str) -> None:
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
    from threading import Thread

    (tmp_path / "feed.xml").write_bytes(urlopen(f"{site}/feeds/ai.{suffix}").read())
    (tmp_path / "feed.css").write_bytes(urlopen(f"{site}/feed.css").read())

    class Plain(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    Plain.extensions_map = {".xml": "application/xml", ".css": "text/css", "": "application/octet-stream"}
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Plain, directory=str(tmp_path))) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        with suppress(Exception):
            browser.get_log("browser")
        show(browser, f"http://127.0.0.1:{server.server_port}/feed.xml", 800)
        title = "return getComputedStyle(document.querySelector('title')).fontSize"
        assert browser.execute_script(title) == "32px"
        keep(browser, f"feed-{suffix}")
        server.shutdown()


RTL_TITLE = "أخبار: Python 3.14 (جديد)!"


@pytest.fixture(scope="module", params=default_or_all(["ar"], ["ar", "az-Arab"]))
def rtl_site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a site that is written from right to left, with an English entry."""
    folder = tmp_path_factory.mktemp("rtl")
    config = (
        f"site:\n  title: الأخبار\n  url: http://127.0.0.1/\n  tag: feeds.example,2026\n  language: {request.param}\n"
    )
    (folder / "config.yaml").write_text(config, "utf-8")
    (folder / "content/n").mkdir(parents=True)
    (folder / "content/n/a.md").write_text(article(RTL_TITLE, more="excerpt: نص عربي\ntopics: [تقنية]\n"), "utf-8")
    english = article(
        "In English (new)!", "2026-01-01T00:00:00Z", "https://news.example/b", "excerpt: Left to right.\n"
    )
    (folder / "content/n/b.md").write_text(english, "utf-8")
    run("build", "--config", folder / "config.yaml", "--output", folder / "out", cwd=folder)
    with serving(folder / "out", cwd=folder) as address:
        yield address


@pytest.mark.parametrize("width", default_or_all([320], [320, 1280]))
@pytest.mark.parametrize("path", ["/", "/feeds/all.html", "/404.html"])
def test_a_page_in_a_language_from_right_to_left_is_mirrored_and_fits(
    browser: Any, rtl_site: str, path: str, width: int
) -> None:
    browser.get_log("browser")  # what pages of other tests left
    show(browser, rtl_site + path, width)
    assert browser.execute_script("return getComputedStyle(document.documentElement).direction") == "rtl"
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert browser.execute_script("scrollTo(-9999, 0); return scrollX") == 0
    assert complaints(browser) == []
    keep(browser, f"rtl-{path.strip('/').replace('/', '-') or 'index'}-{width}")


def test_each_text_on_a_page_has_the_direction_of_its_letters(browser: Any, rtl_site: str) -> None:
    show(browser, f"{rtl_site}/feeds/all.html")
    script = "return [...document.querySelectorAll(arguments[0])].map((each) => getComputedStyle(each).direction)"
    assert browser.execute_script(script, "article h2") == ["rtl", "ltr"]
    assert browser.execute_script(script, "article p:not([class])") == ["rtl", "ltr"]
    assert browser.execute_script(script, "code") == ["ltr"]
    # The picture and the text of a card have changed sides with the page.
    sides = "const a = document.querySelector('.by').getBoundingClientRect(), b = document.body.getBoundingClientRect()"
    assert browser.execute_script(f"{sides}; return b.right - a.right < a.left - b.left + 1")
