"""A name server on a port that the system chose: it knows the texts that it is given, and says so or keeps silent."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Thread

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from dns.resolver import Resolver

LONGEST_QUESTION = 4096


class NameServer:
    """`texts` are its TXT records by name. `is_silent` takes questions and answers none; `fails` answers SERVFAIL."""

    def __init__(self) -> None:
        self.texts: Mapping[str, list[str]] = {}
        self.is_silent = self.fails = False
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))

    def resolver(self) -> Resolver:
        """One that asks this server alone."""
        resolver = Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = self._socket.getsockname()[1]
        return resolver

    @contextmanager
    def running(self) -> Iterator["NameServer"]:
        thread = Thread(target=self._serve, daemon=True)
        thread.start()
        yield self
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._socket.getsockname())
        thread.join(20)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            wire, sender = self._socket.recvfrom(LONGEST_QUESTION)
            if not wire:
                return
            answer = self._answer(dns.message.from_wire(wire))
            if not self.is_silent:
                self._socket.sendto(answer.to_wire(), sender)

    def _answer(self, question: dns.message.Message) -> dns.message.Message:
        name = question.question[0].name.to_text(omit_final_dot=True).lower()
        self.asked.append(name)
        answer = dns.message.make_response(question, recursion_available=True)
        if self.fails:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name in self.texts:
            quoted = [_in_strings(text) for text in self.texts[name]]
            answer.answer = [dns.rrset.from_text_list(f"{name}.", 60, "IN", "TXT", quoted)]
        elif not any(known.endswith(f".{name}") for known in self.texts):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


def _in_strings(text: str) -> str:
    """A text of more than 255 characters stands in several strings (RFC 7208, section 3.3)."""
    return " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))
