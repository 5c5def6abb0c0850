"""The executor from `config.yaml` that parses files in parallel."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.errors import ConfigError

if TYPE_CHECKING:
    from concurrent.futures import Executor


def load_executor(name: str, folder: Path) -> "Callable[[], Executor]":
    module, _, function = name.partition(":")
    sys.path.insert(0, str(folder))
    try:
        factory: Callable[[], Executor] = getattr(importlib.import_module(module), function)
    except Exception as error:  # the operator's module may raise any exception
        raise ConfigError("executor", "config.executor_failed", name=name, reason=str(error)) from error
    finally:
        sys.path.remove(str(folder))

    def make_executor() -> "Executor":
        try:
            return factory()
        except Exception as error:
            raise ConfigError("executor", "config.executor_failed", name=name, reason=str(error)) from error

    return make_executor
