"""Which demonstration content has been put in, so that it is never put in twice."""

from django.db import models


class AppliedSeed(models.Model):
    """One act of seeding that is done: what editors changed or removed since then stays as they left it."""

    name = models.CharField(max_length=100, unique=True)
    applied_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
