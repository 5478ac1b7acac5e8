"""Who may do what: each role tries every address of the admin, on its own institute's things and on another's.

The tables below are written by hand, from what the roles are for (portal/roles.py, docs/features/teams.md). A pattern
has a letter's place for each role, x where it gets in:

    own institute's team                the portal's own groups
    w  writer                           W  communications editor     N  finance
    t  translator                       T  translator                D  data protection
    m  moderator                        M  moderator                 A  administrator
    s  switchboard                      F  fundraiser
                                        S  switchboard (with a duty for the demonstration's institute alone)
"""

import copy
import logging
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver
from django.utils import timezone
from wagtail.models import Page, Site, Task, Workflow
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from departments import verifying
from departments.models import ContactLine, NumberReport
from institutes import founding
from institutes.models import Belongings, Role
from portal import bootstrapping
from portal.models import (
    Bundle,
    BundleChange,
    BundlePage,
    ContactMessage,
    ContactPage,
    Notice,
    PortalDocument,
    PortalImage,
    StandardPage,
    User,
)
from portal.roles import OF_AN_INSTITUTE
from tests import factories

pytestmark = pytest.mark.django_db

ROLES = "wtmsWTMFSNDA"
GROUPS = dict(
    zip(
        "WTMFSNDA",
        (
            bootstrapping.EDITORS,
            bootstrapping.TRANSLATORS,
            bootstrapping.MODERATORS,
            bootstrapping.FUNDRAISERS,
            bootstrapping.SWITCHBOARD,
            bootstrapping.FINANCE,
            bootstrapping.DATA_PROTECTION,
            bootstrapping.ADMINISTRATORS,
        ),
        strict=True,
    )
)

# --- Screens: who gets in with a GET ----------------------------------------------------------------
# `on` says with whose things: "own" and "foreign" institute (in the source language; "-en" in English), "door" where
# the thing need not exist - then 404 means that the door was open -, "" where there is none.

SCREENS = [
    # everybody who enters the admin
    (
        "xxxx xxxxxxxx",
        "",
        "wagtailadmin_home wagtailadmin_account wagtailadmin_reports:site_history handbook handbook_chapter",
    ),
    ("xxxx xxxxxxxx", "door", "handbook_picture"),
    # --- pages: what is read and written
    (
        "x.x. x.x....x",
        "own",
        "wagtailadmin_explore wagtailadmin_pages:edit wagtailadmin_pages:preview_on_edit wagtailadmin_pages:view_draft "
        "wagtailadmin_pages:usage wagtailadmin_pages:copy wagtailadmin_pages:history wagtailadmin_pages:revisions_view "
        "wagtailadmin_pages:revisions_revert wagtailadmin_pages:revisions_compare wagtailadmin_pages:workflow_history "
        "wagtailadmin_pages:add wagtailadmin_pages:preview_on_add wagtailadmin_pages:add_subpage "
        "wagtailforms:list_submissions wagtailforms:delete_submissions role_timeline",
    ),
    (
        "xxx. xxx....x",
        "own-en",
        "wagtailadmin_pages:edit wagtailadmin_pages:preview_on_edit wagtailadmin_pages:view_draft "
        "wagtailadmin_pages:usage wagtailadmin_pages:history wagtailadmin_pages:revisions_view",
    ),
    # Translators add no pages of their own, and read no visitor's message.
    (
        "x.x. x.x....x",
        "own-en",
        "wagtailadmin_pages:add wagtailadmin_pages:add_subpage wagtailforms:list_submissions",
    ),
    (
        ".... x.x....x",
        "foreign",
        "wagtailadmin_explore wagtailadmin_pages:edit wagtailadmin_pages:preview_on_edit wagtailadmin_pages:view_draft "
        "wagtailadmin_pages:usage wagtailadmin_pages:copy wagtailadmin_pages:history wagtailadmin_pages:revisions_view "
        "wagtailadmin_pages:revisions_revert wagtailadmin_pages:revisions_compare wagtailadmin_pages:workflow_history "
        "wagtailadmin_pages:add wagtailadmin_pages:preview_on_add wagtailadmin_pages:add_subpage "
        "wagtailforms:list_submissions wagtailforms:delete_submissions role_timeline",
    ),
    (
        ".... xxx....x",
        "foreign-en",
        "wagtailadmin_pages:edit wagtailadmin_pages:view_draft wagtailadmin_pages:history",
    ),
    ("x.x. x.x....x", "own door", "wagtailadmin_pages:workflow_history_detail"),
    (".... x.x....x", "foreign door", "wagtailadmin_pages:workflow_history_detail"),
    # Translating begins where the translation will stand.
    ("xxx. xxx....x", "own", "simple_translation:submit_page_translation"),
    (".... xxx....x", "foreign", "simple_translation:submit_page_translation"),
    # --- pages: what visitors see changes
    (
        "..x. ..x....x",
        "own",
        "wagtailadmin_pages:delete wagtailadmin_pages:unpublish wagtailadmin_pages:move wagtailadmin_pages:set_privacy "
        "wagtailadmin_pages:move_confirm wagtailadmin_pages:revisions_unschedule",
    ),
    ("..x. ..x....x", "own-en", "wagtailadmin_pages:delete wagtailadmin_pages:unpublish"),
    (
        ".... ..x....x",
        "foreign",
        "wagtailadmin_pages:delete wagtailadmin_pages:unpublish wagtailadmin_pages:move wagtailadmin_pages:set_privacy "
        "wagtailadmin_pages:move_confirm wagtailadmin_pages:revisions_unschedule",
    ),
    # --- lists of pages, and what is said about many at once: each shows its reader's own (tests below)
    (
        "xxx. xxxx...x",
        "",
        "wagtailadmin_explore_root wagtailadmin_pages:search institutes:index people:index departments:index "
        "hospitals:index donations:index wagtailforms:index wagtailadmin_reports:workflow "
        "wagtailadmin_reports:workflow_tasks wagtailadmin_reports:aging_pages wagtailadmin_reports:page_types_usage "
        "numbers_in_texts replace_numbers_in_texts line_chooser:choose",
    ),
    ("xxx. xxxx...x", "own", "wagtailadmin_pages:type_use line_chooser:chosen"),
    ("..x. ..x....x", "", "wagtailadmin_reports:locked_pages"),
    # --- the care of pages: of those that one may change, each report shows its reader's own (tests below)
    (
        "xxx. xxxx...x",
        "",
        "content_report link_report pages_to_review orphaned_pages expiring_things translations",
    ),
    ("xxx. xxx....x", "own-en", "page_care side_by_side"),
    (".... xxx....x", "foreign-en", "page_care side_by_side"),
    # --- review: what goes live together is prepared by those who write, and decided by those who publish
    ("xxx. xxxx...x", "", "bundle:index bundle:add"),
    ("xxx. xxx....x", "own", "bundle:edit bundle:inspect bundle:history bundle:usage bundle:delete"),
    ("x.xx x.x....x", "own", "fact_plan"),
    (".... x.x....x", "foreign", "fact_plan"),
    (".... xxx....x", "foreign", "bundle:edit bundle:inspect bundle:history bundle:delete"),
    ("..x. ..x....x", "", "fact_changes"),
    (".... .......x", "own", "publish_alone"),
    # --- facts: numbers are the switchboard's too, roles of people are not
    ("x.xx x.x....x", "own", "fact_add fact_change fact_take_off fact_history reported_number"),
    (".... x.x....x", "foreign", "fact_add fact_change fact_take_off fact_history reported_number"),
    ("x.x. x.x....x", "own role", "fact_add fact_change fact_take_off fact_history"),
    (".... x.x....x", "foreign role", "fact_change"),
    ("x.xx x.x.x..x", "", "contact_lines call_list reported_numbers"),
    ("x.x. x.x....x", "", "directory_imports directory_export"),
    (
        "x.x. x.x....x",
        "door",
        "directory_import_run directory_import_columns directory_import_refused",
    ),
    (".... x.x....x", "", "missed_queries"),
    # --- files
    ("x.x. x.xx...x", "", "wagtailimages:index wagtailimages:add wagtailimages:add_multiple pictures_of_people"),
    ("x.x. x.xx...x", "", "wagtaildocs:index wagtaildocs:add wagtaildocs:add_multiple"),
    ("x.x. x.xx...x", "", "wagtailimages_chooser:create wagtaildocs_chooser:create"),
    (
        "x.x. x.x....x",
        "own",
        "wagtailimages:edit wagtailimages:delete wagtailimages:preview wagtailimages:image_usage "
        "wagtaildocs:edit wagtaildocs:delete wagtaildocs:document_usage",
    ),
    (
        ".... x.x....x",
        "foreign",
        "wagtailimages:edit wagtailimages:delete wagtailimages:preview wagtailimages:image_usage "
        "wagtaildocs:edit wagtaildocs:delete wagtaildocs:document_usage",
    ),
    (
        "xxx. xxxx...x",
        "own",
        "wagtailimages_chooser:chosen wagtaildocs_chooser:chosen wagtailimages_chooser:select_format",
    ),
    (
        ".... xxxx...x",
        "foreign",
        "wagtailimages_chooser:chosen wagtaildocs_chooser:chosen wagtailimages_chooser:select_format",
    ),
    # --- the portal's lists
    (".... ..x....x", "", "wagtailsnippets_portal_notice:list wagtailsnippets_portal_notice:add"),
    (".... ..x....x", "own", "wagtailsnippets_portal_notice:edit wagtailsnippets_portal_notice:delete"),
    (".... ..x....x", "own", "wagtailsettings:edit"),
    (".... .......x", "", "wagtailsnippets_institutes_organisation:list wagtailsnippets_institutes_organisation:add"),
    (
        ".... .......x",
        "own",
        "wagtailsnippets_institutes_organisation:edit wagtailsnippets_institutes_organisation:delete",
    ),
    (".... .......x", "", "wagtailsnippets_departments_duty:list wagtailsnippets_departments_duty:add"),
    (".... .......x", "own", "wagtailsnippets_departments_duty:edit wagtailsnippets_departments_duty:delete"),
    (".... ..x....x", "", "wagtailsnippets_departments_specialty:list wagtailsnippets_departments_specialty:add"),
    (".... ..x....x", "own", "wagtailsnippets_departments_specialty:edit wagtailsnippets_departments_specialty:delete"),
    (".... x.x....x", "", "wagtailsnippets_departments_synonym:list wagtailsnippets_departments_synonym:add"),
    (".... x.x....x", "own", "wagtailsnippets_departments_synonym:edit wagtailsnippets_departments_synonym:delete"),
    # --- the house: accounts, groups, places, ways of approval
    (
        ".... .......x",
        "",
        "wagtailusers_users:index wagtailusers_users:add wagtailusers_groups:index wagtailusers_groups:add "
        "wagtailsites:index wagtailredirects:index wagtailredirects:add wagtailredirects:start_import "
        "wagtailadmin_workflows:index wagtailadmin_workflows:add wagtailadmin_workflows:task_index "
        "wagtailadmin_workflows:select_task_type wagtailadmin_collections:index wagtailadmin_collections:add "
        "set_up_institute",
    ),
    (
        ".... .......x",
        "own",
        "wagtailusers_users:edit wagtailusers_users:delete wagtailusers_users:history wagtailusers_users:usage "
        "wagtailusers_users:copy close_account colleague_sign_in reset_second_factor "
        "wagtailusers_groups:edit wagtailusers_groups:delete "
        "wagtailusers_groups:history wagtailusers_groups:usage wagtailsites:edit wagtailsites:history "
        "wagtailsites:usage "
        "wagtailadmin_workflows:edit wagtailadmin_workflows:disable wagtailadmin_workflows:usage "
        "wagtailadmin_workflows:edit_task wagtailadmin_workflows:disable_task wagtailadmin_collections:edit "
        "wagtailadmin_collections:delete wagtailadmin_collections:set_privacy",
    ),
    (".... .......x", "door", "wagtailredirects:edit"),
    (".... ........", "", "wagtailsites:add"),
    (".... ........", "own", "wagtailsites:delete wagtailsites:copy"),
    # --- giving (acts upon gifts: tests/donations/test_giving_staff.py)
    (".... ...x.xx.", "", "gifts"),
    (".... ...x.xx.", "door", "gift_story gift_donor"),
    (".... ...x....", "door", "gift_tribute"),
    (".... ...x....", "", "giving_letters"),
    (".... ...x....", "door", "giving_letter"),
    (
        ".... ...x.x..",
        "",
        "giving_pledges giving_refunds giving_cases giving_parked giving_at_work receipts without_receipt",
    ),
    (
        ".... ...x.x..",
        "door",
        "giving_pledge giving_pledge_donor giving_refund giving_case giving_close_fund receipt_inside",
    ),
    (".... .....x..", "", "giving_bank_lines giving_bank_file giving_cheque giving_match_all giving_payouts"),
    (
        ".... .....x..",
        "door",
        "giving_refund_payment giving_bank_line giving_payout giving_payout_csv giving_payout_xlsx",
    ),
    (".... x.xx.x.x", "", "giving_totals"),
    (".... ...x.x.x", "", "giving_pauses"),
    (".... .....xxx", "", "giving_access_log"),
    (".... .....xx.", "door", "donor_data"),
    (".... ...x.x.x", "", "wagtailsnippets_donations_fund:list"),
    (".... ...x...x", "", "wagtailsnippets_donations_fund:add"),
    (".... ...x.x.x", "own", "wagtailsnippets_donations_fund:edit"),
    (".... ...x...x", "own", "wagtailsnippets_donations_fund:delete"),
    (".... ...x.x.x", "", "wagtailsnippets_donations_issuer:list"),
    (".... ...x...x", "", "wagtailsnippets_donations_issuer:add"),
    (".... ...x...x", "own", "wagtailsnippets_donations_issuer:edit wagtailsnippets_donations_issuer:delete"),
    (".... .....x..", "", "wagtailsnippets_donations_taxrate:list wagtailsnippets_donations_taxrate:add"),
    (".... .....x..", "own", "wagtailsnippets_donations_taxrate:edit"),
    (".... ........", "own", "wagtailsnippets_donations_taxrate:delete"),
]

# Addresses that ask for a POST alone: who may, an empty form being sent. What a POST does is tried below.
SENT = [
    ("x.x. x.x....x", "own", "wagtailforms:delete_submissions"),
    ("x.xx x.x....x", "own", "fact_undo"),
    (".... x.x....x", "foreign", "fact_undo"),
    ("..x. ..x....x", "own", "wagtailadmin_pages:set_page_position"),
    (".... ..x....x", "foreign", "wagtailadmin_pages:set_page_position"),
    ("x.x. x.x....x", "door", "directory_import_apply directory_import_discard directory_import_undo"),
    (".... x.x....x", "", "dismiss_missed_query"),
    ("x.x. x.x....x", "own", "wagtailimages:delete_multiple wagtaildocs:delete_multiple"),
    (".... x.x....x", "foreign", "wagtailimages:delete_multiple wagtaildocs:delete_multiple"),
    (
        ".... .......x",
        "own",
        "wagtailadmin_workflows:enable wagtailadmin_workflows:enable_task wagtailadmin_workflows:remove",
    ),
    (".... .....x..", "door", "giving_match_line giving_put_aside giving_mail_again giving_take_match_back"),
    (".... ...x....", "door", "giving_letter_sent"),
    ("xxx. xxx....x", "own", "bundle_move bundle_drop_change"),
    (".... xxx....x", "foreign", "bundle_move bundle_drop_change"),
    ("..x. ..x....x", "own", "publish_anyway"),
    (".... .....x..", "", "giving_try_again"),
    (".... ...x.x..", "door", "gift_look_again receipt_paper"),
    (".... .....x..", "door", "issue_receipt replace_receipt"),
]

# Addresses that give away nothing that is anybody's, or nothing to those who may not choose it: why.
HARMLESS = {
    "the door, and one's own second factors and sessions (tests/portal/test_signing_in.py)": "account_inactive "
    "account_login account_logout account_reauthenticate account_reset_password account_reset_password_done "
    "account_reset_password_from_key account_reset_password_from_key_done mfa_activate_totp mfa_add_webauthn "
    "mfa_authenticate mfa_deactivate_totp mfa_download_recovery_codes mfa_generate_recovery_codes mfa_index "
    "mfa_login_webauthn mfa_reauthenticate mfa_reauthenticate_webauthn mfa_remove_webauthn mfa_view_recovery_codes "
    "own_sessions",
    "the login and what is needed before it": "wagtailadmin_login wagtailadmin_logout wagtailadmin_password_reset "
    "wagtailadmin_password_reset_done wagtailadmin_password_reset_confirm wagtailadmin_password_reset_complete",
    "furniture of the admin": "wagtailadmin_sprite wagtailadmin_javascript_catalog wagtailadmin_dismissibles "
    "wagtailadmin_error_test wagtailadmin_block_preview wagtailadmin_tag_autocomplete "
    "wagtailadmin_tag_model_autocomplete",
    "choosers of links: titles of pages, which texts may link to": "wagtailadmin_choose_page "
    "wagtailadmin_choose_page_child wagtailadmin_choose_page_search wagtailadmin_choose_page_chosen_multiple "
    "wagtailadmin_choose_page_external_link wagtailadmin_choose_page_email_link wagtailadmin_choose_page_phone_link "
    "wagtailadmin_choose_page_anchor_link wagtailadmin_api:pages:listing wagtailadmin_api:pages:detail "
    "wagtailadmin_api:pages:find wagtailadmin_api:pages:action",
    "choosers of files, narrowed to what the user may choose": "wagtailimages_chooser:choose "
    "wagtaildocs_chooser:choose "
    "wagtailimages_chooser:chosen_multiple wagtaildocs_chooser:chosen_multiple wagtailadmin_api:images:listing "
    "wagtailadmin_api:images:detail wagtailadmin_api:images:find wagtailadmin_api:documents:listing "
    "wagtailadmin_api:documents:detail wagtailadmin_api:documents:find",
    "places in which a page may be added: the user's own": "wagtailadmin_pages:choose_parent institutes:choose_parent "
    "people:choose_parent departments:choose_parent hospitals:choose_parent donations:choose_parent",
    "leads on to the history": "wagtailadmin_pages:revisions_index",
    "an alias alone is converted, by those who may edit it": "wagtailadmin_pages:convert_alias",
    "steps of a workflow, open to those whose turn it is (test below)": "wagtailadmin_pages:workflow_action "
    "wagtailadmin_pages:collect_workflow_action_data wagtailadmin_pages:confirm_workflow_cancellation "
    "wagtailadmin_pages:workflow_preview",
    "locking (test below)": "wagtailadmin_pages:lock wagtailadmin_pages:unlock",
    "many at once: each thing asks for itself (test below)": "wagtail_bulk_action",
    "says who else edits a page that the user edits": "wagtailadmin_editing_sessions:ping "
    "wagtailadmin_editing_sessions:release",
    "names of steps, chosen on the screen of a workflow": "wagtailadmin_workflows:task_chooser "
    "wagtailadmin_workflows:task_chosen wagtailadmin_workflows:task_chooser_create wagtailadmin_workflows:add_task",
    "nothing is fetched from elsewhere": "wagtailembeds:chooser wagtailembeds:chooser_upload",
    "parts of an upload that is under way": "wagtailimages:edit_multiple wagtaildocs:edit_multiple "
    "wagtailimages:create_multiple_from_uploaded_image wagtaildocs:create_multiple_from_uploaded_document "
    "wagtailimages:delete_upload_multiple wagtaildocs:delete_upload_multiple",
    "switched off": "wagtailimages:url_generator wagtailimages:url_generator_output",
    "a list of lists, each with its own door; nothing in them is translated": "wagtailsnippets:index "
    "simple_translation:submit_snippet_translation wagtailsettings:preview_on_edit",
    "asks for a file that was sent before": "wagtailredirects:process_import wagtailredirects:delete",
    "the chooser of lines makes and joins none": "line_chooser:create line_chooser:chosen_multiple",
}


# --- Acts: who changes what ------------------------------------------------------------------------

ACTS = [
    ("x.x. x.x....x", "own", "edit_a_text send_a_text_for_approval"),
    ("xxx. xxx....x", "own-en", "edit_a_text send_a_text_for_approval"),
    (".... x.x....x", "foreign", "edit_a_text send_a_text_for_approval"),
    (".... xxx....x", "foreign-en", "edit_a_text"),
    ("..x. ..x....x", "own", "publish_a_text unpublish_a_text delete_a_text lock_a_text publish_many_texts"),
    ("..x. ..x....x", "own-en", "publish_a_text"),
    (".... ..x....x", "foreign", "publish_a_text unpublish_a_text delete_a_text lock_a_text publish_many_texts"),
    # Whose turn it is: the institute's own moderators, and the portal's.
    ("..x. ..x....x", "own", "approve_a_text"),
    (".... ..x....x", "foreign", "approve_a_text"),
    # Nobody reads their own words for others; an administrator says why (portal/four_eyes.py).
    (".... ........", "own", "publish_ones_own_text"),
    ("x.xx x.x....x", "own", "change_a_number take_a_number_off answer_a_report"),
    (".... x.x....x", "foreign", "change_a_number take_a_number_off answer_a_report"),
    ("x.x. x.x....x", "own", "delete_a_message delete_a_picture"),
    ("x.x. x.x....x", "own-en", "delete_a_message"),
    (".... x.x....x", "foreign", "delete_a_message delete_a_picture"),
    ("x.x. x.xx...x", "own", "add_a_document"),
    (".... x.xx...x", "foreign", "add_a_document"),
    (".... .......x", "own", "add_an_account set_an_institute_up close_an_account"),
]

FOLLOWS = {"history": "edit", "usage": "edit", "copy": "add"}
"""Of each list of the portal: which screens are open to whom another is."""

# --- The world in which they are tried --------------------------------------------------------------


@dataclass
class Place:
    """An institute with something of everything."""

    pages: dict[str, Any]
    department: dict[str, Any]
    text: dict[str, Any]
    contact: dict[str, Any]
    line: ContactLine
    role: Role
    report: NumberReport
    image: PortalImage
    document: PortalDocument
    collection: Any
    teams: dict[str, Any]
    bundle: Bundle


@dataclass
class World:
    own: Place
    foreign: Place
    users: dict[str, User] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)

    def place(self, on: str) -> Place:
        return self.foreign if "foreign" in on else self.own


def make_place(name: str, number: str) -> Place:
    pages = factories.institute(name)
    teams = founding.furnish(pages["fr"]).teams
    department = factories.department(pages, f"Service de {name}")
    line = factories.line(department, number)
    today = timezone.localdate()
    collection = Belongings.objects.get(institute=pages["fr"].pk).collection
    text = factories.pages(StandardPage, pages, f"Texte de {name}")
    contact = {page.locale.language_code: page for page in _contacts(pages)}
    for page in contact.values():
        page.save_revision().publish()
    bundle = Bundle.objects.create(name=f"Lot de {name}", parts=[BundlePage(page=contact["en"])])
    BundleChange.objects.create(bundle=bundle, fact_model=ContactLine._meta.label, fact_id=line.pk, before={}, after={})
    return Place(
        pages=pages,
        department=department,
        text=text,
        contact=contact,
        line=line,
        role=factories.role(pages, title="Direction"),
        report=NumberReport.objects.create(
            line=line, number=str(line.phone), first_reported_on=today, last_reported_on=today
        ),
        image=PortalImage.objects.create(
            title=f"Image de {name}", file=PortalImage.objects.first().file, width=9, height=9, collection=collection
        ),
        document=PortalDocument.objects.create(
            title=f"Document de {name}", file=ContentFile(b"x", name="x.csv"), collection=collection
        ),
        collection=collection,
        teams=teams,
        bundle=bundle,
    )


def _contacts(pages: dict[str, Any]) -> Iterator[Any]:
    for page in pages.values():
        yield ContactPage.objects.child_of(page).select_related("locale").get()


@pytest.fixture(scope="module")
def filled(django_db_setup, django_db_blocker) -> Iterator[World]:
    """Two institutes and one member of each role, made once for all tests of this module."""
    with django_db_blocker.unblock(), transaction.atomic():
        here = World(make_place("la Rive", "01 99 00 55 10"), make_place("la Colline", "01 99 00 55 20"))
        groups = {role.value[0]: here.own.teams[role] for role in OF_AN_INSTITUTE}
        groups |= {letter: Group.objects.get(name=name) for letter, name in GROUPS.items()}
        for letter, group in groups.items():
            here.users[letter] = User.objects.create_user(f"{letter}-{group.pk}", f"{letter}@example.org")
            here.users[letter].groups.add(group)
        yield here
        transaction.set_rollback(True)


@pytest.fixture
def staff(filled, settings) -> Iterator[World]:
    """All of them logged in."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cache"  # what is rolled back logs nobody out
    settings.SESSION_CACHE_ALIAS = "renditions"
    for letter, user in filled.users.items():
        filled.clients[letter] = Client()
        filled.clients[letter].force_login(user)
    logging.disable(logging.CRITICAL)  # a refusal is logged with its traceback
    yield filled
    logging.disable(logging.NOTSET)


@pytest.fixture
def world(staff, settings) -> World:
    """The same on pages that are not drawn: whether somebody gets in shows in a fraction of the time."""
    settings.TEMPLATES = [{"BACKEND": "tests.blank_templates.BlankTemplates", "DIRS": [], "APP_DIRS": False}]
    return staff


def admin_patterns() -> dict[str, URLPattern]:
    """Every named address of the admin."""

    def walk(patterns: Any, spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, (*spaces, *filter(None, [pattern.namespace])))
            elif pattern.name:
                yield ":".join((*spaces, pattern.name)), pattern

    found = {}
    for pattern in get_resolver().url_patterns:
        if str(pattern.pattern) == "admin/":
            found |= dict(walk(pattern.url_patterns))
    return found


def leader(name: str) -> str:
    """The address whose row holds for `name`, too: that of the whole list, that of the same thing's editor."""
    space, _colon, last = name.rpartition(":")
    for ending in ("_results", "-results"):
        last = last.removesuffix(ending)
    if space.startswith("wagtailsnippets_"):
        last = FOLLOWS.get(last, last)
    return f"{space}:{last}" if space else last


def address(world: World, name: str, on: str, pattern: URLPattern) -> str:
    """Where `name` is, for the things of the place that `on` names."""
    place, language = world.place(on), "en" if "-en" in on else "fr"
    # A page without streams: its editor opens ten times as fast as a department's.
    page = place.contact[language]
    if name.startswith(("wagtailadmin_pages:add", "wagtailadmin_pages:preview_on_add")) or "role" in on:
        page = place.pages[language]
    elif name == "fact_add":
        page = place.department[language]
    fact = place.role if "role" in on else place.line
    model = ("portal", "contactpage")
    if name.startswith("fact"):
        model = ("institutes", "role") if "role" in on else ("departments", "contactline")
    elif name.startswith("wagtailsettings"):
        model = ("portal", "portalsettings")
    values = {
        "page_id": page.pk,
        "parent_page_id": page.pk,
        "page_to_move_id": page.pk,
        "page_pk": page.pk,
        "destination_id": place.pages[language].pk,
        "revision_id": page.latest_revision_id,
        "act": "publish",
        "step": "submit",
        "revision_id_a": "live",
        "revision_id_b": "latest",
        "workflow_state_id": 0,
        "workflow_pk": Workflow.objects.first().pk,
        "image_id": place.image.pk,
        "document_id": place.document.pk,
        "doc_id": place.document.pk,
        "collection_id": place.collection.pk,
        "filter_spec": "original",
        "app_label": model[0],
        "app_name": model[0],
        "content_type_app_name": model[0],
        "model_name": model[1],
        "content_type_model_name": model[1],
        "number": uuid.UUID(int=0),
        "redirect_id": 0,
        "name": "picture",
        "language": "fr",
        "pk": 0 if "door" in on else _key(name, place, fact, page),
    }
    wanted = list(pattern.pattern.converters) or list(pattern.pattern.regex.groupindex)
    found = reverse(name, kwargs={key: values[key] for key in wanted})
    # Who has published is led to the explorer, as who may not is.
    return f"{found}?next={reverse('wagtailadmin_account')}" if name == "publish_anyway" else found


def _key(name: str, place: Place, fact: Any, page: Page) -> Any:
    """What `pk` stands for in the address called `name`."""
    if name.startswith("fact_"):
        return fact.pk
    if name.startswith(("wagtailsnippets_", "wagtailsettings")):
        return _snippet(name).pk
    kinds: list[tuple[str, Callable[[], Any]]] = [
        ("wagtailadmin_pages:", lambda: page),
        ("line_chooser", lambda: place.line),
        ("reported_number", lambda: place.report),
        ("wagtailimages", lambda: place.image),
        ("wagtaildocs", lambda: place.document),
        ("wagtailadmin_collections", lambda: place.collection),
        ("wagtailadmin_workflows:edit_task", Task.objects.first),
        ("wagtailadmin_workflows:disable_task", Task.objects.first),
        ("wagtailadmin_workflows:enable_task", Task.objects.first),
        ("wagtailadmin_workflows", Workflow.objects.first),
        ("wagtailsites", Site.objects.first),
        ("bundle_drop_change", place.bundle.changes.first),
        ("bundle", lambda: place.bundle),
        ("wagtailusers_groups", lambda: place.teams["writer"]),
        ("wagtailusers_users", lambda: User.objects.get(username__startswith="t-")),
        ("close_account", lambda: User.objects.get(username__startswith="t-")),
        ("colleague_sign_in", lambda: User.objects.get(username__startswith="t-")),
        ("reset_second_factor", lambda: User.objects.get(username__startswith="t-")),
    ]
    return next((find().pk for start, find in kinds if name.startswith(start)), None)


def _snippet(name: str) -> Any:
    """Any row of the list to which an address belongs."""
    if name.startswith("wagtailsettings"):
        return Site.objects.first()
    app, model = name.partition(":")[0].removeprefix("wagtailsnippets_").split("_")
    rows = apps.get_model(app, model).objects
    if not rows.exists() and model == "notice":
        Notice.objects.create(text={"fr": "Essai", "en": "Trial"}, ends_at=timezone.now())
    return rows.first()


def gets_in(response: Any, asked: str, on: str) -> bool:
    """Whether somebody got what they asked for. Wagtail leads those who may not back to where they may."""
    status = response.status_code
    if status == 404:
        return "door" in on
    if status in (301, 302):
        to = response.headers["Location"]
        explorer = reverse("wagtailadmin_explore_root")
        led_away = asked != explorer and asked.startswith(explorer) and re.fullmatch(explorer + r"(\d+/)?", to)
        return to != reverse("wagtailadmin_home") and "login" not in to and not led_away
    return status < 500 and status != 403


def rows_of(table: list[tuple[str, str, str]]) -> Iterator[tuple[str, str, dict[str, bool], str]]:
    """Of each row its names one by one: the name, on what, who may, and the roles that are worth asking.

    All try the first name of a row. Each of the others is tried by all who write or translate anything and may not, by
    one of those who may, and by one of those who hold no page at all: these in turn.
    """
    for pattern, on, names in table:
        signs = pattern.replace(" ", "")
        assert len(signs) == len(ROLES), names
        expected = dict(zip(ROLES, (sign == "x" for sign in signs), strict=True))
        may = [letter for letter in ROLES if expected[letter]]
        for number, name in enumerate(names.split()):
            without_pages = [letter for letter in "sSND" if not expected[letter]]
            asked_to = {letter for letter in "wtmWTMFA" if not expected[letter]}
            for some in (may, without_pages):
                asked_to |= {some[number % len(some)]} if some else set()
            yield name, on, expected, "".join(letter for letter in ROLES if number == 0 or letter in asked_to)


def ask(world: World, letter: str, act: Callable[[Client], Any]) -> Any:
    """What the role gets; whatever it changed is undone."""
    with transaction.atomic():
        answer = act(world.clients[letter])
        transaction.set_rollback(True)
    return answer


# --- The acts: each is tried through its screen, and gives whether it had its effect ----------------


def _send_text(client: Client, page: Page, **button: str) -> Page:
    """The editor of a text, sent with another title; the page as it is then."""
    form = {
        "title": "Autre titre",
        "slug": page.slug,
        "introduction": rich_text("<p>Bonjour.</p>"),
        "body": streamfield([]),
        "comments": inline_formset([]),
    }
    client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), nested_form_data(form | button))
    return Page.objects.get(pk=page.pk)


def _post(client: Client, name: str, *args: Any, query: str = "", **data: Any) -> Any:
    return client.post(reverse(name, args=args) + query, data)


def edit_a_text(client: Client, place: Place, language: str) -> bool:
    return _send_text(client, place.text[language]).get_latest_revision_as_object().title == "Autre titre"


def publish_a_text(client: Client, place: Place, language: str) -> bool:
    """What a colleague has written."""
    writer = Client()
    writer.force_login(place.teams["writer"].user_set.first() or _writer_of(place))
    _send_text(writer, place.text[language])
    return _send_text(client, place.text[language], **{"action-publish": "1"}).title == "Autre titre"


def publish_ones_own_text(client: Client, place: Place, language: str) -> bool:
    return _send_text(client, place.text[language], **{"action-publish": "1"}).title == "Autre titre"


def _writer_of(place: Place) -> User:
    user = User.objects.create_user("writes-too")
    user.groups.add(place.teams["writer"])
    return user


def send_a_text_for_approval(client: Client, place: Place, language: str) -> bool:
    return _send_text(client, place.text[language], **{"action-submit": "1"}).workflow_in_progress


def unpublish_a_text(client: Client, place: Place, language: str) -> bool:
    _post(client, "wagtailadmin_pages:unpublish", place.text[language].pk)
    return not Page.objects.get(pk=place.text[language].pk).live


def delete_a_text(client: Client, place: Place, language: str) -> bool:
    _post(client, "wagtailadmin_pages:delete", place.text[language].pk)
    return not Page.objects.filter(pk=place.text[language].pk).exists()


def lock_a_text(client: Client, place: Place, language: str) -> bool:
    _post(client, "wagtailadmin_pages:lock", place.text[language].pk)
    return Page.objects.get(pk=place.text[language].pk).locked


def publish_many_texts(client: Client, place: Place, language: str) -> bool:
    Page.objects.filter(pk=place.text[language].pk).update(live=False)
    names = ("wagtailcore", "page", "publish")
    _post(client, "wagtail_bulk_action", *names, query=f"?id={place.text[language].pk}")
    return Page.objects.get(pk=place.text[language].pk).live


def approve_a_text(client: Client, place: Place, language: str) -> bool:
    page = place.text[language].specific
    writer = place.teams["writer"].user_set.first() or _writer_of(place)
    page.title = "Autre titre"
    page.save_revision(user=writer)
    state = page.get_workflow().start(page, writer)
    task = state.current_task_state
    _post(client, "wagtailadmin_pages:workflow_action", page.pk, "approve", task.pk)
    return Page.objects.get(pk=page.pk).title == "Autre titre"


def change_a_number(client: Client, place: Place, language: str) -> bool:
    data = {"act": "change", "line": place.line.pk, "number": "01 99 00 55 77", "seen": verifying.seen(place.line)}
    _post(client, "call_list", **data)
    return ContactLine.objects.get(pk=place.line.pk).number.endswith("5577")


def take_a_number_off(client: Client, place: Place, language: str) -> bool:
    _post(client, "fact_change", "departments", "contactline", place.line.pk, archive="1")
    return ContactLine.objects.get(pk=place.line.pk).archived_at is not None


def answer_a_report(client: Client, place: Place, language: str) -> bool:
    _post(client, "reported_number", place.report.pk, outcome="right", reason="Essayé")
    return NumberReport.objects.get(pk=place.report.pk).closed_at is not None


def delete_a_message(client: Client, place: Place, language: str) -> bool:
    page = place.contact[language]
    message = ContactMessage.objects.create(
        page=page, form_data={}, token=uuid.uuid4(), forget_at=timezone.now() + timedelta(days=1)
    )
    _post(client, "wagtailforms:delete_submissions", page.pk, query=f"?selected-submissions={message.pk}")
    return not ContactMessage.objects.filter(pk=message.pk).exists()


def delete_a_picture(client: Client, place: Place, language: str) -> bool:
    _post(client, "wagtailimages:delete", place.image.pk)
    return not PortalImage.objects.filter(pk=place.image.pk).exists()


def add_a_document(client: Client, place: Place, language: str) -> bool:
    file = ContentFile(b"a;b", name="essai.csv")
    _post(client, "wagtaildocs:add", title="Essai", file=file, language="fr", collection=place.collection.pk)
    return PortalDocument.objects.filter(title="Essai", collection=place.collection).exists()


def add_an_account(client: Client, place: Place, language: str) -> bool:
    words = {"username": "new", "email": "new@example.org", "first_name": "N", "last_name": "N"}
    _post(client, "wagtailusers_users:add", **words, password1="a-long-test-password", password2="a-long-test-password")
    return User.objects.filter(username="new").exists()


def set_an_institute_up(client: Client, place: Place, language: str) -> bool:
    _post(client, "set_up_institute", title="Institut d’essai", make="1")
    return Page.objects.filter(title="Institut d’essai").exists()


def close_an_account(client: Client, place: Place, language: str) -> bool:
    leaver, colleague = User.objects.create_user("leaver"), User.objects.create_user("colleague")
    _post(client, "close_account", leaver.pk, colleague=colleague.pk, close="1")
    return not User.objects.get(pk=leaver.pk).is_active


# --- The tests --------------------------------------------------------------------------------------


def test_every_address_of_the_admin_has_a_row():
    """A new screen gets a line in SCREENS or SENT: who may open it? Or in HARMLESS, with the reason."""
    known = {name for table in (SCREENS, SENT) for name, *_rest in rows_of(table)}
    known |= {name for names in HARMLESS.values() for name in names.split()}
    there = {name for name in admin_patterns() if not name.startswith("wagtailsnippetchoosers_")}
    assert {name for name in there if leader(name) not in known} == set()
    assert {name for name in known if name not in there} == set()


def asked(patterns: dict[str, URLPattern]) -> Iterator[tuple[str, str, str, dict[str, bool], str]]:
    """Every question: method, address, on what, who should get in, and the roles that ask."""
    leaders = {}
    for name, on, expected, roles in rows_of(SCREENS):
        leaders.setdefault(name, (on, expected))
        yield "get", name, on, expected, roles
    for name, on, expected, roles in rows_of(SENT):
        yield "post", name, on, expected, roles
    # What follows another is asked for by one who may and by one who may not.
    for name in patterns:
        if name not in leaders and leader(name) in leaders:
            on, expected = leaders[leader(name)]
            some = {next((letter for letter in ROLES if expected[letter] is may), "") for may in (True, False)}
            yield "get", name, on, expected, "".join(some)


def test_each_role_gets_in_where_its_row_says(world):
    patterns = admin_patterns()
    questions = [(*one, address(world, one[1], one[2], patterns[one[1]])) for one in asked(patterns)]
    wrong = []
    for method, name, on, expected, roles, url in questions:
        for letter in roles:
            response = ask(world, letter, lambda client, method=method, url=url: getattr(client, method)(url))
            if gets_in(response, url, on) != expected[letter]:
                wrong.append(f"{method} {name} ({on}): {letter} {'is refused' if expected[letter] else 'gets in'}")
    assert wrong == []


def test_each_role_does_what_its_row_says(world):
    wrong = []
    for name, on, expected, roles in rows_of(ACTS):
        act, language = globals()[name], "en" if "-en" in on else "fr"
        for letter in roles:
            # Pages and rows are read anew: what an act did to them is undone in the database alone.
            place = copy.deepcopy(world.place(on))
            is_done = ask(
                world, letter, lambda client, act=act, place=place, language=language: act(client, place, language)
            )
            if is_done != expected[letter]:
                wrong.append(f"{name} ({on}): {letter} {'could' if is_done else 'could not'}")
    assert wrong == []


LISTS = {
    "w": "wagtailadmin_home wagtailadmin_explore_root wagtailadmin_pages:search institutes:index departments:index "
    "wagtailforms:index wagtailimages:index wagtaildocs:index wagtailimages_chooser:choose wagtaildocs_chooser:choose "
    "wagtailadmin_api:images:listing wagtailadmin_api:documents:listing wagtailadmin_reports:site_history "
    "wagtailadmin_reports:page_types_usage wagtailadmin_reports:workflow_tasks contact_lines call_list "
    "reported_numbers directory_imports numbers_in_texts bundle:index content_report pages_to_review translations "
    "pictures_of_people",
    "m": "wagtailadmin_home wagtailadmin_reports:aging_pages wagtailadmin_reports:locked_pages",
    "t": "departments:index wagtailforms:index wagtailadmin_reports:site_history",
    "s": "wagtailadmin_home contact_lines call_list reported_numbers wagtailadmin_reports:site_history",
}


@pytest.mark.parametrize("letter", LISTS)
def test_no_list_names_anything_of_another_institute(staff, letter):
    """Numbers, names of pages, of files: the other institute has one of everything."""
    for name in LISTS[letter].split():
        response = staff.clients[letter].get(reverse(name))
        assert response.status_code == 200, name
        shown = response.content.decode()
        for kind in ("Service de", "Texte de", "Image de", "Document de", "Lot de"):
            assert f"{kind} la Colline" not in shown, name
        assert "99 00 55 20" not in shown, name
    own = staff.clients[letter].get(reverse("contact_lines" if letter == "s" else "departments:index"))
    assert "Service de la Rive" in own.content.decode()


def test_files_are_added_to_the_own_collection_and_chosen_from_it(staff):
    form = staff.clients["w"].get(reverse("wagtaildocs:add")).content.decode()
    assert "la Colline" not in form
    for letter, kind in (("w", "images"), ("w", "documents")):
        listed = staff.clients[letter].get(reverse(f"wagtailadmin_api:{kind}:listing")).json()
        assert [one["title"].endswith("la Rive") for one in listed["items"]] == [True]
