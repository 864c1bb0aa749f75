//! A doctor's hours, as his administrator writes them.

use super::super::office;
use super::super::slots::Opening;
use crate::app::App;
use crate::app::wire::{Body, Date, Failure, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
pub(super) enum Tag {
    /// Clinics, services and doctors, for their administrator
    Office,
}

/// A stretch of each such weekday, on the clock of the clinic.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, deny_unknown_fields)]
struct OpeningHours {
    /// Monday is 1, Sunday is 7.
    #[oai(validator(minimum(value = "1"), maximum(value = "7")))]
    weekday: i32,
    #[oai(validator(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    from: String,
    /// `24:00` ends the day.
    #[oai(validator(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"))]
    to: String,
    /// The first day on which it holds. Absent: from the beginning.
    valid_from: Option<Date>,
    /// The last day on which it holds. Absent: for good.
    valid_until: Option<Date>,
}

/// All hours of a doctor.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct Timetable {
    #[oai(validator(max_items = 100))]
    hours: Vec<OpeningHours>,
}

impl From<&OpeningHours> for Opening {
    fn from(hours: &OpeningHours) -> Self {
        Opening {
            weekday: hours.weekday,
            from_min: minutes(&hours.from),
            to_min: minutes(&hours.to),
            valid_from: hours.valid_from.map(|date| date.0),
            valid_until: hours.valid_until.map(|date| date.0),
        }
    }
}

/// The minutes of `HH:MM`. What has another form was refused by the schema.
fn minutes(text: &str) -> i32 {
    let (hour, minute) = text.split_once(':').unwrap_or_default();
    hour.parse::<i32>().unwrap_or(0) * 60 + minute.parse::<i32>().unwrap_or(0)
}

pub struct OfficeApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Office")]
impl OfficeApi {
    /// Replace a doctor's hours
    ///
    /// What is booked stays booked.
    #[oai(path = "/doctors/:id/hours", method = "put", operation_id = "putHours")]
    async fn put_hours(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<Timetable>,
    ) -> Result<Reply<Timetable>, Failure> {
        let caller = session.staff_for("putHours")?;
        let openings: Vec<Opening> = body.0.hours.iter().map(Opening::from).collect();
        office::check_hours(&openings)?;
        app.write(&caller.actor("putHours"), async |tx: &mut Tx| office::replace_hours(tx, &caller, id.0, &openings).await)
            .await?;
        Ok(Reply::new(body.0))
    }
}
