//! A clinic that was there before: its doctors are still found, and its prices are those that it had.

use crate::support::stores::{On, empty, engines};
use feldsher_migrations::{MigratorTrait, Record};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};

/// The steps before the one that is looked at.
const BEFORE: u32 = 18;

async fn texts(db: &DatabaseConnection, sql: &str) -> Vec<String> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect("rows");
    rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_03_what_was_in_the_catalogue_before_stays_found_and_priced() {
    for on in engines() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = empty(on, folder.path()).await;
        let url = if on == On::Sqlite { format!("{url}?mode=rwc") } else { url };
        let db = Database::connect(url).await.expect("a store");
        Record::up(&db, Some(BEFORE)).await.expect("the steps before");
        let names = r#"{"ru": "И", "kk": "И", "ka": "ი", "en": "I"}"#;
        let [clinic, doctor, paid, free] = [1, 2, 3, 4].map(|n| format!("00000000-0000-7000-8000-00000000000{n}"));
        let at = "2026-01-05T09:00:00+00:00";
        for sql in [
            format!(
                "INSERT INTO clinic (id, names, zone, addresses, active, created_at) VALUES ('{clinic}', '{names}', 'Asia/Almaty', '{names}', TRUE, '{at}')"
            ),
            format!(
                "INSERT INTO doctor (id, clinic, speciality, names, folded, skeletons, sorting, active, created_at) VALUES ('{doctor}', '{clinic}', 'therapy', '{names}', \
                 'әсем о''брайен-ким\nასემ', 'asem obraien kim\nasem', 'әсем о''брайен-ким', TRUE, '{at}')"
            ),
            format!(
                "INSERT INTO service (id, clinic, names, duration_min, price_amount, price_currency, active, created_at) VALUES ('{paid}', '{clinic}', '{names}', 30, 1500, 'KZT', TRUE, '{at}')"
            ),
            format!(
                "INSERT INTO service (id, clinic, names, duration_min, active, created_at) VALUES ('{free}', '{clinic}', '{names}', 30, TRUE, '{at}')"
            ),
        ] {
            db.execute_unprepared(&sql).await.expect("a row of old");
        }
        Record::up(&db, None).await.expect("the steps since");

        let mut words = texts(&db, "SELECT word FROM doctor_word").await;
        words.sort();
        assert_eq!(words, ["=ким", "=обрайен", "=әсем", "=ასემ", "~asem", "~kim", "~obraien"], "{on:?}");
        assert_eq!(texts(&db, "SELECT sorting FROM doctor").await, ["а\u{e000}сем о'брайен-ким"], "{on:?}");
        let prices = "SELECT payer || ' ' || COALESCE(amount || currency, '-') FROM service_price ORDER BY service";
        assert_eq!(texts(&db, prices).await, ["self 1500KZT", "self -"], "{on:?}");
        let places = "SELECT count(*) || '' FROM doctor_clinic w JOIN doctor d ON d.id = w.doctor AND d.clinic = w.clinic";
        assert_eq!(texts(&db, places).await, ["1"], "{on:?}");
        assert_eq!(texts(&db, "SELECT mode || ' ' || confirmation FROM service LIMIT 1").await, ["inPerson payment"], "{on:?}");
        db.close().await.expect("closed");
    }
}
