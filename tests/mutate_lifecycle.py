"""Breaks single lines of giving, one at a time, and shows that a test notices each: `make mutants`.

The code is changed in a copy of the repository, never where it stands. Each mutation has a name that says what would be
wrong, the line, what becomes of it, and the tests that must fail. Run it after the tests themselves pass.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIFE, AT_ONCE, STATES, FAULTS, PRIVACY, DOORS = (
    f"tests/donations/test_{name}.py" for name in ("lifecycle", "at_once", "states", "faults", "privacy", "doors")
)

QUIET = ("-n", "0", "-q", "-x", "--no-header", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Mutation:
    """One line that is broken."""

    name: str
    file: str
    line: str
    becomes: str
    tests: tuple[str, ...]


MUTATIONS = (
    Mutation(
        "thanks go out again and again",
        "donations/lifecycle.py",
        'enqueue("thanks", str(donation.token), donation)',
        'enqueue("thanks", f"{donation.token}{donation.journal.count()}", donation)',
        (FAULTS,),
    ),
    Mutation(
        "a won dispute is not thanked for",
        "donations/lifecycle.py",
        "    if state in CERTIFIABLE:\n",
        "    if state in CERTIFIABLE and before not in WITH_MONEY:\n",
        (FAULTS,),
    ),
    Mutation(
        "the ledger counts a payment at every look",
        "donations/lifecycle.py",
        'difference = target - (entries.aggregate(sum=Sum("amount_minor"))["sum"] or 0)',
        "difference = target",
        (LIFE,),
    ),
    Mutation(
        "a debit that comes back stays in the ledger",
        "donations/lifecycle.py",
        "payment.amount_minor if has_money else 0",
        "payment.amount_minor",
        (LIFE,),
    ),
    Mutation(
        "a refund that failed still counts",
        "donations/lifecycle.py",
        "-refund.amount_minor if refund.status == RefundStatus.SUCCEEDED else 0",
        "-refund.amount_minor",
        (FAULTS,),
    ),
    Mutation(
        "another amount is accepted",
        "donations/lifecycle.py",
        "if fact.amount_minor != donation.amount_minor:",
        "if False:",
        (LIFE,),
    ),
    Mutation(
        "another currency is accepted",
        "donations/lifecycle.py",
        "if fact.currency != donation.currency:",
        "if False:",
        (LIFE,),
    ),
    Mutation(
        "test money counts as real",
        "donations/lifecycle.py",
        "if snapshot.is_live != settings.DONATIONS_LIVE:",
        "if False:",
        (LIFE,),
    ),
    Mutation(
        "impossible moves are made",
        "donations/lifecycle.py",
        "if speaks and state != donation.state and not may_move(donation.state, state):",
        "if False:",
        (STATES,),
    ),
    Mutation(
        "the gift's row is not locked",
        "donations/lifecycle.py",
        'gifts = Donation.objects.select_for_update(of=("self",), no_key=True)',
        "gifts = Donation.objects.all()",
        (AT_ONCE,),
    ),
    Mutation(
        "each month overwrites the one before",
        "donations/lifecycle.py",
        'return origin.payments.exclude(invoice_ref="").exists()',
        "return False",
        (LIFE,),
    ),
    Mutation(
        "a declined card makes a second gift of the first month",
        "donations/lifecycle.py",
        'return origin.payments.exclude(invoice_ref="").exists()',
        "return origin.payments.exists()",
        (FAULTS,),
    ),
    Mutation(
        "a refund of the dashboard is taken for none",
        "donations/lifecycle.py",
        "refunds = [_apply_refund(refund, payment, donation, cause) for refund in fact.refunds]",
        "refunds = []",
        (FAULTS,),
    ),
    Mutation(
        "an event is kept twice",
        "donations/webhooks.py",
        "        ignore_conflicts=True,\n",
        "",
        (LIFE,),
    ),
    Mutation(
        "an event that could not be kept is acknowledged",
        "donations/webhooks.py",
        "return 503",
        "return 200",
        (AT_ONCE,),
    ),
    Mutation(
        "a message that nobody signed is believed",
        "donations/providers/sandbox.py",
        'if not hmac.compare_digest(headers.get(SIGNATURE) or "", _signature(body)):',
        "if False:",
        (DOORS,),
    ),
    Mutation(
        "two workers take the same row",
        "donations/work.py",
        "model.objects.select_for_update(skip_locked=True)",
        "model.objects",
        (AT_ONCE,),
    ),
    Mutation(
        "two clicks open two pages",
        "donations/gateway.py",
        'with taking_turns(f"{donation.token} page"):',
        "if True:",
        (AT_ONCE,),
    ),
    Mutation(
        "a refund is sent twice",
        "donations/gateway.py",
        'with taking_turns(f"refund {refund.pk}"):',
        "if True:",
        (AT_ONCE,),
    ),
    Mutation(
        "two of the staff send back more than was paid",
        "donations/gateway.py",
        "or amount_minor > left:",
        "or amount_minor > payment.amount_minor:",
        (LIFE,),
    ),
    Mutation(
        "staff lock a refund before its gift",
        "donations/gateway.py",
        '    Donation.objects.select_for_update(of=("self",), no_key=True).get(payments=refund.payment_id)\n',
        "",
        (AT_ONCE,),
    ),
    Mutation(
        "a donor is erased while the pledge runs on",
        "donations/privacy.py",
        "            _end(pledge)\n",
        "            pass\n",
        (PRIVACY,),
    ),
    Mutation(
        "the log quotes what a mail server says",
        "donations/work.py",
        "    logger.error(",
        "    logger.exception(",
        (PRIVACY,),
    ),
)


def main() -> None:
    chosen = [mutation for mutation in MUTATIONS if not sys.argv[1:] or sys.argv[1] in mutation.name]
    survived = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        ignored = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".pytest_cache", ".hypothesis")
        shutil.copytree(ROOT, copy, ignore=ignored, symlinks=True)
        for name in (".venv", "var"):
            (copy / name).symlink_to((ROOT / name).resolve())
        for number, mutation in enumerate(chosen, 1):
            print(f"{number}/{len(chosen)}  {mutation.name} … ", end="", flush=True)
            is_noticed = _is_noticed(copy, mutation)
            print("noticed" if is_noticed else "NOT NOTICED")
            if not is_noticed:
                survived.append(mutation.name)
    if survived:
        sys.exit("No test fails when: " + "; ".join(survived))


def _is_noticed(copy: Path, mutation: Mutation) -> bool:
    file = copy / mutation.file
    before = file.read_text()
    if before.count(mutation.line) < 1:
        sys.exit(f"{mutation.file} has no line “{mutation.line}” any more: bring this list up to date.")
    file.write_text(before.replace(mutation.line, mutation.becomes, 1))
    try:
        run = subprocess.run(
            [sys.executable, "-m", "pytest", *QUIET, *mutation.tests],
            cwd=copy,
            env=os.environ | {"SERVED_DATABASE": "mutants", "SEED": "20261122", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        file.write_text(before)
    if run.returncode not in (0, 1):  # 1: tests failed; anything else: they did not run
        sys.exit(run.stdout + run.stderr)
    return run.returncode == 1


if __name__ == "__main__":
    main()
