//! The schema of both stores, step by step, for both engines. A step is never changed once released.

mod record;
mod register;
mod step;

pub use record::Record;
pub use register::Register;
pub use sea_orm_migration::MigratorTrait;
