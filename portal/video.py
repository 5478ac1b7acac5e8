"""From the address of a film to the cookie-free address of its player. Reads the address only: no network."""

import re
from urllib.parse import parse_qs, urlsplit

from django.utils.translation import gettext as _

_YOUTUBE_HOSTS = {"youtube.com", "m.youtube.com", "youtube-nocookie.com", "youtu.be"}
_VIMEO_HOSTS = {"vimeo.com", "player.vimeo.com"}


class UnknownPlayer(ValueError):
    """The address is of no player that the portal knows; the message says which it knows."""


def embedded_player(url: str) -> str:
    """The address to put into a frame once the visitor has asked for the film.

    Raises UnknownPlayer for any address that is not a film at YouTube or Vimeo.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    path = parts.path.strip("/").split("/")
    if host in _YOUTUBE_HOSTS:
        if host == "youtu.be":
            key = path[0]
        elif path[0] in {"embed", "shorts", "live"} and len(path) > 1:
            key = path[1]
        else:
            key = parse_qs(parts.query).get("v", [""])[0]
        if re.fullmatch(r"[\w-]{6,20}", key, re.ASCII):
            return f"https://www.youtube-nocookie.com/embed/{key}"
    elif host in _VIMEO_HOSTS:
        numbers = [part for part in path if re.fullmatch(r"[0-9]{5,12}", part)]
        if numbers:
            return f"https://player.vimeo.com/video/{numbers[0]}?dnt=1"
    raise UnknownPlayer(_("This is not the address of a film at YouTube or Vimeo. Copy it from the film's own page."))
