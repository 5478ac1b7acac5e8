"""The table of states: which may follow which, and what the provider's word makes of a gift."""

import itertools

import pytest

from donations import lifecycle
from donations.models import Mail, Quarantined
from donations.providers.base import DisputeFact, ObjectKind, PaymentFact, Ref, RefundFact, Snapshot
from donations.states import (
    BEFORE_MONEY,
    CERTIFIABLE,
    MOVES,
    WITH_MONEY,
    WITHOUT_MONEY,
    DisputeStatus,
    DonationState,
    PaymentStatus,
    may_move,
    state_of,
)
from tests import factories

D, P = DonationState, PaymentStatus

# What a person would say, written by hand: the state, then all that may follow.
TABLE = """
created: redirected awaited processing succeeded failed expired cancelled partially_refunded refunded disputed lost
redirected: processing succeeded failed expired cancelled partially_refunded refunded disputed lost
awaited: succeeded cancelled expired
processing: succeeded failed cancelled partially_refunded refunded disputed lost
failed: processing succeeded expired cancelled partially_refunded refunded disputed lost
expired: processing succeeded partially_refunded refunded disputed lost
cancelled: processing succeeded partially_refunded refunded disputed lost
succeeded: failed awaited partially_refunded refunded disputed lost
partially_refunded: succeeded failed refunded disputed lost
refunded: succeeded partially_refunded disputed lost
disputed: succeeded partially_refunded refunded lost
lost: succeeded partially_refunded refunded disputed
"""
MAY = {
    tuple(pair)
    for line in TABLE.strip().splitlines()
    for pair in itertools.product([line.partition(":")[0]], line.partition(":")[2].split())
}


@pytest.mark.parametrize("before", DonationState.values)
@pytest.mark.parametrize("after", DonationState.values)
def test_the_moves_are_those_of_the_table(before, after):
    assert may_move(before, after) == ((before, after) in MAY)


def test_every_state_is_of_one_kind_and_money_never_becomes_none_in_silence():
    kinds = (BEFORE_MONEY, WITHOUT_MONEY, WITH_MONEY)
    assert sum(map(len, kinds)) == len(DonationState) == len(frozenset.union(*kinds)) == len(MOVES)
    for state in WITH_MONEY:
        # Only finance takes a match of the bank back, by hand; what was refunded or disputed since is no wrong match.
        assert MOVES[state] & BEFORE_MONEY <= ({D.AWAITED} if state == D.SUCCEEDED else set())
        assert not MOVES[state] & {D.EXPIRED, D.CANCELLED}


REFUNDS = {"none": 0, "part": 300, "all": 1_000}
FACTS = list(itertools.product(P, REFUNDS, [None, *DisputeStatus]))


def said(payment, refund, dispute):
    """What a person would say of a gift that stands so."""
    if payment != P.SUCCEEDED:
        return {
            P.PENDING: D.REDIRECTED,
            P.PROCESSING: D.PROCESSING,
            P.FAILED: D.FAILED,
            P.CANCELLED: D.CANCELLED,
            P.UNMATCHED: D.AWAITED,
        }[payment]
    if dispute == DisputeStatus.LOST:
        return D.LOST
    if dispute == DisputeStatus.OPEN:
        return D.DISPUTED
    return {"none": D.SUCCEEDED, "part": D.PARTIALLY_REFUNDED, "all": D.REFUNDED}[refund]


@pytest.mark.parametrize(("payment", "refund", "dispute"), FACTS)
def test_what_the_provider_says_makes_the_state(payment, refund, dispute):
    disputes = [dispute] if dispute else []
    assert state_of(payment, 1_000, REFUNDS[refund], disputes) == said(payment, refund, dispute)


@pytest.mark.django_db
def test_each_state_meets_each_word_of_the_provider_as_the_table_says():
    """All states times all words: applied when the table allows it, else put before a person and nothing moved."""
    fund = factories.gift().fund
    words = [(payment, "none", None) for payment in P]
    words += [(P.SUCCEEDED, "none", dispute) for dispute in DisputeStatus]
    words += [(P.SUCCEEDED, "part", None), (P.SUCCEEDED, "all", None)]
    for number, (before, (payment, refund, dispute)) in enumerate(itertools.product(D, words)):
        gift = factories.gift(1_000, fund=fund, state=before)
        refunds = (RefundFact(f"re{number}", REFUNDS[refund], "succeeded"),) if REFUNDS[refund] else ()
        disputes = (DisputeFact(f"dp{number}", 1_000, dispute, dispute != DisputeStatus.WON),) if dispute else ()
        fact = PaymentFact(f"pa{number}", payment, 1_000, "EUR", refunds=refunds, disputes=disputes)
        ref = Ref(ObjectKind.PAYMENT, f"pa{number}")
        applied = lifecycle.apply_snapshot(Snapshot("sandbox", "", False, str(gift.token), payment=fact), ref, "test")
        gift.refresh_from_db()
        after = said(payment, refund, dispute)
        case = (before, payment, refund, dispute)
        # What says nothing new of a session that is over is no contradiction.
        says_nothing = before not in WITH_MONEY and after in BEFORE_MONEY
        if after == before or (before, after) in MAY or says_nothing:
            assert applied == gift, case
            assert gift.state == (before if says_nothing and (before, after) not in MAY else after), case
            assert Mail.objects.filter(donation=gift, kind="thanks").exists() == (
                after in CERTIFIABLE and after != before
            ), case
        else:
            assert applied is None, case
            assert gift.state == before, case
            assert not gift.payments.exists(), case
            assert lifecycle.total_minor(donation=gift) == 0, case
            assert Quarantined.objects.filter(object_ref=f"pa{number}", why="impossible move").exists(), case
