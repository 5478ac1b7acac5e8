"""The stamp of the content: another one after every change that many pages show."""

import uuid

from django.db import models


class ContentStamp(models.Model):
    """One row. Processes keep what they remember of the content for as long as its value stays the same."""

    value = models.UUIDField(default=uuid.uuid4)

    def __str__(self) -> str:
        return str(self.value)
