"""The hub's task queue: huey, with tasks as JSON.

A task names one of three functions and has plain values, so no message in the queue runs code.
"""

import json
from dataclasses import asdict
from typing import Any, Protocol

from huey import Huey
from huey.registry import Message
from huey.serializer import Serializer

from feeds.websub.protocol import SubscriptionRequest, Topic


class TaskExecutor(Protocol):
    """Executor of the hub's tasks."""

    def verify(self, request: SubscriptionRequest, number: int = 0) -> None: ...
    def deny(self, topic: str, callback: str, reason: str) -> None: ...
    def deliver(self, topic: Topic, keys: list[str]) -> None: ...


class JsonSerializer(Serializer):  # type: ignore[misc]
    """Serializer of tasks without options, as JSON."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps([data.id, data.name, data.priority, data.args]).encode()

    def _deserialize(self, data: bytes) -> Message:
        task_id, name, priority, arguments = json.loads(bytes(data))
        return Message(
            id=task_id, name=name, priority=priority, args=tuple(arguments), kwargs={}, retries=0, retry_delay=0
        )


class TaskQueue:
    """The queue of a site's hub.

    Args:
        name: The name of the queue.
        storage_class: huey's storage.
        options: Arguments of the storage.

    Attributes:
        executor: Executor of the tasks, in the process that runs them.
    """

    def __init__(self, name: str, storage_class: type, options: dict[str, Any]) -> None:
        self._huey = Huey(name, results=False, serializer=JsonSerializer(), storage_class=storage_class, **options)
        self.executor: TaskExecutor | None = None
        # Deliveries have priority: their tasks return at once, and those of verifications may have to wait.
        self._verify_task = self._huey.task(name="verify", priority=1)(self._run_verify)
        self._deny_task = self._huey.task(name="deny", priority=1)(self._run_deny)
        self._deliver_task = self._huey.task(name="deliver", priority=2)(self._run_deliver)

    def verify(self, request: SubscriptionRequest, number: int) -> None:
        self._verify_task(asdict(request), number)

    def deny(self, topic: str, callback: str, reason: str) -> None:
        self._deny_task(topic, callback, reason)

    def deliver(self, topic: Topic, keys: list[str]) -> None:
        self._deliver_task(topic, keys)

    def waiting(self) -> int:
        """Return the number of tasks in the queue."""
        return int(self._huey.storage.queue_size())

    def consumer(self, workers: int) -> Any:
        """Return huey's consumer, which executes the tasks in threads of this process."""
        return self._huey.create_consumer(
            workers=workers, periodic=False, initial_delay=0.05, max_delay=0.2, scheduler_interval=60
        )

    def close(self) -> None:
        self._huey.storage.close()

    def _run_verify(self, request: dict[str, Any], number: int) -> None:
        if self.executor:
            self.executor.verify(SubscriptionRequest(**request), number)

    def _run_deny(self, topic: str, callback: str, reason: str) -> None:
        if self.executor:
            self.executor.deny(topic, callback, reason)

    def _run_deliver(self, topic: list[str], keys: list[str]) -> None:
        if self.executor:
            self.executor.deliver(Topic(*topic), keys)
