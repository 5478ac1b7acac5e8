"""External links: found on live pages, asked in the background, called broken after days, told to the owner once."""

import logging
import queue
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urldefrag, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import hooks
from wagtail.models import Page, Site
from wagtail.users.models import UserProfile

from portal.content import Content
from portal.fetching import Answer, Asker
from portal.models import ExternalLink, LinkState, LinkUse
from portal.page_batches import batches
from portal.publishing import Flaw, Known, Place, Rule, Severity

logger = logging.getLogger(__name__)

MOST_NAMED = 50  # links that an e-mail names; the report has them all
_LOCK = 0x6C696E6B  # of PostgreSQL: one run at a time
_GONE = {404, 410}
_UNCLEAR = {401, 402, 403, 405, 406, 407, 418, 429, 451, 999}  # sites that turn programs away, and let people in

PROBLEMS = {
    "not public": gettext_lazy("It leads into a network that visitors cannot reach."),
    "certificate": gettext_lazy("Its certificate is not valid: browsers warn of it."),
    "no such site": gettext_lazy("There is no site with this name."),
    "too slow": gettext_lazy("It did not answer in time."),
    "no address": gettext_lazy("It is no address that a browser can open."),
    "no answer": gettext_lazy("It does not answer."),
    "circle": gettext_lazy("It leads in a circle."),
    "gone": gettext_lazy("The page is no longer there."),
    "error": gettext_lazy("The site answers with an error."),
}


def address_of(url: str) -> str:
    """The address that is asked for a link: without the place within the page. "" where it is none elsewhere."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or len(url) > 2000:
        return ""
    return urldefrag(url.strip()).url


def _elsewhere(content: Content, hosts: set[str]) -> Iterator[tuple[str, Any]]:
    for link in content.links:
        address = address_of(link.url)
        if address and (urlsplit(address).hostname or "").lower() not in hosts:
            yield address, link


def found_on_pages() -> dict[str, dict[tuple[int, str], str]]:
    """The external links of live pages, each with its places: page and path, with their names."""
    found: dict[str, dict[tuple[int, str], str]] = defaultdict(dict)
    hosts = Known(()).hosts
    with translation.override(settings.LANGUAGE_CODE):  # the names of places are kept
        for batch in batches(Page.objects.filter(depth__gt=1)):
            for page in batch:
                for address, link in _elsewhere(Content(page), hosts):
                    found[address][page.pk, ".".join(link.path)[:500]] = link.label[:500]
    return found


def collect() -> int:
    """Write down which external links stand where on live pages, and forget those that stand nowhere any more."""
    found = found_on_pages()
    with transaction.atomic():
        ExternalLink.objects.exclude(url__in=found).delete()
        now = timezone.now()
        new = [
            ExternalLink(url=url, host=urlsplit(url).hostname.lower()[:255], next_check_at=now)
            for url in found.keys() - set(ExternalLink.objects.values_list("url", flat=True))
        ]
        ExternalLink.objects.bulk_create(new, ignore_conflicts=True, batch_size=1000)
        links = dict(ExternalLink.objects.values_list("url", "pk"))
        wanted = {(links[url], *place): label for url, places in found.items() for place, label in places.items()}
        there = {(use.link_id, use.page_id, use.path): use.pk for use in LinkUse.objects.all()}
        LinkUse.objects.filter(pk__in=[pk for key, pk in there.items() if key not in wanted]).delete()
        pages = set(Page.objects.filter(pk__in={page for _link, page, _path in wanted}).values_list("pk", flat=True))
        LinkUse.objects.bulk_create(
            [
                LinkUse(link_id=link, page_id=page, path=path, label=label)
                for (link, page, path), label in wanted.items()
                if (link, page, path) not in there and page in pages
            ],
            batch_size=1000,
        )
    return len(links)


# --- Asking ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    asked: int = 0
    broken: int = 0
    told: int = 0


def due() -> list[ExternalLink]:
    return list(ExternalLink.objects.filter(next_check_at__lte=timezone.now()).order_by("next_check_at", "pk"))


def run(
    report: Callable[[str], None], progress: Callable[[int, int], None] = lambda done, total: None
) -> Result | None:
    """Collect, ask what is due, tell owners of what broke. None where another run is under way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return None
        try:
            collect()
            links = due()
            for done, (link, answer) in enumerate(_asked(links), start=1):
                take_in(link, answer)
                if link.state != LinkState.FINE:
                    report(f"{link.get_state_display()}: {link.url} ({link.status_code or link.problem})")
                progress(done, len(links))
            return Result(len(links), sum(link.state == LinkState.BROKEN for link in links), tell())
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def agent() -> str:
    """How the portal names itself to other sites, with where to complain."""
    site = Site.objects.filter(is_default_site=True).first()
    return f"portal-link-check/1.0 (+{site.root_url if site else settings.WAGTAILADMIN_BASE_URL}/)"


def _asked(links: Sequence[ExternalLink]) -> Iterator[tuple[ExternalLink, Answer]]:
    """Each link with its answer as it comes: several sites at once, each site one thing at a time."""
    how = settings.LINK_CHECKS
    by_host: dict[str, list[ExternalLink]] = defaultdict(list)
    for link in links:
        by_host[link.host].append(link)
    answers: queue.SimpleQueue[tuple[ExternalLink, Answer]] = queue.SimpleQueue()
    name = agent()

    def ask_site(links_of_site: list[ExternalLink]) -> None:
        asker = Asker(name, how["timeout"], how["pause"], how["private_hosts"])
        for link in links_of_site:
            try:
                answer = asker.ask(link.url)
            except Exception:  # whoever waits for the answer must get one
                logger.exception("Asking %s failed in a way that nobody foresaw.", link.host)
                answer = Answer(problem="no answer")
            answers.put((link, answer))

    with ThreadPoolExecutor(how["at_once"]) as pool:
        for links_of_site in by_host.values():
            pool.submit(ask_site, links_of_site)
        for _link in links:
            yield answers.get()


def take_in(link: ExternalLink, answer: Answer) -> None:
    """Write down what came of asking; an address is broken when it failed several times, days apart."""
    how, now = settings.LINK_CHECKS, timezone.now()
    link.checked_at = now
    link.status_code = answer.status
    link.moved_to = answer.moved_to[:2000]
    wait = timedelta(days=how["again_days"])
    if answer.status in _UNCLEAR:
        link.state, link.problem, link.failures, link.failing_since = LinkState.UNCLEAR, "", 0, None
        wait = max(wait, timedelta(seconds=answer.retry_after))
    elif answer.status is not None and answer.status < 400:
        link.state, link.problem, link.failures, link.failing_since = LinkState.FINE, "", 0, None
        link.told_at = None
    else:
        link.failures += 1
        link.failing_since = link.failing_since or now
        link.problem = answer.problem or ("gone" if answer.status in _GONE else "error")
        if link.problem == "not public":
            link.state = LinkState.REFUSED
        elif link.failures >= how["broken_after"]:
            link.state = LinkState.BROKEN
        else:
            link.state = LinkState.FAILING
            wait = max(timedelta(hours=how["retry_hours"]), timedelta(seconds=answer.retry_after))
    link.next_check_at = now + wait
    link.save()


# --- Telling --------------------------------------------------------------------------------------


def tell() -> int:
    """One e-mail to each owner of pages with links that broke since the last run; gives their number.

    What is told is written down first: nobody hears of a link twice, unless it answered in between.
    """
    with transaction.atomic():
        links = ExternalLink.objects.select_for_update().filter(
            state__in=[LinkState.BROKEN, LinkState.REFUSED], told_at=None
        )
        broken = list(links)
        links.filter(pk__in=[link.pk for link in broken]).update(told_at=timezone.now())
    by_user: dict[Any, list[LinkUse]] = defaultdict(list)
    uses = LinkUse.objects.filter(link__in=broken).select_related("link", "page__owner", "page__latest_revision__user")
    for use in uses.order_by("page__path", "path"):
        if owner := _who_looks_after(use.page):
            by_user[owner].append(use)
    sent = 0
    for user, used in by_user.items():
        with translation.override(UserProfile.get_for_user(user).get_preferred_language()):
            subject, body = _write(used)
        try:
            EmailMessage(subject, body, to=[user.email]).send()
            sent += 1
        except (OSError, ValueError):  # the mail server, or an address that no mail can carry
            logger.exception("User %s could not be told of broken links; the next run tries again.", user.pk)
            ExternalLink.objects.filter(pk__in={use.link_id for use in used}).update(told_at=None)
    return sent


def _who_looks_after(page: Page) -> Any:
    """The owner of a page, or who wrote on it last, if they are still there and may still change it."""
    people = [page.owner, page.latest_revision.user if page.latest_revision else None]
    for user in people:
        if user and user.is_active and user.email and page.permissions_for_user(user).can_edit():
            return user
    return None


def _write(uses: list[LinkUse]) -> tuple[str, str]:
    number = len({use.link_id for use in uses})
    subject = ngettext(
        "%(number)d link on your pages leads nowhere", "%(number)d links on your pages lead nowhere", number
    ) % {"number": number}
    base = settings.WAGTAILADMIN_BASE_URL
    rows = [
        f"* {use.link.url}\n  {in_words(use.link)}\n  {use.page.title} · {use.label}\n  {base}{edit_url(use)}"
        for use in uses[:MOST_NAMED]
    ]
    parts = [
        _("These addresses did not answer for several days. Look whether there is a new one, or take the link off:"),
        "\n".join(rows),
        _("All of them: %(address)s") % {"address": base + reverse("link_report")},
    ]
    return subject, "\n\n".join(parts)


def in_words(link: ExternalLink) -> str:
    """What is known of a link, for editors."""
    if link.problem in PROBLEMS:
        return str(PROBLEMS[link.problem])
    if link.moved_to:
        return _("It has moved for good: %(address)s") % {"address": link.moved_to}
    return ""


def edit_url(use: LinkUse) -> str:
    return f"{reverse('wagtailadmin_pages:edit', args=[use.page_id])}#:w:contentpath={use.path}"


# --- In the publishing checks ---------------------------------------------------------------------


def broken_elsewhere(contents: Sequence[Content], known: Known) -> Iterator[Flaw]:
    """External links that are known to be broken."""
    addresses = {address_of(link.url) for content in contents for link in content.links} - {""}
    if not addresses:
        return
    states = [LinkState.BROKEN, LinkState.REFUSED]
    broken = {link.url: link for link in ExternalLink.objects.filter(url__in=addresses, state__in=states)}
    for content in contents:
        for link in content.links:
            if found := broken.get(address_of(link.url)):
                words = {"address": found.url, "why": in_words(found)}
                message = _("The address %(address)s leads nowhere. %(why)s Look for a new one, or take the link off.")
                yield Flaw(content, Severity.WARNING, message % words, Place(link.label, link.path))


@hooks.register("publishing_rules")
def rules() -> list[Rule]:
    return [Rule("external-link", gettext_lazy("Links to other sites that lead nowhere"), broken_elsewhere)]
