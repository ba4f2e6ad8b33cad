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
CHECKOUTS = FactName("checkouts.abandoned", "count", "checkouts begun on the day and not finished when they were read")
CHECKOUTS_VALUE = FactName(
    "checkouts.value", "money", "sum of what stood in these checkouts, of one currency; dimension currency"
)
CUSTOMERS_NEW = FactName(
    "customers.new", "count", "distinct customers who bought on the day and on no counted day before"
)
CUSTOMERS_RETURNING = FactName(
    "customers.returning", "count", "distinct customers who bought on the day and on a counted day before"
)
CUSTOMERS_UNKNOWN = FactName("customers.unknown", "count", "orders of the day that name no customer and are in neither")
CUSTOMERS_SINCE = FactName("customers.since", "day", "the first day whose customers were counted: history begins there")
PRODUCT_UNITS = FactName("product.units", "count", "units of one product sold on the day; dimensions sku, title")
PRODUCT_GROSS = FactName("product.gross", "money", "gross of one product on the day; dimensions sku, title")

NIGHT_ORDERS = FactName("night.orders", "count", "orders placed since the night's window opened; dimensions from, to")
NIGHT_GROSS = FactName(
    "night.gross", "money", "gross of the orders placed since the night's window opened; same dimensions"
)
READY = FactName("orders.ready", "count", "open orders that can be packed now, at the moment of the run")
HELD = FactName("orders.held", "count", "open orders that wait for something, at the moment of the run")
LATE = FactName("orders.late", "count", "open orders past their ship-by time, at the moment of the run")
AT_RISK = FactName(
    "orders.risk", "count", "open orders that are not late and have one departure left, at the moment of the run"
)
BEHIND = FactName(
    "orders.behind", "count", "open orders whose batch lacks a step that is over, at the moment of the run"
)
RETURNS_OPEN = FactName(
    "returns.open", "count", "returns and cancelled orders that are not settled, at the moment of the run"
)
RETURNS_OWED = FactName(
    "returns.owed", "money", "what is known to be owed for those not settled, of one currency; dimension currency"
)
RETURNS_UNKNOWN = FactName("returns.unknown", "count", "those not settled of which the shop does not tell what is owed")
STEPS = FactName(
    "line.steps", "count", "steps of orders that one person confirmed on the day; dimensions person, state"
)
ERRORS = FactName(
    "line.errors", "count", "orders stopped by hand on the day after one person confirmed a step; dimension person"
)
SHIPPING_TIME = FactName(
    "line.shipping", "seconds", "median of shipped minus placed over the orders confirmed as shipped on the day"
)
SHIPPED_LATE = FactName("line.late", "count", "those of them that were shipped after their ship-by time")
HANDED = FactName(
    "orders.handed", "hash", "the lines of one order as they were handed over, as a hash; dimensions to, order"
)
PICK = FactName("pick.quantity", "count", "pieces of one product to pick for the ready orders; dimensions sku, title")
PICK_FILE = FactName("pick.file", "path", "where the pick list was written as CSV")
SHEETS = FactName(
    "paper.sheets", "count", "sheets that wait or were done in the last 20 hours, at the end of a run; dimension state"
)

STOCK = FactName("stock.level", "count", "pieces on hand of a product that is out or low; dimensions sku, title")
COVER = FactName(
    "stock.cover", "days", "pieces on hand / mean units sold a day over the look-back; dimensions sku, title"
)
STOCK_CHECKED = FactName("stock.checked", "count", "products whose stock was looked at")

ENQUIRIES_OPEN = FactName("enquiries.open", "count", "enquiries that nobody has answered, at the moment of the run")
ENQUIRY_AGE = FactName(
    "enquiries.age", "seconds", "now minus the arrival of one unanswered enquiry; dimensions id, subject"
)

SOURCE_FILE = FactName(
    "source.file", "json", "size, modification time, first and last moment of one export file; dimensions source, path"
)

BACKUP_AGE = FactName("backup.age", "seconds", "now minus the time of the newest copy; dimension connection")
BACKUP_SIZE = FactName("backup.size", "bytes", "size of the newest copy; dimension connection")
BACKUP_VERIFIED = FactName(
    "backup.verified",
    "count",
    "files of the newest copy that were read back whole (by hash, or to their proper end); dimension connection",
)
BACKUP_UNREAD = FactName("backup.unread", "count", "those of it that a limit left unread; dimension connection")
BACKUP_VERDICT = FactName(
    "backup.verdict",
    "words",
    "ok, warn, fail or unknown: the worst of a place's checks; then the checks that are not well; dimension connection",
)
BACKUP_AWAITED = FactName(
    "backup.awaited", "moment", "when the second look after this one is over; silent from then on; dimension connection"
)
BACKUP_RPO = FactName(
    "backup.rpo",
    "seconds",
    "now minus the time of the newest copy that was read whole or restored; dimension connection or group",
)
BACKUP_RTO = FactName(
    "backup.rto",
    "seconds",
    "size of the newest copy / pace of the last restore + what is done by hand; dimension connection or group",
)
BACKUP_RESTORE = FactName(
    "backup.restore.seconds", "seconds", "how long the last restore took that went well; dimension connection"
)
BACKUP_RESTORED = FactName("backup.restore.bytes", "bytes", "how much that restore brought back; dimension connection")
BACKUP_COPIES = FactName(
    "backup.copies",
    "count",
    "copies of a group that are fresh and not doubted, the live data among them; dimension group",
)
BACKUP_MEDIA = FactName("backup.media", "count", "distinct media that these lie on; dimension group")
BACKUP_OFFSITE = FactName("backup.offsite", "count", "those of them that are off-site; dimension group")
BACKUP_IMMUTABLE = FactName(
    "backup.immutable", "word", "verified, declared or none: the best that is known of one of them; dimension group"
)
