"""A site's own templates replace the project's templates in a build."""

from pathlib import Path

import pytest

from tests.support.factories import article
from tests.support.processes import run
from tests.support.trees import CONFIG, PROJECT, config_of


def test_the_sample_page_with_style_and_script_is_under_60_kib(tmp_path: Path) -> None:
    run("build", "--config", config_of(PROJECT, tmp_path), "--output", tmp_path / "out", cwd=tmp_path)
    assert (tmp_path / "out/feeds/all.html").read_text("utf-8").count("<article") == 50
    parts = ("feeds/all.html", "style.css", "site.js")
    assert sum((tmp_path / "out" / part).stat().st_size for part in parts) < 60 * 1024


def test_a_template_next_to_the_config_replaces_or_extends_the_default(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG + "templates: templates\n")
    (tmp_path / "content/n").mkdir(parents=True)
    (tmp_path / "content/n/a.md").write_text(article())
    templates = tmp_path / "templates"
    templates.mkdir()
    run("build", cwd=tmp_path)
    before = (tmp_path / "public/feeds/all.html").read_bytes()
    (templates / "feed.html").write_text(
        '{% extends "default/feed.html" %}{% block title %}Mine: {{ feed.title }}{% endblock %}'
    )
    (templates / "style.css").write_text('{% include "default/style.css" %}\nh1 { color: red; }\n')
    # A document with the same input hash is not rendered again; templates are part of the hash.
    run("build", cwd=tmp_path)
    after = (tmp_path / "public/feeds/all.html").read_bytes()
    assert after == before.replace(b"<title>Test", b"<title>Mine: Test")
    assert (tmp_path / "public/style.css").read_text().endswith("h1 { color: red; }")
    (templates / "feed.html").unlink()
    run("build", cwd=tmp_path)
    assert (tmp_path / "public/feeds/all.html").read_bytes() == before


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("\n{% if %}", "templates/entry.html:2: "),
        ("\n{{ nothing.at.all }}", "templates/entry.html:2: the template failed: 'nothing' is undefined"),
        ("{{ 1 / 0 }}", "templates/entry.html:1: the template failed: division by zero"),
        ('{% include "nowhere.html" %}', "templates/entry.html:1: no such template: nowhere.html"),
    ],
)
def test_a_template_with_a_mistake_stops_the_build_with_its_name(tmp_path: Path, template: str, said: str) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG + "templates: templates\n")
    (tmp_path / "content/n").mkdir(parents=True)
    (tmp_path / "content/n/a.md").write_text(article())
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/entry.html").write_text(template)
    done = run("build", cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "public/manifest.json").exists()


def test_templates_are_read_only_if_the_config_names_their_folder(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "content/n").mkdir(parents=True)
    (tmp_path / "content/n/a.md").write_text(article())
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/index.html").write_text("{% of another generator %}")
    done = run("build", cwd=tmp_path)
    assert "the folder templates is not read any more unless the config names it" in done.stderr
    (tmp_path / "config.yaml").write_text(CONFIG + "content: {preset: plain}\n")
    assert "templates" not in run("check", cwd=tmp_path, check=False).stdout
    for line, said in (
        ("templates: nowhere", "no such folder: 'nowhere'"),
        ("templates:\n  templates", "not on one line"),
    ):
        (tmp_path / "config.yaml").write_text(CONFIG + line + "\n")
        done = run("build", cwd=tmp_path, check=False)
        assert (done.returncode, said in done.stderr) == (2, True)
