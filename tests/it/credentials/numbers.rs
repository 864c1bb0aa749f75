//! S3-02: the individual identification number, and a code to the phone that is bound to it.

use super::limits::to_a_window;
use super::{IIN, PHONE, SNILS, house};
use crate::support::stores::engines;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s3_02_a_code_goes_to_the_phone_bound_to_the_number_and_to_nobody_elses() {
    for on in engines() {
        let house = house(on).await;
        to_a_window(&house);
        let patient = house.numbered(PHONE, IIN, SNILS).await;
        let without = house.numbered("+79160000002", "900101400122", "112-233-445 95").await;
        house.cut_off(&without).await;
        let ask = async |iin: &str| house.post("/v1/auth/codes", None, json!({"channel": "iin", "to": iin})).await;
        let grant = |challenge: &str, code: &str| json!({"grant": "code", "challengeId": challenge, "code": code});

        house.settle().await;
        let before = house.sms_count();
        let asked = ask(IIN).await.is(202).text("/challengeId");
        let text = house.last_message(PHONE).await;
        let code: String = text.chars().filter(char::is_ascii_digit).take(6).collect();
        assert_eq!(house.sms_count(), before + 1);
        let pair = house.post("/v1/auth/tokens", None, grant(&asked, &code)).await.is(200);
        assert_eq!(house.get("/v1/me", Some(&pair.text("/accessToken"))).await.is(200).text("/id"), patient.id);
        house.post("/v1/auth/tokens", None, grant(&asked, &code)).await.refused(400, "wrong_code");

        // Nobody's number, and one without a phone: the same answer, and no message.
        for other in ["880808300123", "900101400122"] {
            let asked = ask(other).await.is(202).text("/challengeId");
            house.settle().await;
            assert_eq!(house.sms_count(), before + 1, "{on:?}");
            house.post("/v1/auth/tokens", None, grant(&asked, "000000")).await.refused(400, "wrong_code");
        }
        ask("800501300125").await.refused(400, "invalid");

        // Ten an hour for a number; the phone behind it is not told by its own limit.
        for _ in 0..9 {
            ask(IIN).await.is(202);
        }
        house.settle().await;
        assert_eq!(house.sms_count(), before + 10);
        let refused = ask(IIN).await.refused(429, "rate_limited");
        assert!(refused.headers.contains_key("retry-after"));
        house.settle().await;
        assert_eq!(house.sms_count(), before + 10, "nothing is sent when it is refused");
        house.post("/v1/auth/codes", None, json!({"channel": "sms", "to": PHONE})).await.is(202);
    }
}
