"""Putting content in from code: pictures, pages in every language, facts - each once, however often it is asked for."""

import importlib
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.files import File
from django.core.files.images import ImageFile
from django.db import transaction
from django.utils.module_loading import module_has_submodule
from wagtail.models import Collection, Locale, Page

from portal import translation_state
from portal.drawings import draw, focal_point
from portal.fields import StreamField
from portal.models import AppliedSeed, BasePage, Fact, PortalDocument, PortalImage

# Every key of the demonstration becomes a UUID below this one, so that a page is known again whatever its address.
_NAMESPACE = uuid.UUID("7e0cbb2e-54d1-4a57-9d0c-2a6f3d3c8a11")

Words = dict[str, Any]
"""Values of fields in one language."""


class Seeding:
    """The act of seeding. `report` is told what is being done, line by line."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self.report = report
        self.locales = {locale.language_code: locale for locale in Locale.objects.all()}

    @staticmethod
    @contextmanager
    def once(name: str) -> Iterator[None]:
        """What is done within is stored as a whole, together with the word that it is done (`is_done`)."""
        with transaction.atomic():
            AppliedSeed.objects.create(name=name)
            yield

    @staticmethod
    def is_done(name: str) -> bool:
        """Whether `name` was seeded before; then not even its pictures are drawn again."""
        return AppliedSeed.objects.filter(name=name).exists()

    @staticmethod
    def key(name: str) -> uuid.UUID:
        """The translation key of the page that seeds call `name`."""
        return uuid.uuid5(_NAMESPACE, name)

    def pages(self, name: str) -> dict[str, Any]:
        """The page that seeds call `name`, by language."""
        found = Page.objects.filter(translation_key=self.key(name)).select_related("locale").specific()
        return {page.locale.language_code: page for page in found}

    def picture(self, title: str, motif: str, seed: int, palette: str, alt_text: dict[str, str]) -> PortalImage:
        """The drawn picture called `title`, drawn the first time that it is asked for."""
        collection = self._collection()
        image = PortalImage.objects.filter(title=title, collection=collection).first()
        if image:
            return image
        self.report(f"drawing “{title}”")
        file = BytesIO()
        drawing = draw(motif, seed, palette, settings.DRAWING_SIZE)
        drawing.save(file, "JPEG", quality=88, optimize=True)
        x, y = focal_point(motif, seed)
        return PortalImage.objects.create(
            title=title,
            file=ImageFile(file, name=f"{motif}-{seed}-{palette}.jpg"),
            width=drawing.width,
            height=drawing.height,
            collection=collection,
            alt_text=alt_text,
            credit="Hospital portal / Portail hospitalier",
            licence="BSD-3-Clause",
            shows_people=False,
            focal_point_x=round(x * drawing.width),
            focal_point_y=round(y * drawing.height),
            focal_point_width=drawing.width // 4,
            focal_point_height=drawing.height // 4,
        )

    def document(self, title: str, path: Path) -> PortalDocument:
        """The document called `title`, with a copy of the file at `path` the first time that it is asked for."""
        collection = self._collection()
        document = PortalDocument.objects.filter(title=title, collection=collection).first()
        if document:
            return document
        self.report(f"copying “{title}”")
        with path.open("rb") as file:
            return PortalDocument.objects.create(
                title=title, file=File(file, name=path.name), file_size=path.stat().st_size, collection=collection
            )

    @staticmethod
    def _collection() -> Collection:
        name = "Demonstration"
        return Collection.objects.filter(name=name).first() or Collection.get_first_root_node().add_child(name=name)

    def page(
        self,
        model: type[BasePage],
        name: str,
        parents: dict[str, Page],
        words: dict[str, Words],
        common: Words | None = None,
        rows: Callable[[Any, str], None] | None = None,
    ) -> dict[str, Any]:
        """Create and publish one page in every language of `words`; returns the pages by language.

        `words` are the fields of each language, `slug` and `title` among them; `common` those of the source page
        alone (language-neutral settings), apart from `show_in_menus`, which every language gets; `rows` is given
        each page and its language, to add inline rows before it is saved. Streams are given as raw data:
        `[("section", {...}), ...]`.
        """
        made = {}
        common = dict(common or {})
        shared = {key: common.pop(key) for key in ("show_in_menus",) if key in common}
        for language in sorted(words, key=lambda code: code != settings.LANGUAGE_CODE):
            neutral = common if language == settings.LANGUAGE_CODE else {}
            page = model(locale=self.locales[language], translation_key=self.key(name))
            for field, value in {**shared, **neutral, **words[language]}.items():
                setattr(page, field, self.value(model, field, value))
            if rows:
                rows(page, language)
            parents[language].add_child(instance=page)
            self.publish(page)
            made[language] = page
        return made

    def change(self, page: BasePage, words: Words) -> None:
        """Give an existing page other words, and publish it."""
        for field, value in words.items():
            setattr(page, field, self.value(type(page), field, value))
        self.publish(page)

    @staticmethod
    def publish(page: BasePage) -> None:
        page.full_clean()
        page.save_revision().publish()
        translation_state.follow(page)

    @staticmethod
    def value(model: type[BasePage], name: str, value: Any) -> Any:
        """`value` as the field wants it: raw stream data becomes a stream whose blocks keep the same ids."""
        field = model._meta.get_field(name)
        if not isinstance(field, StreamField):
            return value
        return field.to_python(
            [
                {"type": kind, "value": content, "id": str(uuid.uuid5(_NAMESPACE, f"{name} {number} {kind}"))}
                for number, (kind, content) in enumerate(value)
            ]
        )

    @staticmethod
    def fact(fact: Fact) -> Fact:
        """Check and save a fact."""
        fact.full_clean()
        fact.save()
        return fact


def seed_every_app(report: Callable[[str], None]) -> None:
    """Put in the demonstration content, app by app in the order of INSTALLED_APPS; what is in already stays."""
    seeding = Seeding(report)
    for seed in _seeds():
        seed.seed(seeding)


def accounts_of_every_app() -> dict[str, tuple[str, str]]:
    """The accounts that apps want beside those of the portal's groups: of which group, in which language."""
    wanted = [seed.accounts() for seed in _seeds() if hasattr(seed, "accounts")]
    return {name: which for some in wanted for name, which in some.items()}


def _seeds() -> Iterator[Any]:
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "seed"):
            yield importlib.import_module(f"{config.name}.seed")
