//! By when a request is answered, and by which rule: what the profile says of the day on which it came.

use super::kind::RequestKind;
use crate::app::deadline::end_of;
use crate::app::profile::{Profile, Right};
use chrono::{DateTime, Utc};

/// The term of one request.
pub struct Terms {
    /// The act and article.
    pub rule: String,
    pub due_at: DateTime<Utc>,
    /// Until when it may be extended. None: it may not.
    pub extend_to: Option<DateTime<Utc>>,
}

pub fn of(profile: &Profile, kind: RequestKind, received_at: DateTime<Utc>) -> Terms {
    let zone = profile.notices.zone;
    let received_on = received_at.with_timezone(&zone).date_naive();
    let rule = profile.right(right(kind), received_on);
    let last_day = rule.term.after(received_on, &profile.calendar);
    let extend_to = rule.extension.map(|term| end_of(term.after(last_day, &profile.calendar), zone));
    Terms { due_at: end_of(last_day, zone), extend_to, rule: rule.source }
}

/// Laws know one right to have data made right, whether it was wrong or is so no more; the record keeps the two apart.
const fn right(kind: RequestKind) -> Right {
    match kind {
        RequestKind::Information => Right::Information,
        RequestKind::Access => Right::Access,
        RequestKind::Correction => Right::Correction,
        RequestKind::Update | RequestKind::Addition => Right::Addition,
        RequestKind::Blocking => Right::Blocking,
        RequestKind::Deletion => Right::Deletion,
        RequestKind::Destruction => Right::Destruction,
        RequestKind::Objection => Right::Objection,
        RequestKind::Complaint => Right::Complaint,
    }
}
