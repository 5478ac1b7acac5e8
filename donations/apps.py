"""The app configuration of `donations`."""

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _


class DonationsConfig(AppConfig):
    name = "donations"
    verbose_name = _("Donations")

    def ready(self) -> None:
        from donations import checks, timers
        from portal import readiness

        # A web server runs no checks; with the sandbox, one for the public does not even start.
        for message in checks.sandbox_where_it_must_not_be():
            raise ImproperlyConfigured(f"{message.msg} {message.hint}")
        readiness.watch(timers.alarms)
