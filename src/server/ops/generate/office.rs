//! Where the people go: one clinic, one service, and as many doctors as the visits need.

use super::Size;
use crate::app::App;
use crate::app::multilingual::Multilingual;
use crate::clinic::identity::{Clinics, NewStaff, Role, add_staff_with};
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use crate::kernel::sql::insert_many;
use chrono_tz::Tz;
use sea_orm::Value;
use uuid::Uuid;

pub const ZONE: Tz = chrono_tz::Europe::Moscow;
/// When a doctor receives, every day, in minutes of the clinic's clock.
pub const FROM_MIN: i32 = 8 * 60;
pub const VISITS_A_DAY: u64 = 32;
pub const VISIT_MIN: i32 = 15;
/// Two years of one doctor, however many there are in all: what is measured of one shall not depend on how many others there are.
const VISITS_OF_ONE: u64 = 20_000;
/// So many even where there are few visits, for those who book beside each other.
const LEAST: u64 = 5;

pub struct Office {
    pub clinic: Uuid,
    pub service: Uuid,
    pub doctors: Vec<Uuid>,
}

impl Office {
    pub async fn open(app: &App, size: Size) -> Result<Self> {
        let actor = Actor::house("generate");
        let (clinic, service) = (app.ambient.id(), app.ambient.id());
        app.write(&actor, async |tx: &mut Tx| -> Result<()> {
            let now = tx.now();
            let row: Vec<Value> =
                vec![clinic.into(), names("Клиника").into(), ZONE.name().into(), names("Москва").into(), true.into(), now.into()];
            insert_many(tx, "clinic", &["id", "names", "zone", "addresses", "active", "created_at"], vec![row]).await?;
            let columns = &["id", "clinic", "names", "speciality", "duration_min", "active", "created_at"];
            let names = names("Приём").into();
            let row: Vec<Value> =
                vec![service.into(), clinic.into(), names, "therapy".into(), VISIT_MIN.into(), true.into(), now.into()];
            insert_many(tx, "service", columns, vec![row]).await?;
            // Whoever comes pays himself, and nothing.
            insert_many(tx, "service_price", &["service", "payer"], vec![vec![service.into(), "self".into()]]).await
        })
        .await?;
        let mut doctors = Vec::new();
        for number in 0..size.bookings.div_ceil(VISITS_OF_ONE).clamp(LEAST, size.visitors().max(LEAST)) {
            let (login, name) = (format!("doctor{number}"), format!("Врач {}", letters(number)));
            let new = NewStaff { role: Role::Doctor, clinics: Clinics::of([clinic]), login, name: name.clone() };
            let also = async |tx: &mut Tx, id: Uuid| receive(tx, id, clinic, &name).await;
            doctors.push(add_staff_with(app, &actor, new, also).await?.0);
        }
        Ok(Self { clinic, service, doctors })
    }
}

async fn receive(tx: &mut Tx, id: Uuid, clinic: Uuid, name: &str) -> Result<()> {
    let sorting = name.to_lowercase();
    let row: Vec<Value> =
        vec![id.into(), clinic.into(), "therapy".into(), names(name).into(), sorting.into(), true.into(), tx.now().into()];
    insert_many(tx, "doctor", &["id", "clinic", "speciality", "names", "sorting", "active", "created_at"], vec![row]).await?;
    insert_many(tx, "doctor_clinic", &["doctor", "clinic"], vec![vec![id.into(), clinic.into()]]).await?;
    let until_min = FROM_MIN + VISIT_MIN * i32::try_from(VISITS_A_DAY).unwrap_or(0);
    let day = |weekday: i32| -> Vec<Value> {
        vec![tx.id().into(), id.into(), weekday.into(), FROM_MIN.into(), until_min.into(), clinic.into(), true.into()]
    };
    let hours = (1..=7).map(day).collect();
    insert_many(tx, "hours", &["id", "doctor", "weekday", "from_min", "to_min", "clinic", "on_holidays"], hours).await
}

fn names(text: &str) -> Multilingual {
    Multilingual { ru: text.to_owned(), kk: text.to_owned(), ka: text.to_owned(), en: text.to_owned() }
}

/// A number as a name may be written: names have no digits.
fn letters(number: u64) -> String {
    let letter = |digit: char| digit.to_digit(10).and_then(|digit| "абвгдежзик".chars().nth(digit as usize)).unwrap_or('а');
    number.to_string().chars().map(letter).collect()
}
