"""The operator's page of told messages: what waits, what is dead, and what to do about it."""

from dinh.app.mail.pages import routes

__all__ = ["routes"]
