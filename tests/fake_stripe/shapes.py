"""What a request to Stripe may contain, taken from the types of Stripe's own SDK - not from what the fake can do.

The SDK leaves its enumerations open (`Literal["a", "b"] | str`) and lets other keys pass; here both are closed, so that
a misspelt key or a value that Stripe does not know is an error, as it is at Stripe.
"""

import functools
import operator
import sys
import types
import typing
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin

import stripe.params as params
from pydantic import ConfigDict, TypeAdapter, ValidationError
from stripe._request_options import RequestOptions
from stripe._stripe_object import UntypedStripeObject
from stripe.params import billing_portal, checkout, radar
from typing_extensions import TypedDict, is_typeddict  # pydantic asks for this one

SHAPES: dict[tuple[str, str], Any] = {
    ("POST", "checkout/sessions"): checkout.SessionCreateParams,
    ("GET", "checkout/sessions"): checkout.SessionListParams,
    ("GET", "checkout/sessions/*"): checkout.SessionRetrieveParams,
    ("POST", "checkout/sessions/*/expire"): checkout.SessionExpireParams,
    ("POST", "billing_portal/sessions"): billing_portal.SessionCreateParams,
    ("GET", "payment_intents/*"): params.PaymentIntentRetrieveParams,
    ("GET", "charges/*"): params.ChargeRetrieveParams,
    ("POST", "refunds"): params.RefundCreateParams,
    ("GET", "refunds"): params.RefundListParams,
    ("GET", "disputes"): params.DisputeListParams,
    ("GET", "radar/early_fraud_warnings"): radar.EarlyFraudWarningListParams,
    ("GET", "invoices"): params.InvoiceListParams,
    ("GET", "invoices/*"): params.InvoiceRetrieveParams,
    ("GET", "invoice_payments"): params.InvoicePaymentListParams,
    ("GET", "subscriptions/*"): params.SubscriptionRetrieveParams,
    ("POST", "subscriptions/*"): params.SubscriptionUpdateParams,
    ("DELETE", "subscriptions/*"): params.SubscriptionCancelParams,
    ("GET", "events"): params.EventListParams,
    ("GET", "payouts"): params.PayoutListParams,
    ("GET", "balance_transactions"): params.BalanceTransactionListParams,
}
_OPTIONS = set(RequestOptions.__annotations__)


class Unfit(Exception):
    """A parameter that Stripe would refuse."""

    def __init__(self, param: str, message: str, code: str = "parameter_invalid") -> None:
        self.param, self.message, self.code = param, message, code
        super().__init__(f"{param}: {message}")


def check(method: str, pattern: str, given: dict[str, Any]) -> dict[str, Any]:
    """`given` with numbers and booleans read from text. Raises Unfit; KeyError for an address that is not known."""
    if "payment_method_types" in given and (method, pattern) == ("POST", "checkout/sessions"):
        raise Unfit("payment_method_types", "no longer supported", "payment_method_types_no_longer_supported")
    adapter = _adapter(method, pattern)
    try:
        return adapter.validate_python(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = [str(part) for part in first["loc"]]
        code = "parameter_unknown" if first["type"] == "extra_forbidden" else "parameter_invalid"
        raise Unfit(path[0] + "".join(f"[{part}]" for part in path[1:]), first["msg"], code) from None


@functools.cache
def _adapter(method: str, pattern: str) -> TypeAdapter:
    return TypeAdapter(_closed(SHAPES[method, pattern]))


@functools.cache
def _closed_dict(shape: Any) -> Any:
    # Options of the SDK itself stand among the parameters of every request; they never reach Stripe.
    own = {name: hint for name, hint in shape.__annotations__.items() if name not in _OPTIONS}
    names = vars(sys.modules[shape.__module__]) | {"UntypedStripeObject": UntypedStripeObject}
    holder = type(shape.__name__, (), {"__annotations__": own})
    hints = typing.get_type_hints(holder, globalns=names, include_extras=True)
    closed = TypedDict(shape.__name__, {name: _closed(hint) for name, hint in hints.items()})
    closed.__pydantic_config__ = ConfigDict(extra="forbid")
    return closed


def _closed(hint: Any) -> Any:
    if is_typeddict(hint):
        return _closed_dict(hint)
    origin, parts = get_origin(hint), get_args(hint)
    if origin is NotRequired:
        return NotRequired[_closed(parts[0])]
    if origin is Required:
        return Required[_closed(parts[0])]
    if origin in (Union, types.UnionType):
        words = {word for part in parts if _is_literal(part) for word in get_args(part)}
        kept = [
            _closed(part)
            for part in parts
            # A text beside an empty text is any text; beside named words it is only there for words to come.
            if not (part is str and words - {""}) and get_origin(part) is not UntypedStripeObject
        ]
        return functools.reduce(operator.or_, kept)
    if origin is list:
        return list[_closed(parts[0])]
    if origin is dict:
        return dict[parts[0], _closed(parts[1])]
    return hint


def _is_literal(part: Any) -> bool:
    return get_origin(part) is Literal
