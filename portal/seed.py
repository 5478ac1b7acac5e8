"""The demonstration's own words: home pages, contact, legal notice, privacy, accessibility, site map, "
"settings."""

from typing import Any

from i18nfield.strings import LazyI18nString
from wagtail.models import Site

from portal.models import ContactField, ContactPage, HomePage, PortalImage, PortalSettings, StandardPage
from portal.seeding import Seeding, Words

Pages = dict[str, Any]
"""One page in every language, by language."""

Block = tuple[str, dict[str, Any]]


def seed(seeding: Seeding) -> None:
    """Give the home pages their words and pictures, and make the pages that any portal owes its visitors."""
    if seeding.is_done("portal"):
        return
    # Before the transaction: a picture that is drawn stays, even when the process is killed.
    pictures = [seeding.picture(*picture) for picture in _FRISE]
    with seeding.once("portal"):
        seeding.report("home pages, contact, legal pages")
        homes = {home.locale.language_code: home for home in HomePage.objects.select_related("locale")}
        for language, home in homes.items():
            seeding.change(home, _HOME[language] | {"frise": _frise(pictures, language)})
        contact = _contact(seeding, homes)
        privacy = seeding.page(StandardPage, "privacy", homes, _privacy(contact))
        legal = seeding.page(StandardPage, "legal", homes, _legal(contact, privacy))
        accessibility = seeding.page(StandardPage, "accessibility", homes, _accessibility(contact))
        site_map = seeding.page(StandardPage, "site-map", homes, _SITE_MAP)
        _settings(seeding, [legal, privacy, accessibility, site_map, contact])


def _settings(seeding: Seeding, footer: list[Pages]) -> None:
    settings = PortalSettings.for_site(Site.objects.get(is_default_site=True))
    settings.name = LazyI18nString(
        {"fr": "Instituts de cancérologie – démonstration", "en": "Cancer institutes – demonstration"}
    )
    links = [("page", pages["fr"].pk) for pages in footer]
    settings.footer_links = seeding.value(PortalSettings, "footer_links", links)
    settings.full_clean()
    settings.save()


def _section(heading: str, text: str) -> Block:
    return "section", {"heading": heading, "text": text}


def _callout(kind: str, heading: str, text: str) -> Block:
    return "callout", {"kind": kind, "heading": heading, "text": text}


def _link(page: Any, words: str) -> str:
    return f'<a linktype="page" id="{page.pk}">{words}</a>'


# --- Home -----------------------------------------------------------------------------------------

# title, motif, seed, palette, description
_FRISE: list[tuple[str, str, int, str, dict[str, str]]] = [
    (
        "Home: a sun in the window",
        "windows",
        311,
        "sand",
        {
            "fr": "Façade claire en papier découpé ; dans une fenêtre, un soleil se lève sur des collines.",
            "en": "The pale front of a house in cut paper; in one window, the sun rises over hills.",
        },
    ),
    (
        "Home: young shoots",
        "leaves",
        312,
        "moss",
        {
            "fr": "De jeunes pousses vertes montent devant le soleil ; une seule feuille est rouge.",
            "en": "Young green shoots climb in front of the sun; a single leaf is red.",
        },
    ),
    (
        "Home: the boat on the river",
        "river",
        313,
        "petrol",
        {
            "fr": "Une petite barque rouge descend une rivière bleue entre des rives de papier.",
            "en": "A small red boat drifts down a blue river between banks of paper.",
        },
    ),
    (
        "Home: the clearing",
        "canopy",
        315,
        "sun",
        {
            "fr": "Une forêt dorée s’ouvre sur une clairière pleine de lumière.",
            "en": "A golden forest opens onto a clearing full of light.",
        },
    ),
    (
        "Home: threads that meet",
        "threads",
        316,
        "coral",
        {
            "fr": "Des fils rouges et bleus se rejoignent devant un disque doré.",
            "en": "Red and blue threads come together in front of a golden disc.",
        },
    ),
    (
        "Home: many cells, one sun",
        "cells",
        314,
        "plum",
        {
            "fr": "Des cellules violettes, serrées les unes contre les autres ; l’une d’elles abrite un soleil.",
            "en": "Purple cells, close to one another; one of them holds a sun.",
        },
    ),
    (
        "Home: evening over the hills",
        "hills",
        317,
        "dusk",
        {
            "fr": "Le soleil du soir se couche derrière des collines mauves et bleues.",
            "en": "The evening sun sets behind mauve and blue hills.",
        },
    ),
]


def _frise(pictures: list[PortalImage], language: str) -> list[Block]:
    """The pictures of the band, each described in the page's language."""
    return [
        ("picture", {"image": image.pk, "decorative": False, "alt_text": words[language]})
        for image, (*_drawing, words) in zip(pictures, _FRISE, strict=True)
    ]


_HOME: dict[str, Words] = {
    "fr": {
        "title": "Face au cancer, des équipes à qui parler",
        "menu_title": "Accueil",
        "summary": "Trois instituts, leurs services et le bon numéro à appeler, sur un seul portail.",
        "introduction": (
            "<p>Vous suivez un traitement, vous accompagnez un proche, vous préparez un premier "
            "rendez-vous ? Choisissez un institut : vous y trouverez ses services, le moyen de les joindre "
            "et les personnes qui le dirigent. Si vous connaissez déjà le nom du service, l’annuaire vous y "
            "mène tout droit.</p>"
        ),
        "body": [
            _section(
                "Avant d’appeler",
                "<ul>"
                "<li>Gardez sous les yeux le nom du service ou du médecin que vous voulez joindre.</li>"
                "<li>Posez près de vous vos papiers : convocation, ordonnance, carte Vitale.</li>"
                "<li>Notez vos questions, même les plus simples, et de quoi écrire les réponses.</li>"
                "<li>Demandez à un proche de rester à côté de vous, si cela vous rassure.</li>"
                "</ul>",
            ),
            _callout(
                "information",
                "Ce portail est une démonstration",
                "<p>Gustave Roussy et l’Institut universitaire de cancérologie existent : ce que vous lisez "
                "à leur sujet vient de leurs pages publiques. L’Hôpital de démonstration, lui, est inventé, "
                "et tous ses numéros de téléphone aussi.</p>",
            ),
        ],
    },
    "en": {
        "title": "Facing cancer, with people to talk to",
        "menu_title": "Home",
        "summary": "Three institutes, their departments and the right number to call, all in one place.",
        "introduction": (
            "<p>Are you having treatment, supporting someone close to you, or getting ready for a first "
            "appointment? Choose an institute to find its departments, how to reach them and the people who "
            "lead it. If you already know the name of the department, the directory takes you straight "
            "there.</p>"
        ),
        "body": [
            _section(
                "Before you call",
                "<ul>"
                "<li>Have the name of the department or doctor you want to reach in front of you.</li>"
                "<li>Keep your papers to hand: appointment letter, prescription, health insurance card.</li>"
                "<li>Write down your questions, even the simplest, and keep a pen ready for the answers.</li>"
                "<li>Ask someone to sit with you, if that makes it easier.</li>"
                "</ul>",
            ),
            _callout(
                "information",
                "This portal is a demonstration",
                "<p>Gustave Roussy and the University Institute of Cancerology exist: what you read about "
                "them comes from their own public pages. The Demonstration Hospital is invented, and so are "
                "all its telephone numbers.</p>",
            ),
        ],
    },
}


# --- Contact --------------------------------------------------------------------------------------

_CONTACT: dict[str, Words] = {
    "fr": {
        "title": "Nous contacter",
        "slug": "contact",
        "menu_title": "Contact",
        "summary": "Une question sur le portail, une erreur à corriger : écrivez-nous.",
        "introduction": (
            "<p>Un numéro qui ne répond plus, une page difficile à lire, une question sur vos données ? "
            "Dites-le-nous ici. Pour joindre un service, passez plutôt par la page de son institut : vous y "
            "verrez qui appeler.</p>"
            "<p>Ce portail est une démonstration : votre message arrive à la personne qui l’a installé. Les "
            "instituts cités ne le reçoivent pas.</p>"
        ),
        "warning": (
            "<p><b>N’écrivez ici aucun détail médical</b> : ni maladie, ni traitement, ni résultat "
            "d’examen.</p>"
            '<p><b>En cas d’urgence, n’attendez pas de réponse.</b> Appelez le <a href="tel:15">15</a> ou le '
            '<a href="tel:112">112</a>. Si vous ne pouvez pas entendre ou parler, envoyez un SMS au 114.</p>'
        ),
        "thanks": (
            "<p>Merci, votre message est bien enregistré. S’il demande une réponse, elle viendra à l’adresse "
            "e-mail que vous avez donnée. Le portail effacera plus tard votre message de lui-même.</p>"
        ),
    },
    "en": {
        "title": "Contact us",
        "slug": "contact",
        "menu_title": "Contact",
        "summary": "Write to us with a question about the portal, or to tell us about a mistake.",
        "introduction": (
            "<p>A number that no longer answers, a page that is hard to read, a question about your data? "
            "Tell us here. To reach a department, go to its institute’s page instead: it shows you who to "
            "call.</p><p>This portal is a demonstration: your message goes to the person who installed it. "
            "The institutes named here do not receive it.</p>"
        ),
        "warning": (
            "<p><b>Please do not include any medical details</b>: no illness, treatment or test results.</p>"
            '<p><b>In an emergency, do not wait for a reply.</b> In France, call <a href="tel:15">15</a> '
            'or <a href="tel:112">112</a>. If you cannot hear or speak, text 114.</p>'
        ),
        "thanks": (
            "<p>Thank you. Your message has been saved. If it needs a reply, we will write to the e-mail "
            "address you gave. The portal will later delete your message automatically.</p>"
        ),
    },
}

_QUESTIONS: dict[str, list[dict[str, Any]]] = {
    "fr": [
        {"label": "Votre nom", "field_type": "singleline", "autocomplete": "name"},
        {
            "label": "Votre adresse e-mail",
            "field_type": "email",
            "help_text": "Pour vous répondre, et rien d’autre.",
        },
        {
            "label": "Votre numéro de téléphone",
            "field_type": "singleline",
            "autocomplete": "tel",
            "required": False,
            "help_text": "Si vous préférez une réponse de vive voix.",
        },
        {
            "label": "Votre message concerne",
            "field_type": "dropdown",
            "choices": "Le portail en général\nUn numéro ou une adresse à corriger\n"
            "Une page difficile à lire ou à utiliser\nMes données personnelles\nAutre chose",
        },
        {
            "label": "Votre message",
            "field_type": "multiline",
            "help_text": "Sans détail médical, s’il vous plaît.",
        },
    ],
    "en": [
        {"label": "Your name", "field_type": "singleline", "autocomplete": "name"},
        {
            "label": "Your e-mail address",
            "field_type": "email",
            "help_text": "We only use it to reply to you.",
        },
        {
            "label": "Your telephone number",
            "field_type": "singleline",
            "autocomplete": "tel",
            "required": False,
            "help_text": "If you would prefer a reply by phone.",
        },
        {
            "label": "Your message is about",
            "field_type": "dropdown",
            "choices": "The portal in general\nA number or an address to correct\n"
            "A page that is hard to read or use\nMy personal data\nSomething else",
        },
        {"label": "Your message", "field_type": "multiline", "help_text": "No medical details, please."},
    ],
}


def _contact(seeding: Seeding, homes: Pages) -> Pages:
    def add_questions(page: ContactPage, language: str) -> None:
        questions = enumerate(_QUESTIONS[language])
        page.form_fields = [ContactField(sort_order=number, **question) for number, question in questions]

    # An address that can belong to nobody (RFC 2606); in development e-mails are printed, not sent.
    common = {"show_in_menus": True, "to_address": "contact@example.org", "keep_days": 90}
    return seeding.page(ContactPage, "contact", homes, _CONTACT, common, add_questions)


# --- Privacy --------------------------------------------------------------------------------------


def _privacy(contact: Pages) -> dict[str, Words]:
    return {
        "fr": {
            "title": "Confidentialité",
            "slug": "confidentialite",
            "summary": "Lire ce portail ne laisse aucun cookie. Lui écrire laisse un message, effacé après 90 jours.",
            "introduction": (
                "<p>Chercher un service de cancérologie, c’est déjà confier quelque chose de soi. C’est "
                "pourquoi ce portail en demande le moins possible. Voici ce qu’il garde, pourquoi et combien "
                "de temps.</p>"
            ),
            "body": [
                _section(
                    "Quand vous lisez",
                    "<p>Vous pouvez lire toutes les pages sans donner votre nom et sans compte.</p>"
                    "<ul>"
                    "<li>Le portail ne dépose aucun cookie.</li>"
                    "<li>Il ne mesure pas l’audience et ne vous suit pas d’une page à l’autre.</li>"
                    "<li>Textes, images et police de caractères viennent du portail lui-même : aucune autre "
                    "entreprise n’apprend votre visite.</li>"
                    "<li>Un film placé sur un site extérieur ne se charge que si vous le demandez. Ce site "
                    "reçoit alors l’adresse de votre connexion.</li>"
                    "</ul>",
                ),
                _section(
                    "Quand vous nous écrivez",
                    "<p>Le portail enregistre ce que vous écrivez dans le formulaire, avec la date et "
                    "l’heure. Il n’y joint pas l’adresse de votre connexion. Le message est aussi transmis "
                    "par e-mail aux personnes qui répondent. Il ne sert qu’à vous répondre.</p>"
                    "<p>Le portail efface votre message au bout de 90 jours. La copie envoyée par e-mail "
                    "suit les règles de la boîte qui l’a reçue. Ne confiez aucun détail médical à ce "
                    "formulaire.</p>",
                ),
                _section(
                    "Les journaux du serveur",
                    "<p>Comme tout site, un serveur peut noter chaque demande dans un journal technique : "
                    "adresse de la connexion, page demandée, date et heure. Les mots d’une recherche font "
                    "partie de l’adresse de la page et peuvent donc y figurer. La personne qui exploite le "
                    "serveur décide de ce que ces journaux contiennent et de leur durée.</p>",
                ),
                _section(
                    "Le personnel qui tient le portail à jour",
                    "<p>Les personnes qui modifient les pages ont un compte : un identifiant, une adresse "
                    "e-mail et un mot de passe, dont le portail ne garde qu’une empreinte. En se connectant, "
                    "elles reçoivent deux cookies nécessaires : l’un tient la session ouverte, l’autre "
                    "protège les formulaires. Le portail note aussi qui a changé quelle page, et quand.</p>",
                ),
                _section(
                    "Vos droits",
                    "<p>Vous pouvez demander à voir ce que le portail garde de vous, le faire corriger ou "
                    "effacer, en limiter l’usage ou vous y opposer. Cette démonstration n’a pas de délégué à "
                    "la protection des données : c’est la personne qui l’a installée qui vous répond. "
                    f"{_link(contact['fr'], 'Écrivez-lui par la page de contact')}.</p>"
                    "<p>Si la réponse ne vous convient pas, vous pouvez adresser une plainte à la "
                    '<a href="https://www.cnil.fr/">Commission nationale de l’informatique et des libertés '
                    "(CNIL)</a>.</p>",
                ),
            ],
        },
        "en": {
            "title": "Privacy",
            "slug": "privacy",
            "summary": "Reading this portal leaves no cookies. Writing to it leaves a message, deleted after 90 days.",
            "introduction": (
                "<p>Looking for a cancer department already says something about you. That is why this "
                "portal asks for as little as it can. Here is what it keeps, why, and for how long.</p>"
            ),
            "body": [
                _section(
                    "When you read",
                    "<p>You can read every page without giving your name and without an account.</p>"
                    "<ul>"
                    "<li>The portal sets no cookies.</li>"
                    "<li>It does not use analytics, and does not follow you from page to page.</li>"
                    "<li>The text, pictures and typeface come from the portal itself, so no other company learns "
                    "of your visit.</li>"
                    "<li>A film kept on another site loads only when you ask for it. That site then sees your IP "
                    "address.</li>"
                    "</ul>",
                ),
                _section(
                    "When you write to us",
                    "<p>The portal saves what you write in the form, with the date and time. It does not save "
                    "your IP address with it. Your message is also sent by e-mail to the people who reply. It is "
                    "used only to reply to you.</p>"
                    "<p>The portal deletes your message after 90 days. The copy sent by e-mail follows the rules "
                    "of the mailbox that received it. Please do not include any medical details in this form.</p>",
                ),
                _section(
                    "Server logs",
                    "<p>As on any site, a server may note each request in a technical log: the IP address, the "
                    "page asked for, the date and the time. The words of a search are part of the page’s address, "
                    "so they may appear there too. Whoever runs the server decides what these logs contain and "
                    "how long they are kept.</p>",
                ),
                _section(
                    "The staff who keep the portal up to date",
                    "<p>People who edit the pages have an account: a username, an e-mail address and a password, "
                    "of which the portal keeps only a fingerprint. When they log in, they receive two necessary "
                    "cookies: one keeps the session open, the other protects the forms. The portal also notes "
                    "who changed which page, and when.</p>",
                ),
                _section(
                    "Your rights",
                    "<p>You may ask to see what the portal keeps about you, to have it corrected or deleted, or "
                    "to limit how it is used, and you may object to its use. This demonstration has no data "
                    "protection officer: the person who installed it will answer you. "
                    f"{_link(contact['en'], 'Write to them through the contact page')}.</p>"
                    "<p>If you are not satisfied with the answer, you may complain to the French data protection "
                    'authority, the <a href="https://www.cnil.fr/en">CNIL</a>.</p>',
                ),
            ],
        },
    }


# --- Legal notice ---------------------------------------------------------------------------------


def _legal(contact: Pages, privacy: Pages) -> dict[str, Words]:
    return {
        "fr": {
            "title": "Mentions légales",
            "slug": "mentions-legales",
            "summary": "Ce portail est une démonstration ; ce n’est le site d’aucun des instituts cités.",
            "introduction": (
                "<p>Vous lisez une installation de démonstration d’un logiciel libre pour les hôpitaux. Elle "
                "montre comment un portail réunit des instituts, leurs services et leurs numéros de "
                "téléphone.</p>"
            ),
            "body": [
                _section(
                    "Éditeur et hébergeur",
                    "<p>Cette démonstration n’a pas d’éditeur : elle appartient à la personne qui l’a "
                    "installée, sur son propre ordinateur ou sur son serveur. Elle n’a pas non plus de "
                    "directeur de la publication ni d’hébergeur déclaré.</p>"
                    "<p>Avant d’ouvrir le portail au public, l’établissement qui l’utilise remplace ce "
                    "texte. Il y indique son nom, son adresse, son directeur ou sa directrice de la "
                    "publication et son hébergeur. "
                    f"{_link(contact['fr'], 'La page de contact')} permet d’écrire à la personne responsable "
                    "de cette installation.</p>",
                ),
                _section(
                    "Les instituts cités",
                    "<p>Ce portail n’est le site ni de Gustave Roussy, ni de l’Institut universitaire de "
                    "cancérologie, ni de l’AP-HP, ni de Sorbonne Université. Ces organismes n’ont pas "
                    "participé à sa rédaction et ne l’ont pas approuvé. Les faits et les numéros viennent de "
                    "leurs pages publiques ; ils ont pu changer depuis. Vérifiez-les auprès d’eux avant de "
                    "vous déplacer. Leurs noms leur appartiennent.</p>"
                    "<p>L’Hôpital de démonstration est inventé : ses services, ses adresses, ses fondations "
                    "et ses comptes n’existent pas. Ses numéros de téléphone sont pris dans les tranches "
                    "réservées à la fiction.</p>",
                ),
                _section(
                    "Information médicale",
                    "<p>Rien de ce que vous lisez ici ne remplace l’avis d’un médecin. En cas d’urgence, "
                    "appelez le 15 ou le 112 ; par SMS, écrivez au 114.</p>",
                ),
                _section(
                    "Logiciel, textes et images",
                    "<p>Le logiciel est libre, sous licence BSD-3-Clause, et s’appuie sur Django et Wagtail. "
                    "Les textes ont été écrits pour lui. Les images sont dessinées par le logiciel lui-même "
                    "et suivent la même licence. La police de caractères, Atkinson Hyperlegible Next, est "
                    "publiée sous licence SIL Open Font.</p>",
                ),
                _section(
                    "Données personnelles",
                    "<p>Ce que le portail garde de votre visite et de vos messages est expliqué à la page "
                    f"{_link(privacy['fr'], 'Confidentialité')}.</p>",
                ),
            ],
        },
        "en": {
            "title": "Legal notice",
            "slug": "legal-notice",
            "summary": "This portal is a demonstration. It is not the website of any institute named here.",
            "introduction": (
                "<p>You are reading a demonstration installation of open source software for hospitals. It "
                "shows how one portal brings together institutes, their departments and their telephone "
                "numbers.</p>"
            ),
            "body": [
                _section(
                    "Publisher and host",
                    "<p>This demonstration has no publisher: it belongs to the person who installed it, on "
                    "their own computer or server. It has no publication director and no declared host "
                    "either.</p><p>Before the portal opens to the public, the hospital that uses it replaces "
                    "this text with its name, its address, the person responsible for what is published, and "
                    f"its host. {_link(contact['en'], 'The contact page')} reaches the person in charge of "
                    "this installation.</p>",
                ),
                _section(
                    "The institutes named here",
                    "<p>This portal is not the website of Gustave Roussy, of the University Institute of "
                    "Cancerology, of AP-HP or of Sorbonne University. They took no part in writing it and "
                    "have not approved it. The facts and numbers come from their public pages, and may have "
                    "changed since. Please check with them before you travel. Their names belong to them.</p>"
                    "<p>The Demonstration Hospital is invented: its departments, addresses, foundations and "
                    "accounts do not exist. Its telephone numbers come from the ranges that France sets aside "
                    "for fiction.</p>",
                ),
                _section(
                    "Medical information",
                    "<p>Nothing you read here replaces a doctor’s advice. In an emergency in France, call 15 or "
                    "112, or text 114.</p>",
                ),
                _section(
                    "Software, texts and pictures",
                    "<p>The software is open source, under the BSD-3-Clause licence, and is built on Django "
                    "and Wagtail. The texts were written for it. The pictures are drawn by the software "
                    "itself and come under the same licence. The typeface, Atkinson Hyperlegible Next, is "
                    "published under the SIL Open Font License.</p>",
                ),
                _section(
                    "Personal data",
                    "<p>What the portal keeps about your visit and your messages is explained on the page "
                    f"{_link(privacy['en'], 'Privacy')}.</p>",
                ),
            ],
        },
    }


# --- Accessibility --------------------------------------------------------------------------------


def _accessibility(contact: Pages) -> dict[str, Words]:
    return {
        "fr": {
            "title": "Accessibilité",
            "slug": "accessibilite",
            "summary": "Accessibilité : non conforme, faute d’audit. Ce qui est fait, et comment signaler un obstacle.",
            "introduction": (
                "<p>Un numéro qu’on ne peut pas lire est un numéro qu’on ne peut pas appeler. Ce portail est "
                "conçu pour tout le monde : au clavier ou à la souris, avec un lecteur d’écran, en "
                "grands caractères, en mode sombre ou sur un vieux téléphone.</p>"
            ),
            "body": [
                _section(
                    "Ce que nous visons",
                    "<p>Le portail vise la norme européenne EN 301 549, le Référentiel général "
                    "d’amélioration de l’accessibilité (RGAA 4.1) et les règles internationales WCAG 2.2, "
                    "niveaux A et AA.</p>",
                ),
                _section(
                    "Où nous en sommes",
                    "<p>Au sens du RGAA, ce portail est <b>non conforme</b>, car il n’a pas encore été "
                    "audité. Le référentiel réserve les mentions « partiellement conforme » et « totalement "
                    "conforme » aux sites qu’un audit a mesurés.</p>"
                    "<p>Voici ce qui a été vérifié :</p>"
                    "<ul>"
                    "<li>chaque type de page, avec l’outil automatique axe-core ;</li>"
                    "<li>le parcours au clavier seul, dans un vrai navigateur.</li>"
                    "</ul>"
                    "<p>Voici ce qui ne l’a pas été : aucun audit n’a été mené par une personne extérieure, "
                    "et aucune personne handicapée n’a encore essayé le portail. Un outil automatique ne "
                    "voit qu’une partie des obstacles ; il en reste sans doute.</p>",
                ),
                _section(
                    "Signaler un obstacle",
                    "<p>Une page vous résiste, une information vous échappe ? "
                    f"{_link(contact['fr'], 'Dites-le par la page de contact')} : indiquez la page, ce que "
                    "vous vouliez faire et, si possible, votre matériel. La personne responsable de cette "
                    "installation pourra corriger l’obstacle ou vous donner l’information sous une autre "
                    "forme.</p>",
                ),
                _section(
                    "Voies de recours",
                    "<p>Si vous avez signalé un obstacle qui vous empêche d’accéder à un contenu ou à un "
                    "service et que vous n’avez pas obtenu de réponse satisfaisante, vous pouvez vous "
                    "adresser au Défenseur des droits :</p>"
                    "<ul>"
                    '<li>en lui écrivant sur <a href="https://www.defenseurdesdroits.fr/">le site du '
                    "Défenseur des "
                    "droits</a> ;</li>"
                    "<li>en rencontrant son délégué ou sa déléguée dans votre région ;</li>"
                    "<li>par courrier gratuit, sans timbre : Défenseur des droits, Libre réponse 71120, "
                    "75342 Paris Cedex 07.</li>"
                    "</ul>",
                ),
            ],
        },
        "en": {
            "title": "Accessibility",
            "slug": "accessibility",
            "summary": "Accessibility: not audited, so not compliant. What we have done, and how to report a barrier.",
            "introduction": (
                "<p>A number that you cannot read is a number that you cannot call. This portal is made for "
                "everyone, whether you use a keyboard, a screen reader, large type, dark mode or an old "
                "phone.</p>"
            ),
            "body": [
                _section(
                    "What we aim for",
                    "<p>The portal aims to meet the European standard EN 301 549, its French method "
                    "RGAA 4.1, and the international guidelines WCAG 2.2 at levels A and AA.</p>",
                ),
                _section(
                    "Where we stand",
                    "<p>In the terms of the French method, this portal is <b>not compliant</b>, because it "
                    "has not been audited yet. The method reserves the words “partially compliant” and “fully "
                    "compliant” for sites that an audit has measured.</p>"
                    "<p>This has been checked:</p>"
                    "<ul>"
                    "<li>every type of page, with the automated tool axe-core;</li>"
                    "<li>using the portal by keyboard alone, in a real browser.</li>"
                    "</ul>"
                    "<p>This has not: nobody from outside has audited the portal, and no disabled person has "
                    "tried it yet. An automated tool finds only some barriers, so others probably remain.</p>",
                ),
                _section(
                    "Report a barrier",
                    "<p>Is a page in your way, or a piece of information out of reach? "
                    f"{_link(contact['en'], 'Tell us through the contact page')}: name the page, what you "
                    "wanted to do and, if you can, the equipment you use. The person in charge of this "
                    "installation can then remove the barrier, or give you the information in another "
                    "form.</p>",
                ),
                _section(
                    "If nothing changes",
                    "<p>In France, if you have reported a barrier that keeps you from content or a service "
                    "and have not had a satisfactory reply, you can turn to the Defender of Rights (Défenseur "
                    "des droits):</p>"
                    "<ul>"
                    '<li>in writing, on <a href="https://www.defenseurdesdroits.fr/">the Defender of Rights’ '
                    "website</a>;</li>"
                    "<li>in person, by meeting the delegate in your region;</li>"
                    "<li>by post, free of charge within France: Défenseur des droits, Libre réponse 71120, "
                    "75342 Paris Cedex 07.</li>"
                    "</ul>",
                ),
            ],
        },
    }


# --- Site map -------------------------------------------------------------------------------------

_SITE_MAP: dict[str, Words] = {
    "fr": {
        "title": "Plan du site",
        "slug": "plan-du-site",
        "summary": "Toutes les pages du portail, institut par institut.",
        "introduction": "<p>Si vous ne trouvez pas ce que vous cherchez dans les menus, parcourez cette liste.</p>",
        "lists_the_site": True,
    },
    "en": {
        "title": "Site map",
        "slug": "site-map",
        "summary": "Every page on the portal, institute by institute.",
        "introduction": "<p>If the menus do not show what you are looking for, try this list.</p>",
        "lists_the_site": True,
    },
}
