"""The content and config of a git revision, in a temporary folder.

It only runs `git archive`; the working tree and the index are not touched.
"""

import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from feeds.errors import NotFoundError


@contextmanager
def checkout(config: Path, content: Path, revision: str) -> Iterator[tuple[Path | None, Path]]:
    """Yield the paths of a revision's config (None if it has none) and content.

    Raises:
        NotFoundError: The content is not in a repository, or the revision does not exist or has no content.
    """
    top = Path(_git(content, "rev-parse", "--show-toplevel").decode().strip())
    # A name that starts with a dash would be read as an option.
    commit = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", about=revision)
    names = [_inside(path, top) for path in (content, config)]
    wanted = [name for name in names if name and _has(top, commit.decode().strip(), name)]
    if names[0] is None or names[0] not in wanted:
        raise NotFoundError(revision, "git.no_folder", folder=content.name)
    with TemporaryDirectory(prefix="feeds-") as folder:
        archive = Path(folder) / "archive.tar"
        _git(top, "archive", "--format=tar", f"--output={archive}", commit.decode().strip(), "--", *wanted)
        root = Path(folder) / "tree"
        with tarfile.open(archive) as opened:
            opened.extractall(root, filter="data")
        yield (root / names[1] if names[1] in wanted and names[1] else None), root / names[0]


def _inside(path: Path, top: Path) -> str | None:
    try:
        return path.resolve().relative_to(top.resolve()).as_posix()
    except ValueError:
        return None


def _has(top: Path, commit: str, name: str) -> bool:
    return name == "." or bool(_git(top, "ls-tree", "--name-only", commit, "--", name))


def _git(folder: Path, *arguments: str, about: str = "") -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)  # noqa: S603, S607
    except OSError as error:
        raise NotFoundError("git", "system.error", reason=error.strerror or "cannot be run") from None
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        if reason:
            raise NotFoundError(about or str(folder), "system.error", reason=reason)
        raise NotFoundError(about or str(folder), "git.no_revision")
    return done.stdout
