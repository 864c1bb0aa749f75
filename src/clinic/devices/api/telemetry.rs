//! Taking telemetry, and showing what it adds up to.

use super::super::scrub;
use super::super::statistics::{self, Group};
use super::super::telemetry::{self, Batch, Sample, Value};
use super::{AppPlatform, Tag};
use crate::app::App;
use crate::app::profile;
use crate::app::wire::{Accepted, Body, Date, Failure, Instant, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Result};
use poem::web::Data;
use poem_openapi::param::{Header, Query};
use poem_openapi::{Object, OpenApi};
use std::collections::BTreeMap;

/// Days that one report may span.
const REPORT_DAYS_MAX: i64 = 92;

/// One attribute: a number, a flag or a word. A text that is no word as `wifi` is dropped.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct TelemetryAttribute {
    /// One of the names in app-config; others are dropped.
    #[oai(validator(max_length = 64))]
    name: String,
    /// Kept by three significant digits.
    number: Option<f64>,
    flag: Option<bool>,
    /// At most 32 Latin letters, digits, `_`, `-`, beginning with a small letter.
    #[oai(validator(max_length = 200))]
    word: Option<String>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewTelemetryEvent {
    /// One of the names in app-config; others are counted and not stored.
    #[oai(validator(min_length = 1, max_length = 64))]
    name: String,
    at: Instant,
    #[oai(validator(minimum(value = "0"), maximum(value = "3600000")))]
    duration_ms: Option<i64>,
    /// Whether what was tried succeeded.
    ok: Option<bool>,
    #[oai(validator(max_items = 16))]
    attributes: Option<Vec<TelemetryAttribute>>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewTelemetry {
    platform: AppPlatform,
    /// The version in which the events happened, `3.2.1`: after an update, send what is left in a batch of its own.
    #[oai(validator(max_length = 14))]
    app_version: String,
    #[oai(validator(max_length = 100))]
    os_version: Option<String>,
    #[oai(validator(max_length = 100))]
    model: Option<String>,
    #[oai(validator(min_items = 1, max_items = 500))]
    events: Vec<NewTelemetryEvent>,
}

/// What was taken.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct TelemetryReceipt {
    /// Events that were stored.
    taken: i32,
    /// Events whose name isn't known here: counted, not stored.
    unknown: i32,
    /// Values and attributes that were dropped, for they might say something about a person.
    dropped: i32,
}

/// One event in one version of one app.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct TelemetryGroup {
    platform: String,
    app_version: String,
    event: String,
    count: i64,
    /// Failures among the events that say how they went, 0 to 1.
    error_rate: Option<f64>,
    mean_ms: Option<i64>,
    /// Percentiles are estimated between the bounds of a histogram; above a minute they are a minute.
    p50_ms: Option<i64>,
    p95_ms: Option<i64>,
    p99_ms: Option<i64>,
}

impl TelemetryGroup {
    fn new((platform, app_version, event): (String, String, String), group: &Group) -> Self {
        Self {
            platform,
            app_version,
            event,
            count: group.events,
            error_rate: group.error_rate(),
            mean_ms: group.mean_ms(),
            p50_ms: group.percentile_ms(50),
            p95_ms: group.percentile_ms(95),
            p99_ms: group.percentile_ms(99),
        }
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct TelemetryReport {
    items: Vec<TelemetryGroup>,
    /// Groups behind which fewer people stand than the profile asks for: they are not shown.
    suppressed_groups: i32,
    /// Events of names that are not known here.
    unknown_events: i64,
}

pub struct TelemetryApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Telemetry")]
impl TelemetryApi {
    /// Send telemetry
    ///
    /// Up to 500 events. Taken only where the profile collects it and with the consent that app-config names; whatever is
    /// not expected is dropped. A withdrawal of the consent destroys what was stored.
    #[oai(path = "/telemetry", method = "post", operation_id = "sendTelemetry")]
    async fn send(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewTelemetry>,
    ) -> Result<Accepted<TelemetryReceipt>, Failure> {
        let caller = session.patient()?.accepted()?;
        telemetry::check(&app, &caller).await?;
        let rules = &app.profile.telemetry;
        let scrubbed = scrub(rules, &body.0)?;
        let ready = telemetry::prepare(&app, &caller, &scrubbed.batch, scrubbed.unknown).await?;
        let receipt = app
            .write_once(&caller.actor("sendTelemetry"), &caller.keys, &key, &body.0, async |tx: &mut Tx| {
                telemetry::store(tx, &caller, rules, ready).await?;
                Ok(scrubbed.receipt())
            })
            .await?;
        Ok(Accepted(receipt))
    }

    /// Read what telemetry adds up to
    ///
    /// Per version and event, over at most 92 days, both included. Groups of few people are suppressed.
    #[oai(path = "/staff/telemetry", method = "get", operation_id = "getTelemetryReport")]
    async fn report(
        &self,
        app: Data<&App>,
        session: Session,
        from: Query<Date>,
        to: Query<Date>,
    ) -> Result<Reply<TelemetryReport>, Failure> {
        session.staff_for("getTelemetryReport")?;
        let days = (to.0.0 - from.0.0).num_days();
        if !(0..REPORT_DAYS_MAX).contains(&days) {
            return Err(Error::field("?to", Fault::OutOfRange).into());
        }
        let report = statistics::report(&app, from.0.0, to.0.0).await?;
        Ok(Reply::new(TelemetryReport {
            items: report.groups.into_iter().map(|(key, group)| TelemetryGroup::new(key, &group)).collect(),
            suppressed_groups: count(report.suppressed),
            unknown_events: report.unknown,
        }))
    }
}

/// What is left of a batch.
struct Scrubbed {
    batch: Batch,
    unknown: usize,
    dropped: usize,
}

impl Scrubbed {
    fn receipt(&self) -> TelemetryReceipt {
        TelemetryReceipt { taken: count(self.batch.samples.len()), unknown: count(self.unknown), dropped: count(self.dropped) }
    }
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Keeps the events and attributes that the profile names, and of their values what can't be a person's.
fn scrub(rules: &profile::Telemetry, new: &NewTelemetry) -> Result<Scrubbed> {
    let app_version = new.app_version.parse().map_err(|_| Error::field("/appVersion", Fault::BadFormat))?;
    let mut dropped = 0;
    let mut label = |text: &Option<String>| {
        let kept = text.as_deref().and_then(scrub::label).map(str::to_owned);
        dropped += usize::from(kept.is_none() && text.is_some());
        kept
    };
    let (os_version, model) = (label(&new.os_version), label(&new.model));
    let (known, unknown): (Vec<_>, Vec<_>) = new.events.iter().partition(|event| rules.events.contains(&event.name));
    let mut samples = Vec::with_capacity(known.len());
    for event in known {
        let given = event.attributes.as_deref().unwrap_or_default();
        let attributes = attributes(rules, given);
        dropped += given.len() - attributes.len();
        let at = event.at.get();
        samples.push(Sample { name: event.name.clone(), at, duration_ms: event.duration_ms, ok: event.ok, attributes });
    }
    let batch = Batch { platform: new.platform.into(), app_version, os_version, model, samples };
    Ok(Scrubbed { batch, unknown: unknown.len(), dropped })
}

fn attributes(rules: &profile::Telemetry, given: &[TelemetryAttribute]) -> BTreeMap<String, Value> {
    let known = given.iter().filter(|attribute| rules.attributes.contains(&attribute.name));
    known.filter_map(|attribute| Some((attribute.name.clone(), value(attribute)?))).collect()
}

/// The one value of an attribute. One that gives two says nothing clear.
fn value(attribute: &TelemetryAttribute) -> Option<Value> {
    match (attribute.number, attribute.flag, &attribute.word) {
        (Some(number), None, None) => scrub::number(number).map(Value::Number),
        (None, Some(flag), None) => Some(Value::Flag(flag)),
        (None, None, Some(word)) => scrub::word(word).map(|word| Value::Word(word.to_owned())),
        _ => None,
    }
}
