//! The public page by which an account is deleted without the app.

use crate::support::house::House;
use crate::support::stores::engines;
use reqwest::Method;

const PHONE: &str = "+79161112233";

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let begin = format!("name=\"{name}\" value=\"");
    let at = page.find(&begin).unwrap_or_else(|| panic!("no {name} in {page}")) + begin.len();
    page[at..].split('"').next().expect("a value").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_05_an_account_is_deleted_and_kept_from_a_public_page_without_scripts_and_cookies() {
    for on in engines() {
        let house = House::new(on).await;
        let me = house.patient(PHONE).await;
        let config = house.get("/v1/app-config", None).await.is(200);
        let path = config.text("/accountDeletionPath");
        for (lang, words) in
            [("ru", "Удаление аккаунта"), ("kk", "Аккаунтты жою"), ("ka", "ანგარიშის წაშლა"), ("en", "Delete your account")]
        {
            let page = house.get(&format!("{path}?lang={lang}"), None).await.is(200);
            let text = String::from_utf8(page.bytes).expect("a page");
            assert!(text.contains(words) && text.contains("25"), "what is held, by which rule, how long: {text}");
            assert!(!text.contains("<script") && !text.contains("http://"), "nothing runs and nothing is loaded");
            assert!(page.headers.get("set-cookie").is_none());
            let policy = page.headers["content-security-policy"].to_str().expect("a header");
            assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"), "{policy}");
            assert_eq!(page.headers["cache-control"], "no-store");
        }
        let page = house.sent_form("/account-deletion/code", &[("lang", "en"), ("channel", "sms"), ("to", PHONE)]).await;
        let challenge = hidden(&page, "challenge");
        let text = house.last_message(PHONE).await;
        let code: String = text.chars().filter(char::is_ascii_digit).take(6).collect();
        let send = async |code: &str| {
            let fields = [("lang", "en"), ("challenge", challenge.as_str()), ("code", code)];
            house.sent_form("/account-deletion/plan", &fields).await
        };
        let refused = send("000000").await;
        assert!(refused.contains("role=\"alert\"") && !refused.contains("name=\"token\""), "a wrong code opens nothing");
        let plan = send(&code).await;
        assert!(plan.contains("Names, birth date, sex, national numbers and policies"), "{plan}");
        let token = hidden(&plan, "token");
        assert!(!plan.contains("action=\"/account-deletion/confirm?"), "nothing of anybody stands in an address");
        house.get("/v1/bookings", me.token()).await.is(200);

        let nobody = house.sent_form("/account-deletion/confirm", &[("lang", "en"), ("token", "nonsense")]).await;
        assert!(nobody.contains("role=\"alert\""));
        let asked = house.sent_form("/account-deletion/confirm", &[("lang", "en"), ("token", &token)]).await;
        let number = asked.split("<strong>").nth(2).and_then(|rest| rest.split('<').next()).unwrap_or_default().to_owned();
        assert_eq!(number.len(), 14, "{asked}");
        house.get("/v1/bookings", me.token()).await.is(401);

        // Who comes back is shown the way back, and takes it.
        let page = house.sent_form("/account-deletion/code", &[("lang", "ru"), ("channel", "sms"), ("to", PHONE)]).await;
        let challenge = hidden(&page, "challenge");
        let code: String = house.last_message(PHONE).await.chars().filter(char::is_ascii_digit).take(6).collect();
        let fields = [("lang", "ru"), ("challenge", challenge.as_str()), ("code", code.as_str())];
        let leaving = house.sent_form("/account-deletion/plan", &fields).await;
        assert!(leaving.contains("Отменить удаление") && !leaving.contains("/account-deletion/confirm"), "{leaving}");
        let undone = house.sent_form("/account-deletion/undo", &[("lang", "ru"), ("token", &hidden(&leaving, "token"))]).await;
        assert!(undone.contains("Удаление отменено"), "{undone}");
        let again = house.newcomer(PHONE).await;
        assert_eq!(again.id, me.id);
        house.get("/v1/bookings", again.token()).await.is(200);
        house.send(house.request(Method::GET, "/account-deletion/confirm", None)).await.is(405);
    }
}
