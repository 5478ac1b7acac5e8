"""Staff accounts."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A member of staff. Our own model from the first migration, since it cannot be swapped later."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        # Who signs in by e-mail address may write it in capitals; so may who entered it.
        self.email = self.email.lower()
        super().save(*args, **kwargs)

    class Meta(AbstractUser.Meta):
        swappable = "AUTH_USER_MODEL"
        # A duty rather than a right, but ticked where a group's rights are (portal/signing_in/second_factor.py).
        permissions = [("needs_second_factor", _("Must sign in with a second factor"))]
