//! What visits add up to, for those who answer for the house.

use super::super::rows::VisitTotal;
use super::super::statistics;
use super::office::Tag;
use crate::app::App;
use crate::app::wire::{Failure, Instant, Reply};
use crate::clinic::identity::Session;
use crate::kernel::error::{Error, Fault};
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

/// Visits that took place in one clinic, of one speciality and one service.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct VisitGroup {
    clinic_id: Uuid,
    speciality: String,
    service_id: Uuid,
    visits: i64,
    /// How many different people came.
    people: i64,
}

impl From<VisitTotal> for VisitGroup {
    fn from(total: VisitTotal) -> Self {
        let VisitTotal { clinic, speciality, service, visits, people } = total;
        Self { clinic_id: clinic, speciality, service_id: service, visits, people }
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct VisitStatistics {
    /// `2026-10`, in UTC. Absent, with everything else, before the first month is closed.
    month: Option<String>,
    /// Some days after its end; it changes no more.
    closed_at: Option<Instant>,
    items: Vec<VisitGroup>,
    /// Groups behind which fewer people stand than the profile asks for: they are not kept.
    suppressed_groups: i64,
}

pub struct StatisticsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Office")]
impl StatisticsApi {
    /// Read what the visits of a month add up to
    ///
    /// Fixed groups that never overlap, of months that are closed; whoever works for some clinics sees theirs. The totals name
    /// nobody, and an erasure changes nothing in them. 404 for a month that is not closed.
    #[oai(path = "/visit-statistics", method = "get", operation_id = "getVisitStatistics")]
    async fn report(
        &self,
        app: Data<&App>,
        session: Session,
        /// `2026-10`. Default: the month that was closed last.
        #[oai(validator(max_length = 7))]
        month: Query<Option<String>>,
    ) -> Result<Reply<VisitStatistics>, Failure> {
        let caller = session.staff_for("getVisitStatistics")?;
        let is_month = |month: &String| format!("{month}-01").parse::<chrono::NaiveDate>().is_ok();
        if month.0.as_ref().is_some_and(|month| !is_month(month)) {
            return Err(Error::field("?month", Fault::BadFormat).into());
        }
        let view = match statistics::report(&app, month.0.as_deref(), &caller.clinics).await? {
            Some(report) => VisitStatistics {
                month: Some(report.month.month),
                closed_at: Some(report.month.closed_at.into()),
                items: report.groups.into_iter().map(Into::into).collect(),
                suppressed_groups: report.month.suppressed,
            },
            None if month.0.is_some() => return Err(Error::not_found().into()),
            None => VisitStatistics { month: None, closed_at: None, items: Vec::new(), suppressed_groups: 0 },
        };
        Ok(Reply::new(view))
    }
}
