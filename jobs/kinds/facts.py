"""Every fact that a built-in job or connector hands to another, declared once with its formula.

A line of a sale is a *sale line* where quantity and price are above zero; what is cancelled, adjusted or
corrected is no sale. `day` of a fact is the shop's local day it speaks of. Money is never rounded here.
"""

from daemon.api import FactName

ORDERS = FactName("orders.count", "count", "distinct orders with at least one sale line placed on the day", "orders")
GROSS = FactName("orders.gross", "money", "sum of quantity x price over the sale lines of the day's orders", "gross")
FOREIGN_GROSS = FactName("orders.gross.foreign", "money", "gross of the day in one other currency; dimension currency")
UNITS = FactName("orders.units", "count", "sum of quantity over the sale lines of the day's orders", "units")
RETURNS = FactName("orders.returns", "money", "negated sum of quantity x price over the day's return lines", "returns")
CANCELLATIONS = FactName("orders.cancellations", "count", "distinct return documents of the day", "cancellations")
PRODUCT_UNITS = FactName("product.units", "count", "units of one product sold on the day; dimensions sku, title")
PRODUCT_GROSS = FactName("product.gross", "money", "gross of one product on the day; dimensions sku, title")

NIGHT_ORDERS = FactName("night.orders", "count", "orders placed since the night's window opened; dimensions from, to")
NIGHT_GROSS = FactName(
    "night.gross", "money", "gross of the orders placed since the night's window opened; same dimensions"
)
READY = FactName("orders.ready", "count", "open orders that can be packed now, at the moment of the run")
HELD = FactName("orders.held", "count", "open orders that wait for something, at the moment of the run")
LATE = FactName("orders.late", "count", "open orders past their ship-by time, at the moment of the run")
PICK = FactName("pick.quantity", "count", "pieces of one product to pick for the ready orders; dimensions sku, title")
PICK_FILE = FactName("pick.file", "path", "where the pick list was written as CSV")

STOCK = FactName("stock.level", "count", "pieces on hand of a product that is out or low; dimensions sku, title")
COVER = FactName(
    "stock.cover", "days", "pieces on hand / mean units sold a day over the look-back; dimensions sku, title"
)
STOCK_CHECKED = FactName("stock.checked", "count", "products whose stock was looked at")

SOURCE_FILE = FactName(
    "source.file", "json", "size, modification time, first and last moment of one export file; dimensions source, path"
)

BACKUP_AGE = FactName("backup.age", "seconds", "now minus the time of the newest copy; dimension connection")
BACKUP_SIZE = FactName("backup.size", "bytes", "size of the newest copy; dimension connection")
BACKUP_VERIFIED = FactName("backup.verified", "count", "files of the newest copy whose hash held; dimension connection")
