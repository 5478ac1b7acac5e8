"""From the address of a film to the cookie-free address of its player."""

import pytest

from portal.video import UnknownPlayer, embedded_player

YOUTUBE = "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"
VIMEO = "https://player.vimeo.com/video/76979871?dnt=1"


@pytest.mark.parametrize(
    ("address", "player"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", YOUTUBE),
        ("https://www.youtube.com/watch?t=10&v=dQw4w9WgXcQ&list=x", YOUTUBE),
        ("https://m.youtube.com/watch?v=dQw4w9WgXcQ", YOUTUBE),
        ("https://youtu.be/dQw4w9WgXcQ?si=abc", YOUTUBE),
        ("https://www.youtube.com/shorts/dQw4w9WgXcQ", YOUTUBE),
        ("https://www.youtube.com/embed/dQw4w9WgXcQ", YOUTUBE),
        (YOUTUBE, YOUTUBE),
        ("https://vimeo.com/76979871", VIMEO),
        ("https://vimeo.com/channels/staffpicks/76979871", VIMEO),
        ("https://player.vimeo.com/video/76979871", VIMEO),
    ],
)
def test_every_usual_address_of_a_film_leads_to_its_cookie_free_player(address, player):
    assert embedded_player(address) == player


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a film",
        "https://www.youtube.com/",
        "https://www.youtube.com/watch",
        "https://www.youtube.com/watch?v=<script>",
        'https://youtu.be/"onload=alert(1)',
        "https://youtube.com.example.org/watch?v=dQw4w9WgXcQ",
        "https://example.org/watch?v=dQw4w9WgXcQ",
        "https://vimeo.com/staffpicks",
    ],
)
def test_any_other_address_is_refused_with_what_is_accepted(address):
    with pytest.raises(UnknownPlayer, match=r"YouTube (or|ou) Vimeo"):
        embedded_player(address)
