"""The institutes of the demonstration: two real ones with their public facts, and one that says it does not exist."""

from pathlib import Path
from typing import Any

from django.conf import settings

from institutes import founding
from institutes.models import (
    Accreditation,
    Affiliation,
    InstitutePage,
    KeyFigure,
    Organisation,
    ProfilePage,
    Ranking,
    Role,
    Team,
)
from portal.models import HomePage, PortalDocument, PortalImage
from portal.roles import StaffRole
from portal.seeding import Seeding, Words

Wording = dict[str, str]
"""A text by language."""

_FILM = Path(__file__).parent / "static/institutes/film/frise.webm"

# The pictures of each frise from left to right: motif, number of the drawing, what it shows.
_PETROL: list[tuple[str, int, Wording]] = [
    (
        "hills",
        21,
        {
            "en": "Hills of cut paper under a low sun, with one red tree among the blue ones.",
            "fr": "Des collines de papier découpé sous un soleil bas, avec un arbre rouge parmi les bleus.",
        },
    ),
    (
        "cells",
        21,
        {
            "en": "A paper honeycomb of rounded openings; the widest opens onto a small sunrise.",
            "fr": "Un réseau d’ouvertures arrondies dans le papier ; la plus large donne sur un petit lever de soleil.",
        },
    ),
    (
        "fibres",
        21,
        {
            "en": "Blue, red and yellow paper ribbons that meet at one point and fan out again.",
            "fr": "Des rubans de papier bleus, rouges et jaunes qui se rejoignent en un point, puis s’écartent.",
        },
    ),
    (
        "windows",
        21,
        {
            "en": "A pale wall with arched windows; the sun shows in the tallest one.",
            "fr": "Un mur clair percé de fenêtres en arc ; le soleil apparaît dans la plus haute.",
        },
    ),
    (
        "waves",
        22,
        {
            "en": "Blue and white paper waves, with yellow in the nearest one, in front of an orange sun.",
            "fr": "Des vagues de papier bleues et blanches, du jaune au premier plan, devant un soleil orange.",
        },
    ),
    (
        "leaves",
        22,
        {
            "en": "Blue branches rising from below around a yellow leaf and a pale sun.",
            "fr": "Des branches bleues qui montent autour d’une feuille jaune et d’un soleil pâle.",
        },
    ),
    (
        "river",
        21,
        {
            "en": "A dark river seen from above, winding between paper banks, with one yellow island.",
            "fr": "Une rivière sombre vue d’en haut, qui serpente entre des rives de papier, avec un îlot jaune.",
        },
    ),
]
_MOSS: list[tuple[str, int, Wording]] = [
    (
        "canopy",
        41,
        {
            "en": "A green paper wood that opens onto a yellow sun; a single red leaf is falling.",
            "fr": "Un bois de papier vert qui s’ouvre sur un soleil jaune ; une seule feuille rouge tombe.",
        },
    ),
    (
        "strata",
        42,
        {
            "en": "Layers of green paper, one on top of another, crossed by a yellow and red seam.",
            "fr": "Des couches de papier vert superposées, traversées par une veine jaune et rouge.",
        },
    ),
    (
        "reeds",
        41,
        {
            "en": "Reeds with red and green heads at the water’s edge, in front of a round sun.",
            "fr": "Des roseaux aux épis rouges et verts au bord de l’eau, devant un soleil rond.",
        },
    ),
    (
        "islands",
        42,
        {
            "en": "A long paper island, rising step by step from a dark green sea to a yellow summit.",
            "fr": "Une longue île de papier, qui s’élève par paliers d’une mer vert sombre jusqu’à un sommet jaune.",
        },
    ),
    (
        "leaves",
        41,
        {
            "en": "White and green branches around a red leaf, in front of a yellow disc.",
            "fr": "Des branches blanches et vertes autour d’une feuille rouge, devant un disque jaune.",
        },
    ),
    (
        "threads",
        42,
        {
            "en": "Green threads stretched in curves over a yellow disc, crossed by a band of red ones.",
            "fr": "Des fils verts tendus en courbes sur un disque jaune, traversés par un faisceau de fils rouges.",
        },
    ),
    (
        "lattice",
        42,
        {
            "en": "A green screen pierced with small clover shapes, with the sun shining through.",
            "fr": "Un panneau vert percé de petits trèfles, à travers lesquels brille un soleil.",
        },
    ),
]
_PLUM: list[tuple[str, int, Wording]] = [
    (
        "waves",
        61,
        {
            "en": "Purple, white and yellow paper waves under a round sun.",
            "fr": "Des vagues de papier violettes, blanches et jaunes sous un soleil rond.",
        },
    ),
    (
        "windows",
        62,
        {
            "en": "A wall with many small windows; a yellow sun shows in one of them.",
            "fr": "Un mur aux nombreuses petites fenêtres ; dans l’une d’elles apparaît un soleil jaune.",
        },
    ),
    (
        "hills",
        62,
        {
            "en": "Purple paper hills with a row of small trees, one of them orange, under a yellow sun.",
            "fr": "Des collines violettes et une rangée de petits arbres, dont un orange, sous un soleil jaune.",
        },
    ),
    (
        "cells",
        61,
        {
            "en": "Purple and yellow openings cut into paper; a small sun shines in one of them.",
            "fr": "Des ouvertures découpées dans du papier violet et jaune ; dans l’une brille un petit soleil.",
        },
    ),
    (
        "river",
        62,
        {
            "en": "A dark purple river that curves between paper banks, with a red island at the bend.",
            "fr": "Une rivière violet sombre qui s’incurve entre des rives de papier, avec un îlot rouge.",
        },
    ),
    (
        "reeds",
        62,
        {
            "en": "Purple reeds with orange heads, in front of a pale sky and a round sun.",
            "fr": "Des roseaux violets aux épis orange devant un ciel pâle et un soleil rond.",
        },
    ),
    (
        "fibres",
        62,
        {
            "en": "Purple, white and yellow paper ribbons, gathered at one point and fanning out on either side.",
            "fr": "Des rubans de papier violets, blancs et jaunes, réunis en un point et déployés de chaque côté.",
        },
    ),
]

_ORGANISATIONS: dict[str, dict[str, Any]] = {
    "unicancer": {
        "name": {"en": "Unicancer", "fr": "Unicancer"},
        "kind": Organisation.Kind.FEDERATION,
    },
    "sorbonne": {
        "name": {"en": "Sorbonne University", "fr": "Sorbonne Université"},
        "kind": Organisation.Kind.UNIVERSITY,
    },
    "ap-hp": {
        "name": {
            "en": "AP-HP Sorbonne University hospital group",
            "fr": "Groupe hospitalier AP-HP Sorbonne Université",
        },
        "kind": Organisation.Kind.HOSPITAL_GROUP,
    },
    "inserm": {
        "name": {"en": "Inserm", "fr": "Inserm"},
        "kind": Organisation.Kind.RESEARCH_BODY,
    },
    "cnrs": {
        "name": {"en": "CNRS", "fr": "CNRS"},
        "kind": Organisation.Kind.RESEARCH_BODY,
    },
    "patients": {
        "name": {"en": "University of Patients", "fr": "Université des patients"},
        "kind": Organisation.Kind.EDUCATION,
    },
    "medicine": {
        "name": {
            "en": "Faculty of Medicine Sorbonne University",
            "fr": "Faculté de médecine Sorbonne Université",
        },
        "kind": Organisation.Kind.UNIVERSITY,
    },
    "iuc": {
        "name": {"en": "IUC AP-HP Sorbonne University", "fr": "IUC AP-HP Sorbonne Université"},
        "kind": Organisation.Kind.INSTITUTE,
        "acronym": "IUC",
    },
    "paper-hospitals": {
        "name": {
            "en": "Imaginary Federation of Paper Hospitals (fictional)",
            "fr": "Fédération imaginaire des hôpitaux de papier (fictive)",
        },
        "kind": Organisation.Kind.FEDERATION,
    },
    "paper-hills": {
        "name": {
            "en": "University of the Paper Hills (fictional)",
            "fr": "Université des Collines de papier (fictive)",
        },
        "kind": Organisation.Kind.UNIVERSITY,
        "city": "Exempleville",
    },
}


def seed(seeding: Seeding) -> None:
    """Put in the three institutes with their people, and give the fictional one a team of its own."""
    _seed_institutes(seeding)
    _seed_team(seeding)


def _seed_team(seeding: Seeding) -> None:
    """What `create_institute` gives an institute beside its pages; the real ones are left to the central staff."""
    if seeding.is_done("team of the fictional institute"):
        return
    with seeding.once("team of the fictional institute"):
        institute = seeding.pages("institute:demonstration").get(settings.LANGUAGE_CODE)
        if institute:  # unless staff deleted it
            seeding.report("the team of the fictional institute")
            founding.furnish(institute, with_pages=False)


def accounts() -> dict[str, tuple[str, str]]:
    """Accounts of that team: of which group, reading the admin in which language."""
    teams = Team.objects.filter(institute__translation_key=Seeding.key("institute:demonstration"))
    groups = {team.role: team.group.name for team in teams.select_related("group")}
    wanted = {"writer": (StaffRole.WRITER, "fr"), "translator": (StaffRole.TRANSLATOR, "en")}
    return {name: (groups[role], language) for name, (role, language) in wanted.items() if role in groups}


def _seed_institutes(seeding: Seeding) -> None:
    """The institutes, their organisations and their people, once."""
    if seeding.is_done("institutes"):
        return
    frises = {
        "Gustave Roussy": _draw(seeding, "Gustave Roussy", "petrol", _PETROL),
        "IUC": _draw(seeding, "IUC", "moss", _MOSS),
        "Demonstration": _draw(seeding, "Demonstration", "plum", _PLUM),
    }
    still = seeding.picture(
        "Gustave Roussy, film",
        "canopy",
        22,
        "petrol",
        {
            "en": "A blue paper wood that opens onto a bright yellow sun.",
            "fr": "Un bois de papier bleu qui s’ouvre sur un soleil jaune vif.",
        },
    )
    evening = seeding.picture(
        "Demonstration, film",
        "hills",
        63,
        "dusk",
        {
            "en": "Blue and pink paper hills in the evening.",
            "fr": "Des collines de papier bleues et roses, le soir.",
        },
    )
    wood = seeding.picture(
        "Demonstration, the wood",
        "canopy",
        62,
        "plum",
        {
            "en": "A purple paper wood with tall trunks; behind it, a yellow sun and an orange leaf.",
            "fr": "Un bois de papier violet aux hauts troncs ; derrière, un soleil jaune et une feuille orange.",
        },
    )
    film = seeding.document("A day in the paper hills", _FILM) if _FILM.exists() else None
    with seeding.once("institutes"):
        homes = {language: HomePage.objects.get(locale__language_code=language) for language in seeding.locales}
        organisations = {name: Organisation.objects.create(**values) for name, values in _ORGANISATIONS.items()}
        seeding.report("Gustave Roussy")
        _seed_gustave_roussy(seeding, homes, organisations, frises["Gustave Roussy"], still)
        seeding.report("IUC")
        iuc = _seed_iuc(seeding, homes, organisations, frises["IUC"])
        _seed_leadership(seeding, iuc, organisations)
        seeding.report("Demonstration Hospital (fictional)")
        _seed_demonstration(seeding, homes, organisations, frises["Demonstration"], wood, evening, film)


Frise = list[tuple[PortalImage, Wording]]


def _draw(seeding: Seeding, institute: str, palette: str, pictures: list[tuple[str, int, Wording]]) -> Frise:
    return [
        (seeding.picture(f"{institute}, frise {place}", motif, number, palette, alt_text), alt_text)
        for place, (motif, number, alt_text) in enumerate(pictures, start=1)
    ]


def _image(image: PortalImage, alt_text: str) -> Words:
    return {"image": image.pk, "decorative": False, "alt_text": alt_text}


def _frise(frise: Frise, language: str) -> list[tuple[str, Words]]:
    return [("picture", _image(image, alt_text[language])) for image, alt_text in frise]


def _items(*items: str | tuple[str, str]) -> list[tuple[str, Words]]:
    """Topics: a heading alone, or a heading with its text."""
    pairs = ((item, "") if isinstance(item, str) else item for item in items)
    return [("item", {"heading": heading, "text": text}) for heading, text in pairs]


def _section(heading: str, text: str) -> tuple[str, Words]:
    return "section", {"heading": heading, "text": text}


def _add(rows: Any, *items: Any) -> None:
    """Add inline rows in their order, which the database keeps only when it is told."""
    for place, item in enumerate(items):
        item.sort_order = place
        rows.add(item)


def _affiliations(organisations: dict[str, Organisation], *names: str) -> list[Affiliation]:
    return [Affiliation(organisation=organisations[name]) for name in names]


# --- Gustave Roussy -------------------------------------------------------------------------------------------------


def _seed_gustave_roussy(
    seeding: Seeding,
    homes: dict[str, HomePage],
    organisations: dict[str, Organisation],
    frise: Frise,
    still: PortalImage,
) -> None:
    def rows(page: InstitutePage, language: str) -> None:
        if not page.is_source:
            return
        _add(
            page.rankings,
            Ranking(
                rank=4,
                label={
                    "en": "World’s best oncology hospitals (Newsweek magazine)",
                    "fr": "Meilleurs hôpitaux du monde en cancérologie (magazine Newsweek)",
                },
                note={"en": "First outside the United States", "fr": "Premier hors des États-Unis"},
            ),
            Ranking(
                rank=1,
                label={
                    "en": "Leading cancer centres in Europe",
                    "fr": "Centres de lutte contre le cancer en Europe",
                },
            ),
        )
        _add(page.affiliations, *_affiliations(organisations, "unicancer"))

    seeding.page(
        InstitutePage,
        "institute:gustave-roussy",
        homes,
        {
            "en": {
                "title": "Gustave Roussy",
                "slug": "gustave-roussy",
                "summary": "A comprehensive cancer centre that treats all types of cancer, at every age, and to which "
                "complex cases and rare tumours are referred.",
                "share_image": frise[0][0],
                "frise": _frise(frise, "en"),
                "introduction_heading": "The Institute",
                "introduction": "<p>Gustave Roussy is a comprehensive cancer centre. It treats all types of cancer, "
                "at every age, including rare cancers and complex tumours. It is also a specialist referral hospital: "
                "complex cases and rare tumours are referred to it.</p>"
                "<p>The institute is about a century old. It is named after its founder, Professor Gustave Roussy, "
                "the father of working across boundaries and of care in which several disciplines look after each "
                "patient together.</p>"
                "<p>It is affiliated to the Unicancer federation.</p>",
                "commitments_heading": "Our commitments",
                "commitments": _items(
                    ("Recent advances", "Bring patients the benefits of the most recent advances."),
                    ("Faster progress", "Speed up progress and push back the limits of knowledge."),
                    ("Specific treatments", "Make treatments ever more specific."),
                    (
                        "Quality of life",
                        "Alongside treatment, care for quality of life: physical, psychological and social.",
                    ),
                ),
                "principles": _items("Patient care", "Research", "Teaching"),
                "values": _items("Innovation", "Dynamism", "Cooperation", "Benevolence"),
                "research": _items("Personalised medicine", "Immunotherapy", "DNA repair", "Artificial intelligence"),
                "skills": _items(
                    "Medical oncology",
                    "Chemotherapy",
                    "Radiotherapy",
                    "Surgery",
                    "Interventional radiology",
                    "Reconstructive surgery",
                ),
                "body": [
                    _section(
                        "In the vanguard of progress",
                        "<p>Research at Gustave Roussy is fundamental, clinical and translational. It has four main "
                        "themes: personalised medicine, immunotherapy, DNA repair and artificial intelligence.</p>"
                        "<p>In Newsweek magazine’s ranking of the world’s best oncology hospitals, the institute is "
                        "fourth, and first outside the United States. It is the leading cancer centre in Europe.</p>",
                    ),
                    _section(
                        "High technology medicine in the service of mankind",
                        "<p>Gustave Roussy offers its patients skills in medical oncology, chemotherapy, radiotherapy, "
                        "surgery, interventional radiology and reconstructive surgery.</p>"
                        "<p>Its commitment goes beyond treatment to each patient’s quality of life: physical, "
                        "psychological and social.</p>",
                    ),
                ],
                "video": [
                    (
                        "video",
                        {
                            "heading": "Discover Gustave Roussy by video",
                            "title": "Gustave Roussy: Europe’s leading comprehensive cancer centre",
                            "image": _image(still, "A blue paper wood that opens onto a bright yellow sun."),
                        },
                    )
                ],
            },
            "fr": {
                "title": "Gustave Roussy",
                "slug": "gustave-roussy",
                "summary": "Un centre de lutte contre le cancer pour tous les types de cancer, à tous les âges de la "
                "vie, auquel sont adressés les cas complexes et les tumeurs rares.",
                "share_image": frise[0][0],
                "frise": _frise(frise, "fr"),
                "introduction_heading": "L’Institut",
                "introduction": "<p>Gustave Roussy est un centre de lutte contre le cancer. On y soigne tous les types "
                "de cancer, à tous les âges de la vie, y compris les cancers rares et les tumeurs complexes. C’est "
                "aussi un hôpital de recours : les cas complexes et les tumeurs rares "
                "lui sont adressés.</p>"
                "<p>L’Institut a environ un siècle. Il porte le nom de son fondateur, le professeur Gustave Roussy, "
                "père du travail transversal et de la prise en charge pluridisciplinaire des patients.</p>"
                "<p>Il est affilié à la fédération Unicancer.</p>",
                "commitments_heading": "Nos engagements",
                "commitments": _items(
                    (
                        "Les dernières avancées",
                        "Faire profiter les patients des fruits des avancées les plus récentes.",
                    ),
                    ("Un progrès plus rapide", "Accélérer le progrès pour repousser les limites du savoir."),
                    ("Des traitements spécifiques", "Rendre les traitements toujours plus spécifiques."),
                    (
                        "La qualité de vie",
                        "À côté du traitement, veiller à la qualité de vie : physique, psychologique et sociale.",
                    ),
                ),
                "principles": _items("Le soin des patients", "La recherche", "L’enseignement"),
                "values": _items("L’innovation", "Le dynamisme", "La coopération", "La bienveillance"),
                "research": _items(
                    "La médecine personnalisée",
                    "L’immunothérapie",
                    "La réparation de l’ADN",
                    "L’intelligence artificielle",
                ),
                "skills": _items(
                    "Oncologie médicale",
                    "Chimiothérapie",
                    "Radiothérapie",
                    "Chirurgie",
                    "Radiologie interventionnelle",
                    "Chirurgie reconstructrice",
                ),
                "body": [
                    _section(
                        "À l’avant-garde du progrès",
                        "<p>À Gustave Roussy, la recherche est fondamentale, clinique et translationnelle. Elle suit "
                        "quatre axes : la médecine personnalisée, l’immunothérapie, la réparation de l’ADN et "
                        "l’intelligence artificielle.</p>"
                        "<p>Dans le classement des meilleurs hôpitaux du monde en cancérologie du magazine Newsweek, "
                        "l’Institut est quatrième, et premier hors des États-Unis. En Europe, il est le premier centre "
                        "de lutte contre le cancer.</p>",
                    ),
                    _section(
                        "Une médecine de haute technologie au service de l’humain",
                        "<p>Oncologie médicale, chimiothérapie, radiothérapie, chirurgie, radiologie "
                        "interventionnelle, chirurgie reconstructrice : tels sont les savoir-faire que Gustave Roussy "
                        "met au service des patients.</p>"
                        "<p>Son engagement ne s’arrête pas au traitement. Il porte aussi sur la qualité de vie de "
                        "chacun : physique, psychologique et sociale.</p>",
                    ),
                ],
                "video": [
                    (
                        "video",
                        {
                            "heading": "Découvrir Gustave Roussy en vidéo",
                            "title": "Gustave Roussy : premier centre de lutte contre le cancer en Europe",
                            "image": _image(still, "Un bois de papier bleu qui s’ouvre sur un soleil jaune vif."),
                        },
                    )
                ],
            },
        },
        {"show_in_menus": True, "city": "Villejuif", "palette": "petrol", "pattern": 1},
        rows,
    )


# --- IUC ------------------------------------------------------------------------------------------------------------


def _seed_iuc(
    seeding: Seeding, homes: dict[str, HomePage], organisations: dict[str, Organisation], frise: Frise
) -> dict[str, InstitutePage]:
    def rows(page: InstitutePage, language: str) -> None:
        if not page.is_source:
            return
        _add(
            page.key_figures,
            KeyFigure(
                precision=KeyFigure.Precision.NEARLY,
                value=30_000,
                unit={"en": "patients treated per year", "fr": "patients pris en charge par an"},
            ),
            KeyFigure(
                precision=KeyFigure.Precision.MORE_THAN,
                value=1_000,
                unit={
                    "en": "cancers diagnosed every day in France",
                    "fr": "cancers diagnostiqués chaque jour en France",
                },
            ),
            KeyFigure(
                precision=KeyFigure.Precision.ALMOST,
                value=20,
                unit={"en": "years of falling mortality", "fr": "années de baisse de la mortalité"},
            ),
        )
        _add(
            page.accreditations,
            Accreditation(
                name={"en": "SIRIC Curamus", "fr": "SIRIC Curamus"},
                note={
                    "en": "One of nine integrated cancer research sites in France",
                    "fr": "L’un des neuf sites de recherche intégrée sur le cancer en France",
                },
            ),
            Accreditation(
                name={"en": "CLIP2 Galilée", "fr": "CLIP2 Galilée"},
                note={
                    "en": "An accredited centre for early-phase treatment trials",
                    "fr": "Un centre labellisé pour les essais de traitements en phase précoce",
                },
            ),
            Accreditation(
                name={
                    "en": "Reference centres for rare cancers",
                    "fr": "Centres de référence pour les cancers rares",
                },
                note={"en": "Several centres", "fr": "Plusieurs centres"},
            ),
        )
        _add(page.affiliations, *_affiliations(organisations, "sorbonne", "ap-hp", "inserm", "cnrs", "patients"))

    return seeding.page(
        InstitutePage,
        "institute:iuc",
        homes,
        {
            "en": {
                "title": "University Institute of Cancerology (IUC), AP-HP Sorbonne University",
                "menu_title": "IUC",
                "short_name": "IUC",
                "slug": "iuc",
                "summary": "A university institute for cancer care, research and teaching. Nearly 30,000 patients are "
                "treated here each year.",
                "share_image": frise[0][0],
                "frise": _frise(frise, "en"),
                "introduction_heading": "Presentation of the IUC",
                "introduction": "<p>"
                "In France, more than 1,000 cancers are diagnosed every day. Cancer is the leading cause of death in "
                "men and the second in women. Yet mortality has been falling for almost 20 years.</p>"
                "<p>The University Institute of Cancerology (IUC) of AP-HP Sorbonne University had existed for ten "
                "years when it published the facts given here. Nearly 30,000 patients are treated there each "
                "year.</p>"
                "<p>Its founders and partners are Sorbonne University, the AP-HP Sorbonne University hospital group, "
                "Inserm, CNRS and the University of Patients.</p>",
                "body": [
                    _section(
                        "Advances against cancer",
                        "<p>The IUC highlights four advances:</p>"
                        "<ul><li>prevention and screening for people at risk;</li>"
                        "<li>research that finds new targets and more personalised treatments;</li>"
                        "<li>supportive care that eases the impact on quality of life;</li>"
                        "<li>a team spirit that brings many disciplines together.</li></ul>",
                    ),
                    _section(
                        "Teaching",
                        "<p>Teaching covers medicine, science, engineering and the humanities.</p>",
                    ),
                ],
            },
            "fr": {
                "title": "Institut universitaire de cancérologie (IUC), AP-HP Sorbonne Université",
                "menu_title": "IUC",
                "short_name": "IUC",
                "slug": "iuc",
                "summary": "Un institut universitaire au service des personnes atteintes d’un cancer, de la recherche "
                "et de l’enseignement. Près de 30 000 patients y sont pris en charge chaque année.",
                "share_image": frise[0][0],
                "frise": _frise(frise, "fr"),
                "introduction_heading": "Présentation de l’IUC",
                "introduction": "<p>"
                "En France, plus de 1 000 cancers sont diagnostiqués chaque jour. Le cancer est la première cause "
                "de décès chez l’homme et la deuxième chez la femme. Pourtant, la mortalité baisse depuis presque "
                "vingt ans.</p>"
                "<p>L’Institut universitaire de cancérologie (IUC) de l’AP-HP Sorbonne Université existait depuis dix "
                "ans lorsqu’il a rédigé la présentation d’où viennent les faits de cette page. Près de 30 000 patients "
                "y sont pris en charge chaque année.</p>"
                "<p>Ses fondateurs et partenaires sont Sorbonne Université, le groupe hospitalier AP-HP Sorbonne "
                "Université, l’Inserm, le CNRS et l’Université des patients.</p>",
                "body": [
                    _section(
                        "Les avancées contre le cancer",
                        "<p>L’IUC met en avant quatre avancées :</p>"
                        "<ul><li>la prévention et le dépistage pour les populations à risque ;</li>"
                        "<li>la recherche, qui trouve de nouvelles cibles et des traitements plus personnalisés ;</li>"
                        "<li>les soins de support, qui atténuent les effets sur la qualité de vie ;</li>"
                        "<li>la pluridisciplinarité, comme esprit d’équipe.</li></ul>",
                    ),
                    _section(
                        "L’enseignement",
                        "<p>L’enseignement couvre la médecine, les sciences, l’ingénierie et les humanités.</p>",
                    ),
                ],
            },
        },
        {
            "show_in_menus": True,
            "city": "Paris",
            "organisation": organisations["iuc"],
            "palette": "moss",
            "pattern": 2,
        },
        rows,
    )


def _seed_leadership(seeding: Seeding, iuc: dict[str, InstitutePage], organisations: dict[str, Organisation]) -> None:
    """The people of the IUC, in the order in which the institute names them."""
    leaders: list[tuple[str, Wording, str]] = [
        ("Joseph Gligorov", {"en": "Executive Director", "fr": "Directeur exécutif"}, "iuc"),
        ("Christine Welty", {"en": "General Manager", "fr": "Directrice générale"}, "ap-hp"),
        ("Bruno Riou", {}, "medicine"),
        ("Serge Uzan", {"en": "President of the COS", "fr": "Président du COS"}, "iuc"),
    ]
    for place, (name, title, organisation) in enumerate(leaders, start=1):
        slug = name.lower().replace(" ", "-")
        people = seeding.page(
            ProfilePage,
            f"person:{slug}",
            iuc,
            {language: {"title": name, "slug": slug, "summary": title.get(language, "")} for language in ("en", "fr")},
        )
        seeding.fact(
            Role(
                page=iuc["fr"],
                person=people["fr"],
                title=title,
                organisation=organisations[organisation],
                sort_order=place,
            )
        )


# --- The demonstration hospital, which does not exist ---------------------------------------------------------------


def _seed_demonstration(
    seeding: Seeding,
    homes: dict[str, HomePage],
    organisations: dict[str, Organisation],
    frise: Frise,
    wood: PortalImage,
    evening: PortalImage,
    film: PortalDocument | None,
) -> None:
    def rows(page: InstitutePage, language: str) -> None:
        if not page.is_source:
            return
        _add(
            page.key_figures,
            KeyFigure(value=0, unit={"en": "real patients", "fr": "patient réel"}),
            KeyFigure(value=2, unit={"en": "imaginary hospitals", "fr": "hôpitaux imaginaires"}),
            KeyFigure(
                precision=KeyFigure.Precision.MORE_THAN,
                value=12,
                unit={"en": "imaginary departments", "fr": "services imaginaires"},
            ),
            KeyFigure(
                precision=KeyFigure.Precision.ABOUT,
                value=1_000,
                unit={
                    "en": "paper leaves that nobody has counted",
                    "fr": "feuilles de papier, que personne n’a comptées",
                },
            ),
        )
        _add(
            page.rankings,
            Ranking(
                rank=1,
                label={
                    "en": "Hospitals on this portal that do not exist",
                    "fr": "Hôpitaux de ce portail qui n’existent pas",
                },
                note={"en": "Out of one", "fr": "Sur un seul"},
            ),
        )
        _add(
            page.accreditations,
            Accreditation(
                name={"en": "Certificate of non-existence", "fr": "Certificat d’inexistence"},
                note={
                    "en": "Awarded by nobody: it shows where an accreditation appears",
                    "fr": "Personne ne l’a délivré : il montre où se place une labellisation",
                },
            ),
        )
        _add(page.affiliations, *_affiliations(organisations, "paper-hospitals", "paper-hills"))

    pages = seeding.page(
        InstitutePage,
        "institute:demonstration",
        homes,
        {
            "en": _demonstration_in_english(frise, wood, evening, film),
            "fr": _demonstration_in_french(frise, wood, evening, film),
        },
        {
            "show_in_menus": True,
            "city": "Exempleville",
            "is_fictional": True,
            "palette": "plum",
            "pattern": 3,
        },
        rows,
    )
    posts: list[Wording] = [
        {"en": "Director", "fr": "Directrice ou directeur"},
        {"en": "Director of Nursing", "fr": "Directrice ou directeur des soins"},
    ]
    for place, title in enumerate(posts, start=1):
        seeding.fact(Role(page=pages["fr"], title=title, sort_order=place))


def _film(heading: str, title: str, image: Words, film: PortalDocument | None, transcript: str) -> list[Any]:
    words = {"heading": heading, "title": title, "image": image, "transcript": transcript}
    return [("video", words | {"file": film.pk})] if film else []


def _demonstration_in_english(
    frise: Frise, wood: PortalImage, evening: PortalImage, film: PortalDocument | None
) -> Words:
    return {
        "title": "Demonstration Hospital (fictional)",
        "slug": "demonstration-hospital",
        "summary": "This institute does not exist. It shows what the portal can do, with invented departments and "
        "telephone numbers that ring nowhere.",
        "share_image": frise[0][0],
        "frise": _frise(frise, "en"),
        "introduction_heading": "A hospital made of paper",
        "introduction": "<p>"
        "<b>The Demonstration Hospital does not exist.</b> Nobody is treated here, nobody works here, and its "
        "telephone numbers come from ranges that France sets aside for fiction.</p>"
        "<p>It has one purpose: to show you what the portal can offer a real institute. You will find a department "
        "with several numbers, a number that changes on a set date, a vacant post, a film, and questions with their "
        "answers.</p>"
        "<p>Do you need help now? In an emergency, call 15 or 112, or text 114. Those numbers are real.</p>",
        "commitments_heading": "Our commitments",
        "commitments": _items(
            (
                "Never mistaken for a real hospital",
                "Every page says that the hospital is fictional and asks search engines not to list it.",
            ),
            ("Numbers that disturb nobody", "They all come from ranges set aside for fiction."),
            (
                "Each number written once",
                "Staff change it in one place, and every page shows the change at once, in both languages.",
            ),
            ("Pages for everyone", "Made to be read on a phone, by ear, by keyboard or on paper."),
        ),
        "principles": _items(
            ("Show", "An example says more than a list of features."),
            ("Explain", "Every page says what it is for."),
            ("Invent openly", "Anything invented says so."),
        ),
        "values": _items("Calm", "Warmth", "Precision", "A little humour"),
        "research": _items(
            "Light on paper hills",
            "The shortest way to a number",
            "The grammar of corridor signs",
        ),
        "skills": _items(
            "Cutting paper",
            "Folding hills",
            "Opening windows onto the sea",
            "Saying things simply",
        ),
        "body": [
            _section(
                "What you can try here",
                "<ul><li>Search for a department by name, or by part of its number.</li>"
                "<li>Change the language: the page says the same, and the numbers appear in the form that its readers "
                "know.</li>"
                "<li>Print a department’s page: its numbers fit on one sheet.</li>"
                "<li>Find your way using only the keyboard.</li></ul>",
            ),
            (
                "callout",
                {
                    "kind": "information",
                    "heading": "Are you looking for a real institute?",
                    "text": "<p>The other institutes on this portal exist. Their pages give only the facts that they "
                    "publish themselves.</p>",
                },
            ),
            (
                "figure",
                {
                    "image": _image(
                        wood, "A purple paper wood with tall trunks; behind it, a yellow sun and an orange leaf."
                    ),
                    "caption": "The hospital grounds, if it had any.",
                },
            ),
            (
                "question",
                {
                    "heading": "Can I make an appointment?",
                    "text": "<p>No, nobody would answer. But you can see how a department tells its patients how to "
                    "make, move or cancel one.</p>",
                },
            ),
            (
                "question",
                {
                    "heading": "Why are all the posts vacant?",
                    "text": "<p>Because we have not invented any people. A vacant post still has its place on a page: "
                    "callers know that it exists and that nobody holds it yet.</p>",
                },
            ),
            (
                "quote",
                {
                    "text": "I do not exist, but I found the right number in two clicks.",
                    "attribution": "An imaginary visitor",
                },
            ),
        ],
        "video": _film(
            "A film without words",
            "A day in the paper hills",
            _image(evening, "Blue and pink paper hills in the evening."),
            film,
            "<p>The film is silent. Hills cut from paper stand one behind another. At dawn everything is pink, and a "
            "yellow sun rises on the left. It crosses the sky behind thin paper clouds while the hills turn green, "
            "then golden. Small trees sway in the wind and leaves fly past. In the evening the sky is orange, the "
            "hills are blue, and the sun sets on the right.</p>",
        ),
    }


def _demonstration_in_french(
    frise: Frise, wood: PortalImage, evening: PortalImage, film: PortalDocument | None
) -> Words:
    return {
        "title": "Hôpital de démonstration (fictif)",
        "slug": "hopital-de-demonstration",
        "summary": "Cet établissement n’existe pas. Il montre ce que le portail sait faire, avec des services inventés "
        "et des numéros qui ne sonnent nulle part.",
        "share_image": frise[0][0],
        "frise": _frise(frise, "fr"),
        "introduction_heading": "Un hôpital de papier",
        "introduction": "<p>"
        "<b>L’Hôpital de démonstration n’existe pas.</b> Personne n’y est soigné, personne n’y travaille, et ses "
        "numéros de téléphone viennent de tranches que la France réserve à la fiction.</p>"
        "<p>Il n’a qu’un but : montrer, sur des pages que vous pouvez parcourir, ce que le portail offre à un "
        "véritable institut. Vous y trouverez un service joignable par plusieurs lignes, un numéro qui change à une "
        "date fixée, un poste vacant, un film, des questions et leurs réponses.</p>"
        "<p>Vous avez besoin d’aide maintenant ? En cas d’urgence, appelez le 15 ou le 112, ou envoyez un SMS au 114. "
        "Ces numéros-là sont réels.</p>",
        "commitments_heading": "Nos engagements",
        "commitments": _items(
            (
                "Ne pas passer pour un vrai hôpital",
                "Chaque page dit que l’hôpital est fictif et demande aux moteurs de recherche de ne pas l’afficher.",
            ),
            (
                "Des numéros qui ne dérangent personne",
                "Ils viennent tous de tranches réservées à la fiction.",
            ),
            (
                "Un numéro, écrit une seule fois",
                "Le personnel le change à un seul endroit. Toutes les pages l’affichent aussitôt, dans les deux "
                "langues.",
            ),
            (
                "Des pages pour tout le monde",
                "Elles sont faites pour être lues sur un téléphone, à l’oreille, au clavier ou sur papier.",
            ),
        ),
        "principles": _items(
            ("Montrer", "Un exemple en dit plus qu’une liste de fonctions."),
            ("Expliquer", "Chaque page dit à quoi elle sert."),
            ("Inventer sans le cacher", "Ce qui est inventé le dit."),
        ),
        "values": _items("Le calme", "La chaleur", "La précision", "Un peu d’humour"),
        "research": _items(
            "La lumière sur les collines de papier",
            "Le plus court chemin vers un numéro",
            "La grammaire des panneaux dans les couloirs",
        ),
        "skills": _items(
            "Découper le papier",
            "Plier des collines",
            "Ouvrir des fenêtres sur la mer",
            "Dire les choses simplement",
        ),
        "body": [
            _section(
                "Ce que vous pouvez essayer ici",
                "<ul><li>Cherchez un service par son nom, ou par une partie de son numéro.</li>"
                "<li>Changez de langue : la page dit la même chose, et les numéros prennent la forme "
                "que ses lecteurs connaissent.</li>"
                "<li>Imprimez la page d’un service : ses numéros tiennent sur une feuille.</li>"
                "<li>Trouvez votre chemin avec le clavier seul.</li></ul>",
            ),
            (
                "callout",
                {
                    "kind": "information",
                    "heading": "Vous cherchez un véritable institut ?",
                    "text": "<p>Les autres instituts de ce portail existent. Leurs pages ne contiennent que les faits "
                    "qu’ils publient eux-mêmes.</p>",
                },
            ),
            (
                "figure",
                {
                    "image": _image(
                        wood,
                        "Un bois de papier violet aux hauts troncs ; derrière, un soleil jaune et une feuille orange.",
                    ),
                    "caption": "Le parc de l’hôpital, s’il en avait un.",
                },
            ),
            (
                "question",
                {
                    "heading": "Puis-je prendre rendez-vous ?",
                    "text": "<p>Non, personne ne répondrait. Mais vous pouvez voir comment un service explique à ses "
                    "patients la façon de prendre, de déplacer ou d’annuler un rendez-vous.</p>",
                },
            ),
            (
                "question",
                {
                    "heading": "Pourquoi tous les postes sont-ils vacants ?",
                    "text": "<p>Parce que nous n’avons inventé personne. Un poste vacant a aussi sa place sur une "
                    "page : qui appelle sait qu’il existe et que personne ne l’occupe encore.</p>",
                },
            ),
            (
                "quote",
                {
                    "text": "Je n’existe pas, mais j’ai trouvé le bon numéro en deux clics.",
                    "attribution": "Une visiteuse imaginaire",
                },
            ),
        ],
        "video": _film(
            "Un film sans paroles",
            "Une journée dans les collines de papier",
            _image(evening, "Des collines de papier bleues et roses, le soir."),
            film,
            "<p>Le film est muet. Des collines découpées dans du papier se succèdent jusqu’à l’horizon. À l’aube, tout "
            "est rose, et un soleil jaune se lève à gauche. Il traverse le ciel derrière de fins nuages de papier, "
            "tandis que les collines deviennent vertes, puis dorées. De petits arbres se balancent dans le vent et des "
            "feuilles passent en volant. Le soir, le ciel est orange, les collines sont bleues, et le soleil se couche "
            "à droite.</p>",
        ),
    }
