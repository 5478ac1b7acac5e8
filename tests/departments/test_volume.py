"""The made-up directory to measure with: put in, counted, taken out again."""

import pytest
from django.core.management import call_command

from departments.models import DepartmentPage
from departments.volume import SLUG, Volume

pytestmark = pytest.mark.django_db


def test_what_is_taken_out_is_counted_in_departments_and_a_dry_run_takes_nothing(capsys):
    made_up = DepartmentPage.objects.filter(slug__startswith=SLUG)
    call_command("fill_directory", "--departments", "3", "--lines", "3", "--beside-real-content", "--dry-run")
    assert not made_up.exists()
    Volume(3, 3, lambda line: None).fill()  # the command's own last step, VACUUM, wants no transaction round it
    assert made_up.count() == 6, "in two languages"
    capsys.readouterr()
    call_command("fill_directory", "--remove", "--dry-run")
    assert capsys.readouterr().out == "3 department(s) would be removed.\n" and made_up.count() == 6
    call_command("fill_directory", "--remove")
    assert capsys.readouterr().out.endswith("3 department(s) removed.\n") and not made_up.exists()
