"""Addresses of the directory below the reader's language that are no pages."""

from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy as _

from departments import open_data, suggesting, takeaways, wrong_numbers

urlpatterns: list[URLPattern | URLResolver] = [
    path("directory/<int:page_id>/suggestions/", suggesting.suggestions, name="directory_suggestions"),
    path(_("open-data/"), open_data.explanation, name="open_data"),
    path("card/line/<uuid:key>.vcf", takeaways.line_card, name="line_card"),
    path("card/<uuid:key>.vcf", takeaways.page_card, name="page_card"),
    path("paper/<uuid:key>/", takeaways.print_sheet, name="print_sheet"),
    path("wrong-number/<uuid:uuid>/", wrong_numbers.report_number, name="report_number"),
]
