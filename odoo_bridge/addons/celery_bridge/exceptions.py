"""What a method that runs as a job may raise to say more than that it failed."""

from odoo.exceptions import UserError


class RetryLater(UserError):
    """Not now: the job is tried again in ``seconds``, as often as it has attempts; nothing of it stays.

    Outside of a job it is an ordinary ``UserError``.
    """

    def __init__(self, message: str, seconds: float = 60.0) -> None:
        super().__init__(message)
        self.seconds = seconds
