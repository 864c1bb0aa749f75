//! The record: everything but keys and numbers, by pseudonym.

use sea_orm_migration::prelude::*;

mod m0001_kernel;
mod m0002_identity;
mod m0003_scheduling;
mod m0004_documents;
mod m0005_privacy;
mod m0006_devices;
mod m0007_notifications;
mod m0008_billing;
mod m0009_consultations;
mod m0010_support;
mod m0011_exports;
mod m0012_credentials;
mod m0013_contacts;
mod m0014_numbers;
mod m0015_representation;
mod m0016_reception;
mod m0017_staff;
mod m0018_campaign;
mod m0019_catalogue;
mod m0020_hours;
mod m0021_life;
mod m0022_waiting;
mod m0024_policies;
mod m0025_requests;
mod m0026_sharing;
mod m0027_records;
mod m0028_extracts;
mod m0029_oversight;

pub struct Record;

#[async_trait::async_trait]
impl MigratorTrait for Record {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_kernel::Step),
            Box::new(m0002_identity::Step),
            Box::new(m0003_scheduling::Step),
            Box::new(m0004_documents::Step),
            Box::new(m0005_privacy::Step),
            Box::new(m0006_devices::Step),
            Box::new(m0007_notifications::Step),
            Box::new(m0008_billing::Step),
            Box::new(m0009_consultations::Step),
            Box::new(m0010_support::Step),
            Box::new(m0011_exports::Step),
            Box::new(m0012_credentials::Step),
            Box::new(m0013_contacts::Step),
            Box::new(m0014_numbers::Step),
            Box::new(m0015_representation::Step),
            Box::new(m0016_reception::Step),
            Box::new(m0017_staff::Step),
            Box::new(m0018_campaign::Step),
            Box::new(m0019_catalogue::Step),
            Box::new(m0020_hours::Step),
            Box::new(m0021_life::Step),
            Box::new(m0022_waiting::Step),
            Box::new(m0024_policies::Step),
            Box::new(m0025_requests::Step),
            Box::new(m0026_sharing::Step),
            Box::new(m0029_oversight::Step),
            Box::new(m0027_records::Step),
            Box::new(m0028_extracts::Step),
        ]
    }
}
