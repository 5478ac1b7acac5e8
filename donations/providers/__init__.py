"""Those who move the money. The rest of the app knows them by `base` and by their names alone."""
