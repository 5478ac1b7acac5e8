from datetime import date
from decimal import Decimal

from django.db import migrations, models

# What finance may correct and add to (TaxRate). The rate of the tax on real-estate wealth is not among them: it is
# not what a donor is told unasked.
_RATES = [
    ("fr", "person", date(2005, 1, 1), Decimal(66), "20 % du revenu", "CGI, article 200, 1 (gifts within 20 % of the taxable income)"),
    ("fr", "company", date(2003, 1, 1), Decimal(60), "2 000 000 €", "CGI, article 238 bis (60 % up to 2 000 000 €, 40 % above)"),
]

# A receipt may be forgotten when the law lets it (its words and bytes emptied), but never rewritten or deleted.
_FUNCTION = """
CREATE FUNCTION donations_keep_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (NEW.issuer_id, NEW.year, NEW.number, NEW.regime, NEW.form, NEW.amount_minor, NEW.currency, NEW.language,
            NEW.issued_at, NEW.sha256, NEW.copy_sha256)
        IS DISTINCT FROM
           (OLD.issuer_id, OLD.year, OLD.number, OLD.regime, OLD.form, OLD.amount_minor, OLD.currency, OLD.language,
            OLD.issued_at, OLD.sha256, OLD.copy_sha256)
        OR (NEW.pdf <> OLD.pdf AND length(NEW.pdf) > 0)
        OR (NEW.copy_pdf <> OLD.copy_pdf AND length(NEW.copy_pdf) > 0)
        OR (NEW.snapshot <> OLD.snapshot AND NEW.snapshot <> '{}'::jsonb)
        OR (OLD.voided_at IS NOT NULL AND NEW.voided_at IS DISTINCT FROM OLD.voided_at)
    THEN
        RAISE EXCEPTION 'a receipt is voided and replaced, never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def add_rates(apps, schema_editor):
    rates = apps.get_model("donations", "TaxRate").objects
    for regime, kind, day, percent, condition, source in _RATES:
        rates.get_or_create(
            regime=regime,
            donor_kind=kind,
            valid_from=day,
            defaults={"percent": percent, "condition": condition, "source": source},
        )


class Migration(migrations.Migration):
    dependencies = [("donations", "0003_append_only")]

    operations = [
        migrations.AddField("receipt", "copy_pdf", models.BinaryField(default=b""), preserve_default=False),
        migrations.AddField("receipt", "copy_sha256", models.CharField(default="", max_length=64), preserve_default=False),
        migrations.RunSQL(_FUNCTION, "DROP FUNCTION donations_keep_receipt"),
        migrations.RunSQL(
            "CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON donations_receipt "
            "FOR EACH ROW EXECUTE FUNCTION donations_keep_receipt()",
            "DROP TRIGGER kept ON donations_receipt",
        ),
        migrations.RunSQL(
            "CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OF receipt_id, payment_id, amount_minor "
            "ON donations_receiptline FOR EACH ROW EXECUTE FUNCTION donations_refuse_change()",
            "DROP TRIGGER append_only ON donations_receiptline",
        ),
        migrations.RunPython(add_rates, migrations.RunPython.noop),
    ]
