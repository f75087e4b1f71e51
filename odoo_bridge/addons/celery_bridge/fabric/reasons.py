"""Why a job failed, for people who ran none of it."""

import re

TYPED = re.compile(r"(\w+): (.*)", re.DOTALL)
SPOKEN = {
    "AccessRefused", "ConfigurationError", "InvalidParams", "OdooRejected", "Permanent", "RecordMissing",
    "StorageUnavailable", "TimeLimitExceeded",
}
"""Errors of the fabric whose text is for people (``odoo_bridge/errors.py``)."""
AWAY = {"OdooConflict", "OdooUnavailable", "AppliedUnknown", "AnswerUnreadable"}
LONGEST = 500


def in_words(env, error):
    """The error of a job as a person is told it: its text, or that it says nothing to them."""
    typed = TYPED.fullmatch((error or "").strip())
    if not typed:
        return (error or env._("Nobody knows why.")).strip()[:LONGEST]
    kind, text = typed.groups()
    if kind in SPOKEN:
        return text[:LONGEST]
    if kind in AWAY:
        return env._("Odoo did not answer in time, also when it was asked again.")
    # What Odoo itself refuses with comes as its bare text, which may have a colon as well.
    if not re.search(r"(Error|Exception|Exit|Interrupt)$", kind):
        return error.strip()[:LONGEST]
    return env._("An error in the program. Those who run it find it on the job's page.")
