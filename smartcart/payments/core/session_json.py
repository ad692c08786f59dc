"""A payment session as programs are shown it: by the API, and in each event for a merchant's own systems."""

from datetime import datetime
from typing import Any

from smartcart.gateways.protocol import Gateway
from smartcart.moments import isoformat
from smartcart.payments.core import hold_copy
from smartcart.payments.core.gateway_accounts import may_be_here
from smartcart.payments.core.interruptions import INTERRUPTIONS
from smartcart.payments.core.session_facts import ShownFacts
from smartcart.rules.payment_states import AT_REST


def of_session(session: ShownFacts, now: datetime, gateway: Gateway) -> dict[str, Any]:
    """The session as the contract lists it; `gateway` is what the shop works with now."""
    return {
        "id": session.id,
        "status": session.state,
        "money": session.money,
        "order": session.order_reference,
        "user": session.owner,
        "amount": session.amount,
        "currency": session.currency,
        "description": session.description,
        "metadata": session.merchant_data,
        "attempts": session.attempts,
        "max_attempts": session.max_attempts,
        "can_retry": _can_retry(session, now, gateway),
        "retry_at": isoformat(session.retry_at),
        "cancelling": session.cancelling,
        "action_url": session.action_url or None,
        "version": session.version,
        "created_at": isoformat(session.created_at),
        "expires_at": isoformat(session.expires_at),
        "expired": session.expired(now),
        "interruption": _interruption(session),
        "advice": session.advice,
        "not_before": isoformat(session.not_before),
        "refunded": session.refunded,
        "refund_pending": session.refund_pending,
        "refund_failed": session.refund_failed,
        "disputed": session.disputed_at is not None,
        "dispute": session.dispute,
        "refund_wanted_at": isoformat(session.refund_wanted_at),
        "released": _released(session),
        "pay_url": session.pay_url,
    }


def _can_retry(session: ShownFacts, now: datetime, gateway: Gateway) -> bool:
    """Whether another attempt may begin now."""
    is_here = session.attempts == 0 or may_be_here(gateway, session.gateway, session.account)
    is_open = session.state in AT_REST and not session.expired(now) and not session.cancelling
    return is_open and session.attempts < session.max_attempts and is_here


def _interruption(session: ShownFacts) -> dict[str, Any] | None:
    if session.interruption is None:
        return None
    message = INTERRUPTIONS[session.interruption]
    return {"kind": session.interruption, "at": isoformat(session.interrupted_at), "message": message}


def _released(session: ShownFacts) -> dict[str, Any] | None:
    """That a sum was set aside and is so no more."""
    if session.released_at is None:
        return None
    return {"at": isoformat(session.released_at), "message": hold_copy.RELEASED}
