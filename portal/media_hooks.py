"""The ground floor's part of Wagtail's screens and texts where they show pictures and documents."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.documents.rich_text import DocumentLinkHandler

from portal import media_forms, media_views, pictures
from portal.models import PortalDocument


class DescribedDocumentLink(DocumentLinkHandler):
    """A link to a document in running text: what opens is said before (portal/templatetags/document_tags.py)."""

    @classmethod
    def expand_db_attributes_many(cls, attrs_list: list[dict[str, Any]]) -> list[str]:
        return [_opening_tag(document) if document else "<a>" for document in cls.get_many(attrs_list)]


def _opening_tag(document: PortalDocument) -> str:
    hreflang = format_html(' hreflang="{}"', document.language) if document.language else ""
    return format_html(
        '<a href="{}" type="{}"{} data-file="{}">',
        document.url,
        document.content_type,
        hreflang,
        about(document),
    )


def about(document: PortalDocument) -> str:
    """What opens: kind, size, language, as readers of the active language say it."""
    size = document.get_file_size()
    parts = [document.file_extension.upper(), filesizeformat(size) if size else "", document.language_name]
    return ", ".join(part for part in parts if part)


@hooks.register("register_rich_text_features", order=10)
def describe_documents(features: Any) -> None:
    features.register_link_type(DescribedDocumentLink)


@hooks.register("before_serve_document", order=10)
def keep_drafts_private(document: PortalDocument, request: HttpRequest) -> HttpResponse | None:
    return media_views.refuse_private_documents(document, request)


@hooks.register("register_log_actions")
def acts(actions: Any) -> None:
    actions.register_action(pictures.WITHDRAWN, _("Withdraw a picture"), _("Consent ended: its sizes were deleted"))
    actions.register_action(media_forms.REPLACED, _("Replace a file"), _("File replaced"))
