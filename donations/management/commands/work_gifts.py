"""Does what giving needs done by itself: messages of providers, e-mails, the reconciler, payouts."""

import os
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections, connection
from django.utils import timezone

from donations import timers


class Command(BaseCommand):
    help = (
        "Work off messages of payment providers and e-mails, look again at what is open, read payouts. Runs until "
        "it is stopped; with --once it does what is due and ends, for a timer every minute. Two at a time do no harm."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due, then end")
        parser.add_argument("--pause", type=float, default=5, help="seconds between two looks (5)")
        parser.add_argument("--with-parent", action="store_true", help="end when the process that started this ends")

    def handle(self, *args: Any, once: bool, pause: float, with_parent: bool, **options: Any) -> None:
        parent = os.getppid()
        over = threading.Event()

        def stop() -> bool:
            return over.is_set() or (with_parent and os.getppid() != parent)

        with _told_to_stop(over):
            if not once:
                self._say("Gifts: at work.")
            while not stop():
                self._tick(stop, say_all=once)
                if once:
                    return
                over.wait(pause)
                close_old_connections()
        self._say("Gifts: stopped.")

    def _tick(self, stop: Any, *, say_all: bool) -> None:
        try:
            done = timers.tick(stop)
        except Error as error:
            # Come back when the database has: the beats show meanwhile that nothing runs.
            self.stderr.write(f"Gifts: the database does not answer ({type(error).__name__}); trying again.")
            connection.close()
            return
        if done or say_all:
            what = ", ".join(f"{number} {name}" for name, number in done.items()) or "nothing was due"
            self._say(f"{timezone.localtime():%H:%M:%S} Gifts: {what}")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


@contextmanager
def _told_to_stop(over: threading.Event) -> Iterator[None]:
    """SIGTERM and Ctrl-C set `over`: the row at hand is finished, then the command ends."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {number: signal.signal(number, lambda *_of: over.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
