"""`python -m tests.fake_stripe --port 12111 --webhook http://127.0.0.1:8000/giving/webhooks/stripe/`"""

import argparse
import contextlib
import sys
import threading

from tests.fake_stripe.bank import SECRET
from tests.fake_stripe.server import FakeStripe

parser = argparse.ArgumentParser(description="A Stripe that moves no money, on the loopback interface.")
parser.add_argument("--port", type=int, default=12111, help="0: any that is free")
parser.add_argument("--webhook", default="", help="where to send messages")
parser.add_argument("--until-eof", action="store_true", help="end with the process that holds the other end of stdin")
arguments = parser.parse_args()
server = FakeStripe(arguments.port, arguments.webhook)
print(server.address, flush=True)
settings = {
    "STRIPE_API_BASE": server.address,
    "STRIPE_SECRET_KEY": "sk_test_of_the_fake",
    "STRIPE_WEBHOOK_SECRETS": SECRET,
}
print("env", *(f"{name}={value}" for name, value in settings.items()), "make run", flush=True)


def wait_for_the_end() -> None:
    sys.stdin.read()
    server.shutdown()


if arguments.until_eof:
    threading.Thread(target=wait_for_the_end, daemon=True).start()
with contextlib.suppress(KeyboardInterrupt):
    server.serve_forever()
server.server_close()
