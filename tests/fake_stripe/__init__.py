"""A Stripe that moves no money: a process of its own for tests and development. Production never contains it."""
