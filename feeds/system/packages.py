"""The versions of installed packages, without the cost of `importlib.metadata`."""

import os
import re
import sys
from collections.abc import Iterable
from contextlib import suppress

_SEPARATORS = re.compile(r"[-_.]+")


def installed_versions(names: Iterable[str]) -> tuple[str, ...]:
    """Return the versions of packages in the order of their names; an empty text where one is not installed.

    The names of the folders with the metadata are enough for most installations. As for an
    import, the first folder of `sys.path` that has a package counts.
    """
    wanted = {_normalised(name): name for name in names}
    versions_by_name: dict[str, str] = {}
    for folder in sys.path:
        in_folder: dict[str, list[str]] = {}
        with suppress(OSError), os.scandir(folder or ".") as items:
            for item in items:
                if item.name.endswith((".dist-info", ".egg-info")):
                    name, _, version = item.name.rpartition(".")[0].partition("-")
                    if (key := _normalised(name)) in wanted:
                        in_folder.setdefault(key, []).append(version)
        # An upgrade that was interrupted leaves two behind.
        versions_by_name = {key: " ".join(sorted(versions)) for key, versions in in_folder.items()} | versions_by_name
    return tuple(versions_by_name.get(key) or _from_metadata(name) for key, name in wanted.items())


def _normalised(name: str) -> str:
    return _SEPARATORS.sub("-", name).lower()


def _from_metadata(name: str) -> str:
    """Return the version of a package that is in an archive or has its metadata elsewhere."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return ""
