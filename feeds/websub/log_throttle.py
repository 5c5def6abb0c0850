"""Say that the queue does not answer, and say it once a minute."""

import logging
import time

_EVERY = 60.0  # seconds
_HUEY = ("huey", "huey.consumer", "huey.consumer.Worker", "huey.consumer.Scheduler")
log = logging.getLogger("feeds.hub.queue")


class ThrottledFilter(logging.Filter):
    """Lets one record a minute pass of those that say that the queue does not answer.

    Args:
        errors: What is raised where it does not; records of huey with others pass.
    """

    def __init__(self, errors: tuple[type[Exception], ...]) -> None:
        super().__init__()
        self._errors = errors
        self._next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if record.name != log.name and not isinstance(error, self._errors):
            return True
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + _EVERY
        if error:
            # An operator has no use for the traceback of a disk that is full.
            record.msg, record.args, record.exc_info = "%s: %s", (record.getMessage(), error), None
        return True


def throttle_log(errors: tuple[type[Exception], ...]) -> None:
    """Say once a minute, in this process, that the queue does not answer."""
    seldom = ThrottledFilter(errors)
    for name in (log.name, *_HUEY):
        logger = logging.getLogger(name)
        for each in [each for each in logger.filters if isinstance(each, ThrottledFilter)]:
            logger.removeFilter(each)
        logger.addFilter(seldom)
