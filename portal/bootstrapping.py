"""What any portal starts from, demonstration or not: languages, home pages, site, groups, the approval of pages."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from wagtail.models import Collection, GroupApprovalTask, Locale, Page, Site, Workflow, WorkflowPage, WorkflowTask
from wagtail.query import PageQuerySet

from portal import roles, translation_state
from portal.models import AppliedSeed, ContentStamp, FourEyesTask, HomePage, MedicalValidationTask
from portal.roles import (
    ADMINISTRATORS,
    DATA_PROTECTION,
    EDITORS,
    FINANCE,
    FUNDRAISERS,
    MEDICAL_REVIEWERS,
    MODERATORS,
    POWERS,
    SWITCHBOARD,
    TRANSLATORS,
    StaffRole,
)

__all__ = [
    "ADMINISTRATORS",
    "DATA_PROTECTION",
    "EDITORS",
    "FINANCE",
    "FUNDRAISERS",
    "MEDICAL_REVIEWERS",
    "MODERATORS",
    "SWITCHBOARD",
    "TRANSLATORS",
    "bootstrap",
]

# Those who were there when giving came: what they may do about gifts is added to what staff made of their groups.
_WITH_THE_FIRST_GIFTS = (
    StaffRole.ADMINISTRATOR,
    StaffRole.WRITER,
    StaffRole.MODERATOR,
    StaffRole.FUNDRAISER,
    StaffRole.FINANCE,
)

_HOME_TITLES = {"fr": "Accueil", "en": "Home"}

# Who signs in with a second factor because of the group. Whoever looks after accounts or sees donors does so anyway
# (the hook `second_factor_permissions`).
_WITH_SECOND_FACTOR = [ADMINISTRATORS, FINANCE, FUNDRAISERS]


@transaction.atomic
def bootstrap(hostname: str, port: int, report: Callable[[str], None]) -> None:
    """Make what is missing; what is there, staff may have changed, and it stays as it is."""
    for code, _name in settings.WAGTAIL_CONTENT_LANGUAGES:
        Locale.objects.get_or_create(language_code=code)
    ContentStamp.objects.get_or_create(pk=1)
    if _once("home pages"):
        report("home pages")
        _make_homes(hostname, port)
    _make_homes_of_new_languages(report)
    if _once("groups"):
        report("groups and the approval of pages")
        _make_groups()
    if _once("switchboard"):
        report("the group of the switchboard")
        roles.make_portal_group(StaffRole.SWITCHBOARD)
        duties = [roles.permission(f"departments.{act}_duty") for act in ("add", "change", "delete", "view")]
        Group.objects.get(name=ADMINISTRATORS).permissions.add(*duties)
    if _once("giving"):
        report("the group of finance, and what each group may do about gifts")
        roles.make_portal_group(StaffRole.FINANCE)
        for role in _WITH_THE_FIRST_GIFTS:
            roles.let_act_on_gifts(role)
    if _once("second factor"):
        report("the groups that sign in with a second factor")
        for group in Group.objects.filter(name__in=_WITH_SECOND_FACTOR):
            group.permissions.add(roles.permission("portal.needs_second_factor"))
    if _once("translators and data protection"):
        report("the groups of translators and of data protection")
        roles.make_portal_group(StaffRole.TRANSLATOR)
        roles.make_portal_group(StaffRole.DATA_PROTECTION)
        roles.let_act_on_gifts(StaffRole.DATA_PROTECTION)
    if _once("setting up institutes"):
        for group in Group.objects.filter(name=ADMINISTRATORS):
            group.permissions.add(roles.permission("institutes.set_up_institute"))
            roles.let_manage_collections(
                group, Collection.get_first_root_node(), POWERS[StaffRole.ADMINISTRATOR].collections
            )
    if _once("four eyes"):
        report("the review by somebody else than the writers, and by a medical reviewer")
        _make_review(report)
    if _once("marks of translations"):
        report("what each translation was made from")
        translation_state.mark_what_is_there()
    for home in _translated_homes():  # a language that joins later, too
        if _once(f"translators: {home.locale.language_code}"):
            for group in Group.objects.filter(name=TRANSLATORS):
                roles.let_work_on_pages(group, [home], POWERS[StaffRole.TRANSLATOR].translations)


def _translated_homes() -> PageQuerySet:
    return HomePage.objects.exclude(locale__language_code=settings.LANGUAGE_CODE).select_related("locale")


def _once(name: str) -> bool:
    return AppliedSeed.objects.get_or_create(name=name)[1]


def _make_homes(hostname: str, port: int) -> None:
    root = Page.get_first_root_node()
    source = Locale.objects.get(language_code=settings.LANGUAGE_CODE)
    home = HomePage(title=_HOME_TITLES[source.language_code], slug=f"home-{source.language_code}", locale=source)
    root.add_child(instance=home)
    home.save_revision().publish()
    Site.objects.update_or_create(
        is_default_site=True, defaults={"hostname": hostname, "port": port, "root_page": home}
    )
    # Wagtail's own welcome page has served.
    root.get_children().filter(slug="home", depth=2).exclude(pk=home.pk).delete()


def _make_homes_of_new_languages(report: Callable[[str], None]) -> None:
    """A home page, begun with the source's words, for each language that the settings name and the tree lacks."""
    home = HomePage.objects.filter(locale__language_code=settings.LANGUAGE_CODE).order_by("path").first()
    for code, name in settings.WAGTAIL_CONTENT_LANGUAGES:
        locale = Locale.objects.get(language_code=code)
        if home is None or home.get_translations(inclusive=True).filter(locale=locale).exists():
            continue
        report(f"home page: {name}")
        translated = home.copy_for_translation(locale)
        translated.title = translated.draft_title = _HOME_TITLES.get(code, name)
        translated.slug = f"home-{code}"
        translated.save_revision().publish()


def _make_groups() -> None:
    Group.objects.filter(name="Editors").update(name=EDITORS)  # Wagtail's own group, under our name
    for role in (StaffRole.ADMINISTRATOR, StaffRole.WRITER, StaffRole.MODERATOR, StaffRole.FUNDRAISER):
        roles.make_portal_group(role)
    root = Page.get_first_root_node()
    moderators = Group.objects.get(name=MODERATORS)
    # Wagtail's own workflow, under a name that reads in French and in English.
    workflow = Workflow.objects.filter(active=True).first() or Workflow()
    task = GroupApprovalTask.objects.filter(groups=moderators).first() or GroupApprovalTask()
    workflow.name = task.name = "Modération"
    workflow.save()
    task.save()
    task.groups.add(moderators)
    workflow.workflow_tasks.get_or_create(task=task, defaults={"sort_order": 0})
    WorkflowPage.objects.get_or_create(page=root, defaults={"workflow": workflow})


def _make_review(report: Callable[[str], None]) -> None:
    reviewers, _created = Group.objects.get_or_create(name=MEDICAL_REVIEWERS)
    reviewers.permissions.add(roles.permission("wagtailadmin.access_admin"))
    for administrators in Group.objects.filter(name=ADMINISTRATORS):
        administrators.permissions.add(roles.permission("portal.waive_four_eyes"))
    workflow = Workflow.objects.filter(name="Modération", active=True).first()
    steps = list(workflow.workflow_tasks.all()) if workflow else []
    if len(steps) != 1 or not isinstance(steps[0].task.specific, GroupApprovalTask):
        report("  the approval of pages is not as it was made: staff put in the new steps where they want them")
        return
    old = steps[0].task.specific
    reading = FourEyesTask.objects.create(name="Relecture")
    reading.groups.set(old.groups.all())
    validation = MedicalValidationTask.objects.create(name="Validation médicale")
    validation.groups.add(reviewers)
    steps[0].task = reading
    steps[0].save()
    WorkflowTask.objects.create(workflow=workflow, task=validation, sort_order=1)
    if not old.workflows.exists():
        old.deactivate()  # pages that waited at the old step wait at the new one
