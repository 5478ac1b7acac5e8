"""How the files of pictures and documents leave the house: never straight from the folder of uploads.

A picture is fetched by the address of one of its sizes, a document by its number. Both ask at once, each time, whether
visitors may have it (portal/media_uses.py); so nothing has to run for a picture to be gone when its consent ends.
"""

import mimetypes

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe
from wagtail.documents.views.serve import serve
from wagtail.users.models import UserProfile

from portal import media_uses
from portal.models import PortalDocument, PortalImage, Rendition

KEPT = "public, max-age=3600"  # an hour: whoever takes a picture off a page can wait for the caches that long
ASKED_EACH_TIME = "public, no-cache"  # a consent can end any day
FOR_STAFF = "private, no-store"


@require_safe
def serve_media(request: HttpRequest, path: str) -> HttpResponse:
    """A size of a picture for everybody who may see it; originals and portraits of accounts for staff alone."""
    if path.startswith("images/"):
        size = Rendition.objects.select_related("image").filter(file=path).first()
        if size is None:
            raise Http404
        return _file(request, path, _who_keeps(request, size.image))
    if not request.user.has_perm("wagtailadmin.access_admin"):
        raise Http404
    if PortalImage.objects.filter(file=path).exists() or UserProfile.objects.filter(avatar=path).exists():
        return _file(request, path, FOR_STAFF)
    raise Http404


def _who_keeps(request: HttpRequest, image: PortalImage) -> str:
    """What caches are told of a picture; Http404 for whom it is not there."""
    if not image.is_withheld and media_uses.is_public(image):
        return ASKED_EACH_TIME if image.shows_people else KEPT
    is_staff = request.user.has_perm("wagtailadmin.access_admin")
    if is_staff or (not image.is_withheld and media_uses.may_fetch(request, image)):
        return FOR_STAFF
    raise Http404


def _file(request: HttpRequest, path: str, kept: str) -> HttpResponse:
    tag = f'"{path.rpartition("/")[2]}"'  # a file never changes under its name
    response = get_conditional_response(request, etag=tag)
    if response is None:
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        if settings.MEDIA_ACCEL:  # the web server sends the bytes
            response = HttpResponse(content_type=kind, headers={"X-Accel-Redirect": settings.MEDIA_ACCEL + path})
        else:
            try:
                response = FileResponse(default_storage.open(path), content_type=kind)
            except FileNotFoundError as missing:
                raise Http404 from missing
    response["ETag"], response["Cache-Control"] = tag, kept
    response["Content-Security-Policy"] = "default-src 'none'"
    if kept == FOR_STAFF:
        patch_vary_headers(response, ["Cookie"])
    return response


def serve_document(request: HttpRequest, document_id: int, document_filename: str) -> HttpResponse:
    """The document of that number, whatever its file was called when somebody noted the address."""
    document = get_object_or_404(PortalDocument.objects.select_related("collection"), pk=document_id)
    if document.filename == document_filename:
        return serve(request, document_id, document_filename)
    if refusal := refuse_private_documents(document, request):
        return refusal
    return HttpResponseRedirect(document.url)


def refuse_private_documents(document: PortalDocument, request: HttpRequest) -> HttpResponse | None:
    """For Wagtail's hook: Http404 while nothing public uses the document; after the restriction of its collection."""
    if not media_uses.is_public(document) and not media_uses.may_fetch(request, document):
        raise Http404
    return None
