//! Disclosures, for the officers who answer for them.

use super::super::disclosure::{self, NewDisclosing};
use super::super::rows;
use super::Tag;
use super::views::PersonField;
use crate::app::App;
use crate::app::wire::{AskedLang, Body, Created, Cursor, Failure, Instant, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::Session;
use crate::clinic::privacy;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

/// Which fields are to go to whom.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewDisclosureBody {
    /// Of the register of recipients.
    #[oai(validator(pattern = "^[A-Za-z0-9_-]{1,60}$"))]
    recipient: String,
    #[oai(validator(min_items = 1, max_items = 20))]
    fields: Vec<String>,
    /// The number of the demand, where the ground is the law.
    #[oai(validator(max_length = 300))]
    reference: Option<String>,
}

/// What is kept of the answer under its key: nothing of the person.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct RuledDisclosure {
    id: Uuid,
    refused: Option<String>,
}

/// To be handed on, with the obligation that binds whoever gets it.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct MadeDisclosure {
    id: Uuid,
    fields: Vec<PersonField>,
    obligation: String,
}

/// A disclosure or a refusal, without anything of the person.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct OfficeDisclosureView {
    id: Uuid,
    recipient: String,
    basis: Option<String>,
    fields: Vec<String>,
    at: Instant,
    /// The code by which it was refused. Absent: it went out.
    refused: Option<String>,
    acknowledged_at: Option<Instant>,
}

page_of!(
    /// Disclosures and refusals, newest first.
    OfficeDisclosurePage of OfficeDisclosureView
);

/// How the recipient acknowledged what binds him.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewAcknowledgement {
    /// By whom and how: a letter and its number.
    #[oai(validator(min_length = 1, max_length = 300))]
    text: String,
}

pub struct StaffDisclosuresApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::StaffSharing")]
impl StaffDisclosuresApi {
    /// Disclose fields of a patient to a recipient
    ///
    /// For a patient whom the officer has found. `refused_by_profile` for a recipient or a field that the register does not name,
    /// `consent_required` without the ground that it names (a consent for this very recipient, a contract, a demand), `frozen`
    /// under a freeze and for a person whose identity is blocked. A refusal is written down as well.
    #[oai(path = "/patients/:id/disclosures", method = "post", operation_id = "disclose")]
    async fn disclose(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewDisclosureBody>,
    ) -> Result<Created<MadeDisclosure>, Failure> {
        let caller = session.staff_for("disclose")?;
        privacy::check_found(&app.db.reader(), &caller, id.0, app.ambient.now()).await?;
        let asked = &body.0;
        let (recipient, fields) = (asked.recipient.clone(), asked.fields.clone());
        let mut new = NewDisclosing { recipient, fields, reference: asked.reference.clone() };
        new.check()?;
        let keys = app.vault.keys(id.0).await?;
        let request = serde_json::json!({ "patient": id.0, "disclosure": asked.to_json() });
        let ruled = app
            .write_once(&caller.actor("disclose"), &caller.keys, &key, &request, async |tx: &mut Tx| {
                let ruled = disclosure::disclose(tx, &app, &caller, &keys, &new).await?;
                Ok(RuledDisclosure { id: ruled.id, refused: ruled.refused.map(|code| code.as_str().to_owned()) })
            })
            .await?;
        if let Some(refused) = ruled.refused {
            let code = Code::ALL.iter().find(|code| code.as_str() == refused);
            return Err(Error::refused(code.copied().unwrap_or(Code::Forbidden)).into());
        }
        let fields = disclosure::handed_on(&app, &caller, "disclose", id.0, (ruled.id, &new.fields)).await?;
        let fields = fields.into_iter().map(Into::into).collect();
        let made = MadeDisclosure { id: ruled.id, fields, obligation: disclosure::obligation(lang.0) };
        Ok(Created::at(format!("/v1/staff/disclosures/{}", made.id), made))
    }

    /// List disclosures and refusals
    ///
    /// Of everybody, newest first; nothing of any person is shown.
    #[oai(path = "/disclosures", method = "get", operation_id = "listStaffDisclosures")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<OfficeDisclosurePage>, Failure> {
        let caller = session.staff_for("listStaffDisclosures")?;
        let page: Paging<Uuid> = Paging::of(caller.id, limit.0, cursor.0)?;
        let mut found = rows::all_disclosures(&app.db.reader(), page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut found, |row| row.id)?;
        let view = |row: rows::Disclosure| -> Result<OfficeDisclosureView> {
            Ok(OfficeDisclosureView {
                id: row.id,
                fields: row.fields()?,
                recipient: row.recipient,
                basis: row.basis,
                at: row.at.into(),
                refused: row.refused,
                acknowledged_at: row.acknowledged_at.map(Into::into),
            })
        };
        let items: Result<Vec<_>> = found.into_iter().map(view).collect();
        Ok(Reply::new(OfficeDisclosurePage { items: items?, next_cursor }))
    }

    /// Keep the acknowledgement of a recipient
    ///
    /// That he knows what binds him. Once: `state_conflict` afterwards.
    #[oai(path = "/disclosures/:id/acknowledgement", method = "post", operation_id = "acknowledgeDisclosure")]
    async fn acknowledge(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<NewAcknowledgement>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("acknowledgeDisclosure")?;
        disclosure::acknowledge(&app, &caller, "acknowledgeDisclosure", id.0, &body.0.text).await?;
        Ok(NoContent)
    }
}
