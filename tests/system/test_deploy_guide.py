"""The examples of docs/deploy.md work unchanged, with real servers and a real cron."""

import gzip
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime
from grp import getgrgid
from http.client import HTTPConnection
from pathlib import Path
from pwd import getpwuid
from urllib.parse import quote, urlsplit

import pytest
import yaml

from feeds.edition.folder import load_published_edition
from feeds.edition.model import Edition
from feeds.http.asset_policy import POLICY
from feeds.system.locks import exclusive_lock
from tests.support.factories import article
from tests.support.processes import free_port, run, serving, until
from tests.support.trees import CONFIG, PROJECT

Tree = Callable[..., Path]
Answer = tuple[int, Message, bytes]

GUIDE = (PROJECT / "docs/deploy.md").read_text("utf-8")
HOST = "feeds.example.org"
CACHING = "max-age=1800, stale-while-revalidate=600, stale-if-error=86400"
MISSING = b"There is no such document. All feeds are listed at /\n"


def find(program: str) -> str | None:
    """Return the path of a program; daemons are not on every PATH."""
    return shutil.which(program, path=os.environ.get("PATH", os.defpath) + os.pathsep + "/usr/sbin:/sbin")


NGINX, CADDY, CRON, UNSHARE, SYSTEMD = map(find, ("nginx", "caddy", "cron", "unshare", "systemd-analyze"))


def examples(language: str) -> list[str]:
    """Return the code blocks of the guide in one language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def put(text: str, *replacements: tuple[str, str]) -> str:
    """Replace values of the guide by those of a test; each must exist."""
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    return text


@contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[str]:
    """Run a server and yield its address."""
    log = folder / "log"
    environment = os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        until(lambda: process.poll() is not None or socket.create_connection(("127.0.0.1", port), 5).close() is None)
        assert process.poll() is None, log.read_text("utf-8")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def nginx(server: str, folder: Path) -> Iterator[str]:
    """Run nginx with a server of the guide as its only one."""
    assert NGINX
    with free_port() as port:
        server = put(server, ("listen 80;", f"listen 127.0.0.1:{port};"), ("listen [::]:80;", ""))
        # Its own user cannot read the folder of a test; only root may choose another user.
        user = f"user {getpwuid(os.getuid()).pw_name} {getgrgid(os.getgid()).gr_name};\n" if os.getuid() == 0 else ""
        temporary = "".join(
            f"    {each}_temp_path {folder}/{each};\n" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"{user}daemon off;\nworker_processes 1;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\n"
            f"http {{\n    access_log off;\n{temporary}    include mime.types;\n    include feeds.conf;\n}}\n"
        )
        (folder / "feeds.conf").write_text(server)
        (folder / "mime.types").symlink_to("/etc/nginx/mime.types")
        with running(
            [NGINX, "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")], port, folder
        ) as address:
            yield address


@contextmanager
def caddy(site: str, folder: Path) -> Iterator[str]:
    """Run Caddy with the site of the guide."""
    assert CADDY
    with free_port() as port:
        options = "{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n"
        (folder / "Caddyfile").write_text(options + put(site, (HOST, f"http://127.0.0.1:{port}")))
        with running([CADDY, "run", "--config", "Caddyfile"], port, folder) as address:
            yield address


def ask(address: str, path: str, method: str = "GET", **headers: str) -> Answer:
    """Send one request with exactly these headers, and return the unchanged response."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that `feeds build` wrote."""
    folder = tmp_path_factory.mktemp("site")
    files = {
        "config.yaml": CONFIG,
        "content/news/a.md": article("Čeština", more="topics: [AI, 漢字]\nprovider: {domain: news.example}\n"),
        "content/assets/images/a.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
        "content/assets/a.json": "{}",
        "content/assets/a.js": "run()",
        "content/assets/b.HTML": "<script>run()</script>",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    run("build", cwd=folder)
    return folder / "public"


@pytest.fixture(scope="module")
def edition(public: Path) -> Edition:
    found = load_published_edition(public)
    assert found
    return found


@pytest.fixture(
    scope="module",
    params=[
        pytest.param("nginx", marks=pytest.mark.skipif(not NGINX, reason="no nginx: apt-get install nginx")),
        pytest.param("caddy", marks=pytest.mark.skipif(not CADDY, reason="no Caddy: apt-get install caddy")),
    ],
)
def address(request: pytest.FixtureRequest, public: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of the folder, once for each server."""
    text, serve = {"nginx": (examples("nginx")[0], nginx), "caddy": (examples("caddy")[0], caddy)}[request.param]
    with serve(put(text, ("/srv/feeds/public", str(public))), tmp_path_factory.mktemp(request.param)) as served:
        yield served


def test_a_static_server_sends_every_document_with_its_type(address: str, public: Path, edition: Edition) -> None:
    assert {"feeds/漢字.atom", "feeds/all.json", "feeds.opml", "style.css", "assets/a.json"} <= set(edition.documents)
    for path, document in edition.documents.items():
        status, headers, body = ask(address, f"/{quote(path)}")
        assert (status, headers.get_all("Content-Type")) == (200, [document.type]), path
        assert body == (public / path).read_bytes()
    status, headers, body = ask(address, "/manifest.json")
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert body == (public / "manifest.json").read_bytes()


def test_a_static_server_sandboxes_assets(address: str) -> None:
    for path, is_runnable in (("images/a.svg", False), ("a.json", False), ("a.js", True), ("b.HTML", True)):
        _, headers, _ = ask(address, f"/assets/{path}")
        assert headers.get_all("Content-Security-Policy") == [POLICY]
        assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
        assert headers["Content-Disposition"] == ("attachment" if is_runnable else None)
    assert ask(address, "/feeds/all.xml")[1]["Content-Security-Policy"] is None


def test_the_start_page_is_at_the_root(address: str, public: Path) -> None:
    status, headers, body = ask(address, "/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert body == (public / "index.html").read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/all.xml",
        "/feeds/all.json",
        "/feeds/all.html",
        "/feeds.opml",
        "/style.css",
        "/feed.css",
        "/site.js",
        "/sitemap.xml",
    ],
)
def test_a_static_server_sends_the_headers_of_the_guide_once(address: str, public: Path, path: str) -> None:
    _, headers, _ = ask(address, path)
    assert headers.get_all("Cache-Control") == [CACHING]
    assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert headers.get_all("Access-Control-Allow-Origin") == ["*"]
    assert headers["Allow"] is None
    assert int(parsedate_to_datetime(headers["Last-Modified"]).timestamp()) == int((public / path[1:]).stat().st_mtime)


def test_the_manifest_must_be_revalidated(address: str) -> None:
    assert ask(address, "/manifest.json")[1].get_all("Cache-Control") == ["no-cache"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_static_server_answers_conditional_requests(address: str, method: str, coding: str) -> None:
    first = ask(address, "/feeds/all.xml", Accept_Encoding=coding)[1]
    later = format_datetime(parsedate_to_datetime(first["Last-Modified"]) + timedelta(days=1), usegmt=True)
    earlier = format_datetime(parsedate_to_datetime(first["Last-Modified"]) - timedelta(days=1), usegmt=True)
    for condition, expected in (
        ({"If_None_Match": first["ETag"]}, 304),
        ({"If_None_Match": f'"other", {first["ETag"]}'}, 304),
        ({"If_None_Match": '"other"', "If_Modified_Since": later}, 200),
        ({"If_Modified_Since": first["Last-Modified"]}, 304),
        ({"If_Modified_Since": later}, 304),
        ({"If_Modified_Since": earlier}, 200),
    ):
        status, headers, body = ask(address, "/feeds/all.xml", method, Accept_Encoding=coding, **condition)
        assert status == expected, condition
        assert bool(body) == (status == 200 and method == "GET")
        for name in ("ETag", "Cache-Control", "Vary", "X-Content-Type-Options", "Access-Control-Allow-Origin"):
            assert headers.get_all(name) == first.get_all(name), name


@pytest.mark.parametrize("path", ["/feeds/all.xml", "/feeds/all.atom", "/feeds/all.json", "/feeds/all.html"])
def test_accept_encoding_gzip_gets_the_exported_gzip_bytes(
    address: str, public: Path, edition: Edition, path: str
) -> None:
    packed = public / f"{path[1:]}.gz"
    _, plain, body = ask(address, path)
    tags = {plain["ETag"]}
    for headers in ({"Accept_Encoding": "br;q=0, gzip"}, {"Accept_Encoding": "gzip", "Via": "1.1 cdn"}):
        status, coded, data = ask(address, path, **headers)
        assert (status, coded["Content-Encoding"], data) == (200, "gzip", packed.read_bytes())
        assert coded["Content-Type"] == plain["Content-Type"] == edition.documents[path[1:]].type
        assert coded.get_all("Vary") == plain.get_all("Vary") == ["Accept-Encoding"]
        tags.add(coded["ETag"])
    assert len(tags) == 2
    assert gzip.decompress(data) == body
    for refusing in ("", "identity", "gzip;q=0", "*;q=0", "deflate"):
        _, headers, data = ask(address, path, Accept_Encoding=refusing)
        assert (headers["Content-Encoding"], data) == (None, body)


@pytest.mark.parametrize("path", ["/feeds/all.xml", "/", "/icon.png", "/nope"])
def test_head_is_get_without_the_body(address: str, path: str) -> None:
    (status, got, _), (again, head, body) = (ask(address, path, method) for method in ("GET", "HEAD"))
    assert (again, body) == (status, b"")
    assert {name: value for name, value in head.items() if name != "Date"} == {
        name: value for name, value in got.items() if name != "Date"
    }


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/feeds/nope.xml",
        "/feeds",
        "/feeds/",
        "/feeds/providers/",
        "/_headers",
        "/.nojekyll",
        "/feeds/.all.xml.new",
        "/.git/config",
        "/feeds/all.xml.gz",
        "/index.html.gz",
        "/assets/",
        "/feeds/%2e%2e/config.yaml",
        "/a%5cb",
    ],
)
def test_hidden_and_missing_paths_get_a_short_404(address: str, public: Path, path: str) -> None:
    (public / "feeds/.all.xml.new").touch()
    status, headers, body = ask(address, path)
    assert (status, headers["Content-Type"], body) == (404, "text/plain; charset=utf-8", MISSING)
    assert headers.get_all("Cache-Control") == ["max-age=60"]
    assert headers.get_all("X-Content-Type-Options") == ["nosniff"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_documents_can_only_be_read(address: str, method: str) -> None:
    status, headers, _ = ask(address, "/feeds/all.xml", method, Content_Length="0")
    assert (status, headers.get_all("Allow")) == (405, ["GET, HEAD"])


@pytest.mark.skipif(not NGINX, reason="no nginx: apt-get install nginx")
def test_nginx_passes_the_responses_of_the_service_on_unchanged(public: Path, tmp_path: Path) -> None:
    with (
        serving(public, cwd=public.parent) as service,
        nginx(put(examples("nginx")[1], ("http://127.0.0.1:8000", service)), tmp_path) as address,
    ):
        for path in ("/", "/feeds/all.xml", "/feeds/all.json", "/manifest.json", "/nope"):
            for coding in ("identity", "gzip"):
                alone, behind = (ask(each, path, Accept_Encoding=coding) for each in (service, address))
                assert (alone[0], alone[2]) == (behind[0], behind[2])
                for name in ("Content-Type", "Content-Encoding", "ETag", "Last-Modified", "Cache-Control", "Vary"):
                    assert alone[1].get_all(name) == behind[1].get_all(name), (path, name)
        tag = ask(address, "/feeds/all.xml")[1]["ETag"]
        assert ask(address, "/feeds/all.xml", If_None_Match=tag)[0] == 304


COMMAND = Path(sys.executable).with_name("feeds")
# A separate cron, without the tables, locks and environment of the machine.
PRIVATE_CRON = """
mount -t tmpfs tmpfs /run
mount --bind "$1/tables" /var/spool/cron/crontabs
mount --bind "$1/none" /etc/cron.d
for file in /etc/crontab /etc/environment /etc/default/locale; do
    [ ! -e "$file" ] || mount --bind "$1/nothing" "$file"
done
exec "$2" -f
"""


@pytest.mark.skipif(not CRON, reason="no cron: apt-get install cron")
def test_the_cron_line_builds_and_skips_while_another_build_runs(tree: Tree, tmp_path: Path) -> None:
    if not UNSHARE or subprocess.run([UNSHARE, "--mount", "true"], capture_output=True).returncode:
        pytest.skip("a separate cron needs its own mounts: run the tests as root, in a container with CAP_SYS_ADMIN")
    (line,) = examples("crontab")[0].splitlines()
    *minutes, command = line.split(maxsplit=5)
    files = {"config.yaml": CONFIG, "content/news/a.md": article("Čeština", more="topics: [漢字]\n")}
    root = tree({f"{name}/{path}": text for name in ("free", "taken") for path, text in files.items()})
    daemon = tmp_path / "cron"
    for folder in ("tables", "none"):
        (daemon / folder).mkdir(parents=True)
    (daemon / "nothing").touch()
    table = ['MAILTO=""']
    for name in ("free", "taken"):
        site = root / name
        here = put(
            command, ("/srv/feeds/.venv/bin/feeds", str(COMMAND)), ("/srv/feeds/config.yaml", f"{site}/config.yaml")
        )
        # Cron rejects a table with any mistake, so the line is checked with its own schedule; @reboot runs it at once.
        table += [" ".join([*minutes, here]), f"@reboot env > {site}/env; {here}; echo $? > {site}/status"]
    mine = daemon / "tables" / getpwuid(os.getuid()).pw_name
    mine.write_text("\n".join([*table, ""]), "utf-8")
    mine.chmod(0o600)
    done = [root / name / "status" for name in ("free", "taken")]
    with exclusive_lock(root / "taken/.feeds"):
        process = subprocess.Popen([UNSHARE, "--mount", "sh", "-euc", PRIVATE_CRON, "sh", str(daemon), str(CRON)])
        try:
            until(lambda: process.poll() is not None or all(path.read_text() for path in done), 60)
            assert process.poll() is None
        finally:
            process.terminate()
            process.wait(20)
    assert [path.read_text() for path in done] == ["0\n", "0\n"]
    environment = dict(each.split("=", 1) for each in (root / "free/env").read_text().splitlines())
    assert environment["SHELL"] == "/bin/sh"
    assert not {"LANG", "LC_ALL", "VIRTUAL_ENV", "PYTHONPATH"} & environment.keys()
    assert str(COMMAND.parent) not in environment["PATH"]
    assert "Čeština" in (root / "free/public/feeds/漢字.xml").read_text("utf-8")
    assert not (root / "taken/public").exists()


@pytest.mark.skipif(not SYSTEMD, reason="no systemd-analyze: apt-get install systemd")
def test_systemd_accepts_the_units_of_the_guide(tmp_path: Path) -> None:
    assert SYSTEMD
    units = {text.splitlines()[0].removeprefix("# /etc/systemd/system/"): text for text in examples("ini")}
    assert set(units) == {"feeds-build.service", "feeds-build.timer", "feeds.service"}
    for name, text in units.items():
        (tmp_path / name).write_text(text.replace("/srv/feeds/.venv/bin/feeds", str(COMMAND)))
    done = subprocess.run(
        [SYSTEMD, "verify", "--man=no", *(str(tmp_path / name) for name in units)], capture_output=True, text=True
    )
    # It also reads other units of the machine, and may print messages about them.
    assert (done.returncode, [line for line in done.stderr.splitlines() if "feeds" in line]) == (0, [])
    for name in ("feeds-build.service", "feeds.service"):
        (start,) = re.findall(r"^ExecStart=/srv/feeds/.venv/bin/feeds (.*)$", units[name], re.MULTILINE)
        options = run(start.split()[0], "--help", cwd=tmp_path).stdout
        assert all(option in options for option in re.findall(r"--[\w-]+", start))


def test_the_workflow_publishes_only_changes(tree: Tree, tmp_path: Path) -> None:
    workflow = yaml.load(examples("yaml")[1], yaml.BaseLoader)
    assert {"push", "schedule", "workflow_dispatch"} == set(workflow["on"])
    steps = workflow["jobs"]["publish"]["steps"]
    assert [step["with"]["path"] for step in steps if "path" in step.get("with", {})] == [".feeds", "public"]
    assert workflow["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}
    (build,) = [step for step in steps if step.get("id") == "build"]
    root = tree({"content/news/a.md": article()})
    run("build", cwd=root)
    shutil.copytree(root / "public", root / "published")
    with serving(root / "published", cwd=root) as address:
        for title, news in (("A title", ""), ("Another title", "news=true\n")):
            # An empty machine, except for the cache.
            shutil.rmtree(root / "public")
            previous = put(examples("yaml")[0], (f"https://{HOST}", address))
            tree({"content/news/a.md": article(title)}, CONFIG + previous)
            (root / "output").write_text("")
            subprocess.run(
                ["bash", "-e", "-c", build["run"]],
                cwd=root,
                env=os.environ
                | {"GITHUB_OUTPUT": str(root / "output"), "PATH": f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"},
                check=True,
                capture_output=True,
            )
            assert (root / "output").read_text() == news
            assert (root / "public/manifest.json").exists()


def test_the_other_files_of_the_guide_are_valid(tmp_path: Path) -> None:
    (netlify,) = map(tomllib.loads, examples("toml"))
    assert netlify["build"]["publish"] == "public"
    for script in examples("sh"):
        subprocess.run(["sh", "-n"], input=script, text=True, check=True)
