"""The agency's own house: agencies, units, posts, their holders and dated grants of authority."""

from dinh.offices.directory import Agency, Directory, Unit, directory_of
from dinh.offices.posts import Appointed, Holding, Post, PostTemplate, appoint, holders_of_unit, may, open_posts, post_title, posts_of

__all__ = [
    "Agency", "Appointed", "Directory", "Holding", "Post", "PostTemplate", "Unit",
    "appoint", "directory_of", "holders_of_unit", "may", "open_posts", "post_title", "posts_of",
]  # fmt: skip
