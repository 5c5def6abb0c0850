"""Read `config.yaml`: the site, the folders and the feeds by rule.

All mistakes are reported at once, with file, line and key. `schema` has every key with its default and range.
"""

import re
from operator import attrgetter
from pathlib import Path

from feeds.config import file
from feeds.config.feed_reader import read_feeds
from feeds.config.file import DEFAULT_PATHS, ConfigFile
from feeds.config.model import Config, Serving, is_inside, is_misplaced
from feeds.config.schema import CONFIG
from feeds.config.section import Section
from feeds.config.site_reader import read_site
from feeds.config.tree_reader import read_tree
from feeds.config.yaml_text import read_yaml
from feeds.errors import NO_SUGGESTION, ConfigError, Params, Problem, Suggestion, problem
from feeds.model import Bound, ContentFilter, Protection, TreeFormat
from feeds.parsing.fields import Fields, Level, quoted
from feeds.parsing.yaml_types import Mapping

_EXECUTOR = re.compile(r"[\w.]+:[\w.]+")


def read_config(path: Path, content: Path | None = None, output: Path | None = None) -> Config:
    """Return the configuration in the file at `path`.

    Args:
        path: The file.
        content: The content folder; None for the one in the file.
        output: The output folder; None for the one in the file.

    Raises:
        ConfigError: The file cannot be read or has mistakes; the message has a line for each mistake.
    """
    config, mistakes = parse(file.read(path), content, output)
    if config is None:
        raise ConfigError("\n  ".join(map(str, mistakes)), problems=mistakes)
    return config


def parse(
    config_file: ConfigFile, content: Path | None = None, output: Path | None = None
) -> tuple[Config | None, tuple[Problem, ...]]:
    """Return the configuration, or None and its mistakes.

    Args:
        config_file: The text.
        content: The content folder; None for the one in the text.
        output: The output folder; None for the one in the text.

    Raises:
        ConfigError: The text is YAML, but not a mapping.
    """
    path = config_file.display_path
    yaml_text = read_yaml(config_file.text)
    mistakes = [
        Problem(path, mistake.line + 1, "", mistake.code, mistake.params, suggestion=mistake.suggestion)
        for mistake in yaml_text.mistakes
    ]
    if not yaml_text.is_complete:
        mistakes.append(problem(path, mistakes[-1].line, "", "config.not_checked"))
        return None, tuple(mistakes)
    keys = Mapping() if yaml_text.value is None else yaml_text.value
    if not isinstance(keys, Mapping):
        raise ConfigError(path, "config.no_keys")

    def report(
        line: int,
        key: str,
        code: str,
        params: Params = (),
        _level: Level = "error",
        suggestion: Suggestion = NO_SUGGESTION,
        /,
    ) -> None:
        # In the config, every mistake is an error: no value is ignored.
        mistakes.append(Problem(path, line, key, code, params, "error", suggestion))

    config = _config(Section(Fields(keys, 1, report), CONFIG), config_file, content, output, mistakes)
    return config, tuple(sorted(dict.fromkeys(mistakes), key=attrgetter("line")))


def _config(
    section: Section, config_file: ConfigFile, content: Path | None, output: Path | None, mistakes: list[Problem]
) -> Config | None:
    folder = config_file.folder
    written_paths = {key: section.text_or_default(key) for key in DEFAULT_PATHS if key != "content"}
    written_paths["content"] = _content_folder(section)
    tree = read_tree(section)
    content, output = content or folder / written_paths["content"], output or folder / written_paths["output"]
    state = folder / written_paths["state"]
    if is_misplaced(content, output, tree):
        section.error("output" if section.given("output") else "content", "config.content_output")
    if is_inside(state, output):
        section.error("state" if section.given("state") else "output", "config.state_output")
    executor = section.text("executor")
    if executor and not _EXECUTOR.fullmatch(executor):
        section.error("executor", "config.executor", value=quoted(executor))
    if (section.text("templates") or "") != config_file.templates_folder:
        section.error("templates", "config.templates_line")
    elif config_file.templates_folder and not (folder / config_file.templates_folder).is_dir():
        section.error("templates", "config.templates_missing", value=quoted(config_file.templates_folder))
    site, hub = read_site(section, config_file.templates, config_file.display_path)
    feeds = tuple(read_feeds(section.named("feeds"), site.title, config_file.display_path))
    limits, protection, serving = _limits(section, tree), _protection(section), _serving(section, folder)
    previous = section.url("previous")
    if mistakes:
        return None
    return Config(
        site,
        content,
        output,
        state,
        limits,
        feeds,
        previous,
        protection,
        executor,
        serving,
        hub,
        config_file.text_hash,
        folder,
        (written_paths["content"], written_paths["output"]),
        notes=_notes(config_file, tree),
    )


def _content_folder(section: Section) -> str:
    """Return the content folder, which is the value of `content` or of a key in it."""
    default = DEFAULT_PATHS["content"]
    if section.has_mapping("content"):
        return section.section("content").text("folder") or default
    return section.fields.text("content") or default


def _notes(config_file: ConfigFile, tree: TreeFormat | None) -> tuple[Problem, ...]:
    """Return the warning about templates that earlier versions read; other generators have such a folder too."""
    if tree is not None or not config_file.has_unread_templates:
        return ()
    suggestion = Suggestion("insert", "templates: templates")
    return (
        problem(config_file.display_path, 0, "", "config.templates_unread", level="warning", suggestion=suggestion),
    )


def _limits(section: Section, tree: TreeFormat | None) -> ContentFilter:
    collections = section.section("collections")
    max_file_bytes = section.whole_or_default("max_file_kb") * 1024
    return ContentFilter(collections.texts("include"), collections.texts("exclude"), max_file_bytes, tree)


def _protection(section: Section) -> Protection:
    protect = section.section("protect")
    return Protection(_bound(protect.section("removals")), _bound(protect.section("new_ids")))


def _bound(section: Section) -> Bound:
    return Bound(section.whole_or_default("count"), section.whole_or_default("share"))


def _serving(section: Section, folder: Path) -> Serving:
    serve = section.section("serve")
    log = serve.text("access_log")
    return Serving(
        cache_mb=serve.whole_or_default("cache_mb"),
        delta=serve.flag("delta"),
        max_edition_age=serve.whole("max_edition_age"),
        access_log=str(folder / log) if log and log != "-" else log,
        log_clients=serve.flag("log_clients"),
    )
