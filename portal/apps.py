"""The app configurations of the portal: the ground floor, and Wagtail's user screens with our user model."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from wagtail.users.apps import WagtailUsersAppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Portal")
    default = True

    def ready(self) -> None:
        from portal import checks, remembering, translation_state  # noqa: F401

        remembering.watch_pages()
        remembering.watch(self.get_model("PortalSettings"))
        translation_state.watch()


class UsersConfig(WagtailUsersAppConfig):
    """Wagtail's user management, by dotted name so that a house can replace its screens in one place."""
