"""How staff come in and stay in: one door, a second factor, brakes on guessing, sessions that end."""
