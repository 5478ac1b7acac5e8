"""Transfers and cheques in the admin: the bank's file is read, each line is matched with the gift that it is."""

import base64
import binascii
import io
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views.generic.base import BaseListingView
from wagtail.admin.widgets.button import Button, HeaderButton

from donations import bank_files, matching
from donations.bank_files import Columns
from donations.giving_menu import AmountColumn, MomentColumn, Permitted, for_those_who, screen
from donations.matching import CannotMatch
from donations.models import BankLine, Donation, DonorAccess, Issuer
from donations.models.donations import CURRENCIES
from donations.money import NotAnAmount, parse_amount
from donations.references import in_groups
from portal import tables

MATCH, ISSUE = "donations.match_transfer", "donations.issue_receipt"
_SHOWN = 8  # lines of a file, to see whether its columns are understood

_WHY = {
    "line is taken": gettext_lazy("This line was matched or put aside by somebody meanwhile."),
    "gift is taken": gettext_lazy("This gift has got its money already, or was refused: it was not matched again."),
    "other account": gettext_lazy("This gift goes to another issuer, or was not announced as a cheque or transfer."),
    "other amount": gettext_lazy(
        "Another amount was announced. Tick that the gift is what arrived, or choose another."
    ),
    "does not fit": gettext_lazy("This gift cannot take the money of this line. See the cases for a person."),
    "not matched": gettext_lazy("This match was taken back by somebody meanwhile."),
    "receipt": gettext_lazy("This gift stands on a valid receipt. Tick that the receipt becomes void, too."),
    "refund": gettext_lazy("Money of this gift was sent back. The match stays: it tells where that money came from."),
    "closed payout": gettext_lazy("This money lies in a payout that is closed. The match stays."),
}


_BANK = ("giving_bank_lines", gettext_lazy("Lines of the bank"))  # where the screens of the bank lead back to


# --- The list -------------------------------------------------------------------------------------


class LineFilters(WagtailFilterSet):
    """Narrows the list of lines."""

    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"),
        method="in_state",
        choices=[
            ("open", gettext_lazy("To be matched")),
            ("matched", gettext_lazy("Matched")),
            ("aside", gettext_lazy("Put aside")),
        ],
    )

    class Meta:
        model = BankLine
        fields = ["issuer"]

    def in_state(self, lines: QuerySet, name: str, value: str) -> QuerySet:
        match value:
            case "open":
                return lines.filter(donation=None, put_aside_at=None)
            case "matched":
                return lines.exclude(donation=None)
        return lines.exclude(put_aside_at=None)


def state_of(line: BankLine) -> str:
    """Where a line stands, in words."""
    if line.donation_id:
        return _("matched: %(reference)s") % {"reference": in_groups(line.donation.reference)}
    return _("put aside") if line.put_aside_at else _("to be matched")


class BankLines(Permitted, BaseListingView):
    """The credits on the issuers' accounts: those to be matched first."""

    permissions = ("donations.view_bankline",)
    page_title = gettext_lazy("Lines of the bank")
    header_icon = "table"
    index_url_name = "giving_bank_lines"
    index_results_url_name = "giving_bank_lines_results"
    results_template_name = "donations/admin/list_results.html"
    filterset_class = LineFilters
    paginate_by = 50
    is_searchable = True
    no_results_message = gettext_lazy("No line. Read a file of the bank, or write down a cheque.")
    columns = [
        TitleColumn(
            "text",
            label=gettext_lazy("The bank’s words"),
            accessor=lambda line: line.text or "–",
            get_url=lambda line: reverse("giving_bank_line", args=[line.pk]),
        ),
        MomentColumn("booked_on", label=gettext_lazy("Booked on")),
        AmountColumn("amount", label=gettext_lazy("Amount")),
        Column("issuer", label=gettext_lazy("Issuer")),
        Column("state", label=gettext_lazy("State"), accessor=state_of),
        MomentColumn("read_at", label=gettext_lazy("Read")),
    ]

    def get_base_queryset(self) -> QuerySet:
        is_open = Case(
            When(donation=None, put_aside_at=None, then=Value(0)), default=Value(1), output_field=IntegerField()
        )
        lines = BankLine.objects.select_related("issuer", "donation")
        return lines.annotate(turn=is_open).order_by("turn", "-booked_on", "pk")

    def search_queryset(self, queryset: QuerySet) -> QuerySet:
        return queryset.filter(text__icontains=self.search_query.strip()) if self.is_searching else queryset

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        if not self.request.user.has_perm(MATCH):
            return []
        return [HeaderButton(_("Read a file of the bank"), url=reverse("giving_bank_file"), icon_name="upload")]

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        if not self.request.user.has_perm(MATCH):
            return []
        return [
            Button(_("Match what is sure"), url=reverse("giving_match_all"), icon_name="check", priority=10),
            Button(_("Write down a cheque"), url=reverse("giving_cheque"), icon_name="plus", priority=20),
        ]


@require_http_methods(["GET", "HEAD", "POST"])
@for_those_who("donations.view_bankline", MATCH)
def match_all(request: HttpRequest) -> HttpResponse:
    """Match every line that quotes the reference of a gift of its amount."""
    if request.method == "POST":
        number = matching.match_all_that_are_sure(request.user)
        text = ngettext("%(number)s line was matched.", "%(number)s lines were matched.", number) % {"number": number}
        messages.success(request, text)
        return redirect("giving_bank_lines")
    return TemplateResponse(
        request, "donations/admin/match_all.html", screen(_("Match what is sure"), back=_BANK, icon="check")
    )


# --- A file ---------------------------------------------------------------------------------------


class FileForm(forms.Form):
    """Whose account, and the file."""

    issuer = forms.ModelChoiceField(label=gettext_lazy("Account of"), queryset=Issuer.objects.all())
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=CURRENCIES)
    file = forms.FileField(
        label=gettext_lazy("File of the bank"),
        help_text=gettext_lazy("CSV or XLSX, as the bank gives it. Reading it twice adds nothing."),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > bank_files.LARGEST:
            raise ValidationError(_("The file is too large. Ask the bank for a shorter time."))
        return file


class ColumnsForm(forms.Form):
    """Which column is what; the file itself goes along, so that nothing is stored before somebody says so."""

    issuer = forms.ModelChoiceField(queryset=Issuer.objects.all(), widget=forms.HiddenInput)
    currency = forms.ChoiceField(choices=CURRENCIES, widget=forms.HiddenInput)
    content = forms.CharField(widget=forms.HiddenInput)
    date = forms.TypedChoiceField(label=gettext_lazy("Date"), coerce=int)
    amount = forms.TypedChoiceField(
        label=gettext_lazy("Amount"), coerce=int, help_text=gettext_lazy("Credits; what is negative is left out.")
    )
    texts = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Text"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("All columns with words, so that the reference is found."),
    )

    def __init__(self, *args: Any, header: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(at, name or _("column %(number)s") % {"number": at + 1}) for at, name in enumerate(header)]
        for field in ("date", "amount", "texts"):
            self.fields[field].choices = names

    @property
    def columns(self) -> Columns:
        data = self.cleaned_data
        return Columns(data["date"], data["amount"], tuple(data["texts"]))


@require_http_methods(["GET", "HEAD", "POST"])
@for_those_who("donations.view_bankline", MATCH)
def bank_file(request: HttpRequest) -> HttpResponse:
    """Upload, look at what was understood, keep."""
    if request.method == "POST" and "content" in request.POST:
        return _columns(request)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            read = bank_files.read(upload)
        except tables.TableError as error:
            form.add_error("file", str(error))
        else:
            upload.seek(0)
            initial = {
                "issuer": form.cleaned_data["issuer"].pk,
                "currency": form.cleaned_data["currency"],
                "content": base64.b64encode(upload.read()).decode(),
            }
            if read.guess:
                initial |= {
                    "date": read.guess.date,
                    "amount": read.guess.amount,
                    "texts": list(read.guess.texts),
                }
            return _show_columns(request, read, ColumnsForm(initial=initial, header=read.header), read.guess, **initial)
    context = screen(_("Read a file of the bank"), back=_BANK, icon="upload") | {"form": form}
    return TemplateResponse(request, "donations/admin/bank_file.html", context, status=422 if form.errors else 200)


def _columns(request: HttpRequest) -> HttpResponse:
    try:
        content = base64.b64decode(request.POST["content"], validate=True)
        read = bank_files.read(io.BytesIO(content))
    except (binascii.Error, tables.TableError):
        messages.error(request, _("The file did not come through whole. Choose it again."))
        return redirect("giving_bank_file")
    form = ColumnsForm(request.POST, header=read.header)
    if not form.is_valid():
        return _show_columns(request, read, form, None, status=422)
    data = form.cleaned_data
    if request.POST.get("act") != "keep":
        return _show_columns(request, read, form, form.columns, currency=data["currency"])
    movements = list(read.movements(form.columns, data["currency"]))
    kept = bank_files.keep(data["issuer"], data["currency"], movements)
    unread = [movement for movement in movements if movement.problem]
    messages.success(
        request,
        _("%(new)s new lines; %(known)s were there already, %(debits)s are no credits.")
        % {"new": kept.new, "known": kept.known, "debits": read.debits},
    )
    if unread:
        rows = ", ".join(str(movement.row) for movement in unread[:20])
        messages.warning(
            request, _("%(number)s rows could not be read: %(rows)s.") % {"number": len(unread), "rows": rows}
        )
    return redirect("giving_bank_lines")


def _show_columns(
    request: HttpRequest,
    read: bank_files.BankFile,
    form: ColumnsForm,
    columns: Columns | None,
    *,
    status: int = 200,
    currency: str = "EUR",
    **_initial: Any,
) -> HttpResponse:
    movements = list(read.movements(columns, currency)) if columns else []
    context = screen(_("Read a file of the bank"), back=_BANK, icon="upload") | {
        "form": form,
        "movements": [movement for movement in movements if not movement.problem][:_SHOWN],
        "problems": [movement for movement in movements if movement.problem][:_SHOWN],
        "number": sum(not movement.problem for movement in movements),
        "number_of_problems": sum(bool(movement.problem) for movement in movements),
        "debits": read.debits,
        "currency": currency,
        "is_guessed": columns is not None,
    }
    return TemplateResponse(request, "donations/admin/bank_columns.html", context, status=status)


# --- A cheque -------------------------------------------------------------------------------------


class ChequeForm(forms.Form):
    """One cheque of those that were paid in."""

    issuer = forms.ModelChoiceField(label=gettext_lazy("Account of"), queryset=Issuer.objects.all())
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=CURRENCIES)
    booked_on = forms.DateField(
        label=gettext_lazy("Paid in on"),
        initial=timezone.localdate,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    amount = forms.CharField(
        label=gettext_lazy("Amount"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    text = forms.CharField(
        label=gettext_lazy("What stands on it"),
        max_length=500,
        help_text=gettext_lazy("Its number and the reference of the gift: “Cheque 0012345, RF71 …”."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "amount" in data and "currency" in data:
            try:
                data["amount_minor"] = parse_amount(data["amount"], data["currency"], bank_files.MOST_MINOR)
            except NotAnAmount:
                self.add_error("amount", _("This is no amount. Write it in figures, for example 75 or 75,50."))
        return data


@require_http_methods(["GET", "HEAD", "POST"])
@for_those_who("donations.view_bankline", MATCH)
def cheque(request: HttpRequest) -> HttpResponse:
    """Write down a cheque, then match it like a line of the bank."""
    form = ChequeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        words = " ".join(data["text"].split())
        line = bank_files.keep_cheque(data["issuer"], data["currency"], data["booked_on"], data["amount_minor"], words)
        if line:
            messages.success(request, _("The cheque is written down. Choose the gift that it is."))
            return redirect("giving_bank_line", line.pk)
        form.add_error(None, _("The same cheque is written down already. If it is another one, add its number."))
    context = screen(_("Write down a cheque"), back=_BANK, icon="plus") | {"form": form}
    return TemplateResponse(request, "donations/admin/cheque.html", context, status=422 if form.errors else 200)


# --- A line ---------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD"])
@for_those_who("donations.view_bankline")
def bank_line(request: HttpRequest, pk: int) -> HttpResponse:
    """One line, and the gifts that it may be."""
    line = get_object_or_404(BankLine.objects.select_related("issuer", "donation__fund", "matched_by"), pk=pk)
    return _show_line(request, line)


def _show_line(request: HttpRequest, line: BankLine, *, status: int = 200) -> HttpResponse:
    user = request.user
    may_see_donors = user.has_perm("donations.view_donor")
    is_open = not line.donation_id and not line.put_aside_at
    proposals = matching.proposals(line, with_names=may_see_donors) if is_open else []
    if proposals and may_see_donors:
        DonorAccess.objects.create(
            user=user, act=DonorAccess.Act.LISTED, what=f"bank line {line.pk}", number=len(proposals)
        )
    context = screen(_("Line of the bank"), back=_BANK, icon="table") | {
        "line": line,
        "state": state_of(line),
        "is_open": is_open,
        "may_match": user.has_perm(MATCH),
        "may_see_donors": may_see_donors,
        "proposals": proposals,
        "reference": request.POST.get("reference", ""),
        "receipts": matching.receipts_of(line.donation) if line.donation_id else [],
        "may_void": user.has_perm(ISSUE),
        "reason": request.POST.get("reason", ""),
    }
    return TemplateResponse(request, "donations/admin/bank_line.html", context, status=status)


@require_POST
@for_those_who("donations.view_bankline", MATCH)
def match_line(request: HttpRequest, pk: int) -> HttpResponse:
    """Match the line with a gift that was proposed, or whose reference was typed."""
    line = get_object_or_404(BankLine.objects.select_related("issuer"), pk=pk)
    gift = _chosen(request)
    if gift is None:
        messages.error(request, _("No gift has this reference. Compare it, letter by letter."))
        return _show_line(request, line, status=422)
    try:
        matching.match(line, gift, request.user, accept_amount="accept" in request.POST)
    except CannotMatch as error:
        line.refresh_from_db()
        messages.error(request, str(_WHY[error.why]))
        return _show_line(request, line, status=422)
    messages.success(request, _("Matched: the gift is received, and the donor is thanked by e-mail."))
    return redirect("giving_bank_lines")


def _chosen(request: HttpRequest) -> Donation | None:
    reference = "".join(request.POST.get("reference", "").split()).upper()
    if reference:
        return Donation.objects.filter(reference=reference).first()
    pk = request.POST.get("gift", "")
    return Donation.objects.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 10 else None


@require_POST
@for_those_who("donations.view_bankline", MATCH)
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """The line was matched with the wrong gift: nothing of it is wiped out, all of it is turned back."""
    line = get_object_or_404(BankLine.objects.select_related("issuer", "donation__fund", "matched_by"), pk=pk)
    reason, voids_receipt = " ".join(request.POST.get("reason", "").split()), "void" in request.POST
    if not reason:
        messages.error(request, _("Say why the match was wrong: it stands in the journal of the gift."))
        return _show_line(request, line, status=422)
    if voids_receipt and not request.user.has_perm(ISSUE):
        raise PermissionDenied
    try:
        gift = matching.take_back(line, reason, request.user, voids_receipt=voids_receipt)
    except CannotMatch as error:
        line.refresh_from_db()
        messages.error(request, str(_WHY[error.why]))
        return _show_line(request, line, status=422)
    messages.success(request, _("The match is taken back. The line is open again, the gift waits for its money."))
    if gift.mails.filter(kind="thanks", done_at__isnull=False).exists():
        messages.warning(request, _("The donor of that gift had been thanked already: write to them in person."))
    return redirect("giving_bank_line", pk)


@require_POST
@for_those_who("donations.view_bankline", MATCH)
def put_aside(request: HttpRequest, pk: int) -> HttpResponse:
    """The line is none of the announced gifts; or it is to be looked at again."""
    line = get_object_or_404(BankLine, pk=pk)
    is_aside = request.POST.get("act") == "aside"
    if not matching.put_aside(line, is_aside=is_aside):
        messages.error(request, str(_WHY["line is taken"]))
        return redirect("giving_bank_line", pk)
    messages.success(request, _("The line is put aside.") if is_aside else _("The line is to be matched again."))
    return redirect("giving_bank_lines") if is_aside else redirect("giving_bank_line", pk)


urlpatterns = [
    path("giving/bank/", BankLines.as_view(), name="giving_bank_lines"),
    path("giving/bank/results/", BankLines.as_view(results_only=True), name="giving_bank_lines_results"),
    path("giving/bank/file/", bank_file, name="giving_bank_file"),
    path("giving/bank/cheque/", cheque, name="giving_cheque"),
    path("giving/bank/sure/", match_all, name="giving_match_all"),
    path("giving/bank/<int:pk>/", bank_line, name="giving_bank_line"),
    path("giving/bank/<int:pk>/match/", match_line, name="giving_match_line"),
    path("giving/bank/<int:pk>/back/", take_back, name="giving_take_match_back"),
    path("giving/bank/<int:pk>/aside/", put_aside, name="giving_put_aside"),
]
