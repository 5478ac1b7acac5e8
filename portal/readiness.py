"""What runs by itself beside the web server, and whether it does: apps say so, /readyz and screens show it."""

from collections.abc import Callable, Iterable

_watches: list[Callable[[], Iterable[str]]] = []


def watch(alarms: Callable[[], Iterable[str]]) -> None:
    """Have `alarms` asked whenever somebody wants to know; it gives a line in English for each thing that is wrong.

    Called from `AppConfig.ready`. Lines hold nothing personal: monitors keep them.
    """
    if alarms not in _watches:
        _watches.append(alarms)


def alarms() -> list[str]:
    """All that is wrong just now."""
    return [line for watched in _watches for line in watched()]
