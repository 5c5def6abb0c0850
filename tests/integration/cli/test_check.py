"""`feeds check`: lines, suggestions and forms for machines."""

import json
import re
from pathlib import Path

import pytest

from tests.support.factories import article
from tests.support.processes import run
from tests.support.sites import WRONG, Tree
from tests.support.trees import CONFIG


def test_check_shows_the_line_and_its_replacement(tree: Tree) -> None:
    said = run("check", cwd=tree(WRONG), check=False).stdout.splitlines()
    assert said[:5] == [
        "content/news/a.md:3: publishedDateTime: not a date: 'soon' (expected YYYY-MM-DD or RFC 3339)",
        "      3 | publishedDateTime: soon",
        "content/news/a.md:5: topics: expected a list, found one value: 'AI'; read as a list of one item (put it in [brackets])",
        "      5 | topics: AI",
        "  write | topics: [AI]",
    ]
    assert "write | webUrl" not in "".join(said)
    only = run("check", "content/news/b.md", cwd=tree(WRONG), check=False).stdout
    assert "b.md" in only
    assert "a.md" not in only


def test_check_suggests_the_scheme_of_a_url_without_one(tree: Tree) -> None:
    root = tree({"content/news/a.md": article(url="www.example.com/a?b=c")})
    assert "  write | webUrl: https://www.example.com/a?b=c\n" in run("check", cwd=root, check=False).stdout
    (root / "config.yaml").write_text(CONFIG.replace("url: https://", "url: "))
    assert "  write |   url: https://" in run("check", cwd=root, check=False).stdout


def test_check_of_a_folder_covers_its_files_and_unknown_paths_are_reported(tree: Tree) -> None:
    root = tree(WRONG)
    everything = run("check", cwd=root, check=False).stdout
    assert run("check", "content/news", cwd=root, check=False).stdout == everything
    done = run("check", "content/_data", cwd=root, check=False)
    assert (done.returncode, done.stderr) == (2, "feeds: content/_data: no such file\n")


def test_check_shows_the_line_of_a_file_with_any_name_in_any_locale(tree: Tree) -> None:
    root = tree({"content/news/größe.md": "---\ntitle: [\n---\n"})
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "utf-8"}
    for paths in ([], ["content/news"], ["content/news/größe.md"]):
        said = run("check", *paths, cwd=root, check=False, **ascii_only).stdout
        assert "content/news/größe.md:3: not YAML" in said
        assert "      3 | ---" in said


def test_check_has_json_and_github_output(tree: Tree) -> None:
    root = tree(WRONG)
    value = json.loads(run("check", "--format", "json", cwd=root, check=False).stdout)
    assert value["problems"][1] == {
        "path": "content/news/a.md",
        "line": 5,
        "key": "topics",
        "code": "list.not_list",
        "params": {"value": "'AI'"},
        "message": "expected a list, found one value: 'AI'; read as a list of one item (put it in [brackets])",
        "level": "warning",
        "text": "topics: AI",
        "instead": "topics: [AI]",
    }
    said = run("check", "--format", "github", cwd=root, check=False).stdout.splitlines()
    assert said[0] == (
        "::error file=content/news/a.md,line=3,title=publishedDateTime (value.not_date)::not a date: 'soon'"
        " (expected YYYY-MM-DD or RFC 3339)"
    )
    assert all(re.match(r"::(error|warning) file=content/news/[ab]\.md", line) for line in said)


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_a_mistake_in_the_config_is_in_every_output_format(tree: Tree, form: str) -> None:
    done = run("check", "--format", form, cwd=tree(config=CONFIG + "outptu: x\n"), check=False)
    assert done.returncode == 2
    assert "output: x" in done.stdout
    assert ("config.yaml:5" in done.stdout) == (form == "text")


def test_front_matter_in_toml_is_read_in_the_tree_of_a_generator(tmp_path: Path) -> None:
    (tmp_path / "content/posts").mkdir(parents=True)
    (tmp_path / "hugo.toml").write_text('title = "A blog"\nbaseURL = "https://blog.example/"\n')
    (tmp_path / "content/posts/a.md").write_text('+++\ntitle = "A"\ndate = 2024-01-02\n+++\nText.\n')
    (tmp_path / "config.yaml").write_text(CONFIG)
    said = run("check", cwd=tmp_path, check=False).stdout.splitlines()
    assert said[0].startswith(
        "content/posts/a.md:1: its front matter is TOML, and `content.front_matter` does not name it"
    )
    assert said[-1] == "0 entries of 1 files (1 invalid), 1 problems"
    (tmp_path / "config.yaml").unlink()
    run("init", ".", cwd=tmp_path)
    assert run("check", "--strict", cwd=tmp_path).stdout == "1 entries of 1 files, 0 problems\n"


def test_a_problem_of_many_files_is_one_line(tree: Tree) -> None:
    files = {f"content/news/{number}.md": f"---\ntitle: {number}\ndate: 2024-01-01\n---\n" for number in range(11)}
    root = tree(files | {"content/news/x.md": article()})
    said = run("check", cwd=root, check=False).stdout.splitlines()
    assert [line for line in said if "webUrl" in line] == [
        "content/news/0.md: webUrl: the entry has no URL (add webUrl or originalUrl), in 11 files; "
        "in the config, `content.permalink` gives links to all of them"
    ]
    assert sum("has no URL" in line for line in run("check", "-v", cwd=root, check=False).stdout.splitlines()) == 11


def test_a_first_build_of_files_without_an_entry_stops(tree: Tree) -> None:
    root = tree({"content/news/a.md": "---\ntitle: A\n---\n"})
    done = run("build", cwd=root, check=False)
    assert (done.returncode, (root / "public/manifest.json").exists()) == (2, False)
    assert "none of the 1 files is an entry, so the first build would publish nothing" in done.stderr
    tree({"content/news/b.md": article()})
    run("build", cwd=root)


def test_files_with_a_suffix_that_is_not_read_are_counted(tree: Tree) -> None:
    root = tree({"content/news/a.md": article(), "content/news/b.rst": "B\n", "content/news/c.rst": "C\n"})
    said = run("check", cwd=root).stdout
    assert said.startswith("content: 2 files with the suffix .rst, which is not read; they are no entries\n")


def test_an_unknown_key_is_shown_on_its_line(tree: Tree) -> None:
    more = "layout: post\nqualty: 3\n"
    root = tree(
        {
            "content/news/a.md": article(more=more),
            "content/news/b.md": article("B", url="https://news.example/b", more="layout: post\n"),
        }
    )
    said = run("check", cwd=root).stdout.splitlines()
    assert said[:5] == [
        "content/news/a.md:5: layout: unknown key, in 2 files; ignored",
        "      5 | layout: post",
        "content/news/a.md:6: qualty: unknown key; ignored (did you mean 'quality'?)",
        "      6 | qualty: 3",
        "  write | quality: 3",
    ]
    # Files that were read before are not read again, and their keys are still known.
    run("build", cwd=root)
    assert run("check", cwd=root).stdout.splitlines() == said
    assert "content/news/b.md:5: layout" in run("check", "--verbose", cwd=root).stdout
    assert "content/news/b.md:5: layout: unknown key; ignored\n" in run("check", "content/news/b.md", cwd=root).stdout
    value = json.loads(run("check", "--format", "json", cwd=root).stdout)["unknown"]
    assert [(each["path"], each["line"], each["instead"]) for each in value] == [
        ("content/news/a.md", 5, None),
        ("content/news/a.md", 6, "quality: 3"),
    ]
    said = run("check", "--format", "github", cwd=root).stdout.splitlines()
    assert said[1].startswith(
        "::warning file=content/news/a.md,line=6,title=qualty (entry.unknown_key)::unknown key; ignored"
    )


def test_an_unknown_key_of_the_config_is_shown_on_its_line_at_any_depth(tree: Tree) -> None:
    wrong = "feeds:\n  best:\n    qualty: 80\n    any:\n      topic: [AI]\nserve: {cache: 3}\n"
    said = run("check", cwd=tree(config=CONFIG + wrong), check=False).stdout
    assert re.findall(r"^config\.yaml:(\d+): ([\w.]+): unknown key", said, re.MULTILINE) == [
        ("7", "feeds.best.qualty"),
        ("9", "feeds.best.any.topic"),
        ("10", "serve.cache"),
    ]
    assert "  write |     quality: 80" in said
