//! The kernel by itself: transactions, group commit, tasks, idempotency, the trail, the vault.

use crate::support::stores::{Stores, engines};
use feldsher::kernel::access::{Asker, Openings};
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::{Actor, Db, Tx, Verdict, Who};
use feldsher::kernel::error::{Code, Error, Result};
use feldsher::kernel::vault::{Class, Index, Personal, Reservation, Vault};
use feldsher::kernel::{audit, guard, once, queue};
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

async fn record(stores: &Stores) -> Db {
    Db::open(&stores.record_url, Ambient::system()).await.expect("the record")
}

async fn vault(stores: &Stores) -> Vault {
    let register = Db::open(&stores.register_url, Ambient::system()).await.expect("the register");
    Vault::open(register, &stores.path("wrapping")).await.expect("the vault")
}

fn somebody() -> Actor {
    Actor { who: Who::Anonymous, operation: "test", request: Uuid::nil() }
}

async fn put(tx: &mut Tx, name: &str) -> Result<()> {
    let sql = "INSERT INTO meta (name, value) VALUES ($1, 'x')";
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [name.into()])).await?;
    Ok(())
}

async fn count(db: &Db, sql: &str) -> i64 {
    let reader = db.reader();
    let row =
        reader.query_one_raw(Statement::from_string(reader.get_database_backend(), sql)).await.expect("a query").expect("a row");
    row.try_get_by_index::<i64>(0).expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_commits_or_rolls_back_and_a_kept_refusal_stays() {
    for on in engines() {
        let stores = Stores::new(on).await;
        let db = record(&stores).await;
        let ok = db.write(&somebody(), async |tx: &mut Tx| -> Result<i32> { put(tx, "kept").await.map(|()| 7) }).await;
        assert_eq!(ok.expect("committed"), 7);
        let refused = db
            .write(&somebody(), async |tx: &mut Tx| -> Result<()> {
                put(tx, "lost").await?;
                Err(Error::refused(Code::SlotTaken))
            })
            .await;
        assert_eq!(refused.expect_err("refused").code(), Code::SlotTaken);
        let counted = db
            .write(&somebody(), async |tx: &mut Tx| -> Verdict<()> {
                match put(tx, "counted").await {
                    Ok(()) => Verdict::kept(Error::refused(Code::WrongCode)),
                    Err(error) => Err(error).into(),
                }
            })
            .await;
        assert_eq!(counted.expect_err("refused").code(), Code::WrongCode);
        assert_eq!(count(&db, "SELECT count(*) FROM meta").await, 2, "{on:?}");
        assert_eq!(count(&db, "SELECT count(*) FROM audit_line").await, 2, "each committed one left a line");
        let nested = db
            .write(&somebody(), async |_: &mut Tx| -> Result<()> {
                db.write(&somebody(), async |tx: &mut Tx| put(tx, "n").await).await
            })
            .await;
        assert_eq!(nested.expect_err("no write inside a write").code(), Code::Internal);
        let swallowed = db
            .write(&somebody(), async |tx: &mut Tx| -> Result<()> {
                let _ = put(tx, "kept").await;
                Ok(())
            })
            .await;
        assert_eq!(swallowed.expect_err("a swallowed error can't commit").code(), Code::Internal);
        let network = db.write(&somebody(), async |_: &mut Tx| -> Result<()> { guard::outside("a send") }).await;
        assert_eq!(network.expect_err("no network inside").code(), Code::Internal);
        put_after(&db).await;
    }
}

/// A refused or failed transaction leaves the writers well.
async fn put_after(db: &Db) {
    db.write(&somebody(), async |tx: &mut Tx| put(tx, "after").await).await.expect("the writers are well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_writers_share_commits_and_lose_nothing() {
    for on in engines() {
        let stores = Stores::new(on).await;
        let db = record(&stores).await;
        let mut writers = Vec::new();
        for writer in 0..16 {
            let db = db.clone();
            writers.push(tokio::spawn(async move {
                let mut kept = 0;
                for n in 0..20 {
                    let name = format!("{writer}-{n}");
                    let done = db
                        .write(&somebody(), async |tx: &mut Tx| -> Result<()> {
                            put(tx, &name).await?;
                            if n % 5 == 4 { Err(Error::refused(Code::SlotTaken)) } else { Ok(()) }
                        })
                        .await;
                    kept += i64::from(done.is_ok());
                }
                kept
            }));
        }
        let mut kept = 0;
        for writer in writers {
            kept += writer.await.expect("a writer");
        }
        assert_eq!(kept, 16 * 16);
        assert_eq!(count(&db, "SELECT count(*) FROM meta").await, kept, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_goes_away_leaves_nothing_and_holds_up_nobody() {
    for on in engines() {
        let stores = Stores::new(on).await;
        let db = record(&stores).await;
        for n in 0..10 {
            let name = format!("gone-{n}");
            let actor = somebody();
            let gone = db.write(&actor, async |tx: &mut Tx| -> Result<()> {
                put(tx, &name).await?;
                tokio::time::sleep(std::time::Duration::from_secs(5)).await;
                Ok(())
            });
            let limited = tokio::time::timeout(std::time::Duration::from_millis(30), gone).await;
            assert!(limited.is_err());
        }
        put_after(&db).await;
        assert_eq!(count(&db, "SELECT count(*) FROM meta").await, 1, "{on:?}");
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Greet {
    whom: Uuid,
}

impl queue::Task for Greet {
    const KIND: &'static str = "test.greet";
    const ATTEMPTS: i32 = 2;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_claimed_once_fenced_repeated_and_at_last_dead() {
    use queue::Task;
    for on in engines() {
        let stores = Stores::new(on).await;
        let db = record(&stores).await;
        let whom = db.ambient.id();
        db.write(&somebody(), async |tx: &mut Tx| -> Result<()> {
            tx.enqueue(Greet { whom }.task().once("greet"));
            tx.enqueue(Greet { whom }.task().once("greet"));
            Ok(())
        })
        .await
        .expect("enqueued");
        let (a, b) = (db.ambient.id(), db.ambient.id());
        let mine = queue::claim(&db, a, 10).await.expect("a claim");
        assert_eq!(mine.len(), 1, "deduplicated on {on:?}");
        assert_eq!(mine[0].read::<Greet>().expect("a payload").whom, whom);
        assert!(queue::claim(&db, b, 10).await.expect("a claim").is_empty(), "leased");
        db.ambient.advance(queue::LEASE + chrono::TimeDelta::seconds(1));
        let theirs = queue::claim(&db, b, 10).await.expect("a claim");
        assert_eq!(theirs.len(), 1, "the lease has ended");
        settle(&db, &mine[0], queue::Outcome::Done).await;
        assert_eq!(count(&db, "SELECT count(*) FROM task").await, 1, "an expired holder settles nothing");
        settle(&db, &theirs[0], queue::Outcome::Retry { after_s: Some(1), why: "test" }).await;
        assert_eq!(count(&db, "SELECT count(*) FROM task WHERE state = 'dead'").await, 1, "two attempts were all");
    }
}

async fn settle(db: &Db, task: &queue::Claimed, outcome: queue::Outcome) {
    db.write(&Actor::house("test"), async |tx: &mut Tx| queue::settle(tx, task, outcome).await).await.expect("settled");
}

#[derive(serde::Serialize, serde::Deserialize, PartialEq, Debug)]
struct Name {
    text: String,
}

impl Personal for Name {
    const TABLE: &'static str = "test";
    const COLUMN: &'static str = "name";
    const CLASS: Class = Class::Identity;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vault_seals_finds_rotates_and_forgets() {
    for on in engines() {
        let stores = Stores::new(on).await;
        let (db, vault) = (record(&stores).await, vault(&stores).await);
        let keys = vault.create(&[Class::Identity, Class::Contact, Class::Security]).await.expect("keys");
        let row = db.ambient.id();
        let sealed = keys.seal(row, &Name { text: "Айгерім".into() }).expect("sealed");
        let snils = Index { kind: "snils", value: "91000102299".into() };
        assert_eq!(vault.reserve(&keys, &snils).await.expect("reserved"), Reservation::Ours);
        let other = vault.create(&[Class::Contact]).await.expect("keys");
        assert_eq!(vault.reserve(&other, &snils).await.expect("taken"), Reservation::Taken(keys.subject));

        for round in 0..2 {
            let openings = Openings::new(&db, &vault, somebody(), Asker { id: keys.subject, medical: false });
            let grant = openings.grant(keys.subject, Class::Identity, ("test", row)).await.expect("his own");
            assert_eq!(grant.open::<Name>(row, &sealed).expect("opened").text, "Айгерім", "round {round} on {on:?}");
            assert!(grant.open::<Name>(db.ambient.id(), &sealed).is_err(), "moved to another row");
            assert_eq!(vault.find(&snils).await.expect("a search"), Some(keys.subject));
            let stranger = Openings::new(&db, &vault, somebody(), Asker { id: other.subject, medical: true });
            let refused = stranger.grant(keys.subject, Class::Identity, ("test", row)).await;
            assert_eq!(refused.err().expect("no reason").code(), Code::NotFound);
            vault.rotate().await.expect("a new epoch");
        }

        vault.bury(keys.subject).await.expect("a tombstone");
        vault.destroy(keys.subject, &[]).await.expect("destroyed");
        assert_eq!(vault.find(&snils).await.expect("a search"), None);
        assert_eq!(vault.keys(keys.subject).await.err().expect("no keys").code(), Code::NotFound);
        assert_eq!(vault.reserve(&other, &snils).await.expect("free again"), Reservation::Ours);
        assert!(vault.ensure(keys.subject, &[Class::Identity]).await.is_err(), "a buried subject gets no key");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_gets_the_same_answer_and_another_body_is_refused() {
    for on in engines() {
        let stores = Stores::new(on).await;
        let db = record(&stores).await;
        let vault = vault(&stores).await;
        let keys = vault.create(&[Class::Security]).await.expect("keys");
        let go = async |key: &str, body: &str| {
            let once = once::Once::new(&keys, "test", key, body).expect("digests");
            db.write(&somebody(), async |tx: &mut Tx| -> Result<Option<once::Answer>> {
                let again = once.begin(tx).await?;
                if again.is_none() {
                    once.keep(tx, &once::Answer::Done("answer".into()))?;
                }
                Ok(again)
            })
            .await
        };
        assert_eq!(go("k", "body").await.expect("new"), None, "{on:?}");
        assert_eq!(go("k", "body").await.expect("again"), Some(once::Answer::Done("answer".into())));
        assert_eq!(go("k", "other").await.expect_err("another body").code(), Code::IdempotencyKeyReused);
        assert_eq!(go("l", "other").await.expect("another key"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn e10_who_rewrites_the_trail_is_named_and_so_is_a_missing_tail() {
    for on in engines() {
        let stores = Stores::new(on).await;
        let db = record(&stores).await;
        let sealer = audit::Sealer::open(stores.folder.path(), &db.ambient).expect("keys");
        for n in 0..5 {
            db.write(&somebody(), async |tx: &mut Tx| put(tx, &n.to_string()).await).await.expect("a line");
        }
        assert_eq!(audit::seal_once(&db, &sealer).await.expect("sealed"), 5);
        assert_eq!(audit::seal_once(&db, &sealer).await.expect("sealed"), 0);
        let whole = audit::verify(&db, &sealer).await.expect("verified");
        assert_eq!((whole.lines, whole.finding), (5, None), "{on:?}");

        let third = "(SELECT line_id FROM audit_chain WHERE seq = 3)";
        let change = async |sql: String| {
            db.write(&Actor::house("attack"), async |tx: &mut Tx| -> Result<()> {
                tx.execute_unprepared(&sql).await?;
                Ok(())
            })
            .await
            .expect("an attacker may write");
        };
        change(format!("UPDATE audit_line SET action = 'nothing' WHERE id = {third}")).await;
        let broken = audit::verify(&db, &sealer).await.expect("verified").finding.expect("a finding");
        assert!(matches!(broken, audit::Finding::Broken { seq: 3, .. }), "{broken:?}");
        change(format!("UPDATE audit_line SET action = 'write' WHERE id = {third}")).await;
        assert_eq!(audit::verify(&db, &sealer).await.expect("verified").finding, None);
        change("DELETE FROM audit_chain WHERE seq = 5".into()).await;
        let tail = audit::verify(&db, &sealer).await.expect("verified").finding;
        assert_eq!(tail, Some(audit::Finding::TailMissing { chain_ends: 4, checkpoint: 5 }));
    }
}
