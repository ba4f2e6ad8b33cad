"""What the owner says about an issue: its words, and when there is enough for one."""

from datetime import timedelta

from pydantic import Field

from daemon.api import Duration, Options


class Headings(Options):
    """What stands above each part, in the language of the readers."""

    new: str = Field("New in the shop", description="Above the new products.")
    back: str = Field("Back in stock", description="Above what was out of stock.")
    best: str = Field("Most loved", description="Above the best sellers.")


class NewsletterOptions(Options):
    """What an issue looks like and when there is enough for one."""

    subject: str = Field("News from {shop}", description="The subject; {shop} and {week} are filled in.")
    intro: str = Field("", description="What stands before the products.")
    closing: str = Field("", description="What stands after them, such as the address and how to unsubscribe.")
    headings: Headings = Field(Headings(), description="What stands above each part.")
    product_url: str = Field(
        "", pattern=r"^(https?://\S*\{sku\}\S*)?$", description="Address of a product's page, {sku} filled in."
    )
    days: int = Field(7, ge=1, le=92, description="How many days back counts as new, back in stock and sold.")
    new: int = Field(6, ge=0, le=50, description="How many new products at most.")
    back: int = Field(4, ge=0, le=50, description="How many products that are back in stock at most.")
    best: int = Field(4, ge=0, le=50, description="How many best sellers at most.")
    min_items: int = Field(3, ge=1, description="With fewer products in all there is no issue.")
    no_repeat: int = Field(4, ge=0, le=52, description="For how many issues a product is not shown again.")
    expires: Duration = Field(timedelta(days=6), description="How long a draft waits for approval.")
