//! Giving and withdrawing consents.

use super::super::consents::{self, Act, Effect, Evidence, Standing};
use super::super::identity_check::{DeskChannel, check_found};
use super::super::rows;
use super::{Tag, TextLanguage, UserAgent, class_words};
use crate::app::App;
use crate::app::profile::ConsentItem;
use crate::app::wire::{AskedLang, Body, Failure, Instant, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::lang::Lang;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum ConsentState {
    NotGiven,
    Given,
    Withdrawn,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ConsentView {
    /// An item of the profile, as `marketing.own.sms`.
    id: String,
    title: String,
    state: ConsentState,
    /// Since when it stands so. Absent for what was never given.
    since: Option<Instant>,
    /// Given in writing alone, at the desk: `giveConsent` answers `refused_by_profile`. It is withdrawn like any other.
    written: Option<bool>,
}

impl ConsentView {
    fn new(item: &ConsentItem, standing: Standing, lang: Lang) -> Self {
        let (state, since) = match standing {
            Standing::NotGiven => (ConsentState::NotGiven, None),
            Standing::Given { since } => (ConsentState::Given, Some(since.into())),
            Standing::Withdrawn { since } => (ConsentState::Withdrawn, Some(since.into())),
        };
        let written = item.written.then_some(true);
        Self { id: item.id.clone(), title: item.title.in_lang(lang).to_owned(), state, since, written }
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ConsentList {
    items: Vec<ConsentView>,
}

/// What is kept in spite of a withdrawal.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct KeptClass {
    class: String,
    /// The act and article.
    rule: String,
    /// Absent while the account lives: the term has not begun.
    until: Option<Instant>,
}

/// What the withdrawal of one consent brings about.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ConsentEffect {
    consent_id: String,
    /// What ends at once.
    stops: String,
    /// What goes on all the same, and why.
    stays: String,
    /// Classes of data that this consent alone allowed.
    destroyed_classes: Vec<String>,
    kept: Vec<KeptClass>,
    at: Instant,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct WithdrawnItem {
    consent_id: String,
    /// What ends at once.
    stops: String,
    /// What goes on all the same, and why.
    stays: String,
}

/// What the withdrawal of several consents brings about together.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct WithdrawalEffect {
    items: Vec<WithdrawnItem>,
    /// Classes of data that nothing allows any more.
    destroyed_classes: Vec<String>,
    kept: Vec<KeptClass>,
    at: Instant,
}

impl WithdrawalEffect {
    fn new(effect: Effect, lang: Lang) -> Self {
        let items = effect.items.into_iter().map(|item| WithdrawnItem {
            stops: item.stops.in_lang(lang).to_owned(),
            stays: item.stays.in_lang(lang).to_owned(),
            consent_id: item.id,
        });
        let kept = effect.kept.into_iter().map(|(class, rule)| KeptClass { class: class.as_str().into(), rule, until: None });
        Self {
            items: items.collect(),
            destroyed_classes: class_words(&effect.destroyed),
            kept: kept.collect(),
            at: effect.at.into(),
        }
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewWithdrawal {
    /// Items to withdraw. Absent: every consent that is given.
    #[oai(validator(min_items = 1, max_items = 50))]
    items: Option<Vec<String>>,
}

/// A consent that somebody signed.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct SignedConsent {
    /// In which the paper is written.
    language: TextLanguage,
    /// Where it lies.
    #[oai(validator(min_length = 1, max_length = 200))]
    paper_mark: String,
}

pub struct ConsentsApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Privacy")]
impl ConsentsApi {
    /// List every item that can be consented to, and how it stands
    ///
    /// Nothing is given by default. Titles follow `Accept-Language`.
    #[oai(path = "/me/consents", method = "get", operation_id = "listConsents")]
    async fn consents(&self, app: Data<&App>, session: Session, lang: AskedLang) -> Result<Reply<ConsentList>, Failure> {
        let caller = session.patient()?;
        let given = rows::consents(&app.db.reader(), caller.id).await?;
        let standings = consents::standings(&app.profile, &given);
        let items = standings.into_iter().map(|(item, standing)| ConsentView::new(item, standing, lang.0)).collect();
        Ok(Reply::new(ConsentList { items }))
    }

    /// Give a consent
    ///
    /// The title in the language of `Accept-Language` is kept as the text that was agreed to.
    #[oai(path = "/me/consents/:consentId", method = "put", operation_id = "giveConsent")]
    async fn give(
        &self,
        app: Data<&App>,
        session: Session,
        agent: UserAgent,
        lang: AskedLang,
        #[oai(name = "consentId", validator(max_length = 100))] id: Path<String>,
    ) -> Result<Reply<ConsentView>, Failure> {
        let caller = session.patient()?.accepted()?;
        let item = app.profile.consent(&id).ok_or_else(Error::not_found)?;
        if item.written {
            return Err(Error::refused(Code::RefusedByProfile).into());
        }
        let evidence = Evidence {
            text: item.title.in_lang(lang.0).to_owned(),
            language: lang.0,
            profile: app.profile.named(),
            user_agent: agent.0.filter(|_| app.profile.devices.registry),
            address: if app.profile.devices.registry { caller.addr.to_string() } else { String::new() },
            act: None,
            paper_mark: None,
        };
        let standing = app
            .write(&caller.actor("giveConsent"), async |tx: &mut Tx| consents::give(tx, &caller.keys, &item.id, &evidence).await)
            .await?;
        Ok(Reply::new(ConsentView::new(item, standing, lang.0)))
    }

    /// Write down a consent that was signed on paper
    ///
    /// For a patient whom this desk has found, with a recorded check of who he is (`identity_check_required`). The title in the
    /// language of the paper is kept as the text that was agreed to. He withdraws it like any other.
    #[oai(path = "/staff/patients/:id/consents/:consentId", method = "put", operation_id = "putPatientConsent")]
    async fn give_in_writing(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
        #[oai(name = "consentId", validator(max_length = 100))] item: Path<String>,
        body: Body<SignedConsent>,
    ) -> Result<Reply<ConsentView>, Failure> {
        let caller = session.staff_for("putPatientConsent")?;
        check_found(&app.db.reader(), &caller, id.0, app.ambient.now()).await?;
        let item = app.profile.consent(&item).ok_or_else(Error::not_found)?;
        let language = body.0.language.into();
        let evidence = Evidence {
            text: item.title.in_lang(language).to_owned(),
            language,
            profile: app.profile.named(),
            user_agent: None,
            address: caller.addr.to_string(),
            act: Some(Act { channel: DeskChannel::Desk.as_str().to_owned(), staff: Some(caller.id) }),
            paper_mark: Some(body.0.paper_mark),
        };
        let keys = app.vault.keys(id.0).await?;
        let given = async |tx: &mut Tx| consents::give_in_writing(tx, &caller, &keys, (&item.id, &evidence)).await;
        let standing = app.write(&caller.actor("putPatientConsent"), given).await?;
        Ok(Reply::new(ConsentView::new(item, standing, lang.0)))
    }

    /// Withdraw a consent
    ///
    /// Takes effect at once and answers what stops, what stays and by which rule.
    #[oai(path = "/me/consents/:consentId", method = "delete", operation_id = "withdrawConsent")]
    async fn withdraw(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        #[oai(name = "consentId", validator(max_length = 100))] id: Path<String>,
    ) -> Result<Reply<ConsentEffect>, Failure> {
        let caller = session.patient()?;
        let item = app.profile.consent(&id).ok_or_else(Error::not_found)?;
        let wanted = [item.id.clone()];
        let effect = app
            .write(&caller.actor("withdrawConsent"), async |tx: &mut Tx| {
                consents::withdraw(tx, &app.profile, &caller.keys, Some(&wanted)).await
            })
            .await?;
        let WithdrawalEffect { destroyed_classes, kept, at, .. } = WithdrawalEffect::new(effect, lang.0);
        Ok(Reply::new(ConsentEffect {
            consent_id: item.id.clone(),
            stops: item.stops.in_lang(lang.0).to_owned(),
            stays: item.stays.in_lang(lang.0).to_owned(),
            destroyed_classes,
            kept,
            at,
        }))
    }

    /// Withdraw several consents, or all, at once
    #[oai(path = "/me/withdrawal", method = "post", operation_id = "withdrawConsents")]
    async fn withdraw_all(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewWithdrawal>,
    ) -> Result<Reply<WithdrawalEffect>, Failure> {
        let caller = session.patient()?;
        let wanted = body.0.items.as_deref();
        let mut faults = Faults::default();
        for (index, id) in wanted.unwrap_or_default().iter().enumerate() {
            if app.profile.consent(id).is_none() {
                faults.add(format!("/items/{index}"), Fault::UnknownValue);
            }
        }
        faults.into_result()?;
        let effect = app
            .write_once(&caller.actor("withdrawConsents"), &caller.keys, &key, &body.0, async |tx: &mut Tx| {
                let effect = consents::withdraw(tx, &app.profile, &caller.keys, wanted).await?;
                Ok(WithdrawalEffect::new(effect, lang.0))
            })
            .await?;
        Ok(Reply::new(effect))
    }
}
