"""Brings the demonstration up: content of two institutes and of a fictional one, accounts, and a server."""

import json
import os
import secrets
import socket
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.signals import authentication_step_completed
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.test import Client
from wagtail.models import Page, Site
from wagtail.users.models import UserProfile

from portal import bootstrapping
from portal.models import AppliedSeed, User
from portal.seeding import accounts_of_every_app, seed_every_app
from portal.signing_in import demonstration_codes, second_factor

_ACCOUNTS = {
    "admin": (bootstrapping.ADMINISTRATORS, "fr"),
    "editor": (bootstrapping.EDITORS, "fr"),
    "moderator": (bootstrapping.MODERATORS, "en"),
    "fundraiser": (bootstrapping.FUNDRAISERS, "fr"),
    "switchboard": (bootstrapping.SWITCHBOARD, "fr"),
    "finance": (bootstrapping.FINANCE, "fr"),
    "protection": (bootstrapping.DATA_PROTECTION, "fr"),
}
"""Who may log in: of which group, reading the admin in which language. Apps' seeds add more."""

_WORKERS = ["work_gifts"]

_WARMED = "search index and picture sizes"


class Command(BaseCommand):
    help = "Set up and serve the demonstration on this machine. Run again, it keeps every edit and adds nothing twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-serve", action="store_true", help="set up only")

    def handle(self, *args: Any, port: int, no_serve: bool, **options: Any) -> None:
        if settings.SETTINGS_MODULE.endswith("production"):
            raise CommandError("The demonstration is for development machines: production content is your own.")
        if not no_serve:
            self._refuse_a_taken_port(port)
            self._tell_of_the_port(port)
        self._step("Database (the first time a quarter of a minute)")
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
        bootstrapping.bootstrap("127.0.0.1", port, self._line)
        Site.objects.filter(is_default_site=True, hostname="127.0.0.1").exclude(port=port).update(port=port)
        self._step("Content")
        seed_every_app(self._line)
        self._step("Accounts")
        passwords = self._accounts()
        if not AppliedSeed.objects.filter(name=_WARMED).exists():
            self._step("Search index and picture sizes (once)")
            call_command("rebuild_references_index", verbosity=0)
            call_command("update_index", verbosity=0)
            self._warm()
            AppliedSeed.objects.create(name=_WARMED)
        self._welcome(port, passwords)
        if not no_serve:
            authentication_step_completed.connect(self._show_code)
            with self._workers():
                call_command("runserver", f"127.0.0.1:{port}", use_reloader=False, skip_checks=True)

    @contextmanager
    def _workers(self) -> Iterator[None]:
        """What runs by itself beside the server, each as a process that ends with this one, however it ends."""
        started = [
            subprocess.Popen([sys.executable, sys.argv[0], name, "--with-parent"], stdin=subprocess.DEVNULL)  # noqa: S603
            for name in _WORKERS
        ]
        try:
            yield
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait()

    @staticmethod
    def _tell_of_the_port(port: int) -> None:
        """Links in e-mails, and the way back from a payment page, lead to this server: the worker's, too."""
        os.environ["BASE_URL"] = settings.WAGTAILADMIN_BASE_URL = f"http://127.0.0.1:{port}"

    def _step(self, name: str) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(name))
        self.stdout.flush()

    def _line(self, text: str) -> None:
        self.stdout.write(f"  {text}")
        self.stdout.flush()

    def _refuse_a_taken_port(self, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise CommandError(f"Port {port} is taken. Choose another: make demo PORT={port + 1}") from None

    def _accounts(self) -> dict[str, str]:
        """Accounts with passwords made on this machine, kept per database in a file beside it and nowhere else."""
        file = settings.VAR_DIR / "demo-accounts.json"
        kept = json.loads(file.read_text()) if file.exists() else {}
        database = connection.settings_dict
        passwords: dict[str, str] = kept.setdefault(f"{database['HOST']}/{database['NAME']}", {})
        accounts = self._wanted_accounts()
        there = set(User.objects.filter(username__in=accounts).values_list("username", flat=True))
        new = {name: "-".join(secrets.token_hex(2) for _ in range(4)) for name in accounts if name not in there}
        passwords |= new
        file.touch(mode=0o600)
        file.write_text(json.dumps(kept, indent=2))  # before the accounts: a killed process leaves none unknown
        for name, password in new.items():
            self._make_account(name, password, *accounts[name])
        for user in User.objects.filter(username__in=accounts):
            if second_factor.must_have_one(user) and not second_factor.has_one(user):
                demonstration_codes.set_up(user)
        return {
            name: passwords[name]
            if name in passwords and User.objects.get(username=name).check_password(passwords[name])
            else "(the one that you set)"
            for name in accounts
        }

    @staticmethod
    def _wanted_accounts() -> dict[str, tuple[str, str]]:
        return _ACCOUNTS | accounts_of_every_app()

    @transaction.atomic
    def _make_account(self, name: str, password: str, group: str, language: str) -> None:
        user = User.objects.create_user(name, f"{name}@example.org", password)
        user.is_superuser = group == bootstrapping.ADMINISTRATORS
        user.save()
        user.groups.add(Group.objects.get(name=group))
        profile = UserProfile.get_for_user(user)
        profile.preferred_language = language
        profile.save()

    def _show_code(self, user: User, method: str, **kwargs: Any) -> None:
        """Whoever typed a password at the door of this process finds the code of the second step below it."""
        if method == "password" and user.username in _ACCOUNTS and (code := demonstration_codes.current(user)):
            self._line(f"Code for {user.username}: {code}")

    def _warm(self) -> None:
        """Visit every page once, so that no visitor waits while pictures are made."""
        pages = list(Page.objects.live().filter(depth__gt=1))
        client = Client(headers={"host": "127.0.0.1"})
        for number, page in enumerate(pages, start=1):
            if page.url:
                client.get(page.url)
            if number % 10 == 0 or number == len(pages):
                self._line(f"{number} of {len(pages)} pages")

    def _welcome(self, port: int, passwords: dict[str, str]) -> None:
        address = f"http://127.0.0.1:{port}"
        width = max(map(len, passwords))
        groups = {name: group for name, (group, _language) in self._wanted_accounts().items()}
        lines = [
            "",
            f"Visitors:  {address}/fr/  and  {address}/en/",
            f"Staff:     {address}/admin/",
            *(
                f"           {name:<{width}}  password {password}  {groups[name]}"
                for name, password in passwords.items()
            ),
            "           Who looks after accounts, or sees gifts, is asked for a code too: it appears here, below.",
            "           (“.venv/bin/python manage.py demo_code admin” in another window shows it as well.)",
            "",
            "Stop with Ctrl-C. “make demo” starts again within seconds; “make stop” also stops the database.",
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()
