"""Setting up an institute: its pages as drafts in every language, its teams, its files, the workflow of its pages.

Asked for again, what is missing is made and nothing else is touched: what staff renamed, moved, gave or took away since
stays so. What other floors want every institute to have they add through the hook `set_up_institute`, whose functions
are given the `Founding`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import override
from wagtail import hooks
from wagtail.log_actions import log
from wagtail.models import AbstractGroupApprovalTask, Collection, Page, Workflow, WorkflowPage, WorkflowTask

from institutes.models import Belongings, InstitutePage, Team
from portal import roles
from portal.folding import fold
from portal.models import BasePage, ContactField, ContactPage, HomePage
from portal.roles import MODERATORS, OF_AN_INSTITUTE, POWERS, StaffRole

HOOK = "set_up_institute"
LOGGED = "institutes.set_up"

Words = dict[str, Any]
"""Values of fields in one language."""


@dataclass(frozen=True)
class Wish:
    """The institute that somebody wants: its name by language (the source's at least) and what tells it apart."""

    titles: dict[str, str]
    short_name: str = ""
    city: str = ""
    email: str = ""  # where messages of visitors go

    @property
    def title(self) -> str:
        return self.titles.get(settings.LANGUAGE_CODE, "").strip()

    def check(self) -> None:
        """Raises ValidationError with a sentence for each thing that is wrong."""
        errors: dict[str, str] = {}
        if not self.title:
            errors["title"] = _("Give the name of the institute.")
        if max((len(title) for title in self.titles.values()), default=0) > 255:
            errors["title"] = _("A name has 255 characters at most.")
        if len(self.short_name) > 60:
            errors["short_name"] = _("A short name has 60 characters at most.")
        if len(self.city) > 100:
            errors["city"] = _("The name of a city has 100 characters at most.")
        if self.email:
            try:
                validate_email(self.email)
            except ValidationError:
                errors["email"] = _("This is not an e-mail address. It looks like name@example.org.")
        if errors:
            raise ValidationError(errors)

    def existing(self) -> InstitutePage | None:
        """The institute of that name, by its source page. Raises ValidationError where the name does not tell."""
        sources = InstitutePage.objects.filter(locale__language_code=settings.LANGUAGE_CODE)
        found = [page for page in sources.filter(folded_title=fold(self.title)[:300]) if self._may_be_in(page.city)]
        if len(found) > 1:
            raise ValidationError({"city": _("Several institutes have this name: give the city, too.")})
        if not found and self.short_name:
            for page in sources.filter(short_name__iexact=self.short_name):
                if self._may_be_in(page.city):
                    raise ValidationError(
                        {
                            "short_name": _(
                                "“%(institute)s” has this short name already. Give another, or the city of each."
                            )
                            % {"institute": page.title}
                        }
                    )
        return found[0] if found else None

    def _may_be_in(self, city: str) -> bool:
        return not (self.city and city) or fold(self.city) == fold(city)


@dataclass
class Founding:
    """One institute that is being set up: its page in every language, and what was made so far, in sentences."""

    pages: dict[str, InstitutePage]
    user: Any = None
    with_pages: bool = True  # False: pages are left to whoever asks
    made: list[str] = field(default_factory=list)
    new_pages: list[Page] = field(default_factory=list)  # of the institute itself, in whatever language
    teams: dict[str, Group] = field(default_factory=dict)
    new_teams: set[str] = field(default_factory=set)

    @property
    def institute(self) -> InstitutePage:
        """The page in the source language."""
        return self.pages[settings.LANGUAGE_CODE]

    def note(self, sentence: str) -> None:
        """Say, in the reader's language, what was made."""
        self.made.append(sentence)

    def drafts(
        self,
        model: type[BasePage],
        words: Callable[[], Words],
        common: Words | None = None,
        rows: Callable[[Any], None] | None = None,
    ) -> list[Page]:
        """The institute's first page of a type, made as a draft in each language that lacks it; gives the new ones.

        `words` are asked for with each language active; `common` goes to the source page alone; `rows` is given each
        new page to add inline rows.
        """
        if not self.with_pages:
            return []
        above = [Page.objects.get(pk=page.pk) for page in self.pages.values()]
        there = [page for parent in above for page in model.objects.child_of(parent).order_by("path")]
        key = there[0].translation_key if there else None
        held = {page.locale_id for page in there if page.translation_key == key}
        made = []
        for language, parent in self.pages.items():
            if parent.locale_id in held:
                continue
            with override(language):
                values = words() | (common or {} if language == settings.LANGUAGE_CODE else {})
                page = _draft(model, Page.objects.get(pk=parent.pk), parent.locale, values, key, self.user, rows)
            key = page.translation_key
            made.append(page)
            self.note(
                _("Draft of the %(kind)s “%(title)s” (%(language)s)")
                % {
                    "kind": model._meta.verbose_name,
                    "title": page.title,
                    "language": parent.locale.get_display_name(),
                }
            )
        return made


def found(wish: Wish, user: Any = None, dry_run: bool = False) -> Founding:
    """Make the institute that `wish` describes, or what one of that name lacks, in one transaction.

    With `dry_run` nothing stays; the result says what would have been made. ValidationError says what to do.
    """
    wish.check()
    with transaction.atomic():
        # Two people who set the same institute up at once: the second waits, and finds everything made.
        home = HomePage.objects.select_for_update().filter(locale__language_code=settings.LANGUAGE_CODE).first()
        if home is None:
            raise ValidationError(_("The portal has not been set up: run manage.py bootstrap first."))
        founding = Founding(pages={}, user=user)
        _make_pages(founding, wish)
        _furnish(founding, wish.email)
        if dry_run:
            transaction.set_rollback(True)
    return founding


def furnish(institute: InstitutePage, user: Any = None, *, with_pages: bool = True) -> Founding:
    """Give an institute that has its page what else an institute has, in one transaction.

    Without `with_pages`, pages are left to whoever asks: its teams, files and workflow alone are made.
    """
    with transaction.atomic():
        same = InstitutePage.objects.filter(translation_key=institute.translation_key).select_related("locale")
        by_language = {page.locale.language_code: page for page in same}
        order = sorted(by_language, key=lambda code: code != settings.LANGUAGE_CODE)
        founding = Founding({code: by_language[code] for code in order}, user, with_pages)
        _furnish(founding)
    return founding


def _furnish(founding: Founding, email: str = "") -> None:
    _make_teams(founding)
    _give_files(founding)
    _give_workflow(founding)
    founding.drafts(ContactPage, _contact_words, {"to_address": email} if email else {}, _add_questions)
    for add in hooks.get_hooks(HOOK):
        add(founding)
    if founding.made:
        log(instance=founding.institute, action=LOGGED, user=founding.user, data={"made": founding.made})


# --- Pages ----------------------------------------------------------------------------------------


def _make_pages(founding: Founding, wish: Wish) -> None:
    """The institute's page in every language that has a home page, the source's first."""
    source = wish.existing()
    homes = {page.locale.language_code: page for page in HomePage.objects.select_related("locale").order_by("path")}
    key = source.translation_key if source else None
    there = {
        page.locale.language_code: page
        for page in InstitutePage.objects.filter(translation_key=key).select_related("locale")
    }
    for language in sorted(homes, key=lambda code: code != settings.LANGUAGE_CODE):
        if language in there:
            founding.pages[language] = there[language]
            continue
        title = wish.titles.get(language, "").strip() or wish.title or source.title
        with override(language):
            words: Words = {
                "title": title,
                "short_name": wish.short_name or (source.short_name if source else ""),
                "show_in_menus": True,
                "introduction_heading": _("The institute"),
                "commitments_heading": _("Our commitments"),
            }
        if language == settings.LANGUAGE_CODE:
            words |= {"city": wish.city, "pattern": InstitutePage.objects.filter(locale=homes[language].locale).count()}
            words["pattern"] += 1
        page = _draft(InstitutePage, homes[language], homes[language].locale, words, key, founding.user)
        page = _beside_the_others(page)
        key = page.translation_key
        founding.pages[language] = page
        founding.new_pages.append(page)
        founding.note(
            _("Draft of the institute’s page “%(title)s” (%(language)s)")
            % {"title": page.title, "language": page.locale.get_display_name()}
        )


def _beside_the_others(page: InstitutePage) -> InstitutePage:
    """Move a new institute behind the last of the others: menus and lists follow the order of the tree."""
    last = InstitutePage.objects.sibling_of(page).exclude(pk=page.pk).order_by("path").last()
    if last is None:
        return page
    page.move(last, pos="right")
    return InstitutePage.objects.select_related("locale").get(pk=page.pk)


def _draft(
    model: type[BasePage],
    parent: Page,
    locale: Any,
    words: Words,
    key: Any,
    user: Any,
    rows: Callable[[Any], None] | None = None,
) -> Any:
    """A page that nobody sees yet, with a revision to begin from."""
    page = model(locale=locale, live=False, owner=user if getattr(user, "pk", None) else None, **words)
    if key:
        page.translation_key = key
    if rows:
        rows(page)
    parent.add_child(instance=page)
    page.full_clean()
    page.save_revision(user=page.owner)
    return page


def _contact_words() -> Words:
    no_details = _("Please do not include any medical details: no illness, treatment or test results.")
    urgent = _("In an emergency, do not wait for a reply: call 15 or 112.")
    return {
        "title": _("Contact us"),
        "menu_title": _("Contact"),
        "show_in_menus": True,
        "warning": format_html("<p><b>{}</b></p><p>{}</p>", no_details, urgent),
        "thanks": format_html("<p>{}</p>", _("Thank you. Your message has been saved.")),
    }


def _add_questions(page: ContactPage) -> None:
    questions: list[Words] = [
        {"label": _("Your name"), "field_type": "singleline", "autocomplete": "name"},
        {"label": _("Your e-mail address"), "field_type": "email"},
        {"label": _("Your message"), "field_type": "multiline", "help_text": _("No medical details, please.")},
    ]
    page.form_fields = [ContactField(sort_order=place, **question) for place, question in enumerate(questions)]


# --- Teams, files, workflow -----------------------------------------------------------------------


def _make_teams(founding: Founding) -> None:
    """The groups of the teams. One that is there keeps what staff made of it, apart from pages that are new."""
    there = {team.role: team.group for team in Team.objects.filter(institute=founding.institute)}
    for role in OF_AN_INSTITUTE:
        pages = founding.new_pages if role in there else list(founding.pages.values())
        if role not in there:
            with override(settings.LANGUAGE_CODE):
                name = _free_name(Group, f"{_label(founding.institute)} – {role.label}", 150)
            group = Group.objects.create(name=name)
            names = ["wagtailadmin.access_admin", *POWERS[role].anywhere]
            group.permissions.set([roles.permission(name) for name in names])
            Team.objects.create(institute=founding.institute, role=role, group=group)
            there[role] = group
            founding.new_teams.add(role)
            founding.note(_("Group “%(name)s”") % {"name": name})
        translated = [page for page in pages if page.locale_id != founding.institute.locale_id]
        roles.let_work_on_pages(there[role], pages, POWERS[role].pages)
        roles.let_work_on_pages(there[role], translated, POWERS[role].translations)
    founding.teams = there


def _give_files(founding: Founding) -> None:
    own, _created = Belongings.objects.get_or_create(institute=founding.institute)
    new_collection = own.collection is None
    if new_collection:
        name = _free_name(Collection, _label(founding.institute), 255)
        own.collection = Collection.get_first_root_node().add_child(name=name)
        own.save()
        founding.note(_("Collection “%(name)s” for images and documents") % {"name": name})
    for role in OF_AN_INSTITUTE:
        if new_collection or role in founding.new_teams:
            roles.let_use_files(founding.teams[role], own.collection, POWERS[role].files)


def _give_workflow(founding: Founding) -> None:
    """The steps of the portal's workflow, in which the institute's own moderators take part beside the portal's."""
    own = Belongings.objects.select_related("workflow").get(institute=founding.institute)
    pages = founding.new_pages
    if own.workflow is None:
        general = founding.institute.get_workflow()
        if general is None:
            return
        own.workflow = Workflow.objects.create(name=_free_name(Workflow, _label(founding.institute), 255))
        for place, task in enumerate(general.tasks):
            step = _own_step(task.specific, founding)
            WorkflowTask.objects.create(workflow=own.workflow, task=step, sort_order=place)
        own.save()
        pages = list(founding.pages.values())
        founding.note(_("Workflow “%(name)s”") % {"name": own.workflow.name})
    for page in pages:
        WorkflowPage.objects.get_or_create(page=page, defaults={"workflow": own.workflow})


def _own_step(step: Any, founding: Founding) -> Any:
    """The institute's own version of a step that the portal's moderators decide; any other step as it is."""
    if not isinstance(step, AbstractGroupApprovalTask) or not step.groups.filter(name=MODERATORS).exists():
        return step
    kept = {one.attname: getattr(step, one.attname) for one in type(step)._meta.local_fields if not one.primary_key}
    with override(settings.LANGUAGE_CODE):
        name = f"{step.name} – {_label(founding.institute)}"[:255]
    own = type(step).objects.create(name=name, **kept)
    own.groups.set([founding.teams[StaffRole.MODERATOR], *step.groups.all()])
    return own


def _label(institute: InstitutePage) -> str:
    """The institute's name as staff tell it from others: with its city where another has the same."""
    same = InstitutePage.objects.filter(locale_id=institute.locale_id, short_name=institute.short_name)
    is_shared = institute.short_name and same.exclude(pk=institute.pk).exists()
    return f"{institute.name} ({institute.city})" if is_shared and institute.city else institute.name


def _free_name(model: Any, wanted: str, longest: int) -> str:
    """A name that no other row of `model` has, as near to the wanted one as can be."""
    name, number = wanted[:longest], 1
    while model.objects.filter(name=name).exists():
        number += 1
        ending = f" ({number})"
        name = wanted[: longest - len(ending)] + ending
    return name
