"""What the owner says about the paper of the orders: which sheets each gets, and what stands on them."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from daemon.api import Options

DocumentName = Literal["pick-list", "slip", "address", "label"]
Profile = Literal["dhl", "gls", "dpd", "generic"]
CellName = Literal["order", "orders", "name", "street", "house", "postcode", "city", "country", "carrier", "grams", ""]


def _with_order(pattern: str) -> str:
    if pattern.count("{order}") != 1 or "/" in pattern:
        raise ValueError("the name of a label holds {order} once and no folder, such as {order}*.pdf")
    return pattern


class LabelOptions(Options):
    """Where the carrier's labels lie that were bought elsewhere, one PDF a parcel."""

    folder: Path = Field(description="The folder of the labels.")
    name: Annotated[str, AfterValidator(_with_order)] = Field(
        "{order}*.pdf", description="How they are called; {order} is the order's number, `*` stands for anything."
    )


class ImportOptions(Options):
    """A CSV file for each wave by which the carrier's own program buys the labels."""

    carrier: str = Field(min_length=1, max_length=80, description="The way of shipping as the shop calls it.")
    profile: Profile = Field("generic", description="Whose program reads the file: dhl, gls or dpd; else generic.")
    folder: Path = Field(description="The folder that the files are written to.")
    columns: dict[str, CellName] = Field(
        {}, description="Columns of your own instead of the profile's: the head of each and what stands in it."
    )
    product: str = Field("", max_length=40, description="The carrier's product, where its file names one.")


class PaperOptions(Options):
    """Which sheets the orders to be picked get; none unless `documents` names some."""

    documents: tuple[DocumentName, ...] = Field((), description="Of: pick-list, slip, address, label.")
    prices: bool = Field(True, description="Whether slips show prices; that of a present never does.")
    sender: tuple[str, ...] = Field((), max_length=6, description="The lines of your address, below the shop's name.")
    labels: LabelOptions | None = Field(None, description="Where bought labels lie; needed for the document label.")
    import_files: tuple[ImportOptions, ...] = Field((), description="Files for the carriers' own programs.")

    @model_validator(mode="after")
    def _labels_lie_somewhere(self) -> Self:
        if "label" in self.documents and self.labels is None:
            raise ValueError("the document label needs to know where the labels lie: set `labels: {folder: …}`")
        return self

    @model_validator(mode="after")
    def _remembered(self) -> Self:
        if self.made and not {"slip", "address", "label"} & set(self.documents):
            raise ValueError(
                "a pick list and import files go with slip, address or label: these tell what is made already"
            )
        return self

    @property
    def made(self) -> bool:
        """Whether anything is to be made at all."""
        return bool(self.documents or self.import_files)
