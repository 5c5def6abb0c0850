"""The process of the hub: takes tasks from the queue, looks for what is to be delivered, and delivers it."""

import logging
import os
import resource
import signal
from contextlib import suppress
from threading import Event
from types import FrameType

from feeds.config import Config, Hub
from feeds.websub.delivering import SOCKETS, Caller
from feeds.websub.subscriptions import Subscriptions
from feeds.websub.sweeping import LOOK_EVERY, Sweep

log = logging.getLogger("feeds.hub")

_WORKERS = 4
_HEALTH_EVERY = 50  # looks


def run(config: Config, hub: Hub, parent: int | None = None) -> None:
    """Run the hub until a signal says to stop, or until its parent is gone.

    Args:
        config: Where things are.
        hub: What it has to say of the hub.
        parent: The process without which it ends.

    Raises:
        HubError: There can be no queue.
    """
    stop = Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    _raise_limit()
    logging.getLogger("huey").setLevel(logging.WARNING)
    store = Subscriptions(config.state, config.site.url, hub.queue)
    caller = store.work = Caller(store, config.output, hub.networks)
    sweep = Sweep(store, config.output)
    consumer = store.huey.create_consumer(
        workers=_WORKERS, periodic=False, initial_delay=0.05, max_delay=0.2, scheduler_interval=60
    )
    caller.start()
    consumer.start()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # huey's own would end without waiting, or begin anew in a process of another name.
        signal.signal(each, end)
    looks = 0
    while not stop.wait(LOOK_EVERY) and (parent is None or os.getppid() == parent):
        looks += 1
        try:
            sweep.look()
            if looks % _HEALTH_EVERY == 0:
                consumer.check_worker_health()
        except store.errors as error:
            log.error("the hub waits for its queue: %s", error)
    consumer.stop(graceful=True)
    caller.stop()
    store.close()


def _raise_limit() -> None:
    """Allow as many files as there may be sockets, if the system lets it be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = SOCKETS + 500
    if soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(
                resource.RLIMIT_NOFILE, (min(wanted, hard) if hard != resource.RLIM_INFINITY else wanted, hard)
            )
