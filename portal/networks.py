"""From which network a visitor comes, as far as it can be trusted: what brakes against floods count by."""

import ipaddress

from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The visitor's network: an IPv4 address, or the /64 of an IPv6 one, which is one household's. "" if unknown.

    Behind our own web server, which stands on a private address, it is what that server appended to X-Forwarded-For.
    """
    near = _parsed(request.META.get("REMOTE_ADDR", ""))
    if near is not None and near.is_private:
        near = _parsed(request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip())
    if near is None:
        return ""
    return str(near) if near.version == 4 else str(ipaddress.ip_network((near, 64), strict=False))


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
