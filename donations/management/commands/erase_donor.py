"""Forgets a donor, as they ask for it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from donations.privacy import NotErased, UnknownDonor, donor_of, erase, plan_of


class Command(BaseCommand):
    help = (
        "Say what erasing donors would do; with --apply, end their monthly gifts at the provider and forget who they "
        "were (GDPR, art. 17). Gifts without a name and receipts stay, as the law wants."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("uuids", nargs="+", metavar="uuid", help="the donors' numbers")
        parser.add_argument("--apply", action="store_true", help="erase; without this, nothing changes")

    def handle(self, *args: Any, uuids: list[str], apply: bool = False, **options: Any) -> None:
        try:
            donors = [donor_of(number) for number in uuids]
        except UnknownDonor as error:
            raise CommandError(error) from error
        for donor in donors:
            if donor.erased_at:
                self.stdout.write(f"{donor.uuid}: erased on {donor.erased_at:%Y-%m-%d} already.")
                continue
            if apply:
                try:
                    erase(donor, None, "erase_donor")
                except NotErased as error:
                    raise CommandError(f"{donor.uuid}: {error}") from error
                self.stdout.write(f"{donor.uuid}: erased.")
                continue
            plan = plan_of(donor)
            self.stdout.write(
                f"{donor.uuid}: would end {plan.pledges_to_end} monthly gift(s) at the provider, close "
                f"{plan.pages_to_close} payment page(s), give up {plan.gifts_awaited} announced gift(s), withdraw "
                f"{plan.consents_to_withdraw} consent(s), delete {int(plan.has_tribute)} tribute(s); "
                f"{plan.gifts_kept} gift(s) without a name and {plan.receipts_kept} receipt(s) stay."
            )
            if plan.gifts_on_their_way:
                self.stdout.write(
                    f"  {plan.gifts_on_their_way} payment(s) are on their way: no thanks and no receipt would follow."
                )
        if not apply:
            self.stdout.write("Nothing was changed. To erase: the same with --apply")
