"""What the demonstration is found by: specialties, synonyms, and the directory for health professionals."""

from departments.models import DepartmentPage, DirectoryPage, Specialty, Synonym
from departments.models.contacts import Audience
from portal.models import HomePage
from portal.seeding import Seeding, Words


def seed_words(seeding: Seeding) -> None:
    """Put in specialties, synonyms and the professionals' directory, once."""
    if not seeding.is_done("specialties"):
        seeding.report("specialties of the departments")
        with seeding.once("specialties"):
            _seed_specialties(seeding)
    if not seeding.is_done("synonyms"):
        seeding.report("synonyms")
        with seeding.once("synonyms"):
            for language, entries in _SYNONYMS.items():
                for line in entries.strip().splitlines():
                    written, arrow, meant = line.strip().partition(" = ")
                    if not arrow:
                        written, _arrow, meant = line.strip().partition(" > ")
                    for words in written.split(", "):
                        synonym = Synonym(language=language, written=words, meant=meant, both_ways=bool(arrow))
                        synonym.full_clean()
                        synonym.save()
    if not seeding.is_done("directory for professionals"):
        seeding.report("directory for professionals")
        with seeding.once("directory for professionals"):
            homes = {language: HomePage.objects.get(locale__language_code=language) for language in seeding.locales}
            seeding.page(
                DirectoryPage, "directory:professionals", homes, _DIRECTORY, {"audience": Audience.PROFESSIONALS}
            )


_DIRECTORY: dict[str, Words] = {
    "en": {
        "title": "Directory for health professionals",
        "slug": "directory-for-professionals",
        "summary": "The numbers that departments keep for doctors and other health professionals.",
        "introduction": "<p>These numbers are for people who refer or treat patients. Please do not pass them on: "
        "patients can find theirs in the directory for everyone.</p>",
    },
    "fr": {
        "title": "Annuaire des professionnels de santé",
        "slug": "annuaire-des-professionnels",
        "summary": "Les lignes que les services réservent aux médecins et aux autres soignants.",
        "introduction": "<p>Ces numéros répondent à celles et ceux qui adressent ou soignent des patients. Merci de ne "
        "pas les transmettre : les patients trouvent les leurs dans l’annuaire ouvert à tous.</p>",
    },
}

# English, French, and the departments (by the keys of their seeds) that are about it.
_SPECIALTIES = [
    ("Allergy", "Allergologie", ["iuc:dermatology-allergology-and-vascular-medicine"]),
    ("Breast care", "Sénologie", ["demonstration:breast-care"]),
    ("Dermatology", "Dermatologie", ["iuc:dermatology-allergology-and-vascular-medicine", "demonstration:dermatology"]),
    ("Gynaecology", "Gynécologie", ["demonstration:gynaecological-surgery", "demonstration:breast-care"]),
    ("Haematology", "Hématologie", ["demonstration:haematology"]),
    ("Medical imaging", "Imagerie médicale", ["demonstration:medical-imaging"]),
    ("Neurology", "Neurologie", ["iuc:onco-neurology"]),
    (
        "Oncology",
        "Oncologie",
        [
            "iuc:pediatric-oncology",
            "iuc:onco-neurology",
            "iuc:medical-onco-radiation-therapy",
            "demonstration:medical-oncology",
            "demonstration:pediatric-oncology",
        ],
    ),
    ("Paediatrics", "Pédiatrie", ["iuc:pediatric-oncology", "demonstration:pediatric-oncology"]),
    ("Pathology", "Anatomie pathologique", ["demonstration:pathology"]),
    ("Respiratory medicine", "Pneumologie", ["iuc:pneumology", "demonstration:pneumology"]),
    ("Radiotherapy", "Radiothérapie", ["iuc:medical-onco-radiation-therapy", "demonstration:radiotherapy"]),
    ("Supportive care", "Soins de support", ["demonstration:supportive-care"]),
    ("Surgery", "Chirurgie", ["iuc:thoracic-and-vascular-surgery", "demonstration:gynaecological-surgery"]),
    ("Urology", "Urologie", ["iuc:urology", "demonstration:urology"]),
    (
        "Vascular medicine",
        "Médecine vasculaire",
        ["iuc:dermatology-allergology-and-vascular-medicine", "iuc:thoracic-and-vascular-surgery"],
    ),
]

# A line each: what visitors write > what to look for; with = both ways. Departments that the demonstration has not
# are there too, since every hospital has them.
_SYNONYMS = {
    "fr": """
cancérologie, carcinologie = oncologie
cancer, tumeur > oncologie, cancérologie
chimio, chimiothérapie, hôpital de jour > oncologie médicale
cancer du sein, sein, mastectomie > sénologie
mammographie > sénologie, imagerie
cancer de la prostate, prostate, vessie, cancer de la vessie, testicule, incontinence > urologie
rein, cancer du rein > urologie, néphrologie
calculs rénaux > urologie
poumon, bronches, asthme, toux, respiration, BPCO > pneumologie
cancer du poumon > pneumologie, chirurgie thoracique, oncologie thoracique
plèvre, thorax > chirurgie thoracique, pneumologie
peau, cancer de la peau, mélanome, grain de beauté, eczéma, psoriasis, boutons > dermatologie
allergie, rhume des foins > allergologie
phlébite > médecine vasculaire
varices, veines > médecine vasculaire, chirurgie vasculaire
cerveau, tumeur cérébrale, tumeur au cerveau, gliome > neuro-oncologie, neurologie
migraine, épilepsie, nerfs > neurologie
enfant, bébé, nourrisson, adolescent > pédiatrie
cancer de l’enfant, oncopédiatrie, oncopédiatre > oncologie pédiatrique
leucémie, lymphome, myélome, maladie du sang, maladies du sang, anémie > hématologie
prise de sang, analyse de sang, bilan sanguin > biologie médicale, laboratoire de biologie, prélèvements
anapath, anapat, ana path, ACP > anatomie pathologique
IRM, scanner, radio, radiographie, échographie, TEP, PET scan, scintigraphie, radiologie > imagerie
rayons, séances de rayons, RT, radiothérapeute, curiethérapie > radiothérapie
ORL, nez, gorge, oreille, oto-rhino > oto-rhino-laryngologie
cœur, cardio > cardiologie
estomac, ventre, intestin, foie, colon > gastro-entérologie, chirurgie digestive
yeux, œil > ophtalmologie
os, articulations, rhumatisme > rhumatologie, orthopédie
utérus, col de l’utérus, ovaire, cancer de l’ovaire, cancer de l’utérus, règles > gynécologie
accouchement, grossesse, enceinte, sage-femme > maternité, obstétrique
psy, psychologue, assistante sociale, assistant social, aide sociale > soins de support
diététicienne, kiné, douleur, fatigue > soins de support
soins palliatifs, fin de vie > soins palliatifs, soins de support
patient étranger, étranger, étrangers, interprète, visa > accueil international
don, dons, donateur, donatrice, legs > mécénat
journaliste, presse, média > communication
""",
    "en": """
cancer, tumour, tumor > oncology
chemo, chemotherapy > medical oncology
breast cancer, mastectomy > breast care
mammogram, mammography > breast care, imaging
prostate, prostate cancer, bladder, bladder cancer, testicle, incontinence > urology
kidney, kidney cancer, kidney stones > urology, nephrology
pneumo, lung, asthma, cough, breathing, COPD > pneumology, respiratory medicine
pulmonology, lung medicine, chest medicine = pneumology, respiratory medicine
respiratory, respiratory medicine = pneumology
lung cancer > pneumology, respiratory medicine, thoracic surgery
chest > thoracic surgery, pneumology, respiratory medicine
skin, skin cancer, melanoma, mole, eczema, psoriasis, rash > dermatology
allergy, allergist, hay fever > allergology
varicose veins, veins, phlebitis > vascular
brain, brain tumour, brain tumor, brain cancer, glioma > onco-neurology, neurology
neuro-oncology = onco-neurology
migraine, epilepsy, nerves > neurology
child, children, kids, baby, teenager > paediatric, pediatric
paediatric = pediatric
childhood cancer > paediatric oncology, pediatric oncology
leukaemia, leukemia, lymphoma, myeloma, blood disease, blood diseases, anaemia, anemia > haematology
hematology = haematology
blood test, blood tests > medical biology, biology laboratory, phlebotomy
histology, biopsy laboratory > pathology
MRI, scan, CT scan, CT, x-ray, x-rays, xray, ultrasound, PET scan, radiology > imaging
radiation, radiation therapy, rays, RT, brachytherapy > radiotherapy, radiation therapy
ENT, nose, throat, ear > otolaryngology
heart, cardio > cardiology
stomach, bowel, liver, colon > gastroenterology, digestive surgery
eyes, eye > ophthalmology
bones, joints > rheumatology, orthopaedics
gynecology, gynaecology = gynaecological
womb, uterus, cervix, ovary, ovarian cancer, periods > gynaecological
pregnancy, birth, midwife > maternity, obstetrics
psychologist, social worker, social service, dietitian, physiotherapist, pain, tiredness > supportive care
palliative care, end of life > palliative care, supportive care
foreign patient, foreigner, abroad, overseas, interpreter, visa > international patients
donation, donor, donate, legacy > giving
journalist, press, media > communications
""",
}


def _seed_specialties(seeding: Seeding) -> None:
    chosen: dict[str, list[Specialty]] = {}
    for english, french, keys in _SPECIALTIES:
        specialty = Specialty(name={"en": english, "fr": french})
        specialty.full_clean(exclude=["slug"])
        specialty.save()
        for key in keys:
            chosen.setdefault(key, []).append(specialty)
    for key, specialties in chosen.items():
        page = DepartmentPage.objects.filter(
            translation_key=seeding.key(f"department:{key}"), locale__language_code="fr"
        ).first()
        if page:  # editors may have taken it away since
            page.specialties.set(specialties)
            seeding.publish(page)
