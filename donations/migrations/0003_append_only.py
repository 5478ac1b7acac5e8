"""The ledger and the journal are added to, never changed: the database itself refuses."""

from django.db import migrations

# Who did a step may be forgotten with the account; nothing else of it changes.
_GUARDED = {
    "donations_ledgerentry": "UPDATE OR DELETE",
    "donations_journalentry": "DELETE OR UPDATE OF donation_id, pledge_id, at, what, detail, cause",
}

_FUNCTION = """
CREATE FUNCTION donations_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is added to, never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("donations", "0002_giving")]

    operations = [
        migrations.RunSQL(_FUNCTION, "DROP FUNCTION donations_refuse_change"),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER append_only BEFORE {acts} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION donations_refuse_change()",
                f"DROP TRIGGER append_only ON {table}",
            )
            for table, acts in _GUARDED.items()
        ),
    ]
