"""Draws the silent film of the demonstration hospital: wind through paper hills, from dawn to evening."""

import shutil
import subprocess
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.drawings import day

SIZE = (1280, 540)
RATE = 24
POSTER_AT = 0.3
"""The moment of the day that stands for the film while it is not running: the morning."""


class Command(BaseCommand):
    help = "Draw frise.webm and its poster frise.jpg (needs ffmpeg; takes some minutes)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        default = Path(settings.BASE_DIR) / "institutes/static/institutes/film"
        parser.add_argument("--folder", type=Path, default=default, help="where to write both files")
        parser.add_argument("--seconds", type=int, default=18, help="how long the film lasts")

    def handle(self, *args: Any, folder: Path, seconds: int, **options: Any) -> None:
        if not shutil.which("ffmpeg"):
            raise CommandError("ffmpeg is not installed: it turns the drawn pictures into a film.")
        draw_film(folder, seconds)
        self.stdout.write(f"Wrote {folder / 'frise.webm'} and {folder / 'frise.jpg'}.")


def draw_film(folder: Path, seconds: int) -> None:
    """Write the film and its poster into a folder, made if need be; about 0.2 s of work per picture."""
    folder.mkdir(parents=True, exist_ok=True)
    day(POSTER_AT, SIZE).save(folder / "frise.jpg", quality=80, optimize=True, progressive=True)
    command = ["ffmpeg", "-loglevel", "error", "-y"]
    command += [
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-s",
        "{}x{}".format(*SIZE),
        "-r",
        str(RATE),
        "-i",
        "-",
    ]
    command += ["-an", "-c:v", "libvpx-vp9", "-pix_fmt", "yuv420p", "-b:v", "0", "-crf", "40", "-g", "240"]
    command += ["-row-mt", "1", "-cpu-used", "2", "-map_metadata", "-1", str(folder / "frise.webm")]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        last = seconds * RATE - 1
        for number in range(last + 1):
            encoder.stdin.write(day(number / last, SIZE).tobytes())
        encoder.stdin.close()
        if encoder.wait():
            raise CommandError("ffmpeg could not make the film; it says why above.")
