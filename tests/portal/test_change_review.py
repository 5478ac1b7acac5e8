"""Numbers are live at once; a colleague looks at them afterwards."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connections
from django.urls import reverse
from wagtail.models import GroupPagePermission, ModelLogEntry

from departments.models import ContactLine
from portal import bootstrapping, change_review, fact_log
from portal.models import SeenChange, User
from tests import databases, factories


@pytest.fixture
def line(db):
    institute = factories.institute()
    return factories.line(factories.department(institute), "01 99 00 10 10")


def change(line, user, number: str = "+33199002020") -> ModelLogEntry:
    fact = ContactLine.objects.get(pk=line.pk)
    fact.number = number
    fact_log.change(fact, user)
    return fact_log.entries(fact).first()


def waiting(user) -> list[int]:
    return [entry.pk for entry in change_review.to_look_at(user)]


def test_what_somebody_changed_waits_for_a_colleague_with_what_stood_before(line, make_user, moderator, client_of):
    entry = change(line, make_user(bootstrapping.EDITORS))
    factories.speaking_english(moderator)
    for address in (reverse("wagtailadmin_home"), reverse("fact_changes")):
        shown = moderator.get(address).content.decode()
        assert "+33199001010" in shown and "+33199002020" in shown and "communications-editors" in shown
        assert reverse("fact_history", args=["departments", "contactline", line.pk]) in shown
    answer = moderator.post(reverse("fact_changes"), {"entry": [entry.pk]}, follow=True)
    assert "1 change marked as seen" in answer.content.decode()
    assert SeenChange.objects.get(entry=entry).seen_by.username == "moderators"
    assert "+33199002020" not in moderator.get(reverse("fact_changes")).content.decode()
    assert ContactLine.objects.get(pk=line.pk).number == "+33199002020"  # it was live all the time


def test_nobody_marks_their_own_change_as_seen(line, make_user):
    mine, colleague = (make_user(bootstrapping.MODERATORS, name) for name in ("mine", "colleague"))
    entry = change(line, mine)
    assert waiting(mine) == [] and waiting(colleague) == [entry.pk]
    assert change_review.mark_seen(mine, [entry.pk]) == 0
    assert change_review.mark_seen(colleague, [entry.pk]) == 1
    assert change_review.mark_seen(colleague, [entry.pk]) == 0
    later = change(line, mine, "+33199003030")
    assert waiting(colleague) == [later.pk]


def test_a_reviewer_sees_the_changes_of_the_pages_that_they_publish(line, make_user):
    group = Group.objects.create(name="Next door")
    other = factories.institute("Maison voisine")["fr"]
    permission = Permission.objects.get(codename="publish_page", content_type__app_label="wagtailcore")
    GroupPagePermission.objects.create(group=group, page=other, permission=permission)
    user = make_user("Next door")
    editor = make_user(bootstrapping.EDITORS)
    entry = change(line, editor)
    assert waiting(user) == [] and change_review.mark_seen(user, [entry.pk]) == 0
    GroupPagePermission.objects.create(group=group, page=line.page.get_parent(), permission=permission)
    assert waiting(type(user).objects.get(pk=user.pk)) == [entry.pk]


@pytest.mark.parametrize("group", [bootstrapping.EDITORS, bootstrapping.SWITCHBOARD, bootstrapping.FINANCE])
def test_who_publishes_nothing_has_no_such_list(line, client_of, make_user, group):
    change(line, make_user(bootstrapping.ADMINISTRATORS))
    client = client_of(group)
    assert client.get(reverse("fact_changes")).status_code == 302
    assert "fact-changes" not in client.get(reverse("wagtailadmin_home")).content.decode()


@pytest.mark.django_db(transaction=False)
def test_the_list_costs_the_same_for_one_change_and_for_many(line, make_user, moderator, django_assert_max_num_queries):
    editor = make_user(bootstrapping.EDITORS)
    for last in range(10, 30):
        change(line, editor, f"+331990040{last}")
    user = make_user(bootstrapping.MODERATORS, "another")
    with django_assert_max_num_queries(12):
        assert len(change_review.rows(list(change_review.to_look_at(user)))) == 20


def test_two_who_mark_the_same_change_at_once_leave_one_mark(django_db_setup, django_db_blocker):

    with django_db_blocker.unblock(), databases.elsewhere("seen"):
        made = []
        for name in ("one", "two", "writer"):
            user = User.objects.create_user(name, password="a-long-test-password")
            user.groups.add(Group.objects.get(name=bootstrapping.MODERATORS))
            made.append(user)
        one, two, writer = made
        entry = change(ContactLine.objects.exclude(number="+33199002020").first(), writer)
        start = threading.Barrier(2)

        def mark(user):
            try:
                start.wait(timeout=20)
                return change_review.mark_seen(user, [entry.pk])
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as threads:
            assert sum(threads.map(mark, (one, two))) == 1
        assert SeenChange.objects.filter(entry=entry).count() == 1
