"""Serve an edition as a first Flask application would, under the server of `feeds serve` with all its settings.

`bench/serve.py` compares the service with it. It serves the folder FEEDS_OUTPUT.

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


class PlainServer(granian.Granian):
    """The server of `feeds serve`, which serves the plain application."""

    def serve(self, *_: Any, **__: Any) -> None:
        super().serve(target_loader=create_app, wrap_loader=False)


if __name__ == "__main__":
    vars(granian)["Granian"] = PlainServer
    main()
