"""The directory's rules for publishing: numbers typed into texts, instructions of emergency lines."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.models import Page

from departments.models import ContactLine
from departments.numbers_in_text import OBSTACLES, Obstacle, in_plain_text, in_rich_text
from departments.references import FEATURE
from portal.content import Content
from portal.publishing import Flaw, Known, Place, Rule, Severity

# No number that must not be typed has fewer digits, nor letters or more than a few signs between them.
_MAY_HOLD_A_NUMBER = re.compile(r"\d(?:[\W_]{0,4}\d){3}")


def typed_numbers(contents: Sequence[Content], known: Known) -> Iterator[Flaw]:
    """Telephone numbers in running text: copies that nobody corrects when the line changes."""
    for content in contents:
        for text in content.texts:
            if (
                not _MAY_HOLD_A_NUMBER.search(text.markup.words if text.is_rich else text.value)
                and "tel:" not in text.value
            ):
                continue
            for number in in_rich_text(text.value) if text.is_rich else in_plain_text(text.value):
                advice = _(
                    "Choose the line with the button “Number of a line” instead: the text then always shows the number "
                    "of today. “Directory → Numbers in texts” does it for you."
                )
                if not text.takes(FEATURE):
                    advice = OBSTACLES[Obstacle.PLAIN]
                elif number.obstacle:
                    advice = OBSTACLES[number.obstacle]
                words = {"number": number.written, "advice": advice}
                message = _("The number “%(number)s” is typed into the text. %(advice)s") % words
                yield Flaw(content, Severity.WARNING, message, Place(text.label, text.path))


def emergency_instructions(contents: Sequence[Content], known: Known) -> Iterator[Flaw]:
    """Emergency lines that do not say what to do first in every language in which their page can be read."""
    keys = {content.page.translation_key for content in contents}
    emergencies = ContactLine.objects.kept().emergencies().filter(page__translation_key__in=keys)
    not_over = Q(valid_until=None) | Q(valid_until__gte=timezone.localdate())
    lines = defaultdict(list)
    for line in emergencies.filter(not_over).select_related("page"):
        lines[line.page.translation_key].append(line)
    languages = defaultdict(set)
    if lines:
        live = Page.objects.live().filter(translation_key__in=lines)
        for key, language in live.values_list("translation_key", "locale__language_code"):
            languages[key].add(language)
    for content in contents:
        read_in = languages[content.page.translation_key] | {content.page.language}
        for line in lines[content.page.translation_key]:
            texts = line.instruction.data if isinstance(line.instruction.data, dict) else {}
            said = {code for code, text in texts.items() if (text or "").strip()}
            missing = [name for code, name in settings.LANGUAGES if code in read_in - said]
            if missing:
                message = _(
                    "The emergency line %(line)s has no instruction in this language: %(languages)s. Write what the "
                    "caller should do first."
                )
                words = {"line": line, "languages": ", ".join(missing)}
                url = reverse("fact_change", args=["departments", "contactline", line.pk])
                label = str(capfirst(ContactLine._meta.verbose_name_plural))
                yield Flaw(content, Severity.ERROR, message % words, Place(label, url=url))


@hooks.register("publishing_rules")
def rules() -> list[Rule]:
    return [
        Rule("typed-number", gettext_lazy("Telephone numbers in texts"), typed_numbers),
        Rule(
            "emergency-instruction",
            gettext_lazy("Emergency lines without instruction in a language"),
            emergency_instructions,
        ),
    ]
