//! Reading what is committed, from the pool of readers.

use super::super::guard;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement};

/// A connection that only reads, and only outside of transactions: inside one, the `Tx` is the reader, and a second
/// connection of the same pool could wait for itself.
#[derive(Clone, Copy)]
pub struct Reader<'a>(&'a DatabaseConnection);

impl<'a> Reader<'a> {
    pub(super) fn new(pool: &'a DatabaseConnection) -> Self {
        Self(pool)
    }
}

fn outside() -> Result<(), DbErr> {
    guard::outside("a reader").map_err(|error| DbErr::Custom(error.to_string()))
}

#[async_trait::async_trait]
impl ConnectionTrait for Reader<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }

    async fn execute_raw(&self, _: Statement) -> Result<ExecResult, DbErr> {
        Err(DbErr::Custom("a reader does not write".into()))
    }

    async fn execute_unprepared(&self, _: &str) -> Result<ExecResult, DbErr> {
        Err(DbErr::Custom("a reader does not write".into()))
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        outside()?;
        self.0.query_one_raw(stmt).await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        outside()?;
        self.0.query_all_raw(stmt).await
    }
}
