"""What the checks and the e-mails say of pictures that show people: consents that are missing, end soon, have ended."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks

from portal.care_notices import Due
from portal.content import Content
from portal.models import Consent, PortalImage
from portal.publishing import Flaw, Known, Place, Rule, Severity

KIND = "picture-consent"

_FOUND = {
    Consent.MISSING: (
        Severity.ERROR,
        gettext_lazy(
            "“%(picture)s” shows people, and nobody has noted their consent. Note it with the picture, or "
            "choose another one."
        ),
    ),
    Consent.ENDED: (
        Severity.ERROR,
        gettext_lazy(
            "The consent of the people whom “%(picture)s” shows ended on %(day)s. Renew it, or choose another picture."
        ),
    ),
    Consent.SOON: (
        Severity.WARNING,
        gettext_lazy(
            "The consent of the people whom “%(picture)s” shows ends on %(day)s: the picture then leaves the page."
        ),
    ),
}
"""What is said of a picture whose consent stands so; of any other, nothing."""


def consents(contents: Sequence[Content], known: Known) -> Iterator[Flaw]:
    """Pictures of people who did not agree to be shown, or only for some days more."""
    for content in contents:
        shown = [(one.image, Place(one.label, one.path)) for one in content.pictures]
        if shared := getattr(content.page, "share_image_id", None):
            shown.append((shared, Place(str(_("Picture when shared")), ("share_image",))))
        for key, place in shown:
            image = known.images.get(key)
            if image is None:
                continue
            if found := _FOUND.get(image.consent):
                severity, words = found
                day = date_format(image.consent_until, "DATE_FORMAT") if image.consent_until else ""
                where = Place(place.label, place.path, reverse("wagtailimages:edit", args=[image.pk]))
                yield Flaw(content, severity, str(words) % {"picture": image.title, "day": day}, where)


@hooks.register("publishing_rules")
def rules() -> list[Rule]:
    return [Rule("consent", gettext_lazy("Pictures of people without consent"), consents)]


@hooks.register("due_care")
def consents_that_end(until: date) -> list[Due]:
    """The pictures whose consent ends on `until` or before."""
    words = gettext_lazy("Consents of people on pictures: afterwards the picture is not shown any more")
    images = PortalImage.objects.filter(shows_people=True, consent_unlimited=False, consent_until__lte=until)
    images = images.select_related("uploaded_by_user", "collection").order_by("consent_until", "pk")
    return [Due(image, KIND, words, image.consent_until) for image in images]
