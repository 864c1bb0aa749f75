//! An invitation is redeemed once, by whoever holds it, and ends all that the account signed in with before.

use crate::support::house::House;
use crate::support::people::PASSWORD;
use crate::support::stores::engines;
use chrono::TimeDelta;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s1_18_an_invitation_is_redeemed_once_and_ends_what_was_before() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        let path = format!("/v1/staff/accounts/{}/invitation", desk.id);
        let invite = async || house.post(&path, admin.token(), json!({})).await.is(201).text("/token");
        let redeem = async |token: &str| {
            let body = json!({"token": token, "newPassword": "совсем другой пароль 5"});
            house.post("/v1/staff/invitations/redeem", None, body).await
        };
        let first = invite().await;
        let token = invite().await;
        redeem(&first).await.refused(401, "sign_in_failed");
        let weak = json!({"token": token, "newPassword": "short"});
        house.post("/v1/staff/invitations/redeem", None, weak).await.refused(400, "invalid");
        // Until it is redeemed, nothing has changed.
        house.get("/v1/staff/me", desk.token()).await.is(200);
        let all = tokio::join!(redeem(&token), redeem(&token), redeem(&token));
        let won: Vec<_> = [all.0, all.1, all.2].into_iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(won.len(), 1, "{on:?}");
        redeem(&token).await.refused(401, "sign_in_failed");
        house.get("/v1/staff/me", desk.token()).await.refused(401, "unauthenticated");
        let old = json!({"grant": "password", "login": "desk", "password": PASSWORD, "totp": "000000"});
        house.post("/v1/auth/tokens", None, old).await.refused(401, "sign_in_failed");
        house.sign_in("desk", "совсем другой пароль 5", &won[0].text("/totpSecret")).await;
        // It lives three days, and not for an account that is shut out.
        let late = invite().await;
        house.later(TimeDelta::hours(73)).await;
        redeem(&late).await.refused(401, "sign_in_failed");
        assert_eq!(house.row_count("staff_invitation", []).await, 0, "swept, on {on:?}");
    }
}
