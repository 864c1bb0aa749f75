//! What privacy offers over HTTP.

mod acceptances;
mod access_log;
mod break_glass;
mod claims;
mod consents;
mod erasure;
mod exports;
mod extracts;
mod freeze;
mod hand_over;
mod held;
mod policies;
mod policy_versions;
mod receipts;

pub use acceptances::AcceptancesApi;
pub use access_log::AccessLogApi;
pub use break_glass::BreakGlassApi;
pub use claims::ClaimsApi;
pub use consents::ConsentsApi;
pub use erasure::ErasureApi;
pub use exports::ExportsApi;
pub use extracts::ExtractsApi;
pub use freeze::FreezeApi;
pub use hand_over::HandOverApi;
pub use held::HeldRecordsApi;
pub use policies::{ACCOUNT_DELETION_PATH, PoliciesApi};
pub use policy_versions::PolicyVersionsApi;
pub use receipts::ReceiptsApi;

use super::legal_holds::UNTOLD;
use super::plan::Planned;
use crate::app::catalogue;
use crate::app::wire::Instant;
use crate::kernel::lang::Lang;
use crate::kernel::vault::Class;
use poem::{FromRequest, Request, RequestBody};
use poem_openapi::{Enum, Object, Tags};

#[derive(Tags)]
enum Tag {
    /// Policies, consents, freezes, exports, the access log, the end of an account
    Privacy,
    /// What is held after an account is gone
    HeldRecords,
    /// Records that are opened in an emergency
    BreakGlass,
    /// What doctors take with them of a record
    Extracts,
    /// Evidence for claims
    Claims,
}

/// A language of the texts.
#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "lowercase")]
pub enum TextLanguage {
    Ru,
    Kk,
    Ka,
    En,
}

impl From<Lang> for TextLanguage {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Ru => TextLanguage::Ru,
            Lang::Kk => TextLanguage::Kk,
            Lang::Ka => TextLanguage::Ka,
            Lang::En => TextLanguage::En,
        }
    }
}

impl From<TextLanguage> for Lang {
    fn from(language: TextLanguage) -> Self {
        match language {
            TextLanguage::Ru => Lang::Ru,
            TextLanguage::Kk => Lang::Kk,
            TextLanguage::Ka => Lang::Ka,
            TextLanguage::En => Lang::En,
        }
    }
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum ClassOutcome {
    Destroyed,
    Held,
}

/// What becomes of one class of data.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct PlannedClass {
    /// `identity`, `contact`, `clinical`, …
    class: String,
    /// What the class holds, in the asked language.
    title: String,
    outcome: ClassOutcome,
    /// The act and article that hold it.
    rule: Option<String>,
    /// The day on which a held class is destroyed.
    until: Option<Instant>,
}

impl PlannedClass {
    fn new(planned: Planned, lang: Lang) -> Self {
        Self {
            class: planned.class.as_str().to_owned(),
            title: class_title(lang, planned.class),
            outcome: if planned.held.is_some() { ClassOutcome::Held } else { ClassOutcome::Destroyed },
            rule: planned.held.as_ref().map(|hold| rule_title(lang, &hold.rule)),
            until: planned.held.map(|hold| hold.until.into()),
        }
    }

    fn list(plan: Vec<Planned>, lang: Lang) -> Vec<Self> {
        plan.into_iter().map(|planned| PlannedClass::new(planned, lang)).collect()
    }
}

/// The rule, or that there is one, where the law forbids to say which.
fn rule_title(lang: Lang, rule: &str) -> String {
    if rule == UNTOLD { catalogue::text(lang, "hold-untold", &[]) } else { rule.to_owned() }
}

/// A class of data by what it holds.
fn class_title(lang: Lang, class: Class) -> String {
    catalogue::text(lang, &format!("class-{class}"), &[])
}

/// The program that sent the request, as it calls itself: part of the evidence of an acceptance.
struct UserAgent(Option<String>);

/// Browsers write about 150 characters; more says nothing.
const USER_AGENT_CHARS_MAX: usize = 300;

impl<'a> FromRequest<'a> for UserAgent {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        let name = request.header(poem::http::header::USER_AGENT).map(|name| name.chars().take(USER_AGENT_CHARS_MAX).collect());
        Ok(UserAgent(name))
    }
}

/// A list of classes, as the contract writes them.
fn class_words(classes: &[Class]) -> Vec<String> {
    classes.iter().map(|class| class.as_str().to_owned()).collect()
}
