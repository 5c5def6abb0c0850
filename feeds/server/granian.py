"""Have granian answer some requests later than its application returns.

WSGI has no way to do so. granian calls an application through a wrapper that is given what sends the answer;
another wrapper around that one may keep it.
"""

from typing import Any

from granian.server import mp, mt

from feeds.websub.gateway import PATHS, Answering, Environ, HubGateway, waits

_WRAP = "_wsgi_call_wrap"  # in the modules of granian's servers


def is_possible() -> bool:
    """Tell whether this granian has the wrapper."""
    return all(hasattr(module, _WRAP) for module in (mp, mt))


def load() -> Any:
    """Return the application, in the process that answers, and see that the hub's requests are answered aside."""
    from feeds.server.app import create_app

    for module in (mp, mt):
        setattr(module, _WRAP, _wrapping(getattr(module, _WRAP)))
    return create_app()


def _wrapping(usual_wrap: Any) -> Any:
    def wrap(*given: Any) -> Answering:
        usual: Answering = usual_wrap(*given)
        front = HubGateway(usual)

        def call(sender: Any, environ: Environ) -> None:
            # The first test is for speed: nearly all requests are for documents.
            if environ["PATH_INFO"] in PATHS and waits(environ):
                front.take(sender, environ)
            else:
                usual(sender, environ)

        return call

    return wrap
