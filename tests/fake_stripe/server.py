"""The fake's doors: Stripe's API, the hosted pages, and the switches that make things happen."""

import html
import json
import re
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.fake_stripe import shapes
from tests.fake_stripe.bank import API_VERSION, OLD_VERSION, SECRET, Bank, NotAllowed, NotFound, Object

ACTS = {
    "pay", "settle", "fail_late", "settle_refund", "dispute", "close_dispute", "warn", "card", "renew", "advance",
    "pay_out", "fail_payout", "set", "tell_unknown", "configure", "get", "create_refund", "update_subscription",
    "cancel_subscription", "portal_act", "expire_session", "crowd",
}  # fmt: skip
_LISTS = {
    "checkout/sessions": "checkout.session",
    "refunds": "refund",
    "disputes": "dispute",
    "radar/early_fraud_warnings": "radar.early_fraud_warning",
    "invoices": "invoice",
    "invoice_payments": "invoice_payment",
    "events": "event",
    "payouts": "payout",
    "balance_transactions": "balance_transaction",
}
_ONE = {
    "checkout/sessions/*": "checkout.session",
    "payment_intents/*": "payment_intent",
    "charges/*": "charge",
    "invoices/*": "invoice",
    "subscriptions/*": "subscription",
}
_PAGE = """<!doctype html><html lang="{language}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title><main><h1>{title}</h1><p>{text}</p><form method="post">{buttons}</form></main></html>"""


class Failed(Exception):
    """An error in Stripe's own form."""

    def __init__(self, status: int, kind: str, message: str, code: str = "", param: str = "") -> None:
        self.status = status
        error = {"type": kind, "message": message, "code": code, "param": param}
        self.body = {"error": {name: value for name, value in error.items() if value}}
        super().__init__(message)


class FakeStripe(ThreadingHTTPServer):
    """One pretended account behind one port of the loopback interface."""

    daemon_threads = True

    def __init__(self, port: int = 0, webhook: str = "") -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.lock = threading.RLock()
        self.first_webhook = webhook
        self.forget()

    def forget(self) -> None:
        """Begin anew: nothing made, no fault, no violation."""
        self.bank = Bank(self.address)
        self.kept: dict[str, tuple[Any, int, Object]] = {}  # the answers under idempotency keys
        self.busy: set[str] = set()
        self.faults: list[Object] = []
        self.violations: list[str] = []
        self.asked: list[str] = []
        self.delivery: Object = {}
        self.webhook = self.first_webhook

    # --- the API ----------------------------------------------------------------------------------

    def answer(self, method: str, path: str, given: Object, headers: Any) -> tuple[int, Object, dict[str, str]]:
        """Status, body and headers of the answer to a request."""
        if not re.fullmatch(r"Bearer (sk|rk)_test_\w+", headers.get("Authorization", "")):
            raise Failed(401, "invalid_request_error", "Invalid API Key provided")
        if headers.get("Stripe-Version") != API_VERSION:
            self.violations.append(f"Stripe-Version {headers.get('Stripe-Version')}")
            raise Failed(400, "invalid_request_error", "Invalid Stripe API version")
        pattern, ref = _pattern(method, path)
        if not pattern:
            self.violations.append(f"{method} {path}: no such address")
            raise Failed(404, "invalid_request_error", "Unrecognized request URL")
        try:
            params = shapes.check(method, pattern, given)
        except shapes.Unfit as unfit:
            self.violations.append(f"{method} {pattern}: {unfit}")
            raise Failed(400, "invalid_request_error", unfit.message, unfit.code, unfit.param) from None
        key = headers.get("Idempotency-Key", "") if method == "POST" else ""
        request = (method, path, given)
        with self.lock:
            self.asked.append(f"{method} {pattern} {key}")
            if key in self.kept:
                before, status, body = self.kept[key]
                if before != request:
                    raise Failed(400, "idempotency_error", "Keys can only be used with the same parameters")
                return status, body, {"Idempotent-Replayed": "true", "Stripe-Should-Retry": "false"}
            if key and key in self.busy:
                raise Failed(409, "idempotency_error", "in use", "idempotency_key_in_use")
            self.busy.add(key)
        try:
            with self.lock:
                status, body = self._answer_anew(method, pattern, ref, params)
                if key:
                    self.kept[key] = (request, status, body)
                return status, body, {}
        finally:
            self.busy.discard(key)

    def _answer_anew(self, method: str, pattern: str, ref: str, params: Object) -> tuple[int, Object]:
        try:
            if self.fault("error", method, pattern):
                return 500, {"error": {"type": "api_error", "message": "An error occurred"}}
            made = self._do(method, pattern, ref, params)
            body = _expanded(self.bank, _shown(made), params.get("expand", []))
            if self.fault("error_after", method, pattern):
                return 500, {"error": {"type": "api_error", "message": "An error occurred"}}
        except NotFound as missing:
            raise Failed(404, "invalid_request_error", f"No such object: {missing}", "resource_missing") from None
        except NotAllowed as refused:
            raise Failed(400, "invalid_request_error", refused.message, refused.code, refused.param) from None
        return 200, body

    def _do(self, method: str, pattern: str, ref: str, params: Object) -> Object:
        bank = self.bank
        match (method, pattern):
            case ("POST", "checkout/sessions"):
                return bank.open_session(params)
            case ("POST", "checkout/sessions/*/expire"):
                return bank.expire_session(ref)
            case ("POST", "billing_portal/sessions"):
                return bank.open_portal(params)
            case ("POST", "refunds"):
                return bank.create_refund(params)
            case ("POST", "subscriptions/*"):
                return bank.update_subscription(ref, params)
            case ("DELETE", "subscriptions/*"):
                return bank.cancel_subscription(ref)
        if pattern in _ONE:
            return bank.get(ref, _ONE[pattern])
        return self._listed(pattern, params)

    def _listed(self, pattern: str, params: Object) -> Object:
        found = self.bank.all(_LISTS[pattern])
        for name, value in params.items():
            if name in ("limit", "expand", "starting_after"):
                continue
            if name in ("created", "arrival_date"):
                found = [one for one in found if one[name] >= value["gte"]]
            elif name == "payout":
                found = [one for one in found if one["_payout"] == value]
            elif name == "subscription":
                found = [one for one in found if one["parent"]["subscription_details"]["subscription"] == value]
            elif name == "payment":
                found = [one for one in found if one["payment"]["payment_intent"] == value["payment_intent"]]
            else:
                found = [one for one in found if one.get(name) == value]
        if after := params.get("starting_after"):
            place = next((number for number, one in enumerate(found) if one["id"] == after), None)
            if place is None:
                raise NotFound(after)
            found = found[place + 1 :]
        limit = params.get("limit", 10)
        if not 1 <= limit <= 100:
            raise NotAllowed("between 1 and 100", param="limit")
        page = [_shown(one) for one in found[:limit]]
        return {"object": "list", "url": f"/v1/{pattern}", "has_more": len(found) > limit, "data": page}

    # --- faults and messages ----------------------------------------------------------------------

    def fault(self, kind: str, method: str, pattern: str) -> Object | None:
        """The fault that is switched on for this request, used up by one."""
        for fault in self.faults:
            if fault["kind"] == kind and fault["on"] in ("*", f"{method} {pattern}") and fault["times"] > 0:
                fault["times"] -= 1
                return fault
        return None

    def messages(self, **how: Any) -> list[Object]:
        """What is to be told, signed. `how`: secret, age (seconds), old_version, again (all that was ever told)."""
        with self.lock:
            told = [event["id"] for event in reversed(self.bank.all("event"))]
            names = told if how.pop("again", False) else self.bank.undelivered
            self.bank.undelivered = []
            is_old = how.pop("old_version", False)
            found = []
            for name in names:
                event = _shown(self.bank.get(name))
                if is_old:
                    event["api_version"] = OLD_VERSION
                found.append(self.bank.signed(name, json.dumps(event), **how))
            return found

    def deliver(self) -> list[int]:
        """Send what is to be told to the webhook's address, as `delivery` says; the statuses."""
        if not self.webhook:
            return []
        how = self.delivery
        secret = "whsec_wrong" if how.get("bad_signature") else SECRET
        found = self.messages(secret=secret, old_version=bool(how.get("old_version")))
        if how.get("drop"):
            return []
        time.sleep(how.get("delay", 0))
        if how.get("reorder"):
            found.reverse()
        return [self._post(message) for message in found for _time in range(2 if how.get("duplicate") else 1)]

    def _post(self, message: Object) -> int:
        request = urllib.request.Request(
            self.webhook,
            message["body"].encode(),
            {"Stripe-Signature": message["signature"], "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def control(self, act: str, given: Object) -> Any:
        """A switch: one of the bank's acts, or one of the server's own."""
        with self.lock:
            match act:
                case "forget":
                    self.forget()
                    return True
                case "fault":
                    self.faults.append({"on": "*", "times": 1} | given)
                    return True
                case "clear_faults":
                    self.faults = []
                    return True
                case "delivery":
                    self.webhook = given.pop("url", self.webhook)
                    self.delivery = given
                    return True
                case "violations":
                    return self.violations
                case "asked":
                    return self.asked
                case "forget_keys":
                    self.kept = {}
                    return True
            if act in ACTS:
                return getattr(self.bank, act)(**given)
        if act == "messages":
            return self.messages(**given)
        if act == "deliver":
            return self.deliver()
        raise NotFound(act)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet, or each answer waits for the other side
    disable_nagle_algorithm = True
    server: FakeStripe

    def log_message(self, *words: Any) -> None:
        """Nothing: the answers say it."""

    def do_GET(self) -> None:
        self._handle("GET")

    def do_POST(self) -> None:
        self._handle("POST")

    def do_DELETE(self) -> None:
        self._handle("DELETE")

    def _handle(self, method: str) -> None:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if address.path.startswith("/v1/"):
                self._api(method, address.path, address.query or body.decode())
            elif address.path.startswith("/_fake/"):
                made = self.server.control(address.path.removeprefix("/_fake/"), json.loads(body or b"{}"))
                self._send(200, made)
            else:
                self._hosted(method, address.path, dict(parse_qsl(body.decode())))
        except Failed as failed:
            self._send(failed.status, failed.body)
        except NotFound as missing:
            self._send(404, {"error": {"message": str(missing)}})
        except NotAllowed as refused:
            self._send(400, {"error": {"message": refused.message}})

    def _api(self, method: str, path: str, encoded: str) -> None:
        path = unquote(path.removeprefix("/v1/"))
        pattern = _pattern(method, path)[0]
        server = self.server
        if server.fault("lose", method, pattern):  # before anything is done
            self.close_connection = True
            return
        if hang := server.fault("hang", method, pattern):
            time.sleep(hang["seconds"])
            self.close_connection = True
            return
        if server.fault("rate", method, pattern):
            raise Failed(429, "invalid_request_error", "Too many requests", "rate_limit")
        status, body, headers = server.answer(method, path, _decoded(encoded), self.headers)
        if server.fault("drop", method, pattern):  # after all was done
            self.close_connection = True
            return
        self._send(status, body, headers)

    def _hosted(self, method: str, path: str, posted: dict[str, str]) -> None:
        bank = self.server.bank
        _empty, kind, ref = f"{path}//".split("/")[:3]
        if kind == "pay":
            page = bank.get(ref, "checkout.session")
            act, text = posted.get("act"), f"{page['_label']}: {page['amount_total'] / 100:.2f} {page['currency']}"
            if act == "cancel":
                return self._redirect(page["cancel_url"])
            if act:
                with self.server.lock:
                    bank.pay(ref, act)
                self.server.deliver()
                if act != "decline":
                    return self._redirect(page["success_url"].replace("{CHECKOUT_SESSION_ID}", ref))
                text += " - declined"
            return self._page(page["locale"], "Checkout", text, ("card", "debit", "decline", "cancel"))
        if kind == "portal":
            portal = bank.get(ref, "billing_portal.session")
            if act := posted.get("act"):
                with self.server.lock:
                    back = bank.portal_act(ref, act)
                self.server.deliver()
                return self._redirect(back)
            return self._page("en", "Customer portal", portal["customer"], ("cancel", "card", "back"))
        raise NotFound(path)

    def _page(self, language: str, title: str, text: str, acts: tuple[str, ...]) -> None:
        buttons = "".join(f'<button name="act" value="{act}">{act}</button>' for act in acts)
        page = _PAGE.format(language=language, title=title, text=html.escape(text), buttons=buttons)
        self._respond(200, page.encode(), {"Content-Type": "text/html; charset=utf-8"})

    def _redirect(self, url: str) -> None:
        self._respond(303, b"", {"Location": url})

    def _send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self._respond(status, json.dumps(body).encode(), {"Content-Type": "application/json"} | (headers or {}))

    def _respond(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (headers | {"Request-Id": "req_fake", "Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _pattern(method: str, path: str) -> tuple[str, str]:
    """The known address that a path is, and the id within it."""
    for known_method, pattern in shapes.SHAPES:
        expression = re.escape(pattern).replace(r"\*", "([^/]+)")
        if known_method == method and (found := re.fullmatch(expression, path)):
            return pattern, found.group(1) if "*" in pattern else ""
    return "", ""


def _decoded(encoded: str) -> Object:
    """A form as nested values: `a[b][0]=c` is {"a": {"b": ["c"]}}."""
    root: Object = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        *path, last = re.findall(r"[^\[\]]+", name)
        place = root
        for step in path:
            place = place.setdefault(step, {})
        place[last] = value
    return _with_lists(root)


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_with_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _with_lists(inner) for key, inner in value.items()}


def _shown(value: Any) -> Any:
    """What Stripe would show: without the fake's own notes, which begin with an underscore."""
    if isinstance(value, dict):
        return {name: _shown(inner) for name, inner in value.items() if not name.startswith("_")}
    return [_shown(inner) for inner in value] if isinstance(value, list) else value


def _expanded(bank: Bank, body: Object, paths: list[str]) -> Object:
    for path in paths:
        if path.count(".") > 3:
            raise NotAllowed("expanded too deeply", param="expand")
        _expand(bank, body, path.split("."))
    return body


def _expand(bank: Bank, place: Any, path: list[str]) -> None:
    if isinstance(place, list):
        for one in place:
            _expand(bank, one, path)
    elif path and isinstance(place, dict):
        name, *rest = path
        if place.get("object") == "charge" and name == "refunds":
            refunds = [_shown(refund) for refund in bank.all("refund", charge=place["id"])]
            place[name] = {
                "object": "list",
                "url": f"/v1/charges/{place['id']}/refunds",
                "has_more": len(refunds) > 10,
                "data": refunds[:10],
            }
        elif name not in place:
            raise NotAllowed(f"This property cannot be expanded ({name}).", param="expand")
        if isinstance(place[name], str):
            place[name] = _shown(bank.get(place[name]))
        _expand(bank, place[name], rest)
