//! The doctor names each planted fault, and has nothing to say about a house that is well.

use super::set_meta;
use crate::support::house::House;
use crate::support::stores::{On, engines};
use chrono::TimeDelta;
use feldsher::adapters::files::FilesConfig;
use feldsher::adapters::mail::MailConfig;
use feldsher::adapters::payments::PaymentsConfig;
use feldsher::adapters::sms::SmsConfig;
use feldsher::app::App;
use feldsher::app::config::Config;
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::error::Result;
use feldsher::server::ops::{self, Finding, Severity, doctor};
use feldsher::server::worker;
use sea_orm::{ConnectionTrait, Statement};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
}

async fn run(app: &App, sql: &str) {
    app.write(&Actor::house("test"), async |tx: &mut Tx| -> Result<()> {
        tx.execute_raw(Statement::from_string(tx.get_database_backend(), sql)).await?;
        Ok(())
    })
    .await
    .expect("a statement");
}

#[track_caller]
fn names(findings: &[Finding], severity: Severity, part: &str) {
    let found = findings.iter().any(|finding| finding.severity == severity && finding.what.contains(part));
    assert!(found, "{part:?} is not among {findings:#?}");
    assert!(findings.iter().all(|finding| !finding.why.is_empty() && !finding.mend.is_empty()));
}

/// A house for real: marked, confirmed, with peers, with backups, with its trail sealed.
async fn healthy(on: On) -> (House, Config) {
    let house = House::new(on).await;
    chmod(&house.app.config.data, 0o700);
    chmod(&house.app.config.keys, 0o700);
    let text = include_str!("../../../profiles/ru-telemed.toml");
    let profile = house.stores.path("profile.toml");
    fs::write(&profile, text.replace("confirmed_by_operator = false", "confirmed_by_operator = true")).expect("a profile");
    let sms = "kind = 'http'\nurl = 'https://sms.example/send'\nbody = '{\"to\": \"{to}\", \"text\": \"{text}\"}'";
    let mail = "kind = 'smtp'\nhost = 'mail.example'\nfrom = 'clinic@mail.example'";
    let payments = "kind = 'yookassa'\nshop_id = '1'\nsecret_key = 'test_1'";
    let config = Config {
        payments: toml::from_str(payments).expect("a provider"),
        profile: profile.display().to_string(),
        sms: toml::from_str(sms).expect("a gateway"),
        mail: toml::from_str(mail).expect("a mail server"),
        checkpoints: Some(FilesConfig::Disk { path: house.stores.path("elsewhere") }),
        ..house.app.config.clone()
    };
    let ambient = &house.app.ambient;
    ops::check_mark(&config, ambient, false).await.expect("a mark");
    house.newcomer("+79161234503").await;
    while feldsher::kernel::audit::seal_once(&house.app.db, &house.app.sealer).await.expect("sealed") > 0 {}
    ops::backup_record(&config, ambient, &house.stores.path("a/1")).await.expect("a backup");
    ops::backup_register(&config, ambient, &house.stores.path("b/1")).await.expect("a backup");
    (house, config)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_house_is_told_nothing() {
    for on in engines() {
        let (house, config) = healthy(on).await;
        let findings = doctor(&config, &house.app.ambient).await;
        assert_eq!(findings, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_faults_of_the_stores_are_named() {
    for on in engines() {
        let (house, config) = healthy(on).await;
        let (app, ambient) = (&house.app, &house.app.ambient);
        run(
            app,
            "INSERT INTO task (id, kind, payload, run_at, state, attempt, attempts_max, created_at) \
             SELECT id, 'test.dead', '{}', at, 'dead', 1, 1, at FROM audit_line LIMIT 1",
        )
        .await;
        set_meta(app, "register_generation", "99").await;
        let findings = doctor(&config, ambient).await;
        names(&findings, Severity::Warning, "1 tasks are dead");
        names(&findings, Severity::Severe, "is older than the record");
        assert_eq!(findings[0].severity, Severity::Severe, "the severe ones come first");
        run(app, "UPDATE audit_line SET chained = FALSE").await;
        run(app, "DELETE FROM meta WHERE name = 'last_backup_record_at'").await;
        let later = Ambient::system();
        later.advance(TimeDelta::days(31));
        let findings = doctor(&config, &later).await;
        names(&findings, Severity::Warning, "wait for the sealer");
        names(&findings, Severity::Warning, "no backup of the record was ever made");
        names(&findings, Severity::Warning, "the last backup of the register is of");
        names(&findings, Severity::Severe, "more than 30 days ago");
        names(&findings, Severity::Warning, "and the clock says");
        let behind = Ambient::system();
        behind.advance(TimeDelta::days(-1));
        names(&doctor(&config, &behind).await, Severity::Severe, "and the newest line of the trail");
        run(app, "DELETE FROM seaql_migrations WHERE version LIKE 'm0001%'").await;
        run(app, "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 1)").await;
        let findings = doctor(&config, ambient).await;
        names(&findings, Severity::Warning, "1 migrations of the record are pending");
        names(&findings, Severity::Severe, "newer version (m9999_later)");
        assert!(worker::drain(app).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_faults_of_places_and_settings_are_named() {
    for on in engines() {
        let (house, config) = healthy(on).await;
        let ambient = &house.app.ambient;
        chmod(&config.keys, 0o750);
        chmod(&config.keys.join("audit-chain.key"), 0o644);
        chmod(&config.data, 0o755);
        let findings = doctor(&config, ambient).await;
        names(&findings, Severity::Severe, "keys has the mode 750");
        names(&findings, Severity::Severe, "audit-chain.key has the mode 644");
        names(&findings, Severity::Warning, "data has the mode 755");

        let memory = Config {
            sms: SmsConfig::Memory {},
            payments: PaymentsConfig::default(),
            mail: MailConfig::Memory {},
            files: Some(FilesConfig::Memory {}),
            profile: "ru-telemed".to_owned(),
            wrapping: Some(config.data.join("wrapping")),
            ..config.clone()
        };
        let findings = doctor(&memory, ambient).await;
        for part in ["sms.kind", "mail.kind", "files.kind", "is not confirmed", "lies inside data", "epoch-000001.key is missing"]
        {
            names(&findings, Severity::Severe, part);
        }
        names(&findings, Severity::Warning, "payments.kind");
        assert!(!config.data.join("wrapping").exists(), "the doctor makes nothing");

        fs::write(config.wrapping().join("epoch-000001.key"), "00".repeat(32)).expect("another key");
        names(&doctor(&config, ambient).await, Severity::Severe, "do not open the register");
        let same = Config { register_url: config.record_url.clone(), ..config.clone() };
        names(&doctor(&same, ambient).await, Severity::Severe, "are the same database");
        let empty = super::empty_stores(on).await;
        let gone = Config { register_url: Some(empty.register_url.clone()), ..config.clone() };
        names(&doctor(&gone, ambient).await, Severity::Severe, "the register is missing");
        let silent = Config { record_url: Some("postgres://nobody@127.0.0.1:1/nothing".to_owned()), ..config };
        names(&doctor(&silent, ambient).await, Severity::Severe, "the record can't be opened");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_may_keep_its_messages_in_memory() {
    for on in engines() {
        let house = House::new(on).await;
        chmod(&house.app.config.data, 0o700);
        chmod(&house.app.config.keys, 0o700);
        ops::check_mark(&house.app.config, &house.app.ambient, true).await.expect("a mark");
        assert_eq!(doctor(&house.app.config, &house.app.ambient).await, []);
    }
}
