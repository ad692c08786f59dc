"""What each figure means: shown beside it on the page, and told with the JSON."""

DAYS = (
    "A day is one of the shop's time zone, from midnight to midnight; a week begins on Monday (ISO 8601)."
    " Everything is counted from the audit trail, and can be counted again: smartcart analytics --recount."
)
DEFINITIONS = {
    "rescued": (
        "A payment is rescued when something that came in between is on record of it, from before it was"
        " paid, and it was paid all the same. It counts on the day on which it was paid. A decline is no"
        " interruption, and a question to the gateway that found no answer is none. What is given back counts"
        " no more: money rescued is what of these payments the shop still has, and a payment that went back as"
        " a whole, or is to because nothing could be delivered, is not rescued, on whichever day that turns"
        " out. Interrupted payments count on the day of their first interruption, whatever became of them."
    ),
    "interrupted": "Interrupted payments by what came in between first, whatever became of them.",
    "rescued_from": "Rescued payments by what came in between first, if several things did.",
    "rescued_by": (
        "Rescued payments by what came last between the last interruption and the money. If the attempt that"
        " was interrupted turned out to be paid, it went on by itself where the gateway's own answer came"
        " after all, and else it was the reconciler's work, or that of a look, a webhook or a letter that"
        " asked the gateway. If another attempt was paid, that is an automatic retry, or one by a link of a"
        " recovery mail, or a retry by hand: by the shopper on any device, or by a merchant's program. A retry"
        " by hand counts as more time if the shopper had asked for that since the first interruption."
    ),
    "way": (
        "How far the payments came that were opened in this period, up to now. Tried: Pay was pressed. At the"
        " gateway: an attempt may have arrived there; those that provably did not, or were taken back before,"
        " do not count. Paid: the money was taken; a sum that is only set aside is not. Still open: it has not"
        " ended yet."
    ),
    "lost": ("Payments that were opened in this period and have come to one step and not to the next, so far."),
    "paid": ("Payments of which the money was taken in this period, and how much that was, before anything went back."),
    "time_to_pay": (
        "From opening to the moment at which it was known that the money was taken, of payments that were"
        " paid in this period. Half took no longer than the median, 90 and 99 of 100 no longer than p90 and"
        " p99 (nearest rank). Times are counted in tenths of a second, rounded down to two digits."
    ),
    "time_to_truth": (
        "From pressing Pay to the moment at which it was known what that had done: paid, declined, nothing"
        " taken, or set aside. Of each attempt that was decided in this period; told like the time to pay."
    ),
    "attempts": "The number of the attempt that was paid, of payments that were paid in this period.",
    "declines": "Attempts that a bank declined in this period, by the gateway's word for the reason.",
    "refunds": (
        "Refunds that were made in this period, by the shop or at the gateway, less those that came back in"
        " it; and their sums. What a bank took by a dispute stands there."
    ),
    "disputes": (
        "Payments of which a bank first asked for the money in this period, also if it only inquired; and"
        " what banks took by disputes that were lost in it, less what came back because they were won after"
        " all. Losses from before the trail told them apart count as refunds."
    ),
    "method": (
        "Payments that were paid in this period by what the paid attempt was paid with. Any single card is card."
    ),
    "currency": (
        "Payments that were paid in this period by their currency. Sums of different currencies are never added."
    ),
    "device": (
        "Payments that were paid in this period by the kind of device at which Pay was pressed last, as its"
        " browser says. An iPad may call itself a computer. Nothing else that a browser says of itself is"
        " kept."
    ),
}
