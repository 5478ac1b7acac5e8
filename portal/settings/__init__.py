"""Settings: `base` is strict; `development`, `test` and `production` each loosen or demand by name."""
