"""What any portal starts from, demonstration or not: languages, home pages, site, groups, the approval of pages."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    GroupCollectionPermission,
    GroupPagePermission,
    Locale,
    Page,
    Site,
    Workflow,
    WorkflowPage,
)

from portal import translation_state
from portal.models import AppliedSeed, ContentStamp, HomePage

ADMINISTRATORS = "Administrators"
EDITORS = "Communications editors"
MODERATORS = "Moderators"
FUNDRAISERS = "Fundraisers"
SWITCHBOARD = "Switchboard"  # enters the admin; which lines it looks after, its duties say (departments.Duty)
FINANCE = "Finance"

_HOME_TITLES = {"fr": "Accueil", "en": "Home"}

# What each group may do beyond entering the admin: permissions on pages (the whole tree), on files, on lists.
_ON_PAGES = {
    ADMINISTRATORS: ["add_page", "change_page", "publish_page", "bulk_delete_page", "lock_page", "unlock_page"],
    EDITORS: ["add_page", "change_page"],
    MODERATORS: ["add_page", "change_page", "publish_page", "lock_page", "unlock_page"],
    FUNDRAISERS: [],
    SWITCHBOARD: [],
    FINANCE: [],
}
_ON_FILES = {
    ADMINISTRATORS: ["add", "change", "delete", "choose"],
    EDITORS: ["add", "change", "choose"],
    MODERATORS: ["add", "change", "delete", "choose"],
    FUNDRAISERS: ["add", "choose"],
    SWITCHBOARD: [],
    FINANCE: [],
}
_ON_MODELS = {
    ADMINISTRATORS: [
        "portal.notice",
        "portal.user",
        "auth.group",
        "institutes.organisation",
        "departments.duty",
        "departments.specialty",
        "departments.synonym",
        "donations.fund",
        "donations.issuer",
        "wagtailredirects.redirect",
        "wagtailcore.workflow",
        "wagtailcore.task",
        "wagtailcore.collection",
    ],
    EDITORS: ["departments.synonym"],
    MODERATORS: ["portal.notice", "departments.synonym", "departments.specialty"],
    FUNDRAISERS: ["donations.fund", "donations.issuer"],
    SWITCHBOARD: [],
    FINANCE: [],
}
_SINGLE = {
    ADMINISTRATORS: [
        "simple_translation.submit_translation",
        "portal.change_portalsettings",
        "portal.open_portal",
        "wagtailcore.change_site",
    ],
    EDITORS: ["simple_translation.submit_translation"],
    MODERATORS: ["simple_translation.submit_translation", "portal.change_portalsettings"],
    FUNDRAISERS: [],
    SWITCHBOARD: [],
    FINANCE: [],
}

# What each group sees and does of giving. To see a donor's name (on a receipt or a line of the bank, too), to refund
# and to export is not among it: an administrator gives that by hand (to the demonstration's: donations/seed.py).
_OF_GIFTS = ["view_donation", "view_pledge", "view_payment", "view_refund", "view_dispute", "view_ledgerentry"]
_OF_WORK = ["view_quarantined", "view_mail", "view_providerevent"]
_ON_GIVING = {
    ADMINISTRATORS: ["see_totals", "pause_giving", "view_donoraccess"],
    EDITORS: ["see_totals"],
    MODERATORS: ["see_totals"],
    FUNDRAISERS: [*_OF_GIFTS, *_OF_WORK, "see_totals", "change_pledge", "pause_giving"],
    FINANCE: [
        *_OF_GIFTS,
        *_OF_WORK,
        "see_totals",
        "change_pledge",
        "pause_giving",
        "view_fund",
        "change_fund",
        "view_issuer",
        "change_quarantined",
        "view_payout",
        "close_payout",
        "view_taxrate",
        "add_taxrate",
        "change_taxrate",
        "view_donoraccess",
    ],
}


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
        _make_group(SWITCHBOARD)
        duties = [_permission(f"departments.{act}_duty") for act in ("add", "change", "delete", "view")]
        Group.objects.get(name=ADMINISTRATORS).permissions.add(*duties)
    if _once("giving"):
        report("the group of finance, and what each group may do about gifts")
        _make_group(FINANCE)
        for name, acts in _ON_GIVING.items():
            for group in Group.objects.filter(name=name):  # none, where staff renamed it
                group.permissions.add(*(_permission(f"donations.{act}") for act in acts))
    if _once("marks of translations"):
        report("what each translation was made from")
        translation_state.mark_what_is_there()


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
    for name in (ADMINISTRATORS, EDITORS, MODERATORS, FUNDRAISERS):
        _make_group(name)
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


def _make_group(name: str) -> None:
    root, collection = Page.get_first_root_node(), Collection.get_first_root_node()
    group, _created = Group.objects.get_or_create(name=name)
    group.page_permissions.all().delete()
    group.collection_permissions.all().delete()
    for codename in _ON_PAGES[name]:
        permission = _permission(f"wagtailcore.{codename}")
        GroupPagePermission.objects.create(group=group, page=root, permission=permission)
    # Wagtail asks for the permissions of its own image and document models, whatever models replace them.
    for kind in ("wagtailimages.{}_image", "wagtaildocs.{}_document"):
        for act in _ON_FILES[name]:
            permission = _permission(kind.format(act))
            GroupCollectionPermission.objects.create(group=group, collection=collection, permission=permission)
    names = ["wagtailadmin.access_admin", *_SINGLE[name]]
    for model in _ON_MODELS[name]:
        app, _dot, model_name = model.partition(".")
        names += [f"{app}.{act}_{model_name}" for act in ("add", "change", "delete", "view")]
    group.permissions.set([_permission(name) for name in names])


def _permission(name: str) -> Permission:
    app, _dot, codename = name.partition(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)
