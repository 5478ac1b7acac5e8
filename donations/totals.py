"""What came in, month by month and fund by fund: sums of the ledger, and a plot that needs no script."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.ui.tables import Column, Table
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from donations.giving_menu import AmountColumn, Permitted
from donations.models import EntryKind, Fund, LedgerEntry
from donations.money import display
from portal.dashboard import Line, Panel
from portal.days import midnight
from portal.folding import fold

MONTHS = 12
# The drawing, in units of its own: each month gets a column, a strip below it holds the months' names.
_COLUMN, _BAR, _HEIGHT, _NAMES = 60, 40, 180, 30


@dataclass(frozen=True)
class Bar:
    """One month of a plot: what the ledger gained in it, and where its bar stands in the drawing."""

    month: date
    amount_minor: int
    x: int
    y: int
    height: int
    middle: int

    @property
    def is_loss(self) -> bool:
        return self.amount_minor < 0


@dataclass(frozen=True)
class Plot:
    """Twelve months of one currency."""

    currency: str
    bars: list[Bar]
    total_minor: int
    baseline: int
    width: int = MONTHS * _COLUMN
    height: int = _HEIGHT + _NAMES
    names_at: int = _HEIGHT + _NAMES - 8
    bar_width: int = _BAR


def sums(entries: QuerySet[LedgerEntry]) -> list[dict[str, Any]]:
    """By currency: `amount_minor` of the entries, and of how many gifts they are (`gifts`)."""
    by_currency = entries.order_by().values("currency")
    return list(
        by_currency.annotate(amount_minor=Sum("amount_minor"), gifts=Count("donation", distinct=True)).order_by(
            "currency"
        )
    )


def last_months(today: date) -> list[date]:
    """The first days of the last twelve months, the current one being the last."""
    index = today.year * 12 + today.month - 1
    return [date((index - back) // 12, (index - back) % 12 + 1, 1) for back in range(MONTHS - 1, -1, -1)]


def plots(entries: QuerySet[LedgerEntry]) -> list[Plot]:
    """A plot of the last twelve months for each currency of the entries. Months are those of the portal's clock."""
    months = last_months(timezone.localdate())
    begin = midnight(months[0])
    rows = (
        entries.filter(happened_at__gte=begin)
        .order_by()
        .annotate(month=TruncMonth("happened_at"))
        .values("currency", "month")
        .annotate(sum=Sum("amount_minor"))
    )
    by_currency: dict[str, dict[date, int]] = {}
    for row in rows:
        month = timezone.localdate(row["month"])
        by_currency.setdefault(row["currency"], {})[month] = row["sum"]
    return [_plot(currency, months, found) for currency, found in sorted(by_currency.items())]


def _plot(currency: str, months: list[date], found: dict[date, int]) -> Plot:
    amounts = [found.get(month, 0) for month in months]
    most, least = max(*amounts, 0), min(*amounts, 0)
    span = most - least or 1
    baseline = _HEIGHT * most // span
    bars = []
    for number, (month, amount) in enumerate(zip(months, amounts, strict=True)):
        # A month with anything at all shows at least as a line.
        height = max(_HEIGHT * abs(amount) // span, 2 if amount else 0)
        left = number * _COLUMN
        top = baseline - height if amount > 0 else baseline
        bars.append(Bar(month, amount, left + (_COLUMN - _BAR) // 2, top, height, left + _COLUMN // 2))
    return Plot(currency, bars, sum(amounts), baseline)


class Totals(Permitted, WagtailAdminTemplateMixin, TemplateView):
    """What gifts came to: by fund and by month, never by donor. For those who may know no more than that, too."""

    permissions = ("donations.see_totals",)
    page_title = _("Totals of gifts")
    header_icon = "order"
    template_name = "donations/admin/totals.html"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.get_page_title()}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        entries = LedgerEntry.objects.all()
        return super().get_context_data(**kwargs) | {
            "sums": sums(entries),
            "plots": plots(entries),
            "funds": Table(self._columns(), self._by_fund()),
        }

    @staticmethod
    def _columns() -> list[Column]:
        return [
            Column("fund", label=_("Fund"), accessor="name"),
            Column("issuer", label=_("Issuer")),
            Column("gifts", label=_("Gifts with money")),
            AmountColumn("year", label=_("This year"), of="year_minor"),
            AmountColumn("all", label=_("In all"), of="all_minor"),
        ]

    @staticmethod
    def _by_fund() -> list[dict[str, Any]]:
        begin = midnight(date(timezone.localdate().year, 1, 1))
        rows = (
            LedgerEntry.objects.order_by()
            .values("fund", "currency", issuer_name=F("issuer__name"))
            .annotate(
                all_minor=Sum("amount_minor"),
                year_minor=Sum("amount_minor", filter=Q(happened_at__gte=begin), default=0),
                gifts=Count("donation", distinct=True),
            )
        )
        names = {fund.pk: str(fund) for fund in Fund.objects.all()}
        found = [row | {"name": names[row["fund"]], "issuer": row["issuer_name"]} for row in rows]
        return sorted(found, key=lambda row: (fold(row["name"]), row["currency"]))


class GiftsOfTheWeek(Panel):
    """On the dashboard of those who may know totals: what came in within seven days. Never who gave."""

    name = "gifts_of_the_week"
    heading = _("Gifts of the last seven days")
    icon = "pick"

    def lines(self, user: Any) -> list[Line]:
        if not user.has_perm("donations.see_totals"):
            return []
        lately = LedgerEntry.objects.filter(happened_at__gte=timezone.now() - timedelta(days=7))
        received = {row["currency"]: row for row in sums(lately.filter(kind=EntryKind.PAYMENT))}
        lines = []
        for row in sums(lately):
            amount = display(row["amount_minor"], row["currency"], get_language(), exact=True)
            gifts = received.get(row["currency"], {}).get("gifts", 0)
            words = ngettext("%(amount)s, from %(number)d gift", "%(amount)s, from %(number)d gifts", gifts)
            came_in = received.get(row["currency"], {}).get("amount_minor", 0)
            remark = gettext("what went back is taken off") if came_in != row["amount_minor"] else ""
            lines.append(Line(words % {"amount": amount, "number": gifts}, reverse("giving_totals"), remark))
        return lines
