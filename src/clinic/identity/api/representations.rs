//! For whom one acts, and who acts for oneself.

use super::super::caller::{Caller, Role, Session};
use super::super::person::{self, Form, Person};
use super::super::representation::{self, Kind, NewDependant, Proof, Scope, Shown};
use super::auth::TokenPair;
use super::me::Sex;
use crate::app::App;
use crate::app::wire::{Body, Created, Date, Failure, Instant, NoContent, Reply};
use crate::kernel::error::{Code, Error, Fault, Result};
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::{Enum, Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Dependants and representatives
    Representation,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub(super) enum RepresentationState {
    /// Nobody has taken up the invitation yet.
    Invited,
    /// The desk has not seen the proof yet.
    Declared,
    Verified,
}

impl RepresentationState {
    pub fn of(state: &str) -> Self {
        match state {
            "invited" => RepresentationState::Invited,
            "declared" => RepresentationState::Declared,
            _ => RepresentationState::Verified,
        }
    }
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewDependantBody {
    #[oai(validator(max_length = 100))]
    surname: Option<String>,
    #[oai(validator(max_length = 100))]
    given_name: Option<String>,
    #[oai(validator(max_length = 100))]
    patronymic: Option<String>,
    birth_date: Option<Date>,
    sex: Option<Sex>,
    /// By what one acts for him: what the desk will ask to see.
    kind: Kind,
    /// The last two to six characters of the document's number.
    #[oai(validator(min_length = 1, max_length = 12))]
    last_digits: String,
    /// Absent: until he comes of age, or it is ended.
    until: Option<Instant>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewRepresentative {
    scope: Scope,
    /// Absent: until it is ended.
    until: Option<Instant>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct RepresentativeCode {
    #[oai(validator(min_length = 1, max_length = 32))]
    code: String,
}

/// Somebody for whom one acts.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct DependantView {
    /// Of the representation.
    id: Uuid,
    patient_id: Uuid,
    /// Absent until his profile is filled in.
    name: Option<String>,
    kind: Kind,
    scope: Scope,
    state: RepresentationState,
    /// He has reached an age from which what is clinical is not shown to those who represent a minor.
    shielded: bool,
    created_at: Instant,
    until: Option<Instant>,
}

/// Somebody who acts for oneself, or is invited to.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct RepresentativeView {
    /// Of the representation.
    id: Uuid,
    /// Absent until somebody has taken up the invitation and filled in his profile.
    name: Option<String>,
    kind: Kind,
    scope: Scope,
    state: RepresentationState,
    created_at: Instant,
    until: Option<Instant>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct DependantList {
    items: Vec<DependantView>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct RepresentativeList {
    items: Vec<RepresentativeView>,
}

/// Answered once.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct RepresentativeInvitation {
    id: Uuid,
    /// To be given to the other, who enters it in his own account.
    code: String,
    code_until: Instant,
}

impl DependantView {
    fn of(shown: Shown) -> Result<Self> {
        Ok(Self {
            id: shown.row.id,
            patient_id: shown.row.subject,
            name: shown.name,
            kind: Kind::parse(&shown.row.kind)?,
            scope: Scope::parse(&shown.row.scope)?,
            state: RepresentationState::of(&shown.row.state),
            shielded: shown.is_shielded,
            created_at: shown.row.created_at.into(),
            until: shown.row.until.map(Into::into),
        })
    }
}

impl RepresentativeView {
    fn of(shown: Shown) -> Result<Self> {
        Ok(Self {
            id: shown.row.id,
            name: shown.name,
            kind: Kind::parse(&shown.row.kind)?,
            scope: Scope::parse(&shown.row.scope)?,
            state: RepresentationState::of(&shown.row.state),
            created_at: shown.row.created_at.into(),
            until: shown.row.until.map(Into::into),
        })
    }
}

pub struct RepresentationsApi;

#[OpenApi(prefix_path = "/v1/me", tag = "Tag::Representation")]
impl RepresentationsApi {
    /// Make an account for a child or a ward
    ///
    /// It has keys, a profile and a record of its own, and no sign-in: one acts in it by `createDependantTokens`. Until the desk
    /// has seen the proof, nothing clinical is open where the service says so. Numbers and policies follow by `putProfile` in his account.
    #[oai(path = "/dependants", method = "post", operation_id = "createDependant")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewDependantBody>,
    ) -> Result<Created<DependantView>, Failure> {
        let caller = session.patient()?.may_write(&app, "createDependant")?.accepted()?.with_profile(&app.profile.person)?;
        let new = dependant(&app, &body.0)?;
        let id = representation::declare(&app, &caller, "createDependant", &key.0, (&body.0, new)).await?;
        let view = one(&app, &caller, "createDependant", id).await?;
        Ok(Created::at(format!("/v1/me/dependants/{id}"), view))
    }

    /// List for whom one acts
    #[oai(path = "/dependants", method = "get", operation_id = "listDependants")]
    async fn dependants(&self, app: Data<&App>, session: Session) -> Result<Reply<DependantList>, Failure> {
        let caller = session.patient()?;
        let shown = representation::dependants(&app, &caller, "listDependants").await?;
        let items: Result<Vec<_>> = shown.into_iter().map(DependantView::of).collect();
        Ok(Reply::new(DependantList { items: items? }))
    }

    /// Act for somebody
    ///
    /// A token pair of his account: every operation of a patient then works for him, but for what is his alone
    /// (`not_by_representation`). It ends with one's own session and with the representation; what is opened by it stands in his access log.
    #[oai(path = "/dependants/:id/tokens", method = "post", operation_id = "createDependantTokens")]
    async fn tokens(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<TokenPair>, Failure> {
        let caller = session.patient()?.may_write(&app, "createDependantTokens")?;
        let pair = representation::open_session(&app, &caller, "createDependantTokens", id.0).await?;
        Ok(Reply::new(TokenPair::new(pair, Role::Patient)))
    }

    /// Act for somebody no longer
    ///
    /// `last_representative` when nobody could reach his account then.
    #[oai(path = "/dependants/:id", method = "delete", operation_id = "endDependant")]
    async fn end_dependant(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.patient()?.may_write(&app, "endDependant")?;
        representation::end_by_representative(&app, &caller, "endDependant", id.0).await?;
        Ok(NoContent)
    }

    /// Invite somebody to act for oneself
    ///
    /// For adults; takes a sign-in of the last five minutes (`step_up_required`). The code is answered once, for 24 hours and
    /// one use: whoever enters it in his own account acts from then on. Nobody is looked up by a number.
    #[oai(path = "/representatives", method = "post", operation_id = "createRepresentative")]
    async fn invite(
        &self,
        app: Data<&App>,
        session: Session,
        body: Body<NewRepresentative>,
    ) -> Result<Created<RepresentativeInvitation>, Failure> {
        let caller = session.patient()?.may_write(&app, "createRepresentative")?.accepted()?.stepped_up(app.ambient.now())?;
        let wanted = (body.0.scope, body.0.until.map(|until| until.get()));
        let invitation = representation::invite(&app, &caller, "createRepresentative", wanted).await?;
        let (id, code, code_until) = (invitation.id, invitation.code, invitation.code_until.into());
        Ok(Created::at(format!("/v1/me/representatives/{id}"), RepresentativeInvitation { id, code, code_until }))
    }

    /// List who acts for oneself
    #[oai(path = "/representatives", method = "get", operation_id = "listRepresentatives")]
    async fn representatives(&self, app: Data<&App>, session: Session) -> Result<Reply<RepresentativeList>, Failure> {
        let caller = session.patient()?;
        let shown = representation::representatives(&app, &caller, "listRepresentatives").await?;
        let items: Result<Vec<_>> = shown.into_iter().map(RepresentativeView::of).collect();
        Ok(Reply::new(RepresentativeList { items: items? }))
    }

    /// End a representation of oneself, or an invitation
    ///
    /// At once, sessions and downloads included. A minor's parents are ended by the desk alone (`forbidden`).
    #[oai(path = "/representatives/:id", method = "delete", operation_id = "endRepresentative")]
    async fn end_representative(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.patient()?.may_write(&app, "endRepresentative")?;
        representation::end_by_subject(&app, &caller, "endRepresentative", id.0).await?;
        Ok(NoContent)
    }

    /// Take up an invitation to act for somebody
    ///
    /// `wrong_code` for whatever is no living invitation.
    #[oai(path = "/representatives/redeem", method = "post", operation_id = "redeemRepresentative")]
    async fn redeem(
        &self,
        app: Data<&App>,
        session: Session,
        body: Body<RepresentativeCode>,
    ) -> Result<Reply<DependantView>, Failure> {
        let caller = session.patient()?.may_write(&app, "redeemRepresentative")?.accepted()?;
        let id = representation::redeem(&app, &caller, "redeemRepresentative", &body.0.code).await?;
        Ok(Reply::new(one(&app, &caller, "redeemRepresentative", id).await?))
    }
}

/// Names every fault of the form at once.
///
/// # Errors
/// `invalid`; `refused_by_profile` where no birth date is asked: who is somebody's child is for the desk to see there.
fn dependant(app: &App, body: &NewDependantBody) -> Result<NewDependant> {
    if !app.profile.person.allowed.iter().any(|field| field == "birthDate") {
        return Err(Error::refused(Code::RefusedByProfile));
    }
    let person = Person {
        surname: body.surname.clone(),
        given_name: body.given_name.clone(),
        patronymic: body.patronymic.clone(),
        birth_date: body.birth_date.as_ref().map(|date| date.0),
        sex: body.sex.map(Sex::word),
        ..Person::default()
    };
    if body.kind == Kind::Granted {
        return Err(Error::field("/kind", Fault::UnknownValue));
    }
    let form = Form { person, numbers: None };
    let form = person::check_from(&app.profile, form, app.ambient.now().date_naive(), 0)?;
    let proof = Proof::check(&body.last_digits)?;
    Ok(NewDependant { form, kind: body.kind, proof, until: body.until.as_ref().map(|until| until.get()) })
}

async fn one(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<DependantView> {
    let shown = representation::dependants(app, caller, operation).await?;
    let shown = shown.into_iter().find(|shown| shown.row.id == id).ok_or_else(Error::not_found)?;
    DependantView::of(shown)
}
