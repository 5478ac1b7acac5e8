"""The editors' handbook (docs/editors/): its steps, walked in a browser, and its pictures, taken on the way."""
