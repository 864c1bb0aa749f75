//! What the page says at each step.

use super::{PATH, day, ways, word};
use crate::app::App;
use crate::app::catalogue;
use crate::app::html::escaped;
use crate::app::period::Period;
use crate::kernel::lang::Lang;
use crate::kernel::vault::Class;
use serde_json::Value;
use std::fmt::Write;

const STYLE: &str = "body{font:16px/1.5 sans-serif;max-width:44em;margin:2em auto;padding:0 1em}table{border-collapse:collapse;\
                     width:100%;margin:1em 0}td,th{border:1px solid #999;padding:.4em .6em;text-align:left;vertical-align:top}\
                     label{display:block;margin:.8em 0}input{font:inherit;padding:.3em;width:100%;box-sizing:border-box}\
                     input[type=radio]{width:auto}button{font:inherit;padding:.4em 1em;margin:.5em 0}\
                     .refused{border-left:.3em solid #b00;padding-left:.8em}";

/// Classes that a patient has data of, in the order in which the page tells them.
const CLASSES: &[Class] = &[
    Class::Identity,
    Class::Contact,
    Class::Clinical,
    Class::Billing,
    Class::Evidence,
    Class::Support,
    Class::Telemetry,
    Class::Recording,
];

/// Where somebody is.
pub enum Step {
    Begin,
    /// A code is on its way.
    Code {
        challenge: String,
        asks_birth_date: bool,
    },
    /// He has signed in and sees what would become of his data.
    Plan {
        token: String,
        plan: Value,
    },
    /// It was asked for before.
    Leaving {
        token: String,
        day: String,
    },
    Asked {
        token: String,
        day: String,
        number: String,
    },
    Undone,
}

struct Words {
    lang: Lang,
}

impl Words {
    fn of(&self, key: &str) -> String {
        escaped(&catalogue::text(self.lang, key, &[]))
    }

    fn with(&self, key: &str, name: &'static str, value: &str) -> String {
        escaped(&catalogue::text(self.lang, key, &[(name, value.to_owned().into())]))
    }
}

pub fn page(app: &App, lang: Lang, refused: Option<&str>, step: &Step) -> String {
    let words = Words { lang };
    let title = words.of("deletion-title");
    let mut html = format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><meta name=\"referrer\" content=\"no-referrer\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><p>{}</p><h1>{title}</h1>",
        languages(lang)
    );
    if let Some(refused) = refused {
        _ = write!(html, "<p class=\"refused\" role=\"alert\">{}</p>", escaped(refused));
    }
    match step {
        Step::Begin => begin(&mut html, app, &words),
        Step::Code { challenge, asks_birth_date } => code(&mut html, &words, challenge, *asks_birth_date),
        Step::Plan { token, plan } => planned(&mut html, &words, token, plan),
        Step::Leaving { token, day } => {
            _ = write!(html, "<p>{}</p>", words.with("deletion-leaving", "day", day));
            one_button(&mut html, &words, "undo", token, "deletion-undo");
        }
        Step::Asked { token, day, number } => {
            _ = write!(html, "<p>{}</p>", words.with("deletion-asked", "day", day));
            _ = write!(html, "<p>{} <strong>{}</strong></p>", words.of("deletion-number"), escaped(number));
            one_button(&mut html, &words, "undo", token, "deletion-undo");
        }
        Step::Undone => _ = write!(html, "<p>{}</p>", words.of("deletion-undone")),
    }
    html.push_str("</body></html>\n");
    html
}

fn languages(current: Lang) -> String {
    let names = [(Lang::Ru, "Русский"), (Lang::Kk, "Қазақша"), (Lang::Ka, "ქართული"), (Lang::En, "English")];
    let links = names.map(|(lang, name)| match lang == current {
        true => format!("<strong>{name}</strong>"),
        false => format!("<a href=\"{PATH}?lang={lang}\" lang=\"{lang}\">{name}</a>"),
    });
    links.join(" · ")
}

/// What becomes of the data by the profile, and the forms of all ways in.
fn begin(html: &mut String, app: &App, words: &Words) {
    let operator = &app.profile.operator;
    _ = write!(
        html,
        "<p>{}, {}, {}</p><p>{}</p><p>{}</p>",
        escaped(operator.name.in_lang(words.lang)),
        escaped(operator.address.in_lang(words.lang)),
        escaped(&operator.email),
        words.of("deletion-about"),
        words.with("deletion-grace", "term", &term(words, app.profile.erasure.grace)),
    );
    let columns = ["withdrawal-class", "withdrawal-outcome", "withdrawal-rule", "deletion-term"].map(|key| words.of(key));
    _ = write!(html, "<table><tr><th>{}</th></tr>", columns.join("</th><th>"));
    for class in CLASSES.iter().filter(|class| !app.profile.refuses(**class)) {
        let cells = match app.profile.retention_of(*class) {
            Some(rule) => [words.of("withdrawal-held"), escaped(&rule.rule), escaped(&term(words, rule.keep))],
            None => [words.of("withdrawal-destroyed"), String::new(), String::new()],
        };
        _ = write!(html, "<tr><td>{}</td><td>{}</td></tr>", words.of(&format!("class-{class}")), cells.join("</td><td>"));
    }
    _ = write!(html, "</table><p>{}</p><h2>{}</h2>", words.of("deletion-held-about"), words.of("deletion-begin"));
    let (channels, by_password) = ways(app);
    for channel in channels {
        form(html, words, "code", &[("channel", channel)]);
        input(html, &words.of(&format!("deletion-to-{channel}")), "to", "text", 254);
        button(html, &words.of("deletion-send"));
    }
    if by_password {
        form(html, words, "plan", &[]);
        input(html, &words.of("deletion-login"), "login", "text", 64);
        input(html, &words.of("deletion-password"), "password", "password", 256);
        button(html, &words.of("deletion-continue"));
    }
}

fn code(html: &mut String, words: &Words, challenge: &str, asks_birth_date: bool) {
    _ = write!(html, "<p>{}</p>", words.of("deletion-code-sent"));
    form(html, words, "plan", &[("challenge", challenge)]);
    input(html, &words.of("deletion-code"), "code", "text", 12);
    if asks_birth_date {
        input(html, &words.of("deletion-birth-date"), "birth_date", "date", 10);
    }
    button(html, &words.of("deletion-continue"));
}

/// What the API says would become of this person's data.
fn planned(html: &mut String, words: &Words, token: &str, plan: &Value) {
    _ = write!(html, "<p>{}</p>", words.with("deletion-plan", "day", &day(plan)));
    classes(html, words, plan);
    let dependants = plan["dependants"].as_array().map_or(0, Vec::len);
    if dependants > 0 {
        _ = write!(html, "<p class=\"refused\">{}</p>", words.with("deletion-dependants", "count", &dependants.to_string()));
    }
    one_button(html, words, "confirm", token, "deletion-confirm");
    _ = write!(html, "<p><a href=\"{PATH}?lang={}\">{}</a></p>", words.lang, words.of("deletion-keep"));
}

fn classes(html: &mut String, words: &Words, plan: &Value) {
    let columns = ["withdrawal-class", "withdrawal-outcome", "withdrawal-rule", "withdrawal-until"].map(|key| words.of(key));
    _ = write!(html, "<table><tr><th>{}</th></tr>", columns.join("</th><th>"));
    for class in plan["classes"].as_array().into_iter().flatten() {
        let outcome = if class["outcome"] == "held" { "withdrawal-held" } else { "withdrawal-destroyed" };
        let until: String = word(class, "until").chars().take(10).collect();
        let cells = [escaped(&word(class, "title")), words.of(outcome), escaped(&word(class, "rule")), escaped(&until)];
        _ = write!(html, "<tr><td>{}</td></tr>", cells.join("</td><td>"));
    }
    html.push_str("</table>");
}

/// A term of the profile, in words.
fn term(words: &Words, period: Period) -> String {
    let (key, count) = match period {
        Period::Minutes(count) => ("deletion-minutes", count),
        Period::Hours(count) => ("deletion-hours", count),
        Period::Days(count) => ("deletion-days", count),
        Period::Months(count) => ("deletion-months", count),
        Period::Years(count) => ("deletion-years", count),
    };
    catalogue::text(words.lang, key, &[("count", count.to_string().into())])
}

fn form(html: &mut String, words: &Words, step: &str, hidden: &[(&str, &str)]) {
    _ = write!(html, "<form method=\"post\" action=\"{PATH}/{step}\" autocomplete=\"off\">");
    for (name, value) in hidden.iter().copied().chain([("lang", words.lang.as_str())]) {
        _ = write!(html, "<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value));
    }
}

fn input(html: &mut String, label: &str, name: &str, kind: &str, max: usize) {
    _ = write!(html, "<label>{label}<input name=\"{name}\" type=\"{kind}\" maxlength=\"{max}\" required></label>");
}

fn button(html: &mut String, label: &str) {
    _ = write!(html, "<button type=\"submit\">{label}</button></form>");
}

fn one_button(html: &mut String, words: &Words, step: &str, token: &str, label: &str) {
    form(html, words, step, &[("token", token)]);
    button(html, &words.of(label));
}
