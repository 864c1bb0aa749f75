//! What is asked by phone, by mail or at the desk.

use super::{PHONE, hired, instant, told};
use crate::support::house::House;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::app::deadline::Term;
use feldsher::clinic::identity::Role;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s0_11_s1_21_s4_09_what_is_asked_by_phone_or_mail_is_taken_in_with_a_check_of_who_asks() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        let other = house.patient("+79160000002").await;
        let path = format!("/v1/staff/patients/{}/requests", me.id);
        let now = house.app.ambient.now();
        let came = (now - TimeDelta::days(4)).to_rfc3339();
        let letter = json!({"kind": "access", "channel": "mail", "receivedAt": came, "text": "Пришлите копию"});
        let support = hired(&house, Role::Support, "support").await;
        house.post(&path, support.token(), letter.clone()).await.refused(403, "forbidden");
        house.post(&path, me.token(), letter.clone()).await.refused(403, "forbidden");
        for (role, login) in [(Role::Reception, "desk"), (Role::CallCentre, "calls"), (Role::Officer, "officer")] {
            let desk = hired(&house, role, login).await;
            house.post(&path, desk.token(), letter.clone()).await.refused(404, "not_found");
            assert_eq!(house.found_by_phone(&desk, PHONE).await, me.id);
            house.post(&path, desk.token(), letter.clone()).await.refused(403, "identity_check_required");
            house.checked(&desk, &me.id).await;
            let theirs = format!("/v1/staff/patients/{}/requests", other.id);
            house.post(&theirs, desk.token(), letter.clone()).await.refused(404, "not_found");
            for odd in [
                json!({"kind": "access", "channel": "app"}),
                json!({"kind": "access", "channel": "desk", "receivedAt": (now + TimeDelta::days(1)).to_rfc3339()}),
                json!({"kind": "access", "channel": "desk", "receivedAt": (now - TimeDelta::days(60)).to_rfc3339()}),
                json!({"kind": "blocking", "channel": "desk", "text": "Не звоните"}),
            ] {
                house.post(&path, desk.token(), odd).await.refused(400, "invalid");
            }
            let entered = house.post(&path, desk.token(), letter.clone()).await.is(201);
            let (received, due) = (instant(&entered, "/receivedAt"), instant(&entered, "/dueAt"));
            assert!(now - received > TimeDelta::days(3), "the term runs from the day on which it came");
            assert_eq!(due, house.app.profile.due(Term::WorkingDays(10), received));
            assert!(!String::from_utf8_lossy(&entered.bytes).contains("копию"), "the desk keeps no words of his");
            house.settle().await;
            assert_eq!(told(&house, "requestChanged", &entered.text("/id")).await, 1, "he is told that it was entered");
            let view = house.get(&format!("/v1/me/requests/{}", entered.text("/id")), me.token()).await.is(200);
            assert_eq!((view.text("/channel"), view.text("/text")), ("mail".into(), "Пришлите копию".into()));
        }
        let officer = hired(&house, Role::Officer, "reader").await;
        let queue = house.get("/v1/staff/requests", officer.token()).await.is(200);
        let read = house.get(&format!("/v1/staff/requests/{}", queue.text("/items/0/id")), officer.token()).await.is(200);
        assert!(!read.text("/identityCheckId").is_empty(), "the check of who asked stands with it");
        assert_eq!(house.get("/v1/me/requests", other.token()).await.is(200).json()["items"], json!([]));
    }
}
