"""What a browser calls itself, in words that its owner recognises."""

import re

_BROWSERS = [("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox")]
_BROWSERS += [("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari")]
_SYSTEMS = [("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad")]
_SYSTEMS += [("CrOS", "ChromeOS"), ("Macintosh", "macOS"), ("Linux", "Linux")]


def name_of(user_agent: str) -> str:
    """Like “Firefox, Windows”; what is not known is left out, and "" when nothing is."""
    browser = next((name for token, name in _BROWSERS if re.search(rf"{token}\w*/", user_agent)), "")
    system = next((name for token, name in _SYSTEMS if token in user_agent), "")
    return ", ".join(filter(None, [browser, system]))
