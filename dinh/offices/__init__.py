"""The agency's own house: agencies, units, posts, their holders and dated grants of authority."""

from dinh.offices.delegations import Delegation, lend, lent_by, revoke
from dinh.offices.delegations import new as new_delegation
from dinh.offices.directory import Agency, Directory, Unit, directory_of
from dinh.offices.posts import (
    Appointed,
    Holding,
    Post,
    PostTemplate,
    able,
    appoint,
    authority,
    holders_of_unit,
    may,
    open_agency_posts,
    open_posts,
    oversight,
    post_title,
    posts_of,
    responsible_post,
)  # fmt: skip

__all__ = [
    "Agency", "Appointed", "Delegation", "Directory", "Holding", "Post", "PostTemplate", "Unit", "able", "appoint", "authority", "directory_of",
    "holders_of_unit", "lend", "lent_by", "may", "new_delegation", "open_agency_posts", "open_posts", "oversight", "post_title", "posts_of", "responsible_post",
    "revoke",
]  # fmt: skip
