"""Addresses of the directory below the reader's language that are no pages."""

from django.urls import URLPattern, URLResolver, path

from departments import takeaways

urlpatterns: list[URLPattern | URLResolver] = [
    path("card/line/<uuid:key>.vcf", takeaways.line_card, name="line_card"),
    path("card/<uuid:key>.vcf", takeaways.page_card, name="page_card"),
    path("paper/<uuid:key>/", takeaways.print_sheet, name="print_sheet"),
]
