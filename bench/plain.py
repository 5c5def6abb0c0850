"""Serve an edition as a first Flask application would, under the server of `feeds serve` with all its settings.

It is there for `bench/serve.py` to compare with.

usage: python bench/plain.py serve [what `feeds serve` takes]
"""

import os
from pathlib import Path
from typing import Any

import granian
from flask import Flask, Response, send_file

from feeds.cli.main import main


def create_app() -> Flask:
    app = Flask(__name__, static_folder=None)
    folder = Path(os.environ["FEEDS_OUTPUT"])

    @app.get("/<path:path>")
    def document(path: str) -> Response:
        return send_file(folder / path, conditional=True)

    return app


def plain(_: str, **settings: Any) -> Any:
    """Return the server that `feeds serve` asks for, but for the plain application."""
    return server("plain:create_app", **settings)


server = granian.Granian

if __name__ == "__main__":
    vars(granian)["Granian"] = plain
    main()
