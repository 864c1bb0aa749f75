//! Somebody without an account who comes instead of the patient that booked. His name and phone are sealed to that patient; he is told
//! by SMS that he was booked, and no more, since nobody knows whose telephone it is.

use super::rows::{self, BOOKED};
use crate::adapters::SendFault;
use crate::app::App;
use crate::app::catalogue;
use crate::app::profile::{Profile, Service};
use crate::clinic::identity::phone::normalise_phone;
use crate::clinic::privacy;
use crate::kernel::access::Asker;
use crate::kernel::db::Actor;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::lang::Lang;
use crate::kernel::queue::{Claimed, Outcome, Task};
use crate::kernel::text::check_line;
use crate::kernel::vault::{Class, Index, Personal};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const NAME_CHARS: usize = 200;
/// Messages to one number, and from one account, in a day: a family's visits, and no tool to pester somebody with.
const TOLD_MAX: i64 = 4;
const TOLD_BY_MAX: i64 = 10;
const DAY_S: i64 = 86_400;

/// Who comes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Visitor {
    pub name: String,
    pub phone: Option<String>,
    /// In which he is told.
    pub lang: String,
}

impl Personal for Visitor {
    const TABLE: &'static str = "booking";
    const COLUMN: &'static str = "visitor";
    const CLASS: Class = Class::Identity;
}

impl Visitor {
    /// # Errors
    /// `refused_by_profile` where only patients come; `invalid` at `/visitor/…`.
    pub fn check(profile: &Profile, name: &str, phone: Option<&str>, lang: Lang) -> Result<Self> {
        if !profile.booking.visitors {
            return Err(Error::refused(Code::RefusedByProfile));
        }
        let mut faults = Faults::default();
        let line =
            check_line(name.trim(), NAME_CHARS).and_then(|name| if name.is_empty() { Err(Fault::Required) } else { Ok(name) });
        let name = faults.check("/visitor/name", line);
        let phone = phone.and_then(|raw| faults.check("/visitor/phone", normalise_phone(raw, Some(&profile.phone_region))));
        faults.into_result()?;
        Ok(Self { name: name.unwrap_or_default(), phone, lang: lang.as_str().to_owned() })
    }

    /// Counts the messages that this booking may cause.
    ///
    /// # Errors
    /// `rate_limited`.
    pub async fn count(&self, app: &App, by: Uuid) -> Result<()> {
        let Some(phone) = &self.phone else { return Ok(()) };
        let to = Index { kind: "visitorsTold", value: phone.clone() };
        let by = Index { kind: "visitorsToldBy", value: by.to_string() };
        for (index, limit) in [(by, TOLD_BY_MAX), (to, TOLD_MAX)] {
            if app.vault.count(&index, DAY_S).await? > limit {
                let into_day = app.ambient.now().timestamp().rem_euclid(DAY_S);
                return Err(Error::rate_limited(u32::try_from(DAY_S - into_day).unwrap_or(3600)));
            }
        }
        Ok(())
    }
}

#[derive(Serialize, Deserialize)]
pub struct TellVisitor {
    pub booking: Uuid,
    /// That it will not take place.
    pub is_cancelled: bool,
}

impl Task for TellVisitor {
    const KIND: &'static str = "scheduling.tellVisitor";
    const ATTEMPTS: i32 = 10;
}

/// Tells a visitor who left a number, where anything of who booked for him may go to the provider. What nobody knows to have
/// arrived is not repeated: he hears of it once at most.
pub async fn tell(app: &App, task: &Claimed) -> Result<Outcome> {
    let TellVisitor { booking, is_cancelled } = task.read()?;
    let Some(row) = rows::find(&app.db.reader(), booking).await? else { return Ok(Outcome::Done) };
    let Some(sealed) = row.visitor.filter(|_| is_cancelled || row.state == BOOKED) else { return Ok(Outcome::Done) };
    if !privacy::may_go_to(&app.db.reader(), &app.profile, Service::Sms, row.subject).await? {
        return Ok(Outcome::Done);
    }
    let openings = app.openings(Actor::house("tellVisitor"), Asker { id: row.subject, medical: false });
    let grant = match openings.grant_on("visitor", row.subject, Class::Identity, ("booking", booking)).await {
        // Erased meanwhile.
        Err(error) if error.code() == Code::NotFound => return Ok(Outcome::Done),
        grant => grant?,
    };
    let visitor: Visitor = openings.answer(grant.open(booking, &sealed)?).await?;
    let Some(phone) = visitor.phone else { return Ok(Outcome::Done) };
    let lang = Lang::of_tag(&visitor.lang).unwrap_or(app.profile.default_language);
    let text = catalogue::text(lang, if is_cancelled { "sms-visitor-cancelled" } else { "sms-visitor" }, &[]);
    Ok(match app.adapters.sms.send(&task.id.to_string(), &phone, &text).await {
        Err(SendFault::Retry { after_s, why }) => Outcome::Retry { after_s, why },
        Err(SendFault::Reject { why }) => Outcome::Fail { why },
        Ok(()) | Err(SendFault::Unknown { .. }) => Outcome::Done,
    })
}
