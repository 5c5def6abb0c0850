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
    except Exception as error:  # it is a program of the operator's
        raise ConfigError("executor", "config.executor_failed", name=name, reason=str(error)) from error
    finally:
        sys.path.remove(str(folder))

    def made() -> "Executor":
        try:
            return factory()
        except Exception as error:
            raise ConfigError("executor", "config.executor_failed", name=name, reason=str(error)) from error

    return made
