# SPDX-License-Identifier: GPL-3.0-or-later
# A separate test program on top of localstripe, which is GPL-3.0-or-later. Nothing of Feldsher contains it or links to it.
"""A Stripe for tests, in memory: localstripe, and what the real one has besides.

Usage: stripe.py PORT_FILE. The port is the system's choice, on loopback; it is written to PORT_FILE once the
server listens. Added: idempotency keys, customer sessions, today's parameters, lists by time, declined test cards,
saving a method while paying, and the refusal of refunds beyond what was paid.
"""

import os
import socket
import sys

from aiohttp import web
from localstripe import resources as r
from localstripe.errors import UserError

r.Store.dump_to_disk = lambda self: None


def create_intent(cls, setup_future_usage=None, automatic_payment_methods=None, receipt_email=None, **data):
    intent = plain_create_intent(cls, **data)
    intent._saves = setup_future_usage is not None and intent.customer is not None
    return intent


def confirm_intent(id, payment_method=None, **data):
    intent = r.PaymentIntent._api_retrieve(id)
    if payment_method is not None and intent.status == "requires_payment_method":
        intent.payment_method = r.PaymentMethod._api_retrieve(payment_method).id
        intent.latest_charge = None
    return r.PaymentIntent._api_confirm(id, **data)


def paid(intent):
    if getattr(intent, "_saves", False):
        r.PaymentMethod._api_retrieve(intent.payment_method).customer = intent.customer
    plain_paid(intent)


def list_intents(cls, url, limit=None, starting_after=None, created=None):
    found = super(r.PaymentIntent, cls)._api_list_all(url, limit=limit, starting_after=starting_after)
    after, before = int((created or {}).get("gte", 0)), int((created or {}).get("lt", 1 << 40))
    found._list = [each for each in reversed(found._list) if after <= each.created < before]
    return found


plain_create_intent = r.PaymentIntent._api_create.__func__
r.PaymentIntent._api_create = classmethod(create_intent)
plain_paid = r.PaymentIntent._on_success
r.PaymentIntent._on_success = paid
r.PaymentIntent._api_list_all = classmethod(list_intents)
r.PaymentIntent.amount_received = property(lambda self: self.amount if self.status == "succeeded" else 0)


def create_refund(cls, payment_intent=None, amount=None, **data):
    charge = r.PaymentIntent._api_retrieve(payment_intent).latest_charge
    left = charge.amount - charge.amount_refunded if charge and charge.status == "succeeded" else 0
    if int(amount or left) > left or left == 0:
        code = {"code": "charge_already_refunded"} if charge and left == 0 else {}
        raise UserError(400, "Refund amount is greater than unrefunded amount on charge", code)
    return plain_create_refund(cls, payment_intent=payment_intent, amount=amount, **data)


def list_refunds(cls, url, payment_intent=None, **data):
    if payment_intent and r.PaymentIntent._api_retrieve(payment_intent).latest_charge is None:
        return r.List(url)
    return plain_list_refunds(cls, url, payment_intent=payment_intent, **data)


plain_create_refund = r.Refund._api_create.__func__
r.Refund._api_create = classmethod(create_refund)
plain_list_refunds = r.Refund._api_list_all.__func__
r.Refund._api_list_all = classmethod(list_refunds)


def list_methods(cls, url, type="card", **data):
    found = plain_list_methods(cls, url, type=type, **data)
    found._list.reverse()
    return found


def delete_customer(cls, id):
    for method in [each for each in r.store.values() if getattr(each, "customer", None) == id and each.object == "payment_method"]:
        method.customer = None
    return plain_delete_customer(cls, id)


plain_list_methods = r.PaymentMethod._api_list_all.__func__
r.PaymentMethod._api_list_all = classmethod(list_methods)
plain_delete_customer = r.Customer._api_delete.__func__
r.Customer._api_delete = classmethod(delete_customer)
declined = r.PaymentMethod._charging_is_declined
r.PaymentMethod._charging_is_declined = lambda self: declined(self) or self._attaching_is_declined()
r.extra_apis[:] = [(verb, url, confirm_intent if url.endswith("payment_intents/{id}/confirm") else call) for verb, url, call in r.extra_apis]

from localstripe import server  # noqa: E402 — it copies the list of calls when it is imported.

kept = {}  # by idempotency key: what was asked, and the answer


@web.middleware
async def idempotency(request, handler):
    key = request.headers.get("Idempotency-Key")
    if request.method != "POST" or key is None:
        return await handler(request)
    asked = (request.path, await request.read())
    first, answer = kept.get(key, (asked, None))
    if first != asked:
        return web.json_response({"error": {"type": "idempotency_error", "message": "the key was used otherwise"}}, status=400)
    if answer is None:
        try:
            response = await handler(request)
        except UserError as refusal:
            response = refusal.to_response()
        answer = (response.status, response.body)
        kept[key] = (asked, answer)
    return web.Response(status=answer[0], body=answer[1], content_type="application/json")


async def customer_session(request):
    asked = await server.get_post_data(request)
    r.Customer._api_retrieve(asked.get("customer"))
    if asked["components"]["mobile_payment_element"]["enabled"] != "true":
        raise UserError(400, "no component")
    secret = "cuss_secret_" + r.random_id(24)
    return server.json_response({"object": "customer_session", "client_secret": secret, "customer": asked["customer"]})


server.app.middlewares.append(idempotency)
server.app.router.add_post("/v1/customer_sessions", customer_session)
listener = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1] + ".part", "w") as file:
    file.write(str(listener.getsockname()[1]))
os.rename(sys.argv[1] + ".part", sys.argv[1])
web.run_app(server.app, sock=listener, access_log=None, print=None)
