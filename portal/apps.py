"""The app configurations of the portal: the ground floor, and Wagtail's user screens with our user model."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from wagtail.users.apps import WagtailUsersAppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Portal")
    default = True

    def ready(self) -> None:
        from wagtail.models import WorkflowState

        from portal import checks, four_eyes, remembering, translation_state  # noqa: F401
        from portal.signing_in import receivers  # noqa: F401

        # Wagtail's setting for it is read while its models are still being made, which ours import.
        WorkflowState.on_finish = four_eyes.publish_reviewed

        remembering.watch_pages()
        remembering.watch(self.get_model("PortalSettings"), self.get_model("PortalImage"))
        remembering.watch_deletion(self.get_model("Rendition"))  # pages remember the sizes of their pictures
        translation_state.watch()


class UsersConfig(WagtailUsersAppConfig):
    """Wagtail's user management, by dotted name so that a house can replace its screens in one place."""

    user_viewset = "portal.leaving_views.Users"
