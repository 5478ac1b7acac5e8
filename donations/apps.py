"""The app configuration of `donations`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DonationsConfig(AppConfig):
    name = "donations"
    verbose_name = _("Donations")

    def ready(self) -> None:
        from donations import timers
        from portal import readiness

        readiness.watch(timers.alarms)
