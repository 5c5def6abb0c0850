"""The hub's process: executes tasks from the queue and schedules deliveries."""

import logging
import os
import resource
import signal
from threading import Event
from types import FrameType

from feeds.config.model import Config, Hub
from feeds.websub.delivery import SOCKETS, DeliveryWorker
from feeds.websub.log_throttle import log, throttle_log
from feeds.websub.scheduler import RUN_EVERY, DeliveryScheduler
from feeds.websub.storage import open_storage

_WORKERS = 4
_HEALTH_EVERY = 50  # scheduler runs between two health checks
_FILES = 200  # open files in addition to the sockets of deliveries


def run(config: Config, parent: int | None = None) -> None:
    """Run the hub until a signal arrives or the parent process ends.

    Args:
        config: The site's configuration.
        parent: The process id of the parent.

    Raises:
        HubError: The queue cannot be opened.
    """
    hub = config.hub or Hub()
    stop = Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    sockets = _raise_limit()
    logging.getLogger("huey").setLevel(logging.WARNING)
    storage = open_storage(config.state, config.site.url, hub.queue)
    throttle_log(storage.errors)
    deliveries = DeliveryWorker(storage.subscriptions, storage.errors, config.output, hub.networks, sockets)
    storage.queue.executor = deliveries
    scheduler = DeliveryScheduler(storage, config.output)
    consumer = storage.queue.consumer(_WORKERS)
    deliveries.start()
    consumer.start()
    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # huey's own handlers would exit without waiting, or restart under another process name.
        signal.signal(signal_number, end)
    runs = 0
    try:
        while not stop.wait(RUN_EVERY) and (parent is None or os.getppid() == parent):
            runs += 1
            try:
                scheduler.run_once()
            except storage.errors as error:
                log.error("the hub is waiting for its queue: %s", error)
            if runs % _HEALTH_EVERY == 0:
                consumer.check_worker_health()
    finally:
        consumer.stop(graceful=True)
        deliveries.stop()
        storage.close()


def _raise_limit() -> int:
    """Raise the limit of open files if the system allows it, and return the number of usable sockets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = SOCKETS + _FILES
    if soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(SOCKETS, soft - _FILES))
