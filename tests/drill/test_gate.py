"""While the drill puts the shop to a test alone, nothing is posted by shoppers."""

from threading import Event, Thread

from smartcart.drill.gate import Gate
from tests.support.waiting import wait_for


def test_who_shuts_it_waits_for_who_is_within_and_keeps_the_others_out() -> None:
    gate, said = Gate(), []
    leave, shut, open_again = Event(), Event(), Event()

    def pass_first() -> None:
        with gate.passing():
            said.append("first within")
            leave.wait()
            said.append("first through")

    def shut_it() -> None:
        with gate.shut():
            said.append("shut")
            shut.set()
            open_again.wait()
            said.append("open")

    def pass_second() -> None:
        with gate.passing():
            said.append("second within")

    threads = [Thread(target=each) for each in (pass_first, shut_it, pass_second)]
    threads[0].start()
    wait_for(lambda: said == ["first within"])
    threads[1].start()
    leave.set()
    assert shut.wait(30)
    threads[2].start()
    open_again.set()
    for thread in threads:
        thread.join(30)
    assert said == ["first within", "first through", "shut", "open", "second within"]
