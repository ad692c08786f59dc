"""What shoppers and programs are told once a sum that was set aside is so no more."""

# So long a line may stay on a statement of the bank's after nothing is behind it any more:
# https://support.stripe.com/questions/unexpected-1-00-charge-on-customers-bank-statement.
RELEASED = (
    "The sum is no longer set aside. Your bank may show it for some days more, up to 10 business days; that takes no"
    " money."
)
