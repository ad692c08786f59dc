"""An owner's drill as a process of its own: it plays a copy of the shop, and ends and cleans up with who started it."""

import re
import socket
from pathlib import Path

import pytest

from smartcart.config import files
from smartcart.database.scratch import scratch_database
from smartcart.drill import apart
from smartcart.drill.catalogue import STOCK, Catalogue
from smartcart.drill.receiver import Receiver
from tests.drill.starting import SENT, TO_GERMANY, Drill, databases_of_drills
from tests.support.databases import ON_SQLITE
from tests.support.postgresql import PostgreSQL
from tests.support.waiting import wait_for


def test_a_scenario_is_played_with_what_the_shop_sells_and_keeps_every_promise(tmp_path: Path) -> None:
    drill = Drill(tmp_path, "lost_reply")
    *said, last = drill.said()
    assert drill.end() == 0
    played, afterwards = last["result"]
    assert (played["name"], played["passed"], afterwards["passed"]) == ("lost_reply", True, True), last
    assert played["happened"] >= 3
    assert [payment["charges"] for payment in played["payments"]] == [1, 1, 1]
    steps = list(dict.fromkeys(line["step"] for line in said if line))
    assert steps == ["opening", "lost_reply", "time_passes", "reading"]
    assert list(tmp_path.iterdir()) == []


def test_at_postgresql_each_letter_comes_once_when_the_mail_server_is_back(
    tmp_path: Path, postgresql: PostgreSQL
) -> None:
    with scratch_database(postgresql.url("postgres")) as database:
        drill = Drill(tmp_path, "mail_down", database=database)
        *_, last = drill.said()
        assert drill.end() == 0
        played, afterwards = last["result"]
        assert (played["name"], played["passed"], afterwards["passed"]) == ("mail_down", True, True), last
        assert played["happened"] == 2
        [judged] = [check["judged"] for check in played["checks"] if check["promise"] == "true_letters"]
        [name] = databases_of_drills(postgresql)
        fates = postgresql.rows("select fate, count(*) from outbox group by fate", database=name)
        assert fates == [("delivered", judged)]
    assert databases_of_drills(postgresql) == set()


def test_it_ends_with_who_started_it_and_leaves_nothing_behind(tmp_path: Path) -> None:
    drill = Drill(tmp_path, "double_press")
    next(line for line in drill.said() if line.get("step") == "double_press")
    port = port_of_the_copy(tmp_path)
    assert drill.end() == 2
    assert list(tmp_path.iterdir()) == []
    wait_for(lambda: not answers(port))


def test_a_drill_that_is_killed_takes_its_shop_along(tmp_path: Path) -> None:
    drill = Drill(tmp_path, "double_press")
    next(line for line in drill.said() if line.get("step") == "double_press")
    port = port_of_the_copy(tmp_path)
    drill.process.kill()
    drill.end()
    wait_for(lambda: not answers(port))


def port_of_the_copy(folder: Path) -> int:
    [log] = folder.glob("smartcart-drill-*/web-1.log")
    return int(re.findall(r"http://127.0.0.1:(\d+)", log.read_text())[-1])


def answers(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def test_the_settings_of_the_shop_in_a_file_are_not_the_copys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "read_env", files.read_env)  # which is put back afterwards
    (tmp_path / ".env").write_text("SMARTCART_SMTP_HOST=mail.example.com\n")
    assert files.read_env(tmp_path / ".env") != {}
    apart.begin()
    assert files.read_env(tmp_path / ".env") == {}


def takes_all(price: int, currency: str) -> bool:
    return False


def test_what_is_sent_is_ordered_with_an_address_and_the_price_that_was_shown() -> None:
    [goods] = Catalogue([SENT], [TO_GERMANY]).goods(takes_all)
    assert goods.slug == "teapot"
    assert (goods.address["country"], goods.address["prices"]) == ("DE", "DE:490")


def test_what_is_sent_nowhere_is_not_ordered() -> None:
    [goods] = Catalogue([SENT], []).goods(takes_all)
    assert (goods.slug, goods.address) == ("drill", {})


def test_what_the_gateway_refuses_is_not_ordered() -> None:
    [goods] = Catalogue([SENT], [TO_GERMANY]).goods(lambda price, currency: price > 5000 and currency == "EUR")
    assert goods.slug == "drill"


@ON_SQLITE
def test_a_shop_with_nothing_on_sale_is_drilled_with_a_sample(database: str) -> None:
    assert Catalogue([], []).fill(database) == STOCK


def test_the_merchants_system_loses_the_first_delivery_and_takes_none_with_another_signature() -> None:
    receiver = Receiver("http://127.0.0.1/events", secret="whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0")
    assert receiver.take("evt_1", "1700000000", "v1,no", '{"id": "evt_1"}') == 503
    assert receiver.take("evt_1", "1700000000", "v1,no", '{"id": "evt_1"}') == 204
    assert (receiver.lost, receiver.taken, receiver.received) == ({"evt_1"}, {"evt_1"}, set())
