"""Asking other sites whether an address answers: politely, briefly, and never within our own network.

Whoever may write a link must not get this server to ask machines that only it can reach. So each name is resolved once,
every address that it has must be public, and the connection goes to that very address: for the first question and
for each redirect alike.
"""

import ipaddress
import socket
import time
from collections.abc import Collection
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.connection import create_connection

MOST_HOPS = 5
MOST_BYTES = 65_536
_PORTS = {80, 443}  # and those above 1023
_HEAD_IS_NO_ANSWER = {400, 401, 403, 404, 405, 406, 410, 429, 500, 501, 502, 503}


class NotPublic(OSError):
    """A name that leads into a private network, to this machine, or to a service that is no web site."""


@dataclass(frozen=True)
class Answer:
    """What came of asking: a status, or a problem; `moved_to` where the first step was a permanent redirect."""

    status: int | None = None
    problem: str = ""
    moved_to: str = ""
    retry_after: int = 0


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet, also when it is wrapped in another notation."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Asker:
    """Asks addresses of one site, one after the other, with nothing kept in between but the time of the last."""

    def __init__(self, agent: str, timeout: float, pause: float = 0, private_hosts: Collection[str] = ()) -> None:
        self._agent = agent
        self._timeout = timeout
        self._pause = pause
        self._private_hosts = frozenset(private_hosts)
        self._last = 0.0

    def ask(self, url: str) -> Answer:
        """HEAD first, then GET where a site has no answer to HEAD. Never raises for what another site does."""
        answer = self._follow("HEAD", url)
        if answer.status in _HEAD_IS_NO_ANSWER or (answer.status is None and answer.problem == "no answer"):
            answer = self._follow("GET", url)
        return answer

    def _follow(self, method: str, url: str) -> Answer:
        moved_to, is_moved = "", True
        deadline = time.monotonic() + 2 * self._timeout
        with requests.Session() as session:
            session.trust_env = False  # no proxy, no password from a file
            session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
            for scheme in ("http://", "https://"):
                session.mount(scheme, _GuardedAdapter(self._private_hosts))
            for _hop in range(MOST_HOPS + 1):
                answer = self._once(session, method, url, deadline)
                if isinstance(answer, Answer):
                    return Answer(answer.status, answer.problem, moved_to, answer.retry_after)
                status, url = answer
                is_moved = is_moved and status in (301, 308)
                moved_to = url if is_moved else moved_to
        return Answer(problem="circle")

    def _once(self, session: requests.Session, method: str, url: str, deadline: float) -> Answer | tuple[int, str]:
        """An answer, or where a redirect leads with its status."""
        try:
            if urlsplit(url).scheme not in ("http", "https"):
                return Answer(problem="not public")
        except ValueError:
            return Answer(problem="no address")
        self._wait()
        headers = {"User-Agent": self._agent, "Accept": "*/*", "Accept-Encoding": "identity"}
        try:
            with session.request(
                method, url, headers=headers, timeout=self._timeout, allow_redirects=False, stream=True
            ) as response:
                if response.is_redirect or (response.status_code == 308 and "Location" in response.headers):
                    return response.status_code, urljoin(url, response.headers["Location"])
                if method == "GET":
                    self._read_a_little(response, deadline)
                return Answer(response.status_code, retry_after=_seconds(response.headers.get("Retry-After", "")))
        except Exception as error:  # whatever another site does is its problem, and is told as such
            return Answer(problem=_problem(error))

    def _wait(self) -> None:
        rest = self._last + self._pause - time.monotonic()
        if self._last and rest > 0:
            time.sleep(rest)
        self._last = time.monotonic()

    @staticmethod
    def _read_a_little(response: requests.Response, deadline: float) -> None:
        """Enough to know that a page comes; a body without end, or one that drips, is left."""
        read = 0
        for chunk in response.iter_content(4096):
            read += len(chunk)
            if read >= MOST_BYTES or time.monotonic() > deadline:
                return


def _seconds(text: str) -> int:
    return min(int(text), 7 * 86_400) if text.isdecimal() else 0


def _problem(error: BaseException) -> str:
    """One of a few words for what went wrong; `portal.link_checking` has them in the reader's language."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        inner = error.__cause__ or error.__context__
        reason = getattr(error, "reason", None) or next((one for one in error.args if isinstance(one, Exception)), None)
        error = reason if isinstance(reason, BaseException) else inner
    if any(isinstance(one, NotPublic) for one in seen):
        return "not public"
    if any(isinstance(one, requests.exceptions.SSLError) for one in seen):
        return "certificate"
    if any(isinstance(one, socket.gaierror) for one in seen):
        return "no such site"
    if any(isinstance(one, requests.exceptions.Timeout | TimeoutError) for one in seen):
        return "too slow"
    if any(isinstance(one, requests.exceptions.InvalidURL | UnicodeError | ValueError) for one in seen[:1]):
        return "no address"
    return "no answer"


# --- Connections that go to public addresses alone --------------------------------------------------


def _connect(connection: HTTPConnection, private_hosts: frozenset[str]) -> socket.socket:
    """A connection to an address that was checked; the name is not resolved a second time."""
    host, port = connection._dns_host, connection.port
    if port not in _PORTS and port < 1024:
        raise NotPublic(f"port {port}")
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [address[0] for _family, _type, _protocol, _name, address in found]
    if host not in private_hosts and not all(map(is_public, addresses)):
        raise NotPublic(host)
    last: OSError = OSError("no address")
    for address in dict.fromkeys(addresses):
        try:
            return create_connection((address, port), connection.timeout, socket_options=connection.socket_options)
        except OSError as error:
            last = error
    raise last


class _GuardedAdapter(HTTPAdapter):
    def __init__(self, private_hosts: frozenset[str]) -> None:
        self._private_hosts = private_hosts
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        hosts = self._private_hosts

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return _connect(self, hosts)

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return _connect(self, hosts)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
