"""Posts, who holds them and what they may do, all by date."""

from dinh.offices.posts.contracts import Appointed, Grant, Holding, Post, PostFile, PostTemplate
from dinh.offices.posts.service import (
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
    "Appointed", "Grant", "Holding", "Post", "PostFile", "PostTemplate", "able", "appoint", "authority", "holders_of_unit", "may", "open_agency_posts", "open_posts",
    "oversight", "post_title", "posts_of", "responsible_post",
]  # fmt: skip
