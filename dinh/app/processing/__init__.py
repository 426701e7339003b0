"""The register of processing, generated from what columns and events declare of themselves."""

from dinh.app.processing.contracts import Kept, Processing, Recorded
from dinh.app.processing.pages import routes, words_of
from dinh.app.processing.rules import summary
from dinh.app.processing.service import processing_of

__all__ = ["Kept", "Processing", "Recorded", "processing_of", "routes", "summary", "words_of"]
