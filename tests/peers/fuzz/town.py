"""A town to fuzz: a clinic, its staff, patients with bookings and documents, and one who was erased. Its names are those
that `tests/it/doors.toml` uses in its paths and bodies."""

import base64
import hashlib
import hmac
import json
import struct
import re
import time
import uuid
import zlib

import requests

PASSWORD = "корова прыгает 7"
# Synthetic: a SNILS of an unissued range and an OMS policy, both with right check digits.
SNILS, OMS = "910-001-022 99", "9900490310944140"
SURNAME, COMPLAINT = "Жертвин", "стреляет в ухе"
PDF = b"%PDF-1.4\n" + b"x" * 2000 + b"\n%%EOF\n"
# One white pixel.
PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    for kind, body in (
        (b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress((b"\0" + b"\xff" * 8) * 8)), (b"IEND", b""),
    )
)
SLOTS = 300
DECLARED = 12
# How often an operation can be tried with success that ends a session or an account.
APART = 8


class Town:
    def __init__(self, server):
        self.server, self.http, self.ahead_s = server, requests.Session(), 0
        self.phones = 0
        # Of all these nothing may stand in a log.
        self.secrets = [SNILS, SNILS.replace("-", "").replace(" ", ""), OMS, SURNAME, COMPLAINT, PASSWORD]
        self.tokens, self.names, self.apart = {}, {}, {}
        # The claim first: its token lives for half an hour, and an erasure takes a fortnight.
        secret = self.claim()
        visitor, booking = self.visit(secret)
        self.erase_somebody()
        self.rate(visitor, booking)
        self.tokens["administrator"] = self.sign_in("admin", secret)
        self.hire(self.tokens["administrator"])
        self.move_in()
        self.ask_support()
        self.come_to_the_desk()
        self.live()
        self.wait_for_times()
        self.demand()
        self.share()
        self.be_watched()
        self.keep_records()
        self.prepare_endings()

    # ---- Who and what there is ------------------------------------------------------------------------------------

    def erase_somebody(self):
        gone = self.patient()
        self.upload(gone)
        self.names["gone"] = [self.call("GET", "/v1/me", gone)["id"]]
        self.names["number"] = [self.call("DELETE", "/v1/me", gone, expect=202)["recordNumber"]]
        self.later(days=15)

    def visit(self, secret):
        """A patient's visit, which is over once the erasure is."""
        admin = self.sign_in("admin", secret)
        clinic, service = self.clinic(admin)
        doctor, _ = self.doctor(admin, clinic, "visited", "Пётр Лекарев")
        phone = self.phone()
        visitor = self.patient(phone)
        path = f"/v1/doctors/{doctor}/slots?from={self.day(1)}&to={self.day(3)}&serviceId={service}"
        booking = self.call("POST", "/v1/bookings", visitor, {
            "doctorId": doctor, "serviceId": service, "startsAt": self.call("GET", path)["items"][0]["startsAt"],
        }, expect=201)["id"]
        return phone, booking

    def rate(self, phone, booking):
        visitor = self.tokens_by_code(phone)["accessToken"]
        given = self.call("POST", f"/v1/bookings/{booking}/feedback", visitor, {"rating": 4, "text": COMPLAINT}, expect=201)
        self.names["feedback"] = [given["id"]]

    def claim(self):
        enrolment = self.call("POST", "/v1/installation/claim", body={
            "token": self.server.claim_token(), "login": "admin", "name": "Анна Админова", "password": PASSWORD,
        }, expect=201)
        self.secrets += ["Анна Админова", enrolment["totpSecret"]]
        return enrolment["totpSecret"]

    def hire(self, admin):
        clinic, service = self.clinic(admin)
        paid = self.call("POST", "/v1/staff/services", admin, {
            "clinicId": clinic, "names": everywhere("Платный приём"), "durationMinutes": 15,
            "price": {"amount": 150_000, "currency": "RUB"},
        }, expect=201)["id"]
        self.names |= {"clinic": [clinic], "service": [service], "paidService": [paid], "doctorId": []}
        for login, name in (("cardiologist", "Айгерим Ёлкина"), ("neurologist", "Нино Квирикашвили")):
            doctor, issued = self.doctor(admin, clinic, login, name)
            self.names["doctorId"].append(doctor)
            self.tokens.setdefault("doctor", self.first_sign_in(login, issued))
        # The hours that the fuzzer writes are those of the second doctor.
        self.names["doctorId"] = self.names["doctorId"][:1]
        ahead = [self.call("POST", f"/v1/staff/doctors/{doctor}/hours-exceptions", admin, {
            "change": "dayOff", "from": self.day(300 + days),
        }, expect=201)["id"] for days in range(4)]
        closed = [self.call("POST", f"/v1/staff/clinics/{clinic}/closures", admin, {
            "startsAt": f"{self.day(300 + days)}T00:00:00Z", "endsAt": f"{self.day(300 + days)}T01:00:00Z", "room": "98",
        }, expect=201)["id"] for days in range(4)]
        self.names |= {"hoursException": ahead, "closure": closed, "dayAhead": [self.day(400)]}
        self.tokens["reception"] = self.staff("reception", "desk", clinicIds=[clinic])
        self.tokens["officer"] = self.staff("officer", "officer")
        # What is changed and closed by chance is not where the others work.
        spare, service = self.clinic(admin)
        machine = {"clinicId": spare, "kind": "ultrasound", "names": everywhere("Аппарат")}
        self.names |= {
            "spareClinic": [spare], "spareService": [service], "spareDoctor": [self.doctor(admin, spare, "reserve", "Запасной Врач")[0]],
            "machine": [self.call("POST", "/v1/staff/equipment", admin, machine, expect=201)["id"]],
        }
        words = everywhere("Осень")
        self.names["campaign"] = [self.call("POST", "/v1/staff/campaigns", admin, {
            "channel": "sms", "purpose": "own", "title": words, "body": words,
        }, expect=201)["id"]]
        self.tokens["support"] = self.staff("support", "support")
        spare = {"role": "support", "login": "spare", "name": "Запасной Сотрудник"}
        self.names["spare"] = [self.call("POST", "/v1/staff/accounts", admin, spare, expect=201)["id"]]
        invitation = self.call("POST", f"/v1/staff/accounts/{self.names['spare'][0]}/invitation", admin, expect=201)
        redeemed = {"token": invitation["token"], "newPassword": PASSWORD}
        self.secrets.append(self.call("POST", "/v1/staff/invitations/redeem", body=redeemed)["totpSecret"])

    def move_in(self):
        phone = self.phone()
        victim = self.tokens["patient"] = self.patient(phone)
        self.call("PUT", "/v1/me/profile", victim, {
            "surname": SURNAME, "givenName": "Пётр", "birthDate": "1980-05-01", "sex": "male",
            "identifiers": [{"system": "snils", "value": SNILS}, {"system": "oms", "value": OMS}],
        })
        slots = self.slots()
        book = lambda: self.call("POST", "/v1/bookings", victim, {
            "doctorId": self.names["doctorId"][0], "serviceId": self.names["service"][0], "startsAt": slots.pop(0),
            "complaint": COMPLAINT,
        }, expect=201)["id"]
        declare = lambda: self.declare(victim)
        self.names |= {
            "booking": [book()], "cancelled": [book() for _ in range(4)], "slot": slots,
            "document": [self.upload(victim)], "declared": [declare() for _ in range(DECLARED)],
            "dropped": [declare() for _ in range(DECLARED)], "victim": [self.call("GET", "/v1/me", victim)["id"]],
        }
        self.stand_at_the_desk()
        self.insure(victim)
        self.talk(victim)
        self.spend(victim, slots)
        self.carry_a_phone(victim)
        self.represent(victim, phone)
        self.names["phone"] = [phone]
        self.names["surname"] = [SURNAME]
        for consent in ("telemetry", "marketing.own.sms"):
            self.call("PUT", f"/v1/me/consents/{consent}", victim)
        # The fuzzer withdraws the consent again, and an hour takes sixty batches.
        self.call("POST", "/v1/telemetry", victim, {
            "platform": "ios", "appVersion": "3.2.1", "events": [{"name": "appStart", "at": "2026-11-01T00:00:00Z"}],
        }, expect=202)
        policy = self.call("GET", "/v1/policies/current")
        self.names |= {"version": [policy["version"]], "hash": [policy["textHash"]], "language": [policy["language"]]}
        self.add_address(victim)
        self.come_for_recovery()
        pair = self.tokens_by_code(phone)
        self.names["refresh"] = [pair["refreshToken"]]

    def add_address(self, victim):
        """A code that the victim has asked to an e-mail."""
        asked = self.ask_email(victim, "victim@patient.example")
        self.names |= {"contactChallenge": [asked["challengeId"]], "contactCode": [asked["code"]]}

    def ask_email(self, token, email):
        self.secrets.append(email)
        asked = self.call("POST", "/v1/me/contacts/codes", token, {"channel": "email", "to": email}, expect=202)
        return {"challengeId": asked["challengeId"], "code": re.search(r"\d{6}", self.message(email)).group()}

    def come_for_recovery(self):
        """Somebody whom the desk has found, and whose identity it has checked."""
        phone, desk = self.phone(), self.tokens["reception"]
        token = self.patient(phone)
        found = self.call("POST", "/v1/staff/patients/find", desk, {"phone": phone})["patientId"]
        check = {"channel": "desk", "document": "passport", "lastDigits": "1234"}
        self.call("POST", f"/v1/staff/patients/{found}/identity-checks", desk, check, expect=201)
        self.names["recovered"] = [found]
        # He claims what somebody else holds: the fuzzer writes to the victim's profile meanwhile, and not to his.
        policy = {"kind": "dms", "number": "DOOR-0001", "insurer": "Страховая"}
        for of in (self.patient(), token):
            self.call("POST", "/v1/me/policies", of, policy, expect=201)
        claims = self.call("GET", "/v1/staff/number-claims", desk)["items"]
        self.names["claim"] = [claim["id"] for claim in claims]

    def stand_at_the_desk(self):
        """Somebody else than the victim, who would be shut out while the fuzzer freezes."""
        phone, desk = self.phone(), self.tokens["reception"]
        found = self.call("GET", "/v1/me", self.patient(phone))["id"]
        self.call("POST", "/v1/staff/patients/find", desk, {"phone": phone})
        check = {"channel": "phone", "document": "passport", "lastDigits": "1234"}
        self.call("POST", f"/v1/staff/patients/{found}/identity-checks", desk, check, expect=201)
        self.names["found"] = [found]
        # Of the victim, too, while its searches of the hour last and nothing has happened to him yet.
        victim = self.call("POST", "/v1/staff/patients/find", desk, {"identifier": {"system": "snils", "value": SNILS}})["patientId"]
        self.call("POST", f"/v1/staff/patients/{victim}/identity-checks", desk, check, expect=201)
        self.call("GET", f"/v1/staff/patients/{victim}/duplicates", desk)
        policy = self.call("GET", f"/v1/staff/patients/{victim}/policies", desk)["items"][0]["id"]
        self.call("POST", f"/v1/staff/patients/{victim}/policies/{policy}/verification", desk, {"outcome": "verified"})

    def insure(self, victim):
        """Policies of the victim."""
        policy = lambda number, insurer: {"kind": "dms", "number": number, "insurer": insurer}
        made = [
            self.call("POST", "/v1/me/policies", victim, policy(f"OWN-{number:04}", f"Страховая {number}"), expect=201)["id"]
            for number in range(6)
        ]
        self.names |= {"insurance": made}

    def spend(self, victim, slots):
        """A visit that is paid with a method which is kept, and one that is not paid yet."""
        charge = lambda: self.call("POST", "/v1/bookings", victim, {
            "doctorId": self.names["doctorId"][0], "serviceId": self.names["paidService"][0], "startsAt": slots.pop(0),
        }, expect=201)["chargeId"]
        paid, unpaid = charge(), charge()
        sheet = self.call("POST", f"/v1/charges/{paid}/payment", victim, {"saveMethod": True})
        self.call("POST", f"/sandbox/payments/{sheet['clientSecret'].removesuffix('_secret')}/pay")
        method = self.until(lambda: self.call("GET", "/v1/me/payment-methods", victim)["items"])[0]["id"]
        self.names |= {"charge": [paid], "unpaid": [unpaid], "method": [method]}

    def represent(self, victim, phone):
        """Whom the victim acts for and who may act for him. The desk has found all of them."""
        desk, year = self.tokens["reception"], int(time.strftime("%Y"))
        person = {"surname": SURNAME, "givenName": "Анна", "kind": "birthCertificate", "lastDigits": "4417"}
        child = lambda age: self.call("POST", "/v1/me/dependants", victim, person | {"birthDate": f"{year - age}-03-04"}, expect=201)
        invite = lambda: self.call("POST", "/v1/me/representatives", victim, {"scope": "booking"}, expect=201)
        young, grown = [child(5) for _ in range(3)], child(16)
        relative_phone = self.phone()
        relative = self.patient(relative_phone)
        for sought in (phone, relative_phone):
            self.call("POST", "/v1/staff/patients/find", desk, {"phone": sought})
        invited = invite()
        # One comes of age at the desk here, so that the victim may leave him; the other is left for the desk.
        grown_up = child(16)
        for number, made in (("91001100300", grown), ("91001500316", grown_up)):
            self.number(victim, made["id"], number, f"{year - 16}-03-04")
        self.call("POST", f"/v1/staff/patients/{grown_up['patientId']}/handover", desk, {"phone": self.phone()}, expect=204)
        self.names |= {
            "dependant": [made["id"] for made in young], "grownDependant": [grown_up["id"]], "grown": [grown["patientId"]],
            "invitation": [invited["id"]],
            "representativeCode": [self.call("POST", "/v1/me/representatives", relative, {"scope": "booking"}, expect=201)["code"]],
            "relative": [self.call("GET", "/v1/me", relative)["id"]],
        }

    def number(self, victim, dependant, snils, born):
        """Gives a dependant a number by which the desk finds him, and has him checked there."""
        desk = self.tokens["reception"]
        acting = self.call("POST", f"/v1/me/dependants/{dependant}/tokens", victim)["accessToken"]
        policy = self.call("GET", "/v1/policies/current")
        accepted = {"version": policy["version"], "textHash": policy["textHash"], "language": policy["language"]}
        self.call("POST", "/v1/me/acceptances", acting, accepted, expect=201)
        self.call("PUT", "/v1/me/profile", acting, {
            "surname": SURNAME, "givenName": "Анна", "birthDate": born, "identifiers": [{"system": "snils", "value": snils}],
        })
        found = self.call("POST", "/v1/staff/patients/find", desk, {"identifier": {"system": "snils", "value": snils}})["patientId"]
        check = {"channel": "desk", "document": "passport", "lastDigits": "4321"}
        self.call("POST", f"/v1/staff/patients/{found}/identity-checks", desk, check, expect=201)

    def carry_a_phone(self, victim):
        installation = str(uuid.uuid4())
        self.call("PUT", f"/v1/devices/{installation}", victim, {"platform": "ios", "appVersion": "3.2.1"})
        export = self.call("POST", "/v1/me/exports", victim, {}, expect=202)["id"]
        self.until(lambda: self.call("GET", f"/v1/me/exports/{export}", victim)["state"] == "ready")
        notice = self.until(lambda: self.call("GET", "/v1/notifications", victim)["items"])[0]["id"]
        self.names |= {"installation": [installation], "export": [export], "notification": [notice]}
        self.listen(victim)

    def listen(self, victim):
        headers = {"Authorization": f"Bearer {victim}"}
        with self.http.get(f"{self.server.base}/v1/events", headers=headers, stream=True, timeout=30) as answer:
            if answer.status_code != 200 or answer.headers["Content-Type"] != "text/event-stream":
                raise SystemExit(f"the town: events: {answer.status_code} {answer.headers['Content-Type']}")

    def until(self, look):
        """What `look` answers as soon as it is something."""
        for _ in range(200):
            if found := look():
                return found
            time.sleep(0.05)
        raise SystemExit("the town: something that was awaited did not come within 10 s")

    def talk(self, victim):
        with_doctor = {"with": "doctor", "doctorId": self.names["doctorId"][0], "topic": COMPLAINT}
        conversation = self.call("POST", "/v1/conversations", victim, with_doctor, expect=201)["id"]
        said = self.call("POST", f"/v1/conversations/{conversation}/messages", victim, {"text": COMPLAINT}, expect=201)["id"]
        self.names |= {"conversation": [conversation], "message": [said], "enquiry": [self.enquiry(victim)]}
        ground = {"ground": "Запрос суда номер один"}
        self.call("POST", f"/v1/staff/held-records/{self.names['number'][0]}/openings", self.tokens["doctor"], ground, expect=201)
        path, doctor = f"/v1/staff/patients/{self.names['victim'][0]}/extracts", self.tokens["doctor"]
        extract = self.call("POST", path, doctor, {"content": "anonymised"}, expect=202)["id"]
        self.until(lambda: self.call("GET", f"/v1/staff/extracts/{extract}", doctor)["state"] == "ready")
        # Of whom the officer takes evidence: somebody else than the victim.
        phone = self.phone()
        self.patient(phone)
        claimant = self.call("POST", "/v1/staff/patients/find", self.tokens["officer"], {"phone": phone})["patientId"]
        self.names |= {"extract": [extract], "claimant": [claimant]}

    def enquiry(self, patient):
        with_operator = {"with": "operator", "clinicId": self.names["clinic"][0]}
        return self.call("POST", "/v1/conversations", patient, with_operator, expect=201)["id"]

    def ask_support(self):
        victim, support = self.tokens["patient"], self.tokens["support"]
        tickets = [
            self.call("POST", "/v1/tickets", victim, {"topic": "app", "text": COMPLAINT}, expect=201)["id"] for _ in range(8)
        ]
        # The last one that is taken is never closed: it has the screenshots.
        taken, waiting = tickets[:4], tickets[4:]
        for ticket in taken:
            self.call("POST", f"/v1/staff/tickets/{ticket}/take", support)
        shot, *unread = [self.screenshot(victim, taken[-1], number == 0) for number in range(7)]
        self.names |= {
            "ticket": [taken[-1]], "openTicket": waiting, "closing": taken[:-1], "shot": [shot], "declaredShot": [shot],
            "ownReview": unread[:1], "toReview": unread[1:],
            "pngHash": [hashlib.sha256(PNG).hexdigest()], "pngBytes": [str(len(PNG))],
        }
        for _ in range(200):
            found = self.call("GET", f"/v1/tickets/{taken[-1]}", victim)["screenshots"]
            if all(shot["state"] in ("served", "toReview") for shot in found):
                return
            time.sleep(0.05)
        raise SystemExit("the town: screenshots were not processed within 10 s")

    def screenshot(self, token, ticket, reviewed):
        body = {"mediaType": "image/png", "sizeBytes": len(PNG), "sha256": hashlib.sha256(PNG).hexdigest(), "reviewed": reviewed}
        shot = self.call("POST", f"/v1/tickets/{ticket}/screenshots", token, body, expect=201)["id"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "image/png"}
        path = f"{self.server.base}/v1/tickets/{ticket}/screenshots/{shot}/content"
        answer = self.http.put(path, data=PNG, headers=headers, timeout=30)
        if not answer.ok:
            raise SystemExit(f"the town: a screenshot: {answer.status_code} {answer.text}")
        return shot

    def live(self):
        """Visits for each act of the desk and of the doctor, wishes, a course of treatment."""
        victim, desk, doctor = self.tokens["patient"], self.tokens["reception"], self.tokens["doctor"]
        asked = self.call("POST", "/v1/staff/services", self.tokens["administrator"], {
            "clinicId": self.names["clinic"][0], "names": everywhere("По запросу"), "durationMinutes": 15, "confirmation": "reception",
        }, expect=201)["id"]
        def book(service):
            return self.call("POST", "/v1/bookings", victim, {
                "doctorId": self.names["doctorId"][0], "serviceId": service, "startsAt": self.names["slot"].pop(0),
            }, expect=201)["id"]
        service = self.names["service"][0]
        # The soonest first: nobody arrives a week before his visit.
        plain = ("arriving", "starting", "finishing", "left", "moved", "staffMoved", "staffCancelled")
        self.names |= {name: [book(service) for _ in range(2)] for name in plain}
        for visit in self.names["finishing"] + self.names["left"]:
            self.call("POST", f"/v1/staff/bookings/{visit}/arrive", desk, {})
        self.names |= {name: [book(asked) for _ in range(2)] for name in ("requested", "declined")}
        for name in ("moveSlot", "staffMoveSlot", "seriesSlot", "wishSlot"):
            self.names[name] = [self.names["slot"].pop(0) for _ in range(2)]
        self.names["day"] = [self.day(5)]
        wish = {"serviceId": service, "from": self.day(5), "to": self.day(6), "text": COMPLAINT}
        # What only the desk touches is somebody else's: Schemathesis tries the ids that it reads in one role's lists.
        phone = self.phone()
        other = self.patient(phone)
        for name, of in (("wish", other), ("wishClosed", other), ("wishWithdrawn", victim)):
            self.names[name] = [self.call("POST", "/v1/booking-wishes", of, wish, expect=201)["id"] for _ in range(2)]
        found = self.call("POST", "/v1/staff/patients/find", desk, {"phone": phone})["patientId"]
        check = {"channel": "desk", "document": "passport", "lastDigits": "1234"}
        self.call("POST", f"/v1/staff/patients/{found}/identity-checks", desk, check, expect=201)
        visit = {"doctorId": self.names["doctorId"][0], "serviceId": service, "startsAt": self.names["slot"].pop(0)}
        slipped = self.call("POST", "/v1/bookings", other, visit, expect=201)["id"]
        self.names |= {"slipOf": [found], "slipped": [slipped]}
        path = f"/v1/staff/bookings/{self.names['starting'][0]}/episode"
        self.names["episode"] = [self.call("POST", path, doctor)["id"]]

    def demand(self):
        """Requests about data, and disagreements. What the officer alone answers is somebody else's than the victim's."""
        victim, other = self.tokens["patient"], self.patient()
        ask = lambda of: self.call("POST", "/v1/me/requests", of, {"kind": "access", "text": COMPLAINT}, expect=201)["id"]
        state = lambda: self.call("POST", "/v1/me/disagreements", victim, {"field": "surname", "text": COMPLAINT}, expect=201)["id"]
        self.names |= {
            "request": [ask(victim)], "requestWithdrawn": [ask(victim) for _ in range(4)],
            "requestRefused": [ask(other) for _ in range(4)], "staffRequest": [ask(self.patient()) for _ in range(16)],
            "disagreement": [state() for _ in range(4)],
        }
        hold = {
            "requestId": self.names["requestRefused"][0], "classes": ["support"], "rule": "Суд", "ground": "Иск",
            "until": "2040-01-01T00:00:00Z", "told": False,
        }
        officer = self.tokens["officer"]
        keep = lambda: self.call("POST", "/v1/staff/legal-holds", officer, hold, expect=201)["id"]
        self.names["legalHold"] = [keep() for _ in range(4)]

    def share(self):
        """What is shared, referred, agreed by contract, disclosed and blocked. What the officer alone touches is somebody else's."""
        victim, doctor, officer = self.tokens["patient"], self.tokens["doctor"], self.tokens["officer"]
        until, document = f"{self.day(30)}T00:00:00Z", self.names["document"][0]
        warning = self.call("GET", "/v1/share-warning", victim)["version"]
        share = lambda to: self.call("POST", "/v1/me/shares", victim, {
            "documentIds": [document], "doctorId": to, "purpose": "Второе мнение", "until": until, "warningVersion": warning,
        }, expect=201)["id"]
        path = f"/v1/staff/patients/{self.names['victim'][0]}/referrals"
        refer = lambda: self.call("POST", path, doctor, {
            "doctorId": self.names["spareDoctor"][0], "documentIds": [document], "purpose": "Консультация", "until": until,
        }, expect=201)["id"]
        insurer = {"role": "insurer", "login": "insurer", "name": "Сотрудник Страховой"}
        account = self.call("POST", "/v1/staff/accounts", self.tokens["administrator"], insurer, expect=201)["id"]
        phone = self.phone()
        other = self.patient(phone)
        found = self.call("POST", "/v1/staff/patients/find", officer, {"phone": phone})["patientId"]
        check = {"channel": "desk", "document": "passport", "lastDigits": "1234"}
        self.call("POST", f"/v1/staff/patients/{found}/identity-checks", officer, check, expect=201)
        agree = lambda: self.call("POST", f"/v1/staff/patients/{found}/insurer-contracts", officer, {
            "insurer": "exampleInsurance", "clinicId": self.names["clinic"][0], "number": "Д-1", "paperMark": "Папка 1",
            "fields": ["surname"], "documentKinds": [], "documentsFrom": "2020-01-01T00:00:00Z",
            "documentsUntil": "2040-01-01T00:00:00Z", "until": until,
        }, expect=201)["id"]
        disclose = lambda: self.call("POST", f"/v1/staff/patients/{found}/disclosures", officer, {
            "recipient": "inquiry", "fields": ["surname"], "reference": "Запрос 14",
        }, expect=201)["id"]
        def ask():
            wish = {"kind": "blocking", "ground": "wrong", "text": "Снимок не мой", "documentId": self.upload(other)}
            return self.call("POST", "/v1/me/requests", other, wish, expect=201)["id"]
        def block():
            granted = self.call("POST", f"/v1/staff/requests/{ask()}/blocking", officer, {"text": "Мы заблокировали снимок"}, expect=201)
            return granted["ids"][0]
        self.names |= {
            "shareUntil": [until], "shareWarning": [warning], "share": [share(self.names["doctorId"][0])],
            "shareEnded": [share(self.names["spareDoctor"][0]) for _ in range(4)], "referral": [refer() for _ in range(4)],
            "insurerAccount": [account], "checkedByOfficer": [found], "insurerContract": [agree() for _ in range(4)],
            "disclosure": [disclose() for _ in range(8)], "block": [block() for _ in range(4)],
            "requestBlocked": [ask() for _ in range(4)],
        }

    def be_watched(self):
        """An auditor with contracts, findings, breaches. An alert takes more openings than a town has."""
        officer = self.tokens["officer"]
        auditor = self.call("GET", "/v1/staff/me", self.staff("auditor", "auditor"))["id"]
        at = lambda days: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.ahead_s + days * 86400))
        contract = {
            "staffId": auditor, "firm": "Проверка", "contractNumber": "11-A", "periodFrom": "2020-01-01T00:00:00Z", "until": at(300),
        }
        engage = lambda: self.call("POST", "/v1/staff/audit-engagements", officer, contract, expect=201)["id"]
        leak = {"knownAt": at(0), "classes": ["contact"], "people": 1, "text": "Потерян ноутбук"}
        breach = lambda: self.call("POST", "/v1/staff/breaches", officer, leak, expect=201)["id"]
        find = lambda: self.call("POST", "/v1/staff/audit-findings", officer, {"severity": "high", "text": "Пароль на бумаге"}, expect=201)["id"]
        now = at(0)
        self.names |= {
            "now": [now], "yearAhead": [at(365)], "auditorId": [auditor], "engagement": [engage() for _ in range(4)],
            "finding": [find()], "findingClosing": [find() for _ in range(4)], "breach": [breach()],
            "breachTelling": [breach() for _ in range(4)], "breachClosing": [breach() for _ in range(4)],
            "openingAlert": [str(uuid.uuid4())],
        }
        for finding in self.names["findingClosing"]:
            step = {"step": "assessment", "text": "Бумагу никто не видел"}
            self.call("POST", f"/v1/staff/audit-findings/{finding}/steps", officer, step, expect=201)
        for closing in self.names["breachClosing"]:
            for to in ("authority", "result"):
                told = {"to": to, "at": now, "text": "Отправлено"}
                self.call("POST", f"/v1/staff/breaches/{closing}/notices", officer, told, expect=201)

    def keep_records(self):
        """Programmes and those who take part, contracts, carriers. What the desk ends is somebody else's than the victim's."""
        admin, desk, victim, other = self.tokens["administrator"], self.tokens["reception"], self.tokens["patient"], self.patient()
        def programme(admission):
            new = {"names": everywhere("Обследование"), "admission": admission, "opensAt": "2020-01-01T00:00:00Z"}
            return self.call("POST", "/v1/staff/programmes", admin, new, expect=201)["id"]
        enter = lambda of, which: self.call("POST", f"/v1/programmes/{which}/enrolments", of, expect=201)["id"]
        taken, by_staff = [programme("atOnce") for _ in range(4)], [programme("byStaff") for _ in range(4)]
        found = self.names["recovered"][0]
        contract = {"number": "Д-1", "party": "ООО Клиника", "startsOn": "2026-01-01"}
        carrier = lambda number: {
            "kind": "disc", "number": f"CD-{number:04}", "patientId": found, "description": COMPLAINT, "keeper": "Архив",
        }
        self.names |= {
            "programme": taken[:1], "programmeOpen": [programme("atOnce") for _ in range(8)],
            "programmeSpare": [programme("atOnce") for _ in range(8)],
            "enrolment": [enter(victim, which) for which in taken], "enrolmentEnded": [enter(other, which) for which in taken],
            "enrolmentApplied": [enter(other, which) for which in by_staff],
            "contract": [
                self.call("POST", f"/v1/staff/patients/{found}/contracts", desk, contract, expect=201)["id"] for _ in range(4)
            ],
            "carrier": [self.call("POST", "/v1/staff/carriers", desk, carrier(number), expect=201)["id"] for number in range(4)],
        }

    def wait_for_times(self):
        """The victim waits: for what is offered to him, for what he will leave, and for what the desk takes him off. His calendar."""
        victim, desk, back = self.tokens["patient"], self.tokens["reception"], self.patient()
        wanted = {"doctorId": self.names["doctorId"][0], "serviceId": self.names["service"][0]}
        own, at_desk = ("/v1/waiting-list", victim), (f"/v1/staff/patients/{self.names['recovered'][0]}/waiting-list", desk)
        offers = lambda: [item["offer"]["id"] for item in self.call("GET", waited, who)["items"] if "offer" in item]
        known = []
        for name, (waited, who) in (("offer", own), ("offerDeclined", own), ("deskOffer", at_desk), ("deskOfferDeclined", at_desk)):
            at = self.names["slot"].pop()
            # Nobody waits twice for the same day.
            self.names["slot"] = [slot for slot in self.names["slot"] if slot[:10] != at[:10]]
            self.call("POST", waited, who, wanted | {"from": at[:10], "to": at[:10]}, expect=201)
            visit = self.call("POST", "/v1/bookings", back, wanted | {"startsAt": at}, expect=201)["id"]
            self.call("POST", f"/v1/bookings/{visit}/cancel", back, {})
            self.names[name] = self.until(lambda: [offer for offer in offers() if offer not in known])
            known += self.names[name]
        days = lambda first, last: {"doctorId": wanted["doctorId"], "from": self.day(first), "to": self.day(last)}
        self.names |= {
            "lastDay": [self.day(40)],
            "waiting": [self.call("POST", "/v1/waiting-list", victim, days(50, 51), expect=201)["id"]],
            "deskWaiting": [self.call(
                "POST", f"/v1/staff/patients/{self.names['recovered'][0]}/waiting-list", desk, days(52, 53), expect=201,
            )["id"]],
        }
        feed = lambda: self.call("POST", "/v1/me/calendar-feeds", victim, expect=201)
        self.names |= {"calendarFeed": [feed()["id"] for _ in range(3)], "calendar": [feed()["path"].rsplit("/", 1)[1]]}

    def come_to_the_desk(self):
        """People whom the desk has found and checked, visits for it to book and to cancel, and those who only asked."""
        victim, desk = self.tokens["patient"], self.tokens["reception"]
        book = lambda: self.call("POST", "/v1/bookings", victim, {
            "doctorId": self.names["doctorId"][0], "serviceId": self.names["service"][0], "startsAt": self.names["slot"].pop(0),
        }, expect=201)["id"]
        self.names |= {
            "deskCancelled": [book() for _ in range(3)], "deskSlot": [self.names["slot"].pop(0) for _ in range(6)],
            "lead": [self.call("POST", "/v1/staff/leads", desk, {
                "channel": "phone", "name": "Спросивший", "phone": self.phone(), "intent": COMPLAINT,
            }, expect=201)["id"] for _ in range(6)],
        }
        find = lambda phone: self.call("POST", "/v1/staff/patients/find", desk, {"phone": phone})["patientId"]
        check = lambda patient: self.call("POST", f"/v1/staff/patients/{patient}/identity-checks", desk, {
            "channel": "desk", "document": "passport", "lastDigits": "4321",
        }, expect=201)
        check(find(self.names["phone"][0]))
        twins = []
        for _ in range(3):
            phone = self.phone()
            twin = self.patient(phone)
            self.call("PUT", "/v1/me/profile", twin, {"surname": SURNAME, "givenName": "Пётр", "birthDate": "1980-05-01"})
            twins.append(find(phone))
            check(twins[-1])
        self.call("POST", "/v1/staff/patients/search", desk, {"surname": SURNAME, "birthDate": "1980-05-01"})
        absorbers = []
        for _ in range(3):
            pair = []
            for _ in range(2):
                phone = self.phone()
                self.patient(phone)
                pair.append(find(phone))
                check(pair[-1])
            self.call("POST", f"/v1/staff/patients/{pair[0]}/merge", desk, {"otherId": pair[1]}, expect=201)
            absorbers.append(pair[0])
        self.names |= {"twin": twins, "absorber": absorbers}

    def prepare_endings(self):
        """For each operation that ends a session, an account or all consents: who calls it, and on which object."""
        admin = self.tokens["administrator"]
        guest = self.phone()
        self.patient(guest)
        self.apart["signOut"] = [{"token": self.tokens_by_code(guest)["accessToken"]} for _ in range(APART)]
        self.apart["endSession"] = []
        for _ in range(APART):
            token = self.tokens_by_code(guest)["accessToken"]
            sessions = self.call("GET", "/v1/me/sessions", token)["items"]
            own = next(session["id"] for session in sessions if session["current"])
            self.apart["endSession"].append({"token": token, "path": {"id": own}})
        sessions = self.call("GET", "/v1/me/sessions", self.tokens["patient"])["items"]
        self.names["session"] = [session["id"] for session in sessions if session["current"]]
        self.apart["endOtherSessions"] = [{"token": self.patient()} for _ in range(3)]
        self.apart["deleteEmail"] = []
        for number in range(3):
            token = self.patient()
            self.call("POST", "/v1/me/contacts", token, self.ask_email(token, f"guest{number}@patient.example"))
            self.apart["deleteEmail"].append({"token": token})
        asking = [self.patient() for _ in range(6)]
        ends = [{"token": token, "path": {"id": self.enquiry(token)}} for token in asking]
        self.apart["closeConversation"] = ends[:3]
        self.apart["closeStaffConversation"] = [end | {"token": self.tokens["reception"]} for end in ends[3:]]
        # Who freezes himself is shut out of the rest.
        self.apart["putFreeze"] = [{"token": self.patient()} for _ in range(3)]
        self.apart["deleteMe"] = [{"token": self.patient()} for _ in range(3)]
        # Of all consents at once, and of those that the victim's role still needs.
        self.apart["withdrawConsents"] = [{"token": self.consenting()} for _ in range(3)]
        leaving = [self.patient() for _ in range(3)]
        for token in leaving:
            self.call("DELETE", "/v1/me", token, expect=202)
        self.apart["undoDeletion"] = [{"token": token} for token in leaving]
        invited = []
        for number in range(3):
            issued = self.call("POST", "/v1/staff/accounts", admin, {
                "role": "support", "login": f"invited{number}", "name": "Новый Сотрудник",
            }, expect=201)
            body = {"grant": "password", "login": issued["login"], "password": issued["oneTimePassword"]}
            invited.append({"token": self.call("POST", "/v1/auth/tokens", body=body)["accessToken"]})
            self.secrets.append(issued["oneTimePassword"])
        self.apart["changeCredentials"] = invited

    def consenting(self):
        token = self.patient()
        self.call("PUT", "/v1/me/consents/telemetry", token)
        return token

    # ---- How they come to be --------------------------------------------------------------------------------------

    def clinic(self, admin):
        clinic = self.call("POST", "/v1/staff/clinics", admin, {
            "names": everywhere("Клиника"), "zone": "Asia/Almaty", "addresses": everywhere("Алматы, Абая 10"),
            "phone": "+77272501234",
        }, expect=201)["id"]
        service = self.call("POST", "/v1/staff/services", admin, {
            "clinicId": clinic, "names": everywhere("Приём"), "durationMinutes": 15,
        }, expect=201)["id"]
        return clinic, service

    def doctor(self, admin, clinic, login, name):
        """The id and the issued password of a doctor who receives each day."""
        issued = self.call("POST", "/v1/staff/doctors", admin, {
            "clinicId": clinic, "speciality": "cardiology", "names": everywhere(name), "login": login,
        }, expect=201)
        self.secrets.append(issued["oneTimePassword"])
        hours = [{"weekday": day, "from": "08:00", "to": "20:00"} for day in range(1, 8)]
        self.call("PUT", f"/v1/staff/doctors/{issued['id']}/hours", admin, {"hours": hours})
        return issued["id"], issued["oneTimePassword"]

    def phone(self):
        self.phones += 1
        phone = f"+7916000{self.phones:04}"
        self.secrets.append(phone[1:])
        return phone

    def patient(self, phone=None):
        """The token of a patient who has accepted the policy and filled in his profile."""
        token = self.tokens_by_code(phone or self.phone())["accessToken"]
        policy = self.call("GET", "/v1/policies/current")
        accepted = {"version": policy["version"], "textHash": policy["textHash"], "language": policy["language"]}
        self.call("POST", "/v1/me/acceptances", token, accepted, expect=201)
        self.call("PUT", "/v1/me/profile", token, {"surname": "Пациентов", "givenName": "Пётр", "birthDate": "1980-05-01"})
        return token

    def tokens_by_code(self, phone):
        asked = self.call("POST", "/v1/auth/codes", body={"channel": "sms", "to": phone}, expect=202)
        code = "".join(filter(str.isdigit, self.message(phone)))[:6]
        body = {"grant": "code", "challengeId": asked["challengeId"], "code": code, "deviceName": "телефон"}
        return self.keep(self.call("POST", "/v1/auth/tokens", body=body))

    def message(self, phone):
        """The text of the one message with a code that is on its way to `phone`; then all messages are forgotten."""
        for _ in range(200):
            for message in self.call("GET", "/sandbox/messages")["items"]:
                if message["to"] == phone and re.search(r"\d{6}", message["text"]):
                    self.call("DELETE", "/sandbox/messages", expect=204)
                    return message["text"]
            time.sleep(0.05)
        raise SystemExit("the town: a message did not come within 10 s")

    def sign_in(self, login, secret):
        body = {"grant": "password", "login": login, "password": PASSWORD, "totp": totp(secret, time.time() + self.ahead_s)}
        return self.keep(self.call("POST", "/v1/auth/tokens", body=body))["accessToken"]

    def keep(self, pair):
        self.secrets += [pair["accessToken"], pair["refreshToken"]]
        return pair

    def first_sign_in(self, login, issued):
        body = {"grant": "password", "login": login, "password": issued}
        first = self.keep(self.call("POST", "/v1/auth/tokens", body=body))["accessToken"]
        changed = self.call("POST", "/v1/staff/me/credentials", first, {"newPassword": PASSWORD})
        self.secrets += [issued, changed["totpSecret"]]
        return self.sign_in(login, changed["totpSecret"])

    def staff(self, role, login, **more):
        body = {"role": role, "login": login, "name": "Сотрудник Клиники"} | more
        issued = self.call("POST", "/v1/staff/accounts", self.tokens["administrator"], body, expect=201)
        return self.first_sign_in(login, issued["oneTimePassword"])

    def declare(self, token):
        body = {
            "kind": "upload", "title": "Анализ", "fileName": "анализ.pdf", "mediaType": "application/pdf", "sizeBytes": len(PDF),
        }
        return self.call("POST", "/v1/documents", token, body, expect=201)["id"]

    def upload(self, token):
        document = self.declare(token)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/pdf"}
        answer = self.http.put(f"{self.server.base}/v1/documents/{document}/content", data=PDF, headers=headers, timeout=30)
        if not answer.ok:
            raise SystemExit(f"the town: an upload: {answer.status_code} {answer.text}")
        return document

    def slots(self):
        first, last = self.day(0), self.day(28)
        path = f"/v1/doctors/{self.names['doctorId'][0]}/slots?from={first}&to={last}&serviceId={self.names['service'][0]}"
        return [slot["startsAt"] for slot in self.call("GET", path)["items"][:SLOTS]]

    def day(self, days):
        return time.strftime("%Y-%m-%d", time.gmtime(time.time() + self.ahead_s + days * 86400))

    def later(self, days):
        self.call("POST", "/sandbox/clock", body={"advanceSeconds": days * 86400})
        self.ahead_s += days * 86400

    def call(self, method, path, token=None, body=None, expect=200):
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        answer = self.http.request(method, self.server.base + path, json=body, headers=headers, timeout=30)
        if answer.status_code != expect:
            raise SystemExit(f"the town: {method} {path}: {answer.status_code} instead of {expect}: {answer.text}")
        return answer.json() if answer.content else None

    def describe(self):
        """What the hooks need to know, as JSON."""
        return json.dumps({"names": self.names, "apart": self.apart, "pdf": PDF.decode()})


def everywhere(text):
    return {"ru": text, "kk": text, "ka": text, "en": text}


def totp(secret, now):
    """RFC 6238 with the defaults of the authenticator apps."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(now) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start:start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"
