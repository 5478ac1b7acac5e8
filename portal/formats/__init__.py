"""How numbers and dates are written, where the portal differs from Django."""
