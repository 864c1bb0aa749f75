//! The invoice of a visit, as a page to print: who sells, who pays, for what, how much, and how it stands. Health stands in it as
//! far as the name of the service tells, so it is its patient's own, and leaves by no other way.

use super::office;
use super::rows::{self, Booking};
use crate::app::App;
use crate::app::catalogue;
use crate::app::html::escaped;
use crate::clinic::billing::{self, Invoice};
use crate::clinic::identity::{Caller, display_name, open_person};
use crate::kernel::error::{Error, Result};
use crate::kernel::lang::Lang;
use crate::kernel::vault::Class;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use std::fmt::Write;
use uuid::Uuid;

/// The page, in one language.
///
/// # Errors
/// `not_found`; `frozen`; `state_conflict` for what was never paid and cannot be paid any more.
pub async fn page(app: &App, caller: &Caller, operation: &'static str, (charge, lang): (Uuid, Lang)) -> Result<String> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    openings.grant(caller.id, Class::Billing, ("patient", caller.id)).await?;
    let reader = app.db.reader();
    let invoice = billing::invoice_of(&reader, caller.id, charge).await?;
    let booking = rows::find_of(&reader, caller.id, invoice.object).await?.ok_or_else(Error::not_found)?;
    let person = open_person(app, &openings, caller.id, ("patient", caller.id)).await?;
    let name = person.as_ref().map(display_name).unwrap_or_default();
    let zone = office::zone(&booking.zone)?;
    openings.answer(html(app, (&invoice, &booking, zone), &name, lang)).await
}

fn html(app: &App, (invoice, booking, zone): (&Invoice, &Booking, Tz), name: &str, lang: Lang) -> String {
    let text = |key: &str| escaped(&catalogue::text(lang, &format!("invoice-{key}"), &[]));
    let day = |at: DateTime<Utc>| at.with_timezone(&zone).format("%d.%m.%Y").to_string();
    let when = booking.starts_at.with_timezone(&zone).format("%d.%m.%Y %H:%M").to_string();
    let money = |amount: i64| format!("{}.{:02} {}", amount / 100, amount % 100, invoice.currency);
    let operator = &app.profile.operator;
    let seller = format!("{}, {}, {}", operator.name.in_lang(lang), operator.address.in_lang(lang), operator.email);
    let paid = invoice.paid_at.map(|at| format!("{}, {}", money(invoice.paid), day(at)));
    let due = invoice.paid_at.is_none().then(|| invoice.due_at.with_timezone(&zone).format("%d.%m.%Y %H:%M").to_string());
    let refunded = (invoice.refunded > 0).then(|| money(invoice.refunded));
    let lines = [
        ("number", Some(invoice.number.to_string())),
        ("issued", Some(day(invoice.issued_at))),
        ("seller", Some(seller)),
        ("buyer", Some(name.to_owned())),
        ("service", Some(booking.service_names.in_lang(lang).to_owned())),
        ("doctor", Some(booking.doctor_names.in_lang(lang).to_owned())),
        ("clinic", Some(booking.clinic_names.in_lang(lang).to_owned())),
        ("when", Some(when)),
        ("amount", Some(money(invoice.amount))),
        ("due", due),
        ("paid", paid),
        ("refunded", refunded),
    ];
    let mut rows = String::new();
    for (key, value) in lines.into_iter().filter_map(|(key, value)| Some((key, value.filter(|value| !value.is_empty())?))) {
        _ = write!(rows, "<tr><th align=\"left\">{}</th><td>{}</td></tr>", text(key), escaped(&value));
    }
    let title = text("title");
    format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><title>{title}</title></head><body>\
         <h1>{title}</h1><table cellpadding=\"6\">{rows}</table></body></html>\n"
    )
}
