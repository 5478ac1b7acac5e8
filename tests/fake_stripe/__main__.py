"""`python -m tests.fake_stripe --port 12111 --webhook http://127.0.0.1:8000/giving/webhooks/stripe/`"""

import argparse

from tests.fake_stripe.bank import SECRET
from tests.fake_stripe.server import FakeStripe

parser = argparse.ArgumentParser(description="A Stripe that moves no money, on the loopback interface.")
parser.add_argument("--port", type=int, default=12111, help="0: any that is free")
parser.add_argument("--webhook", default="", help="where to send messages")
arguments = parser.parse_args()
server = FakeStripe(arguments.port, arguments.webhook)
print(server.address, flush=True)
print(f"STRIPE_API_BASE={server.address} STRIPE_SECRET_KEY=sk_test_fake STRIPE_WEBHOOK_SECRETS={SECRET}", flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    server.server_close()
