//! Lists, searches and their cursors: nobody's own list names the victim, not even from where the victim's list went on.

use super::Siege;
use super::own::ids_in;
use super::spec::Operation;
use crate::support::stores::engines;
use reqwest::Method;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// A number that checks, of a range that is not issued.
const SNILS: &str = "91000102299";
const SNILS_PRINTED: &str = "910-001-022 99";

/// Lists of which a new town has one page, or that its profile does not offer: their cursors are those of the other lists.
const ONE_PAGE: [&str; 16] = [
    "listRatings",
    "listHeldMessages",
    "listNumberClaims",
    "listStaffCharges",
    "listCampaigns",
    "listStaffFeedback",
    "listDoctorFeedback",
    "listLeads",
    "listBreakGlass",
    "listEpisodes",
    "listOfficeDoctors",
    "listOfficeServices",
    "listEquipment",
    "listAffectedBookings",
    "listRecordings",
    "listStaffRecordings",
];

impl Siege {
    /// What must not stand in anybody else's list: the victim's ids, and the words by which he is known.
    async fn canaries(&mut self) -> BTreeSet<String> {
        let form = json!({
            "surname": self.town.fill("{surname}"), "givenName": "Пётр", "birthDate": "1980-05-01",
            "identifiers": [{"system": "snils", "value": SNILS}],
        });
        self.house.put("/v1/me/profile", self.town.token("self").as_deref(), form).await.is(200);
        let mut canaries = self.ids_of("self").await;
        canaries.extend(["{surname}", "{complaint}", "{phone}"].map(|word| self.town.fill(word)));
        canaries.extend([SNILS.to_owned(), SNILS_PRINTED.to_owned()]);
        canaries
    }

    fn lists(&self) -> Vec<Operation> {
        let is_list =
            |operation: &&Operation| operation.method == Method::GET && operation.ids().is_empty() && operation.is_json();
        self.operations.iter().filter(is_list).cloned().collect()
    }

    /// Asks as `caller`, and notes every canary that stands in what he is given.
    async fn sings(&mut self, what: &str, path: &str, caller: &str, canaries: &BTreeSet<String>) {
        self.tried += 1;
        let answer = self.house.get(path, self.town.token(caller).as_deref()).await;
        let text = String::from_utf8_lossy(&answer.bytes).into_owned();
        for canary in canaries.iter().filter(|canary| answer.status.is_success() && text.contains(*canary)) {
            self.fault(format!("{what} shows {caller} the victim's {canary}: {text}"));
        }
        if answer.status.is_server_error() {
            self.fault(format!("{what} by {caller}: {text}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t21_t22_t25_nobodys_list_search_or_cursor_names_the_victim() {
    for on in engines() {
        let mut siege = Siege::lay(on).await;
        let canaries = siege.canaries().await;
        assert!(canaries.len() > 25, "{} canaries", canaries.len());
        siege.t21_nobodys_list_or_search_names_the_victim(&canaries).await;
        siege.t22_a_cursor_of_the_victims_list_shows_nobody_else_anything_of_his(&canaries).await;
        siege.t25_offices_are_shown_no_number_and_no_name_that_is_not_theirs_to_see().await;
        siege.end(1500);
    }
}

impl Siege {
    async fn t21_nobodys_list_or_search_names_the_victim(&mut self, canaries: &BTreeSet<String>) {
        for operation in self.lists() {
            let wide = operation.wide(&self.house, &self.town);
            let separator = if wide.contains('?') { '&' } else { '?' };
            let mut paths = vec![wide.clone()];
            for parameter in operation.searches() {
                for words in ["{surname}", "{phone}", "{victim}", "{booking}", "%25", "_"] {
                    let words = self.town.fill(words).replace('+', "%2B");
                    paths.push(format!("{wide}{separator}{parameter}={words}"));
                }
            }
            for caller in Siege::others().filter(|caller| !operation.door.sees(caller)) {
                for path in &paths {
                    self.sings(&operation.id, path, caller, canaries).await;
                }
            }
        }
    }

    /// Support sees tickets, and neither whose they are nor any number of his; the offices that see nothing clinical see no
    /// number in full either.
    async fn t25_offices_are_shown_no_number_and_no_name_that_is_not_theirs_to_see(&mut self) {
        let words: BTreeSet<String> =
            ["{surname}", "{complaint}", "{phone}", SNILS, SNILS_PRINTED].map(|word| self.town.fill(word)).into();
        let numbers: BTreeSet<String> = ["{phone}", SNILS, SNILS_PRINTED].map(|word| self.town.fill(word)).into();
        let is_read = |operation: &&Operation| operation.method == Method::GET && operation.is_json();
        let reads: Vec<Operation> = self.operations.iter().filter(is_read).cloned().collect();
        for operation in reads {
            let path = operation.wide(&self.house, &self.town);
            for caller in ["support", "reception", "administrator", "officer", "colleague", "stranger"] {
                // Who answers a request about data reads who asks it, and how he is reached.
                if operation.id == "getStaffRequest" && caller == "officer" {
                    continue;
                }
                // What a patient writes to the clinic's operator or asks its desk for, and under which name, is for them to read;
                // and so is what he shares, for with whom he does.
                let is_asked = operation.id.contains("StaffConversation")
                    || ["listStaffBookingWishes", "getReceivedAccess"].contains(&operation.id.as_str());
                let written = is_asked && operation.door.may(caller);
                self.sings(&operation.id, &path, caller, if written { &numbers } else { &words }).await;
            }
        }
    }

    async fn t22_a_cursor_of_the_victims_list_shows_nobody_else_anything_of_his(&mut self, canaries: &BTreeSet<String>) {
        let paged = |operation: &&Operation| operation.takes("cursor") && !operation.is_public();
        let paged: Vec<Operation> = self.operations.iter().filter(paged).cloned().collect();
        let everybodys = self.town.fill("{doctorId} {clinic} {service} {paidService}");
        let mut cursors = BTreeMap::new();
        for operation in &paged {
            let token = self.town.token(&operation.door.owner);
            let path = operation.wide(&self.house, &self.town);
            let first = self.house.get(&path.replace("limit=100", "limit=1"), token.as_deref()).await;
            let cursor = first.text("/nextCursor");
            if !cursor.is_empty() {
                let mut shown = canaries.clone();
                ids_in(&self.house.get(&path, token.as_deref()).await.is(200).json(), &mut shown);
                shown.retain(|canary| !everybodys.contains(canary));
                cursors.insert(operation.id.clone(), (cursor, shown));
            } else if !ONE_PAGE.contains(&operation.id.as_str()) {
                self.fault(format!("{}: its owner has one page; give him a second one", operation.id));
            }
        }
        for operation in &paged {
            let path = operation.wide(&self.house, &self.town);
            for (from, (cursor, shown)) in &cursors {
                // His own list's cursor is tried by everybody, another list's by those who have such a list at all.
                let own = *from == operation.id;
                let callers: Vec<&str> = if own { Siege::others().collect() } else { vec!["other", "colleague"] };
                for caller in callers.into_iter().filter(|caller| !operation.door.sees(caller)) {
                    let what = format!("{} from the cursor of {from}", operation.id);
                    self.sings(&what, &format!("{path}&cursor={cursor}"), caller, if own { shown } else { canaries }).await;
                }
            }
        }
    }
}
