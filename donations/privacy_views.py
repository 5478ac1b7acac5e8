"""A donor's rights, in the admin: a copy of everything, and to be forgotten. Each under a permission of its own."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from donations.models import Donor
from donations.privacy import NotErased, erase, file_of, note_export, plan_of

EXPORT, ERASE = "donations.export_donor", "donations.erase_donor"


class DonorDataView(WagtailAdminTemplateMixin, TemplateView):
    """What may be done for a donor who asks for their data, or to be forgotten. It shows no name: the asker has one."""

    template_name = "donations/admin/donor_data.html"
    page_title = gettext_lazy("A donor’s data")
    header_icon = "user"
    _show_breadcrumbs = True

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.may_export, self.may_erase = request.user.has_perm(EXPORT), request.user.has_perm(ERASE)
        if not (self.may_export or self.may_erase):
            raise PermissionDenied
        self.donor = get_object_or_404(Donor, uuid=kwargs["number"])

    def get_page_subtitle(self) -> str:
        return str(self.donor.uuid)

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        return [*super().get_breadcrumbs_items(), {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        same = Donor.objects.none()
        if self.donor.email:
            same = Donor.objects.filter(email__iexact=self.donor.email).exclude(pk=self.donor.pk)
            same = same.prefetch_related("donations").order_by("pk")
        return super().get_context_data(**kwargs) | {
            "donor": self.donor,
            "plan": plan_of(self.donor),
            "may_export": self.may_export,
            "may_erase": self.may_erase and not self.donor.erased_at,
            "same_address": same,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        act = request.POST.get("act")
        if act == "export" and self.may_export:
            content = file_of(self.donor)
            note_export(self.donor, request.user, "art. 15")
            response = HttpResponse(content, content_type="application/zip")
            response["Content-Disposition"] = f'attachment; filename="donor-{self.donor.uuid}.zip"'
            response["Cache-Control"] = "no-store"
            return response
        if act == "erase" and self.may_erase and not self.donor.erased_at:
            if not request.POST.get("sure"):
                messages.error(request, _("Nothing was erased: tick that you are sure."))
            else:
                try:
                    erase(self.donor, request.user, "art. 17")
                except NotErased as error:
                    messages.error(request, str(error))
                else:
                    messages.success(request, _("The donor has been erased. Gifts and receipts stay."))
            return HttpResponseRedirect(reverse("donor_data", args=[self.donor.uuid]))
        raise PermissionDenied
