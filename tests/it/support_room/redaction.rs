//! Support sees a screenshot after somebody marked it, and only a copy with the marked regions blacked out.

use super::*;
use image::Rgb;

const BLACK: Rgb<u8> = Rgb([0, 0, 0]);

fn region(x: u32, y: u32, width: u32, height: u32) -> Value {
    json!({"x": x, "y": y, "width": width, "height": height})
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_05_regions_are_black_in_the_copy_and_open_to_the_sender() {
    for on in engines() {
        let Scene { house, anna, support, .. } = Scene::new(on).await;
        let ticket = house.ticket(&anna).await;
        house.take(&support, &ticket).await.is(200);
        let sent = pictures::png(40, 30);
        let more = json!({"reviewed": true, "regions": [region(2, 3, 10, 5), region(39, 29, 1, 1)]});
        let shot = house.shot(&anna, &ticket, PNG, &sent, more).await;
        assert_eq!(house.shot_state(&anna, &ticket, &shot).await, "served");
        let copy = pictures::pixels(&house.served(&support, &ticket, &shot).await.is(200).bytes);
        let drawn = pictures::drawing(40, 30);
        for (x, y, pixel) in copy.enumerate_pixels() {
            let private = ((2..12).contains(&x) && (3..8).contains(&y)) || (x, y) == (39, 29);
            assert_eq!(*pixel, if private { BLACK } else { *drawn.get_pixel(x, y) }, "{x} {y} on {on:?}");
        }
        assert_eq!(pictures::pixels(&house.original(&anna, &ticket, &shot).await.is(200).bytes), drawn);

        // The rectangle is measured on the picture as it is shown. Turned by 90°, it lies elsewhere in the file.
        let turned = pictures::full_jpeg(40, 30, 6);
        let shot =
            house.shot(&anna, &ticket, "image/jpeg", &turned, json!({"reviewed": true, "regions": [region(0, 32, 30, 8)]})).await;
        let copy = pictures::pixels(&house.served(&support, &ticket, &shot).await.is(200).bytes);
        assert_eq!((copy.width(), copy.height()), (30, 40));
        assert!((0..30).all(|x| copy.get_pixel(x, 36).0.iter().all(|v| *v < 40)), "black but for the encoder's noise");
        assert!((0..30).any(|x| copy.get_pixel(x, 16).0.iter().any(|v| *v > 100)));

        // What was measured on another picture would leave open what it was meant to cover.
        let wrong = json!({"reviewed": true, "regions": [region(35, 0, 6, 1)]});
        let declared = house.declare_shot(&anna, &ticket, PNG, &sent, wrong).await.is(201).text("/id");
        let refused = house.put_shot(&anna, &ticket, &declared, PNG, sent.clone()).await.refused(400, "invalid");
        assert_eq!(refused.text("/errors/0/pointer"), "/regions/0");
        assert_eq!(house.shot_state(&anna, &ticket, &declared).await, "declared");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_05_without_a_mark_support_gets_nothing_and_a_treating_doctor_may_read_first() {
    for on in engines() {
        let Scene { house, admin, anna, support } = Scene::new(on).await;
        let clinic = house.clinic(&admin).await;
        let (_, stranger) = house.second_doctor(&admin, &clinic).await;
        let ticket = house.ticket(&anna).await;
        house.take(&support, &ticket).await.is(200);
        let sent = pictures::png(40, 30);
        let shot = house.shot(&anna, &ticket, PNG, &sent, json!({"regions": [region(0, 0, 5, 5)]})).await;
        assert_eq!(house.shot_state(&anna, &ticket, &shot).await, "toReview");
        house.served(&support, &ticket, &shot).await.refused(409, "content_missing");
        house.get(&format!("/v1/staff/screenshots/{shot}/content"), support.token()).await.refused(403, "forbidden");

        // Nobody may look for the sake of marking: only who treats her now.
        let content = format!("/v1/staff/screenshots/{shot}/content");
        let queue =
            async |doctor: &Person| house.get("/v1/staff/screenshots", doctor.token()).await.is(200).json()["items"].clone();
        assert_eq!(queue(&clinic.doctor).await, json!([]));
        house.get(&content, clinic.doctor.token()).await.refused(404, "not_found");
        house.visit(&clinic, &anna, 10).await;
        assert_eq!(queue(&clinic.doctor).await[0]["id"], json!(shot));
        assert_eq!(queue(&stranger).await, json!([]));
        house.get(&content, stranger.token()).await.refused(404, "not_found");
        let review = format!("/v1/staff/screenshots/{shot}/review");
        let marks = json!({"regions": [region(20, 10, 4, 4)]});
        house.post(&review, stranger.token(), marks.clone()).await.refused(404, "not_found");
        assert_eq!(pictures::pixels(&house.get(&content, clinic.doctor.token()).await.is(200).bytes), pictures::drawing(40, 30));
        house.post(&review, clinic.doctor.token(), json!({"regions": [region(39, 0, 2, 1)]})).await.refused(400, "invalid");
        house.post(&review, clinic.doctor.token(), marks).await.is(204);
        house.settle().await;
        let copy = pictures::pixels(&house.served(&support, &ticket, &shot).await.is(200).bytes);
        assert_eq!((*copy.get_pixel(4, 4), *copy.get_pixel(23, 13)), (BLACK, BLACK), "the sender's regions and the doctor's");
        assert_eq!(copy.get_pixel(24, 14), pictures::drawing(40, 30).get_pixel(24, 14));
        // Once it was marked it is nobody's to read first.
        house.get(&content, clinic.doctor.token()).await.refused(404, "not_found");
        let log = house.get("/v1/me/access-log", anna.token()).await.is(200).json();
        let bases: Vec<_> = log["items"].as_array().expect("lines").iter().filter_map(|line| line["basis"].as_str()).collect();
        assert!(bases.contains(&"firstReader") && bases.contains(&"ticket"), "{bases:?}");

        // The sender herself may do it later, and nobody twice.
        let own = house.shot(&anna, &ticket, PNG, &sent, json!({})).await;
        let review = format!("/v1/tickets/{ticket}/screenshots/{own}/review");
        house.post(&review, anna.token(), json!({"regions": []})).await.is(200);
        house.settle().await;
        assert_eq!(house.shot_state(&anna, &ticket, &own).await, "served");
        house.post(&review, anna.token(), json!({"regions": [region(0, 0, 1, 1)]})).await.refused(409, "state_conflict");
        assert_eq!(pictures::pixels(&house.served(&support, &ticket, &own).await.is(200).bytes), pictures::drawing(40, 30));

        // Closing ends it all.
        house.post(&format!("/v1/staff/tickets/{ticket}/close"), support.token(), json!({})).await.is(204);
        house.served(&support, &ticket, &own).await.refused(404, "not_found");
        house.declare_shot(&anna, &ticket, PNG, &sent, json!({})).await.refused(409, "state_conflict");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_takes_ten_screenshots_however_many_come_at_once() {
    for on in engines() {
        let Scene { house, anna, .. } = Scene::new(on).await;
        let ticket = house.ticket(&anna).await;
        let sent = pictures::png(4, 4);
        let calls = (0..25).map(|_| house.declare_shot(&anna, &ticket, PNG, &sent, json!({})));
        let answers = futures_util::future::join_all(calls).await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!((made, house.rows("screenshot").await), (10, 10), "{on:?}");
        assert!(answers.iter().all(|answer| answer.status == 201 || answer.code() == "state_conflict"));
    }
}
