"""What a person is told, made from the spine's events."""

from dinh.notices.inbox.contracts import Notice, NoticesRead
from dinh.notices.inbox.pages import routes
from dinh.notices.inbox.service import forget, notice_of, read_spine, unread, words_of

__all__ = ["Notice", "NoticesRead", "forget", "notice_of", "read_spine", "routes", "unread", "words_of"]
