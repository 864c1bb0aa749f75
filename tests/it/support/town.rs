//! A town for the door test: a victim who has everything, and every kind of caller who is not he.

use super::clinic::{Clinic, day, everywhere};
use super::house::{Answer, House};
use super::people::Person;
use chrono::{Datelike, TimeDelta};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub struct Town {
    pub(super) people: BTreeMap<&'static str, Person>,
    /// Ids and other words that stand in `doors.toml` as `{name}`.
    pub(super) names: BTreeMap<&'static str, String>,
    pub pdf: Vec<u8>,
    pub png: Vec<u8>,
}

pub(super) const VICTIM_PHONE: &str = "+79160000001";
pub(super) const OTHER_PHONE: &str = "+79160000002";
const VICTIM_EMAIL: &str = "victim@patient.example";
const VICTIM_SURNAME: &str = "Жертвин";
const COMPLAINT: &str = "стреляет в ухе";

impl Town {
    pub async fn build(house: &House) -> Self {
        let pdf = [b"%PDF-1.4\n".as_slice(), &[b'x'; 2000], b"\n%%EOF\n"].concat();
        let png = super::pictures::png(40, 30);
        let mut town = Town { people: BTreeMap::new(), names: BTreeMap::new(), pdf, png };
        town.erase_somebody(house).await;
        town.hire(house).await;
        town.move_in(house).await;
        town.ask_support(house).await;
        town.come_to_the_desk(house).await;
        town.live(house).await;
        town.wait_for_times(house).await;
        town.demand(house).await;
        town.share(house).await;
        town.be_watched(house).await;
        town.keep_records(house).await;
        town
    }

    pub fn token(&self, caller: &str) -> Option<String> {
        if caller == "anonymous" {
            return None;
        }
        Some(self.people.get(caller).unwrap_or_else(|| panic!("nobody is called {caller}")).token.clone())
    }

    pub fn fill(&self, template: &str) -> String {
        self.names.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    /// What of the victim's stands in an answer that is not for him.
    pub fn leaks<'a>(&'a self, answer: &Answer, caller: &str) -> impl Iterator<Item = &'a str> {
        let text = String::from_utf8_lossy(&answer.bytes).into_owned();
        let desk = caller == "reception";
        let secret = [
            "victim",
            "document",
            "declared",
            "surname",
            "complaint",
            "phone",
            "booking",
            "session",
            "notification",
            "installation",
            "conversation",
            "enquiry",
            "ticket",
            "shot",
            "toReview",
            "insurance",
            "claim",
            "request",
            "disagreement",
            "share",
            "referral",
            "contract",
            "insurerContract",
        ];
        secret.into_iter().filter(move |name| {
            // The desk sees when a doctor is busy, and nothing of whom it concerns.
            (*name != "booking" || !desk) && self.names.get(name).is_some_and(|value| text.contains(value))
        })
    }

    /// A day off, and a room that is closed, long after all visits.
    async fn plan_ahead(&mut self, house: &House, admin: &Person, clinic: &Clinic) {
        let off = json!({"change": "dayOff", "from": day(house, 300)});
        let path = format!("/v1/staff/doctors/{}/hours-exceptions", clinic.doctor_id);
        let off = house.post(&path, admin.token(), off).await.is(201).text("/id");
        let (from, to) = (day(house, 300), day(house, 301));
        let closed = json!({"startsAt": format!("{from}T00:00:00Z"), "endsAt": format!("{to}T00:00:00Z"), "room": "98"});
        let path = format!("/v1/staff/clinics/{}/closures", clinic.clinic_id);
        let closed = house.post(&path, admin.token(), closed).await.is(201).text("/id");
        let ahead = [("hoursException", off), ("closure", closed), ("dayAhead", day(house, 310))];
        self.names.extend(ahead);
    }

    /// Somebody whose account was erased, and whose clinical record is held.
    async fn erase_somebody(&mut self, house: &House) {
        let gone = house.patient("+79160000009").await;
        self.upload(house, &gone).await;
        let asked = house.delete("/v1/me", gone.token()).await.is(202);
        self.names.insert("number", asked.text("/recordNumber"));
        self.names.insert("gone", gone.id.clone());
        self.people.insert("erased", gone.clone());
        house.later(TimeDelta::days(15)).await;
    }

    async fn hire(&mut self, house: &House) {
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let (_, colleague) = house.second_doctor(&admin, &clinic).await;
        let elsewhere = json!({
            "names": everywhere("Elsewhere"), "zone": "Asia/Tbilisi", "addresses": everywhere("Tbilisi 1"), "phone": "+995322000000"
        });
        let elsewhere = house.post("/v1/staff/clinics", admin.token(), elsewhere).await.is(201).text("/id");
        let (spare, stranger) = house.doctor(&admin, &elsewhere, "cardiology", "stranger", everywhere("Stranger Strange")).await;
        self.names.insert("spareService", house.service(&admin, &elsewhere, 20).await);
        let machine = json!({"clinicId": elsewhere, "kind": "ultrasound", "names": everywhere("Machine")});
        let machine = house.post("/v1/staff/equipment", admin.token(), machine).await.is(201).text("/id");
        self.names.extend([("spareDoctor", spare), ("spareClinic", elsewhere), ("machine", machine)]);
        let reception = house.staff(&admin, "reception", "desk", Some(&clinic.clinic_id)).await;
        let officer = house.staff(&admin, "officer", "officer", None).await;
        let support = house.staff(&admin, "support", "support", None).await;
        self.people.insert("support", support);
        for role in ["callCentre", "insurer", "auditor"] {
            let person = house.staff(&admin, role, &role.to_lowercase(), None).await;
            if role == "insurer" {
                self.names.insert("insurerAccount", person.id.clone());
            }
            self.people.insert(role, person);
        }
        let spare = json!({"role": "support", "login": "spare", "name": "Запасной Сотрудник"});
        let spare = house.post("/v1/staff/accounts", admin.token(), spare).await.is(201).text("/id");
        self.names.insert("spare", spare);
        self.names.insert("clinic", clinic.clinic_id.clone());
        self.names.insert("service", clinic.service_id.clone());
        self.names.insert("doctorId", clinic.doctor_id.clone());
        self.names.insert("paidService", house.paid_service(&admin, &clinic.clinic_id).await);
        self.plan_ahead(house, &admin, &clinic).await;
        let words = everywhere("Autumn");
        let campaign = json!({"channel": "sms", "purpose": "own", "title": words, "body": words});
        let campaign = house.post("/v1/staff/campaigns", admin.token(), campaign).await.is(201).text("/id");
        house.settle().await;
        self.names.insert("campaign", campaign);
        self.names.insert("feedback", house.app.ambient.id().to_string());
        let issued = json!({"role": "support", "login": "invited", "name": "Новый Сотрудник"});
        let issued = house.post("/v1/staff/accounts", admin.token(), issued).await.is(201).text("/oneTimePassword");
        let invited = json!({"grant": "password", "login": "invited", "password": issued});
        let invited = house.post("/v1/auth/tokens", None, invited).await.is(200).text("/accessToken");
        self.people.insert("invited", Person { id: String::new(), token: invited, refresh: String::new() });
        self.people.insert("doctor", clinic.doctor);
        self.people.insert("colleague", colleague);
        self.people.insert("stranger", stranger);
        self.people.insert("reception", reception);
        self.people.insert("officer", officer);
        self.people.insert("administrator", admin);
    }

    async fn move_in(&mut self, house: &House) {
        let victim = house.patient(VICTIM_PHONE).await;
        let profile = json!({"surname": VICTIM_SURNAME, "givenName": "Пётр", "birthDate": "1980-05-01"});
        house.put("/v1/me/profile", victim.token(), profile).await.is(200);
        for (name, hours) in [("booking", 24), ("cancelled", 48), ("slot", 72)] {
            let at = self.slot(house, hours).await;
            if name == "slot" {
                self.names.insert("slot", at);
                continue;
            }
            let booking = json!({
                "doctorId": self.names["doctorId"], "serviceId": self.names["service"], "startsAt": at, "complaint": COMPLAINT
            });
            let id = house.post("/v1/bookings", victim.token(), booking).await.is(201).text("/id");
            self.names.insert(name, id);
        }
        for (name, hours) in [("charge", 96), ("unpaid", 120)] {
            let at = self.slot(house, hours).await;
            let booking = json!({"doctorId": self.names["doctorId"], "serviceId": self.names["paidService"], "startsAt": at});
            let charge = house.post("/v1/bookings", victim.token(), booking).await.is(201).text("/chargeId");
            if name == "charge" {
                house.pay(&victim, &charge, true).await;
            }
            self.names.insert(name, charge);
        }
        let saved = house.get("/v1/me/payment-methods", victim.token()).await.is(200);
        self.names.insert("method", saved.text("/items/0/id"));
        house.put("/v1/me/consents/marketing.own.sms", victim.token(), json!({})).await.is(200);
        house.put("/v1/me/consents/telemetry", victim.token(), json!({})).await.is(200);
        let installation = house.app.ambient.id().to_string();
        let device = json!({"platform": "ios", "appVersion": "3.2.1"});
        house.put(&format!("/v1/devices/{installation}"), victim.token(), device).await.is(200);
        self.names.insert("installation", installation);
        let document = self.upload(house, &victim).await;
        self.names.insert("document", document);
        self.talk(house, &victim).await;
        for name in ["declared", "dropped"] {
            let id = house.post("/v1/documents", victim.token(), self.declaration()).await.is(201).text("/id");
            self.names.insert(name, id);
        }
        self.add_address(house, &victim).await;
        self.come_for_recovery(house).await;
        let export = house.post("/v1/me/exports", victim.token(), json!({})).await.is(202).text("/id");
        house.settle().await;
        self.names.insert("export", export);
        let second = house.newcomer(VICTIM_PHONE).await;
        let sessions = house.get("/v1/me/sessions", second.token()).await.is(200).json();
        let current = sessions["items"].as_array().and_then(|items| items.iter().find(|item| item["current"] == true).cloned());
        self.names.insert("session", text(&current.expect("a session"), "id"));
        let notices = house.get("/v1/notifications", victim.token()).await.is(200);
        self.names.insert("notification", notices.text("/items/0/id"));
        let policy = house.get("/v1/policies/current", None).await.is(200);
        self.names.insert("version", policy.text("/version"));
        self.names.insert("hash", policy.text("/textHash"));
        self.names.insert("language", policy.text("/language"));
        self.names.insert("refresh", second.refresh);
        self.names.insert("victim", victim.id.clone());
        self.names.insert("found", victim.id.clone());
        self.names.insert("surname", VICTIM_SURNAME.to_owned());
        self.names.insert("complaint", COMPLAINT.to_owned());
        self.names.insert("phone", VICTIM_PHONE.to_owned());
        let other = house.patient(OTHER_PHONE).await;
        let insured = self.insure(house, &victim, &other).await;
        self.names.extend(insured);
        self.people.insert("self", victim);
        self.people.insert("other", other);
        self.represent(house).await;
        // Has asked for the deletion of his account, and may undo it.
        let leaving = house.patient("+79160000003").await;
        house.delete("/v1/me", leaving.token()).await.is(202);
        self.people.insert("leaving", leaving);
    }

    /// A code that the victim has asked to an e-mail.
    async fn add_address(&mut self, house: &House, victim: &Person) {
        let new = json!({"channel": "email", "to": VICTIM_EMAIL});
        let challenge = house.post("/v1/me/contacts/codes", victim.token(), new).await.is(202).text("/challengeId");
        let code: String = house.last_message(VICTIM_EMAIL).await.chars().filter(char::is_ascii_digit).take(6).collect();
        self.names.insert("contactChallenge", challenge);
        self.names.insert("contactCode", code);
    }

    /// Somebody whom the desk has found, and whose identity it has checked.
    async fn come_for_recovery(&mut self, house: &House) {
        let phone = "+79160000045";
        let recovered = house.patient(phone).await;
        let desk = self.people["reception"].clone();
        house.post("/v1/staff/patients/find", desk.token(), json!({"phone": phone})).await.is(200);
        let check = json!({"channel": "desk", "document": "passport", "lastDigits": "1234"});
        let path = format!("/v1/staff/patients/{}/identity-checks", recovered.id);
        house.post(&path, desk.token(), check).await.is(201);
        self.names.insert("recovered", recovered.id);
    }

    /// Whom the victim acts for and who may act for him. The desk has found all of them.
    async fn represent(&mut self, house: &House) {
        let (victim, desk) = (self.people["self"].clone(), self.people["reception"].clone());
        let snils = "91001100300";
        let year = house.app.ambient.now().year();
        for (name, age) in [("dependant", 5), ("grownDependant", 16)] {
            let born = format!("{}-03-04", year - age);
            let child = json!({
                "surname": "Жертвина", "givenName": "Анна", "birthDate": born, "kind": "birthCertificate", "lastDigits": "4417"
            });
            let made = house.post("/v1/me/dependants", victim.token(), child).await.is(201);
            self.names.insert(name, made.text("/id"));
            if name == "grownDependant" {
                let tokens = format!("/v1/me/dependants/{}/tokens", made.text("/id"));
                let pair = house.send(house.request(reqwest::Method::POST, &tokens, victim.token())).await.is(200);
                let grown = made.text("/patientId");
                let acting = Person { id: grown.clone(), token: pair.text("/accessToken"), refresh: pair.text("/refreshToken") };
                house.accept(&acting).await;
                let number = json!([{"system": "snils", "value": snils}]);
                let profile = json!({"surname": "Жертвина", "givenName": "Анна", "birthDate": born, "identifiers": number});
                house.put("/v1/me/profile", acting.token(), profile).await.is(200);
                self.names.insert("grown", grown);
            }
        }
        for name in ["invitation", "taken"] {
            let made = house.post("/v1/me/representatives", victim.token(), json!({"scope": "booking"})).await.is(201);
            let (key, value) = if name == "taken" { ("representativeCode", "/code") } else { ("invitation", "/id") };
            self.names.insert(key, made.text(value));
        }
        let relative = house.patient("+79160000008").await;
        self.names.insert("relative", relative.id);
        for phone in [VICTIM_PHONE, "+79160000008"] {
            house.found_by_phone(&desk, phone).await;
        }
        let grown = house.found_by_snils(&desk, snils).await;
        house.checked(&desk, &grown).await;
    }

    /// The victim has a policy, and claims one that the other holds.
    async fn insure(&self, house: &House, victim: &Person, other: &Person) -> [(&'static str, String); 2] {
        let policy = |number: &str| json!({"kind": "dms", "number": number, "insurer": "Страховая компания"});
        house.post("/v1/me/policies", other.token(), policy("DOOR-0001")).await.is(201);
        let claimed = json!({"kind": "dms", "number": "DOOR-0001", "insurer": "страховая  КОМПАНИЯ"});
        house.post("/v1/me/policies", victim.token(), claimed).await.is(201);
        let insurance = json!({"kind": "oms", "number": "9900490310944140"});
        let insurance = house.post("/v1/me/policies", victim.token(), insurance).await.is(201).text("/id");
        let desk = self.people["reception"].token.clone();
        let claim = house.get("/v1/staff/number-claims", Some(&desk)).await.is(200).text("/items/0/id");
        [("insurance", insurance), ("claim", claim)]
    }

    /// The victim writes with his doctor and with the clinic's operator.
    async fn talk(&mut self, house: &House, victim: &Person) {
        let doctor = json!({"with": "doctor", "doctorId": self.names["doctorId"], "topic": COMPLAINT});
        let operator = json!({"with": "operator", "clinicId": self.names["clinic"]});
        for (name, message, body) in [("conversation", "message", doctor), ("enquiry", "question", operator)] {
            let id = house.post("/v1/conversations", victim.token(), body).await.is(201).text("/id");
            let path = format!("/v1/conversations/{id}/messages");
            let said = house.post(&path, victim.token(), json!({"text": COMPLAINT})).await.is(201).text("/id");
            self.names.insert(name, id);
            self.names.insert(message, said);
        }
    }

    /// The victim's tickets: one that support has taken, with screenshots at every stage, one that waits, and one to be closed.
    async fn ask_support(&mut self, house: &House) {
        let (victim, support) = (self.people["self"].clone(), self.people["support"].clone());
        for name in ["ticket", "openTicket", "closing"] {
            let new = json!({"topic": "app", "text": "Не открывается"});
            let id = house.post("/v1/tickets", victim.token(), new).await.is(201).text("/id");
            self.names.insert(name, id);
        }
        let ticket = self.names["ticket"].clone();
        for taken in [&ticket, &self.names["closing"]] {
            house.post(&format!("/v1/staff/tickets/{taken}/take"), support.token(), json!({})).await.is(200);
        }
        let sha256 = super::pictures::sha256(&self.png);
        self.names.insert("pngHash", sha256.clone());
        self.names.insert("pngBytes", self.png.len().to_string());
        for (name, reviewed) in [("shot", true), ("toReview", false), ("ownReview", false), ("declaredShot", true)] {
            let new = json!({"mediaType": "image/png", "sizeBytes": self.png.len(), "sha256": sha256, "reviewed": reviewed});
            let shots = format!("/v1/tickets/{ticket}/screenshots");
            let id = house.post(&shots, victim.token(), new).await.is(201).text("/id");
            if name != "declaredShot" {
                let put = house.request(reqwest::Method::PUT, &format!("{shots}/{id}/content"), victim.token());
                house.send(put.header("Content-Type", "image/png").body(self.png.clone())).await.is(200);
            }
            self.names.insert(name, id);
        }
        house.settle().await;
    }

    /// The victim waits: for what is offered to him, for what he will leave, and for what the desk takes him off. His calendar.
    async fn wait_for_times(&mut self, house: &House) {
        let (victim, desk) = (self.people["self"].clone(), self.people["reception"].clone());
        self.names.insert("lastDay", super::clinic::day(house, 40));
        let back = house.patient("+79160000051").await;
        let at_desk = format!("/v1/staff/patients/{}/waiting-list", self.names["recovered"]);
        let (own, of_desk) = (("/v1/waiting-list", &victim), (at_desk.as_str(), &desk));
        let offers =
            [("offer", 216, own), ("offerDeclined", 264, own), ("deskOffer", 336, of_desk), ("deskOfferDeclined", 360, of_desk)];
        for (name, hours, (list, who)) in offers {
            let at = self.slot(house, hours).await;
            let day = at.get(..10).expect("a day").to_owned();
            let wish = json!({"doctorId": self.names["doctorId"], "serviceId": self.names["service"], "from": day, "to": day});
            house.post(list, who.token(), wish).await.is(201);
            let booking = json!({"doctorId": self.names["doctorId"], "serviceId": self.names["service"], "startsAt": at});
            let id = house.post("/v1/bookings", back.token(), booking).await.is(201).text("/id");
            house.post(&format!("/v1/bookings/{id}/cancel"), back.token(), json!({})).await.is(200);
            house.settle().await;
            let waited = house.get(list, who.token()).await.is(200).json();
            let mut offers = waited["items"].as_array().expect("items").iter().filter_map(|item| item["offer"]["id"].as_str());
            let offer = offers.next_back().expect("an offer").to_owned();
            self.names.insert(name, offer);
        }
        let mut days = json!({"doctorId": self.names["doctorId"], "from": super::clinic::day(house, 50), "to": super::clinic::day(house, 51)});
        let waiting = house.post("/v1/waiting-list", victim.token(), days.clone()).await.is(201).text("/id");
        self.names.insert("waiting", waiting);
        days["from"] = super::clinic::day(house, 52).into();
        days["to"] = super::clinic::day(house, 53).into();
        let waiting = house.post(&at_desk, desk.token(), days).await.is(201).text("/id");
        self.names.insert("deskWaiting", waiting);
        let feed = house.send(house.request(reqwest::Method::POST, "/v1/me/calendar-feeds", victim.token())).await.is(201);
        self.names.insert("calendarFeed", feed.text("/id"));
        let feed = house.send(house.request(reqwest::Method::POST, "/v1/me/calendar-feeds", victim.token())).await.is(201);
        let token = feed.text("/path").rsplit('/').next().expect("a token").to_owned();
        self.names.insert("calendar", token);
    }

    /// What the desk works with: somebody of the victim's name and birthday, whom it has checked; a visit to be cancelled and a
    /// free slot; somebody who only asked; an account into which another was merged.
    async fn come_to_the_desk(&mut self, house: &House) {
        let (victim, desk) = (self.people["self"].clone(), self.people["reception"].clone());
        let slot = self.slot(house, 144).await;
        self.names.insert("deskSlot", slot);
        let at = self.slot(house, 168).await;
        let booking = json!({"doctorId": self.names["doctorId"], "serviceId": self.names["service"], "startsAt": at});
        let id = house.post("/v1/bookings", victim.token(), booking).await.is(201).text("/id");
        self.names.insert("deskCancelled", id);
        let asked = json!({"channel": "phone", "name": "Спросивший", "phone": "+79160000044", "intent": "Есть ли кардиолог"});
        let lead = house.post("/v1/staff/leads", desk.token(), asked).await.is(201).text("/id");
        self.names.insert("lead", lead);
        for (name, phone) in [("twin", "+79160000041"), ("absorber", "+79160000042"), ("absorbed", "+79160000043")] {
            let patient = house.patient(phone).await;
            if name == "twin" {
                let profile = json!({"surname": VICTIM_SURNAME, "givenName": "Пётр", "birthDate": "1980-05-01"});
                house.put("/v1/me/profile", patient.token(), profile).await.is(200);
            }
            house.post("/v1/staff/patients/find", desk.token(), json!({"phone": phone})).await.is(200);
            let check = json!({"channel": "desk", "document": "passport", "lastDigits": "4321"});
            let checks = format!("/v1/staff/patients/{}/identity-checks", patient.id);
            house.post(&checks, desk.token(), check).await.is(201);
            self.names.insert(name, patient.id);
        }
        let merge = format!("/v1/staff/patients/{}/merge", self.names["absorber"]);
        house.post(&merge, desk.token(), json!({"otherId": self.names["absorbed"]})).await.is(201);
        house.settle().await;
    }

    /// A free slot of the victim's doctor, at least so many hours from now.
    pub(super) async fn slot(&self, house: &House, hours: i64) -> String {
        // By the clinic's calendar: late in the evening its tomorrow has begun, and what stands on its board is told to more.
        let days = format!("from={}&to={}", day(house, hours / 24), day(house, hours / 24 + 2));
        let path = format!("/v1/doctors/{}/slots?{days}&serviceId={}", self.names["doctorId"], self.names["service"]);
        let free = house.get(&path, None).await.is(200).json();
        text(&free["items"][3], "startsAt")
    }

    fn declaration(&self) -> Value {
        json!({
            "kind": "upload", "title": "Анализ", "fileName": "анализ.pdf", "mediaType": "application/pdf", "sizeBytes": self.pdf.len()
        })
    }

    pub(super) async fn upload(&self, house: &House, patient: &Person) -> String {
        let id = house.post("/v1/documents", patient.token(), self.declaration()).await.is(201).text("/id");
        let put = house.request(reqwest::Method::PUT, &format!("/v1/documents/{id}/content"), patient.token());
        let put = house.send(put.header("Content-Type", "application/pdf").body(self.pdf.clone())).await;
        assert!(put.status.is_success(), "{}", String::from_utf8_lossy(&put.bytes));
        id
    }
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}
