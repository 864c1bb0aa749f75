//! Who may get data, and what went to whom, for everybody and for the person himself.

use super::super::disclosure::{self, Told};
use super::Tag;
use crate::app::App;
use crate::app::profile::{Recipient, RecipientBasis, RecipientKind};
use crate::app::wire::{AskedLang, Cursor, Failure, Instant, Limit, Paging, Reply};
use crate::clinic::identity::Session;
use crate::kernel::error::Result;
use crate::kernel::lang::Lang;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

/// Somebody who may get data of patients, and on what ground. Whoever is not named gets nothing.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct RecipientView {
    id: String,
    kind: RecipientKind,
    name: String,
    purpose: String,
    basis: RecipientBasis,
    fields: Vec<String>,
    /// The consents that name him: any of them is a ground.
    consents: Vec<String>,
    /// The act and article.
    source: Option<String>,
    /// What binds him, as it travels with each disclosure.
    obligation: String,
}

impl RecipientView {
    fn of(app: &App, recipient: &Recipient, lang: Lang) -> Self {
        let naming = app.profile.consents.iter().filter(|item| item.recipient == recipient.id);
        Self {
            id: recipient.id.clone(),
            kind: recipient.kind,
            name: recipient.name.in_lang(lang).to_owned(),
            purpose: recipient.purpose.in_lang(lang).to_owned(),
            basis: recipient.basis,
            fields: recipient.fields.clone(),
            consents: naming.map(|item| item.id.clone()).collect(),
            source: Some(recipient.source.clone()).filter(|source| !source.is_empty()),
            obligation: disclosure::obligation(lang),
        }
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct RecipientList {
    items: Vec<RecipientView>,
}

/// What went to whom, on what ground.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct DisclosureView {
    id: Uuid,
    /// Of the register.
    recipient: String,
    recipient_name: String,
    purpose: String,
    /// `consent`, `contract` or `law`.
    basis: Option<String>,
    source: Option<String>,
    /// The number of the demand that it answers.
    reference: Option<String>,
    fields: Vec<String>,
    at: Instant,
    /// Absent when the account is gone.
    staff_name: Option<String>,
    obligation: String,
    acknowledged_at: Option<Instant>,
    acknowledgement: Option<String>,
}

impl DisclosureView {
    fn of(told: Told) -> Result<Self> {
        let Told { row, words, staff_name } = told;
        Ok(Self {
            id: row.id,
            fields: row.fields()?,
            recipient: row.recipient,
            recipient_name: words.recipient_name,
            purpose: words.purpose,
            basis: row.basis,
            source: words.source,
            reference: words.reference,
            at: row.at.into(),
            staff_name,
            obligation: words.obligation,
            acknowledged_at: row.acknowledged_at.map(Into::into),
            acknowledgement: words.acknowledgement,
        })
    }
}

page_of!(
    /// What went out of one, newest first.
    DisclosurePage of DisclosureView
);

pub struct DisclosuresApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Sharing")]
impl DisclosuresApi {
    /// List who may get data of patients
    ///
    /// The register of recipients, with the fields, the purpose and the ground of each.
    #[oai(path = "/recipients", method = "get", operation_id = "listRecipients")]
    async fn recipients(&self, app: Data<&App>, lang: AskedLang) -> Result<Reply<RecipientList>, Failure> {
        let items = app.profile.recipients.iter().map(|recipient| RecipientView::of(&app, recipient, lang.0));
        Ok(Reply::new(RecipientList { items: items.collect() }))
    }

    /// List what of one's data went to whom
    #[oai(path = "/me/disclosures", method = "get", operation_id = "listDisclosures")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<DisclosurePage>, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (told, next_cursor) = disclosure::own(&app, &caller, "listDisclosures", &page).await?;
        let items: Result<Vec<_>> = told.into_iter().map(DisclosureView::of).collect();
        Ok(Reply::new(DisclosurePage { items: items?, next_cursor }))
    }
}
