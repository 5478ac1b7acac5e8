"""The demonstration's donation pages: words for the real institutes, invented funds for the fictional one."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from i18nfield.strings import LazyI18nString
from wagtail.models import GroupPagePermission

from donations import receipt_seed
from donations.models import DonationPage, DonationPreset, Frequency, Fund, Issuer
from portal.bootstrapping import FINANCE, FUNDRAISERS
from portal.models import PortalImage
from portal.seeding import Seeding, Words

Pages = dict[str, Any]
"""One page in every language, by language."""

Block = tuple[str, dict[str, Any]]


# Who sees donors - on receipts and on the bank's lines, too -, what donors wrote about an illness, who sends money back
# and who takes lists away. Of the demonstration alone: a real portal gives these permissions by hand, to people who log
# in with a second factor.
_WITH_DONORS = {
    FINANCE: [
        "view_donor",
        "change_donor",
        "export_donor",
        "erase_donor",
        "view_consent",
        "export_donation",
        "request_refund",
        "approve_refund",
        "view_receipt",
        "issue_receipt",
        "view_bankline",
        "match_transfer",
    ],
    FUNDRAISERS: [
        "view_donor",
        "view_consent",
        "view_tribute",
        "change_tribute",
        "view_familypage",
        "export_donation",
        "view_receipt",
    ],
}


def seed(seeding: Seeding) -> None:
    """The donation pages with their funds, then what receipts need."""
    _donation_pages(seeding)
    receipt_seed.seed(seeding)


def _donation_pages(seeding: Seeding) -> None:
    """Make a donation page below each institute, and let fundraisers change it."""
    if not seeding.is_done("staff who see donors"):
        with seeding.once("staff who see donors"):
            _let_see_donors()
    if seeding.is_done("donations"):
        return
    # Before the transaction: a picture that is drawn stays, even when the process is killed.
    pictures = {key: seeding.picture(*picture) for key, picture in _PICTURES.items()}
    with seeding.once("donations"):
        seeding.report("donation pages")
        for key, words in (("gustave-roussy", _GUSTAVE_ROUSSY), ("iuc", _IUC)):
            _let_fundraisers_change(_page(seeding, key, words, pictures[key]))
        common = {"funds": _funds(), "minimum_minor": 500, "goal_minor": 2_000_000}
        pages = _page(seeding, "demonstration", _FICTIONAL, pictures["demonstration"], common, _add_presets)
        _let_fundraisers_change(pages)


def _page(
    seeding: Seeding,
    key: str,
    words: dict[str, Words],
    picture: PortalImage,
    common: Words | None = None,
    rows: Callable[[Any, str], None] | None = None,
) -> Pages:
    """The donation page of the institute that seeds call `key`, with title, address and picture."""
    alt_text = _PICTURES[key][-1]
    whole = {}
    for language, own in words.items():
        image = {"image": picture.pk, "decorative": False, "alt_text": alt_text[language]}
        whole[language] = own | _TITLES[language] | {"picture": [("picture", image)]}
    institute = seeding.pages(f"institute:{key}")
    return seeding.page(DonationPage, f"giving:{key}", institute, whole, common, rows)


_TITLES: dict[str, Words] = {
    "fr": {"title": "Faire un don", "slug": "faire-un-don"},
    "en": {"title": "Make a donation", "slug": "make-a-donation"},
}


def _let_fundraisers_change(pages: Pages) -> None:
    group = Group.objects.get(name=FUNDRAISERS)
    change = Permission.objects.get(content_type__app_label="wagtailcore", codename="change_page")
    for page in pages.values():
        GroupPagePermission.objects.get_or_create(group=group, page=page, permission=change)


def _let_see_donors() -> None:
    for name, acts in _WITH_DONORS.items():
        permissions = Permission.objects.filter(content_type__app_label="donations", codename__in=acts)
        Group.objects.get(name=name).permissions.add(*permissions)


def _funds() -> list[Fund]:
    """The fictional institute's funds, with the fictional bodies that keep them."""
    issuers = {}
    for key, values in _ISSUERS.items():
        issuers[key] = Issuer(**values | {"quality": LazyI18nString(values["quality"])})
        if key == "foundation" and "sandbox" in settings.DONATION_PROVIDERS:
            issuers[key].provider = "sandbox"  # which moves no money, and is impossible in production
        issuers[key].full_clean()
        issuers[key].save()
    funds = []
    for key, name, description in _FUNDS:
        fund = Fund(issuer=issuers[key], name=LazyI18nString(name), description=LazyI18nString(description))
        fund.full_clean(exclude=["folded_name"])  # made when the fund is saved
        fund.save()
        funds.append(fund)
    return funds


def _add_presets(page: DonationPage, language: str) -> None:
    if page.is_source:
        page.presets = [
            DonationPreset(sort_order=number, amount_minor=amount, frequency=frequency, meaning=LazyI18nString(meaning))
            for number, (frequency, amount, meaning) in enumerate(
                [(Frequency.ONCE, *preset) for preset in _PRESETS]
                + [(Frequency.MONTHLY, *preset) for preset in _MONTHLY_PRESETS]
            )
        ]


def _section(heading: str, text: str) -> Block:
    return "section", {"heading": heading, "text": text}


def _question(heading: str, text: str) -> Block:
    return "question", {"heading": heading, "text": f"<p>{text}</p>"}


def _callout(heading: str, text: str) -> Block:
    return "callout", {"kind": "important", "heading": heading, "text": f"<p>{text}</p>"}


# title, motif, seed, palette, description
_PICTURES: dict[str, tuple[str, str, int, str, dict[str, str]]] = {
    "gustave-roussy": (
        "Giving: islands of light",
        "islands",
        321,
        "petrol",
        {
            "fr": "Vues du ciel, des îles de papier bleu s’étagent vers un sommet doré.",
            "en": "Seen from above, islands of blue paper rise step by step to a golden summit.",
        },
    ),
    "iuc": (
        "Giving: reeds at sunrise",
        "reeds",
        322,
        "sand",
        {
            "fr": "Des roseaux aux épis rouges se penchent devant un soleil qui se lève sur l’eau.",
            "en": "Reeds with red tips lean in front of a sun rising over the water.",
        },
    ),
    "demonstration": (
        "Giving: the sun over the waves",
        "waves",
        324,
        "moss",
        {
            "fr": "Un grand soleil jaune se lève derrière des vagues vertes en papier découpé.",
            "en": "A large yellow sun rises behind green waves of cut paper.",
        },
    ),
}


# --- The real institutes: what their own pages say, and no more -----------------------------------

_GUSTAVE_ROUSSY: dict[str, Words] = {
    "fr": {
        "seo_title": "Faire un don à Gustave Roussy",
        "summary": "Soigner, chercher, enseigner : ce que défend Gustave Roussy, et ce qu’un don soutient.",
        "introduction": (
            "<p>Gustave Roussy soigne tous les types de cancer, à tous les âges de la vie, y compris les "
            "cancers rares et les tumeurs complexes. Trois principes le guident : le soin des patients, la "
            "recherche et l’enseignement. Donner à l’institut, c’est soutenir ce travail.</p>"
        ),
        "body": [
            _callout(
                "Cette démonstration ne reçoit aucun don",
                "Ce portail est une démonstration : il ne recueille aucun don et n’en transmet aucun. Pour "
                "donner à Gustave Roussy, adressez-vous directement à l’institut.",
            ),
            _section(
                "Ce qu’un don soutient",
                "<ul>"
                "<li><b>Le soin :</b> faire profiter les patients des progrès les plus récents, avec des "
                "traitements toujours plus précis.</li>"
                "<li><b>La recherche :</b> accélérer les progrès pour repousser les limites de ce que l’on "
                "sait. L’institut travaille sur la médecine personnalisée, l’immunothérapie, la réparation "
                "de l’ADN et l’intelligence artificielle.</li>"
                "<li><b>L’enseignement :</b> transmettre, l’un des trois principes de l’institut.</li>"
                "<li><b>La vie à côté du traitement :</b> veiller à la qualité de vie, physique, "
                "psychologique et sociale.</li>"
                "</ul>",
            ),
        ],
    },
    "en": {
        "seo_title": "Make a donation to Gustave Roussy",
        "summary": "Care, research, teaching: what Gustave Roussy stands for, and what a gift supports.",
        "introduction": (
            "<p>Gustave Roussy treats all types of cancer, at every age, including rare cancers and complex "
            "tumours. Three principles guide it: patient care, research and teaching. A gift to the institute "
            "supports this work.</p>"
        ),
        "body": [
            _callout(
                "This demonstration does not take gifts",
                "This portal is a demonstration: it does not collect gifts or pass them on. To give to Gustave "
                "Roussy, please contact the institute directly.",
            ),
            _section(
                "What a gift supports",
                "<ul>"
                "<li><b>Care:</b> bringing patients the benefits of the most recent advances, with ever more "
                "specific treatments.</li>"
                "<li><b>Research:</b> speeding up progress and pushing back the limits of knowledge. The "
                "institute works on personalised medicine, immunotherapy, DNA repair and artificial "
                "intelligence.</li><li><b>Teaching:</b> passing on knowledge, one of the institute’s three "
                "principles.</li><li><b>Life alongside treatment:</b> looking after quality of life, "
                "physical, psychological and social.</li></ul>",
            ),
        ],
    },
}

_IUC: dict[str, Words] = {
    "fr": {
        "seo_title": "Faire un don à l’IUC",
        "summary": "Prévenir, soigner, chercher, former : ce que fait l’IUC, et ce qu’un don soutient.",
        "introduction": (
            "<p>L’Institut universitaire de cancérologie réunit une université, un groupe hospitalier, des "
            "organismes de recherche et l’Université des patients. Ensemble, ils soignent, cherchent et "
            "enseignent. Donner à l’IUC, c’est soutenir ce travail commun.</p>"
        ),
        "body": [
            _callout(
                "Cette démonstration ne reçoit aucun don",
                "Ce portail est une démonstration : il ne recueille aucun don et n’en transmet aucun. Pour "
                "donner à l’IUC, adressez-vous directement à l’institut.",
            ),
            _section(
                "Ce qu’un don soutient",
                "<ul>"
                "<li><b>La prévention :</b> prévenir et dépister le cancer chez les personnes à risque.</li>"
                "<li><b>La recherche :</b> trouver de nouvelles cibles et des traitements plus "
                "personnalisés.</li><li><b>Les soins de support :</b> alléger ce que la maladie et le "
                "traitement font peser sur la vie de tous les jours.</li>"
                "<li><b>L’enseignement :</b> en médecine, en sciences, en ingénierie et en sciences "
                "humaines.</li></ul>",
            ),
        ],
    },
    "en": {
        "seo_title": "Make a donation to the IUC",
        "summary": "Prevention, care, research, teaching: what the IUC does, and what a gift supports.",
        "introduction": (
            "<p>The University Institute of Cancerology brings together a university, a hospital group, "
            "research bodies and the University of Patients. Together they care for patients, carry out "
            "research and teach. A gift to the IUC supports this shared work.</p>"
        ),
        "body": [
            _callout(
                "This demonstration does not take gifts",
                "This portal is a demonstration: it does not collect gifts or pass them on. To give to the IUC, "
                "please contact the institute directly.",
            ),
            _section(
                "What a gift supports",
                "<ul>"
                "<li><b>Prevention:</b> preventing cancer and screening for it among people at risk.</li>"
                "<li><b>Research:</b> finding new targets and more personalised treatments.</li>"
                "<li><b>Supportive care:</b> easing the burden that illness and treatment place on everyday "
                "life.</li>"
                "<li><b>Teaching:</b> in medicine, science, engineering and the humanities.</li>"
                "</ul>",
            ),
        ],
    },
}


# --- The fictional institute ----------------------------------------------------------------------

# No bank has the code 99999, no town the postcode 00000; a BIC whose eighth character is 0 is a test code.
_ISSUERS: dict[str, dict[str, Any]] = {
    "foundation": {
        "name": "Fondation de l’Hôpital de démonstration (fictive)",
        "quality": {
            "fr": "fondation imaginaire, pour la démonstration",
            "en": "imaginary foundation, for the demonstration",
        },
        "siren": "000000000",
        "address": "Fondation de l’Hôpital de démonstration (fictive)\n1 rue de l’Exemple\n00000 Ville-Exemple",
        "iban": "FR7699999000000000000000033",
        "bic": "FICTFRP0",
    },
    "friends": {
        "name": "Association des amis de la recherche (fictive)",
        "quality": {
            "fr": "association imaginaire, pour la démonstration",
            "en": "imaginary association, for the demonstration",
        },
        "address": "Association des amis de la recherche (fictive)\n3 rue de l’Exemple\n00000 Ville-Exemple",
        "iban": "FR7699999999990000000000056",
        "bic": "FICTFRP0XXX",
    },
}

_FUNDS: list[tuple[str, dict[str, str], dict[str, str]]] = [
    (
        "foundation",
        {"fr": "Bien-être des patients (fonds fictif)", "en": "Patients’ wellbeing (fictional fund)"},
        {
            "fr": "Un fauteuil confortable, un peu de musique, une séance d’activité douce : ce qui rend une "
            "journée de traitement plus légère.",
            "en": "A comfortable chair, a little music, a gentle exercise session: whatever makes a day of "
            "treatment easier to bear.",
        },
    ),
    (
        "foundation",
        {"fr": "Familles venues de loin (fonds fictif)", "en": "Families from far away (fictional fund)"},
        {
            "fr": "Une chambre près de l’hôpital, un repas chaud, un billet de train : pour que personne ne "
            "traverse la maladie loin des siens.",
            "en": "A room near the hospital, a hot meal, a train ticket: so that nobody has to go through illness "
            "far from the people they love.",
        },
    ),
    (
        "friends",
        {
            "fr": "Recherche sur les cancers rares (fonds fictif)",
            "en": "Research into rare cancers (fictional fund)",
        },
        {
            "fr": "Du temps de laboratoire pour les maladies que peu de personnes ont, et que peu d’équipes étudient.",
            "en": "Laboratory time for diseases that few people have and few teams study.",
        },
    ),
]

_PRESETS: list[tuple[int, dict[str, str]]] = [
    (
        2500,
        {
            "fr": "par exemple, un repas chaud pour un parent qui veille",
            "en": "for example, a hot meal for a parent staying the night",
        },
    ),
    (
        5000,
        {
            "fr": "par exemple, une séance d’activité douce pour un petit groupe",
            "en": "for example, a gentle exercise session for a small group",
        },
    ),
    (
        10000,
        {
            "fr": "par exemple, une nuit près de l’hôpital pour une famille",
            "en": "for example, a night near the hospital for a family",
        },
    ),
    (
        25000,
        {
            "fr": "par exemple, une matinée de laboratoire pour une équipe de recherche",
            "en": "for example, a morning in the laboratory for a research team",
        },
    ),
]

_MONTHLY_PRESETS: list[tuple[int, dict[str, str]]] = [
    (
        1000,
        {
            "fr": "par exemple, de la musique une fois par semaine dans une salle d’attente",
            "en": "for example, music once a week in a waiting room",
        },
    ),
    (
        2000,
        {
            "fr": "par exemple, des billets de train pour les visites d’une famille",
            "en": "for example, train tickets for a family’s visits",
        },
    ),
    (
        4000,
        {
            "fr": "par exemple, un fauteuil confortable de plus à la fin de l’année",
            "en": "for example, one more comfortable chair by the end of the year",
        },
    ),
]

_FICTIONAL: dict[str, Words] = {
    "fr": {
        "seo_title": "Faire un don à l’Hôpital de démonstration (fictif)",
        "summary": "Un don imaginaire, du premier clic au remerciement. Aucun argent ne circule.",
        "thanks": (
            "<p>Votre don rend une journée de traitement plus légère, un trajet plus court, une question de recherche "
            "un peu moins ouverte. Merci, de la part de tous ceux à qui il profite.</p>"
        ),
        "introduction": (
            "<p>À l’Hôpital de démonstration, un don change des choses simples : une nuit près d’un enfant, "
            "une journée de traitement moins longue, une matinée de recherche de plus. Vous choisissez ce "
            "que vous soutenez, et toute somme compte.</p>"
            "<p><b>L’hôpital, les organismes et les comptes de cette page sont fictifs. N’envoyez ni chèque "
            "ni virement.</b></p>"
        ),
        "body": [
            _section(
                "Par chèque ou par virement",
                "<p>Choisissez d’abord un fonds dans le formulaire. Chaque fonds appartient à un "
                "organisme : c’est lui qui reçoit le chèque ou le virement.</p>"
                "<ul>"
                "<li><b>Avec le formulaire :</b> il vous donne une référence. Écrivez-la au dos du chèque ou dans le "
                "motif du virement : on sait alors que le don est le vôtre, et à quoi vous le destinez.</li>"
                "<li><b>Sans le formulaire :</b> écrivez au dos du chèque ou dans le motif du virement le nom du "
                "fonds, puis le vôtre. Avec un chèque, glissez dans l’enveloppe un mot avec votre adresse.</li>"
                "</ul>"
                "<p>Les adresses et les comptes donnés ici n’existent pas : un courrier n’arriverait nulle "
                "part.</p>",
            ),
            _section(
                "En mémoire de quelqu’un",
                "<p>Un don peut garder vivant le souvenir d’une personne. Dans le formulaire, écrivez "
                "son nom et, si vous le souhaitez, l’adresse de la famille à prévenir. La famille "
                "apprend que vous avez donné, jamais combien.</p>"
                "<p>Lors d’un deuil, les proches peuvent aussi proposer de remplacer les fleurs par des "
                "dons. La lettre à la famille mène à une page qui les réunit, et à une adresse à partager.</p>",
            ),
            _section(
                "Ce que devient un don",
                "<p>Un don va en entier au fonds que vous avez choisi. Chaque année, l’organisme qui tient "
                "le fonds publie ce qu’il a reçu, ce qu’il a dépensé et pour quoi. Si un projet se termine "
                "avant que tout soit dépensé, le reste va à un projet proche, dans le même fonds.</p>",
            ),
            _question(
                "Puis-je vraiment donner sur cette page ?",
                "Non. L’hôpital, les organismes et les comptes sont inventés. Le formulaire fait tout ce qu’il ferait "
                "vraiment, mais la page de paiement fait semblant : aucun argent ne circule.",
            ),
            _question(
                "Et si je ne choisis pas de fonds ?",
                "Le premier est déjà choisi : votre don va au bien-être des patients. Pour partager une somme entre "
                "plusieurs fonds, faites un don à chacun.",
            ),
            _question(
                "Y a-t-il un montant minimum ?",
                "Oui, cinq euros : au-dessous, les frais mangent le don. Les montants proposés sont des exemples.",
            ),
            _question(
                "Est-ce que je recevrai un reçu fiscal ?",
                "Un reçu de démonstration, oui : il montre comment un vrai reçu se présente. Ces organismes sont "
                "fictifs ; ce reçu le dit et n’a aucune valeur fiscale.",
            ),
        ],
    },
    "en": {
        "seo_title": "Make a donation to the Demonstration Hospital (fictional)",
        "summary": "An imaginary gift, from the first click to the thank-you. No money moves.",
        "thanks": (
            "<p>Your gift makes a day of treatment easier, a journey shorter, a research question a little less "
            "open. Thank you, from everyone it helps.</p>"
        ),
        "introduction": (
            "<p>At the Demonstration Hospital, a gift makes a difference in simple ways: a night close to a "
            "child, a day of treatment that feels shorter, one more morning of research. You choose what to "
            "support, and every amount counts.</p>"
            "<p><b>The hospital, the charities and the accounts on this page are fictional. Please do not send "
            "a cheque or make a transfer.</b></p>"
        ),
        "body": [
            _section(
                "By cheque or bank transfer",
                "<p>First choose a fund in the form. Each fund belongs to a charity, which receives "
                "your cheque or transfer.</p>"
                "<ul>"
                "<li><b>With the form:</b> it gives you a reference. Write it on the back of the cheque, or use it as "
                "the reference of the transfer. That is how we know the gift is yours, and what it is for.</li>"
                "<li><b>Without the form:</b> write the name of the fund, then your own name, on the back of the "
                "cheque or as the reference. With a cheque, put a note with your address in the envelope.</li>"
                "</ul>"
                "<p>The addresses and accounts given here do not exist: a letter would not arrive anywhere.</p>",
            ),
            _section(
                "In memory of someone",
                "<p>A gift can keep someone’s memory alive. In the form, write their name and, "
                "if you wish, the address of the family to be told. The family is told that you have given, but "
                "never how much.</p>"
                "<p>After a death, family and friends can also suggest gifts instead of flowers. The "
                "letter to the family leads to a page that brings them together, and to an address to share.</p>",
            ),
            _section(
                "What happens to a gift",
                "<p>All of your gift goes to the fund you have chosen. Every year, the charity that holds the "
                "fund publishes what it has received, what it has spent and what for. If a project ends before "
                "all the money is spent, the rest goes to a similar project within the same fund.</p>",
            ),
            _question(
                "Can I really give on this page?",
                "No. The hospital, the charities and the accounts are invented. The form does everything it "
                "would really do, but the payment page only pretends: no money moves.",
            ),
            _question(
                "What if I do not choose a fund?",
                "The first one is already chosen: your gift goes to patients’ wellbeing. To share an amount between "
                "several funds, make a gift to each of them.",
            ),
            _question(
                "Is there a minimum amount?",
                "Yes, five euros: below that, fees eat up the gift. The suggested amounts are only examples.",
            ),
            _question(
                "Will I get a tax receipt?",
                "A demonstration receipt, yes: it shows what a real one looks like. These charities are fictional; the "
                "receipt says so and has no value for tax.",
            ),
        ],
    },
}
