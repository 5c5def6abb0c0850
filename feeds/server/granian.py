"""Deferred responses under granian, which WSGI itself does not allow.

granian calls an application through a wrapper that receives the response sender. A second wrapper
around it can keep the sender and respond later.
"""

from typing import Any

from granian.server import mp, mt

from feeds.server.app import create_app
from feeds.server.config import ServerConfig
from feeds.websub.gateway import PATHS, Answering, Environ, HubGateway, waits

_WRAP = "_wsgi_call_wrap"  # the wrapper's name in granian's server modules


def is_possible() -> bool:
    """Return whether this version of granian has the wrapper."""
    return all(hasattr(module, _WRAP) for module in (mp, mt))


def load_with_hub(settings: ServerConfig) -> Any:
    """Return the application, and route the hub's requests to their own threads in this process."""
    for module in (mp, mt):
        setattr(module, _WRAP, _wrapping(getattr(module, _WRAP)))
    return create_app(settings)


def _wrapping(usual_wrap: Any) -> Any:
    def wrap(*given: Any) -> Answering:
        usual: Answering = usual_wrap(*given)
        front = HubGateway(usual)

        def call(sender: Any, environ: Environ) -> None:
            # The cheap test first: nearly all requests are for documents.
            if environ["PATH_INFO"] in PATHS and waits(environ):
                front.take(sender, environ)
            else:
                usual(sender, environ)

        return call

    return wrap
