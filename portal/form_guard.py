"""What keeps robots out of public forms without a third party and without a cookie: a token per form shown."""

import uuid

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class Refusal(ValueError):
    """What was sent is not taken as it is; the text tells a person what to do."""


class FormGuard:
    """A signed token per form shown, for one form of one page; not before a person could have filled it in.

    That it works once is for the caller to keep, by a unique constraint.
    """

    HONEYPOT = "website"  # a field that no person sees; robots fill it in
    OLDEST = 24 * 3600  # seconds

    too_old = _("This page was open for too long. Check what you filled in, then send it once more.")
    broken = _("What you sent did not arrive whole. Send it once more.")
    too_young = _("That was very quick. Read what you filled in, then send it once more.")

    def __init__(self, form: str) -> None:
        self._signer = signing.TimestampSigner(salt=form)

    def new_token(self) -> str:
        return self._signer.sign(uuid.uuid4().hex)

    def open(self, token: str) -> uuid.UUID:
        """The single-use key within `token`. Raises Refusal when it is forged, too old or too young."""
        try:
            key = uuid.UUID(self._signer.unsign(token, max_age=self.OLDEST))
        except signing.SignatureExpired:
            raise Refusal(self.too_old) from None
        except (signing.BadSignature, ValueError):
            raise Refusal(self.broken) from None
        try:
            self._signer.unsign(token, max_age=settings.FORM_SECONDS)
        except signing.SignatureExpired:
            return key
        raise Refusal(self.too_young)

    @staticmethod
    def comes_from_here(request: HttpRequest) -> bool:
        """Whether the browser says that the form was sent from our own pages; silence is no evidence against it."""
        site = request.headers.get("Sec-Fetch-Site")
        if site:
            return site in {"same-origin", "none"}
        origin = request.headers.get("Origin")
        return origin is None or origin == f"{request.scheme}://{request.get_host()}"
