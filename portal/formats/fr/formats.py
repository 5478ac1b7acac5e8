"""French: thousands are separated by a narrow no-break space (Imprimerie nationale)."""

THOUSAND_SEPARATOR = "\u202f"
