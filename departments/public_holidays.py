"""The public holidays of the place where a hospital stands."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import holidays

# French departments and territories that keep days of their own, by the beginning of the postal code. The longest
# beginning wins. Alsace and Moselle: Good Friday and 26 December (ordinance of 16 August 1892).
_FRENCH_SUBDIVISIONS = {
    "57": "57",
    "67": "6AE",
    "68": "6AE",
    "971": "971",
    "97133": "BL",
    "97150": "MF",
    "972": "972",
    "973": "973",
    "974": "974",
    "975": "PM",
    "976": "976",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}
_COUNTRIES = holidays.list_supported_countries(include_aliases=False)


@dataclass(frozen=True)
class PublicHolidays:
    """The public holidays of a country (two letters of ISO 3166), in France of the department. `day in` them.

    None for a country that the `holidays` package does not know.
    """

    country: str
    subdivision: str | None = None

    @classmethod
    def at(cls, country: str, postal_code: str) -> "PublicHolidays":
        """Those of an address."""
        country, code = country.strip().upper(), postal_code.replace(" ", "")
        if country != "FR":
            return cls(country)
        beginning = max((start for start in _FRENCH_SUBDIVISIONS if code.startswith(start)), key=len, default="")
        return cls(country, _FRENCH_SUBDIVISIONS.get(beginning))

    def __contains__(self, day: date) -> bool:
        return day in _days(self.country, self.subdivision, day.year)


@lru_cache(maxsize=512)
def _days(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    if country not in _COUNTRIES:
        return frozenset()
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=year, expand=False))
