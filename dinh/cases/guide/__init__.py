"""What a service asks of people: its page, and the check-list of documents for one case."""

from dinh.cases.guide.contracts import DocumentLine, DocumentState
from dinh.cases.guide.pages import routes
from dinh.cases.guide.rules import documents_of, usual

__all__ = ["DocumentLine", "DocumentState", "documents_of", "routes", "usual"]
