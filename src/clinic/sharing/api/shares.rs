//! What a patient shares, and everything that is shared of him.

use super::super::given::Recipient;
use super::super::share::{self, NewShare};
use super::super::shared::Words;
use super::super::{listing, warning};
use super::Tag;
use super::views::{GivenAccess, SharedAccessPage};
use crate::app::App;
use crate::app::multilingual::Paragraphs;
use crate::app::wire::{AskedLang, Body, Created, Cursor, Failure, Instant, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

/// What one shares, with whom, what for and until when. One of `doctorId` and `clinicId`.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewShareBody {
    #[oai(validator(min_items = 1, max_items = 50))]
    document_ids: Vec<Uuid>,
    doctor_id: Option<Uuid>,
    /// Every doctor of this clinic.
    clinic_id: Option<Uuid>,
    #[oai(validator(min_length = 1, max_length = 500))]
    purpose: String,
    /// At most so far off as the profile says: 90 days unless the operator changed it.
    until: Instant,
    /// The version of the warning that was shown and acknowledged, as `getShareWarning` answered it.
    #[oai(validator(min_length = 1, max_length = 64))]
    warning_version: String,
}

impl NewShareBody {
    fn to_new(&self) -> Result<NewShare> {
        let to = Recipient::of(self.doctor_id, self.clinic_id)?;
        let warning_version = Some(self.warning_version.clone());
        let words = Words { purpose: self.purpose.clone(), warning_version, ..Words::default() };
        Ok(NewShare { documents: self.document_ids.clone(), to, until: self.until.get(), words })
    }
}

/// What somebody must have read before he shares.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ShareWarning {
    version: String,
    /// In the language of `Accept-Language`.
    text: String,
    /// In all four.
    texts: Paragraphs,
}

pub struct SharesApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Sharing")]
impl SharesApi {
    /// Read the warning that goes before a share
    #[oai(path = "/share-warning", method = "get", operation_id = "getShareWarning")]
    async fn warning(&self, session: Session, lang: AskedLang) -> Result<Reply<ShareWarning>, Failure> {
        session.patient()?;
        let texts = warning::texts();
        let text = texts.in_lang(lang.0).to_owned();
        Ok(Reply::new(ShareWarning { version: warning::version(), text, texts }))
    }

    /// Share documents
    ///
    /// A consent of its own: chosen documents, with one doctor or the doctors of one clinic, until a day. They see the name of
    /// who shares, and these documents alone.
    #[oai(path = "/me/shares", method = "post", operation_id = "createShare")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewShareBody>,
    ) -> Result<Created<GivenAccess>, Failure> {
        let caller = session.patient()?.accepted()?.sees_clinical()?.may_write(&app, "createShare")?;
        let mut new = body.0.to_new()?;
        share::check(&app, &mut new, lang.0).await?;
        let given = app
            .write_once(&caller.actor("createShare"), &caller.keys, &key, &body.0, async |tx: &mut Tx| {
                let id = share::create(tx, &caller, &new).await?;
                Ok(GivenAccess { id, until: new.until.into() })
            })
            .await?;
        Ok(Created::at(format!("/v1/me/shares/{}", given.id), given))
    }

    /// End a share
    ///
    /// At once, running downloads included. To end it again changes nothing.
    #[oai(path = "/me/shares/:id", method = "delete", operation_id = "endShare")]
    async fn end(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.patient()?;
        let rule = async |tx: &mut Tx| share::end_own(tx, &caller, id.0).await;
        app.write(&caller.actor("endShare"), rule).await?;
        Ok(NoContent)
    }

    /// List what is shared of one
    ///
    /// One's own shares, referrals and insurers' contracts, newest first, ended ones too; with the last who opened it.
    #[oai(path = "/me/shared-access", method = "get", operation_id = "listSharedAccess")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<SharedAccessPage>, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (listed, next_cursor) = listing::own(&app, &caller, "listSharedAccess", &page, lang.0).await?;
        Ok(Reply::new(SharedAccessPage { items: listed.into_iter().map(Into::into).collect(), next_cursor }))
    }
}
