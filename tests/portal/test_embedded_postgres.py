"""The embedded PostgreSQL, tried on real processes and real folders."""

import contextlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from portal.embedded_postgres import server as server_module
from portal.embedded_postgres.server import EmbeddedServer, EmbeddedServerError

ROOT = Path(__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account for the server")


def new_folder() -> Path:
    # Not tmp_path: its parents are closed to the account that serves when root runs the tests.
    path = Path(tempfile.mkdtemp(prefix="portal-test-", dir="/tmp"))
    path.chmod(0o755)
    return path


def end(server: EmbeddedServer) -> None:
    server.stop()
    if not server.socket_dir.is_relative_to(server.home.parent):
        shutil.rmtree(server.socket_dir)
    if server.home != server.data:
        shutil.rmtree(server.home.parent)


@pytest.fixture
def folder() -> Iterator[Path]:
    path = new_folder()
    yield path
    shutil.rmtree(path)


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedServer]:
    """One that is not made yet."""
    server = EmbeddedServer(folder / "data", durable=False)
    yield server
    end(server)


@pytest.fixture(scope="module")
def made_once() -> Iterator[EmbeddedServer]:
    path = new_folder()
    server = EmbeddedServer(path / "data", durable=False)
    yield server
    end(server)
    shutil.rmtree(path)


@pytest.fixture
def shared(made_once: EmbeddedServer) -> EmbeddedServer:
    """One that runs, with nothing in it that matters."""
    made_once.ensure_running()
    return made_once


def connect(server: EmbeddedServer) -> psycopg2.extensions.connection:
    found = server.connection_settings("postgres")
    return psycopg2.connect(host=found["HOST"], port=found["PORT"], user=found["USER"], dbname=found["NAME"])


def query(server: EmbeddedServer, sql: str) -> list[tuple]:
    connection = connect(server)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def postmaster(server: EmbeddedServer) -> psutil.Process:
    return psutil.Process(int((server.home / "postmaster.pid").read_text().split()[0]))


def postmasters(server: EmbeddedServer) -> list[int]:
    return [
        process.pid
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == "postgres" and str(server.home) in (process.info["cmdline"] or [])
    ]


def is_alive(process: psutil.Process) -> bool:
    # A process that has ended stays as a zombie until init collects it.
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def kill(server: EmbeddedServer) -> None:
    process = postmaster(server)
    process.kill()
    while is_alive(process):
        time.sleep(0.01)


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_accents_have_two_cases_whatever_the_locale_of_the_caller(server, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("PGPORT", "6543")
    server.ensure_running()
    assert query(server, "SELECT lower('É'), 'É' ILIKE 'é', upper('œ')") == [("é", True, "Œ")]
    assert query(server, "SHOW server_encoding") == [("UTF8",)]


def test_a_second_start_changes_nothing_and_runs_no_process(shared, monkeypatch):
    before = postmaster(shared).pid
    monkeypatch.setattr(subprocess, "Popen", None)
    again = EmbeddedServer(shared.data, durable=False)
    again.ensure_running()
    assert postmasters(shared) == [before]
    started = time.perf_counter()
    for _ in range(100):
        again.ensure_running()
    assert (time.perf_counter() - started) / 100 < 0.005


def test_four_processes_that_start_together_share_one_server(server):
    code = (
        "import sys; from pathlib import Path; from portal.embedded_postgres.server import EmbeddedServer;"
        "EmbeddedServer(Path(sys.argv[1]), durable=False).ensure_running()"
    )
    starters = [python(code, str(server.data)) for _ in range(4)]
    complaints = [starter.communicate(timeout=60)[1] for starter in starters]
    assert [starter.returncode for starter in starters] == [0, 0, 0, 0], complaints
    assert len(postmasters(server)) == 1
    assert query(server, "SELECT 1") == [(1,)]


def test_what_was_committed_survives_a_killed_server(folder):
    server = EmbeddedServer(folder / "data")  # durable
    try:
        server.ensure_running()
        query(server, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert query(server, "SHOW fsync") == [("on",)]
        kill(server)
        assert not server.is_running
        server.ensure_running()
        assert query(server, "SELECT answer FROM kept") == [(42,)]
    finally:
        end(server)


def test_a_killed_server_comes_back_although_a_busy_backend_outlives_it(shared):
    def busy() -> None:
        with contextlib.suppress(psycopg2.OperationalError):
            query(shared, "SELECT count(*) FROM generate_series(1, 4000000) AS n WHERE md5(n::text) = ''")

    others = "SELECT pid FROM pg_stat_activity WHERE query LIKE '%md5%' AND pid <> pg_backend_pid()"
    thread = threading.Thread(target=busy)
    thread.start()
    while not query(shared, others):
        assert thread.is_alive()
        time.sleep(0.05)
    kill(shared)
    shared.ensure_running()
    assert query(shared, "SELECT 1") == [(1,)]
    assert "is still in use" in shared.log.read_text()  # PostgreSQL had to be asked more than once
    thread.join(20)
    assert not thread.is_alive()


def test_an_unrelated_process_that_got_the_old_number_is_neither_believed_nor_harmed(shared):
    kill(shared)
    pid_file = shared.home / "postmaster.pid"
    # The same account as the server’s, or PostgreSQL itself would see that it is a stranger.
    bystander = subprocess.Popen(["sleep", "60"], user=shared.home.stat().st_uid if os.geteuid() == 0 else None)
    try:
        for path in (pid_file, shared.socket_dir / ".s.PGSQL.5432.lock"):
            path.write_text("\n".join([str(bystander.pid), *path.read_text().splitlines()[1:]]) + "\n")
        assert not shared.is_running
        shared.stop()
        shared.ensure_running()
        assert query(shared, "SELECT 1") == [(1,)]
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_zombie_is_no_server(shared):
    kill(shared)
    pid_file = shared.home / "postmaster.pid"
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # ended, and not collected
    pid_file.write_text("\n".join([str(child.pid), *pid_file.read_text().splitlines()[1:]]) + "\n")
    shared.ensure_running()
    assert query(shared, "SELECT 1") == [(1,)]
    child.wait()


def test_a_server_whose_folder_was_deleted_makes_room_for_the_new_one(server):
    server.ensure_running()
    old = postmaster(server)
    shutil.rmtree(server.home)
    shutil.rmtree(server.socket_dir)
    server.ensure_running()
    assert not is_alive(old)
    assert query(server, "SELECT 1") == [(1,)]


def test_nothing_listens_on_the_network(shared):
    assert query(shared, "SHOW listen_addresses") == [("",)]
    sockets = postmaster(shared).net_connections(kind="inet")  # the only process that would listen
    assert [socket for socket in sockets if socket.status == psutil.CONN_LISTEN] == []


def test_data_and_socket_are_closed_to_other_people(shared):
    assert stat.S_IMODE(shared.home.stat().st_mode) == 0o700
    assert stat.S_IMODE(shared.socket_dir.stat().st_mode) == 0o700
    assert shared.socket_dir.stat().st_uid == postmaster(shared).uids().real != 0


def test_a_path_may_hold_spaces_quotes_and_accents(folder):
    server = EmbeddedServer(folder / "l’hôpital d'à côté" / "the data", durable=False)
    try:
        server.ensure_running()
        assert query(server, "SHOW data_directory") == [(str(server.home),)]
    finally:
        end(server)


def test_a_path_too_long_for_a_socket_has_its_socket_in_tmp(folder):
    server = EmbeddedServer(folder / ("d" * 60) / ("e" * 60) / "data", durable=False)
    try:
        server.ensure_running()
        if server.home == server.data:  # else it is short already
            assert server.socket_dir.parent == Path("/tmp")
        assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
        assert query(server, "SELECT 1") == [(1,)]
    finally:
        end(server)


def test_a_socket_folder_that_others_may_enter_is_refused(server):
    folder = server.socket_dir
    folder.chmod(0o755)
    with pytest.raises(EmbeddedServerError, match="not a private folder"):
        server.ensure_running()
    folder.chmod(0o700)


@as_root
def test_root_in_a_private_folder_gets_its_data_elsewhere_and_nobody_s_permissions_change(folder, capfd):
    private = folder / "private"
    private.mkdir(mode=0o700)
    server = EmbeddedServer(private / "var" / "data", durable=False)
    try:
        server.ensure_running()
        assert server.home.parent.parent == Path("/var/tmp")
        assert str(server.home) in capfd.readouterr().err
        same = EmbeddedServer(private / "var" / "data")
        assert same.home == server.home
        same.ensure_running()
        assert query(same, "SELECT 1") == [(1,)]
        assert capfd.readouterr().err == ""
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    finally:
        end(server)


def test_an_interrupted_creation_leaves_nothing_half_made(server):
    code = (
        "import sys; from pathlib import Path; from portal.embedded_postgres.server import EmbeddedServer;"
        "EmbeddedServer(Path(sys.argv[1]), durable=False).ensure_running()"
    )
    starter = python(code, str(server.data))
    while not list(server.home.parent.glob("data.new-*/PG_VERSION")):
        time.sleep(0.001)
    starter.kill()
    starter.communicate()
    assert not server.home.exists()
    server.ensure_running()
    assert query(server, "SELECT 1") == [(1,)]
    assert list(server.home.parent.glob("data.new-*")) == []


def test_the_command_line_starts_and_stops_and_says_what_runs(server):
    def command(action: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "portal.embedded_postgres", action, str(server.data)],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout.split(",")[0]

    assert command("status") == (3, "stopped")
    assert command("start") == (0, "running")
    process = postmaster(server)
    assert os.getsid(process.pid) != os.getsid(0)  # so Ctrl-C here does not reach it
    assert command("status") == (0, "running")
    assert command("stop") == (0, "stopped")
    assert not is_alive(process)
    assert command("stop") == (0, "stopped")


def test_a_failed_start_shows_the_end_of_the_log(server):
    server.ensure_running()
    server.stop()
    with (server.home / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(EmbeddedServerError, match="no_such_setting"):
        server.ensure_running()


def test_a_folder_that_holds_something_else_is_left_alone(server):
    server.home.mkdir()
    (server.home / "thesis.txt").write_text("years of work")
    with pytest.raises(EmbeddedServerError, match="Cannot create"):
        server.ensure_running()
    assert [path.name for path in server.home.iterdir()] == ["thesis.txt"]


def test_without_the_wheel_or_on_windows_the_error_says_what_to_do(folder, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(server_module.importlib.util, "find_spec", lambda name: None)
        with pytest.raises(EmbeddedServerError, match=r"requirements-dev\.txt"):
            EmbeddedServer(folder / "data")
    with monkeypatch.context() as patch:
        patch.setattr(server_module, "fcntl", None)
        with pytest.raises(EmbeddedServerError, match="WSL"):
            EmbeddedServer(folder / "data")


DJANGO = """
import json, os, sys
import django
from django.conf import settings

database = {
    "ENGINE": "portal.embedded_postgres",
    "NAME": "house",
    "OPTIONS": {"embedded": {"data": sys.argv[1], "durable": sys.argv[2] == "durable"}},
}
settings.configure(DATABASES={"default": database}, INSTALLED_APPS=["django.contrib.contenttypes"])
django.setup()
import psutil
from django.core.management import call_command
from django.db import OperationalError, connection

def name():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_user")
        return list(cursor.fetchone())
"""


def django(server: EmbeddedServer, code: str) -> subprocess.Popen[str]:
    return python(DJANGO + code, str(server.data), "durable" if server.durable else "")


def answer(process: subprocess.Popen[str]) -> object:
    output, complaints = process.communicate(timeout=60)
    assert process.returncode == 0, complaints
    return json.loads(output.splitlines()[-1])


def test_django_starts_the_server_creates_its_database_and_connects_again_after_a_kill(folder):
    server = EmbeddedServer(folder / "data")  # durable
    code = """
call_command("migrate", verbosity=0)
pid = int((connection.server.home / "postmaster.pid").read_text().split()[0])
first = name()
process = psutil.Process(pid)
process.kill()
while psutil.pid_exists(pid) and process.status() != "zombie":
    pass
connection.close()
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM django_migrations")
    migrations = cursor.fetchone()[0]
print(json.dumps([first, name(), migrations > 0, sorted(connection.settings_dict["OPTIONS"])]))
"""
    try:
        assert answer(django(server, code)) == [["house", "portal"], ["house", "portal"], True, ["embedded"]]
    finally:
        end(server)


def test_processes_that_both_miss_the_database_create_it_once(server):
    both = [django(server, "print(json.dumps(name()))") for _ in range(2)]
    assert [answer(process) for process in both] == [["house", "portal"], ["house", "portal"]]


def test_test_databases_are_left_to_django(shared):
    code = """
connection.settings_dict["NAME"] = "test_house"
try:
    name()
    missing = False
except OperationalError:
    missing = True
connection.settings_dict["NAME"] = "house"
made = connection.creation.create_test_db(verbosity=0)
within = name()[0]
connection.creation.clone_test_db("gw0", verbosity=0)
connection.creation.destroy_test_db("house", verbosity=0, suffix="gw0")
connection.settings_dict["NAME"] = "test_house"
connection.creation.destroy_test_db("house", verbosity=0)
with connection._nodb_cursor() as cursor:
    cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE '%house%'")
    left = [row[0] for row in cursor]
print(json.dumps([missing, made, within, left]))
"""
    assert answer(django(shared, code)) == [True, "test_house", "test_house", []]


def test_dbshell_opens_the_bundled_psql_on_the_database(shared):
    code = """
name()
call_command("dbshell", "--", "-At", "-c", "SELECT to_json(current_database())")
"""
    assert answer(django(shared, code)) == "house"


def test_stopping_is_quick_and_final_while_somebody_is_connected(shared):
    connection = connect(shared)
    process = postmaster(shared)
    shared.stop()
    assert not is_alive(process)
    assert not shared.is_running
    assert postmasters(shared) == []
    with pytest.raises(psycopg2.OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    connection.close()


def test_removing_leaves_neither_server_nor_data(server):
    server.ensure_running()
    process, home, socket_dir = postmaster(server), server.home, server.socket_dir
    server.remove()
    assert not is_alive(process)
    assert not home.exists() and not socket_dir.exists() and not server.log.exists()
