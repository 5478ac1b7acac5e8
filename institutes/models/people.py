"""People and the roles that they hold. A role is a fact: dated, stored once, outside page drafts."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.fields import RichTextField
from wagtail.models import Page

from portal.fields import WordingField, says_in_every_language
from portal.models import BasePage, Fact, FactQuerySet
from portal.models.base import tabs
from portal.visibility import visible

ANNOUNCED_BEFORE = timedelta(days=92)  # three months before a mandate's end, editors are told of it


class ProfilePage(BasePage):
    """One person, one profile, however many roles. The title is the person's name."""

    parent_page_types = ["institutes.InstitutePage"]
    subpage_types: list[str] = []

    portrait = models.ForeignKey(
        "portal.PortalImage",
        verbose_name=_("portrait"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Only with the person's consent."),
    )
    biography = RichTextField(_("biography"), blank=True)

    edit_handler = tabs(
        [*BasePage.content_panels, FieldPanel("portrait"), FieldPanel("biography")],
    )
    searched_fields = ["biography"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def clean(self) -> None:
        super().clean()
        if self.portrait and not says_in_every_language(self.portrait.alt_text):
            raise ValidationError(
                {
                    "portrait": _(
                        "This picture has no description for those who cannot see it. Edit the picture and describe "
                        "it in every language."
                    )
                }
            )

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        return context | {"roles": self.roles_held}

    @cached_property
    def roles_held(self) -> list["Role"]:
        """The roles that the person holds today."""
        return list(Role.objects.held_by(self).select_related("organisation"))

    def structured_data(self, request: Any) -> list[dict[str, Any]]:
        node: dict[str, Any] = {"@type": "Person", "name": self.title, "url": self.get_full_url(request)}
        titles = [str(role.title) for role in self.roles_held if role.title]
        if titles:
            node["jobTitle"] = titles
        bodies = [str(role.organisation) for role in self.roles_held if role.organisation]
        if bodies:
            node["affiliation"] = [{"@type": "Organization", "name": body} for body in bodies]
        return [node]


class RoleQuerySet(FactQuerySet):
    def current(self) -> "RoleQuerySet":
        """Roles held today, in the hospital's time zone; a mandate's last day still counts."""
        today = timezone.localdate()
        return self.kept().filter(Q(since=None) | Q(since__lte=today), Q(until=None) | Q(until__gte=today))

    def ending_soon(self, today: date) -> "RoleQuerySet":
        """The mandates of people that end within three months."""
        return self.current().filter(person__isnull=False, until__range=(today, today + ANNOUNCED_BEFORE))

    def by_date(self) -> "RoleQuerySet":
        """The latest first; roles without a first day have always been."""
        return self.order_by(models.F("since").desc(nulls_last=True), "sort_order", "pk")

    def listed_on(self, page: Page) -> "RoleQuerySet":
        """The current roles that `page`, in whatever language, lists: vacant ones and those of published people."""
        return (
            self.of(page)
            .current()
            .filter(Q(person=None) | Q(person__live=True))
            .select_related("person__locale", "organisation")
        )

    def held_by(self, person: ProfilePage) -> "RoleQuerySet":
        """The current roles of `person`, whatever the language of the profile."""
        return self.current().filter(person__translation_key=person.translation_key)

    def with_people(self, locale_id: int) -> list["Role"]:
        """These roles, each with `profile`: the person's visible page in that locale, else in the source language."""
        roles = list(self)
        keys = {role.person.translation_key for role in roles if role.person}
        pages = {
            page.translation_key: page
            for page in visible(ProfilePage.objects.filter(translation_key__in=keys, locale_id=locale_id))
        }
        for role in roles:
            role.profile = pages.get(role.person.translation_key, role.person) if role.person else None
        return roles


class Role(Fact):
    """Who holds which role where, from when until when. Without a person the post is shown as vacant.

    `page` is the institute or department whose leadership lists the role.
    """

    person = models.ForeignKey(
        ProfilePage,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="roles",
        help_text=_("Leave empty while the post is vacant."),
    )
    title = WordingField(_("role"), blank=True, help_text=_("As the person is addressed: Director, Directrice."))
    organisation = models.ForeignKey(
        "institutes.Organisation",
        verbose_name=_("organisation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="roles",
    )
    is_acting = models.BooleanField(_("acting"), default=False)
    since = models.DateField(_("since"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True, help_text=_("The last day."))

    objects = RoleQuerySet.as_manager()
    overview = "role_timeline"

    panels = [
        FieldPanel("person"),
        FieldPanel("title"),
        FieldPanel("organisation"),
        FieldRowPanel([FieldPanel("since"), FieldPanel("until")]),
        FieldRowPanel([FieldPanel("is_acting"), FieldPanel("sort_order")]),
    ]

    class Meta(Fact.Meta):
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.CheckConstraint(
                condition=Q(since=None) | Q(until=None) | Q(until__gte=models.F("since")),
                name="role_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        who = self.person.title if self.person else str(_("vacant"))
        return " - ".join(filter(None, [who, str(self.title), str(self.organisation or "")]))

    def is_current(self, today: date) -> bool:
        """Whether the role is held on that day; its last day still counts."""
        return (not self.since or self.since <= today) and (not self.until or self.until >= today)

    @property
    def remark(self) -> str:
        today = timezone.localdate()
        words = [gettext("acting")] if self.is_acting else []
        if self.since and self.since > today:
            words.append(gettext("from %(day)s") % {"day": date_format(self.since, "DATE_FORMAT")})
        elif self.until and self.until < today:
            words.append(gettext("ended on %(day)s") % {"day": date_format(self.until, "DATE_FORMAT")})
        elif self.until and self.until <= today + ANNOUNCED_BEFORE:
            words.append(gettext("ends soon: on %(day)s") % {"day": date_format(self.until, "DATE_FORMAT")})
        return ", ".join(words)

    def as_person(self, request: Any) -> dict[str, Any]:
        """The holder as schema.org words it. `profile` is set by `RoleQuerySet.with_people`."""
        node = {"@type": "Person", "name": self.profile.title, "url": self.profile.get_full_url(request)}
        if self.title:
            node["jobTitle"] = str(self.title)
        if self.organisation:
            node["affiliation"] = {"@type": "Organization", "name": str(self.organisation)}
        return node

    def clean(self) -> None:
        if self.since and self.until and self.until < self.since:
            raise ValidationError({"until": _("The last day must not come before the first.")})
        if not self.person and not self.title:
            raise ValidationError({"title": _("A vacant post needs at least the name of the role.")})
