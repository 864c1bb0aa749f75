//! Who opened my data, and why they could.

use super::super::freeze;
use super::{Tag, class_title};
use crate::app::App;
use crate::app::catalogue;
use crate::app::wire::{AskedLang, Cursor, Failure, Instant, Limit, Paging, Reply};
use crate::clinic::identity::{Role, Session, insurer_of, representation};
use crate::kernel::access::SHIELDED;
use crate::kernel::audit::{self, Opening, Page};
use crate::kernel::error::Result;
use crate::kernel::lang::Lang;
use crate::kernel::vault::Class;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Words for which the catalogue has a title; every other basis is titled as another one.
const BASES: &[&str] = &[
    "booking",
    "referral",
    "contract",
    "share",
    "ticket",
    "conversation",
    "desk",
    "numberClaim",
    "moderation",
    "firstReader",
    "representation",
    "author",
    "held",
    "breakGlass",
    "certificate",
    "lead",
    "request",
    "blocked",
    "disclosure",
    "listening",
    "feedbackCall",
    "claim",
];
/// Kinds of objects for which it has one.
const OBJECTS: &[&str] = &[
    "patient",
    "numberClaim",
    "insurancePolicy",
    "document",
    "booking",
    "representation",
    "ticket",
    "screenshot",
    "conversation",
    "message",
    "charge",
    "certificate",
    "feedback",
    "request",
    "sharedAccess",
    "block",
    "disclosure",
    "recording",
    "extract",
];

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct AccessView {
    at: Instant,
    /// Of somebody who acted for one by representation. Absent when that is over.
    representative_name: Option<String>,
    /// Whether it was opened by representation, and not by staff.
    by_representation: bool,
    /// The name of the staff member. Absent when the account is gone.
    staff_name: Option<String>,
    staff_role: Option<Role>,
    /// The insurer for whom it was opened.
    insurer_name: Option<String>,
    /// What was opened: `document`, `booking`, `patient`, …
    object_kind: Option<String>,
    object_title: Option<String>,
    object_id: Option<Uuid>,
    /// `identity`, `clinical`, …
    class: Option<String>,
    class_title: Option<String>,
    /// Why it could be opened: `booking`, `referral`, …
    basis: Option<String>,
    basis_title: String,
}

page_of!(
    /// Openings of one's data by staff and by representatives, newest first.
    AccessPage of AccessView
);

pub struct AccessLogApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Privacy")]
impl AccessLogApi {
    /// Read who opened one's data, and why they could
    ///
    /// Newest first. One's own reading leaves no line.
    #[oai(path = "/me/access-log", method = "get", operation_id = "getAccessLog")]
    async fn access_log(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<AccessPage>, Failure> {
        let caller = session.patient()?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let wanted = Page { before: page.place, limit: page.rows() };
        let mut openings = audit::openings_about(&app.db.reader(), caller.keys.mark, wanted).await?;
        let next_cursor = page.cut(&mut openings, |opening| opening.id)?;
        // From whom what is clinical is shielded it is told neither that it was opened.
        let is_told = |opening: &Opening| caller.acting.is_none_or(|acting| acting.sees_clinical || !is_shielded(opening));
        openings.retain(is_told);
        let any_represented = openings.iter().any(|opening| opening.representative().is_some());
        let marks = match any_represented {
            true => representation::marks(&app, &caller, "getAccessLog").await?,
            false => BTreeMap::new(),
        };
        let mut staff = HashMap::new();
        let mut items = Vec::with_capacity(openings.len());
        for opening in openings {
            let by = opening.representative();
            let name = by.and_then(|mark| marks.get(&mark).cloned().flatten());
            let entry = view(&app, &mut staff, opening, lang.0).await?;
            items.push(AccessView { representative_name: name, by_representation: by.is_some(), ..entry });
        }
        Ok(Reply::new(AccessPage { items, next_cursor }))
    }
}

fn is_shielded(opening: &Opening) -> bool {
    let class = opening.class.as_deref().and_then(Class::parse);
    class.is_some_and(|class| SHIELDED.contains(&class)) || opening.object_kind.as_deref() == Some("booking")
}

/// Who a staff member is: name, role, and the insurer for whom he reads.
type Known = (String, Option<Role>, Option<String>);
type Names = HashMap<Uuid, Option<Known>>;

async fn view(app: &App, names: &mut Names, opening: Opening, lang: Lang) -> Result<AccessView> {
    let name = match opening.staff() {
        Some(id) => name(app, names, id, lang).await?,
        None => None,
    };
    let class = opening.class.as_deref().and_then(Class::parse);
    let basis = opening.basis.as_deref().filter(|basis| BASES.contains(basis)).unwrap_or("other");
    let object = opening.object_kind.as_deref().filter(|kind| OBJECTS.contains(kind));
    Ok(AccessView {
        representative_name: None,
        by_representation: false,
        at: opening.at.into(),
        staff_role: name.as_ref().and_then(|(_, role, _)| *role),
        insurer_name: name.as_ref().and_then(|(_, _, insurer)| insurer.clone()),
        staff_name: name.map(|(name, ..)| name),
        object_title: object.map(|kind| catalogue::text(lang, &format!("object-{kind}"), &[])),
        object_kind: opening.object_kind,
        object_id: opening.object_id,
        class: opening.class,
        class_title: class.map(|class| class_title(lang, class)),
        basis_title: catalogue::text(lang, &format!("basis-{basis}"), &[]),
        basis: opening.basis,
    })
}

/// One person may stand on every line of a page: asked once.
async fn name(app: &App, names: &mut Names, id: Uuid, lang: Lang) -> Result<Option<Known>> {
    if let Some(known) = names.get(&id) {
        return Ok(known.clone());
    }
    let known = match freeze::staff_name(app, id).await? {
        Some((name, Some(Role::Insurer))) => {
            let insurer = insurer_of(&app.db.reader(), id).await?;
            let insurer = insurer.and_then(|id| app.profile.recipient(&id).map(|known| known.name.in_lang(lang).to_owned()));
            Some((name, Some(Role::Insurer), insurer))
        }
        Some((name, role)) => Some((name, role, None)),
        None => None,
    };
    names.insert(id, known.clone());
    Ok(known)
}
