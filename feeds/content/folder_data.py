"""Facts about content files that other files of the tree have: defaults of folders, authors, first commits."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

from feeds.content.scan import ContentTree, File
from feeds.errors import Problem, problem
from feeds.model import FileFacts, TreeFormat
from feeds.parsing import yaml
from feeds.parsing.yaml_types import Mapping as YamlMapping
from feeds.parsing.yaml_types import ParseError

_JEKYLL_CONFIGS = ("_config.yml", "_config.yaml")
_DATA_PROGRAM = re.compile(r"\.11tydata\.[cm]?js$")
_Defaults = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class FolderData:
    """The facts of a tree.

    Attributes:
        format: The format of the tree, with the values of its preset.
        defaults: Front matter for the files of a folder, by the folder's path; a path with a suffix is one file.
        authors: The names of authors, by id.
        created: The date of the first commit of each file.
        problems: Problems of the data files.
    """

    format: TreeFormat
    defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    authors: Mapping[str, str] = field(default_factory=dict)
    created: Mapping[str, datetime] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @cached_property
    def key(self) -> str:
        """A hash of all facts, on which parsed files depend."""
        created = sorted((path, moment.timestamp()) for path, moment in self.created.items())
        facts = repr((self.format, sorted(self.defaults.items()), sorted(self.authors.items()), created))
        return blake2b(facts.encode(), digest_size=16).hexdigest()

    @cached_property
    def _shared(self) -> FileFacts:
        return FileFacts(self.format, {}, self.authors)

    def of(self, path: str) -> FileFacts:
        """Return the facts of a file."""
        if not self.defaults and not self.created:
            return self._shared
        defaults: dict[str, Any] = {}
        parts = path.split("/")
        for count in range(len(parts) + 1):
            defaults |= self.defaults.get("/".join(parts[:count]), {})
        return FileFacts(self.format, defaults, self.authors, self.created.get(path))


def load_folder_data(tree: ContentTree, root: Path, tree_format: TreeFormat) -> FolderData:
    """Return the facts of a tree; a data file that cannot be read is a problem and has no facts."""
    problems: list[Problem] = []
    defaults: _Defaults = {}
    authors: dict[str, str] = {}
    if tree_format.preset == "eleventy":
        defaults = _eleventy(tree, problems)
    elif tree_format.preset == "jekyll":
        defaults = _jekyll(tree, problems)
        authors = _authors(_read(tree, "_data/authors.yml", problems))
    elif tree_format.preset == "mkdocs":
        folders = {pattern.partition("posts")[0] for pattern in tree_format.files or ()}
        for folder in sorted(folders):
            found = _read(tree, f"{folder}.authors.yml", problems)
            authors |= _authors(found.get("authors") if found else None)
    created = first_commits(root) if "git" in (tree_format.date or ()) else {}
    return FolderData(tree_format, defaults, authors, created, tuple(problems))


def _eleventy(tree: ContentTree, problems: list[Problem]) -> _Defaults:
    """Return the data of `x/x.json` and `x/x.11tydata.json`; a collection's tag is not a topic."""
    defaults: _Defaults = {}
    programs = 0
    for file in tree.files:
        if _DATA_PROGRAM.search(file.name):
            programs += 1
        if not file.name.endswith(".json") or file.name.startswith(("node_modules/", "_site/")):
            continue
        folder, _, name = file.name.rpartition("/")
        stem = name.removesuffix(".json").removesuffix(".11tydata")
        values = _read(tree, file.name, problems) if stem == folder.rpartition("/")[2] and folder else None
        if values:
            kept = {key: value for key, value in values.items() if key not in ("tags", "permalink")}
            if isinstance(values.get("permalink"), str):
                kept["permalink"] = values["permalink"]
            defaults.setdefault(folder, {}).update(kept)
    if programs:
        problems.append(problem(tree.name, 0, "", "tree.data_program", level="warning", count=programs))
    return defaults


def _jekyll(tree: ContentTree, problems: list[Problem]) -> _Defaults:
    """Return the `defaults` of `_config.yml` whose scope is a folder."""
    config: YamlMapping | None = next(
        (found for name in _JEKYLL_CONFIGS if (found := _read(tree, name, problems))), None
    )
    rules = config.get("defaults") if config else None
    defaults: _Defaults = {}
    for rule in rules if isinstance(rules, list) else ():
        scope, values = (rule.get("scope"), rule.get("values")) if isinstance(rule, dict) else (None, None)
        if isinstance(scope, dict) and isinstance(values, dict) and scope.get("type") in (None, "", "posts"):
            path = str(scope.get("path") or "").strip("/")
            defaults.setdefault(path, {}).update({key: value for key, value in values.items() if value is not None})
    return defaults


def _authors(values: Any) -> dict[str, str]:
    if not isinstance(values, dict):
        return {}
    named = {key: value.get("name") for key, value in values.items() if isinstance(value, dict)}
    return {key: str(name) for key, name in named.items() if name}


def _read(tree: ContentTree, path: str, problems: list[Problem]) -> YamlMapping | None:
    """Return the mapping in a YAML or JSON file, or None; JSON is YAML."""
    data = tree.read(File(path, path, 0, 0))
    if isinstance(data, Problem):
        return None
    try:
        value = yaml.read(data.decode("utf-8").replace("\t", " "))
    except (ParseError, UnicodeDecodeError):
        problems.append(problem(f"{tree.name}/{path}", 0, "", "tree.data_broken", level="warning"))
        return None
    return value if isinstance(value, YamlMapping) else None


def first_commits(root: Path) -> dict[str, datetime]:
    """Return the date of the first commit of each file, also under its earlier names; empty without git."""
    command = ["git", "-c", "core.quotePath=false", "-C", str(root), "log", "--reverse", "--relative"]
    form = ["--format=%x00%ct", "--name-status", "-M", "--diff-filter=AR", "--no-merges", "--", "."]
    try:
        done = subprocess.run([*command, *form], capture_output=True, check=False)  # noqa: S603
    except OSError:
        return {}
    return dict(_created(done.stdout.decode("utf-8", "replace"))) if done.returncode == 0 else {}


def _created(log: str) -> Iterator[tuple[str, datetime]]:
    created: dict[str, datetime] = {}
    for commit in log.split("\0")[1:]:
        seconds, *lines = commit.split("\n")
        moment = datetime.fromtimestamp(int(seconds), UTC)
        for line in lines:
            status, *paths = line.split("\t")
            if status == "A" and paths:
                created.setdefault(paths[0], moment)
            elif status[:1] == "R" and len(paths) == 2:
                created[paths[1]] = created.get(paths[0], moment)
    yield from created.items()
