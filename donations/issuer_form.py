"""The form of an issuer: whoever lets it issue receipts is told at once what these still need."""

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from donations.regimes import REGIMES


class IssuerForm(WagtailAdminModelForm):
    regime = forms.ChoiceField(
        label=_("tax regime"),
        required=False,
        choices=[("", _("None: this body issues no receipts")), ("fr", _("France")), ("gb", _("United Kingdom"))],
    )

    def _post_clean(self) -> None:
        super()._post_clean()
        regime = REGIMES.get(self.instance.regime)
        if regime is None:
            return
        forms_to_issue = [form for form in regime.forms if not form.articles or regime.articles(self.instance, form)]
        for name in {
            name for form in forms_to_issue or regime.forms for name in regime.issuer_lacks(self.instance, form)
        }:
            if name in self.fields and name not in self.errors:
                self.add_error(name, _("Receipts need this. Fill it in, or choose no tax regime."))
