"""What a new institute needs of the directory: its switchboard's duty."""

from django.utils.translation import gettext as _

from departments.models import Duty
from institutes.founding import Founding
from portal.roles import StaffRole


def give_duty(founding: Founding) -> None:
    """The switchboard of the institute's own team looks after its lines."""
    group = founding.teams[StaffRole.SWITCHBOARD]
    if StaffRole.SWITCHBOARD in founding.new_teams:
        Duty.objects.get_or_create(group=group, institute=founding.institute)
        founding.note(_("Duty of “%(name)s” for the institute’s lines") % {"name": group.name})
