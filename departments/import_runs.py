"""The life of an import run: its plan is kept, applied in one transaction, or discarded; what was applied is undone."""

import io
from typing import Any, BinaryIO

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.importing import (
    BATCH,
    UNCHANGED,
    ImportRefused,
    Options,
    Outcome,
    Plan,
    PlanChanged,
    Progress,
    RunGone,
    Step,
    hash_of,
    pages_that_may_change,
)
from departments.models import ContactLine, DepartmentPage, ImportRow, ImportRun, Location
from portal import fact_log
from portal.models import Fact, User

_LOCK = 0x1A7B1E5  # any number, the same for every import: two never run at once
_FACTS: dict[str, type[Fact]] = {"contactline": ContactLine, "location": Location}


def apply(
    file: BinaryIO,
    options: Options,
    user: User | None,
    file_name: str,
    run: ImportRun | None = None,
    check_rights: bool = False,
    progress: Progress = lambda done, total: None,
) -> ImportRun:
    """Write what the file says, all or nothing. Raises ImportRefused, RunGone or TableError, with nothing written.

    A `run` that was planned is applied only if its plan still holds (PlanChanged), and only once.
    """
    with transaction.atomic():
        _one_at_a_time()
        if run:
            run = _locked(run)
            if run.state != ImportRun.State.PLANNED:
                raise ImportRefused([_("This import was applied already.")])
            run.rows.all().delete()
        else:
            run = ImportRun(user=user, file_name=file_name[:255], file_hash=hash_of(file))
        run.options = options.as_json()
        expected, run.state, run.applied_at, run.file = run.digest, ImportRun.State.APPLIED, timezone.now(), None
        run.save()
        plan = Plan(file, options, user, check_rights, writing=True, progress=progress).prepare()
        for steps in plan.steps():
            _write(steps, user)
            _keep(run, steps)
        if reasons := plan.verdict():
            raise ImportRefused(reasons)
        if expected and plan.digest != expected:
            raise PlanChanged([_("The directory has changed since this plan was made. Look at the new plan.")])
        run.counts, run.remarks, run.digest = dict(plan.counts), plan.remarks, plan.digest
        run.header, run.refusals = plan.header, []
        run.made_pages = plan.made_pages
        run.save()
    return run


def make_plan(run: ImportRun, user: User | None) -> None:
    """Work out what applying the run's file would do, and keep that as the run's rows.

    Raises ImportRefused, RunGone or TableError.
    """
    options = Options.from_json(run.options)
    with transaction.atomic():
        _refuse_unless_open(run)
        run.rows.all().delete()
        with run_file(run) as file:
            plan = Plan(file, options, user, check_rights=True).prepare()
            for steps in plan.steps():
                _keep(run, steps)
        run.counts, run.refusals, run.remarks = dict(plan.counts), plan.verdict(), plan.remarks
        run.header, run.digest, run.state = plan.header, plan.digest, ImportRun.State.PLANNED
        run.save()


def discard(run: ImportRun) -> None:
    """Forget a run that was never applied, with its file."""
    with transaction.atomic():
        _refuse_unless_open(run)
        run.delete()


def _refuse_unless_open(run: ImportRun) -> None:
    """Wait for whoever works on the run; ImportRefused if it has been applied since it was read."""
    if _locked(run).state not in (ImportRun.State.UPLOADED, ImportRun.State.PLANNED):
        raise ImportRefused([_("This import was applied already.")])


def _locked(run: ImportRun) -> ImportRun:
    """The run as it stands now, when whoever works on it is done. Raises RunGone."""
    stored = ImportRun.objects.select_for_update().defer("file").filter(pk=run.pk).first()
    if stored is None:
        raise RunGone
    return stored


def run_file(run: ImportRun) -> BinaryIO:
    """The file of a run that has not been applied yet. Raises ImportRefused or RunGone."""
    try:
        data = run.file
    except ImportRun.DoesNotExist:
        raise RunGone from None
    if data is None:
        raise ImportRefused([_("The file of this import is no longer kept. Upload it once more.")])
    return io.BytesIO(bytes(data))


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _write(steps: list[Step], user: User | None) -> None:
    for model in (ContactLine, Location):
        of_model = [step for step in steps if type(step.fact) is model]
        fact_log.add_many([step.fact for step in of_model if step.outcome == Outcome.NEW], user)
        for outcome, action in ((Outcome.CHANGED, fact_log.CHANGED), (Outcome.REMOVED, fact_log.ARCHIVED)):
            changes = [(step.fact, step.before) for step in of_model if step.outcome == outcome]
            fact_log.change_many(changes, user, action)


def _keep(run: ImportRun, steps: list[Step]) -> None:
    ImportRow.objects.bulk_create(
        (
            ImportRow(
                run=run,
                number=step.number,
                outcome=step.outcome,
                fact_model=step.fact._meta.model_name if step.fact else "",
                fact_id=step.fact.pk if step.fact else None,
                page_id=step.page,
                name=step.name,
                before=step.before,
                after=step.after,
                reasons=step.reasons,
                cells=step.cells,
            )
            for step in steps
            if step.outcome != UNCHANGED
        ),
        BATCH,
    )


def undo(run: ImportRun, user: User | None, check_rights: bool = False) -> None:
    """Put back exactly what stood before the run; new lines are archived, new departments taken offline.

    Raises ImportRefused, which lists every row that somebody has changed since; then nothing is undone.
    """
    with transaction.atomic():
        _one_at_a_time()
        run = _locked(run)
        if run.state != ImportRun.State.APPLIED:
            raise ImportRefused([_("Only an import that is applied can be undone, and only once.")])
        if check_rights:
            _refuse_undo_without_rights(run, user)
        kept = run.rows.exclude(outcome=Outcome.REFUSED).order_by("-pk")
        edited: list[str] = []
        now = timezone.now()
        pks = list(kept.values_list("pk", flat=True))
        for start in range(0, len(pks), BATCH):
            _undo_rows(list(kept.filter(pk__in=pks[start : start + BATCH])), user, now, edited)
        edited += _unpublish(run, user)
        if not edited:
            added = run.rows.filter(outcome=Outcome.NEW, fact_model="contactline").values("fact_id")
            edited = [use.description for use in ContactLine.objects.filter(pk__in=added).uses()]
        if edited:
            raise ImportRefused([_("Nothing was undone. These were changed since the import:"), *edited])
        run.state, run.undone_at, run.undone_by = ImportRun.State.UNDONE, now, user
        run.save()


def _refuse_undo_without_rights(run: ImportRun, user: User) -> None:
    done = run.rows.exclude(page=None).exclude(outcome=Outcome.REFUSED).order_by()
    for name, model in _FACTS.items():
        pages = set(done.filter(fact_model=name).values_list("page", flat=True).distinct())
        if pages - pages_that_may_change(user, pages, model):
            raise ImportRefused([_("You may not change every line and every place of this import.")])
    made = DepartmentPage.objects.filter(pk__in=[pk for pk, _revision in run.made_pages], live=True)
    barred = [page.title for page in made if not page.permissions_for_user(user).can_unpublish()]
    if barred:
        reason = _("You may not take these departments offline in every language: %(titles)s.")
        raise ImportRefused([reason % {"titles": ", ".join(dict.fromkeys(barred))}])


def _undo_rows(kept: list[ImportRow], user: User | None, now: Any, edited: list[str]) -> None:
    for name, model in _FACTS.items():
        of_model = [row for row in kept if row.fact_model == name]
        stored = model.objects.select_for_update().order_by("pk").in_bulk([row.fact_id for row in of_model])
        changes = []
        for row in of_model:
            fact = stored.get(row.fact_id)
            before = fact.snapshot() if fact else {}
            if fact is None or any(before.get(key) != value for key, value in row.after.items()):
                edited.append(_("row %(number)s: %(name)s") % {"number": row.number or "–", "name": row.name})
                continue
            if row.before:
                fact.restore(row.before)
            else:
                fact.archived_at = now
            changes.append((fact, before))
        if not edited:
            try:
                with transaction.atomic():
                    fact_log.change_many(changes, user, fact_log.UNDONE)
            except IntegrityError as error:
                raise ImportRefused([_("What stood before is no longer allowed: %(why)s") % {"why": error}]) from None


def _unpublish(run: ImportRun, user: User | None) -> list[str]:
    """Take the departments that a run made offline; gives the titles of those that were changed since."""
    pages = DepartmentPage.objects.in_bulk([pk for pk, _revision in run.made_pages])
    edited = []
    for pk, revision in run.made_pages:
        page = pages.get(pk)
        if page is None:
            continue
        facts = any(model.objects.kept().filter(page=page).exists() for model in _FACTS.values())
        if page.latest_revision_id != revision or facts:
            edited.append(page.title)
        elif page.live:
            page.unpublish(user=user)
    return edited
