"""What a service asks of people: its page, and the check-list of documents for one case."""

from dinh.cases.guide.contracts import DocumentLine
from dinh.cases.guide.pages import routes
from dinh.cases.guide.rules import documents_of, usual

__all__ = ["DocumentLine", "documents_of", "routes", "usual"]
