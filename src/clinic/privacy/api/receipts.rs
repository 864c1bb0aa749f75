//! What a person can take with him of his consents: the signed receipt of one, and a page on what a withdrawal brings about.

use super::super::export::pem;
use super::super::{receipt, withdrawal_page};
use super::Tag;
use crate::app::App;
use crate::app::wire::{AskedLang, Failure, Printed, Reply};
use crate::clinic::identity::Session;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};

/// A consent, readable by machines and signed.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ConsentReceipt {
    /// JSON in the shape of ISO/IEC TS 27560, as text: the signature is over exactly these bytes.
    receipt: String,
    /// `Ed25519` (RFC 8032).
    algorithm: String,
    /// 64 bytes, in hexadecimal.
    signature: String,
    /// The key that checks it, in PEM: the one of the archives of one's own data.
    public_key: String,
}

pub struct ReceiptsApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Privacy")]
impl ReceiptsApi {
    /// Get the receipt of a consent
    ///
    /// Of its last giving, also when it was withdrawn since: then the receipt says so. Whoever keeps receipt, signature and key can
    /// have them checked at any time, without this service; docs/privacy.md says how. 404 for what was never given.
    #[oai(path = "/me/consents/:consentId/receipt", method = "get", operation_id = "getConsentReceipt")]
    async fn receipt(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "consentId", validator(max_length = 100))] id: Path<String>,
    ) -> Result<Reply<ConsentReceipt>, Failure> {
        let caller = session.patient()?;
        let openings = app.openings(caller.actor("getConsentReceipt"), caller.asker());
        let receipt = receipt::of(&app, &openings, caller.id, &id).await?;
        let view = ConsentReceipt {
            receipt: receipt.text,
            algorithm: "Ed25519".to_owned(),
            signature: hex::encode(receipt.signature),
            public_key: pem(receipt.public_key),
        };
        Ok(Reply::new(openings.answer(view).await?))
    }

    /// Get a page to print on what withdrawing brings about
    ///
    /// For each consent what stops and what stays; for each class of data what would be destroyed with the account, and what is
    /// held, by which rule and until when. As `withdrawConsents` and `getErasurePlan` say it as data.
    #[oai(path = "/me/withdrawal/page", method = "get", operation_id = "getWithdrawalPage")]
    async fn page(&self, app: Data<&App>, session: Session, lang: AskedLang) -> Result<Printed, Failure> {
        let caller = session.patient()?;
        Ok(Printed(withdrawal_page::page(&app, &caller.keys, lang.0).await?))
    }
}
