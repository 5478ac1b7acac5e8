"""The app configuration of `departments`."""

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy as _


class DepartmentsConfig(AppConfig):
    name = "departments"
    verbose_name = _("Departments")

    def ready(self) -> None:
        from wagtail.models import Locale, PageViewRestriction
        from wagtail.signals import page_published, page_unpublished, post_page_move

        from departments import indexing
        from departments.models import ContactLine, DepartmentPage, HospitalPage, Location, Specialty, Synonym
        from institutes.models import InstitutePage, Organisation
        from portal import fact_log, remembering

        remembering.watch(Synonym, Specialty)
        for model in (DepartmentPage, HospitalPage, InstitutePage):
            page_published.connect(indexing.page_changed, sender=model)
            page_unpublished.connect(indexing.page_unpublished, sender=model)
        post_delete.connect(indexing.department_deleted, sender=DepartmentPage)
        post_page_move.connect(indexing.page_moved)
        for model in (DepartmentPage, HospitalPage):
            post_save.connect(indexing.page_saved, sender=model)
        post_save.connect(indexing.restriction_saved, sender=PageViewRestriction)
        post_delete.connect(indexing.restriction_deleted, sender=PageViewRestriction)
        post_save.connect(indexing.language_added, sender=Locale)
        for fact in (ContactLine, Location):
            post_save.connect(indexing.fact_changed, sender=fact)
            post_delete.connect(indexing.fact_deleted, sender=fact)
            fact_log.many_changed.connect(indexing.many_facts_changed, sender=fact)
        post_save.connect(indexing.specialty_changed, sender=Specialty)
        post_save.connect(indexing.organisation_changed, sender=Organisation)
