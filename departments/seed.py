"""The directory of the demonstration: hospitals, departments, the lines under which they are reached, contact forms."""

import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone
from wagtail.models import ReferenceIndex

from departments.models import (
    ContactLine,
    DepartmentPage,
    DirectoryPage,
    Duty,
    FinderPage,
    HospitalPage,
    HoursException,
    Location,
    OpeningHours,
)
from departments.models.contacts import Audience, HoursAre, Purpose
from departments.seed_words import seed_words
from departments.uses import embed
from institutes.models import Organisation, Role
from portal import bootstrapping
from portal.models import ContactField, ContactPage, HomePage, PortalImage
from portal.seeding import Seeding, Words

Wording = dict[str, str]
"""A text by language."""

Pages = dict[str, Any]
"""One page, by language."""


@dataclass(frozen=True)
class _Line:
    """A contact line; `hospital` is the key of the one that it reaches, where a department has several."""

    purpose: Purpose
    number: str
    hospital: str = ""
    instruction: Wording = field(default_factory=dict)
    label: Wording = field(default_factory=dict)
    audience: Audience = Audience.PATIENTS
    valid_from: date | None = None
    valid_until: date | None = None
    internal_note: str = ""


@dataclass(frozen=True)
class _Department:
    """A department: its words, the keys of its hospitals with the place there, its lines, its vacant posts."""

    words: dict[str, Words]
    places: dict[str, Wording] = field(default_factory=dict)
    lines: tuple[_Line, ...] = ()
    vacant: tuple[Wording, ...] = ()


def _seed_duty(seeding: Seeding) -> None:
    """The switchboard of the demonstration looks after the fictional institute's lines, and after no other's."""
    if seeding.is_done("duty of the switchboard"):
        return
    with seeding.once("duty of the switchboard"):
        group = Group.objects.get(name=bootstrapping.SWITCHBOARD)
        Duty.objects.create(group=group, institute=seeding.pages("institute:demonstration")["fr"])


def seed(seeding: Seeding) -> None:
    """Put in the directory with all that it lists and all that it is found by, each part once."""
    _seed_duty(seeding)
    _seed_directory(seeding)
    seed_words(seeding)


def _seed_directory(seeding: Seeding) -> None:
    """The directory, the hospitals, the departments and the contact forms."""
    if seeding.is_done("departments"):
        return
    pictures = {
        "garden": seeding.picture(
            "Demonstration, the garden",
            "leaves",
            61,
            "plum",
            {
                "en": "Purple branches around a yellow leaf, in front of a large pale sun.",
                "fr": "Des branches violettes autour d’une feuille jaune, devant un grand soleil pâle.",
            },
        ),
        "island": seeding.picture(
            "Demonstration, the island",
            "islands",
            61,
            "plum",
            {
                "en": "A purple paper island, rising in steps to a yellow summit.",
                "fr": "Une île de papier violette qui s’élève par paliers jusqu’à un sommet jaune.",
            },
        ),
    }
    with seeding.once("departments"):
        homes = {language: HomePage.objects.get(locale__language_code=language) for language in seeding.locales}
        seeding.report("directory")
        directory = seeding.page(DirectoryPage, "directory", homes, _DIRECTORY, {"show_in_menus": True})
        seeding.page(FinderPage, "finder", homes, _FINDER)
        seeding.report("hospitals and departments of Gustave Roussy and of the IUC")
        _seed_gustave_roussy(seeding)
        _seed_iuc(seeding)
        seeding.report("hospitals and departments of the Demonstration Hospital (fictional)")
        _seed_demonstration(seeding, directory, pictures)
        seeding.report("contact forms")
        for institute in ("gustave-roussy", "iuc", "demonstration"):
            _seed_contact(seeding, institute)
        _order_the_menu(seeding, homes)


def _order_the_menu(seeding: Seeding, homes: dict[str, HomePage]) -> None:
    """The directory, which most visitors come for, stands first; the way to write to the portal last."""
    for language, home in homes.items():
        seeding.pages("directory")[language].move(home, pos="first-child")
        home.refresh_from_db()
        seeding.pages("contact")[language].move(home, pos="last-child")


_DIRECTORY: dict[str, Words] = {
    "en": {
        "title": "Directory",
        "slug": "directory",
        "summary": "Every department of the institutes, and the numbers to call.",
        "introduction": "<p>Search for a department by its name, hospital or institute, or by any part of its number. "
        "In an emergency, call 15 or 112, or text 114.</p>",
    },
    "fr": {
        "title": "Annuaire",
        "slug": "annuaire",
        "summary": "Tous les services des instituts, avec les numéros à appeler.",
        "introduction": "<p>Cherchez un service par son nom, son hôpital, son institut ou une partie de son numéro. En "
        "cas d’urgence, appelez le 15 ou le 112, ou envoyez un SMS au 114.</p>",
    },
}


_FINDER: dict[str, Words] = {
    "en": {
        "title": "Which number do I call?",
        "slug": "which-number",
        "summary": "Tell us why you are calling and where you are treated, and we will give you the number.",
    },
    "fr": {
        "title": "Quel numéro appeler ?",
        "slug": "quel-numero",
        "summary": "Dites pourquoi vous appelez et où vous êtes soigné : voici le numéro.",
    },
}


def _line_key(number: str) -> uuid.UUID:
    """The key of the line with `number`, as the seed writes it: known before the line is stored."""
    return Seeding.key(f"line:{number}")


def _named(number: str) -> str:
    """What a text writes to name the line with `number`."""
    return embed(_line_key(number))


def _seed_lines(
    seeding: Seeding, page: Any, lines: tuple[_Line, ...], hospitals: dict[str, Pages] | None = None
) -> None:
    for place, line in enumerate(lines, start=1):
        seeding.fact(
            ContactLine(
                uuid=_line_key(line.number),
                page=page,
                sort_order=place,
                hospital=hospitals[line.hospital]["fr"] if hospitals and line.hospital else None,
                purpose=line.purpose,
                number=line.number,
                instruction=line.instruction,
                label=line.label,
                audience=line.audience,
                valid_from=line.valid_from,
                valid_until=line.valid_until,
                internal_note=line.internal_note,
            )
        )


def _seed_department(
    seeding: Seeding, key: str, institute: Pages, hospitals: dict[str, Pages], department: _Department
) -> None:
    pages = seeding.page(DepartmentPage, key, institute, department.words)
    for place, (hospital, where) in enumerate(department.places.items(), start=1):
        seeding.fact(Location(page=pages["fr"], hospital=hospitals[hospital]["fr"], place=where, sort_order=place))
    _seed_lines(seeding, pages["fr"], department.lines, hospitals)
    for place, title in enumerate(department.vacant, start=1):
        seeding.fact(Role(page=pages["fr"], title=title, sort_order=place))


# --- The real institutes: what their own pages state, and nothing more ----------------------------------------------


def _seed_gustave_roussy(seeding: Seeding) -> None:
    hospital = seeding.page(
        HospitalPage,
        "hospital:gustave-roussy",
        seeding.pages("institute:gustave-roussy"),
        {
            "en": {
                "title": "Gustave Roussy",
                "slug": "hospital",
                "summary": "Gustave Roussy’s hospital, in Villejuif.",
                "introduction": "<p>Please phone the switchboard before you come to the emergency unit. Patients who "
                "arrive unannounced are transferred to another hospital.</p>",
            },
            "fr": {
                "title": "Gustave Roussy",
                "slug": "hopital",
                "summary": "L’hôpital de Gustave Roussy, à Villejuif.",
                "introduction": "<p>Ne venez pas aux urgences sans avoir d’abord téléphoné au standard : les patients "
                "qui arrivent sans prévenir sont transférés vers un autre hôpital.</p>",
            },
        },
        {"street": "114 rue Edouard-Vaillant", "postal_code": "94805", "city": "Villejuif Cedex", "country": "FR"},
    )
    switchboard = _Line(
        Purpose.SWITCHBOARD,
        "+33 (0)1 42 11 42 11",
        instruction={
            "en": "Phone before you come to the emergency unit. Patients who arrive unannounced are transferred to "
            "another hospital.",
            "fr": "Téléphonez avant de venir aux urgences : les patients qui arrivent sans prévenir sont transférés "
            "vers un autre hôpital.",
        },
    )
    _seed_lines(seeding, hospital["fr"], (switchboard,))


# Key, English title and slug, French title and slug, number where the institute prints one (all at one hospital).
_IUC_DEPARTMENTS = [
    ("pediatric-oncology", "Pediatric Oncology", "Oncologie pédiatrique", "oncologie-pediatrique", ""),
    (
        "thoracic-and-vascular-surgery",
        "Thoracic and vascular surgery",
        "Chirurgie thoracique et vasculaire",
        "chirurgie-thoracique-et-vasculaire",
        "",
    ),
    (
        "dermatology-allergology-and-vascular-medicine",
        "Dermatology, allergology and vascular medicine",
        "Dermatologie, allergologie et médecine vasculaire",
        "dermatologie-allergologie-et-medecine-vasculaire",
        "",
    ),
    ("onco-neurology", "Onco-neurology", "Neuro-oncologie", "neuro-oncologie", "+33 (0)1 42 16 06 43"),
    (
        "medical-onco-radiation-therapy",
        "Medical Onco-Radiation Therapy",
        "Onco-radiothérapie médicale",
        "onco-radiotherapie-medicale",
        "",
    ),
    ("pneumology", "Pneumology", "Pneumologie", "pneumologie", "+33 (0)1 42 16 78 84"),
    ("urology", "Urology", "Urologie", "urologie", "+33 (0)1 42 17 71 50"),
]


def _seed_iuc(seeding: Seeding) -> None:
    institute = seeding.pages("institute:iuc")
    group = institute["fr"].affiliations.get(organisation__kind=Organisation.Kind.HOSPITAL_GROUP)
    hospital = seeding.page(
        HospitalPage,
        "hospital:pitie-salpetriere",
        institute,
        {
            "en": {
                "title": "Pitié-Salpêtrière Hospital",
                "slug": "pitie-salpetriere",
                "summary": "A hospital in Paris, in the AP-HP Sorbonne University group.",
            },
            "fr": {
                "title": "Hôpital de la Pitié-Salpêtrière",
                "slug": "pitie-salpetriere",
                "summary": "Un hôpital du groupe AP-HP Sorbonne Université, à Paris.",
            },
        },
        {
            "street": "47-83 boulevard de l’Hôpital",
            "postal_code": "75013",
            "city": "Paris",
            "country": "FR",
            "latitude": "48.83780",
            "longitude": "2.36500",
            "group": group.organisation,
        },
    )
    for slug, english, french, french_slug, number in _IUC_DEPARTMENTS:
        where = {
            "en": ", at Pitié-Salpêtrière Hospital." if number else ".",
            "fr": ", à l’hôpital de la Pitié-Salpêtrière." if number else ".",
        }
        department = _Department(
            words={
                "en": {"title": english, "slug": slug, "summary": f"A department of the IUC{where['en']}"},
                "fr": {"title": french, "slug": french_slug, "summary": f"Un service de l’IUC{where['fr']}"},
            },
            places={"pitie-salpetriere": {}} if number else {},
            lines=(_Line(Purpose.DEPARTMENT, number),) if number else (),
        )
        _seed_department(seeding, f"department:iuc:{slug}", institute, {"pitie-salpetriere": hospital}, department)


# --- The demonstration hospital: numbers from the ranges that the French numbering plan keeps for fiction -----------

_RIVERS, _LINDEN = "two-rivers", "great-linden"

_HOSPITALS: dict[str, dict[str, Words]] = {
    _RIVERS: {
        "en": {
            "title": "Two Rivers Hospital (fictional)",
            "slug": "two-rivers",
            "summary": "A hospital that does not exist, in a town that is on no map.",
            "introduction": "<p>Two Rivers is the larger of the two imaginary hospitals. This page shows how a "
            "hospital gives its address, its numbers and its departments.</p>",
            "how_to_come": "<p><b>On foot:</b> follow the two rivers to where they meet.</p>"
            "<p><b>By boat:</b> get off at the paper landing stage. The main entrance is on your left.</p>"
            "<p><b>In a wheelchair:</b> take the level path from the landing stage. There are no steps.</p>",
        },
        "fr": {
            "title": "Hôpital des Deux-Rivières (fictif)",
            "slug": "deux-rivieres",
            "summary": "Un hôpital qui n’existe pas, dans une ville qu’aucune carte ne connaît.",
            "introduction": "<p>Les Deux-Rivières est le plus grand des deux hôpitaux imaginaires. Sa page montre "
            "comment un hôpital donne son adresse, ses lignes et les services que l’on y trouve.</p>",
            "how_to_come": "<p><b>À pied :</b> suivez les deux rivières jusqu’à l’endroit où elles se rejoignent.</p>"
            "<p><b>En bateau :</b> descendez au ponton de papier. L’entrée principale est à gauche.</p>"
            "<p><b>En fauteuil roulant :</b> prenez le chemin plat qui part du ponton ; il n’a aucune marche.</p>",
        },
    },
    _LINDEN: {
        "en": {
            "title": "Great Linden Hospital (fictional)",
            "slug": "great-linden",
            "summary": "The second hospital that does not exist, in the shade of a tree that was never planted.",
            "introduction": "<p>Great Linden is the smaller of the two imaginary hospitals. Some departments work "
            "both here and at Two Rivers, with separate numbers at each.</p>",
            "how_to_come": "<p>Look for the tallest tree. The entrance is behind the trunk.</p>",
        },
        "fr": {
            "title": "Hôpital du Grand-Tilleul (fictif)",
            "slug": "grand-tilleul",
            "summary": "Le second hôpital qui n’existe pas, à l’ombre d’un arbre que personne n’a planté.",
            "introduction": "<p>Le Grand-Tilleul est le plus petit des deux hôpitaux imaginaires. Certains services "
            "travaillent ici et aux Deux-Rivières, avec leurs propres lignes à chaque endroit.</p>",
            "how_to_come": "<p>Cherchez l’arbre le plus haut. L’entrée est derrière le tronc.</p>",
        },
    },
}
_ADDRESSES: dict[str, Words] = {
    _RIVERS: {"street": "1 quai de l’Exemple", "postal_code": "00000", "city": "Exempleville", "country": "FR"},
    _LINDEN: {"street": "2 allée du Tilleul", "postal_code": "00000", "city": "Exempleville", "country": "FR"},
}
_HOSPITAL_LINES: dict[str, tuple[_Line, ...]] = {
    _RIVERS: (
        _Line(Purpose.SWITCHBOARD, "01 99 00 10 00"),
        _Line(
            Purpose.EMERGENCY,
            "01 99 00 10 15",
            instruction={
                "en": "Phone before you come. If someone’s life is in danger, call 15 or 112 straight away.",
                "fr": "Téléphonez avant de venir. Si une vie est en danger, appelez tout de suite le 15 ou le 112.",
            },
        ),
        _Line(Purpose.ADMISSIONS, "01.99.00.10.01"),
        _Line(Purpose.RECORDS, "01 99 00 10 02 poste 1234"),
        _Line(
            Purpose.OTHER,
            "0199001003",
            label={"en": "Lost property", "fr": "Objets trouvés"},
            instruction={
                "en": "Tell us which day you lost it and what it looks like.",
                "fr": "Dites quel jour vous avez perdu l’objet et à quoi il ressemble.",
            },
        ),
    ),
    _LINDEN: (
        _Line(Purpose.SWITCHBOARD, "+33 (0)1 99 00 20 00"),
        _Line(Purpose.ADMISSIONS, "01 99 00 20 01"),
    ),
}

_PRESS_TWO = {
    "en": "When you hear the recorded message, press 2.",
    "fr": "Quand vous entendez le message enregistré, tapez 2.",
}
_DURING_TREATMENT = {
    "en": "For patients having treatment: phone before you come. If someone’s life is in danger, call 15 or 112 "
    "straight away.",
    "fr": "Pour les patients en cours de traitement : appelez avant de venir. Si une vie est en danger, appelez tout "
    "de suite le 15 ou le 112.",
}
_HEAD = {"en": "Head of department", "fr": "Cheffe ou chef de service"}
_HEAD_NURSE = {"en": "Lead nurse", "fr": "Cadre de santé"}


def _plain(
    english: tuple[str, str, str],
    french: tuple[str, str, str],
    places: dict[str, Wording],
    *lines: _Line,
    vacant: tuple[Wording, ...] = (),
) -> _Department:
    """A department of few words: title, slug and summary in each language."""
    names = ("title", "slug", "summary")
    words = {"en": dict(zip(names, english, strict=True)), "fr": dict(zip(names, french, strict=True))}
    return _Department(words, places, lines, vacant)


def _seed_demonstration(seeding: Seeding, directory: Pages, pictures: dict[str, PortalImage]) -> None:
    institute = seeding.pages("institute:demonstration")
    hospitals = {}
    for key, words in _HOSPITALS.items():
        if key == _RIVERS:
            words = {language: texts | {"body": _river_body(language)} for language, texts in words.items()}
        hospitals[key] = seeding.page(HospitalPage, f"hospital:{key}", institute, words, _ADDRESSES[key])
        _seed_lines(seeding, hospitals[key]["fr"], _HOSPITAL_LINES[key])
    for key, department in _departments(directory, pictures).items():
        _seed_department(seeding, f"department:demonstration:{key}", institute, hospitals, department)
    _seed_hours(seeding, hospitals)
    # These texts name lines that were stored after them: only now can the index find what they name.
    for key in (f"hospital:{_RIVERS}", "department:demonstration:medical-oncology"):
        for page in seeding.pages(key).values():
            ReferenceIndex.create_or_update_for_object(page)


_DAY_AND_NIGHT = {"hours_are": HoursAre.OWN, "hours": "24/7", "closed_on_holidays": False}
_AS_THE_HOSPITAL = {"hours_are": HoursAre.HOSPITAL}
_HOURS: dict[str, dict[str, Any]] = {
    "+33199001000": _DAY_AND_NIGHT,
    "+33199001015": _DAY_AND_NIGHT,
    "+33199001001": _AS_THE_HOSPITAL,
    "+33199001002": {"hours_are": HoursAre.OWN, "hours": "Mo-Fr 9:00-12:30, 13:30-16:30"},
    "+33199001003": {"hours_are": HoursAre.OWN, "hours": "Tu,Th 14:00-16:00", "by_appointment": True},
    "+33199002000": {"hours_are": HoursAre.OWN, "hours": "Mo-Sa 7:00-21:00", "closed_on_holidays": False},
    "+33199001101": _AS_THE_HOSPITAL | {"out_of_hours": "+33199001000"},
    "+33199001103": {"by_appointment": True},
    "+33199001201": _AS_THE_HOSPITAL,
    "+33199002101": {"hours_are": HoursAre.OWN, "hours": "Mo,We,Fr 8:30-17:00"},
    "+33639982102": {"hours_are": HoursAre.OWN, "hours": "Mo-Su 20:00-8:00", "closed_on_holidays": False},
    "+33199002103": _DAY_AND_NIGHT,
    "+33199001901": _AS_THE_HOSPITAL | {"out_of_hours": "+33199001904"},
    "+33199001903": {"hours_are": HoursAre.OWN, "hours": "Mo-Fr 8:00-20:00; Sa-Su 9:00-18:00"},
    "+33199001904": _DAY_AND_NIGHT,
    "+33199002501": {"hours_are": HoursAre.OWN, "hours": "Mo-Tu,Th-Fr 9:00-12:30, 13:30-17:00; We 9:00-12:00"},
    "+33199002502": {"by_appointment": True},
}
"""When lines of the demonstration are answered, by number: every answer that a line can give. Others say nothing."""


def _seed_hours(seeding: Seeding, hospitals: dict[str, Pages]) -> None:
    """Hours of a hospital, days on which they differ, and the hours of some lines."""
    rivers = hospitals[_RIVERS]["fr"]
    seeding.fact(OpeningHours(page=rivers, hours="Mo-Fr 8:00-18:00; Sa 9:00-12:00"))
    regatta = timezone.localdate() + timedelta(days=10)
    seeding.fact(
        HoursException(
            page=rivers,
            first_day=regatta,
            last_day=regatta + timedelta(days=1),
            reason={"en": "Paper boat regatta", "fr": "Régate des bateaux de papier"},
        )
    )
    lines = {line.number: line for line in ContactLine.objects.kept().filter(number__in=_HOURS)}
    for number, answers in _HOURS.items():
        for name, value in answers.items():
            setattr(lines[number], name, lines[value] if name == "out_of_hours" else value)
        seeding.fact(lines[number])


def _river_body(language: str) -> list[tuple[str, Words]]:
    return {
        "en": [
            (
                "callout",
                {
                    "kind": "emergency",
                    "heading": "Is this a real emergency?",
                    "text": "<p>This hospital cannot help you. Call 15 or 112, or text 114.</p>",
                },
            ),
            (
                "question",
                {
                    "heading": "Can I visit someone in hospital?",
                    "text": "<p>There is nobody to visit here. A real hospital would give its visiting times here, "
                    f"and the number of its switchboard: {_named('01 99 00 10 00')}.</p>",
                },
            ),
        ],
        "fr": [
            (
                "callout",
                {
                    "kind": "emergency",
                    "heading": "Une véritable urgence ?",
                    "text": "<p>Cet hôpital ne peut pas vous aider. Appelez le 15 ou le 112, ou envoyez un SMS au "
                    "114.</p>",
                },
            ),
            (
                "question",
                {
                    "heading": "Puis-je rendre visite à une personne hospitalisée ?",
                    "text": "<p>Il n’y a personne à voir ici. Un véritable hôpital donnerait à cet endroit ses "
                    f"heures de visite et son standard : {_named('01 99 00 10 00')}.</p>",
                },
            ),
        ],
    }[language]


def _departments(directory: Pages, pictures: dict[str, PortalImage]) -> dict[str, _Department]:
    """The departments by key. Dates count from the day of seeding, so that the announced change lies ahead."""
    last_day = date(timezone.localdate().year + 1, 6, 30)
    return {
        "medical-oncology": _medical_oncology(directory, pictures["garden"]),
        "radiotherapy": _radiotherapy(last_day, pictures["island"]),
        "pneumology": _plain(
            (
                "Respiratory Medicine",
                "pneumology",
                "A fictional department named after a real specialty, with one number for each reason to call.",
            ),
            (
                "Pneumologie",
                "pneumologie",
                "Un service fictif qui porte le nom d’une vraie spécialité : une ligne par raison d’appeler.",
            ),
            {_RIVERS: {"en": "North Building, 2nd floor", "fr": "Bâtiment Nord, 2e étage"}},
            _Line(Purpose.APPOINTMENTS, "01 99 00 11 01"),
            _Line(
                Purpose.CHANGE_APPOINTMENT,
                "01 99 00 11 02",
                instruction={
                    "en": "Please call as early as you can, so that another patient can have your place.",
                    "fr": "Appelez dès que possible : une autre personne pourra prendre votre place.",
                },
            ),
            _Line(Purpose.SECRETARIAT, "01 99 00 11 03 poste 1234"),
            vacant=(_HEAD,),
        ),
        "urology": _plain(
            (
                "Urology",
                "urology",
                "A fictional department with separate numbers for first and follow-up appointments.",
            ),
            (
                "Urologie",
                "urologie",
                "Un service fictif qui sépare les premiers rendez-vous et les rendez-vous de suivi.",
            ),
            {_RIVERS: {"en": "North Building, 3rd floor", "fr": "Bâtiment Nord, 3e étage"}},
            _Line(Purpose.NEW_PATIENT, "01 99 00 12 01"),
            _Line(Purpose.FOLLOW_UP, "01 99 00 12 02"),
        ),
        "pediatric-oncology": _plain(
            (
                "Paediatric Oncology",
                "pediatric-oncology",
                "A fictional department whose nurse line is a mobile number.",
            ),
            (
                "Oncologie pédiatrique",
                "oncologie-pediatrique",
                "Un service fictif avec une ligne infirmière sur un téléphone mobile.",
            ),
            {_LINDEN: {"en": "Garden Building, ground floor", "fr": "Bâtiment du Jardin, rez-de-chaussée"}},
            _Line(Purpose.APPOINTMENTS, "01 99 00 21 01"),
            _Line(Purpose.NURSE_LINE, "06 39 98 21 02"),
            _Line(Purpose.EMERGENCY_UNDER_TREATMENT, "01 99 00 21 03", instruction=_DURING_TREATMENT),
            vacant=(_HEAD, _HEAD_NURSE),
        ),
        "breast-care": _plain(
            (
                "Breast Care",
                "breast-care",
                "A fictional department at two hospitals, with its own number at each.",
            ),
            (
                "Sénologie",
                "senologie",
                "Un service fictif présent dans deux hôpitaux, avec sa propre ligne dans chacun d’eux.",
            ),
            {
                _RIVERS: {"en": "South Building, 1st floor", "fr": "Bâtiment Sud, 1er étage"},
                _LINDEN: {"en": "Garden Building, 1st floor", "fr": "Bâtiment du Jardin, 1er étage"},
            },
            _Line(Purpose.APPOINTMENTS, "0033 1 99 00 13 01", _RIVERS),
            _Line(Purpose.APPOINTMENTS, "01 99 00 22 01", _LINDEN),
        ),
        "dermatology": _plain(
            (
                "Dermatology",
                "dermatology",
                "A fictional department with no number of its own: its page points to the switchboard.",
            ),
            (
                "Dermatologie",
                "dermatologie",
                "Un service fictif sans numéro propre : sa page conduit au standard de l’hôpital.",
            ),
            {_LINDEN: {"en": "Garden Building, 2nd floor", "fr": "Bâtiment du Jardin, 2e étage"}},
        ),
        "medical-imaging": _plain(
            (
                "Medical Imaging",
                "medical-imaging",
                "A fictional department where callers are asked to press a key.",
            ),
            (
                "Imagerie médicale",
                "imagerie-medicale",
                "Un service fictif dont le téléphone demande d’appuyer sur une touche.",
            ),
            {
                _RIVERS: {"en": "South Building, ground floor", "fr": "Bâtiment Sud, rez-de-chaussée"},
                _LINDEN: {"en": "Main Building, lower ground floor", "fr": "Bâtiment principal, niveau inférieur"},
            },
            _Line(Purpose.IMAGING, "01 99 00 14 01", _RIVERS, instruction=_PRESS_TWO),
            _Line(Purpose.IMAGING, "01 99 00 23 01", _LINDEN, instruction=_PRESS_TWO),
        ),
        "haematology": _plain(
            (
                "Haematology",
                "haematology",
                "A fictional department with a number that is only for referring doctors.",
            ),
            (
                "Hématologie",
                "hematologie",
                "Un service fictif avec une ligne réservée aux médecins qui adressent des patients.",
            ),
            {_LINDEN: {"en": "Main Building, 1st floor", "fr": "Bâtiment principal, 1er étage"}},
            _Line(Purpose.DEPARTMENT, "01 99 00 24 01"),
            _Line(Purpose.REFERRING_DOCTORS, "01 99 00 24 02", audience=Audience.PROFESSIONALS),
            vacant=(_HEAD,),
        ),
        "supportive-care": _plain(
            (
                "Supportive Care",
                "supportive-care",
                "A fictional department whose social workers have their own number.",
            ),
            (
                "Soins de support",
                "soins-de-support",
                "Un service fictif où le service social a sa propre ligne.",
            ),
            {_RIVERS: {"en": "Riverside Building", "fr": "Bâtiment de la Rive"}},
            _Line(Purpose.SECRETARIAT, "01 99 00 15 01"),
            _Line(Purpose.SOCIAL_SERVICE, "01 99 00 15 02"),
        ),
        "gynaecological-surgery": _plain(
            (
                "Gynaecological Surgery",
                "gynaecological-surgery",
                "A fictional department with just one number, like many real ones.",
            ),
            (
                "Chirurgie gynécologique",
                "chirurgie-gynecologique",
                "Un service fictif qui n’a qu’une ligne, comme beaucoup de vrais services.",
            ),
            {_LINDEN: {"en": "Main Building, 2nd floor", "fr": "Bâtiment principal, 2e étage"}},
            _Line(Purpose.DEPARTMENT, "05 36 49 20 01"),
        ),
        "pathology": _plain(
            (
                "Pathology",
                "pathology",
                "A fictional laboratory whose number is for health professionals. Patients call the switchboard.",
            ),
            (
                "Anatomie pathologique",
                "anatomie-pathologique",
                "Un laboratoire fictif dont la ligne est réservée aux soignants : les patients appellent le standard.",
            ),
            {_RIVERS: {"en": "South Building, 4th floor", "fr": "Bâtiment Sud, 4e étage"}},
            _Line(Purpose.DEPARTMENT, "01 99 00 16 01", audience=Audience.PROFESSIONALS),
        ),
        "international-patients": _plain(
            (
                "International Patients",
                "international-patients",
                "A fictional department for imaginary patients from outside France.",
            ),
            (
                "Accueil international",
                "accueil-international",
                "Un service fictif pour les patients imaginaires qui vivent hors de France.",
            ),
            {_RIVERS: {"en": "Main entrance", "fr": "Entrée principale"}},
            _Line(Purpose.INTERNATIONAL, "+33 1 99 00 17 01"),
        ),
        "communications-and-giving": _plain(
            (
                "Communications and Giving",
                "communications-and-giving",
                "A fictional office with separate numbers for visitors, journalists and donors.",
            ),
            (
                "Communication et mécénat",
                "communication-et-mecenat",
                "Un bureau fictif avec des lignes distinctes pour les visiteurs, les journalistes et les donateurs.",
            ),
            {_RIVERS: {"en": "Riverside Building, ground floor", "fr": "Bâtiment de la Rive, rez-de-chaussée"}},
            _Line(Purpose.DEPARTMENT, "01 99 00 18 00"),
            _Line(Purpose.PRESS, "01 99 00 18 01", audience=Audience.PRESS),
            _Line(Purpose.DONORS, "01 99 00 18 02", audience=Audience.DONORS),
        ),
    }


def _medical_oncology(directory: Pages, picture: PortalImage) -> _Department:
    """The department that shows everything that a department’s page can say."""
    return _Department(
        words={
            "en": {
                "title": "Medical Oncology",
                "slug": "medical-oncology",
                "summary": "A fictional department at two hospitals, with everything that a department’s page can say.",
                "introduction": "<p>This department does not exist. It has the fullest page of the demonstration: "
                "several numbers at two hospitals, an emergency line, vacant posts, and advice for each step of a "
                "visit.</p>",
                "appointments": "<p>To make an appointment, call the hospital of your choice. Have your doctor’s "
                "letter to hand: you will be asked for its date.</p>"
                f"<p>To cancel or move an appointment at Two Rivers, call {_named('01 99 00 19 02')} as soon as you "
                "can. Someone else may be waiting for a place.</p>",
                "treats": "<p>Nobody, because it is imaginary. A real department would list here, in plain words:</p>"
                "<ul><li>the illnesses it knows best;</li><li>the treatments it offers;</li>"
                "<li>what it leaves to other departments, with links to them.</li></ul>",
                "how_to_come": "<p><b>At Two Rivers:</b> from the main entrance, follow the blue line on the floor.</p>"
                "<p><b>At Great Linden:</b> cross the garden. The door is to the right of the bench.</p>",
                "body": [
                    (
                        "callout",
                        {
                            "kind": "important",
                            "heading": "Before your first visit",
                            "text": "<p>Bring your doctor’s letter, a list of your medicines and someone you trust. "
                            "Paper boats are welcome too.</p>",
                        },
                    ),
                    (
                        "section",
                        {
                            "heading": "What to expect on the day",
                            "text": "<p>Give your name at reception. A nurse will come for you and explain what "
                            "happens next. Before you leave, you will know who to call if you are worried.</p>",
                        },
                    ),
                    (
                        "figure",
                        {
                            "image": {
                                "image": picture.pk,
                                "decorative": False,
                                "alt_text": "Purple branches around a yellow leaf, in front of a large pale sun.",
                            },
                            "caption": "The garden you would see from the waiting room.",
                        },
                    ),
                    (
                        "question",
                        {
                            "heading": "Can someone come with me?",
                            "text": "<p>Yes. An imaginary hospital always has a second chair.</p>",
                        },
                    ),
                    (
                        "question",
                        {
                            "heading": "Which number do I call at night?",
                            "text": "<p>If you are having treatment, call the emergency line: "
                            f"{_named('01 99 00 19 04')}. If someone’s life is in danger, call 15 or 112, which are "
                            "real.</p>",
                        },
                    ),
                    ("link", {"heading": "See all departments", "page": directory["en"].pk, "url": ""}),
                ],
            },
            "fr": {
                "title": "Oncologie médicale",
                "slug": "oncologie-medicale",
                "summary": "Un service fictif dans deux hôpitaux, avec tout ce que la page d’un service peut dire.",
                "introduction": "<p>Ce service n’existe pas. Sa page est la plus complète de la démonstration : "
                "plusieurs lignes dans deux hôpitaux, une ligne d’urgence, des postes à pourvoir et un texte pour "
                "chaque étape d’une visite.</p>",
                "appointments": "<p>Pour prendre rendez-vous, appelez la ligne de l’hôpital que vous préférez. Gardez "
                "la lettre de votre médecin à portée de main : on vous en demandera la date.</p>"
                f"<p>Pour annuler ou déplacer un rendez-vous aux Deux-Rivières, appelez le {_named('01 99 00 19 02')} "
                "dès que vous le savez. Quelqu’un d’autre attend peut-être une place.</p>",
                "treats": "<p>Personne, puisqu’il est imaginaire. Un véritable service dirait ici, avec des mots "
                "simples :</p><ul><li>les maladies qu’il connaît le mieux ;</li><li>les traitements qu’il donne ;</li>"
                "<li>ce qu’il confie à d’autres services, avec un lien vers eux.</li></ul>",
                "how_to_come": "<p><b>Aux Deux-Rivières :</b> depuis l’entrée principale, suivez la ligne bleue au "
                "sol.</p><p><b>Au Grand-Tilleul :</b> traversez le jardin. La porte est à droite du banc.</p>",
                "body": [
                    (
                        "callout",
                        {
                            "kind": "important",
                            "heading": "Avant votre première visite",
                            "text": "<p>Apportez votre lettre, la liste de vos médicaments, et venez avec une personne "
                            "de confiance. Les bateaux en papier sont aussi les bienvenus.</p>",
                        },
                    ),
                    (
                        "section",
                        {
                            "heading": "Comment se passe une journée",
                            "text": "<p>Vous donnez votre nom à l’accueil. Une infirmière ou un infirmier vient vous "
                            "chercher et vous explique la suite. Avant de partir, vous savez qui appeler si quelque "
                            "chose vous inquiète.</p>",
                        },
                    ),
                    (
                        "figure",
                        {
                            "image": {
                                "image": picture.pk,
                                "decorative": False,
                                "alt_text": "Des branches violettes autour d’une feuille jaune, devant un grand soleil "
                                "pâle.",
                            },
                            "caption": "Le jardin que l’on verrait depuis la salle d’attente.",
                        },
                    ),
                    (
                        "question",
                        {
                            "heading": "Puis-je venir accompagné ?",
                            "text": "<p>Oui. Dans un hôpital imaginaire, il y a toujours une deuxième chaise.</p>",
                        },
                    ),
                    (
                        "question",
                        {
                            "heading": "Quel numéro appeler la nuit ?",
                            "text": "<p>Si vous êtes en cours de traitement, la ligne d’urgence : "
                            f"{_named('01 99 00 19 04')}. Si une vie est en danger, appelez le 15 ou le 112, qui sont "
                            "réels.</p>",
                        },
                    ),
                    ("link", {"heading": "Voir tous les services", "page": directory["fr"].pk, "url": ""}),
                ],
            },
        },
        places={
            _RIVERS: {"en": "South Building, 2nd floor, door B", "fr": "Bâtiment Sud, 2e étage, porte B"},
            _LINDEN: {"en": "Garden Building, 3rd floor", "fr": "Bâtiment du Jardin, 3e étage"},
        },
        lines=(
            _Line(Purpose.APPOINTMENTS, "01 99 00 19 01", _RIVERS),
            _Line(Purpose.CHANGE_APPOINTMENT, "01 99 00 19 02", _RIVERS),
            _Line(Purpose.NURSE_LINE, "01 99 00 19 03", _RIVERS, instruction=_PRESS_TWO),
            _Line(Purpose.EMERGENCY_UNDER_TREATMENT, "01 99 00 19 04", _RIVERS, instruction=_DURING_TREATMENT),
            _Line(Purpose.APPOINTMENTS, "01 99 00 25 01", _LINDEN),
            _Line(Purpose.SECRETARIAT, "01 99 00 25 02 poste 25", _LINDEN),
            _Line(Purpose.REFERRING_DOCTORS, "01 99 00 19 05", _RIVERS, audience=Audience.PROFESSIONALS),
        ),
        vacant=(_HEAD, _HEAD_NURSE),
    )


def _radiotherapy(last_day: date, picture: PortalImage) -> _Department:
    """The department whose number changes on a set day, without anybody having to be there."""
    note = "Changement de numéro préparé d’avance : l’ancien disparaît le soir, le nouveau apparaît le lendemain."
    return _Department(
        words={
            "en": {
                "title": "Radiotherapy",
                "slug": "radiotherapy",
                "summary": "A fictional department whose number changes on a set date.",
                "introduction": "<p>This department does not exist. Its appointments number changes on "
                f"1 July {last_day.year}. Staff have already entered both numbers: each is shown while it is "
                "valid, and nobody has to remember on the day.</p>",
                "body": [
                    (
                        "figure",
                        {
                            "image": {
                                "image": picture.pk,
                                "decorative": False,
                                "alt_text": "A purple paper island, rising in steps to a yellow summit.",
                            },
                            "caption": "The island the department will never move to.",
                        },
                    )
                ],
            },
            "fr": {
                "title": "Radiothérapie",
                "slug": "radiotherapie",
                "summary": "Un service fictif dont le numéro change à une date fixée.",
                "introduction": "<p>Ce service n’existe pas. Son numéro de rendez-vous change le 1er "
                f"juillet {last_day.year}. Le personnel a déjà saisi les deux numéros : chacun s’affiche "
                "tant qu’il est valable, et personne n’a besoin d’y penser le jour venu.</p>",
                "body": [
                    (
                        "figure",
                        {
                            "image": {
                                "image": picture.pk,
                                "decorative": False,
                                "alt_text": "Une île de papier violette qui s’élève par paliers jusqu’à un sommet "
                                "jaune.",
                            },
                            "caption": "L’île où le service ne déménagera jamais.",
                        },
                    )
                ],
            },
        },
        places={_LINDEN: {"en": "Main Building, ground floor", "fr": "Bâtiment principal, rez-de-chaussée"}},
        lines=(
            _Line(Purpose.APPOINTMENTS, "01 99 00 26 01", valid_until=last_day, internal_note=note),
            _Line(
                Purpose.APPOINTMENTS,
                "01 99 00 26 02",
                valid_from=last_day + timedelta(days=1),
                internal_note=note,
            ),
            _Line(Purpose.SECRETARIAT, "01 99 00 26 03"),
        ),
        vacant=(_HEAD,),
    )


# --- Contact forms --------------------------------------------------------------------------------------------------

_WARNING = {
    "en": "<p><b>Please do not include any medical details.</b> In an emergency, do not use this form: call 15 or 112, "
    "or text 114. Messages are deleted after 90 days.</p>",
    "fr": "<p><b>N’écrivez ici aucune information médicale.</b> En cas d’urgence, n’utilisez pas ce formulaire : "
    "appelez le 15 ou le 112, ou envoyez un SMS au 114. Les messages sont effacés au bout de 90 jours.</p>",
}
_CONTACT: dict[str, dict[str, Words]] = {
    "gustave-roussy": {
        "en": {
            "summary": "Write to Gustave Roussy.",
            "introduction": "<p>This portal is a demonstration: your message stays here and does not reach Gustave "
            "Roussy. To speak to the institute, call its switchboard.</p>",
        },
        "fr": {
            "summary": "Écrire à Gustave Roussy.",
            "introduction": "<p>Ce portail est une démonstration : votre message y reste et ne parvient pas à Gustave "
            "Roussy. Pour parler à l’Institut, téléphonez à son standard.</p>",
        },
    },
    "iuc": {
        "en": {
            "summary": "Write to the IUC.",
            "introduction": "<p>This portal is a demonstration: your message stays here and does not reach the IUC. "
            "To speak to a department, call its number if it has one.</p>",
        },
        "fr": {
            "summary": "Écrire à l’IUC.",
            "introduction": "<p>Ce portail est une démonstration : votre message y reste et ne parvient pas à l’IUC. "
            "Pour parler à un service, appelez son numéro s’il en a un.</p>",
        },
    },
    "demonstration": {
        "en": {
            "summary": "Write to a hospital that does not exist.",
            "introduction": "<p>Nobody will read your message, but you can see how the form works: what it asks, what "
            "it says when something is missing, and how it thanks you.</p>",
        },
        "fr": {
            "summary": "Écrire à un hôpital qui n’existe pas.",
            "introduction": "<p>Personne ne lira votre message. Mais vous pouvez voir comment le formulaire répond : "
            "ce qu’il demande, ce qu’il dit quand il manque quelque chose, et comment il remercie.</p>",
        },
    },
}
_THANKS = {
    "en": "<p>Thank you. Your message has been saved on this demonstration portal and will be deleted after 90 "
    "days.</p>",
    "fr": "<p>Merci. Votre message est conservé dans ce portail de démonstration et sera effacé au bout de 90 "
    "jours.</p>",
}
_QUESTIONS: dict[str, list[Words]] = {
    "en": [
        {"label": "Your name", "field_type": "singleline", "required": True, "autocomplete": "name"},
        {
            "label": "Your e-mail address",
            "field_type": "email",
            "required": True,
            "help_text": "For example, name@example.org. Replies go to this address.",
        },
        {"label": "Your telephone number", "field_type": "singleline", "required": False, "autocomplete": "tel"},
        {
            "label": "Your message",
            "field_type": "multiline",
            "required": True,
            "help_text": "A few sentences, with no medical details.",
        },
    ],
    "fr": [
        {"label": "Votre nom", "field_type": "singleline", "required": True, "autocomplete": "name"},
        {
            "label": "Votre adresse électronique",
            "field_type": "email",
            "required": True,
            "help_text": "Par exemple nom@example.org. La réponse y sera envoyée.",
        },
        {"label": "Votre numéro de téléphone", "field_type": "singleline", "required": False, "autocomplete": "tel"},
        {
            "label": "Votre message",
            "field_type": "multiline",
            "required": True,
            "help_text": "Quelques phrases, sans information médicale.",
        },
    ],
}


def _seed_contact(seeding: Seeding, institute: str) -> None:
    def rows(page: ContactPage, language: str) -> None:
        for place, question in enumerate(_QUESTIONS[language]):
            page.form_fields.add(ContactField(sort_order=place, **question))

    titles = {"en": "Contact us", "fr": "Nous contacter"}
    seeding.page(
        ContactPage,
        f"contact:{institute}",
        seeding.pages(f"institute:{institute}"),
        {
            language: {
                "title": title,
                "slug": "contact",
                "warning": _WARNING[language],
                "thanks": _THANKS[language],
                **_CONTACT[institute][language],
            }
            for language, title in titles.items()
        },
        {"to_address": f"contact@{institute}.example", "keep_days": 90},
        rows,
    )
