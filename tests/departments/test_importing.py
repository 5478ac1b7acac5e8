"""Importing files into the directory."""

import io

import pytest

from departments import importing
from departments.importing import Options
from departments.models import ContactLine
from tests import factories

pytestmark = pytest.mark.django_db


def test_smoke():
    house = factories.institute()
    hospital = factories.hospital(house, switchboard="01 99 00 00 00")
    factories.department(house, "Hématologie", at=hospital, number="01 99 00 10 10")
    file = io.BytesIO("Service;Objet;Téléphone\nHématologie;;01 99 00 20 20\nInconnu;;01 99 00 20 21\n".encode())
    columns = importing.propose_mapping(file).columns
    print(columns)
    plan = importing.Plan(file, Options(columns)).prepare()
    for steps in plan.steps():
        for s in steps:
            print(s, s.differences)
    run = importing.apply(file, Options(columns), None, "x.csv")
    print(run.counts)
    importing.undo(run, None)
    from departments.exporting import export

    f = io.BytesIO()
    export(f, "csv")
    print(f.getvalue().decode()[:1500])
    m = importing.propose_mapping(f)
    p2 = importing.Plan(f, Options(m.columns)).prepare()
    for steps in p2.steps():
        for s in steps:
            if s.outcome != "unchanged":
                print(s.outcome, s.reasons, s.name, s.differences)
    print(p2.counts)
    assert 0
