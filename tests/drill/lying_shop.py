"""The shop with a defect: `smartcart`, but of money that was taken it says that it was not. Run by tests."""

from smartcart.drill.wrong_clock import set_clock

if __name__ == "__main__":
    set_clock()  # as every shop of a drill, before anything reads it: letters wait for minutes
    from smartcart.commands import main
    from smartcart.payments.page.copy import HEADINGS
    from smartcart.rules.payment_states import MONEY, Money, State

    MONEY[State.COMPLETED] = Money.NOT_TAKEN
    HEADINGS[State.COMPLETED] = HEADINGS[State.INTERRUPTED]
    main()
