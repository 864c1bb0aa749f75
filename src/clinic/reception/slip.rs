//! The slip that the desk prints of a visit: who comes, when, to whom and where. It says nothing of why.

use super::found;
use crate::app::App;
use crate::app::catalogue;
use crate::app::html::escaped;
use crate::clinic::identity::{Caller, display_name, open_person};
use crate::clinic::scheduling::{self, Slip};
use crate::kernel::error::Result;
use crate::kernel::lang::Lang;
use std::fmt::Write;
use uuid::Uuid;

/// The page, in one language.
///
/// # Errors
/// `not_found` for whom this desk did not find, for a visit elsewhere, and while a freeze shuts staff out;
/// `deletion_pending`; `state_conflict` for a visit that will not take place.
pub async fn page(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    patient: Uuid,
    (id, lang): (Uuid, Lang),
) -> Result<String> {
    found(&app.db.reader(), caller, patient, app.ambient.now()).await?;
    let slip = scheduling::slip_of(app, caller, patient, id).await?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let person = open_person(app, &openings, patient, ("booking", id)).await?;
    let name = person.as_ref().map(display_name).unwrap_or_default();
    openings.answer(html(&slip, &name, lang)).await
}

fn html(slip: &Slip, name: &str, lang: Lang) -> String {
    let text = |key: &str| escaped(&catalogue::text(lang, &format!("visit-slip-{key}"), &[]));
    let when = slip.starts_at.with_timezone(&slip.zone).format("%d.%m.%Y %H:%M").to_string();
    let place = format!("{}, {}", slip.clinic.in_lang(lang), slip.address.in_lang(lang));
    let phone = slip.phone.clone().unwrap_or_default();
    let lines = [
        ("patient", name),
        ("when", &when),
        ("doctor", slip.doctor.in_lang(lang)),
        ("service", slip.service.in_lang(lang)),
        ("where", &place),
        ("phone", &phone),
    ];
    let mut rows = String::new();
    for (key, value) in lines.into_iter().filter(|(_, value)| !value.is_empty()) {
        _ = write!(rows, "<tr><th align=\"left\">{}</th><td>{}</td></tr>", text(key), escaped(value));
    }
    let title = text("title");
    format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><title>{title}</title></head><body>\
         <h1>{title}</h1><table cellpadding=\"6\">{rows}</table><p>{}</p><p>{}</p></body></html>\n",
        text("bring"),
        text("cancel"),
    )
}
