//! The register: subjects, wrapped keys, the directory, tombstones, epochs.

use sea_orm_migration::prelude::*;

mod m0001_register;

pub struct Register;

#[async_trait::async_trait]
impl MigratorTrait for Register {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001_register::Step)]
    }
}
