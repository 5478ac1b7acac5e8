"""The app configuration of `institutes`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InstitutesConfig(AppConfig):
    name = "institutes"
    verbose_name = _("Institutes")

    def ready(self) -> None:
        from portal import remembering

        remembering.watch(self.get_model("Organisation"))
