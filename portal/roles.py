"""What staff may do, as data: one row per role. Groups are made from it, for the portal and for each institute.

A role is held through a group: the portal's own, which is in charge everywhere, or that of an institute's team
(`institutes.models.Team`), which is in charge of the pages and files of that institute alone. What a group was given
beyond this, or lost, is the administrators' affair: nothing here is enforced on groups that exist.
"""

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page


class StaffRole(TextChoices):
    """What somebody is there for."""

    WRITER = "writer", _("Writers")
    TRANSLATOR = "translator", _("Translators")
    MODERATOR = "moderator", _("Moderators")
    SWITCHBOARD = "switchboard", _("Switchboard")
    FUNDRAISER = "fundraiser", _("Fundraisers")
    FINANCE = "finance", _("Finance")
    DATA_PROTECTION = "data_protection", _("Data protection")
    ADMINISTRATOR = "administrator", _("Administrators")


# The names of the portal's own groups, as the database has them.
ADMINISTRATORS = "Administrators"
EDITORS = "Communications editors"
TRANSLATORS = "Translators"
MODERATORS = "Moderators"
FUNDRAISERS = "Fundraisers"
SWITCHBOARD = "Switchboard"  # enters the admin; which lines it looks after, its duties say (departments.Duty)
FINANCE = "Finance"
DATA_PROTECTION = "Data protection"
MEDICAL_REVIEWERS = "Medical reviewers"  # a step of the approval of pages; what else they do, their other groups say

GROUPS = {
    StaffRole.ADMINISTRATOR: ADMINISTRATORS,
    StaffRole.WRITER: EDITORS,
    StaffRole.TRANSLATOR: TRANSLATORS,
    StaffRole.MODERATOR: MODERATORS,
    StaffRole.FUNDRAISER: FUNDRAISERS,
    StaffRole.SWITCHBOARD: SWITCHBOARD,
    StaffRole.FINANCE: FINANCE,
    StaffRole.DATA_PROTECTION: DATA_PROTECTION,
}

OF_AN_INSTITUTE = (StaffRole.WRITER, StaffRole.TRANSLATOR, StaffRole.MODERATOR, StaffRole.SWITCHBOARD)
"""The roles that an institute's own team has."""


@dataclass(frozen=True)
class Powers:
    """What a role may do beyond entering the admin.

    The first five hold within a place: for the portal's group everywhere, for a team's within its institute. The rest
    is not of any place, so a team does not get it.
    """

    pages: tuple[str, ...] = ()  # acts on pages, in every language
    translations: tuple[str, ...] = ()  # acts on pages in all languages but the source's: facts stay out of reach
    files: tuple[str, ...] = ()  # acts on images and on documents
    collections: tuple[str, ...] = ()  # acts on the collections themselves
    anywhere: tuple[str, ...] = ()  # permissions that ask for a page's own besides, so that they reach no further
    lists: tuple[str, ...] = ()  # models whose rows may be seen, added, changed and deleted
    single: tuple[str, ...] = ()  # other permissions
    giving: tuple[str, ...] = ()  # permissions of the app donations


_TRANSLATE = "simple_translation.submit_translation"

# To see a donor's name (on a receipt or a line of the bank, too), to refund and to export is for nobody but those who
# protect donors' data: for others an administrator gives that by hand (to the demonstration's: donations/seed.py).
_OF_GIFTS = ("view_donation", "view_pledge", "view_payment", "view_refund", "view_dispute", "view_ledgerentry")
_OF_WORK = ("view_quarantined", "view_mail", "view_providerevent")

POWERS = {
    StaffRole.ADMINISTRATOR: Powers(
        pages=("add_page", "change_page", "publish_page", "bulk_delete_page", "lock_page", "unlock_page"),
        files=("add", "change", "delete", "choose"),
        collections=("add", "change", "delete"),
        anywhere=(_TRANSLATE,),
        lists=(
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
        ),
        single=(
            "portal.change_portalsettings",
            "portal.open_portal",
            "wagtailcore.change_site",
            "institutes.set_up_institute",
        ),
        giving=("see_totals", "pause_giving", "view_donoraccess"),
    ),
    StaffRole.WRITER: Powers(
        pages=("add_page", "change_page"),
        files=("add", "change", "choose"),
        anywhere=(_TRANSLATE,),
        lists=("departments.synonym",),
        giving=("see_totals",),
    ),
    StaffRole.TRANSLATOR: Powers(
        translations=("change_page",),
        files=("choose",),
        anywhere=(_TRANSLATE,),
    ),
    StaffRole.MODERATOR: Powers(
        pages=("add_page", "change_page", "publish_page", "lock_page", "unlock_page"),
        files=("add", "change", "delete", "choose"),
        anywhere=(_TRANSLATE,),
        lists=("portal.notice", "departments.synonym", "departments.specialty"),
        single=("portal.change_portalsettings",),
        giving=("see_totals",),
    ),
    StaffRole.FUNDRAISER: Powers(
        files=("add", "choose"),
        lists=("donations.fund", "donations.issuer"),
        giving=(*_OF_GIFTS, *_OF_WORK, "see_totals", "change_pledge", "pause_giving"),
    ),
    StaffRole.SWITCHBOARD: Powers(),
    StaffRole.FINANCE: Powers(
        giving=(
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
        ),
    ),
    # A donor is found through a gift: hence the list of gifts, without what anybody gave to whom in it for export.
    StaffRole.DATA_PROTECTION: Powers(
        giving=("view_donation", "view_donor", "export_donor", "erase_donor", "view_consent", "view_donoraccess"),
    ),
}


def permission(name: str) -> Permission:
    """The permission that code calls `name`, "app.codename"."""
    app, _dot, codename = name.partition(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)


def make_portal_group(role: StaffRole) -> Group:
    """The portal's own group for `role` with exactly what the role may do; giving comes with a step of its own."""
    powers, (group, _created) = POWERS[role], Group.objects.get_or_create(name=GROUPS[role])
    group.page_permissions.all().delete()
    group.collection_permissions.all().delete()
    let_work_on_pages(group, [Page.get_first_root_node()], powers.pages)
    let_use_files(group, Collection.get_first_root_node(), powers.files)
    let_manage_collections(group, Collection.get_first_root_node(), powers.collections)
    names = [*powers.anywhere, *powers.single]
    for model in powers.lists:
        app, _dot, model_name = model.partition(".")
        names += [f"{app}.{act}_{model_name}" for act in ("add", "change", "delete", "view")]
    group.permissions.set([permission(name) for name in ["wagtailadmin.access_admin", *names]])
    return group


def let_act_on_gifts(role: StaffRole) -> None:
    """Give the portal's own group for `role`, unless staff renamed it, what the role does about gifts."""
    for group in Group.objects.filter(name=GROUPS[role]):
        group.permissions.add(*(permission(f"donations.{act}") for act in POWERS[role].giving))


def let_work_on_pages(group: Group, pages: list[Page], acts: tuple[str, ...]) -> None:
    """Let `group` do `acts` on `pages` and what stands below them."""
    for page in pages:
        for act in acts:
            GroupPagePermission.objects.get_or_create(
                group=group, page=page, permission=permission(f"wagtailcore.{act}")
            )


def let_use_files(group: Group, collection: Collection, acts: tuple[str, ...]) -> None:
    """Let `group` do `acts` with the images and documents of `collection` and those below it."""
    # Wagtail asks for the permissions of its own image and document models, whatever models replace them.
    for kind in ("wagtailimages.{}_image", "wagtaildocs.{}_document"):
        for act in acts:
            _grant(group, collection, kind.format(act))


def let_manage_collections(group: Group, collection: Collection, acts: tuple[str, ...]) -> None:
    """Let `group` do `acts` with `collection` itself and those below it."""
    for act in acts:
        _grant(group, collection, f"wagtailcore.{act}_collection")


def _grant(group: Group, collection: Collection, name: str) -> None:
    GroupCollectionPermission.objects.get_or_create(group=group, collection=collection, permission=permission(name))
