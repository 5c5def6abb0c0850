"""The process of the hub: takes tasks from the queue, looks for what is to be delivered, and delivers it."""

import logging
import os
import resource
import signal
from threading import Event
from types import FrameType

from feeds.config.model import Config, Hub
from feeds.websub.delivery import SOCKETS, DeliveryWorker
from feeds.websub.log_throttle import log, throttle_log
from feeds.websub.scheduler import LOOK_EVERY, DeliveryScheduler
from feeds.websub.subscription_store import Subscriptions

_WORKERS = 4
_HEALTH_EVERY = 50  # looks
_FILES = 200  # that are no sockets of deliveries


def run(config: Config, parent: int | None = None) -> None:
    """Run the hub until a signal says to stop, or until its parent is gone.

    Args:
        config: Where things are, and how the hub runs.
        parent: The process without which it ends.

    Raises:
        HubError: There can be no queue.
    """
    hub = config.hub or Hub()
    stop = Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    sockets = _raise_limit()
    logging.getLogger("huey").setLevel(logging.WARNING)
    store = Subscriptions(config.state, config.site.url, hub.queue)
    throttle_log(store.errors)
    caller = store.work = DeliveryWorker(store, config.output, hub.networks, sockets)
    sweep = DeliveryScheduler(store, config.output)
    consumer = store.huey.create_consumer(
        workers=_WORKERS, periodic=False, initial_delay=0.05, max_delay=0.2, scheduler_interval=60
    )
    caller.start()
    consumer.start()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # huey's own would end without waiting, or begin anew in a process of another name.
        signal.signal(each, end)
    looks = 0
    try:
        while not stop.wait(LOOK_EVERY) and (parent is None or os.getppid() == parent):
            looks += 1
            try:
                sweep.run_once()
            except store.errors as error:
                log.error("the hub waits for its queue: %s", error)
            if looks % _HEALTH_EVERY == 0:
                consumer.check_worker_health()
    finally:
        consumer.stop(graceful=True)
        caller.stop()
        store.close()


def _raise_limit() -> int:
    """Allow as many files as there may be sockets, if the system lets it be, and return how many there may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = SOCKETS + _FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(SOCKETS, soft - _FILES))
