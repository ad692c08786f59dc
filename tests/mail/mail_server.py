"""A real mail server that misbehaves on command, on a port that the system chose."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Event, Thread
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

USER, PASSWORD = "shop", "a password for letters"


@dataclass
class MailServer:
    """What it took is in `taken`, once for each last dot that came. `certificate` is of whom to trust."""

    rcpt: list[str] = field(default_factory=list)  # what is answered to receivers, one after the other; then 250
    data: list[str] = field(default_factory=list)  # the same after the last dot; "die" takes the letter and hangs up
    before_answer: Callable[[], object] = lambda: None  # called after the last dot
    has_tls: bool = False
    drops_tls: bool = False
    wants_login: bool = False
    host: str = "127.0.0.1"
    taken: list[bytes] = field(default_factory=list)
    connections: int = 0

    def start(self, folder: Path) -> None:
        authority = trustme.CA()
        self.certificate = folder / "authority.pem"
        authority.cert_pem.write_to_path(self.certificate)
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost").configure_cert(self._context)
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._socket = socket.create_server((self.host, 0), family=family)
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        started = Event()
        self._thread = Thread(target=self._serve, args=[started], daemon=True)
        self._thread.start()
        assert started.wait(20)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)

    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(each, policy=policy.default) for each in self.taken]

    def _serve(self, started: Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(self._loop.create_server(self._session, sock=self._socket))
        started.set()
        self._loop.run_forever()
        self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _session(self) -> SMTP:
        self.connections += 1
        return _Obedient(
            self,
            hostname="localhost",
            tls_context=self._context if self.has_tls else None,
            require_starttls=self.has_tls,
            auth_required=self.wants_login,
            authenticator=lambda *given: AuthResult(
                success=(given[4].login, given[4].password) == LOGIN,
                handled=False,  # so that it says so
            ),
            loop=self._loop,
        )

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's own name for it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt:
            return self.rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content
        assert content is not None
        answer = self.data.pop(0) if self.data else "250 OK"
        if answer == "die" or answer.startswith("2"):
            self.taken.append(content)
        await self._loop.run_in_executor(None, self.before_answer)
        if answer == "die":
            server.transport.abort()
        return answer


@contextmanager
def nobody() -> Iterator[int]:
    """A port at which nobody answers: it is taken, so that nobody else can, and not listened at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


LOGIN = (USER.encode(), PASSWORD.encode())


class _Obedient(SMTP):
    def __init__(self, orders: MailServer, **options: Any) -> None:
        super().__init__(orders, **options)
        self._orders = orders

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        if self._orders.drops_tls:
            self.transport.abort()
            return
        await super().smtp_STARTTLS(arg)
