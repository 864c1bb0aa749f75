//! The manifest lists every column of both stores with what it holds, and nothing else.

use crate::support::stores::{On, Stores, engines};
use feldsher::clinic::ROOMS;
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::Db;
use feldsher::kernel::manifest;
use feldsher::kernel::vault::Column;
use sea_orm::{ConnectionTrait, Statement};
use std::collections::BTreeSet;

async fn columns_of(db: &Db, on: On) -> BTreeSet<(String, String)> {
    let sql = match on {
        On::Sqlite => {
            "SELECT m.name AS t, p.name AS c FROM sqlite_master m JOIN pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
        }
        On::Postgres => {
            "SELECT table_name::text AS t, column_name::text AS c FROM information_schema.columns WHERE table_schema = 'public'"
        }
    };
    let reader = db.reader();
    let rows = reader.query_all_raw(Statement::from_string(reader.get_database_backend(), sql)).await.expect("a schema");
    rows.into_iter()
        .map(|row| (row.try_get::<String>("", "t").expect("a table"), row.try_get::<String>("", "c").expect("a column")))
        .filter(|(table, _)| table != "seaql_migrations")
        .collect()
}

fn listed(columns: Vec<Column>) -> BTreeSet<(String, String)> {
    let count = columns.len();
    let set: BTreeSet<_> = columns.into_iter().map(|column| (column.table.to_owned(), column.name.to_owned())).collect();
    assert_eq!(set.len(), count, "a column is listed twice");
    set
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_02a_every_column_of_both_stores_has_its_class() {
    let record: Vec<Column> = manifest::record().into_iter().chain(ROOMS.iter().flat_map(|room| (room.columns)())).collect();
    for on in engines() {
        let stores = Stores::new(on).await;
        for (url, columns) in [(&stores.record_url, record.clone()), (&stores.register_url, manifest::register())] {
            let db = Db::open(url, Ambient::system()).await.expect("a store");
            let (schema, manifest) = (columns_of(&db, on).await, listed(columns));
            let missing: Vec<_> = schema.difference(&manifest).collect();
            let stale: Vec<_> = manifest.difference(&schema).collect();
            assert!(missing.is_empty() && stale.is_empty(), "not listed: {missing:?}, not there: {stale:?}, on {on:?}");
        }
    }
}
