//! Settings that can't work are named at the start, and keys are printed nowhere.

use super::Town;
use feldsher::adapters::outbox::Outbox;
use feldsher::adapters::push::{Push, PushConfig};
use feldsher::kernel::secret::Secret;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

#[tokio::test]
async fn a_setting_that_can_not_work_is_named() {
    let town = Town::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str, mode| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    };
    let said = |change: &dyn Fn(&mut PushConfig)| {
        let mut config = town.config.clone();
        change(&mut config);
        Push::open(&config, &town.ours, &Outbox::default()).unwrap_err().to_string()
    };
    let apns = |change: &dyn Fn(&mut feldsher::adapters::push::ApnsConfig)| said(&|config| change(config.apns.as_mut().unwrap()));
    let fcm = |change: &dyn Fn(&mut feldsher::adapters::push::FcmConfig)| said(&|config| change(config.fcm.as_mut().unwrap()));
    let rustore =
        |change: &dyn Fn(&mut feldsher::adapters::push::RustoreConfig)| said(&|config| change(config.rustore.as_mut().unwrap()));
    let good_key = fs::read_to_string(&town.config.apns.as_ref().unwrap().key_file).unwrap();
    let account = fs::read_to_string(&town.config.fcm.as_ref().unwrap().service_account).unwrap();
    let account_with = |from: &str, to: &str| account.replace(from, to);
    for (error, word) in [
        (apns(&|apns| apns.key_file = "/nowhere/key.p8".into()), "push.apns.key_file: /nowhere/key.p8 can't be read"),
        (apns(&|apns| apns.key_file = file("open.p8", &good_key, 0o644)), "mode 644 lets others at it"),
        (apns(&|apns| apns.key_file = file("no.p8", "no key", 0o600)), "no P-256 key"),
        (apns(&|apns| apns.key_id = "a b".into()), "push.apns.key_id"),
        (apns(&|apns| apns.team_id = String::new()), "push.apns.team_id"),
        (apns(&|apns| apns.topic = "a\nb".into()), "push.apns.topic"),
        (apns(&|apns| apns.host = "https://api.push.apple.com".into()), "push.apns.host"),
        (apns(&|apns| apns.host = "api.push.apple.com/3".into()), "a name, perhaps with a port"),
        (apns(&|apns| apns.root_certificates = Some(file("empty.pem", "", 0o600))), "no certificate in PEM"),
        (fcm(&|fcm| fcm.service_account = file("open.json", &account, 0o604)), "mode 604 lets others at it"),
        (fcm(&|fcm| fcm.service_account = file("no.json", "{}", 0o600)), "no key file of a service account"),
        (
            fcm(&|fcm| fcm.service_account = file("nokey.json", &account_with("BEGIN PRIVATE", "BEGIN NO"), 0o600)),
            "no private key that can sign",
        ),
        (
            fcm(&|fcm| fcm.service_account = file("plain.json", &account_with("127.0.0.1", "tokens.example"), 0o600)),
            "its token_uri is plain HTTP",
        ),
        (fcm(&|fcm| fcm.base_url = "http://fcm.example".into()), "push.fcm.base_url is plain HTTP"),
        (rustore(&|rustore| rustore.project_id = "a/b".into()), "push.rustore: the project id"),
        (rustore(&|rustore| rustore.token = Secret::new("")), "push.rustore.token"),
        (rustore(&|rustore| rustore.base_url = "vkpns".into()), "push.rustore.base_url is not a URL"),
    ] {
        assert!(error.contains(word), "{error:?} does not say {word:?}");
    }
    assert!(toml::from_str::<PushConfig>("[apns]\nkey_file='k'\nkey_id='i'\nteam_id='t'\ntopic='a.b'\nhots='h'").is_err());
    let file = file("group.p8", &good_key, 0o640);
    let mut config = town.config.clone();
    config.apns.as_mut().unwrap().key_file = file;
    assert!(Push::open(&config, &town.ours, &Outbox::default()).is_ok(), "the group may read it");
}

#[tokio::test]
async fn keys_are_printed_nowhere() {
    let town = Town::new().await;
    let printed = format!("{:?} {:?}", town.config, town.push);
    assert!(printed.contains("localhost") && !printed.contains("service-token-of-rustore") && !printed.contains("PRIVATE"));
}

#[test]
fn the_settings_read_as_an_operator_writes_them() {
    let config: PushConfig = super::super::config(
        "[apns]\nkey_file='/etc/feldsher/apns.p8'\nkey_id='ABC'\nteam_id='DEF'\ntopic='a.b'\n\
         [fcm]\nservice_account='/etc/feldsher/fcm.json'\n[rustore]\nproject_id='p'\ntoken='hunter2'",
    );
    assert_eq!(config.timeout_s, 10);
    assert_eq!(config.apns.unwrap().host, "api.push.apple.com");
    assert_eq!(config.fcm.unwrap().base_url, "https://fcm.googleapis.com");
    assert_eq!(config.rustore.unwrap().base_url, "https://vkpns.rustore.ru");
}
