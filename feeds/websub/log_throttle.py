"""Log filter that reports an unavailable queue once a minute."""

import logging
import time

_EVERY = 60.0  # seconds
_HUEY = ("huey", "huey.consumer", "huey.consumer.Worker", "huey.consumer.Scheduler")
log = logging.getLogger("feeds.hub.queue")


class ThrottledFilter(logging.Filter):
    """Filter that passes one record a minute about an unavailable queue.

    Args:
        errors: Exceptions of an unavailable queue; records of huey with other exceptions pass.
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
            # For a full disk a traceback is of no use.
            record.msg, record.args, record.exc_info = "%s: %s", (record.getMessage(), error), None
        return True


def throttle_log(errors: tuple[type[Exception], ...]) -> None:
    """Install the filter in this process."""
    seldom = ThrottledFilter(errors)
    for name in (log.name, *_HUEY):
        logger = logging.getLogger(name)
        for log_filter in [log_filter for log_filter in logger.filters if isinstance(log_filter, ThrottledFilter)]:
            logger.removeFilter(log_filter)
        logger.addFilter(seldom)
