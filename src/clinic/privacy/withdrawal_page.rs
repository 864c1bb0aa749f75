//! What a withdrawal brings about, as a page to print: what stops, what stays, what is destroyed, what is held, by which rule and
//! until when. The same that the API answers as data; nothing is loaded by it and nothing runs in it.

use super::consents::{self, Standing};
use super::plan::{self, Planned};
use super::rows;
use crate::app::App;
use crate::app::catalogue;
use crate::app::html::escaped;
use crate::kernel::error::Result;
use crate::kernel::lang::Lang;
use crate::kernel::vault::{Class, SubjectKeys};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use std::fmt::Write;

const HEAD: &str = "<meta charset=\"utf-8\"><style>body{font:15px/1.5 sans-serif;max-width:48em;margin:2em auto;padding:0 1em}\
                    table{border-collapse:collapse;width:100%;margin:1em 0}td,th{border:1px solid #999;padding:.4em .6em;\
                    text-align:left;vertical-align:top}</style>";

/// The page, in a language, as it stands now.
pub async fn page(app: &App, keys: &SubjectKeys, lang: Lang) -> Result<String> {
    let now = app.ambient.now();
    let given = rows::consents(&app.db.reader(), keys.subject).await?;
    let standings = consents::standings(&app.profile, &given);
    let planned = plan::of(app, keys.subject, Some(keys), app.profile.erasure.grace.after(now)).await?;
    let text = |key: &str| escaped(&catalogue::text(lang, key, &[]));
    let operator = &app.profile.operator;
    let title = escaped(&catalogue::text(lang, "withdrawal-title", &[("day", day(app, now).into())]));
    let mut html = format!(
        "<!doctype html><html lang=\"{lang}\"><head><title>{title}</title>{HEAD}</head><body><h1>{title}</h1><p>{}, {}, {}</p>",
        escaped(operator.name.in_lang(lang)),
        escaped(operator.address.in_lang(lang)),
        escaped(&operator.email),
    );
    _ = write!(html, "<h2>{}</h2><p>{}</p>", text("withdrawal-consents"), text("withdrawal-consents-about"));
    let columns = ["withdrawal-item", "withdrawal-state", "withdrawal-stops", "withdrawal-stays"].map(text);
    _ = write!(html, "<table><tr><th>{}</th></tr>", columns.join("</th><th>"));
    for (item, standing) in &standings {
        let state = match standing {
            Standing::NotGiven => text("withdrawal-not-given"),
            Standing::Given { since } => since_text(app, lang, "withdrawal-given", *since),
            Standing::Withdrawn { since } => since_text(app, lang, "withdrawal-withdrawn", *since),
        };
        let destroys: BTreeSet<Class> = item.destroys.iter().copied().collect();
        let destroyed: Vec<String> = destroys.iter().map(|class| class_title(lang, *class)).collect();
        let destroyed = if destroyed.is_empty() {
            String::new()
        } else {
            format!(" {}: {}.", text("withdrawal-destroyed"), destroyed.join("; "))
        };
        let cells = [
            escaped(item.title.in_lang(lang)),
            state,
            escaped(item.stops.in_lang(lang)) + &destroyed,
            escaped(item.stays.in_lang(lang)),
        ];
        _ = write!(html, "<tr><td>{}</td></tr>", cells.join("</td><td>"));
    }
    _ = write!(html, "</table><h2>{}</h2><p>{}</p>", text("withdrawal-account"), text("withdrawal-account-about"));
    let columns = ["withdrawal-class", "withdrawal-outcome", "withdrawal-rule", "withdrawal-until"].map(text);
    _ = write!(html, "<table><tr><th>{}</th></tr>", columns.join("</th><th>"));
    for planned in &planned {
        _ = write!(html, "<tr><td>{}</td></tr>", class_row(app, planned, lang).join("</td><td>"));
    }
    _ = writeln!(
        html,
        "</table><p>{}: {}, {}</p></body></html>",
        text("withdrawal-authority"),
        escaped(operator.authority.in_lang(lang)),
        escaped(&operator.authority_url),
    );
    Ok(html)
}

fn class_row(app: &App, planned: &Planned, lang: Lang) -> [String; 4] {
    let text = |key: &str| escaped(&catalogue::text(lang, key, &[]));
    let title = class_title(lang, planned.class);
    match &planned.held {
        None => [title, text("withdrawal-destroyed"), String::new(), String::new()],
        Some(hold) => [title, text("withdrawal-held"), escaped(&hold.rule), day(app, hold.until)],
    }
}

fn class_title(lang: Lang, class: Class) -> String {
    escaped(&catalogue::text(lang, &format!("class-{class}"), &[]))
}

fn since_text(app: &App, lang: Lang, key: &str, since: DateTime<Utc>) -> String {
    escaped(&catalogue::text(lang, key, &[("day", day(app, since).into())]))
}

/// A day as the operator's clock has it.
fn day(app: &App, at: DateTime<Utc>) -> String {
    app.profile.today(at).format("%Y-%m-%d").to_string()
}
